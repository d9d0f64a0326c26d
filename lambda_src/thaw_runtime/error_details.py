"""What reports of errors tell beyond AWS's own runtime: notes, causes, and the exceptions of groups.

Imported when something fails in an environment that asks for it, by ``THAW_ERROR_DETAILS=1``.
"""

import traceback

from thaw_runtime.failure import text_of, users_frames

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

# A loop that handles an error with code that fails may chain thousands.
EXCEPTIONS_LIMIT = 50


def details_of(error: BaseException) -> "dict[str, Any]":
    """Further keys of an exception's report, each only where there is something to tell.

    ``notes`` are its texts of ``add_note``. ``cause`` is the exception that it was raised from, or else that was being
    handled, and ``exceptions`` are those of a group: each with ``errorMessage``, ``errorType``, ``stackTrace`` and these
    keys in turn. 50 exceptions are told in all, and none twice.
    """
    return _details(error, {id(error)})


def _details(error: BaseException, told: set[int]) -> "dict[str, Any]":
    details: dict[str, Any] = {}
    # Anybody may have set the attribute to anything.
    notes = getattr(error, "__notes__", ())
    if isinstance(notes, list) and (texts := [note for note in notes if isinstance(note, str)]):
        details["notes"] = texts
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None and _is_new(cause, told):
        details["cause"] = _described(cause, told)
    if isinstance(error, BaseExceptionGroup):
        members = [_described(member, told) for member in error.exceptions if _is_new(member, told)]
        details["exceptions"] = members
    return details


def _is_new(error: BaseException, told: set[int]) -> bool:
    if id(error) in told or len(told) >= EXCEPTIONS_LIMIT:
        return False
    told.add(id(error))
    return True


def _described(error: BaseException, told: set[int]) -> "dict[str, Any]":
    return {
        "errorMessage": text_of(error),
        "errorType": type(error).__name__,
        "stackTrace": traceback.format_list(users_frames(error)),
        **_details(error, told),
    }


def lines_of(details: "dict[str, Any]") -> "Iterator[str]":
    """The same for the log, to be read after the exception's own lines."""
    for note in details.get("notes", ()):
        yield from note.splitlines()
    if "cause" in details:
        yield from _lines("Caused by", details["cause"])
    for number, member in enumerate(details.get("exceptions", ()), start=1):
        yield from _lines(f"Exception {number} of the group", member)


def _lines(title: str, described: "dict[str, Any]") -> "Iterator[str]":
    yield from f"{title}: {described['errorType']}: {described['errorMessage']}".splitlines()
    for frame in described["stackTrace"]:
        yield from frame.splitlines()
    yield from lines_of(described)
