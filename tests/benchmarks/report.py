"""The figures of the report page: from cold and warm, with 100,000 samples in PostgreSQL.

Starts the function ``report`` as it is built for Lambda, where its artifact is /var/task, against PostgreSQL and Secrets Manager on
this machine; times from exec to the last byte of the streamed page. Exits with 1 if a figure is missed. Takes about two minutes.
"""

import hmac
import json
import shutil
import sys
import tempfile
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urlencode

from constructs_lib.bundling import Recipe, Start, build
from tests.benchmarks import command, report_attendant, report_samples
from tests.benchmarks.snapshot_figures import Figure, median, starts_table
from thaw_cli import console
from thaw_cli.bench.measure import Case, Run, rotated
from thaw_cli.bench.station import MEASURING, MOUNT_POINT, Station, StationError, equip
from thaw_cli.local.aws import DATABASE_SECRET, SLACK_SECRET
from thaw_cli.local.cloud import Cloud

FORMAT = "thaw-bench-report/1"
SOURCE = Path(__file__).parents[2] / "lambda_src" / "functions" / "report"
METHOD = (
    f"exec to the last byte of the page of {report_samples.SERIES} series; {report_samples.SAMPLES:,} samples in PostgreSQL on loopback; "
    "emulated Runtime API; artifact at /var/task; starts interleaved, order rotating; page cache warm; no memory limit"
)
STARTS, WARM_INVOCATIONS, WARMING_UP = 20, 220, 20
# Slack gives up after three seconds, its own way to here included.
COLD_MS, WARM_MS, SLACK_MS = 300, 30, 1500
SNAPSHOT, INITIALISED, PORTABLE = "snapshot", "snapshot, initialised", "portable"
IMAGE = str(MOUNT_POINT / "bootstrap")
# Beside the package in the scratch folder, where there is no package tests.
ATTENDANT = "report_attendant"

Runs: TypeAlias = dict[str, list[Run]]


@dataclass(frozen=True)
class Measured:
    """Single starts for the page and for the slash command, and warm round trips in milliseconds, all by variant."""

    page: Runs
    slack: Runs
    warm: Mapping[str, list[float]]


@dataclass(frozen=True)
class Trial:
    """Requests to the function in every variant.

    Attributes:
        stations: a measuring process in each task root.
        scratch: their scratch folder.
        variables: of the function.
        secret: Slack's signing secret.
    """

    stations: Mapping[str, Station]
    scratch: Path
    variables: Mapping[str, str]
    secret: str

    def page(self, starts: int) -> Runs:
        """Single starts that show the page, taking turns."""
        self._request({})
        return self._turns(starts, f"{report_samples.SERIES} series")

    def slack(self, starts: int) -> Runs:
        """Single starts that answer the slash command, taking turns."""
        self._request(signed("512 arm64", self.secret))
        return self._turns(starts, "Cold starts of")

    def warm(self) -> dict[str, list[float]]:
        """Round trips of one environment each that shows the page, without those that warm it up."""
        self._request({})
        text = f"{report_samples.SERIES} series"
        return {
            name: self._serve(name, text, WARM_INVOCATIONS).warm_ms[WARMING_UP:] for name in self.stations
        }

    def _request(self, event: Mapping[str, Any]) -> None:
        (self.scratch / report_attendant.EVENT.name).write_text(json.dumps(event))

    def _turns(self, starts: int, expected: str) -> Runs:
        runs: Runs = {name: [] for name in self.stations}
        with console.progress("starting") as progress:
            for turn in range(starts):
                for name in rotated(list(self.stations), turn):
                    runs[name].append(self._serve(name, expected))
                progress(turn + 1, starts)
        return runs

    def _serve(self, name: str, expected: str, invocations: int = 1) -> Run:
        given = {
            **self.variables,
            "LAMBDA_TASK_ROOT": str(MOUNT_POINT),
            "_HANDLER": "handler.handle",
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
        }
        run = self.stations[name].run(Case(name, [IMAGE], given, MOUNT_POINT), invocations=invocations)
        if expected not in run.response:
            raise StationError(f"{name} answers something else: {run.response[:300]}")
        if name != PORTABLE and run.executable != IMAGE:
            raise StationError(f"{name} fell back on {run.executable}; stderr has the reason")
        return run


def signed(words: str, secret: str) -> dict[str, Any]:
    """A slash command as Slack sends it and a function URL hands it over; good for five minutes."""
    body, timestamp = urlencode({"command": "/coldstarts", "text": words}), str(int(time.time()))
    digest = hmac.new(secret.encode(), f"v0:{timestamp}:{body}".encode(), "sha256").hexdigest()
    return {
        "rawPath": "/slack",
        "requestContext": {"http": {"method": "POST"}},
        "headers": {"x-slack-request-timestamp": timestamp, "x-slack-signature": f"v0={digest}"},
        "body": b64encode(body.encode()).decode(),
        "isBase64Encoded": True,
    }


def measure(folder: Path, starts: int = STARTS) -> Measured:
    """Builds, fills a database, and runs every variant.

    Args:
        folder: an empty one.
        starts: of each variant.

    Raises:
        BundlingError: the function cannot be built.
        StationError: the function failed, or did not start as it was built.
    """
    with Cloud(folder / "cloud") as cloud:
        report_samples.fill(cloud.postgres.connection)
        variables = {
            **cloud.aws.variables(),
            "DATABASE_SECRET": DATABASE_SECRET,
            "SLACK_SECRET": SLACK_SECRET,
        }
        stored = cloud.aws.client("secretsmanager").get_secret_value(SecretId=SLACK_SECRET)["SecretString"]
        roots = {name: build(recipe).root for name, recipe in recipes(variables).items()}
        scratch = scratch_of(folder / "scratch", roots[PORTABLE])
        with opened(roots, scratch) as stations:
            trial = Trial(stations, scratch, variables, json.loads(stored)["signing_secret"])
            return Measured(page=trial.page(starts), slack=trial.slack(starts), warm=trial.warm())


def recipes(variables: Mapping[str, str]) -> dict[str, Recipe]:
    """What to build; keys are known at deployment only, as on Lambda."""
    known = {**variables, "AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}
    made: dict[str, Any] = {"source": SOURCE, "handler": "handler.handle", "environment": known}
    return {
        SNAPSHOT: Recipe(**made, start=Start.SNAPSHOT),
        INITIALISED: Recipe(**made, start=Start.SNAPSHOT, initialize_at_build_time=True),
        PORTABLE: Recipe(**made, start=Start.PORTABLE),
    }


def scratch_of(folder: Path, root: Path) -> Path:
    """What measuring needs inside a task root, with an attendant that reads streamed responses."""
    folder.mkdir()
    equip(folder, root)
    shutil.copy(report_attendant.__file__, folder / MEASURING / f"{ATTENDANT}.py")
    return folder


@contextmanager
def opened(roots: Mapping[str, Path], scratch: Path) -> Iterator[dict[str, Station]]:
    """A measuring process in each task root."""
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(Station(root, scratch, attendant=ATTENDANT))
            for name, root in roots.items()
        }


def figures(measured: Measured) -> list[Figure]:
    """What was reached, beside what is promised of snapshots."""
    promised = dict.fromkeys((SNAPSHOT, INITIALISED), (COLD_MS, SLACK_MS, WARM_MS))
    return [
        figure
        for name in measured.page
        for most_cold, most_slack, most_warm in [promised.get(name, (None, None, None))]
        for figure in (
            median(f"page from cold, {name}", [run.cold_ms for run in measured.page[name]], most_cold, "ms"),
            median(
                f"slash command from cold, {name}",
                [run.cold_ms for run in measured.slack[name]],
                most_slack,
                "ms",
            ),
            median(f"page from warm, {name}", measured.warm[name], most_warm, "ms"),
        )
    ]


def samples(measured: Measured) -> dict[str, Any]:
    """Everything raw, for machines."""
    return {
        "page_cold_ms": {name: [run.cold_ms for run in runs] for name, runs in measured.page.items()},
        "slack_cold_ms": {name: [run.cold_ms for run in runs] for name, runs in measured.slack.items()},
        "page_warm_ms": dict(measured.warm),
    }


def main() -> int:
    """Measures and prints."""
    options = command.parser(__doc__, STARTS, of_each="variant").parse_args()
    before = command.conditions(METHOD)
    with tempfile.TemporaryDirectory(prefix="thaw-bench-") as folder:
        measured = measure(Path(folder), options.starts)
    reached = figures(measured)
    return command.conclude(
        command.document(FORMAT, reached, before, **samples(measured)),
        reached,
        starts_table(measured.page, "Exec to the last byte of the page"),
        file=options.json,
    )


if __name__ == "__main__":
    sys.exit(main())
