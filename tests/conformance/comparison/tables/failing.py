"""Handlers that fail, and handlers that are rude."""

import json

from tests.conformance.comparison.model import Case, Event, Scenario

_DETAILS = "THAW_ERROR_DETAILS asks for what AWS's runtime leaves out; without it both report the same"
_INVOCATION = {"Lambda-Runtime-Invocation-Id": "invocation-1"}


def _case(
    row: str, claim: str, name: str, headers: dict[str, str | None] | None = None, why: str = ""
) -> Case:
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

SCENARIOS = (
    Scenario("errors", "behaviours.handle", _ERRORS),
    Scenario(
        "errors in a JSON log",
        "behaviours.handle",
        (*_ERRORS[:3], *_ERRORS[6:7]),
        {"AWS_LAMBDA_LOG_FORMAT": "JSON"},
    ),
    *(Scenario(case.claim, "behaviours.handle", (case,)) for case in _ENDS),
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
