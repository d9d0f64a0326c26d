"""JSON in and out through the C accelerator of the standard library.

``import json`` compiles regular expressions for its pure-Python paths and so costs several times what the rest of the
runtime does at start. The accelerator behind it is used directly; whatever it does not settle goes to ``json`` itself,
so that results and error messages are its own.
"""

from _json import encode_basestring_ascii, make_encoder, make_scanner

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

WHITESPACE = " \t\n\r"


class UnmarshalError(Exception):
    """The event is not JSON."""

    error_type = "Runtime.UnmarshalError"


class MarshalError(Exception):
    """The handler's result cannot be written as JSON."""

    error_type = "Runtime.MarshalError"


def _refuse_constant(name: str) -> "NoReturn":
    raise UnmarshalError(f"Unable to unmarshal input: {name} is not JSON")


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
        raise UnmarshalError(f"Unable to unmarshal input: {error}") from error
    if end != len(text) and text[end:].strip(WHITESPACE):
        _explain(text)
    return value


def _explain(text: str) -> "NoReturn":
    import json

    try:
        json.loads(text)
    except ValueError as error:
        raise UnmarshalError(f"Unable to unmarshal input: {error}") from error
    raise AssertionError("json takes what its own scanner refused")


# key separator, item separator, sort_keys, skipkeys, allow_nan
_JSON_DUMPS = (": ", ", ", False, False, True)


def encode(value: "Any") -> bytes:
    """A value as JSON in ASCII, with the separators of ``json.dumps``.

    Raises:
        MarshalError: a value in it has no form in JSON, or it contains itself.
    """
    try:
        # A fresh dictionary per document: it is how the encoder notices that a value contains itself.
        write = make_encoder({}, _refuse_type, encode_basestring_ascii, None, *_JSON_DUMPS)
        return "".join(write(value, 0)).encode("ascii")
    except (TypeError, ValueError, RecursionError) as error:
        raise MarshalError(f"Unable to marshal response: {error}") from error
