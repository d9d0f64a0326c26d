"""From the alerts table's stream to a message in Slack."""

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from task_root import FUNCTIONS, TaskRoot
from webhook_server import Answer, Clock, Webhook

from thaw_cli.local.cloud import Cloud

slack = TaskRoot("notify").slack
EVENT = json.loads((FUNCTIONS / "notify" / "events" / "stream.json").read_text())


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
