"""Handlers that fail, and handlers that are rude."""

import json
from collections.abc import Mapping

from tests.conformance.comparison.model import Case, Event, Scenario

_DETAILS = "THAW_ERROR_DETAILS asks for what AWS's runtime leaves out; without it both report the same"
_INVOCATION = {"Lambda-Runtime-Invocation-Id": "invocation-1"}


def _case(row: str, claim: str, name: str, headers: Mapping[str, str] | None = None, why: str = "") -> Case:
    return Case(row, claim, (Event(json.dumps(name).encode(), headers or {}),), why)


_ERRORS = (
    _case("E1", "an error is reported with message, type, request and stack", "raises"),
    _case("E1", "an error without a message has an empty one", "raises_nothing"),
    _case("E2", "the stack is the user's frames", "raises_deeply"),
    _case("H9", "the report is JSON, with the cause for X-Ray beside it", "raises_deeply"),
    _case("E3", "a chain is reported by its last exception", "raises_chained"),
    _case("E3", "a group is reported by its own text", "raises_group"),
    _case("E3", "notes are not reported", "raises_noted"),
    _case("L7", "a message of several lines is logged as it is", "raises_lines"),
    _case("E1", "a StopIteration is an error like others", "raises_stop"),
    _case("E1", "so is a MemoryError", "raises_memory"),
    _case("E1", "so is a failed assertion", "raises_assertion"),
    _case("E1", "so is an OSError", "raises_system_error"),
    _case("E2", "a frame without a source", "raises_from_code"),
    _case("E4", "above 1 MiB the cause for X-Ray is empty", "raises_long"),
    _case("E1", "a class within a class is told by its own name", "raises_nested_class"),
    _case("E1", "several arguments are told as str() has them", "raises_many_arguments"),
    _case("E1", "the number in a KeyError", "raises_number"),
    _case("L7", "control characters in a message", "raises_null"),
    _case("L7", "a message that begins with spaces", "raises_spaces"),
    _case("L7", "a message with line ends of Windows", "raises_carriage"),
    _case("E1", "an exception that no class name describes", "raises_own_type"),
    _case("E2", "a frame of a comprehension", "raises_in_comprehension"),
    _case("E2", "a statement of several lines", "raises_on_lines"),
    _case("E2", "an exception that is raised again", "raises_again"),
    _case("E2", "frames of the standard library", "raises_from_library"),
    _case("E1", "a JSONDecodeError", "raises_json_error"),
    _case("E1", "a UnicodeEncodeError", "raises_unicode_error"),
    _case("E1", "a TimeoutError", "raises_timeout"),
    _case("E4", "the cause for X-Ray has the working folder of the moment", "raises_in_another_folder"),
    _case("E4", "and the next one that of its own", "returns_to_folder"),
    _case("P7", "an exception in a thread is printed", "raises_in_thread"),
    _case("P7", "a warning is printed", "warns"),
    _case("P7", "a redirected stdout gets what is printed and logged", "redirected"),
    _case("P7", "bytes that are written", "writes_bytes"),
    _case(
        "P7",
        "a lone surrogate that is printed",
        "writes_surrogates",
        why="the stack is the user's; theirs ends in its own stdout",
    ),
    _case(
        "P7", "what write() returns", "written_count", why="the number of characters, as Python documents it"
    ),
    _case("P2", "stdin is empty", "gives_up_stdin"),
    _case("P2", "there are arguments", "has_arguments"),
    _case("P2", "there is a main module", "has_main"),
    _case("P2", "nothing traces", "traces"),
    _case("P2", "what is done on signals", "has_signal_handlers"),
    _case("P2", "limits of the interpreter", "has_limits"),
    _case("P2", "flags of the interpreter", "has_flags"),
    _case("P2", "encodings", "has_encodings"),
    _case("P2", "the time zone", "has_time_zone"),
    _case("H8", "an invocation's id is sent back with an error", "raises", _INVOCATION),
    _case("H8", "an invocation's id is sent back with a response", "has_trace", _INVOCATION),
    Case(
        "E7",
        "recursion without end is an error",
        (Event(b'"recurses"'),),
        # How deep it goes depends on what is below the handler, and the cause for X-Ray has every frame.
        fields=frozenset({"call", "body", "stdout"}),
    ),
    _case("E7", "a handler may fork", "forks"),
    _case("P7", "what is printed is written at once", "prints"),
    _case("P7", "lines, parts and both streams", "prints_parts"),
    _case("P7", "stdout and stderr are what they should be", "has_output"),
    Case(
        "G11",
        "a report of an error names its type in a header",
        (Event(b'"raises"'),),
        fields=frozenset({"error type"}),
        why="Lambda counts errors by this header; AWS's runtime sends it for failed starts alone",
    ),
    _case("E7", "a handler may close its output", "closes_output"),
)
_ENDS = (
    _case("E7", "sys.exit() in a handler ends the process with its status", "exits"),
    _case("E7", "sys.exit() with a text ends it with 1 and the text", "exits_with_text"),
    _case("E7", "os._exit() ends it", "exits_at_once"),
    _case("E7", "a KeyboardInterrupt ends it", "interrupts"),
    _case("E7", "a CancelledError ends it", "is_cancelled"),
    _case("E7", "a GeneratorExit ends it", "raises_generator_exit"),
)


def _locale(name: str) -> tuple[Case, ...]:
    return (
        _case("P2", f"what the locale is: {name}", "has_locale"),
        _case("P2", f"what child processes are told: {name}", "tells_children_of_locale"),
    )


SCENARIOS = (
    Scenario("errors", "behaviours.handle", _ERRORS),
    Scenario(
        "errors in a JSON log",
        "behaviours.handle",
        (*_ERRORS[:3], *_ERRORS[6:7]),
        {"AWS_LAMBDA_LOG_FORMAT": "JSON"},
    ),
    *(Scenario(case.claim, "behaviours.handle", (case,)) for case in _ENDS),
    *(
        Scenario(name, "behaviours.handle", _locale(name), variables)
        for name, variables in (
            ("locale", {}),
            ("locale of a language that is not there", {"LC_CTYPE": "xx_XX"}),
            ("locale C", {"LC_ALL": "C"}),
            ("locale C.UTF-8", {"LC_ALL": "C.UTF-8", "PYTHONUTF8": "1"}),
            ("no locale", {"LANG": None}),
        )
    ),
    Scenario(
        "an exception with a lone surrogate",
        "behaviours.handle",
        (
            _case(
                "E9",
                "a message with a lone surrogate",
                "raises_surrogate",
                why="the failure is reported, the log escapes what UTF-8 cannot say; theirs dies of writing its log",
            ),
        ),
    ),
    Scenario(
        "an exception without a text",
        "behaviours.handle",
        (
            _case(
                "E1",
                "an exception whose str() fails",
                "raises_unprintable",
                why="the failure is reported and the environment goes on; theirs dies, and the caller hears nothing of it",
            ),
        ),
    ),
    Scenario(
        "a user's file called bootstrap.py",
        "bootstrap.handle",
        (
            _case(
                "E2",
                "the user's own bootstrap.py is part of the stack",
                "x",
                why="it is the user's code; theirs takes it for its own",
            ),
        ),
        files={
            "bootstrap.py": "from failing_deeper import fail\ndef handle(event, context):\n    fail()\n",
            "failing_deeper.py": "def fail():\n    raise ValueError('deep')\n",
        },
    ),
    Scenario(
        "details of errors",
        "behaviours.handle",
        (
            _case("G10", "chains are reported where that is asked for", "raises_chained", why=_DETAILS),
            _case("G10", "so are groups", "raises_group", why=_DETAILS),
            _case("G10", "so are notes", "raises_noted", why=_DETAILS),
        ),
        {"THAW_ERROR_DETAILS": "1"},
    ),
)
