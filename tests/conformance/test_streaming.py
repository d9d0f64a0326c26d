"""Handlers that stream, as whole processes under an emulated Runtime API."""

import json
from base64 import b64decode
from pathlib import Path

import pytest
from initialised import environment, from_code
from runtime_api import RuntimeApi, Start

RAW = """
def handle(event, context):
    yield "first"
    yield b"second"
"""
# Goes on when a file is there, so that a test can look at what has been sent by then.
WAITS = """
import os, time
def handle(event, context):
    yield "first"
    while not os.path.exists(event):
        time.sleep(0.001)
    yield "second"
"""
HTTP = """
from thaw_runtime.streaming import Response
def handle(event, context):
    return Response(iter(["<p>", "ö"]), status=201, headers={"Content-Type": "text/html"}, cookies=["a=1"])
"""
FAILS = """
def handle(event, context):
    yield "first"
    raise LookupError("midway")
"""
MODULES = """
import sys
def handle(event, context):
    if event == "stream":
        return iter(["a"])
    return [name for name in sys.modules if "streaming" in name]
"""
# More than the socket's buffers take, so that the answer comes while it is being sent.
LARGE = """
def handle(event, context):
    if event == "after":
        return "after"
    return iter([b"a" * 1_000_000] * 100)
"""
# 200 MB, and by how much the process has grown meanwhile, in KB.
MEMORY = """
import resource
def used(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
def handle(event, context):
    yield b"a" * 100_000
    before = used()
    for _ in range(2000):
        yield b"a" * 100_000
    yield str(used() - before)
"""


def test_what_a_generator_yields_arrives_in_chunks(start: Start, api: RuntimeApi) -> None:
    start(RAW)
    report = api.invoke()
    assert report.path.endswith("/response")
    assert (list(report.chunks), report.trailers.items()) == ([b"first", b"second"], [])
    assert report.headers["Lambda-Runtime-Function-Response-Mode"] == "streaming"
    assert report.headers["Content-Type"] == "application/octet-stream"


def test_a_chunk_arrives_before_the_next_is_made(start: Start, api: RuntimeApi, tmp_path: Path) -> None:
    start(WAITS)
    api.send(json.dumps(str(tmp_path / "go on")).encode())
    assert (api.await_chunk(), api.silent) == (b"first", True)
    (tmp_path / "go on").touch()
    assert api.await_report().chunks == [b"first", b"second"]


def test_an_http_response_has_its_description_first(start: Start, api: RuntimeApi) -> None:
    start(HTTP)
    report = api.invoke()
    described, separator, body = report.body.partition(bytes(8))
    assert report.headers["Content-Type"] == "application/vnd.awslambda.http-integration-response"
    assert json.loads(described) == {
        "statusCode": 201,
        "headers": {"Content-Type": "text/html"},
        "cookies": ["a=1"],
    }
    assert (separator, body) == (bytes(8), "<p>ö".encode())


def test_a_failure_midway_is_in_the_trailers_and_in_the_log(start: Start, api: RuntimeApi) -> None:
    started = start(FAILS)
    report = api.invoke()
    assert (report.path.endswith("/response"), report.body) == (True, b"first")
    assert report.trailers["Lambda-Runtime-Function-Error-Type"] == "LookupError"
    told = json.loads(b64decode(report.trailers["Lambda-Runtime-Function-Error-Body"]))
    assert (told["errorType"], told["errorMessage"], told["requestId"]) == (
        "LookupError",
        "midway",
        "request-1",
    )
    assert ['handler.py", line 4, in handle' in frame for frame in told["stackTrace"]] == [True]
    started.__exit__()
    assert started.output()[0].startswith("[ERROR] LookupError: midway\rTraceback")


@pytest.mark.parametrize("code", [RAW, HTTP, FAILS], ids=["raw", "http", "failing"])
def test_an_environment_streams_again_and_again(start: Start, api: RuntimeApi, code: str) -> None:
    start(code)
    first, *others = [api.invoke() for _ in range(4)]
    assert [other.chunks for other in others] == [first.chunks] * 3


def test_nothing_of_streaming_is_imported_until_a_handler_streams(start: Start, api: RuntimeApi) -> None:
    start(MODULES)
    before, _, after = (api.invoke(event).body for event in (b"0", b'"stream"', b"0"))
    assert (before, after) == (b"[]", b'["thaw_runtime.streaming"]')


@pytest.mark.parametrize(
    ("status", "error_type"), [(413, "Function.ResponseSizeTooLarge"), (400, "Function.ResponseRefused")]
)
@pytest.mark.parametrize("when", ["midway", "at the end"])
def test_a_refused_stream_is_reported_and_the_environment_goes_on(
    start: Start, api: RuntimeApi, status: int, error_type: str, when: str
) -> None:
    start(LARGE)
    (api.interrupt_with if when == "midway" else api.answer_with)(status)
    api.send()
    if when == "at the end":
        assert api.await_report().path.endswith("/response")
    report = api.await_report()
    assert report.path.endswith("request-1/error")
    assert json.loads(report.body)["errorType"] == error_type
    assert api.invoke(b'"after"').body == b'"after"'


@pytest.mark.parametrize(
    ("status", "said"),
    [(0, "the Runtime API at ('127.0.0.1', "), (500, "the Runtime API answered with status 500: ")],
)
def test_a_runtime_api_that_cannot_go_on_ends_the_process_with_one_line(
    start: Start, api: RuntimeApi, status: int, said: str
) -> None:
    started = start(LARGE)
    api.interrupt_with(status)
    api.send()
    assert started.exit_status() == 1
    out, err = started.output()
    assert (out, len(err.splitlines())) == ("", 1)
    assert err.startswith(f"thaw_runtime: {said}")


def test_200_mb_are_streamed_in_the_memory_of_a_chunk(start: Start, api: RuntimeApi) -> None:
    start(MEMORY)
    report = api.invoke()
    assert len(report.body) > 200_000_000
    assert int(report.chunks[-1]) < 4_000


def test_a_process_that_took_up_a_snapshot_streams_as_any_other(api: RuntimeApi, tmp_path: Path) -> None:
    artifact = from_code(tmp_path / "handler", "")
    code = (
        "from thaw_runtime.streaming import Response\n"
        "def body():\n    yield 'first'\n    raise LookupError('midway')\n"
        "result = Response(body(), status=201)"
    )
    with environment(artifact, api):
        reports = [api.invoke(json.dumps(code).encode()) for _ in "ab"]
    assert [report.body.partition(bytes(8))[2] for report in reports] == [b"first"] * 2
    assert [report.trailers["Lambda-Runtime-Function-Error-Type"] for report in reports] == [
        "LookupError"
    ] * 2
