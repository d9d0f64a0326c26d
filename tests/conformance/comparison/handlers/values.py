"""Results of every kind, by the name that is sent as the event."""

import collections
import dataclasses
import datetime
import decimal
import enum
import fractions
import io
import time
import types
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


class RaisingDict:
    def _asdict(self):
        raise LookupError("no dictionary")


class NotCallable:
    _asdict = 5


class NotADict:
    def _asdict(self):
        return [1]


class Bytes(bytes):
    pass


class Name(str):
    def __str__(self):
        return "another text"


class Float(float):
    def __repr__(self):
        return "a float"


class Amount(decimal.Decimal):
    def __str__(self):
        return "an amount"


class Pair(tuple):
    pass


class Listed(list):
    pass


class Flag(enum.IntFlag):
    A = 1
    B = 2


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


async def coroutine():
    return 1


LOOP: dict = {}
LOOP["a"] = {"b": LOOP}
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
    "_asdict raises": RaisingDict,
    "_asdict is no function": NotCallable,
    "_asdict gives a list": NotADict,
    "namedtuple class": lambda: Point,
    "namedtuple as key": lambda: {Point(1, 2): 1},
    "namedtuple of bytes": lambda: Point(b"a", {b"b": Point(None, ())}),
    "bytes subclass": lambda: Bytes(b"raw"),
    "bytes subclass inside": lambda: [Bytes(b"text"), {Bytes(b"k"): 1}],
    "text subclass": lambda: [Name("text"), {Name("key"): 1}],
    "float subclass": lambda: [Float(1.5), {Float(1.5): 1}],
    "decimal subclass": lambda: [Amount("1.5")],
    "tuple subclass": lambda: Pair((1, 2)),
    "list subclass": lambda: Listed([1, Point(1, 2)]),
    "flags": lambda: [Flag.A | Flag.B],
    "same keys": lambda: {1: "a", "1": "b", 1.0 + 1: "c"},
    "enum key": lambda: {Plain.A: 1},
    "invalid bytes key": lambda: {b"\xff": 1},
    "datetime key": lambda: {datetime.date(2026, 1, 2): 1},
    "deep": lambda: nested(300),
    "too deep": lambda: nested(100_000),
    "cycle of dictionaries": lambda: LOOP,
    "mapping proxy": lambda: types.MappingProxyType({"a": 1}),
    "chain map": lambda: collections.ChainMap({"a": 1}),
    "user dictionary": lambda: collections.UserDict(a=1),
    "user list": lambda: collections.UserList([1]),
    "user text": lambda: collections.UserString("a"),
    "fraction": lambda: fractions.Fraction(1, 2),
    "ellipsis": lambda: ...,
    "surrogate key": lambda: {"\ud800": "\udfff"},
    "decimal in cycle of values": lambda: [decimal.Decimal("1.0"), "ü", None, Point(b"x", float("nan"))],
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
