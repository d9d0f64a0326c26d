"""One keep-alive HTTP/1.1 connection on a bare socket.

Importing ``http.client`` costs more than everything else that the runtime does before its first invocation. The Runtime
API needs two methods, and answers that come whole, in pieces, with a length, chunked, or until the connection closes.
Source of the framing rules: RFC 9112.
"""

from _socket import (
    AF_INET,
    AF_INET6,
    IPPROTO_TCP,
    MSG_DONTWAIT,
    MSG_PEEK,
    MSG_WAITALL,
    SOCK_STREAM,
    TCP_NODELAY,
    socket,
)

try:
    from thaw_runtime import _accelerator as accelerator
except ImportError:
    from thaw_runtime import unaccelerated as accelerator  # type: ignore[no-redef]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    # A status code, headers with lower-case names (the last of repeated ones), and the whole body.
    Response = tuple[int, dict[str, str], bytes]

# A header block larger than this is not an answer of the Runtime API; its largest header, the client context, is
# limited to 3,583 bytes, and the X-Ray and identity headers are smaller. Trailers have the same limit.
HEAD_LIMIT = 1 << 20
# Nor is a body: Lambda's largest payload is 6 MB, and emulators are no more generous than a few times that.
BODY_LIMIT = 1 << 28
RECEIVE_SIZE = 1 << 16
# One receive call allocates what it is asked for; a length that is announced need not be true.
RECEIVE_AT_ONCE = 1 << 23

CLOSED = "it closed the connection before its answer was complete"
# EBADF and ENOTSOCK: a handler has closed all descriptors there are.
NO_SOCKET = {9, 88}


class RuntimeApiError(Exception):
    """The Runtime API broke its protocol or hung up; the execution environment cannot go on."""


class Connection:
    """Sends requests one after the other and reads their responses.

    Args:
        host: a name or an IPv4 or IPv6 address, without brackets.
        port: a TCP port.
    """

    __slots__ = ("_address", "_buffer", "_family", "_recv", "_socket")

    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)
        self._family = AF_INET6 if ":" in host else AF_INET
        self._socket: socket | None = None
        self._buffer = b""

    def exchange(self, head: bytes, body: bytes = b"") -> "Response":
        """Sends a whole request and returns the whole response; waits without a time limit.

        A kept connection that the other side closed before a byte of the answer came is made anew, once: an idle
        connection may be dropped while an environment is frozen.

        Raises:
            RuntimeApiError: the answer is not HTTP, or ends early.
            OSError: no connection can be made.
        """
        try:
            answer = accelerator.exchange(self._socket, head, body) if self._socket is not None else b""
        except OSError as error:
            if not isinstance(error, ConnectionError) and error.errno not in NO_SOCKET:
                raise
            answer = b""
        if isinstance(answer, tuple):
            return answer
        try:
            if not answer:
                self._close()
                answer = accelerator.exchange(self._connect(), head, body)
            return answer if isinstance(answer, tuple) else self._read_response(answer)
        except ConnectionError as error:
            raise RuntimeApiError(f"the Runtime API at {self._address} is gone: {error}") from error

    def send(self, request: bytes) -> None:
        """Sends a request whose answer nobody waits for; nothing else is asked over this connection afterwards.

        Raises:
            OSError: no connection can be made, or it breaks.
        """
        (self._socket or self._connect()).sendall(request)

    def exchange_pieces(self, pieces: "Iterable[bytes]") -> "Response":
        """Sends a request piece by piece, as they come, and returns the whole response; then closes the connection.

        An answer that comes before the last piece and refuses the request ends it: no further piece is taken.

        Raises:
            RuntimeApiError: the answer is not HTTP, or ends early, or the other side hangs up without one.
            OSError: no connection can be made.
        """
        # Nothing can be sent again here, so a kept connection is looked at before it is used.
        if self._socket is not None and self._waiting() is not None:
            self._close()
        connection = self._socket or self._connect()
        self._buffer = b""
        try:
            head = self._send_pieces(connection, pieces)
            while head is None or 100 <= head[0] < 200:
                head = self._read_head()
            return *head, self._read_body(*head)
        except ConnectionError as error:
            raise RuntimeApiError(f"the Runtime API at {self._address} is gone: {error}") from error
        finally:
            self._close()

    def _send_pieces(
        self, connection: socket, pieces: "Iterable[bytes]"
    ) -> tuple[int, dict[str, str]] | None:
        """Returns the head of the answer where that came before the last piece had been sent."""
        head = None
        for piece in pieces:
            if head is None and (self._buffer or self._waiting() is not None):
                head = self._read_head()
                if head[0] >= 300:
                    break
                if head[0] < 200:
                    head = None
            try:
                connection.sendall(piece)
            except ConnectionError:
                break  # a refusal waits here all the same
        return head

    def _waiting(self) -> bytes | None:
        """What can be received at once: a byte, nothing from a side that hung up, None as long as that is silent."""
        try:
            return self._recv(1, MSG_PEEK | MSG_DONTWAIT)
        except BlockingIOError:
            return None
        except ConnectionError:
            return b""

    def _connect(self) -> socket:
        self._socket = fresh = socket(self._family, SOCK_STREAM)
        fresh.connect(self._address)
        fresh.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
        self._recv = fresh.recv
        return fresh

    def _read_response(self, begun: bytes) -> "Response":
        if not begun:
            raise ConnectionError(CLOSED)
        self._buffer = begun
        status, headers = self._read_head()
        while 100 <= status < 200:
            status, headers = self._read_head()
        body = self._read_body(status, headers)
        # What follows a body was not asked for; the next answer must not be mistaken for it.
        if self._buffer or ("connection" in headers and headers["connection"].lower() == "close"):
            self._close()
        return status, headers, body

    def _close(self) -> None:
        if self._socket is not None:
            try:  # noqa: SIM105 - contextlib is on no cold start's bill
                self._socket.close()
            except OSError:
                pass  # a handler has closed its descriptor
        self._socket = None

    def _read_head(self) -> tuple[int, dict[str, str]]:
        searched = 0
        while (end := self._buffer.find(b"\r\n\r\n", searched)) < 0:
            _check_limit(len(self._buffer), HEAD_LIMIT, "headers")
            searched = max(0, len(self._buffer) - 3)
            self._receive()
        lines = self._buffer[:end].decode("latin-1").split("\r\n")
        self._buffer = self._buffer[end + 4 :]
        return _status(lines[0]), _headers(lines[1:])

    def _read_body(self, status: int, headers: dict[str, str]) -> bytes:
        if "transfer-encoding" in headers and "chunked" in headers["transfer-encoding"].lower():
            return self._read_chunks()
        if (length := headers.get("content-length")) is not None:
            size = _number(length, 10, "Content-Length")
            _check_limit(size, BODY_LIMIT, "body")
            return self._read_exactly(size)
        if status == 204:
            return b""
        return self._read_to_end()

    def _read_chunks(self) -> bytes:
        chunks, total = [], 0
        while size := _number(self._read_line().partition(b";")[0].decode("latin-1"), 16, "chunk size"):
            total += size
            _check_limit(total, BODY_LIMIT, "body")
            chunks.append(self._read_exactly(size))
            if self._read_line():
                raise RuntimeApiError("the Runtime API sent a chunk that is longer than its size")
        trailers = 0
        while line := self._read_line():
            trailers += len(line)
            _check_limit(trailers, HEAD_LIMIT, "trailers")
        return b"".join(chunks)

    def _read_line(self) -> bytes:
        while (end := self._buffer.find(b"\r\n")) < 0:
            _check_limit(len(self._buffer), HEAD_LIMIT, "line")
            self._receive()
        line, self._buffer = self._buffer[:end], self._buffer[end + 2 :]
        return line

    def _read_exactly(self, size: int) -> bytes:
        have = self._buffer
        if len(have) >= size:
            self._buffer = have[size:]
            return have[:size]
        pieces, missing = [have], size - len(have)
        while missing:
            piece = self._receive_some(min(missing, RECEIVE_AT_ONCE), MSG_WAITALL)
            pieces.append(piece)
            missing -= len(piece)
        self._buffer = b""
        return b"".join(pieces)

    def _read_to_end(self) -> bytes:
        pieces, total = [self._buffer], 0
        while piece := self._recv(RECEIVE_SIZE):
            pieces.append(piece)
            total += len(piece)
            _check_limit(total, BODY_LIMIT, "body")
        self._buffer = b""
        self._close()
        return b"".join(pieces)

    def _receive(self) -> None:
        self._buffer += self._receive_some(RECEIVE_SIZE, 0)

    def _receive_some(self, size: int, flags: int) -> bytes:
        piece = self._recv(size, flags)
        if not piece:
            raise ConnectionError(CLOSED)
        return piece


def _status(line: str) -> int:
    protocol, _, rest = line.partition(" ")
    code = rest.partition(" ")[0]
    if not protocol.startswith("HTTP/1.") or len(code) != len("200") or not code.isdecimal():
        raise RuntimeApiError(f"the Runtime API does not answer in HTTP/1.1: {line[:80]!r}")
    return int(code)


def _headers(lines: list[str]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        name, value = name.strip().lower(), value.strip()
        if name == "content-length" and headers.get(name, value) != value:
            raise RuntimeApiError("the Runtime API sent two different lengths of one body")
        headers[name] = value
    return headers


def _check_limit(size: int, limit: int, what: str) -> None:
    if size > limit:
        raise RuntimeApiError(f"the Runtime API sent more than {limit} bytes of {what}")


def _number(text: str, base: int, name: str) -> int:
    digits = text.strip()
    try:
        # int() takes signs, underscores, blanks and 0x; a length has none of them.
        return int(digits, base) if digits.isalnum() and digits[1:2] not in {"x", "X"} else int("")
    except ValueError:
        raise RuntimeApiError(f"the Runtime API sent {text[:80]!r} as {name}") from None
