"""The slash command: signatures, words and messages."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reported import SIGNING_SECRET, many, report, result, signature

slack = report.slack
NOW = 1_531_420_618.0
# The example of https://docs.slack.dev/authentication/verifying-requests-from-slack.
EXAMPLE = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar"
    b"&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com"
    b"%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
)
EXAMPLE_SIGNATURE = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"


def headers(body: bytes, at: float = NOW, secret: str = SIGNING_SECRET) -> dict[str, str]:
    timestamp = str(int(at))
    return {
        "x-slack-request-timestamp": timestamp,
        "x-slack-signature": signature(body, timestamp, secret),
    }


def accepts(named: dict[str, str], body: bytes, secret: str = SIGNING_SECRET) -> bool:
    try:
        slack.verify(named, body, secret, NOW)
    except slack.UnverifiedError:
        return False
    return True


def test_the_example_of_slacks_documentation_is_accepted() -> None:
    named = {"x-slack-request-timestamp": "1531420618", "x-slack-signature": EXAMPLE_SIGNATURE}
    assert accepts(named, EXAMPLE)


@given(st.binary())
def test_what_is_signed_now_is_accepted(body: bytes) -> None:
    assert accepts(headers(body), body)


@given(st.binary(), st.binary())
def test_a_signature_is_good_for_its_own_body_alone(body: bytes, other: bytes) -> None:
    assert accepts(headers(body), other) is (body == other)


@given(st.binary(), st.text(min_size=1))
def test_a_signature_with_another_secret_is_refused(body: bytes, secret: str) -> None:
    assert accepts(headers(body, secret="another"), body, SIGNING_SECRET) is False
    assert accepts(headers(body), body, secret + "x") is False


@given(st.text())
def test_whatever_else_calls_itself_a_signature_is_refused(text: str) -> None:
    assert not accepts(headers(b"") | {"x-slack-signature": text}, b"")


@given(st.text())
def test_whatever_calls_itself_a_timestamp_is_refused(text: str) -> None:
    assert not accepts(headers(b"") | {"x-slack-request-timestamp": text}, b"")


@pytest.mark.parametrize(
    ("age", "accepted"),
    [(-301, False), (-299, True), (0, True), (300, True), (301, False), (-300, True), (86_400, False)],
)
def test_a_request_is_good_for_five_minutes(age: int, accepted: bool) -> None:  # noqa: FBT001 - a table
    assert accepts(headers(b"text=", NOW - age), b"text=") is accepted


@pytest.mark.parametrize("missing", ["x-slack-request-timestamp", "x-slack-signature"])
def test_without_one_of_the_headers_a_request_is_refused(missing: str) -> None:
    named = headers(b"")
    del named[missing]
    assert not accepts(named, b"")


@given(st.text())
def test_the_text_of_a_command_is_read_back(text: str) -> None:
    assert slack.text_of(urlencode({"command": "/coldstarts", "text": text}).encode()) == text


@given(st.binary())
def test_a_malformed_form_has_a_text_as_well(body: bytes) -> None:
    assert isinstance(slack.text_of(body), str)


def rows(answer: dict[str, Any]) -> list[str]:
    [_, table, _] = answer["blocks"][0]["text"]["text"].split("```")
    return list(table.splitlines()[1:])


def test_words_choose_in_any_order() -> None:
    wanted = result(runtime="python3.13", memory_mb=512, architecture="arm64")
    others = [result(memory_mb=128), result(runtime="go", display="Go", memory_mb=512)]
    for words in ("python3.13 512 arm64", "ARM64 Python 512MB", "zip arm64 thaw-bench"):
        assert slack.choose(words.split(), [*others, wanted]) == [wanted]


def test_a_table_has_a_row_for_each_result() -> None:
    assert rows(slack.answer("", [result(), result(memory_mb=1024, warm=None)])) == [
        "Python 3.13          512   12.5   17.5   0.50",
        "Python 3.13         1024   12.5   17.5      -",
    ]


def test_only_the_one_who_asked_sees_the_answer() -> None:
    assert slack.answer("", [result()])["response_type"] == "ephemeral"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("cobol", "No runtime is called cobol."),
        ("99999", "allowed is a whole number of MB from 128 to 10240"),
        ("a b c d e f g h i", "more than 8 words"),
        ("help", "Usage"),
    ],
)
def test_what_is_not_understood_is_answered_with_help(text: str, said: str) -> None:
    shown = slack.answer(text, [result()])["blocks"][0]["text"]["text"]
    assert said in shown
    assert "Usage: `/coldstarts" in shown


@given(st.text(), st.text(min_size=1, max_size=100))
def test_every_answer_is_within_slacks_limits(words: str, name: str) -> None:
    results = [result(display=name, runtime=name, memory_mb=128 + number) for number in range(50)]
    answer = slack.answer(words, results)
    assert len(answer["blocks"]) <= 50
    assert all(len(block["text"]["text"]) <= 3000 for block in answer["blocks"] if block["type"] == "section")


@given(st.text(min_size=1, max_size=100))
def test_no_name_mentions_anybody_or_ends_the_table(name: str) -> None:
    shown = slack.answer("", [result(display=f"{name}<!channel>```")])["blocks"][0]["text"]["text"]
    assert shown.count("```") == 2
    assert "<" not in shown


def test_a_long_table_is_cut_and_says_so() -> None:
    answer = slack.answer("", many(3))
    assert len(rows(answer)) == 12
    assert "the 12 fastest of 24" in answer["blocks"][0]["text"]["text"]


def test_without_results_the_answer_says_so() -> None:
    assert slack.answer("", [])["text"] == "There are no results yet."


def test_the_table_says_of_when_it_is() -> None:
    newer = result(measured_at=datetime(2026, 8, 20, tzinfo=UTC))
    assert slack.answer("", [result(), newer])["blocks"][1]["elements"][0]["text"] == "Newest: 2026-08-20"
