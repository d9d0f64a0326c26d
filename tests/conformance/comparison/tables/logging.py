"""What is written to the log, in each of its forms."""

import json
from collections.abc import Mapping
from dataclasses import replace

from tests.conformance.comparison.model import Case, Event, Scenario

_TENANT = {"Lambda-Runtime-Aws-Tenant-Id": "tenant-1"}


def _case(row: str, claim: str, name: str, headers: Mapping[str, str] | None = None, why: str = "") -> Case:
    return Case(row, claim, (Event(json.dumps(name).encode(), headers or {}),), why)


_LINE_END = "a record ends with a line end, so that the next one begins on a line of its own"
_NOT_FATAL = "logging never fails an invocation; theirs does, where a record cannot be formatted"
_STATE = (
    _case("L1", "the root logger has one handler, with a log_sink and a filter", "state"),
    _case("L1", "records have the ids of request and tenant", "record_attributes", _TENANT),
)
_RECORDS = (
    _case("L3", "records below the level are left out", "levels"),
    _case("L2", "records of the root logger", "root"),
    _case("L2", "a message of several lines", "lines"),
    _case("L4", "a message that is a dictionary", "dictionary"),
    _case("L4", "a dictionary as arguments", "dictionary_with_arguments"),
    _case("L4", "messages that are neither text nor a dictionary", "other_values"),
    _case("L4", "attributes of extra", "extra"),
    _case("L2", "a record with an exception, and one after it", "exception"),
    _case("L2", "a record with a chain of exceptions", "chained"),
    _case("L2", "exc_info without an exception", "exc_info_without"),
    _case("L2", "a record with a stack", "stack"),
    _case("L5", "levels between and above those of the library", "custom_level"),
    _case("L5", "handlers of others see the level that was logged", "custom_level_seen_by_others"),
    _case("L2", "arguments that do not fit", "wrong_arguments"),
    _case("L6", "a record of a task of asyncio", "in_task"),
    _case("L4", "a record with a tenant", "root", _TENANT),
    _case("L8", "an error that nobody caught", "fails"),
    _case("C6", "the context's log()", "context"),
    _case("L1", "a formatter of the user's", "own_formatter"),
    _case("L3", "a level that the handler sets", "own_level"),
    _case("L1", "basicConfig changes nothing", "basic"),
    _case("L2", "warnings that are captured", "warned"),
)
_LAST = (_case("L1", "dictConfig replaces it", "configured"),)
_LOWER = "names of levels are taken in any case; theirs takes all but this one"
_LEVELS = {
    "INFO": "a level of the library",
    "info": "in lower case",
    "TRACE": "TRACE is DEBUG",
    "trace": "trace in lower case is TRACE",
    "WARN": "WARN is a name of WARNING",
    "FATAL": "FATAL is a name of CRITICAL",
    "LOUD": "an unknown one changes nothing",
    "": "an empty one changes nothing",
}


def _better(cases: tuple[Case, ...], **whys: str) -> tuple[Case, ...]:
    """The cases, of which those that send one of these names differ in this format, for the reason given."""
    by_body = {json.dumps(name).encode(): why for name, why in whys.items()}
    return tuple(replace(case, why=by_body.get(case.events[0].body, "")) for case in cases)


_TEXT = _better(
    _RECORDS,
    exception=_LINE_END,
    chained=_LINE_END,
    stack=_LINE_END,
    exc_info_without=_LINE_END,
    own_formatter=_LINE_END,
    wrong_arguments=_NOT_FATAL,
)
_JSON = _better(
    _RECORDS,
    exc_info_without=_NOT_FATAL,
    wrong_arguments=_NOT_FATAL,
    custom_level_seen_by_others="the record keeps its level; theirs rewrites it, for every handler that comes after",
)
_JSON_PRINTED = tuple(
    replace(case, why=_LINE_END) if case.events[0].body == b'"own_formatter"' else case for case in _JSON
)
_FRAMED = _better(_RECORDS, wrong_arguments=_NOT_FATAL)

SCENARIOS = (
    Scenario("text log", "logs.handle", _STATE + _TEXT + _LAST),
    Scenario("JSON log", "logs.handle", _STATE + _JSON_PRINTED + _LAST, {"AWS_LAMBDA_LOG_FORMAT": "JSON"}),
    Scenario("JSON log by another spelling", "logs.handle", _RECORDS[:2], {"AWS_LAMBDA_LOG_FORMAT": "Json"}),
    Scenario("text log by an unknown format", "logs.handle", _RECORDS[:2], {"AWS_LAMBDA_LOG_FORMAT": "XML"}),
    Scenario(
        "framed text",
        "logs.handle",
        (*_STATE, _case("L10", "without a level all records are of one type", "levels"), *_FRAMED),
        telemetry=True,
    ),
    Scenario(
        "framed text with a level", "logs.handle", _FRAMED, {"AWS_LAMBDA_LOG_LEVEL": "DEBUG"}, telemetry=True
    ),
    Scenario("framed JSON", "logs.handle", _JSON, {"AWS_LAMBDA_LOG_FORMAT": "JSON"}, telemetry=True),
    Scenario(
        "JSON log with a level",
        "logs.handle",
        _STATE + _RECORDS[:1],
        {"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": "INFO"},
    ),
    *(
        Scenario(
            f"level {level or 'empty'}" + (" in lower case" if level.islower() else ""),
            "logs.handle",
            (
                _case(
                    "L3", f"AWS_LAMBDA_LOG_LEVEL: {claim}", "levels", why=_LOWER if level == "trace" else ""
                ),
                replace(_STATE[0], why=_LOWER if level == "trace" else ""),
            ),
            {"AWS_LAMBDA_LOG_LEVEL": level},
        )
        for level, claim in _LEVELS.items()
    ),
    Scenario(
        "printing with frames",
        "behaviours.handle",
        (
            _case("L11", "what is printed is not framed", "prints"),
            _case("P5", "the descriptor's variable is gone", "has_telemetry_variable"),
            _case("L9", "an error that nobody caught is one frame", "raises"),
        ),
        telemetry=True,
    ),
    Scenario(
        "a log format set by the handler",
        "chosen.handle",
        (_case("P6", "the log's format is what the environment had at the start", "levels"),),
        files={
            "chosen.py": "import os\nos.environ['AWS_LAMBDA_LOG_FORMAT'] = 'JSON'\nos.environ['AWS_LAMBDA_LOG_LEVEL'] = 'DEBUG'\nfrom logs import handle\n"
        },
    ),
    Scenario(
        "logging imported late",
        "late.handle",
        (_case("L1", "logging that is first imported in an invocation", "levels"), _TEXT[7], _STATE[0]),
        files={
            "late.py": "def handle(event, context):\n    import logs\n    return logs.handle(event, context)\n"
        },
    ),
    Scenario(
        "logging while the module is imported",
        "early.handle",
        (Case("L1", "what is logged while the module is imported has no request"),),
        files={"early.py": "import logging\nlogging.warning('early')\nfrom values import handle\n"},
    ),
)
