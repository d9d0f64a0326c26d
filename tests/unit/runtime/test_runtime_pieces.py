"""A request that is sent piece by piece, and a server that answers when it likes.

The pieces come from a generator, and what the server does stands between them: one thread, and no waiting.
"""

import select
import socket
import struct
from collections.abc import Iterator
from typing import Self

import pytest
from hypothesis import given
from hypothesis import strategies as st
from thaw_runtime.connection import Connection, RuntimeApiError

DEADLINE_SECONDS = 10.0
PARTS_OF_ANSWERS = st.sampled_from(
    [
        *(b"HTTP/1.1 %d X\r\n" % status for status in (100, 202, 400, 413, 500)),
        *(b"Content-Length: 3\r\n", b"Content-Length: 4\r\n", b"Transfer-Encoding: chunked\r\n", b"\r\n"),
        *(b"3\r\nabc\r\n", b"0\r\n", b"abc", b"Connection: close\r\n"),
    ]
)
ANYTHING = st.lists(PARTS_OF_ANSWERS | st.binary(max_size=9), min_size=1, max_size=9).map(b"".join)
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Server:
    """The other end of one client's connections."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(DEADLINE_SECONDS)
        self.client = Connection("127.0.0.1", self._listener.getsockname()[1])
        self.connections = 0
        self._here: socket.socket | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.client._close()
        self._listener.close()
        if self._here is not None:
            self._here.close()

    def receive(self, size: int) -> bytes:
        """What the client has sent, from a connection that is accepted where there is none."""
        if self._here is None:
            self._here, _ = self._listener.accept()
            self._here.settimeout(DEADLINE_SECONDS)
            self.connections += 1
        return self._here.recv(size, socket.MSG_WAITALL)

    def answer(self, status: int, body: bytes = b"", *headers: bytes) -> None:
        """Sends a whole answer, and lets it arrive."""
        assert self._here is not None
        head = [b"HTTP/1.1 %d X" % status, *headers, b"Content-Length: %d" % len(body)]
        self._here.sendall(b"\r\n".join([*head, b"", body]))
        self._await_arrival()

    def say(self, text: bytes) -> None:
        """Sends anything."""
        assert self._here is not None
        self._here.sendall(text)
        self._await_arrival()

    def hang_up(self, how: str = "close") -> None:
        """Ends the connection: ``close`` or ``reset``."""
        assert self._here is not None
        if how == "reset":
            self._here.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        self.forget()
        self._await_arrival()

    def forget(self) -> None:
        """Expects the client on another connection from now on."""
        assert self._here is not None
        self._here.close()
        self._here = None

    def _await_arrival(self) -> None:
        assert self.client._socket is not None
        assert select.select([self.client._socket], [], [], DEADLINE_SECONDS)[0]


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


def exchange(server: Server, pieces: Iterator[bytes]) -> tuple[int, bytes]:
    status, _, body = server.client.exchange_pieces(pieces)
    return status, body


def test_a_piece_is_sent_before_the_next_is_asked_for(server: Server) -> None:
    def pieces() -> Iterator[bytes]:
        for piece in (b"one", b"two", b"three"):
            yield piece
            assert server.receive(len(piece)) == piece
        server.answer(202, b"ok")

    assert exchange(server, pieces()) == (202, b"ok")


def test_the_next_request_has_a_connection_of_its_own(server: Server) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"one"
        server.receive(3)
        server.answer(202)

    exchange(server, pieces())
    assert server.receive(1) == b""
    server.forget()
    exchange(server, pieces())
    assert server.connections == 2


@pytest.mark.parametrize("status", [300, 400, 413, 500])
def test_after_an_answer_that_refuses_no_piece_is_taken(server: Server, status: int) -> None:
    taken: list[int] = []

    def pieces() -> Iterator[bytes]:
        for number in range(5):
            taken.append(number)
            yield b"piece"
            server.receive(5)
            if number == 1:
                server.answer(status, b"no")

    assert exchange(server, pieces()) == (status, b"no")
    # The third was in hand when the answer was noticed.
    assert taken == [0, 1, 2]


def test_a_refusal_is_read_though_the_connection_is_gone_by_then(server: Server) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"one"
        server.receive(1)
        server.answer(413, b"no")
        server.hang_up("reset")
        yield b"two"

    assert exchange(server, pieces()) == (413, b"no")


def test_an_answer_that_accepts_early_does_not_end_the_request(server: Server) -> None:
    def pieces() -> Iterator[bytes]:
        for piece in (b"one", b"two", b"three"):
            yield piece
            assert server.receive(len(piece)) == piece
            if piece == b"one":
                server.say(b"HTTP/1.1 202 X\r\nContent-Length: 2\r\n\r\n")
        server.say(b"ok")

    assert exchange(server, pieces()) == (202, b"ok")


def test_interim_answers_are_passed_over(server: Server) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"one"
        server.receive(3)
        server.say(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n")
        yield b"two"
        assert server.receive(3) == b"two"
        yield b"three"
        assert server.receive(5) == b"three"
        server.say(b"HTTP/1.1 102 Processing\r\n\r\n")
        server.answer(202, b"ok")

    assert exchange(server, pieces()) == (202, b"ok")


@pytest.mark.parametrize("how", ["close", "reset"])
def test_a_server_that_hangs_up_midway_is_gone(server: Server, how: str) -> None:
    taken: list[bytes] = []

    def pieces() -> Iterator[bytes]:
        for number in range(100):
            taken.append(b"piece")
            yield b"piece"
            if number == 0:
                server.receive(5)
                server.hang_up(how)

    with pytest.raises(RuntimeApiError, match="is gone"):
        exchange(server, pieces())
    assert len(taken) == 2


def test_a_server_that_hangs_up_after_the_last_piece_is_gone(server: Server) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"one"
        server.receive(3)
        server.hang_up()

    with pytest.raises(RuntimeApiError, match="closed the connection before its answer"):
        exchange(server, pieces())


def test_an_answer_that_is_not_http_ends_the_request(server: Server) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"one"
        server.receive(3)
        server.say(b"SSH-2.0-OpenSSH\r\n\r\n")
        yield b"two"

    with pytest.raises(RuntimeApiError, match=r"does not answer in HTTP/1\.1"):
        exchange(server, pieces())


@given(ANYTHING.filter(bool))
def test_whatever_comes_midway_is_an_answer_or_an_error_of_one_line(said: bytes) -> None:
    with Server() as server:

        def pieces() -> Iterator[bytes]:
            yield b"one"
            server.receive(3)
            server.say(said)
            server.hang_up()
            yield b"two"
            yield b"three"

        try:
            text = f"status {exchange(server, pieces())[0]}"
        except RuntimeApiError as error:
            text = str(error)
        assert len(text.splitlines()) == 1
        assert server.client._socket is None


def ordinary(server: Server) -> tuple[int, dict[str, str], bytes]:
    """An ordinary exchange, after which the connection is kept."""
    kept = server.client._connect()
    server.receive(0)
    server.answer(200, b"event")
    response = server.client.exchange(b"GET")
    assert (server.client._socket, server.receive(3)) == (kept, b"GET")
    return response


def test_a_kept_connection_is_used(server: Server) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"one"
        server.receive(3)
        server.answer(202)

    ordinary(server)
    exchange(server, pieces())
    assert server.connections == 1


@pytest.mark.parametrize("how", ["close", "reset"])
def test_a_kept_connection_that_was_dropped_is_not_used(server: Server, how: str) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"one"
        server.receive(3)
        server.answer(202)

    ordinary(server)
    server.hang_up(how)
    assert exchange(server, pieces())[0] == 202
    assert server.connections == 2


def test_a_kept_connection_with_something_unasked_for_on_it_is_not_used(server: Server) -> None:
    def pieces() -> Iterator[bytes]:
        server.forget()
        yield b"one"
        server.receive(3)
        server.answer(202, b"asked for")

    ordinary(server)
    server.answer(200, b"unasked for")
    assert exchange(server, pieces())[1] == b"asked for"


def test_what_ends_the_process_while_pieces_are_made_leaves_no_connection(server: Server) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"one"
        raise SystemExit

    with pytest.raises(SystemExit):
        exchange(server, pieces())
    assert server.client._socket is None
