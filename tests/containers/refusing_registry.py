"""A registry that lets nobody push."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_BODY = b'{"errors": [{"code": "DENIED", "message": "not for you"}]}'


class RefusingRegistry:
    """Answers that it is a registry, and everything else with one status.

    Attributes:
        address: ``127.0.0.1:PORT``.
        status: of the answers to come.
    """

    def __init__(self) -> None:
        self.status = 403
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_for(self))
        self.address = f"127.0.0.1:{self._server.server_port}"

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Serves for as long as the context lasts."""
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield
        finally:
            self._server.shutdown()
            thread.join()
            self._server.server_close()


def _handler_for(registry: RefusingRegistry) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(200 if self.path == "/v2/" else registry.status)
            self.send_header("Content-Length", str(len(_BODY)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(_BODY)

        def do_HEAD(self) -> None:
            self.do_GET()

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            """Nothing: what the engine says is what tests look at."""

    return Handler
