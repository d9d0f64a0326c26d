"""One connection is kept, and made again only where nothing of an answer can be lost."""

import socket
import struct
import threading

import pytest
from scripted_server import Answer, FedConnection, ScriptedServer
from thaw_runtime.connection import RECEIVE_SIZE, Connection, RuntimeApiError

pytestmark = pytest.mark.usefixtures("either_way")

REQUEST = b"GET /next HTTP/1.1\r\nHost: here\r\n\r\n"


def whole(body: bytes, *headers: bytes) -> list[bytes]:
    return [b"\r\n".join([b"HTTP/1.1 200 OK", b"Content-Length: %d" % len(body), *headers, b"", body])]


def test_requests_share_one_connection() -> None:
    with (
        ScriptedServer(*(Answer(whole(b"a")) for _ in range(5))) as server,
        FedConnection(server) as connection,
    ):
        for _ in range(5):
            connection.exchange(REQUEST)
        assert server.connections == 1


@pytest.mark.parametrize("then", ["close", "reset"])
def test_a_kept_connection_that_was_dropped_is_made_again(then: str) -> None:
    with (
        ScriptedServer(Answer(whole(b"1"), then), Answer(whole(b"2"))) as server,
        FedConnection(server) as connection,
    ):
        bodies = [connection.exchange(REQUEST)[2] for _ in range(2)]
        assert (bodies, server.connections) == ([b"1", b"2"], 2)


def test_a_dropped_connection_is_made_again_only_once() -> None:
    answers = Answer(whole(b"1"), "close"), Answer([], "close"), Answer(whole(b"3"))
    with ScriptedServer(*answers) as server, FedConnection(server) as connection:
        connection.exchange(REQUEST)
        with pytest.raises(RuntimeApiError, match="gone"):
            connection.exchange(REQUEST)
        assert server.connections == 2


@pytest.mark.parametrize(
    "begun",
    [b"HTTP/1.1 2", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"],
    ids=["in its status line", "after its head", "after an interim response"],
)
def test_a_request_whose_answer_had_begun_is_not_sent_again(begun: bytes) -> None:
    """The invocation in that answer is lost; asking for another would hide it, answering twice would be wrong."""
    answers = Answer(whole(b"1")), Answer([begun], "close"), Answer(whole(b"3"))
    with ScriptedServer(*answers) as server, FedConnection(server) as connection:
        connection.exchange(REQUEST)
        with pytest.raises(RuntimeApiError, match="gone"):
            connection.exchange(REQUEST)
        assert server.connections == 1


def test_a_fresh_connection_that_is_dropped_is_an_error() -> None:
    with (
        ScriptedServer(Answer([], "close")) as server,
        FedConnection(server) as connection,
        pytest.raises(RuntimeApiError, match="gone"),
    ):
        connection.exchange(REQUEST)


@pytest.mark.parametrize("value", [b"close", b"Close", b"CLOSE"])
def test_a_server_that_announces_it_closes_is_not_written_to_again(value: bytes) -> None:
    answers = Answer(whole(b"1", b"Connection: " + value)), Answer(whole(b"2"))
    with ScriptedServer(*answers) as server, FedConnection(server) as connection:
        bodies = [connection.exchange(REQUEST)[2] for _ in range(2)]
        assert (bodies, server.connections) == ([b"1", b"2"], 2)


@pytest.mark.parametrize("size", [5, 2 * RECEIVE_SIZE], ids=["received", "still in the kernel"])
def test_bytes_behind_a_response_are_not_taken_for_the_next_one(size: int) -> None:
    stray = whole(b"s" * size)[0]
    answers = Answer([whole(b"1")[0] + stray]), Answer(whole(b"2"))
    with ScriptedServer(*answers) as server, FedConnection(server) as connection:
        assert [connection.exchange(REQUEST)[2] for _ in range(2)] == [b"1", b"2"]


def test_nobody_listening_is_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    connection = Connection("127.0.0.1", port)
    with pytest.raises(RuntimeApiError) as caught:
        connection.exchange(REQUEST)
    connection._close()
    assert len(str(caught.value).splitlines()) == 1


def test_an_ipv6_address_is_connected_to() -> None:
    try:
        listener = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError as error:
        pytest.skip(f"no IPv6 on loopback: {error}")
    with listener:
        connection = Connection("::1", listener.getsockname()[1])
        connection._connect()
        connection._close()


def test_a_refusal_is_read_though_the_server_did_not_read_the_request_to_its_end() -> None:
    """What a server does with a body that is too large: it answers, then closes with bytes unread (a reset)."""
    body = b"a" * (16 << 20)
    request = b"POST /response HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    refusal = b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)

        def refuse() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(1024)
                connection.sendall(refusal)

        server = threading.Thread(target=refuse)
        server.start()
        client = Connection("127.0.0.1", listener.getsockname()[1])
        response = client.exchange(request)
        client._close()
        server.join()
    assert (response[0], response[2]) == (413, b"no")


@pytest.mark.parametrize("size", [1, 65535, 65536, 65537, (8 << 20) + 1, 20 << 20])
def test_a_large_body_is_received_whole_by_a_blocking_socket(size: int) -> None:
    body = struct.pack("<I", size) * (size // 4 + 1)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(1024)
                connection.sendall(whole(body[:size])[0])

        server = threading.Thread(target=answer)
        server.start()
        client = Connection("127.0.0.1", listener.getsockname()[1])
        got = client.exchange(REQUEST)[2]
        client._close()
        server.join()
    assert got == body[:size]
