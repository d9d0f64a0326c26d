"""One keep-alive HTTP/1.1 connection on a bare socket.

Importing ``http.client`` costs more than everything else that the runtime does before its first invocation. The Runtime
API needs two methods, and answers that come whole, in pieces, with a length, chunked, or until the connection closes.
Source of the framing rules: RFC 9112.
"""

from _socket import (
    AF_INET,
    AF_INET6,
    IPPROTO_TCP,
    MSG_WAITALL,
    SOCK_STREAM,
    TCP_NODELAY,
    socket,
)

# A header block larger than this is not an answer of the Runtime API; its largest header, the client context, is
# limited to 3,583 bytes, and the X-Ray and identity headers are smaller.
HEAD_LIMIT = 1 << 20
RECEIVE_SIZE = 1 << 16


class RuntimeApiError(Exception):
    """The Runtime API broke its protocol or hung up; the execution environment cannot go on."""


class Response:
    """A status code, headers with lower-case names (the last of repeated ones), and the whole body."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body


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

    def exchange(self, request: bytes) -> Response:
        """Sends a whole request and returns the whole response; waits without a time limit.

        A kept connection that the other side closed before a byte of the answer came is made anew, once: an idle
        connection may be dropped while an environment is frozen.

        Raises:
            RuntimeApiError: the answer is not HTTP, or ends early.
            OSError: no connection can be made.
        """
        if self._socket is not None:
            try:
                return self._send_and_read(request)
            except ConnectionError:
                if self._buffer:
                    raise
            self._close()
        try:
            return self._send_and_read(request)
        except ConnectionError as error:
            raise RuntimeApiError(f"the Runtime API at {self._address} is gone: {error}") from error

    def _send_and_read(self, request: bytes) -> Response:
        if self._socket is None:
            self._socket = socket(self._family, SOCK_STREAM)
            self._socket.connect(self._address)
            self._socket.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
            self._recv = self._socket.recv
        self._buffer = b""
        self._socket.sendall(request)
        status, headers = self._read_head()
        while 100 <= status < 200:
            status, headers = self._read_head()
        body = self._read_body(status, headers)
        if headers.get("connection", "").lower() == "close":
            self._close()
        return Response(status, headers, body)

    def _close(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket = None

    def _read_head(self) -> tuple[int, dict[str, str]]:
        searched = 0
        while (end := self._buffer.find(b"\r\n\r\n", searched)) < 0:
            if len(self._buffer) > HEAD_LIMIT:
                raise RuntimeApiError(f"the Runtime API sent more than {HEAD_LIMIT} bytes of headers")
            searched = max(0, len(self._buffer) - 3)
            self._receive()
        status_line, *fields = self._buffer[:end].decode("latin-1").split("\r\n")
        self._buffer = self._buffer[end + 4 :]
        headers = {}
        for field in fields:
            name, _, value = field.partition(":")
            headers[name.lower()] = value.strip()
        return _status(status_line), headers

    def _read_body(self, status: int, headers: dict[str, str]) -> bytes:
        if "chunked" in headers.get("transfer-encoding", "").lower():
            return self._read_chunks()
        if (length := headers.get("content-length")) is not None:
            return self._read_exactly(_number(length, 10, "Content-Length"))
        if status == 204:
            return b""
        return self._read_to_end()

    def _read_chunks(self) -> bytes:
        chunks = []
        while size := _number(self._read_line().partition(b";")[0].decode("latin-1"), 16, "chunk size"):
            chunks.append(self._read_exactly(size))
            self._read_line()
        while self._read_line():  # trailers
            pass
        return b"".join(chunks)

    def _read_line(self) -> bytes:
        while (end := self._buffer.find(b"\r\n")) < 0:
            if len(self._buffer) > HEAD_LIMIT:
                raise RuntimeApiError("the Runtime API sent a chunk without a size")
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
            piece = self._receive_some(missing, MSG_WAITALL)
            pieces.append(piece)
            missing -= len(piece)
        self._buffer = b""
        return b"".join(pieces)

    def _read_to_end(self) -> bytes:
        pieces = [self._buffer]
        while piece := self._recv(RECEIVE_SIZE):
            pieces.append(piece)
        self._close()
        return b"".join(pieces)

    def _receive(self) -> None:
        self._buffer += self._receive_some(RECEIVE_SIZE, 0)

    def _receive_some(self, size: int, flags: int) -> bytes:
        piece = self._recv(size, flags)
        if not piece:
            raise ConnectionError("it closed the connection before its answer was complete")
        return piece


def _status(line: str) -> int:
    protocol, _, rest = line.partition(" ")
    code = rest[:3]
    if not protocol.startswith("HTTP/1.") or len(code) != len("200") or not code.isdecimal():
        raise RuntimeApiError(f"the Runtime API does not answer in HTTP/1.1: {line[:80]!r}")
    return int(code)


def _number(text: str, base: int, name: str) -> int:
    digits = text.strip()
    try:
        # int() takes signs, underscores and blanks; a length has none of them.
        return int(digits, base) if digits.isalnum() else int("")
    except ValueError:
        raise RuntimeApiError(f"the Runtime API sent {text[:80]!r} as {name}") from None
