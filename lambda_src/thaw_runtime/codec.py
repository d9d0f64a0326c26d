"""JSON in and out through the C accelerator of the standard library.

``import json`` compiles regular expressions for its pure-Python paths and so costs several times what the rest of the
runtime does at start. The accelerator behind it is used directly; whatever it does not settle goes to ``json`` itself,
so that results and error messages are its own.
"""

from _json import encode_basestring, encode_basestring_ascii, make_encoder, make_scanner
from marshal import dumps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

WHITESPACE = " \t\n\r"
# How to write text, by whether everything beyond ASCII is escaped.
ESCAPE = (encode_basestring, encode_basestring_ascii)


class UnmarshalError(Exception):
    """The event is not JSON, for a reason in the words of ``json``."""

    error_type = "Runtime.UnmarshalError"

    def __init__(self, reason: object) -> None:
        super().__init__(f"Unable to unmarshal input: {reason}")
        self.reason = reason


class MarshalError(Exception):
    """The handler's result cannot be written as JSON."""

    error_type = "Runtime.MarshalError"


def _refuse_constant(name: str) -> "NoReturn":
    raise UnmarshalError(f"{name} is not JSON")


def _refuse_type(value: object) -> "NoReturn":
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


class _ScannerSettings:
    """What ``json.JSONDecoder`` hands to its scanner."""

    strict = True
    object_hook = None
    object_pairs_hook = None
    parse_float = float
    parse_int = int
    parse_constant = staticmethod(_refuse_constant)


# The accelerator takes anything with these attributes; its annotation says less.
_scan = make_scanner(_ScannerSettings)  # type: ignore[arg-type]


def decode(body: bytes) -> "Any":
    """The value of a JSON document in UTF-8, with or without a byte order mark.

    Raises:
        UnmarshalError: it is not one; NaN and Infinity are not JSON.
    """
    try:
        text = str(body, "utf-8-sig" if body.startswith(b"\xef\xbb\xbf") else "utf-8")
        value, end = _scan(text, len(text) - len(text.lstrip(WHITESPACE)))
    except StopIteration:
        _explain(text)
    except (ValueError, RecursionError) as error:
        raise UnmarshalError(error) from error
    if end != len(text) and text[end:].strip(WHITESPACE):
        _explain(text)
    return value


def _explain(text: str) -> "NoReturn":
    import json

    try:
        json.loads(text)
    except ValueError as error:
        raise UnmarshalError(error) from error
    raise AssertionError("json takes what its own scanner refused")


# key separator, item separator, sort_keys, skipkeys, allow_nan
JSON_DUMPS = (": ", ", ", False, False, True)
# Without a dictionary to notice by that a value contains itself, so that one can be kept for all documents.
_WRITE = [make_encoder(None, _refuse_type, escape, None, *JSON_DUMPS) for escape in ESCAPE]
# Without the references among equal objects that later formats keep, which cost more than all the rest.
_MARSHAL_VERSION = 2


def encode(value: "Any", *, ascii_only: bool = True) -> bytes:
    """A value as JSON, as AWS's runtime writes it.

    Args:
        value: what ``json.dumps`` takes, and Decimal, bytes, and whatever has an ``_asdict()``, a namedtuple above all;
            further types where ``thaw_runtime.json_types`` was told of them.
        ascii_only: whether to escape what is not in ASCII. Otherwise the document is in UTF-8; a lone surrogate, which
            has no form in that, is escaped all the same.

    Raises:
        MarshalError: a value in it has no form in JSON, or it contains itself.
    """
    try:
        # The accelerator takes a namedtuple for a list. marshal refuses it, as it does everything whose type is not exactly
        # a built-in one, and what contains itself; so nobody has to look for that a second time.
        dumps(value, _MARSHAL_VERSION)
        return "".join(_WRITE[ascii_only](value, 0)).encode()
    except (TypeError, ValueError, RecursionError):
        return _encode_unusual(value, ascii_only=ascii_only)


def _encode_unusual(value: "Any", *, ascii_only: bool) -> bytes:
    from thaw_runtime.json_values import encode_unusual

    try:
        try:
            return encode_unusual(value, ESCAPE[ascii_only])
        except UnicodeEncodeError:
            return encode_unusual(value, encode_basestring_ascii)
    except Exception as error:
        # An _asdict() of a user's class may raise anything.
        raise MarshalError(f"Unable to marshal response: {error}") from error
