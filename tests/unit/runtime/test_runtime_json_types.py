"""Functions that ask for it have more types written as JSON; all others get AWS's refusal."""

import datetime as dt
import enum
import subprocess
import sys
import uuid
from collections import namedtuple
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import pytest
from thaw_runtime.codec import MarshalError, decode, encode
from thaw_runtime.json_types import KNOWN, enable, register
from thaw_runtime.json_values import conversions

Point = namedtuple("Point", "x y")  # noqa: PYI024 - typing's is made with this one


class Color(enum.Enum):
    RED = "red"


class Level(enum.Flag):
    HIGH = 4


@dataclass
class Order:
    number: int
    placed: Any = None
    lines: list[Any] = field(default_factory=list)


@attrs.define
class Line:
    article: str
    price: Any


@pytest.fixture(autouse=True)
def nothing_registered() -> Iterator[None]:
    before = dict(conversions)
    conversions.clear()
    yield
    conversions.clear()
    conversions.update(before)


MOMENT = dt.datetime(2026, 11, 21, 13, 14, 15, tzinfo=dt.UTC)
WRITTEN: dict[str, tuple[str, Any, bytes]] = {
    "datetime": ("datetime", MOMENT, b'"2026-11-21T13:14:15+00:00"'),
    "date": ("datetime", MOMENT.date(), b'"2026-11-21"'),
    "time": ("datetime", MOMENT.time(), b'"13:14:15"'),
    "uuid": ("uuid", uuid.UUID(int=1), b'"00000000-0000-0000-0000-000000000001"'),
    "enum": ("enum", [Color.RED], b'["red"]'),
    "flag": ("enum", [Level.HIGH], b"[4]"),
    "set": ("set", {"a": {1}}, b'{"a": [1]}'),
    "frozenset": ("set", frozenset("a"), b'["a"]'),
    "dataclass": ("dataclass", Order(1), b'{"number": 1, "placed": null, "lines": []}'),
    "attrs": ("attrs", Line("a", Decimal("1.10")), b'{"article": "a", "price": 1.10}'),
    "key": ("enum", {Color.RED: 1}, b'{"red": 1}'),
}


@pytest.mark.parametrize(("name", "value", "document"), WRITTEN.values(), ids=WRITTEN.keys())
def test_what_is_enabled_is_written(name: str, value: Any, document: bytes) -> None:
    enable(name)
    assert encode(value) == document


@pytest.mark.parametrize(("name", "value", "document"), WRITTEN.values(), ids=WRITTEN.keys())
def test_what_is_not_enabled_is_refused(name: str, value: Any, document: bytes) -> None:
    enable(*(other for other in KNOWN if other != name))
    with pytest.raises(MarshalError):
        encode(value)


def test_values_inside_of_values_are_written() -> None:
    enable("dataclass", "attrs", "enum", "datetime", "set")
    order = Order(1, MOMENT.date(), [Line("a", Color.RED), Point({1}, (Order(2),))])
    assert decode(encode({"order": order})) == {
        "order": {
            "number": 1,
            "placed": "2026-11-21",
            "lines": [
                {"article": "a", "price": "red"},
                {"x": [1], "y": [{"number": 2, "placed": None, "lines": []}]},
            ],
        }
    }


def test_the_class_of_an_instance_is_refused() -> None:
    enable("dataclass", "attrs")
    with pytest.raises(MarshalError, match="Object of type type is not JSON serializable"):
        encode([Order])


def test_a_type_of_ones_own_is_written_as_its_function_says() -> None:
    register(complex, lambda value: {"re": value.real, "im": value.imag})
    assert encode([1 + 2j]) == b'[{"re": 1.0, "im": 2.0}]'


def test_what_is_derived_from_a_registered_type_is_written() -> None:
    register(enum.Enum, lambda value: value.name)
    assert encode(Color.RED) == b'"RED"'


@pytest.mark.parametrize(
    ("kind", "convert", "value", "document"),
    [
        (Decimal, float, Decimal("1.10"), b"1.1"),
        (bytes, bytes.hex, [b"\xff"], b'["ff"]'),
        (Point, lambda point: [point.x, point.y], Point(1, 2), b"[1, 2]"),
    ],
    ids=["Decimal", "bytes", "namedtuple"],
)
def test_what_is_registered_comes_before_what_awss_runtime_does(
    kind: type, convert: Any, value: Any, document: bytes
) -> None:
    register(kind, convert)
    assert encode(value) == document


def test_what_is_registered_last_comes_first() -> None:
    enable("enum")
    register(Color, lambda color: color.name)
    assert encode([Color.RED, Level.HIGH]) == b'["RED", 4]'


def test_registering_again_replaces_and_does_not_add_up() -> None:
    for number in range(1000):
        register(Color, lambda _, number=number: number)
        enable("enum", "set")
    assert len(conversions) == 3


def test_what_a_function_raises_is_a_marshal_error() -> None:
    register(complex, lambda value: 1 / value.imag)
    with pytest.raises(MarshalError, match="Unable to marshal response: float division by zero"):
        encode(0j)


def test_a_function_that_returns_its_value_is_a_marshal_error() -> None:
    register(complex, lambda value: value)
    with pytest.raises(MarshalError):
        encode(1j)


def test_a_name_that_is_not_known_is_told_and_nothing_is_enabled() -> None:
    with pytest.raises(ValueError, match="'dates' is no type that can be enabled; these are: datetime, "):
        enable("set", "dates")
    assert not conversions


def test_what_is_no_type_cannot_be_registered() -> None:
    with pytest.raises(TypeError, match="it must be a type"):
        register(list[int], list)  # type: ignore[arg-type]


def test_enabling_imports_nothing_that_is_not_used() -> None:
    wanted = "datetime", "uuid", "enum", "dataclasses", "attr", "pydantic", "decimal"
    program = (
        "import sys; from thaw_runtime.json_types import *; enable(*KNOWN);"
        f"print([name for name in {wanted} if name in sys.modules])"
    )
    source = Path(__file__).parents[3] / "lambda_src"
    command = [
        sys.executable,
        "-I",
        "-S",
        "-c",
        f"import sys; sys.path.insert(0, {str(source)!r}); {program}",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
