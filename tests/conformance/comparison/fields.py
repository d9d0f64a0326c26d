"""What a process did, as named fields of text, with nothing in them but what can be compared."""

import base64
import hashlib
import re
import struct
from collections.abc import Sequence
from pathlib import Path

from tests.conformance.comparison.emulated import Call, Chapter
from tests.conformance.comparison.model import Case, Scenario
from tests.conformance.comparison.processes import Told

# Of what a request says of itself, what says nothing of its body.
_SILENT = (
    "host",
    "accept",
    "connection",
    "content-length",
    "user-agent",
    "accept-encoding",
    "transfer-encoding",
)
_ERROR_TYPE = "lambda-runtime-function-error-type"
_ERROR_BODY = "trailer lambda-runtime-function-error-body"
# Their general advice to users, which only the rows about it compare.
_ADVICE = "LAMBDA_WARNING"
_LIMIT = 5000
# Where a traceback or a stack as Python prints it leads through what is below the handler, on either side.
_BELOW = re.compile(
    r'^  File "(?:<frozen [^"]*>|<string>|[^"]*/(?:awslambdaric/|thaw_runtime/|snapshot_build/|importlib/__init__)[^"]*)", line \d+, in .*\n(?:    .*\n)*',
    re.MULTILINE,
)
# Of a cause for X-Ray; they are made of a set.
_PATHS = re.compile(r'(?<="paths": \[)[^]]*')
_NORMAL = (
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"), "<time>"),
    (re.compile(r"(<time>)\.\d{3}"), r"\1.<ms>"),
    (re.compile(r"\[\d{13}\]"), "[<time>]"),
    (re.compile(r"(Previous line repeated) \d+"), r"\1 <n>"),
    (re.compile(r"0x[0-9a-f]{6,}"), "<address>"),
    (re.compile(r"(127\.0\.0\.1'?[:,] ?)\d+"), r"\1<port>"),
    (re.compile(r"/[^\s\"'\\<>]*/lib/python3\.\d+/"), "<library>/"),
    # Of our own library the bytecode alone is there, without the text of a line.
    (
        re.compile(
            r'(File \\?"<library>/[^"\\]*\\?", line )\d+(, in \w+(?:\\n|\n))(?: +[^\n"]*?(?:\\n|\n))*'
        ),
        r"\1<n>\2",
    ),
    (re.compile(r'(File "<library>/[^"]*", line )\d+(, in \w+)(?:\r\xa0{4}[^\r\n]*)*'), r"\1<n>\2"),
)


def chapters_of(scenario: Scenario, told: Told, folder: Path) -> list[dict[str, str]]:
    """For each case of the scenario, the fields of what the process did for it."""
    number, found = 1, []
    for case in scenario.cases:
        chapters = told.chapters[number : number + len(case.events)] if case.events else told.chapters[:1]
        if scenario.workers > 1:
            chapters = told.chapters
        fields = _fields(case, scenario, told, chapters)
        found.append({name: _relative(normal(text, folder), number) for name, text in fields.items()})
        number += len(case.events)
    return found


def _fields(case: Case, scenario: Scenario, told: Told, chapters: Sequence[Chapter]) -> dict[str, str]:
    fields: dict[str, str] = {}
    for chapter in chapters:
        for call in (
            sorted(chapter.calls, key=lambda call: (call.path, call.body))
            if scenario.workers > 1
            else chapter.calls
        ):
            _add(fields, _of_call(call))
        for name, data in chapter.written.items():
            text = _frames(data) if name == "telemetry" else _BELOW.sub("", _text(data))
            lines = (
                text.splitlines(keepends=True)
                if name == "telemetry"
                else re.findall(r"[^\n]*\n|[^\n]+", text)
            )
            for field, chosen in (("warning", True), (name, False)):
                if part := "".join(line for line in lines if (_ADVICE in line) == chosen):
                    _add(fields, {field: part})
    if not chapters:
        fields["reached"] = "no: the process had ended before"
    elif chapters[-1] is told.chapters[-1]:
        fields["exit"] = told.ended
    agents = set().union(*(chapter.agents for chapter in chapters))
    fields["user-agent"] = ", ".join(sorted(agents))
    fields["connections"] = str(told.connections)
    return case.fields_of(fields)


def _add(fields: dict[str, str], more: dict[str, str]) -> None:
    for name, text in more.items():
        count = sum(1 for taken in fields if taken.partition(" #")[0] == name)
        fields[f"{name} #{count + 1}" if count else name] = text


def _of_call(call: Call) -> dict[str, str]:
    fields = {"call": f"{call.method} {call.path}"}
    for name, value in [
        *call.headers.items(),
        *((f"trailer {name}", value) for name, value in call.trailers.items()),
    ]:
        if name.lower() == _ERROR_TYPE:
            # On a report of an invocation it is ours alone.
            fields["init error type" if "invocation" not in call.path else "error type"] = value
        elif (
            name.lower() == "content-type" and call.path.endswith("/error") and "invocation" not in call.path
        ):
            fields["init content type"] = value
        elif name.lower() == _ERROR_BODY:
            fields[_ERROR_BODY] = _text(base64.b64decode(value))
        elif name.lower() not in _SILENT:
            fields[name.lower().removeprefix("lambda-runtime-")] = value
    if call.method == "POST":
        fields["body"] = _text(call.body)
    return fields


def _frames(data: bytes) -> str:
    lines = []
    while data:
        kind, size, _time = struct.unpack(">4sIQ", data[:16])
        lines.append(f"{kind.hex()} {_BELOW.sub('', _text(data[16 : 16 + size]))!r}")
        data = data[16 + size :]
    return "\n".join(lines)


def _sorted(items: re.Match[str]) -> str:
    return ", ".join(sorted(items.group().split(", ")))


def _relative(text: str, first: int) -> str:
    """The text with the ids of requests counted from the first one of its case, whatever comes before it."""
    return re.sub(r"request-(\d+)", lambda match: f"request-{int(match.group(1)) - first + 1}", text)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")


def normal(text: str, folder: Path) -> str:
    """The text without what differs from process to process: times, addresses, and where folders lie."""
    text = text.replace(str(folder), "<task>")
    for pattern, replacement in _NORMAL:
        text = pattern.sub(replacement, text)
    text = _PATHS.sub(_sorted, text.replace("/var/task", "<task>"))
    if len(text) > _LIMIT:
        digest = hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:8]
        text = f"{text[:_LIMIT]}... {len(text)} characters, {digest}"
    return text
