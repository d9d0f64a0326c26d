"""The same claims as in ``test_fuzz_answers``, on bytes that atheris makes to reach what was not reached yet: ``make fuzz``.

A file of the corpus has the Runtime API's answers one after the other, with ``SEPARATOR`` between them.
"""

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["thaw_runtime"]):
    from tests.fuzz.wire import Wire, run, unanswered

SEPARATOR = b"\n--\n"
ACCEPTED = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"
INVOCATION = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nLambda-Runtime-Aws-Request-Id: id\r\n"
    b"Lambda-Runtime-Deadline-Ms: 1700000000000\r\nLambda-Runtime-Trace-Id: Root=1\r\n"
    b'Lambda-Runtime-Client-Context: {"custom": {"a": 1}}\r\nLambda-Runtime-Cognito-Identity: {}\r\n'
)
SEEDS = (
    (INVOCATION + b'Content-Length: 8\r\n\r\n{"a": 1}', ACCEPTED),
    (
        INVOCATION + b'Transfer-Encoding: chunked\r\n\r\n8\r\n{"a": 1}\r\n0\r\nA: b\r\n\r\n',
        ACCEPTED,
        ACCEPTED,
    ),
    (INVOCATION + b"Content-Length: 1\r\n\r\n[", b"HTTP/1.1 413 Large\r\n\r\n", b"HTTP/1.1 403 No\r\n\r\n"),
    (
        b"",
        INVOCATION + b"Connection: close\r\n\r\n1",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 500 No\r\n\r\n",
    ),
)


def try_answers(data: bytes) -> None:
    """Fails where an invocation is lost, the end has no reason in one line, or the accelerator makes a difference."""
    ends = []
    for accelerated in (False, True):
        wire = Wire([[answer] for answer in data.split(SEPARATOR)])
        reason = run(wire, accelerated=accelerated)
        assert len(reason.splitlines()) == 1, reason
        assert unanswered(wire) == [], wire.told
        ends.append((reason, wire.told))
    assert ends[0] == ends[1]


def main() -> None:
    """Runs until what the arguments of libFuzzer say, which are ours."""
    with tempfile.TemporaryDirectory() as folder:
        for number, answers in enumerate(SEEDS):
            Path(folder, str(number)).write_bytes(SEPARATOR.join(answers))
        atheris.Setup([*sys.argv, folder], try_answers)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
