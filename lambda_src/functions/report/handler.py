"""Shows the newest results of the observatory: a page, JSON, CSV, and a Slack slash command, behind a function URL.

Environment: what ``login`` reads; ``SLACK_SECRET``, the name or ARN of a secret ``{"signing_secret": "..."}``, may be
missing, and then there is no slash command.
"""

import json
import os
import time
from collections.abc import Mapping
from functools import cache
from typing import Any

import answers
import boto3  # type: ignore[import-untyped]
import psycopg
import slack
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]
from choice import Choice, ChoiceError
from database import Database
from export import as_csv, as_json
from kept import Kept
from login import LoginError, login
from page import page
from request import Request
from results import Results
from thaw_runtime.streaming import Response

CONFIG = Config(connect_timeout=1, read_timeout=2, retries={"mode": "standard", "max_attempts": 2})
PAGES = {"/": None, "/report.json": answers.JSON, "/report.csv": answers.CSV}
WRITERS = {answers.HTML: page, answers.JSON: as_json, answers.CSV: as_csv}
SLACK_PATH = "/slack"
SLACK_SECRET = os.environ.get("SLACK_SECRET")
MOST_LOGGED = 200


@cache
def client(service: str) -> Any:
    return boto3.client(service, config=CONFIG)


# The login's client is made here, at full speed and, where the function is initialised at build time, in the image.
# Nothing is connected before the first request.
RESULTS = Results(Database(login(os.environ, client)))
WRITTEN = Kept()


def handle(event: Mapping[str, Any], context: object) -> Response:  # noqa: ARG001 - Lambda passes it
    """Answer one request, and log one line about it."""
    request = Request.of(event)
    response, remark = answer(request)
    line = {"method": request.method, "path": request.path[:MOST_LOGGED], "status": response.status, **remark}
    print(json.dumps(line), flush=True)  # noqa: T201 - the log
    if request.method == "HEAD":
        response.body = ""
    return response


def answer(request: Request) -> tuple[Response, dict[str, str]]:
    """The response, and what the log shall say beside its status."""
    try:
        if request.path in PAGES:
            return show(request), {}
        if request.path == SLACK_PATH and SLACK_SECRET:
            return command(request), {}
        return answers.said(404, "There is nothing here. There are /, /report.json and /report.csv."), {}
    except ChoiceError as error:
        return answers.said(400, str(error)), {"reason": "bad query"}
    except slack.UnverifiedError as error:
        return answers.said(401, "Unauthorized"), {"reason": str(error)}
    except (psycopg.Error, LoginError, BotoCoreError, ClientError) as error:
        # By its class alone: what servers say may hold names and addresses that are not everybody's business.
        reason = {"reason": f"{type(error).__module__}.{type(error).__qualname__}"}
        return answers.said(503, "The results cannot be read just now.", {"Retry-After": "5"}), reason


def show(request: Request) -> Response:
    """The page, or the same as JSON or CSV.

    Raises:
        ChoiceError: the query string is not understood.
        psycopg.Error: the database cannot be reached or read. Nothing has been sent by then.
    """
    if request.method not in ("GET", "HEAD"):
        return answers.said(405, "Only GET and HEAD are allowed here.", {"Allow": "GET, HEAD"})
    choice = Choice.of(request.query)
    content_type = PAGES[request.path] or answers.preferred(request.headers.get("accept"))
    data = RESULTS.newest()
    tag = answers.entity_tag(data.revision, content_type, choice.query)
    if answers.has(request.headers.get("if-none-match"), tag):
        return answers.not_modified(tag)
    return answers.content(WRITTEN.parts(tag, lambda: WRITERS[content_type](data, choice)), content_type, tag)


def command(request: Request) -> Response:
    """The answer to a slash command.

    Raises:
        UnverifiedError: the request is not one that Slack has just made.
    """
    if request.method != "POST":
        return answers.said(405, "Only POST is allowed here.", {"Allow": "POST"})
    slack.verify(request.headers, request.body, signing_secret(), time.time())
    return answers.document(slack.answer(slack.text_of(request.body), RESULTS.newest().results))


@cache
def signing_secret() -> str:
    """Read at the first command, and kept while this environment lives.

    Raises:
        LoginError: the secret has not the form that is asked for.
    """
    secret = client("secretsmanager").get_secret_value(SecretId=SLACK_SECRET)["SecretString"]
    try:
        key = json.loads(secret)["signing_secret"]
    except (KeyError, TypeError, ValueError):
        key = None
    if not isinstance(key, str) or not key:  # anybody can sign with an empty one
        raise LoginError('the Slack secret is not JSON of the form {"signing_secret": "..."}')
    return key
