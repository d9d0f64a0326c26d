"""What the module ``_accelerator`` does, in Python.

It stands in for it where it was not compiled (a checkout, this package outside of an artifact), and for the documents that it leaves
to Python. The functions are its functions; ``lambda_src/native/accelerator`` says what they are for. They stand on the C accelerator of the
standard library's ``json``: ``import json`` itself compiles regular expressions for its pure-Python paths, and so costs several
times what the rest of the runtime does at start.
"""

from _json import encode_basestring, encode_basestring_ascii, make_encoder, make_scanner
from marshal import dumps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _socket import socket
    from typing import Any, NoReturn

    from thaw_runtime.connection import Response

RECEIVE_SIZE = 1 << 16
WHITESPACE = " \t\n\r"
# How to write text, by whether everything beyond ASCII is escaped.
ESCAPE = (encode_basestring, encode_basestring_ascii)
# key separator, item separator, sort_keys, skipkeys, allow_nan
JSON_DUMPS = (": ", ", ", False, False, True)
# Without the references among equal objects that later formats keep, which cost more than all the rest.
_MARSHAL_VERSION = 2


def exchange(connection: "socket", head: bytes, body: bytes) -> "Response | bytes":
    """Sends a request and receives once.

    Returns:
        The first bytes of the answer; none where the other side hung up. (The accelerator reads an answer that is a plain one.)

    Raises:
        OSError: the connection breaks.
    """
    try:  # noqa: SIM105 - contextlib is on no cold start's bill
        connection.sendall(head + body)
    except ConnectionError:
        # A body that is too large may be refused, and the connection closed, before it was read to its end; the refusal
        # then waits here all the same. Where nothing waits, the next line raises.
        pass
    return connection.recv(RECEIVE_SIZE)


def _refuse_constant(name: str) -> "NoReturn":
    raise ValueError(f"{name} is not JSON")


def refuse_type(value: object) -> "NoReturn":
    """What ``json`` says of a type that it does not know, as a TypeError."""
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


class _ScannerSettings:
    """What ``json.JSONDecoder`` hands to its scanner."""

    strict = True
    object_hook = None
    object_pairs_hook = None
    parse_float = float
    parse_int = int
    parse_constant = staticmethod(_refuse_constant)


# json's accelerator takes anything with these attributes; its annotation says less.
_scan = make_scanner(_ScannerSettings)  # type: ignore[arg-type]
# Without a dictionary to notice by that a value contains itself, so that one can be kept for all documents.
_WRITE = [make_encoder(None, refuse_type, escape, None, *JSON_DUMPS) for escape in ESCAPE]


def decode(body: bytes) -> "Any":
    """The value of a JSON document in UTF-8, with or without a byte order mark.

    Raises:
        ValueError: it is not one, in the words of ``json``; NaN and Infinity are not JSON.
        RecursionError: it is nested too deeply.
    """
    text = str(body, "utf-8-sig" if body.startswith(b"\xef\xbb\xbf") else "utf-8")
    try:
        value, end = _scan(text, len(text) - len(text.lstrip(WHITESPACE)))
    except StopIteration:
        _explain(text)
    if end != len(text) and text[end:].strip(WHITESPACE):
        _explain(text)
    return value


def _explain(text: str) -> "NoReturn":
    import json

    json.loads(text)
    raise AssertionError("json takes what its own scanner refused")


def encode(value: object, ascii_only: bool) -> bytes:  # noqa: FBT001 - the accelerator takes no names
    """A value as JSON in UTF-8, where it consists of exactly JSON's types.

    Raises:
        TypeError, ValueError, RecursionError: it does not.
    """
    # json's accelerator takes a namedtuple for a list, and an IntEnum for a number. marshal refuses everything whose type is not
    # exactly a built-in one, and what contains itself; so nobody has to look for that a second time.
    dumps(value, _MARSHAL_VERSION)  # type: ignore[arg-type]
    return "".join(_WRITE[ascii_only](value, 0)).encode()
