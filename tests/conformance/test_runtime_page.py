"""The examples of the page about the runtime do what stands below them, in the process that they would run in."""

import json
import os
import re
import signal
from itertools import pairwise
from pathlib import Path

import pytest
from runtime_api import Report, RuntimeApi, Start

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "runtime.md").read_text()
EXAMPLE = re.compile(r"^```python\n(.*?)^```\n\n```text\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)
VARIABLE = re.compile(r"""["'](_?(?:AWS|THAW|LAMBDA|SSL|X_AMZN|HANDLER)(?:_[A-Z]+)*)["']""")
# Of the section that an example is in, and the example.
EXAMPLES = [
    pytest.param(code, told, id=PAGE[: match.start()].rpartition("\n## ")[2].partition("\n")[0])
    for match in EXAMPLE.finditer(PAGE)
    for code, told in [match.groups()]
]


def test_every_piece_of_code_is_followed_by_what_it_does() -> None:
    assert len(EXAMPLES) == PAGE.count("```python\n") > 15


@pytest.mark.parametrize(("code", "told"), EXAMPLES)
def test_an_example_does_what_stands_below_it(code: str, told: str, start: Start, api: RuntimeApi) -> None:
    steps = [(kind, value.lstrip()) for kind, _, value in (line.partition(" ") for line in told.splitlines())]
    variables = assigned("=", [value for kind, value in steps if kind == "variable"])
    headers = assigned(": ", [value for kind, value in steps if kind == "header"])
    environment = start(code, **variables)
    for (kind, value), (then, expected) in pairwise([*steps, ("end", "")]):
        if kind == "restore":
            assert api.await_call().endswith("restore/next")
            api.restore()
        elif kind == "event":
            report = api.invoke(
                value.strip().encode(), **{name.replace("-", "_"): each for name, each in headers.items()}
            )
            assert (then, shown(report)) == (then, expected.strip())
        elif kind == "signal":
            os.kill(environment.pid, signal.Signals[value.strip()])
            assert environment.exit_status() == 0
    logged = [value.strip() for kind, value in steps if kind == "log"]
    if logged and "signal" not in dict(steps):
        api.invoke(
            dict(steps)["event"].strip().encode()
        )  # what follows a response has happened before the next one
        environment.__exit__()
    for line in logged:
        assert re.search(as_pattern(line), environment.output()[0]), environment.output()


def assigned(sign: str, lines: list[str]) -> dict[str, str]:
    """What stands before the sign in each line, with what stands behind it."""
    return {name: value for line in lines for name, value in [line.strip().split(sign, 1)]}


def shown(report: Report) -> str:
    """What came of an event, in the words of the page."""
    body = report.body.decode()
    if report.path.endswith("/response"):
        return body
    described = json.loads(body)
    return f"{described['errorType']}: {described['errorMessage']}"


def as_pattern(line: str) -> str:
    """The line of a log: of ``...`` only the place is told, and blanks may be tabs."""
    return ".*".join(r"\s".join(map(re.escape, part.split(" "))) for part in line.split("..."))


def test_every_variable_that_the_runtime_knows_is_on_the_page() -> None:
    sources = (ROOT / "lambda_src" / "thaw_runtime").glob("*.py")
    known = {name for source in sources for name in VARIABLE.findall(source.read_text())}
    assert {name for name in known if f"`{name}`" not in PAGE} == set()
