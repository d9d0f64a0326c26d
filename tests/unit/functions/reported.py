"""The function ``report``, results to show, and requests to make."""

import hmac
import itertools
import time
from base64 import b64encode
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode

from task_root import TaskRoot

report = TaskRoot("report")
SIGNING_SECRET = "8f742231b10e8888abcd99yyyzzz85a5"


def statistics(median: float, n: int = 10) -> Any:
    """Plausible ones around a median, in milliseconds."""
    factors = (1.02, None if n == 1 else 0.1, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.4, 1.5)
    return report.results.Statistics(n, *(None if each is None else each * median for each in factors))


def result(**instead: Any) -> Any:
    """A result of Python with 512 MB."""
    values = {
        "source": "thaw-bench",
        "runtime": "python3.13",
        "package": "zip",
        "memory_mb": 512,
        "architecture": "x86_64",
        "display": "Python 3.13",
        "measured_at": datetime(2026, 8, 18, 14, 0, 43, tzinfo=UTC),
        "cold": statistics(12.5),
        "warm": statistics(0.5),
    }
    return report.results.Result(**values | instead)


def data(*results: Any) -> Any:
    return report.results.Data((1, 1, 1), results)


def many(runtimes: int) -> list[Any]:
    """Every runtime with four memory sizes and two architectures, the slower the later."""
    places = itertools.product(range(runtimes), (128, 256, 512, 1024), ("x86_64", "arm64"))
    return [
        result(
            runtime=f"r{number}",
            display=f"Runtime {number}",
            memory_mb=memory,
            architecture=architecture,
            cold=statistics(10.0 + number),
        )
        for number, memory, architecture in places
    ]


def text(response: Any) -> str:
    body = response.body
    return body if isinstance(body, str) else "".join(body)


def event(path: str = "/", query: str = "", *, method: str = "GET", **headers: str) -> dict[str, Any]:
    """A request as a function URL hands it over."""
    return {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {name.replace("_", "-"): value for name, value in headers.items()},
        "requestContext": {"http": {"method": method, "path": path}},
        "isBase64Encoded": False,
    }


def signature(body: bytes, timestamp: str, secret: str = SIGNING_SECRET) -> str:
    return "v0=" + hmac.new(secret.encode(), b"v0:" + timestamp.encode() + b":" + body, "sha256").hexdigest()


def command(words: str, *, age_s: float = 0, secret: str = SIGNING_SECRET, **headers: str) -> dict[str, Any]:
    """A slash command as Slack sends it and a function URL hands it over: a signed form, encoded."""
    body = urlencode({"command": "/coldstarts", "text": words, "user_id": "U1"}).encode()
    timestamp = str(int(time.time() - age_s))
    signed = {
        "x-slack-request-timestamp": timestamp,
        "x-slack-signature": signature(body, timestamp, secret),
    }
    request = event("/slack", method="POST")
    request["headers"] = signed | {name.replace("_", "-"): value for name, value in headers.items()}
    return request | {"body": b64encode(body).decode(), "isBase64Encoded": True}


class Structure(HTMLParser):
    """The tags and attributes' names of a page, its texts, and its attributes' values."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, ...]] = []
        self.texts: list[str] = []
        self.values: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, *(name for name, _ in attrs)))
        self.values += [value or "" for _, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        self.tags.append((f"/{tag}",))

    def handle_comment(self, _: str) -> None:
        self.tags.append(("!",))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
