"""Which series a reader wants to see."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode

from results import Result

SOURCES = ("thaw-bench", "lambda-perf")
PACKAGES = ("zip", "image")
ARCHITECTURES = ("x86_64", "arm64")
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
LEAST_MEMORY_MB, MOST_MEMORY_MB = 128, 10_240
LONGEST_NAME = 100
MOST_FIELDS = 20
WHOLE_NUMBER = re.compile(r"[0-9]{1,5}", re.ASCII)


class ChoiceError(Exception):
    """The query string asks for what there cannot be; the message says what is allowed."""


@dataclass(frozen=True)
class Choice:
    """What a series must have to be shown; ``None`` is anything.

    Attributes:
        runtime: its runtime, or the label that is shown for it.
    """

    runtime: str | None = None
    package: str | None = None
    memory: int | None = None
    architecture: str | None = None
    source: str | None = None

    @classmethod
    def of(cls, query: str) -> Self:
        """Read a query string. An empty value is none at all: that is how a form says "any".

        Raises:
            ChoiceError: an unknown parameter, one that is given twice, or a value that is not allowed.
        """
        chosen: dict[str, str] = {}
        for name, value in fields_of(query):
            if name not in READERS:
                raise ChoiceError(f"unknown parameter {quoted(name)}: allowed are {', '.join(READERS)}")
            if name in chosen:
                raise ChoiceError(f"{name} is given twice: one value is allowed")
            chosen[name] = value
        return cls(**{name: READERS[name](name, value) for name, value in chosen.items() if value})

    def among(self, results: Iterable[Result]) -> list[Result]:
        """Those of the results that were chosen, in their order."""
        return [result for result in results if self.takes(result)]

    def takes(self, result: Result) -> bool:
        return (
            self.runtime in (None, result.runtime, result.display)
            and self.package in (None, result.package)
            and self.memory in (None, result.memory_mb)
            and self.architecture in (None, result.architecture)
            and self.source in (None, result.source)
        )

    @property
    def query(self) -> str:
        """The query string that makes this choice, in one way only; empty where everything is chosen."""
        return urlencode({name: value for name, value in asdict(self).items() if value is not None})


def fields_of(query: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError:  # UnicodeDecodeError is one
        raise ChoiceError(f"the query string is not UTF-8, or has more than {MOST_FIELDS} fields") from None


def read_runtime(name: str, value: str) -> str:
    if len(value) > LONGEST_NAME or not value.isprintable():
        raise ChoiceError(f"{name} is 1 to {LONGEST_NAME} printable characters")
    return value


def read_memory(name: str, value: str) -> int:
    if not WHOLE_NUMBER.fullmatch(value) or not LEAST_MEMORY_MB <= int(value) <= MOST_MEMORY_MB:
        allowed = f"a whole number of MB from {LEAST_MEMORY_MB} to {MOST_MEMORY_MB}"
        raise ChoiceError(f"{name} is {quoted(value)}: allowed is {allowed}")
    return int(value)


def read_one_of(allowed: tuple[str, ...]) -> Callable[[str, str], str]:
    def read(name: str, value: str) -> str:
        if value not in allowed:
            raise ChoiceError(f"{name} is {quoted(value)}: allowed are {' and '.join(allowed)}")
        return value

    return read


# One character may take ten to be shown.
LONGEST_QUOTED = 100


def quoted(text: str) -> str:
    """A text of the reader's, short and in ASCII."""
    shown = ascii(text[:40])
    return shown if len(shown) <= LONGEST_QUOTED else f"{shown[:LONGEST_QUOTED]}..."


READERS: Mapping[str, Callable[[str, str], Any]] = {
    "runtime": read_runtime,
    "package": read_one_of(PACKAGES),
    "memory": read_memory,
    "architecture": read_one_of(ARCHITECTURES),
    "source": read_one_of(SOURCES),
}
