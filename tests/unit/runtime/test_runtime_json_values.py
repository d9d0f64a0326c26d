"""What ``json`` does not write, or writes otherwise, is written as AWS's own runtime writes it: that is asked each time."""

import datetime as dt
import enum
import json
import sys
import uuid
from collections import ChainMap, Counter, OrderedDict, UserDict, defaultdict, deque, namedtuple
from decimal import Decimal
from typing import Any

import pytest
from awslambdaric.lambda_runtime_exception import FaultException
from awslambdaric.lambda_runtime_marshaller import LambdaMarshaller
from hypothesis import given
from hypothesis import strategies as st
from thaw_runtime.codec import MarshalError, encode

pytestmark = pytest.mark.usefixtures("either_way")

Point = namedtuple("Point", "x y")  # noqa: PYI024 - typing's is made with this one


class Number(enum.IntEnum):
    ONE = 1


class Word(enum.StrEnum):
    A = "a"


class Plain(enum.Enum):
    A = 1


class Row:
    def _asdict(self) -> dict[str, Any]:
        return {"price": Decimal("1.10"), "place": Point(1, Point(2, 3))}


class AsdictOfNoDict:
    def _asdict(self) -> int:
        return 5


class AsdictThatRaises:
    def _asdict(self) -> dict[str, Any]:
        raise KeyError("k")


class AsdictWithArguments:
    def _asdict(self, _style: str) -> dict[str, Any]:
        return {}


class DictWithAsdict(dict[str, int]):
    def _asdict(self) -> dict[str, int]:
        return {"own": 1}


class ListWithAsdict(list[int]):
    def _asdict(self) -> dict[str, int]:
        return {"own": 1}


class Text(str):
    """Says of itself what it is not."""

    __slots__ = ()

    def __str__(self) -> str:
        return "boo"

    def _asdict(self) -> dict[str, int]:
        return {"own": 1}


class Integer(int):
    def __repr__(self) -> str:
        return "boo"

    __str__ = __repr__


class Float(float):
    def __repr__(self) -> str:
        return "boo"


class Sequence(tuple[int, ...]):
    """A tuple that is no namedtuple."""

    __slots__ = ()


class Bytes(bytes):
    """No ``bytes`` exactly."""


class PointWithAsdict(Point):
    def _asdict(self) -> dict[str, Any]:
        return {"own": [self.x]}


class PointWithMore(Point):
    """A namedtuple with a method, and without slots."""

    def sum(self) -> Any:
        return self.x + self.y


class PointInReverse(Point):
    __slots__ = ()

    def __iter__(self) -> Any:
        return reversed((self.x, self.y))


class ListInReverse(list[Any]):
    def __iter__(self) -> Any:
        return reversed([*super().__iter__()])


class AsdictOfItself:
    def _asdict(self) -> dict[str, Any]:
        return {"me": self}


def with_attribute() -> OrderedDict[str, int]:
    value = OrderedDict(a=1)
    value._asdict = lambda: {"own": 1}  # type: ignore[attr-defined]
    return value


def circle() -> list[Any]:
    value: list[Any] = [Point(1, 2)]
    value.append({"inside": value})
    return value


MOMENT = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
NUMBERS = [
    *map(
        Decimal,
        ("1.10", "1E+2", "-0", "0", "-5.50", "1E+999999", "NaN", "-NaN", "sNaN", "Infinity", "-Infinity"),
    )
]
KEYS = [
    b"k",
    b"\xff",
    Bytes(b"k"),
    Number.ONE,
    Word.A,
    Text("x"),
    Integer(5),
    Float(1.5),
    Plain.A,
    Decimal(1),
    (1,),
    Point(1, 2),
]
VALUES = [
    *NUMBERS,
    [{"price": number} for number in NUMBERS],
    *({key: 1, "other": Point(1, 2)} for key in KEYS),
    *(
        Point(1, 2),
        [Point(1, [Point(2, 3)])],
        (Point(1, 2), "text"),
        {"a": Point("a", Decimal("2.50"))},
        Sequence((1, 2)),
    ),
    *(Row(), [Row()], AsdictOfNoDict(), AsdictThatRaises(), AsdictWithArguments(), Point, [Point]),
    *(
        DictWithAsdict(a=1),
        [DictWithAsdict(a=1)],
        ListWithAsdict([1]),
        Text("x"),
        [Text("x")],
        Integer(5),
        [Float(1.5)],
    ),
    *(PointWithAsdict(1, 2), [PointWithAsdict(1, 2)] * 2, PointWithMore(1, [2]), [PointWithMore(1, 2)] * 2),
    *(
        [PointInReverse(1, 2)] * 2,
        [PointInReverse(1, [2])] * 2,
        [ListInReverse([1, 2]), ListInReverse([1, "a"])],
    ),
    *(
        [Point(1, 2), Point(b"x", Decimal("1.0"))],
        [Point(1, 2), Sequence((1, 2))],
        [OrderedDict(a=1), OrderedDict(b=[b"x"])],
    ),
    *([b"abc"], {"a": b"\xc3\xa9"}, [b"\xff"], [Bytes(b"v")], [bytearray(b"a")], {"a": memoryview(b"a")}),
    *(Number.ONE, [Word.A], {"a": Number.ONE}, [Plain.A]),
    *(
        OrderedDict(a=(1,)),
        defaultdict(list, {"a": [1]}),
        [OrderedDict(a=1), with_attribute()],
        Counter("aab"),
        ChainMap({"a": 1}),
        UserDict(a=1),
        deque([1]),
    ),
    *({1, 2}, frozenset(), range(3), {}.keys(), 1j, ..., object(), len, int, StopIteration, sys.version_info),
    *(MOMENT, [MOMENT.date()], uuid.UUID(int=1), (lambda: 1).__code__),
    *(circle(), AsdictOfItself()),
]


def theirs(value: Any) -> bytes:
    """The document, else the message, of AWS's runtime."""
    try:
        return LambdaMarshaller().marshal_response(value)[0].encode()
    except FaultException as error:
        return error.msg.encode()


def ours(value: Any) -> bytes:
    try:
        return encode(value)
    except MarshalError as error:
        return str(error).encode()


@pytest.mark.parametrize("value", VALUES, ids=lambda value: f"{type(value).__name__}")
def test_a_value_is_written_or_refused_as_awss_runtime_does(value: Any) -> None:
    assert ours(value) == theirs(value)


INNER = st.none() | st.integers() | st.floats() | st.text(max_size=5) | st.decimals() | st.just(Number.ONE)
STRUCTURES = st.recursive(
    INNER | st.builds(Point, INNER, INNER),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=3) | st.just(Word.A), inner, max_size=3)
        | st.builds(Point, inner, inner)
        | st.lists(st.builds(Point, inner, inner), max_size=3)
        | st.dictionaries(st.text(max_size=3), inner, max_size=3).map(OrderedDict)
        | st.tuples(inner)
    ),
    max_leaves=12,
)


@given(STRUCTURES)
def test_any_structure_of_them_is_written_as_awss_runtime_does(value: Any) -> None:
    assert ours(value) == theirs(value)


def test_a_decimal_keeps_every_digit() -> None:
    digits = "12345678901234567890.12345678901234567890"
    assert json.loads(encode([Decimal(digits)]), parse_float=str) == [digits]


def test_text_beside_a_decimal_is_escaped() -> None:
    assert encode([Decimal("1.0"), 'a"ö\n']) == rb'[1.0, "a\"\u00f6\n"]'


def test_text_beside_a_decimal_is_written_in_utf_8_where_that_is_asked_for() -> None:
    assert encode([Decimal("1.0"), "ö"], ascii_only=False) == '[1.0, "ö"]'.encode()


def test_a_lone_surrogate_beside_a_decimal_is_escaped_where_utf_8_is_asked_for() -> None:
    assert encode([Decimal("1.0"), "\ud800"], ascii_only=False) == rb'[1.0, "\ud800"]'


def test_one_value_in_two_places_is_no_circle() -> None:
    point = Point(1, [])
    assert encode([point, point]) == b'[{"x": 1, "y": []}, {"x": 1, "y": []}]'


def test_the_value_itself_is_left_as_it_is() -> None:
    value = {"a": [Point(1, Decimal("1.0"))], b"b": {"c": b"d"}}
    encode(value)
    assert value == {"a": [Point(1, Decimal("1.0"))], b"b": {"c": b"d"}}


def test_types_that_are_made_anew_each_time_are_written_like_others() -> None:
    for number in range(300):
        made = namedtuple("made", f"field{number}")  # type: ignore[misc]  # noqa: PYI024 - that is the point
        assert encode(made(1)) == b'{"field%d": 1}' % number


def test_a_value_that_cannot_be_written_leaves_nothing_for_the_next() -> None:
    with pytest.raises(MarshalError):
        encode([Decimal("1.10"), object()])
    assert encode([Point("1.10", 2)]) == b'[{"x": "1.10", "y": 2}]'


def test_ordinary_values_do_not_import_what_unusual_ones_need(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "thaw_runtime.json_values", raising=False)
    encode({"statusCode": 200, "items": [1, 2.5, None, ("a", True)]})
    assert "thaw_runtime.json_values" not in sys.modules


def test_what_is_too_deep_for_a_walk_is_a_marshal_error() -> None:
    value: Any = Point(1, 2)
    for _ in range(100_000):
        value = [value]
    with pytest.raises(MarshalError, match="recursion"):
        encode(value)
