"""Posts JSON to a webhook, patiently but not for ever."""

import email.utils
import ipaddress
import json
import random
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from http.client import HTTPException
from typing import Any, NoReturn
from urllib.parse import urlsplit

ATTEMPTS = 5
REQUEST_TIMEOUT_S = 5.0
# Left over for reporting the outcome before the platform ends the invocation.
RESERVE_S = 1.0
# Slack answers faults with one of its own words, such as no_service; anything else might repeat a secret.
SLACK_WORD = re.compile("[a-z_]{1,40}")


class WebhookError(Exception):
    """Posting failed. No message of this family contains the URL, which is a secret."""


class ConfigurationError(WebhookError):
    """The webhook's URL cannot be used."""


class RejectedError(WebhookError):
    """The webhook refused the payload for good; posting it again would not help."""


class UnavailableError(WebhookError):
    """The webhook did not take the payload in the time there was; it may do so later."""


class TransientError(WebhookError):
    """One attempt failed in a way that may pass, at the earliest after ``retry_after`` seconds."""

    def __init__(self, what: str, retry_after: float = 0.0) -> None:
        super().__init__(what)
        self.retry_after = retry_after


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """Refuses redirects: an alert goes where it was configured to go, or nowhere."""

    def redirect_request(self, *_: object) -> None:
        return None


# No proxy from the environment: configuration is what the documentation names and nothing else.
OPENER = urllib.request.build_opener(NoRedirect, urllib.request.ProxyHandler({}))


def post(
    url: str,
    document: Mapping[str, Any],
    remaining_s: Callable[[], float],
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Post a document until it is taken, rejected, or there is no more time.

    Connection errors, time-outs, 429 and 5xx are tried again, at most five times in all, after growing random
    pauses or after what the ``Retry-After`` header asks for.

    Args:
        url: https, or http to a loopback address.
        document: what to post, as JSON.
        remaining_s: tells how many seconds the invocation has left.
        sleep: waits for a number of seconds.

    Raises:
        ConfigurationError: the URL cannot be used.
        RejectedError: a redirect, or a client error other than 429.
        UnavailableError: attempts or time ran out.
    """
    check(url)
    body = json.dumps(document).encode()
    for attempt in range(1, ATTEMPTS + 1):
        try:
            attempt_post(url, body, min(REQUEST_TIMEOUT_S, remaining_s() - RESERVE_S))
        except TransientError as error:
            pause = max(error.retry_after, random.uniform(0.5, 1) * 2 ** (attempt - 2))  # noqa: S311
            if attempt == ATTEMPTS or pause > remaining_s() - 2 * RESERVE_S:
                raise UnavailableError(f"gave up after {attempt} attempts: {error}") from None
            sleep(pause)
        else:
            return


def attempt_post(url: str, body: bytes, timeout_s: float) -> None:
    if timeout_s <= 0:
        raise TransientError("no time left")
    request = urllib.request.Request(  # noqa: S310 - the scheme has been checked
        url, body, {"Content-Type": "application/json; charset=utf-8", "User-Agent": "thaw-notify"}
    )
    try:
        with OPENER.open(request, timeout=timeout_s) as answer:
            answer.read(1)
    except urllib.error.HTTPError as error:
        with error:
            explain(error)
    except (OSError, HTTPException) as error:  # URLError and time-outs are OSErrors
        raise TransientError(f"no answer: {type(error).__name__}") from None


def explain(error: urllib.error.HTTPError) -> NoReturn:
    """Tell a failure that may pass from one that does not."""
    if error.code == 429 or error.code >= 500:  # noqa: PLR2004 - HTTP's own numbers
        raise TransientError(f"status {error.code}", retry_after(error.headers.get("Retry-After"))) from None
    word = error.read(41).decode(errors="replace")
    detail = f" {word}" if SLACK_WORD.fullmatch(word) else ""
    raise RejectedError(f"the webhook answered {error.code}{detail}") from None


def retry_after(header: str | None) -> float:
    """Read a ``Retry-After`` header, seconds or a date, as seconds from now; 0 where there is none to be read."""
    if header is None:
        return 0.0
    if header.isascii() and header.isdigit():
        return float(header)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(header).timestamp() - time.time())
    except ValueError:
        return 0.0


def check(url: str) -> None:
    """Refuse a URL that would carry an alert unprotected, or that no request can be made of.

    Raises:
        ConfigurationError: says what is wrong without repeating the URL.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ConfigurationError("the webhook's URL is malformed") from None
    if not url.isascii() or not url.isprintable() or " " in url:
        raise ConfigurationError("the webhook's URL contains characters that are not allowed")
    if not host or parts.username is not None:
        raise ConfigurationError("the webhook's URL must have a host and no user name")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        raise ConfigurationError("the webhook's URL must begin with https:// unless its host is loopback")


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
