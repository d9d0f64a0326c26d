"""A headless Chromium, driven over the DevTools protocol through two pipes; nothing but Debian's package is needed.

Source: https://chromedevtools.github.io/devtools-protocol/
"""

import fcntl
import json
import os
import signal
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from select import select
from shutil import which
from typing import Any, Self

EXECUTABLE = which("chromium") or which("chromium-browser") or which("google-chrome")
# No screen, no services of its own that would look for hosts on the internet, and no setuid sandbox for root.
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    *(
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-dev-shm-usage",
    ),
    *(
        "--disable-extensions",
        "--no-default-browser-check",
        "--remote-debugging-pipe",
        "--force-color-profile=srgb",
    ),
)
PATIENCE_S = 30


class BrowserError(Exception):
    """The browser refused a command, or said nothing."""


@dataclass(frozen=True)
class View:
    """What a page is looked at with; width and height in CSS pixels."""

    width: int = 1280
    height: int = 900
    scheme: str = "light"
    media: str = "screen"


def started(profile: Path, requests: int, answers: int) -> int:
    """Start the browser; gives its process's number. The protocol's pipes are its descriptors 3 and 4."""
    # Out of the way of those two.
    high = [fcntl.fcntl(each, fcntl.F_DUPFD_CLOEXEC, 10) for each in (requests, answers)]
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
        (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
        *((os.POSIX_SPAWN_DUP2, each, number) for number, each in enumerate(high, 3)),
    ]
    command = [str(EXECUTABLE), *FLAGS, f"--user-data-dir={profile}", "about:blank"]
    try:
        return os.posix_spawn(command[0], command, os.environ, file_actions=actions)
    finally:
        for each in high:
            os.close(each)


class Chromium:
    """A browser with one page; a context manager.

    Args:
        profile: an empty folder.
    """

    def __init__(self, profile: Path) -> None:
        self._profile = profile
        self._count = 0
        self._session: str | None = None
        self.shows: tuple[str, View] | None = None
        self._received = b""
        self.events: list[dict[str, Any]] = []

    def __enter__(self) -> Self:
        to_browser, self._requests = os.pipe()
        self._answers, from_browser = os.pipe()
        self._pid = started(self._profile, to_browser, from_browser)
        os.close(to_browser)
        os.close(from_browser)
        try:
            self._attach()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _attach(self) -> None:
        targets = self.command("Target.getTargets")["targetInfos"]
        target = next(each["targetId"] for each in targets if each["type"] == "page")
        attached = self.command("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.command(f"{domain}.enable")

    def __exit__(self, *_: object) -> None:
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)
        os.close(self._requests)
        os.close(self._answers)

    def command(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command and give its result.

        Raises:
            BrowserError: it was refused.
        """
        self._count += 1
        number = self._count
        session = {"sessionId": self._session} if self._session else {}
        message = json.dumps({"id": number, "method": method, "params": parameters, **session})
        os.write(self._requests, message.encode() + b"\0")
        while (answer := self._next()).get("id") != number:
            self.events.append(answer)
        if "error" in answer:
            raise BrowserError(f"{method}: {answer['error']}")
        result: dict[str, Any] = answer["result"]
        return result

    def await_event(self, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first event since the last page was opened of which this holds."""
        while not (found := [event for event in self.events if holds(event)]):
            self.events.append(self._next())
        return found[0]

    def open(self, url: str, view: View = View()) -> None:
        """Go to a page, and return when it has been loaded."""
        self.look(view)
        self.events.clear()
        self.shows = url, view
        self.command("Page.navigate", url=url)
        self.await_event(lambda event: event.get("method") == "Page.loadEventFired")

    def look(self, view: View) -> None:
        """Change what the page is looked at with."""
        self.command(
            "Emulation.setDeviceMetricsOverride",
            width=view.width,
            height=view.height,
            deviceScaleFactor=1,
            mobile=view.width < 600,
        )
        features = [{"name": "prefers-color-scheme", "value": view.scheme}]
        self.command("Emulation.setEmulatedMedia", media=view.media, features=features)

    def value(self, expression: str) -> Any:
        """What an expression of JavaScript gives in the page; it is not subject to the page's policy.

        Raises:
            BrowserError: it throws.
        """
        answer = self.command(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in answer:
            raise BrowserError(f"{expression}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def complaints(self) -> list[str]:
        """What the console shows as an error or a warning since the page was opened."""
        entries = [
            event["params"]["entry"] for event in self.events if event.get("method") == "Log.entryAdded"
        ]
        calls = [
            event["params"] for event in self.events if event.get("method") == "Runtime.consoleAPICalled"
        ]
        thrown = [
            event["params"] for event in self.events if event.get("method") == "Runtime.exceptionThrown"
        ]
        said = [f"{entry['level']}: {entry['text']}" for entry in entries]
        return [*said, *(f"{call['type']}: {call['args']}" for call in calls), *map(str, thrown)]

    def picture(self, *, whole: bool = False) -> bytes:
        """A PNG of what is seen, or of the whole page."""
        answer = self.command("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        return b64decode(answer["data"])

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._received:
            ready, _, _ = select([self._answers], [], [], PATIENCE_S)
            data = os.read(self._answers, 1 << 20) if ready else b""
            if not data:
                raise BrowserError(f"the browser said nothing for {PATIENCE_S} s, or has ended")
            self._received += data
        message, _, self._received = self._received.partition(b"\0")
        decoded: dict[str, Any] = json.loads(message)
        return decoded
