"""A webhook to post to, and the time there is for it."""

import json
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Answer:
    """What a webhook says, or does instead of saying anything."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"ok"
    hang_up: bool = False


class Webhook:
    """A webhook over real HTTP that gives its answers in turn and then 200."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.received: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                outer.received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                outer.headers.append(dict(self.headers))
                outer.answer(self)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/services/T000/B000/secret"

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        answer = self.answers.pop(0) if self.answers else Answer()
        if answer.hang_up:
            request.close_connection = True
            return
        request.send_response(answer.status)
        for name, value in answer.headers.items():
            request.send_header(name, value)
        request.send_header("Content-Length", str(len(answer.body)))
        request.end_headers()
        request.wfile.write(answer.body)


class Clock:
    """The time an invocation has left, spent only by sleeping."""

    def __init__(self, remaining_s: float = 60.0) -> None:
        self.remaining_s = remaining_s
        self.pauses: list[float] = []

    def remaining(self) -> float:
        return self.remaining_s

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.remaining_s -= seconds

    def get_remaining_time_in_millis(self) -> int:
        return int(self.remaining_s * 1000)
