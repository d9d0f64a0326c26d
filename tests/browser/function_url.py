"""A function URL on loopback: turns HTTP into events of payload format 2.0, and streamed responses into HTTP."""

from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import urlsplit

from thaw_runtime.streaming import Response

Handle = Callable[[dict[str, Any], Any], Response]


@contextmanager
def function_url(handle: Handle) -> Iterator[str]:
    """Serves a handler, one request at a time as an execution environment does; yields where."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _serving(handle)) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


def event_of(method: str, target: str, headers: dict[str, str], body: bytes = b"") -> dict[str, Any]:
    """The event of a request; a body is encoded, as that of a form is."""
    parts = urlsplit(target)
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": parts.path,
        "rawQueryString": parts.query,
        "headers": {name.lower(): value for name, value in headers.items()},
        "requestContext": {"http": {"method": method, "path": parts.path, "protocol": "HTTP/1.1"}},
        **({"body": b64encode(body).decode()} if body else {}),
        "isBase64Encoded": bool(body),
    }


def _serving(handle: Handle) -> type[BaseHTTPRequestHandler]:
    one_at_a_time = Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with one_at_a_time:
                self._answer(handle(event_of(self.command, self.path, dict(self.headers.items())), None))

        def _answer(self, response: Response) -> None:
            self.send_response(response.status)
            for name, value in response.headers.items():
                self.send_header(name, value)
            self.end_headers()
            body = [response.body] if isinstance(response.body, str | bytes) else response.body
            for part in body:
                self.wfile.write(part.encode() if isinstance(part, str) else part)

        def log_message(self, *_: Any) -> None:
            """Nothing: the function's log is what there is to look at."""

    return Handler
