"""Functions that are initialised at build time, and processes that take them up and run code that a test sends.

Such a function's handler is ``afterwards.handle`` of ``handlers/afterwards``, or ends with ``RUNS_CODE``.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from runtime_api import Environment, Report, RuntimeApi
from snapshots import inside

from constructs_lib.bundling import Architecture, Artifact, Start
from constructs_lib.bundling.starts import obstacle
from tests import builds

HANDLERS = Path(__file__).with_name("handlers")
RUNS_CODE = """
def handle(event, context):
    names = dict(globals())
    exec(event, names)
    return names.get("result")
"""
PORTABLE = "starting without the snapshot"


@dataclass(frozen=True)
class Taken:
    """What came of one process that took a snapshot up."""

    report: Report
    out: str
    err: str

    @property
    def result(self) -> Any:
        """What the handler returned; fails where it did not."""
        assert self.report.path.endswith("/response"), self.report.body.decode() + self.err
        return json.loads(self.report.body)

    @property
    def error(self) -> dict[str, Any]:
        """What was reported as an error; fails where there was none."""
        assert self.report.path.endswith("/error"), self.report.body.decode()
        error: dict[str, Any] = json.loads(self.report.body)
        return error


def initialised(source: Path, *, handler: str = "handler.handle", **options: Any) -> Artifact:
    """The task root of a snapshot, its handler initialised unless told otherwise; there is no zip, which takes long.

    So it may hold everything that is to work, which is more than Lambda takes.

    Raises:
        BundlingError: as ``build`` does.
    """
    if (reason := obstacle(Architecture.X86_64)) is not None:
        pytest.skip(reason)
    options = {"initialize_at_build_time": True, **options}
    return builds.built(source, handler=handler, start=Start.SNAPSHOT, zipped=False, **options)


def from_code(folder: Path, code: str, **options: Any) -> Artifact:
    """``initialised`` with a module of this code, which runs what a test sends."""
    return initialised(builds.function(folder, handler=code + RUNS_CODE), **options)


@contextmanager
def environment(
    artifact: Artifact, api: RuntimeApi, handler: str = "handler.handle", **variables: str
) -> Iterator[Environment]:
    """A process that takes the artifact up with what every environment of Lambda has, and these variables."""
    given = {
        "AWS_LAMBDA_RUNTIME_API": api.address,
        "AWS_ACCESS_KEY_ID": "AKIDREAL",
        "AWS_SECRET_ACCESS_KEY": "of this process",
        "LAMBDA_TASK_ROOT": "/var/task",
        "TZ": ":UTC",
        "LANG": "en_US.UTF-8",
        "_HANDLER": handler,
        **variables,
    }
    with Environment(
        [*inside(artifact.root, "start"), "/var/task/bootstrap"], given, artifact.root
    ) as started:
        yield started


def take_up(artifact: Artifact, code: str, **variables: str) -> Taken:
    """Takes the artifact up in a new process and has it run the code; ``result`` is what the code calls so."""
    with RuntimeApi() as api, environment(artifact, api, **variables) as started:
        api.send(json.dumps(code).encode())
        report = api.await_report()
        started.__exit__()
        return Taken(report, *started.output())


def ends(artifact: Artifact, code: str, **variables: str) -> tuple[int, str, str]:
    """Exit status and output of a process that takes the artifact up and runs code that ends it."""
    with RuntimeApi() as api, environment(artifact, api, **variables) as started:
        api.send(json.dumps(code).encode())
        return started.exit_status(), *started.output()
