"""How the durations of starts are read out of a log: the filter patterns against lines that Lambda writes.

What a pattern means is computed here, for the few forms that are used:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from constructs_lib.watching.starts import INIT, RESTORE, Start, json_patterns, text_patterns

COLD: dict[str, Any] = {
    "time": "2026-10-08T07:30:29.470Z",
    "type": "platform.report",
    "record": {
        "requestId": "79b5e81f-9cdd-4145-b1f6-7c50ef8a2a36",
        "metrics": {
            "durationMs": 1233.96,
            "billedDurationMs": 1698,
            "memorySizeMB": 256,
            "maxMemoryUsedMB": 123,
            "initDurationMs": 463.512,
        },
        "status": "success",
    },
}
WARM = {**COLD, "record": {"requestId": "1", "metrics": {"durationMs": 1.96, "billedDurationMs": 2}}}
RESTORED = {
    **COLD,
    "record": {"requestId": "1", "metrics": {"durationMs": 0.8, "restoreDurationMs": 250.25}},
}
HANDLERS_OWN = {"level": "INFO", "message": "done", "record": {"metrics": {"initDurationMs": 7}}}

REPORT = (
    "REPORT RequestId: 8f507cfc-xmpl-4697-b07a-ac58fc914c95\tDuration: 15.74 ms\tBilled Duration: 147 ms\t"
    "Memory Size: 128 MB\tMax Memory Used: 56 MB\t"
)
TRACE = "\nXRAY TraceId: 1-5e34a614-10bdxmplf1fb44f07bc535a1\tSegmentId: 07f5xmpl2d1f6f85\tSampled: true\t\n"
COLD_LINE = f"{REPORT}Init Duration: 130.49 ms\t\n"
WARM_LINE = f"{REPORT}\n"
RESTORED_LINE = f"{REPORT}Restore Duration: 250.25 ms\tBilled Restore Duration: 100 ms\t\n"


def selected(event: Mapping[str, Any], path: str) -> Any:
    value: Any = event
    for name in path.removeprefix("$.").split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def read_json(start: Start, line: str) -> float | None:
    """What the filter makes of a line of JSON; None if it does not match."""
    [pattern], path = json_patterns(start)
    parts = re.fullmatch(r"\{ \((\S+) = \"(\S+)\"\) && \((\S+) >= 0\) \}", pattern)
    assert parts is not None
    event = json.loads(line)
    if selected(event, parts[1]) != parts[2]:
        return None
    assert parts[3] == path, "a value has to be part of the pattern"
    value = selected(event, path)
    return value if value is not None and value >= 0 else None


def read_text(start: Start, line: str) -> list[float]:
    """What the filters make of a line of text: one value for each that matches."""
    patterns, value = text_patterns(start)
    read = (match_words(pattern, line.split()) for pattern in patterns)
    return [float(fields[value.removeprefix("$")]) for fields in read if fields is not None]


def match_words(pattern: str, words: list[str]) -> dict[str, str] | None:
    fields = [field.partition(" = ") for field in pattern.strip("[]").split(", ")]
    assert len({name for name, _, _ in fields}) == len(fields), "each field has a name of its own"
    if len(fields) != len(words):
        return None
    if any(wanted not in ("", word) for (_, _, wanted), word in zip(fields, words, strict=True)):
        return None
    return {name: word for (name, _, _), word in zip(fields, words, strict=True)}


def test_the_duration_of_an_initialization_is_read_from_the_report() -> None:
    assert read_json(INIT, json.dumps(COLD)) == 463.512


def test_the_duration_of_a_restore_is_read_from_the_report() -> None:
    assert read_json(RESTORE, json.dumps(RESTORED)) == 250.25


@pytest.mark.parametrize("event", [WARM, RESTORED, HANDLERS_OWN, {**COLD, "type": "platform.start"}, {}])
def test_nothing_is_read_from_other_events(event: dict[str, Any]) -> None:
    assert read_json(INIT, json.dumps(event)) is None


@pytest.mark.parametrize("trace", ["", TRACE])
def test_the_duration_of_an_initialization_is_read_from_text_once(trace: str) -> None:
    assert read_text(INIT, COLD_LINE + trace) == [130.49]


@pytest.mark.parametrize("trace", ["", TRACE])
def test_the_duration_of_a_restore_is_read_from_text_once(trace: str) -> None:
    assert read_text(RESTORE, RESTORED_LINE + trace) == [250.25]


@pytest.mark.parametrize(
    "line", [WARM_LINE, WARM_LINE + TRACE, RESTORED_LINE, "START RequestId: 1 Version: 3\n"]
)
def test_nothing_is_read_from_other_lines(line: str) -> None:
    assert read_text(INIT, line) == []
