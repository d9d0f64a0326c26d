"""Finds what looks like a secret in files that are deployed as they are, for everybody who may see them."""

import re
from collections.abc import Iterator
from typing import Any

from constructs_lib.configuration import files

# The last word counts: a password_length or a token_url is no secret.
_KEYS = re.compile(
    r"(^|.*[_\-.]|.*[a-z](?=[A-Z]))"
    r"(pass(word|wd|phrase)?|pwd|secrets?|tokens?|credentials?|(api|access|private|secret|signing)[_-]?key)",
    re.IGNORECASE | re.DOTALL,
)
_VALUES = (
    re.compile(r"\b(AKIA|ASIA)[A-Z0-9]{16}\b"),  # an access key of AWS
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    re.compile(r"\b(gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{20,})"),
    re.compile(r"\bxox[abposr]-[A-Za-z0-9-]{10,}"),  # Slack
    re.compile(r"\b(sk|rk)_live_[A-Za-z0-9]{16,}"),  # Stripe
    re.compile(r"^[a-z][a-z0-9+.-]*://[^/\s:@]+:[^/\s:@]+@"),  # a URL with a password
)


def is_secret_key(key: str) -> bool:
    """Whether a key says that its value is a secret."""
    return _KEYS.fullmatch(key) is not None


def places(tree: Any) -> Iterator[str]:
    """File, line and key of each value that looks like a secret; never the value."""
    for path, leaf in files.leaves(tree):
        if any(looks_secret(path[-1], text) for text in _texts(leaf.value)):
            yield f"{leaf.origin.place(leaf.path)}, key {'.'.join(path)}"


def looks_secret(key: str, text: str) -> bool:
    """Whether a key or the text under it says that the text is a secret."""
    return bool(text) and (is_secret_key(key) or any(pattern.search(text) for pattern in _VALUES))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
