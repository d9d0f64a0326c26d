"""TLS in front of a PostgreSQL that was built without: the handshake is real, and so is the database behind it."""

import contextlib
import socket
import ssl
import struct
import threading
from pathlib import Path
from typing import Self

CERTIFICATES = Path(__file__).parent / "samples" / "tls"
HOST = "database.example.com"  # what the server's certificate says
# What a client asks for before anything else, and PostgreSQL's yes.
# https://www.postgresql.org/docs/current/protocol-message-formats.html
SSL_REQUEST = struct.pack("!II", 8, 80877103)
YES = b"S"


class TlsFront:
    """Listens on loopback, speaks TLS and passes everything on; ends with its ``with`` block."""

    def __init__(self, port: int) -> None:
        self._behind = port
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(CERTIFICATES / "server.pem")
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        for each in (self._listener, *self._open):
            _end(each)
        for thread in self._threads:
            thread.join()
        for each in (self._listener, *self._open):
            each.close()

    def _accept(self) -> None:
        while True:
            try:
                plain, _ = self._listener.accept()
            except OSError:  # the end
                return
            try:
                if plain.recv(len(SSL_REQUEST)) != SSL_REQUEST:
                    raise ConnectionError
                plain.sendall(YES)
                client = self._context.wrap_socket(plain, server_side=True)
            except OSError:  # the client does not trust us
                plain.close()
                continue
            server = socket.create_connection(("127.0.0.1", self._behind))
            self._open += [client, server]
            for pair in ((client, server), (server, client)):
                self._threads.append(threading.Thread(target=_pass_on, args=pair))
                self._threads[-1].start()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
    except OSError:
        pass
    _end(target)


def _end(side: socket.socket) -> None:
    with contextlib.suppress(OSError):
        side.shutdown(socket.SHUT_RDWR)
