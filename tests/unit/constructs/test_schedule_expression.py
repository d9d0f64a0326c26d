"""What EventBridge Scheduler takes as a time, and what it does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constructs_lib.triggers.schedule_expression import is_expression, is_time_zone


@pytest.mark.parametrize(
    "text",
    [
        "rate(1 minute)",
        "rate(5 minutes)",
        "rate(12 hours)",
        "rate(1 days)",
        "at(2027-01-31T06:00:00)",
        "cron(0 6 ? * MON-FRI *)",
        "cron(0/15 8-17 1,15 JAN-MAR ? 2027-2030)",
        "cron(5 04 L * ? *)",
        "cron(5 4 L-3 * ? *)",
        "cron(5 4 LW * ? *)",
        "cron(5 4 15W * ? *)",
        "cron(0 10 ? * 2#1 *)",
        "cron(0 10 ? * FRI#2 *)",
        "cron(0 10 ? * 6L *)",
        "cron(00 00 ? * sun *)",
        "cron(* * * * ? *)",
    ],
)
def test_a_time_that_scheduler_takes_is_one(text: str) -> None:
    assert is_expression(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "rate(0 minutes)",
        "rate(30 seconds)",
        "rate(1.5 hours)",
        "rate(5)",
        "at(2027-02-30T06:00:00)",
        "at(2027-01-31T06:00:00Z)",
        "at(2027-01-31 06:00)",
        "cron(0 6 * * *)",
        "cron(0 6 * * * *)",
        "cron(0 6 ? * ? *)",
        "cron(60 6 ? * * *)",
        "cron(0 24 ? * * *)",
        "cron(0 6 32 * ? *)",
        "cron(0 6 0 * ? *)",
        "cron(0 6 ? 13 * *)",
        "cron(0 6 ? * 8 *)",
        "cron(0 6 ? * MOO *)",
        "cron(0 6 ? * MOO#1 *)",
        "cron(0 6 ? * 2#6 *)",
        "cron(0 6 ? * * 1969)",
        "cron(? 6 ? * * *)",
        "cron(*/0 6 ? * * *)",
        "cron(5- 6 ? * * *)",
        "cron(,5 6 ? * * *)",
        "0 6 ? * * *",
        "every morning",
    ],
)
def test_a_time_that_scheduler_refuses_is_none(text: str) -> None:
    assert not is_expression(text)


@given(minute=st.integers(0, 59), hour=st.integers(0, 23), day=st.integers(1, 31), month=st.integers(1, 12))
def test_any_moment_of_the_year_is_a_time(minute: int, hour: int, day: int, month: int) -> None:
    assert is_expression(f"cron({minute} {hour} {day} {month} ? *)")


@given(st.text("0123456789*?/,-LW# ()", max_size=20))
def test_no_text_makes_the_check_fail(text: str) -> None:
    assert is_expression(f"cron({text})") in (True, False)


def test_a_time_zone_is_a_name_of_the_database() -> None:
    assert is_time_zone("Europe/Stockholm")
    assert not is_time_zone("Europe/Atlantis")
