"""What EventBridge Scheduler takes as the time of a schedule.

Source: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

import re
from datetime import datetime
from functools import cache
from zoneinfo import available_timezones

_RATE = re.compile(r"rate\(([1-9]\d*) (?:minute|hour|day)s?\)")
_AT = re.compile(r"at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)")
_CRON = re.compile(r"cron\((.*)\)")

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_DAY_OF_MONTH, _DAY_OF_WEEK = 2, 4
# Minute, hour, day of month, month, day of week, year: lowest, highest, names.
_FIELDS: tuple[tuple[int, int, tuple[str, ...]], ...] = (
    (0, 59, ()),
    (0, 23, ()),
    (1, 31, ()),
    (1, 12, _MONTHS),
    (1, 7, _DAYS),
    (1970, 2199, ()),
)

ALLOWED = (
    "rate(5 minutes), cron(0 6 ? * MON-FRI *) with one ? among the days of the month and of the week, "
    "or at(2027-01-31T06:00:00)"
)


def is_expression(text: str) -> bool:
    """Whether EventBridge Scheduler takes ``text`` as a time."""
    if at := _AT.fullmatch(text):
        return _is_moment(at[1])
    cron = _CRON.fullmatch(text)
    return _is_cron(cron[1]) if cron else _RATE.fullmatch(text) is not None


def is_time_zone(name: str) -> bool:
    """Whether the time zone database has ``name``; a system without the database does not know of any to refuse."""
    known = _time_zones()
    return not known or name in known


@cache
def _time_zones() -> frozenset[str]:
    """Every name, looked for once: the database is a tree of hundreds of files."""
    return frozenset(available_timezones())


def _is_moment(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_cron(text: str) -> bool:
    fields = text.split()
    if len(fields) != len(_FIELDS) or [fields[_DAY_OF_MONTH], fields[_DAY_OF_WEEK]].count("?") != 1:
        return False
    return all(_is_field(index, field) for index, field in enumerate(fields))


def _is_field(index: int, field: str) -> bool:
    if field == "?":
        return index in (_DAY_OF_MONTH, _DAY_OF_WEEK)
    return all(_is_part(index, part) for part in field.split(","))


def _is_part(index: int, part: str) -> bool:
    if index == _DAY_OF_MONTH and re.fullmatch(r"L(W|-\d+)?|([1-9]|[12]\d|3[01])W", part):
        return True
    if index == _DAY_OF_WEEK and re.fullmatch(r"L|[1-7](L|#[1-5])|[A-Z]{3}(L|#[1-5])", part):
        return part[:3] in _DAYS or part[0] in "L1234567"
    span, _, step = part.partition("/")
    if "/" in part and not re.fullmatch(r"[1-9]\d*", step):
        return False
    low, high, names = _FIELDS[index]
    values = {str(value): value for value in range(low, high + 1)} | _numbered(low, names)
    return span == "*" or all(_without_zero(value) in values for value in span.split("-", 1))


def _numbered(low: int, names: tuple[str, ...]) -> dict[str, int]:
    return {name: low + index for index, name in enumerate(names)}


def _without_zero(value: str) -> str:
    return value.upper().lstrip("0") or value[-1:]
