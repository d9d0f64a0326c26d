"""The guard that keeps the local environment's credentials and deletions on this machine."""

import ipaddress
import re

from thaw_cli.errors import NotLoopbackError

# Deliberately narrower than URLs are. URL parsers disagree about user names, backslashes, control characters and
# numbers as hosts; whatever needs a parser's opinion is refused.
_ENDPOINT = re.compile(
    r"https?://(?P<host>[0-9]{1,3}(?:\.[0-9]{1,3}){3}|localhost|\[::1\])(?P<port>:[0-9]{1,5})?/?"
)


def require_loopback(endpoint: str) -> None:
    """Accepts ``http(s)://`` with 127.0.0.0/8, ``localhost`` or ``[::1]``, and optionally a port; nothing else.

    Raises:
        NotLoopbackError: the endpoint is, or may be understood as, another machine.
    """
    match = _ENDPOINT.fullmatch(endpoint)
    if match is None or not _is_loopback(match["host"]):
        raise NotLoopbackError(
            "environment local is deployed to this machine only, and the endpoint may be another one",
            received=repr(endpoint),
            allowed="http://127.0.0.1:PORT, http://localhost:PORT or http://[::1]:PORT",
            change="unset AWS_ENDPOINT_URL to use the cloud that `thaw cloud up` starts",
        )


def _is_loopback(host: str) -> bool:
    if host in {"localhost", "[::1]"}:
        return True
    try:
        return ipaddress.IPv4Address(host).is_loopback
    except ValueError:
        return False
