"""The deployed report as a browser gets it: through its function's URL, streamed."""

import http.client
import json
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from thaw_cli.errors import ChainStuckError
from thaw_cli.local.aws import LocalAws

OK = 200
PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class Reading:
    """What came of calling the report.

    Attributes:
        address: where a browser on this machine finds the page.
        series: results that it shows.
        page_bytes: of the page.
        first_ms: until the whole page was there, the start of the container included.
        again_ms: the same for the page after that.
    """

    address: str
    series: int
    page_bytes: int
    first_ms: float
    again_ms: float


def read(aws: LocalAws, address: str) -> Reading:
    """Calls the report of a deployed environment.

    Args:
        aws: the local cloud.
        address: the function's URL, as AWS would have it.

    Raises:
        ChainStuckError: the report answered with something else than a page.
    """
    place = f"/_aws/lambda-url/{str(urlsplit(address).hostname).partition('.')[0]}/"
    page, first = _timed(aws, place)
    _, again = _timed(aws, place)
    document: dict[str, Any] = json.loads(_timed(aws, f"{place}report.json")[0])
    return Reading(aws.endpoint + place, len(document["results"]), len(page), first, again)


def _timed(aws: LocalAws, path: str) -> tuple[bytes, float]:
    connection = http.client.HTTPConnection(urlsplit(aws.endpoint).netloc, timeout=PATIENCE_SECONDS)
    began = time.perf_counter()
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        body = response.read()
    finally:
        connection.close()
    if response.status != OK:
        raise ChainStuckError(
            "the deployed report does not answer",
            received=f"status {response.status}: {body[:500].decode(errors='replace')}",
            change="run again with --keep and read the function's log in the cloud's folder",
        )
    return body, (time.perf_counter() - began) * 1000
