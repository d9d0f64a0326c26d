"""Writes an alert in the format of Slack's incoming webhooks."""

from collections.abc import Mapping
from typing import Any

# https://api.slack.com/reference/surfaces/formatting#escaping
ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
LONGEST_SECTION = 3000  # Slack's limit for the text of a section block


def payload(alert: Mapping[str, Any]) -> dict[str, Any]:
    """Give the JSON document to post.

    The alert's id is the ``block_id`` of the first block and is shown at the foot: an alert that is delivered twice
    carries the same id twice.

    Args:
        alert: the alerts table's item.
    """
    text = escape(alert["message"])
    changed = [f"• {escape(line)}" for line in alert["changed_conditions"]]
    lines = [f":snail: *Cold start regression* ({float(alert['ratio']):.2f}x)", text]
    if changed:
        lines += ["Conditions that changed:", *changed]
    return {
        "text": f"Cold start regression: {text}",
        "blocks": [
            section("\n".join(lines), alert["id"]),
            {"type": "context", "elements": [markdown(f"{escape(alert['series'])} · alert {alert['id']}")]},
        ],
    }


def section(text: str, identity: str) -> dict[str, Any]:
    return {"type": "section", "block_id": identity, "text": markdown(shorten(text))}


def markdown(text: str) -> dict[str, str]:
    return {"type": "mrkdwn", "text": text}


def escape(text: str) -> str:
    return text.translate(ESCAPES)


def shorten(text: str) -> str:
    return text if len(text) <= LONGEST_SECTION else f"{text[: LONGEST_SECTION - 1]}…"
