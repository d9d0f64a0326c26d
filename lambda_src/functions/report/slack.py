"""The slash command: who sends it, what it asks for, what it is answered.

Sources: https://docs.slack.dev/authentication/verifying-requests-from-slack,
https://docs.slack.dev/interactivity/implementing-slash-commands.
"""

import hmac
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs

from choice import ARCHITECTURES, PACKAGES, SOURCES, Choice, ChoiceError
from results import Result
from scale import written

REPLAY_WINDOW_S = 300
MOST_ROWS = 12
MOST_WORDS = 8
# Slack takes 3,000 characters in a section; a row is at most 52 of them, six for each where it has to be escaped.
NAME_WIDTH = 18
WORDS = {"package": PACKAGES, "architecture": ARCHITECTURES, "source": SOURCES}
NUMBER = re.compile(r"[0-9]+(mb)?", re.ASCII)
TIMESTAMP = re.compile(r"[0-9]{1,12}", re.ASCII)
# https://docs.slack.dev/messaging/formatting-message-text#escaping
ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "`": "'"})
HELP = (
    "Usage: `/coldstarts [runtime] [memory in MB] [zip|image] [x86_64|arm64] [thaw-bench|lambda-perf]`, in any order; "
    "part of a runtime's name is enough. For example: `/coldstarts python3.13 512`"
)


class UnverifiedError(Exception):
    """The request is not from Slack, or is an old one; the message says how that is known, for the log alone."""


class UsageError(Exception):
    """The command's text is not understood; the message says why."""


def verify(headers: Mapping[str, str], body: bytes, secret: str, now: float) -> None:
    """Make sure that Slack signed a request with this secret, no longer ago than five minutes.

    Args:
        headers: by lower-case name.
        body: as it was sent.
        secret: the app's signing secret.
        now: seconds since 1970.

    Raises:
        UnverifiedError: it did not.
    """
    timestamp, signature = headers.get("x-slack-request-timestamp", ""), headers.get("x-slack-signature", "")
    if not TIMESTAMP.fullmatch(timestamp):
        raise UnverifiedError("no timestamp")
    expected = hmac.new(secret.encode(), b"v0:%s:%s" % (timestamp.encode(), body), "sha256").hexdigest()
    # As bytes: of texts, only ASCII can be compared.
    if not hmac.compare_digest(f"v0={expected}".encode(), signature.encode("utf-8", "surrogatepass")):
        raise UnverifiedError("wrong signature")
    if abs(now - int(timestamp)) > REPLAY_WINDOW_S:
        raise UnverifiedError("signed too long ago, or in the future")


def text_of(body: bytes) -> str:
    """What was written behind the command; empty where nothing was, or where the form is malformed."""
    try:
        return parse_qs(body.decode("ascii"), max_num_fields=100).get("text", [""])[0]
    except ValueError:
        return ""


def answer(text: str, results: Sequence[Result]) -> dict[str, Any]:
    """A message for the one who asked: a table, or what may be asked."""
    words = text.split()
    if words == ["help"]:
        return message(HELP, [section(HELP)])
    try:
        chosen = choose(words, results)
    except (UsageError, ChoiceError) as error:
        return message(str(error), [section(f"{error}\n{HELP}")])
    if not results:
        return message("There are no results yet.", [section("There are no results yet.")])
    if not chosen:
        return message("No series is like that.", [section(f"No series is like that.\n{HELP}")])
    rows = chosen[:MOST_ROWS]
    more = f", the {MOST_ROWS} fastest of {len(chosen)}" if len(chosen) > MOST_ROWS else ""
    return message(
        f"Cold starts of {len(rows)} series",
        [section(f"*Cold starts* in ms{more}\n```{table(rows)}```"), context(f"Newest: {newest(rows)}")],
    )


def choose(words: Sequence[str], results: Sequence[Result]) -> list[Result]:
    """The results that all of the words are about, the fastest first.

    Raises:
        UsageError: it cannot be told what a word means.
        ChoiceError: a memory size that there cannot be.
    """
    if len(words) > MOST_WORDS:
        raise UsageError(f"That is more than {MOST_WORDS} words.")
    chosen = list(results)
    for word in words:
        choice = known(word)
        chosen = choice.among(chosen) if choice else named(word, chosen, results)
    return chosen


def known(word: str) -> Choice | None:
    """What a word other than a runtime's name asks for."""
    small = word.lower()
    for name, allowed in WORDS.items():
        if small in allowed:
            return Choice.of(f"{name}={small}")
    if NUMBER.fullmatch(small):
        return Choice.of(f"memory={small.removesuffix('mb')}")
    return None


def named(word: str, chosen: Sequence[Result], results: Sequence[Result]) -> list[Result]:
    part = word.casefold()

    def takes(result: Result) -> bool:
        return part in result.runtime.casefold() or part in result.display.casefold()

    if results and not any(takes(result) for result in results):
        raise UsageError(f"No runtime is called {escape(clipped(word, 40))}.")
    return [result for result in chosen if takes(result)]


# --- what Slack shows ----------------------------------------------------------------------------------------------


def message(text: str, blocks: list[dict[str, Any]]) -> dict[str, Any]:
    return {"response_type": "ephemeral", "text": text, "blocks": blocks}


def section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def context(text: str) -> dict[str, Any]:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text}]}


def table(results: Sequence[Result]) -> str:
    """Fixed columns, narrow enough for a phone held upright."""
    head = f"{'runtime':<{NAME_WIDTH}} {'MB':>5} {'p50':>6} {'p99':>6} {'warm':>6}"
    return "\n".join([head, *(row(result) for result in results)])


def row(result: Result) -> str:
    warm = written(result.warm.p50_ms) if result.warm else "-"
    name = escape(f"{clipped(result.display, NAME_WIDTH):<{NAME_WIDTH}}")
    times = f"{written(result.cold.p50_ms):>6} {written(result.cold.p99_ms):>6} {warm:>6}"
    return f"{name} {result.memory_mb:>5} {times}"


def newest(results: Sequence[Result]) -> str:
    return f"{max(result.measured_at for result in results):%Y-%m-%d}"


def clipped(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"


def escape(text: str) -> str:
    return text.translate(ESCAPES)
