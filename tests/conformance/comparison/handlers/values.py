"""Results of every kind, by the name that is sent as the event."""

import collections
import dataclasses
import datetime
import decimal
import enum
import io
import time
import uuid

Point = collections.namedtuple("Point", "x y")


class Record:
    def _asdict(self):
        return {"a": 1}


class ForJson:
    def for_json(self):
        return {"a": 1}


class Number(enum.IntEnum):
    ONE = 1


class Text(str, enum.Enum):
    A = "a"


class Plain(enum.Enum):
    A = 1


@dataclasses.dataclass
class Data:
    a: int = 1


class Money(int):
    def __repr__(self):
        return "money"


async def coroutine():
    return 1


CYCLE: list = []
CYCLE.append(CYCLE)
DECIMALS = ["1.10", "1E+2", "-0", "0.1", "1E-7", "123456789012345678901234567890.5"]

VALUES = {
    "nothing": lambda: None,
    "structure": lambda: {"a": [1, 2.5, True, None, "x"], "b": {}},
    "order": lambda: {"z": 1, "a": 2},
    "text": lambda: 'ü\u2028\x7f\x00"\\/😀',
    "surrogate": lambda: "a\ud800b",
    "decimals": lambda: [decimal.Decimal(text) for text in DECIMALS],
    "decimal nan": lambda: [decimal.Decimal("NaN"), decimal.Decimal("-NaN"), decimal.Decimal("sNaN")],
    "decimal infinity": lambda: [decimal.Decimal("Infinity"), decimal.Decimal("-Infinity")],
    "floats": lambda: [float("nan"), float("inf"), float("-inf"), 1e100, 1e-7, -0.0, 1.0],
    "big integers": lambda: [10**30, -(10**30)],
    "namedtuple": lambda: {"point": Point(1, decimal.Decimal("1.0")), "tuple": (1, 2)},
    "nested namedtuple": lambda: [[Point(Point(1, 2), 3)]],
    "asdict": Record,
    "for_json": ForJson,
    "bytes inside": lambda: {"a": b"\xc3\xbc", b"\xc3\xbc": 1},
    "invalid bytes inside": lambda: {"a": b"\xff"},
    "bytes": lambda: b"\x00\xff raw",
    "bytearray": lambda: bytearray(b"a"),
    "memoryview": lambda: memoryview(b"a"),
    "BytesIO": lambda: io.BytesIO(b"a"),
    "set": lambda: {1},
    "frozenset": lambda: frozenset({1}),
    "generator": lambda: (number for number in [1, 2]),
    "iterator": lambda: iter([b"a", "b"]),
    "range": lambda: range(3),
    "coroutine": coroutine,
    "datetime": lambda: datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC),
    "UUID": lambda: uuid.UUID(int=1),
    "enum": lambda: Plain.A,
    "dataclass": Data,
    "object": object,
    "complex": lambda: 1j,
    "function": lambda: len,
    "exception": lambda: ValueError("a"),
    "integer enum": lambda: [Number.ONE, {Number.ONE: Number.ONE}],
    "text enum": lambda: [Text.A, {Text.A: Text.A}],
    "integer subclass": lambda: Money(5),
    "keys": lambda: [{1: 1, 2.5: 2, None: 4, float("inf"): 5}, {True: 1, False: 2}],
    "tuple key": lambda: {(1, 2): 3},
    "decimal key": lambda: {decimal.Decimal("1.10"): 1},
    "object key": lambda: {object: 1},
    "cycle": lambda: CYCLE,
    "dict subclass": lambda: collections.OrderedDict(a=1),
    "default dictionary": lambda: collections.defaultdict(int, a=1),
    "counter": lambda: collections.Counter("aab"),
    "deque": lambda: collections.deque([1]),
    "mapping view": lambda: {"a": 1}.keys(),
    "large": lambda: "a" * 3_000_000,
}


def handle(event, _context):
    return VALUES[event]()


def repeat(event, _context):
    """What the event was, to the type."""
    return repr(event) if len(repr(event)) < 1000 else f"{type(event).__name__} of {len(event)}"


def echo(event, _context):
    return event


def slowly(event, _context):
    time.sleep(0.1)  # until it is known that the connection is closed
    return event
