"""Under AWS's own Runtime Interface Emulator a caller gets the same from both runtimes."""

import json
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests import builds
from tests.conformance.comparison.comparing import HANDLERS
from tests.conformance.comparison.fields import normal
from tests.conformance.comparison.model import Case
from tests.conformance.comparison.tables import TABLES
from thaw_cli.local.emulator import Emulator

# The emulator's own, of each invocation.
_IDS = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{32}")
_BRIDGE = f'#!/bin/sh\nexec "{sys.executable}" -m awslambdaric "$_HANDLER"\n'


def _plain(scenario: str) -> list[Case]:
    """The cases of a scenario that the emulator can bring about, and in which both do the same."""
    cases = next(one for table in TABLES.values() for one in table if one.name == scenario).cases
    return [case for case in cases if not case.why and not any(event.headers for event in case.events)]


CASES = {
    "values.handle": _plain("results"),
    "behaviours.handle": [case for case in _plain("errors") if "close" not in case.claim],
    "contexts.handle": _plain("context"),
}


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, list[Emulator]]]:
    """By handler, an emulator that runs AWS's runtime and one that runs ours."""
    scratch = tmp_path_factory.mktemp("emulators")
    source = shutil.copytree(
        HANDLERS, scratch / "theirs", ignore=shutil.ignore_patterns("*.toml", "__pycache__")
    )
    ours = builds.built(source, handler="values.handle").root
    (source / "bootstrap").write_text(_BRIDGE)
    (source / "bootstrap").chmod(0o755)
    with ExitStack() as running:
        yield {
            handler: [_started(root, handler, running, scratch) for root in (source, ours)]
            for handler in CASES
        }


def _started(root: Path, handler: str, running: ExitStack, scratch: Path) -> Emulator:
    folder = scratch / f"{root.name}-{handler}"
    folder.mkdir()
    return running.enter_context(Emulator(root, handler, folder=folder, variables={}, timeout=20))


def _payload(emulator: Emulator, event: bytes) -> str:
    answer = emulator.invoke(event).payload.decode("utf-8", "backslashreplace")
    return normal(_IDS.sub("<id>", answer.replace(str(emulator._root), "<task>")), emulator._root)


@pytest.mark.parametrize(
    ("handler", "case"),
    [
        pytest.param(handler, case, id=f"{handler} {case.row} {case.claim}")
        for handler, cases in CASES.items()
        for case in cases
    ],
)
def test_a_caller_gets_the_same(answers: dict[str, list[Emulator]], handler: str, case: Case) -> None:
    (event,) = case.events
    theirs, ours = (_payload(emulator, event.body) for emulator in answers[handler])
    assert ours == theirs, json.loads(event.body)
