"""Events in, results out."""

import json

from tests.conformance.comparison.model import Case, Event, Scenario

_STREAMED = "iterators are streamed: AWS's runtime for Python has no streaming"
_WORDS = (
    "the words are those of the standard library's json, which say the same place; theirs are simplejson's"
)


def _case(row: str, claim: str, value: str, why: str = "") -> Case:
    return Case(row, claim, (Event(json.dumps(value).encode()),), why)


_RESULTS = (
    _case("J6", "None becomes null", "nothing"),
    _case("J6", "separators are followed by a space", "structure"),
    _case("J6", "keys keep their order", "order"),
    _case("J8", "a Decimal is written as str() has it", "decimals"),
    _case("J8", "a Decimal that is no number is NaN", "decimal nan"),
    _case("J8", "an infinite Decimal is Infinity", "decimal infinity"),
    _case("J8", "floats are NaN, Infinity, or as repr() has them", "floats"),
    _case("J3", "integers are written whole", "big integers"),
    _case("J9", "a namedtuple is an object, a tuple an array", "namedtuple"),
    _case("J9", "namedtuples are found at any depth", "nested namedtuple"),
    _case("J9", "whatever has _asdict() is an object", "asdict"),
    _case("J10", "bytes in a structure are text, as values and as keys", "bytes inside"),
    _case("J10", "bytes that are no UTF-8 are refused", "invalid bytes inside"),
    _case("J11", "bytes alone are the response as they are", "bytes"),
    _case("J12", "a bytearray is refused", "bytearray"),
    _case("J12", "a memoryview is refused", "memoryview"),
    _case("J12", "a BytesIO is streamed", "BytesIO", why=_STREAMED),
    _case("J12", "a set is refused", "set"),
    _case("J12", "a frozenset is refused", "frozenset"),
    _case(
        "G1",
        "a generator's values are the response; here they are neither text nor bytes",
        "generator",
        why=_STREAMED,
    ),
    _case("G1", "an iterator's values are the response, while it makes them", "iterator", why=_STREAMED),
    _case("J12", "a range is refused", "range"),
    _case(
        "R11",
        "a coroutine that a handler returns is awaited",
        "coroutine",
        why="an async function behind a decorator works too; theirs never awaits it",
    ),
    _case("J12", "a datetime is refused", "datetime"),
    _case("J12", "a UUID is refused", "UUID"),
    _case("J12", "an Enum is refused", "enum"),
    _case("J12", "a dataclass is refused", "dataclass"),
    _case("J12", "for_json() is not called", "for_json"),
    _case("J12", "an object is refused", "object"),
    _case("J12", "a complex number is refused", "complex"),
    _case("J12", "a function is refused", "function"),
    _case("J12", "an exception is refused", "exception"),
    _case("J13", "an IntEnum is a number, as value and as key", "integer enum"),
    _case("J13", "an Enum of text is text, as value and as key", "text enum"),
    _case("J13", "an int of a class of its own is written as an int", "integer subclass"),
    _case("J13", "keys that are numbers, truth values or None become text", "keys"),
    _case("J13", "a tuple is refused as a key", "tuple key"),
    _case("J13", "a Decimal as a key", "decimal key"),
    _case("J13", "an object is refused as a key", "object key"),
    _case("J13", "what contains itself is refused", "cycle"),
    _case("J6", "an OrderedDict is an object", "dict subclass"),
    _case("J6", "a defaultdict is an object", "default dictionary"),
    _case("J6", "a Counter is an object", "counter"),
    _case("J12", "a deque is refused", "deque"),
    _case("J12", "the keys of a dictionary are refused", "mapping view"),
    _case("J9", "an _asdict() that raises is told", "_asdict raises"),
    _case("J9", "an _asdict that is no function is nothing", "_asdict is no function"),
    _case("J9", "an _asdict() that gives no dictionary", "_asdict gives a list"),
    _case("J9", "a class that has _asdict()", "namedtuple class"),
    _case("J9", "a namedtuple as a key", "namedtuple as key"),
    _case("J9", "what is in a namedtuple is written as elsewhere", "namedtuple of bytes"),
    _case("J11", "bytes of a class of its own are the response, too", "bytes subclass"),
    _case("J10", "bytes of a class of its own in a structure", "bytes subclass inside"),
    _case("J13", "text of a class of its own", "text subclass"),
    _case("J13", "a float of a class of its own", "float subclass"),
    _case("J8", "a Decimal of a class of its own", "decimal subclass"),
    _case("J9", "a tuple of a class of its own", "tuple subclass"),
    _case("J9", "a list of a class of its own", "list subclass"),
    _case("J13", "flags are numbers", "flags"),
    _case("J13", "keys that become the same are both written", "same keys"),
    _case("J13", "an Enum as a key", "enum key"),
    _case("J10", "a key of bytes that are no UTF-8", "invalid bytes key"),
    _case("J13", "a date as a key", "datetime key"),
    _case("J6", "300 levels", "deep"),
    _case("J13", "levels without end", "too deep"),
    _case("J13", "dictionaries that contain each other", "cycle of dictionaries"),
    _case("J12", "a mapping that cannot be changed", "mapping proxy"),
    _case("J12", "a ChainMap", "chain map"),
    _case("J12", "a UserDict", "user dictionary"),
    _case("J12", "a UserList", "user list"),
    _case("J12", "a UserString", "user text"),
    _case("J12", "a Fraction", "fraction"),
    _case("J12", "an Ellipsis", "ellipsis"),
    _case("J7", "lone surrogates as key and value", "surrogate key"),
    _case("J6", "values of many kinds in one list", "decimal in cycle of values"),
    _case("J6", "a response of 3 MB arrives whole", "large"),
)
_ESCAPES = (
    _case("J7", "what is beyond ASCII is escaped, U+007F too", "text"),
    _case("E9", "a lone surrogate is escaped", "surrogate"),
)
_UNESCAPED = (
    _case("J7", "what is beyond ASCII is UTF-8 on the runtimes from Python 3.12 on", "text"),
    _case("J10", "so is what was bytes", "bytes inside"),
    _case(
        "E9",
        "a lone surrogate is answered, on the runtimes from Python 3.12 on",
        "surrogate",
        why="it is escaped; theirs dies of its encoding and answers nothing",
    ),
)


def _event(row: str, claim: str, body: bytes, content_type: str = "application/json", why: str = "") -> Case:
    return Case(row, claim, (Event(body, {"Content-Type": content_type}),), why)


_EVENTS = (
    _event("J1", "what is declared as JSON is decoded", b'{"a": [1, 2.5, true, null, "\xc3\xbc"]}'),
    _event(
        "J1",
        "a parameter of the content type leaves the event as it came",
        b"1",
        "application/json; charset=utf-8",
    ),
    _event("J1", "capitals in the content type leave it as it came", b"1", "Application/JSON"),
    _event("J1", "so does another content type", b"\x00\xff", "application/octet-stream"),
    _event("J2", "an empty event is refused", b""),
    _event("J2", "nothing but white space is refused", b" \n"),
    _event("J3", "a byte order mark is passed over", b'\xef\xbb\xbf{"a": 1}'),
    _event("J3", "UTF-16 is refused", '{"a": 1}'.encode("utf-16")),
    _event("J3", "of the same key the last value counts", b'{"a": 1, "a": 2}'),
    _event("J3", "big integers are exact", b"123456789012345678901234567890"),
    _event("J3", "a control character in a text is refused", b'"a\nb"', why=_WORDS),
    _event("J3", "white space around is passed over", b' \t\r\n{"a" : 1 , "b":[ ]} \n'),
    _event("J3", "floats", b"[1e400, -0.0, 1E5, 0.1, 1e-400]"),
    _event("J3", "escapes and pairs of surrogates", rb'"\ud83d\ude00\u00fc\ud800\/\b"'),
    _event("J3", "text that is no UTF-8 is refused", b'"\xff"'),
    _event("J3", "a surrogate in UTF-8 is refused", b'"\xed\xa0\x80"'),
    _event("J3", "too many digits are refused", b"1" * 5000),
    _event("J3", "a thousand levels", b"[" * 900 + b"]" * 900),
    _event("J3", "levels without end are refused", b"[" * 100_000, why=_WORDS),
    _event("J4", "NaN is refused", b"NaN", why=_WORDS),
    _event("J4", "Infinity is refused, within a structure too", b"[1, -Infinity]", why=_WORDS),
    _event("J5", "data after the end is told", b'{"a": 1}x', why=_WORDS),
    _event("J5", "an end that is missing is told", b'{"a": 1', why=_WORDS),
    _event("J5", "a text without end is told", b'"abc'),
    _event("J5", "a comma too many is told", b"[1,]", why=_WORDS),
    _event("J5", "a name without quotes is told", b"{a: 1}", why=_WORDS),
    _event("J5", "a colon that is missing is told", b'{"a" 1}'),
    _event("J5", "an unknown word is told", b"undefined"),
    _event("J5", "a bad escape is told", rb'"\x"', why=_WORDS),
    _event("J5", "the place is told by line and column", b'{\n  "a": 1,\n  b\n}'),
    _event("J3", "an event of 3 MB arrives whole", b'"' + b"a" * 3_000_000 + b'"'),
)

SCENARIOS = (
    Scenario("results", "values.handle", _RESULTS + _ESCAPES),
    Scenario(
        "results on the image of a function",
        "values.handle",
        _ESCAPES[:1],
        {"AWS_EXECUTION_ENV": "AWS_Lambda_Image"},
    ),
    Scenario(
        "results on Python 3.11",
        "values.handle",
        _ESCAPES[:1],
        {"AWS_EXECUTION_ENV": "AWS_Lambda_python3.11"},
    ),
    Scenario(
        "results on Python 3.12", "values.handle", _UNESCAPED, {"AWS_EXECUTION_ENV": "AWS_Lambda_python3.12"}
    ),
    Scenario(
        "results on Python 3.14",
        "values.handle",
        _UNESCAPED[:1],
        {"AWS_EXECUTION_ENV": "AWS_Lambda_python3.14"},
    ),
    Scenario("events", "values.repeat", _EVENTS),
    Scenario(
        "an empty content type",
        "values.repeat",
        (
            _event(
                "J1",
                "an empty content type leaves it as it came",
                b"1",
                "",
                why="the event is delivered; theirs dies of a segmentation fault",
            ),
        ),
    ),
)
