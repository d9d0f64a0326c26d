"""The Runtime API that measures understands every client that keeps to HTTP."""

import http.client
import socket
import threading
from collections.abc import Iterator

import pytest

from constructs_lib.bundling.runtime_api import RuntimeApi, UnexpectedRequestError

NEXT = b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: here\r\n\r\n"
RESPONSE = b"POST /2018-06-01/runtime/invocation/8476a536-e9f4-11e8-9739-000000000001/response HTTP/1.1\r\n"


@pytest.fixture
def api() -> Iterator[RuntimeApi]:
    with RuntimeApi(patience=10) as api:
        yield api


@pytest.fixture
def client(api: RuntimeApi) -> Iterator[socket.socket]:
    host, port = api.address.split(":")
    with socket.create_connection((host, int(port)), timeout=10) as client:
        yield client


def test_a_round_trip_returns_the_body_and_its_time(api: RuntimeApi, client: socket.socket) -> None:
    client.sendall(NEXT)
    api.await_next()
    client.sendall(RESPONSE + b"content-LENGTH: 3\r\n\r\nabc")
    body, nanoseconds = api.invoke(b"{}")
    assert (body, nanoseconds > 0) == (b"abc", True)
    received = client.recv(1 << 16)
    assert received.startswith(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n")
    assert b"Lambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-000000000001\r\n" in received


def test_a_client_may_open_a_connection_per_call(api: RuntimeApi) -> None:
    host, port = api.address.split(":")

    def run() -> None:
        for _ in range(2):
            connection = http.client.HTTPConnection(host, int(port), timeout=10)
            connection.request("GET", "/2018-06-01/runtime/invocation/next")
            response = connection.getresponse()
            request_id = response.getheader("Lambda-Runtime-Aws-Request-Id")
            event = response.read()
            connection.close()
            connection.request("POST", f"/2018-06-01/runtime/invocation/{request_id}/response", event)
            connection.getresponse().read()
            connection.close()

    runtime = threading.Thread(target=run)
    runtime.start()
    bodies = []
    for event in (b"1", b"2"):
        api.await_next()
        bodies.append(api.invoke(event)[0])
    runtime.join()
    assert bodies == [b"1", b"2"]


@pytest.mark.parametrize("request_line", [b"POST /2018-06-01/runtime/init/error", b"GET /"])
def test_any_other_request_than_next_is_told(
    api: RuntimeApi, client: socket.socket, request_line: bytes
) -> None:
    client.sendall(request_line + b" HTTP/1.1\r\nContent-Length: 5\r\n\r\nwords")
    with pytest.raises(UnexpectedRequestError, match="words"):
        api.await_next()


def test_an_error_in_place_of_a_response_is_told(api: RuntimeApi, client: socket.socket) -> None:
    client.sendall(NEXT)
    api.await_next()
    client.sendall(RESPONSE.replace(b"/response", b"/error") + b"Content-Length: 5\r\n\r\nwords")
    with pytest.raises(UnexpectedRequestError, match=r"/error HTTP/1\.1\nwords"):
        api.invoke(b"{}")


def test_a_runtime_that_hangs_up_in_the_middle_of_a_request_is_told(
    api: RuntimeApi, client: socket.socket
) -> None:
    client.sendall(NEXT[:30])
    client.close()
    with pytest.raises(UnexpectedRequestError, match="hung up in the middle"):
        api.await_next()
