"""How patiently a document is posted, and to where."""

import time
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st
from task_root import TaskRoot
from webhook_server import Answer, Clock, Webhook

webhook = TaskRoot("notify").webhook


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
