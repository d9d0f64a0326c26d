"""JSON in and out: by the accelerator what is plain, in Python what is not."""

try:
    from thaw_runtime import _accelerator as accelerator
except ImportError:
    from thaw_runtime import unaccelerated as accelerator  # type: ignore[no-redef]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class UnmarshalError(Exception):
    """The event is not JSON, for a reason in the words of ``json``."""

    error_type = "Runtime.UnmarshalError"

    def __init__(self, reason: object) -> None:
        super().__init__(f"Unable to unmarshal input: {reason}")
        self.reason = reason


class MarshalError(Exception):
    """The handler's result cannot be written as JSON."""

    error_type = "Runtime.MarshalError"


def decode(body: bytes) -> "Any":
    """The value of a JSON document in UTF-8, with or without a byte order mark.

    Raises:
        UnmarshalError: it is not one; NaN and Infinity are not JSON.
    """
    try:
        return accelerator.decode(body)
    except (ValueError, RecursionError):
        return _decode_unusual(body)


def _decode_unusual(body: bytes) -> "Any":
    from thaw_runtime import unaccelerated

    try:
        return unaccelerated.decode(body)
    except (ValueError, RecursionError) as error:
        raise UnmarshalError(error) from error


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
        return accelerator.encode(value, ascii_only)
    except (TypeError, ValueError, RecursionError):
        return _encode_unusual(value, ascii_only=ascii_only)


def _encode_unusual(value: "Any", *, ascii_only: bool) -> bytes:
    from thaw_runtime.json_values import encode_unusual
    from thaw_runtime.unaccelerated import ESCAPE

    try:
        try:
            return encode_unusual(value, ESCAPE[ascii_only])
        except UnicodeEncodeError:
            return encode_unusual(value, ESCAPE[True])
    except Exception as error:
        # An _asdict() of a user's class may raise anything.
        raise MarshalError(f"Unable to marshal response: {error}") from error
