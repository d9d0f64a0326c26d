"""From the alerts table's stream to a webhook."""

import copy
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from task_root import FUNCTIONS, TaskRoot

from thaw_cli.local.cloud import Cloud

notify = TaskRoot("notify")
webhook, slack = notify.webhook, notify.slack
EVENT = json.loads((FUNCTIONS / "notify" / "events" / "stream.json").read_text())


@dataclass(frozen=True)
class Answer:
    """What a webhook says, or does instead of saying anything."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"ok"
    hang_up: bool = False


class Webhook:
    """A webhook over real HTTP that gives its answers in turn and then 200."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.received: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                outer.received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                outer.headers.append(dict(self.headers))
                outer.answer(self)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/services/T000/B000/secret"

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        answer = self.answers.pop(0) if self.answers else Answer()
        if answer.hang_up:
            request.close_connection = True
            return
        request.send_response(answer.status)
        for name, value in answer.headers.items():
            request.send_header(name, value)
        request.send_header("Content-Length", str(len(answer.body)))
        request.end_headers()
        request.wfile.write(answer.body)


@pytest.fixture
def hook() -> Iterator[Webhook]:
    hook = Webhook()
    thread = threading.Thread(target=hook.server.serve_forever, args=[0.01])
    thread.start()
    yield hook
    hook.server.shutdown()
    thread.join()
    hook.server.server_close()


class Clock:
    """The time an invocation has left, spent only by sleeping."""

    def __init__(self, remaining_s: float = 60.0) -> None:
        self.remaining_s = remaining_s
        self.pauses: list[float] = []

    def remaining(self) -> float:
        return self.remaining_s

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.remaining_s -= seconds

    def get_remaining_time_in_millis(self) -> int:
        return int(self.remaining_s * 1000)


def post(hook: Webhook, clock: Clock) -> None:
    webhook.post(hook.url, {"text": "hello"}, clock.remaining, clock.sleep)


def test_a_document_is_posted_as_json(hook: Webhook) -> None:
    post(hook, Clock())
    assert hook.received == [{"text": "hello"}]
    assert hook.headers[0]["Content-Type"] == "application/json; charset=utf-8"


@pytest.mark.parametrize(
    "answer",
    [Answer(500), Answer(503), Answer(429), Answer(hang_up=True)],
    ids=["500", "503", "429", "no answer"],
)
def test_what_may_pass_is_tried_again(hook: Webhook, answer: Answer) -> None:
    hook.answers = [answer, answer]
    post(hook, Clock())
    assert len(hook.received) == 3


def test_pauses_grow(hook: Webhook) -> None:
    hook.answers = [Answer(500)] * 4
    clock = Clock()
    post(hook, clock)
    assert all(earlier <= later for earlier, later in zip(clock.pauses, clock.pauses[1:], strict=False))
    assert [round(pause / 2**power, 9) <= 0.5 for power, pause in enumerate(clock.pauses)] == [True] * 4


def test_it_gives_up_after_five_attempts(hook: Webhook) -> None:
    hook.answers = [Answer(500)] * 9
    with pytest.raises(webhook.UnavailableError, match="after 5 attempts: status 500"):
        post(hook, Clock())
    assert len(hook.received) == 5


def test_retry_after_in_seconds_is_waited_for(hook: Webhook) -> None:
    hook.answers = [Answer(429, {"Retry-After": "7"})]
    clock = Clock()
    post(hook, clock)
    assert clock.pauses == [7.0]


def test_retry_after_as_a_date_is_waited_for() -> None:
    assert 50 < webhook.retry_after(formatdate(time.time() + 60, usegmt=True)) <= 60


@pytest.mark.parametrize("header", [None, "", "soon", "-5", "²", "Mon, 99 Foo", formatdate(0, usegmt=True)])
def test_a_retry_after_that_says_nothing_asks_for_no_wait(header: str | None) -> None:
    assert webhook.retry_after(header) == 0.0


@given(st.text(max_size=30))
def test_no_retry_after_header_is_a_surprise(header: str) -> None:
    assert webhook.retry_after(header) >= 0.0


def test_a_wait_longer_than_the_invocation_is_not_begun(hook: Webhook) -> None:
    hook.answers = [Answer(429, {"Retry-After": "30"})]
    clock = Clock(remaining_s=20)
    with pytest.raises(webhook.UnavailableError, match="after 1 attempts: status 429"):
        post(hook, clock)
    assert clock.pauses == []


def test_nothing_is_sent_when_there_is_no_time_left(hook: Webhook) -> None:
    with pytest.raises(webhook.UnavailableError):
        post(hook, Clock(remaining_s=0.5))
    assert hook.received == []


@pytest.mark.parametrize("status", [301, 302, 307, 308, 400, 403, 404, 410])
def test_a_redirect_or_a_client_error_is_final(hook: Webhook, status: int) -> None:
    hook.answers = [Answer(status, {"Location": hook.url})]
    with pytest.raises(webhook.RejectedError, match=str(status)):
        post(hook, Clock())
    assert len(hook.received) == 1


@pytest.mark.parametrize(("body", "detail"), [(b"no_service", "404 no_service"), (b"at /T000/secret", "404")])
def test_only_slacks_own_words_are_repeated(hook: Webhook, body: bytes, detail: str) -> None:
    hook.answers = [Answer(404, body=body)]
    with pytest.raises(webhook.RejectedError) as caught:
        post(hook, Clock())
    assert str(caught.value) == f"the webhook answered {detail}"


def test_an_unreachable_webhook_may_be_reachable_later() -> None:
    clock = Clock()
    with pytest.raises(webhook.UnavailableError, match="no answer"):
        webhook.post("http://127.0.0.1:1/", {}, clock.remaining, clock.sleep)


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.slack.com/services/T/B/x",
        "http://127.0.0.1:80/x",
        "http://[::1]/x",
        "http://localhost:8080/x",
    ],
)
def test_https_and_loopback_are_allowed(url: str) -> None:
    webhook.check(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.slack.com/secret",
        "http://127.0.0.1.evil.com/secret",
        "http://127.0.0.1@evil.com/secret",
        "http://2130706433/secret",
        "http://0.0.0.0/secret",
        "https:///secret",
        "https://user@hooks.slack.com/secret",
        "https://hooks.slack.com/secret\r\nX: y",
        "https://hooks.slack.com/ secret",
        "https://hooks.slack.com:port/secret",
        "https://[hooks/secret",
        "https://bücher.example/secret",
        "file:///etc/secret",
        "ftp://127.0.0.1/secret",
        "secret",
    ],
)
def test_any_other_url_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(webhook.ConfigurationError) as caught:
        webhook.check(url)
    assert "secret" not in str(caught.value)


ALERT = {
    "id": "8f14e45f",
    "series": "thaw-bench/a<b/zip/512/arm64",
    "ratio": "1.5",
    "message": "a<b & c>d is slower",
    "changed_conditions": ["kernel: <6.1> -> 6.8"],
}


def test_an_alert_reads_well_in_slack() -> None:
    assert slack.payload(ALERT) == {
        "text": "Cold start regression: a&lt;b &amp; c&gt;d is slower",
        "blocks": [
            {
                "type": "section",
                "block_id": "8f14e45f",
                "text": {
                    "type": "mrkdwn",
                    "text": ":snail: *Cold start regression* (1.50x)\na&lt;b &amp; c&gt;d is slower\n"
                    "Conditions that changed:\n• kernel: &lt;6.1&gt; -&gt; 6.8",
                },
            },
            {
                "type": "context",
                "elements": [{"type": "mrkdwn", "text": "thaw-bench/a&lt;b/zip/512/arm64 · alert 8f14e45f"}],
            },
        ],
    }


@given(st.text(max_size=50))
def test_no_text_makes_slack_markup(text: str) -> None:
    escaped = slack.escape(text)
    assert not set("<>") & set(escaped)
    assert escaped.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") == text


def test_a_long_text_is_cut_to_slacks_limit() -> None:
    payload = slack.payload(ALERT | {"changed_conditions": ["x" * 1000] * 9})
    assert len(payload["blocks"][0]["text"]["text"]) == 3000


def record(number: int, *, kind: str = "INSERT", item: str = "alert#") -> dict[str, Any]:
    """A stream record with a sequence number and, in the alert's id, the same number."""
    made: dict[str, Any] = copy.deepcopy(EVENT["Records"][0])
    made["eventName"] = kind
    made["dynamodb"]["SequenceNumber"] = str(number)
    made["dynamodb"]["Keys"]["item"]["S"] = f"{item}{number}"
    made["dynamodb"]["NewImage"]["id"]["S"] = f"id-{number}"
    return made


@pytest.fixture(scope="module")
def handler(cloud: Cloud) -> Any:
    return TaskRoot("notify", cloud.aws.variables() | {"WEBHOOK_SECRET": "thaw/webhook"}).handler


Invoke = Callable[..., Any]


@pytest.fixture
def invoke(cloud: Cloud, handler: Any, hook: Webhook) -> Iterator[Invoke]:
    """Invoke with records; little time is left, so that failures are not waited out."""
    cloud.aws.set_webhook(hook.url)
    yield lambda *records: handler.handle({"Records": list(records)}, Clock(remaining_s=2.2))
    cloud.aws.set_webhook("")


def ids(hook: Webhook) -> list[str]:
    return [received["blocks"][0]["block_id"] for received in hook.received]


def failures(*numbers: int) -> dict[str, Any]:
    return {"batchItemFailures": [{"itemIdentifier": str(number)} for number in numbers]}


def test_every_alert_of_a_batch_is_posted_in_order(invoke: Invoke, hook: Webhook) -> None:
    assert invoke(record(1), record(2), record(3, kind="MODIFY")) == failures()
    assert ids(hook) == ["id-1", "id-2", "id-3"]


def test_summaries_and_withdrawn_alerts_are_not_posted(invoke: Invoke, hook: Webhook) -> None:
    assert invoke(record(1, item="summary#"), record(2, kind="REMOVE")) == failures()
    assert hook.received == []


def test_a_batch_is_delivered_again_from_the_first_failure_on(invoke: Invoke, hook: Webhook) -> None:
    hook.answers = [Answer(), Answer(429, {"Retry-After": "60"})]
    assert invoke(record(1), record(2), record(3)) == failures(2)
    assert ids(hook) == ["id-1", "id-2"]


def test_an_alert_refused_for_good_fails_the_invocation(invoke: Invoke, hook: Webhook) -> None:
    hook.answers = [Answer(400, body=b"invalid_blocks")]
    with pytest.raises(Exception, match="400 invalid_blocks"):
        invoke(record(1), record(2))
    assert ids(hook) == ["id-1"]


def test_a_refusal_later_in_the_batch_spares_what_is_posted(invoke: Invoke, hook: Webhook) -> None:
    hook.answers = [Answer(), Answer(400)]
    assert invoke(record(1), record(2), record(3)) == failures(2)


def test_without_a_webhook_nothing_is_posted(
    cloud: Cloud, invoke: Invoke, hook: Webhook, capsys: pytest.CaptureFixture[str]
) -> None:
    cloud.aws.set_webhook("")
    assert invoke(record(1)) == failures()
    assert hook.received == []
    assert json.loads(capsys.readouterr().out)["outcome"] == "skipped: no webhook is configured"


def test_a_rotated_webhook_is_picked_up(cloud: Cloud, invoke: Invoke, hook: Webhook) -> None:
    cloud.aws.set_webhook("http://127.0.0.1:1/")
    assert invoke(record(1)) == failures(1)
    cloud.aws.set_webhook(hook.url)
    assert invoke(record(1)) == failures()


@pytest.mark.parametrize("secret", ["", "https://hooks.slack.com/x", "[]", '{"uri": "x"}', '{"url": 3}'])
def test_a_secret_of_another_form_is_an_error(cloud: Cloud, invoke: Invoke, secret: str) -> None:
    secrets = cloud.aws.client("secretsmanager")
    secrets.put_secret_value(SecretId="thaw/webhook", SecretString=secret or " ")
    with pytest.raises(Exception, match="the webhook secret must be JSON"):
        invoke(record(1))


def test_the_url_is_never_logged(invoke: Invoke, hook: Webhook, capsys: pytest.CaptureFixture[str]) -> None:
    hook.answers = [Answer(), Answer(302, {"Location": hook.url}, body=hook.url.encode())]
    invoke(record(1), record(2))
    hook.answers = [Answer(404, body=hook.url.encode())]
    with pytest.raises(Exception, match="404") as caught:
        invoke(record(3))
    assert "secret" not in "".join(capsys.readouterr()) + str(caught.value)
    assert caught.value.__cause__ is None
