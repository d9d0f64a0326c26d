"""HTTP responses: their headers, their entity tags, and the small ones."""

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path

from page import POLICY
from results import Revision
from thaw_runtime.streaming import Response

# A page of another version of this function is another page.
BUILD = sha256(
    b"".join(
        file.read_bytes()
        for file in sorted(Path(__file__).parent.glob("*"))
        if file.suffix in (".py", ".css")
    )
).digest()
HTML, JSON, CSV, TEXT = (
    "text/html; charset=utf-8",
    "application/json",
    "text/csv; charset=utf-8; header=present",
    "text/plain; charset=utf-8",
)
SAFE = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
# Kept, and asked about each time: what is shown is never older than the database.
ASK_AGAIN, DO_NOT_KEEP = {"Cache-Control": "public, no-cache"}, {"Cache-Control": "no-store"}


def content(body: Iterable[str], content_type: str, tag: str) -> Response:
    """What was asked for, to be kept under its tag."""
    return Response(body, headers={"Content-Type": content_type, **kept(tag)})


def not_modified(tag: str) -> Response:
    return Response("", status=304, headers=kept(tag))


def kept(tag: str) -> dict[str, str]:
    return {"ETag": tag, "Vary": "Accept", **ASK_AGAIN, **SAFE}


def said(status: int, text: str, headers: Mapping[str, str] | None = None) -> Response:
    """A line of text."""
    return Response(
        f"{text}\n", status=status, headers={"Content-Type": TEXT, **DO_NOT_KEEP, **SAFE, **(headers or {})}
    )


def document(value: object) -> Response:
    """JSON for one reader."""
    return Response(json.dumps(value), headers={"Content-Type": JSON, **DO_NOT_KEEP, **SAFE})


def entity_tag(revision: Revision, content_type: str, query: str) -> str:
    """What differs where the data, the choice, the format or this function differs."""
    named = json.dumps([revision, content_type, query], default=int).encode()
    return f'"{sha256(BUILD + named).hexdigest()[:32]}"'


def has(header: str | None, tag: str) -> bool:
    """Whether ``If-None-Match`` names the tag; the comparison is weak (RFC 9110, 13.1.2)."""
    named = [each.strip().removeprefix("W/") for each in (header or "").split(",")]
    return tag in named or named == ["*"]


def preferred(accept: str | None) -> str:
    """The format that an ``Accept`` header likes best, HTML where it does not care.

    Where none of them is acceptable it is HTML as well, as RFC 9110 (12.5.1) allows.
    """
    liking = {}
    for field in (accept or "*/*").lower().split(","):
        kind, *parameters = (part.strip() for part in field.split(";"))
        liking[kind] = quality(parameters)
    anything = liking.get("*/*", 0.0)
    html = liking.get("text/html", liking.get("text/*", anything))
    offers = {
        HTML: html,
        JSON: liking.get("application/json", liking.get("application/*", anything)),
        CSV: liking.get("text/csv", liking.get("text/*", anything)),
    }
    return max(offers, key=lambda kind: offers[kind])


def quality(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0
