"""While the accelerator waits for an answer, other threads run, and signals are answered."""

import signal
import socket
import struct
import threading
from collections.abc import Callable, Iterator

import pytest

from tests import accelerator

DEADLINE_SECONDS = 10.0
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    """The runtime's end of a connection, and the other."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(None)
        theirs.settimeout(DEADLINE_SECONDS)
        yield ours, theirs


def test_other_threads_run_while_an_answer_is_awaited(ends: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = ends
    asked: list[bytes] = []

    def answer() -> None:
        asked.append(theirs.recv(100))
        theirs.sendall(ANSWER)

    server = threading.Thread(target=answer)
    server.start()
    status, *_ = accelerator.compiled().exchange(ours, b"head ", b"body")
    server.join(DEADLINE_SECONDS)
    assert (status, asked) == (200, [b"head body"])


def test_a_request_larger_than_the_kernel_holds_is_sent_whole(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    ours, theirs = ends
    body = bytes(range(256)) * 40_000
    asked = bytearray()

    def answer() -> None:
        while len(asked) < len(body) + 4:
            asked.extend(theirs.recv(1 << 20))
        theirs.sendall(ANSWER)

    server = threading.Thread(target=answer)
    server.start()
    accelerator.compiled().exchange(ours, b"head", body)
    server.join(DEADLINE_SECONDS)
    assert asked == b"head" + body


class _SignalError(Exception):
    pass


def _raise(*_: object) -> None:
    raise _SignalError


@pytest.fixture
def alarm() -> Iterator[Callable[[Callable[..., None]], None]]:
    """Has a signal come, again and again, that is answered by a function."""
    before = signal.getsignal(signal.SIGALRM)

    def ring(answer: Callable[..., None]) -> None:
        signal.signal(signal.SIGALRM, answer)
        signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)

    yield ring
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def test_what_a_signal_s_handler_raises_ends_the_wait(
    ends: tuple[socket.socket, socket.socket], alarm: Callable[[Callable[..., None]], None]
) -> None:
    waits: list[bool] = []

    def end(*_: object) -> None:
        if waits and waits.pop():
            raise _SignalError

    def wait() -> None:
        waits.append(True)
        alarm(end)
        accelerator.compiled().exchange(ends[0], b"head", b"")

    with pytest.raises(_SignalError):
        wait()


def test_a_signal_that_came_while_the_request_was_sent_is_answered_before_the_wait(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    ours, theirs = ends
    # Where the signal is forgotten, this ends the wait.
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", int(DEADLINE_SECONDS), 0))
    body = bytes(1 << 22)
    main = threading.get_ident()

    def take_and_be_silent() -> None:
        left = len(body) - len(theirs.recv(1))
        signal.pthread_kill(main, signal.SIGUSR1)
        while left:
            left -= len(theirs.recv(1 << 20))

    before = signal.signal(signal.SIGUSR1, _raise)
    server = threading.Thread(target=take_and_be_silent)
    server.start()
    try:
        with pytest.raises(_SignalError):
            accelerator.compiled().exchange(ours, b"", body)
    finally:
        ours.close()
        server.join(DEADLINE_SECONDS)
        signal.signal(signal.SIGUSR1, before)


def test_after_a_signal_the_wait_goes_on(
    ends: tuple[socket.socket, socket.socket], alarm: Callable[[Callable[..., None]], None]
) -> None:
    ours, theirs = ends
    rung: list[int] = []

    def answer_at_the_third(*_: object) -> None:
        rung.append(1)
        if len(rung) == 3:
            theirs.sendall(ANSWER)

    alarm(answer_at_the_third)
    assert accelerator.compiled().exchange(ours, b"head", b"")[0] == 200
    assert theirs.recv(100) == b"head"
