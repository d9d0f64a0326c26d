"""The requests of the runtime, byte by byte, and what it makes of the answers."""

import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted_server import Answer, FedConnection, ScriptedServer
from thaw_runtime import __version__
from thaw_runtime.api import ReportRefusedError, ResponseRefusedError, RuntimeApi, RuntimeApiError
from thaw_runtime.failure import Failure
from thaw_runtime.streaming import Stream

ANY_TEXT = st.text(st.characters(categories=["Cs", "Cc"]) | st.characters(), max_size=40)
HOSTILE = ANY_TEXT | st.sampled_from(
    ["X\r\nInjected: 1", "X\nInjected: 1", "X\r\n\r\nGET / HTTP/1.1", "Ünïcode", ""]
)
AGENT = b"thaw/%s CPython/%d.%d" % (__version__.encode(), *sys.version_info[:2])
ERROR_HEADERS = [b"Lambda-Runtime-Function-XRay-Error-Cause", b"Lambda-Runtime-Function-Error-Type"]
HEADER_LINE = re.compile(rb"[A-Za-z-]+: [\x20-\x7e]*")


def whole(status: int, body: bytes = b"", *headers: bytes) -> list[bytes]:
    return [b"\r\n".join([b"HTTP/1.1 %d X" % status, b"Content-Length: %d" % len(body), *headers, b"", body])]


def api_of(server: ScriptedServer) -> tuple[RuntimeApi, FedConnection]:
    """A client whose connection a scripted server serves."""
    api = RuntimeApi("127.0.0.1", server.port)
    api._connection = FedConnection(server)
    return api, api._connection


def accepted_request(call: str, *arguments: object) -> bytes:
    answer = Answer(whole(202, b'{"status":"OK"}'))
    with ScriptedServer(answer) as server:
        api, connection = api_of(server)
        with connection:
            getattr(api, call)(*arguments)
    return answer.request


def first(invocations: Iterator[object]) -> object:
    return next(invocations)


def test_the_next_invocation_is_asked_for_without_a_body() -> None:
    answer = Answer(whole(200, b"{}", b"Lambda-Runtime-Aws-Request-Id: id-1", b"Lambda-Runtime-Trace-Id: t"))
    with ScriptedServer(answer) as server:
        api, connection = api_of(server)
        with connection:
            invocation = next(api.invocations())
        request = (
            b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUser-Agent: %s\r\n\r\n"
        ) % (server.port, AGENT)
        assert answer.request == request
    assert (invocation.request_id, invocation.body) == ("id-1", b"{}")
    assert invocation.headers["lambda-runtime-trace-id"] == "t"


def test_a_response_has_its_length_and_type() -> None:
    request = accepted_request("respond", "id-1", b"\x00\xff", "application/unknown")
    assert request.startswith(b"POST /2018-06-01/runtime/invocation/id-1/response HTTP/1.1\r\n")
    assert b"\r\nContent-Type: application/unknown\r\nContent-Length: 2\r\n" in request
    assert request.endswith(b"\r\n\r\n\x00\xff")


@pytest.mark.parametrize(
    ("call", "arguments", "path"),
    [("fail", ("id-1",), b"invocation/id-1/error"), ("fail_init", (), b"init/error")],
)
def test_a_failure_names_its_type_in_a_header(call: str, arguments: tuple[str, ...], path: bytes) -> None:
    request = accepted_request(call, *arguments, Failure("Runtime.HandlerNotFound", "no", "", []))
    assert request.startswith(b"POST /2018-06-01/runtime/" + path + b" HTTP/1.1\r\n")
    assert b"\r\nLambda-Runtime-Function-Error-Type: Runtime.HandlerNotFound\r\n" in request


@given(HOSTILE, HOSTILE)
def test_no_name_of_an_exception_gets_anything_into_the_head(name: str, message: str) -> None:
    failure = Failure(name, message, "id", [message])
    head, separator, body = accepted_request("fail", "id-1", failure).partition(b"\r\n\r\n")
    assert (separator, body) == (b"\r\n\r\n", failure.body())
    names = [line.split(b":")[0] for line in head.split(b"\r\n")[1:]]
    assert names == [b"Host", b"User-Agent", *ERROR_HEADERS, b"Content-Type", b"Content-Length"]
    assert all(HEADER_LINE.fullmatch(line) for line in head.split(b"\r\n")[1:])


@pytest.mark.parametrize("name", ["a b", "a\nInjected: 1", "a\rb", "a\0b", "\xfc", "\x7f"])
def test_a_request_id_that_could_break_a_request_line_is_refused(name: str) -> None:
    answer = Answer(whole(200, b"{}", b"Lambda-Runtime-Aws-Request-Id: " + name.encode("latin-1")))
    with ScriptedServer(answer) as server:
        api, connection = api_of(server)
        with connection, pytest.raises(RuntimeApiError, match="no invocation"):
            first(api.invocations())


@pytest.mark.parametrize("status", [200, 204, 403, 500])
def test_an_answer_without_an_invocation_is_an_error_of_one_line(status: int) -> None:
    with ScriptedServer(Answer(whole(status, b'{"errorType":\n"x"}'))) as server:
        api, connection = api_of(server)
        with connection, pytest.raises(RuntimeApiError) as caught:
            first(api.invocations())
    assert f"status {status}" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "error_type"), [(400, "Function.ResponseRefused"), (413, "Function.ResponseSizeTooLarge")]
)
def test_a_refused_response_can_be_reported_over_the_same_connection(status: int, error_type: str) -> None:
    answers = Answer(whole(status, b"too large")), Answer(whole(202))
    with ScriptedServer(*answers) as server:
        api, connection = api_of(server)
        with connection, pytest.raises(ResponseRefusedError, match="of 3 bytes was refused") as caught:
            api.respond("id-1", b"abc", "application/json")
        api.fail("id-1", Failure.of(caught.value, "id-1"))
        connection._close()
    assert error_type.encode() in answers[1].request


@pytest.mark.parametrize("status", [403, 404, 500, 502, 302])
def test_any_other_status_ends_the_environment(status: int) -> None:
    with ScriptedServer(Answer(whole(status, b"forbidden"))) as server:
        api, connection = api_of(server)
        with connection, pytest.raises(RuntimeApiError, match=f"status {status}: b'forbidden'"):
            api.respond("id-1", b"abc", "application/json")


@pytest.mark.parametrize(("status", "error"), [(413, RuntimeApiError), (403, ReportRefusedError)])
def test_a_report_that_is_refused_is_an_error_that_says_why(
    status: int, error: type[RuntimeApiError]
) -> None:
    with ScriptedServer(Answer(whole(status))) as server:
        api, connection = api_of(server)
        with connection, pytest.raises(RuntimeApiError, match=f"status {status}") as caught:
            api.fail("id-1", Failure("ValueError", "", "id-1", []))
    assert type(caught.value) is error


def test_an_ipv6_host_is_in_brackets_in_its_header() -> None:
    assert "Host: [::1]:9001\r\n" in RuntimeApi("::1", 9001)._fields


def test_the_runtime_says_the_version_of_this_project() -> None:
    project = Path(__file__).parents[3] / "pyproject.toml"
    assert tomllib.loads(project.read_text())["project"]["version"] == __version__


def answered(invocation_header: bytes, call: str, *arguments: object) -> bytes:
    """The request that answers an invocation with such a header."""
    invocation = Answer(
        whole(
            200, b"{}", b"Lambda-Runtime-Aws-Request-Id: id-1", *[invocation_header] * bool(invocation_header)
        )
    )
    answer = Answer(whole(202))
    with ScriptedServer(invocation, answer) as server:
        api, connection = api_of(server)
        with connection:
            first(api.invocations())
            getattr(api, call)("id-1", *arguments)
            connection._close()
    return answer.request


ANSWERS = {
    "response": ("respond", (b"{}", "application/json")),
    "error": ("fail", (Failure("ValueError", "no", "id-1", []),)),
}


@pytest.mark.parametrize(("call", "arguments"), ANSWERS.values(), ids=ANSWERS.keys())
def test_the_id_of_the_invocation_is_sent_back_with_every_answer(
    call: str, arguments: tuple[object, ...]
) -> None:
    request = answered(b"Lambda-Runtime-Invocation-Id: inv-7", call, *arguments)
    assert b"\r\nLambda-Runtime-Invocation-Id: inv-7\r\n" in request


class Recorded:
    """In the place of a connection: gives an invocation, and keeps what is sent in pieces."""

    def exchange(self, _request: bytes) -> tuple[int, dict[str, str], bytes]:
        headers = {"lambda-runtime-aws-request-id": "id-1", "lambda-runtime-invocation-id": "inv-7"}
        return 200, headers, b"{}"

    def exchange_pieces(self, pieces: Iterable[bytes]) -> tuple[int, dict[str, str], bytes]:
        self.sent = b"".join(pieces)
        return 202, {}, b""


def test_the_id_of_the_invocation_is_sent_back_with_a_stream() -> None:
    api = RuntimeApi("127.0.0.1", 9001)
    api._connection = connection = Recorded()
    first(api.invocations())
    api.stream("id-1", Stream(iter([b"a"]), b"", "text/plain", "id-1"))
    assert b"\r\nLambda-Runtime-Invocation-Id: inv-7\r\n" in connection.sent


@pytest.mark.parametrize(
    "header", [b"", b"Lambda-Runtime-Invocation-Id: a b", b"Lambda-Runtime-Invocation-Id: \xfc"]
)
def test_no_id_or_one_that_could_break_a_head_is_not_sent_back(header: bytes) -> None:
    assert b"Invocation-Id" not in answered(header, "respond", b"{}", "application/json")


def test_a_cause_that_is_larger_than_lambda_takes_is_not_sent() -> None:
    request = accepted_request("fail", "id-1", Failure("ValueError", "n" * (1 << 20), "id-1", []))
    assert b"XRay" not in request.partition(b"\r\n\r\n")[0]


def test_a_failure_of_the_init_phase_has_no_cause_for_xray() -> None:
    request = accepted_request("fail_init", Failure("ValueError", "no", "", []))
    assert b"XRay" not in request
