"""``thaw demo``: the main job, end to end."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from constructs_lib.bundling.snapshot import REPORT
from thaw_cli import cdk, console
from thaw_cli.bench import results as bench
from thaw_cli.bench.cases import AWSLAMBDARIC, artifact_case, awslambdaric_case, portable_case
from thaw_cli.bench.measure import Case, Run, Samples, measure
from thaw_cli.bench.station import AWSLAMBDARIC_FOLDER, AWSLAMBDARIC_VARIABLES, MOUNT_POINT, Station, equip
from thaw_cli.demo.deployed import Deployed, download
from thaw_cli.demo.observatory import Observatory, Outcome, await_posts
from thaw_cli.demo.report import Reading
from thaw_cli.demo.report import read as read_report
from thaw_cli.demo.webhook import Webhook
from thaw_cli.demo.workspace import workspace
from thaw_cli.local import keeper
from thaw_cli.local.cloud import FOLDER, Cloud, exclusive
from thaw_cli.project import require_project

ALERTS_SHOWN = 10
SNAPSHOT, PORTABLE = "Thaw, snapshot", "Thaw, portable start"


@click.command(epilog=console.epilog("thaw demo", "thaw demo --keep --results ~/lambda-perf/data"))
@click.option(
    "--results",
    type=click.Path(path_type=Path, file_okay=False),
    help="Files to feed besides the demo's own measurement; a folder that is absent is skipped.",
)
@click.option("--keep", is_flag=True, help="Leave the cloud up and print how to go on.")
@click.option(
    "--cold", default=50, show_default=True, type=click.IntRange(5, 10_000), help="Cold starts per runtime."
)
@click.option(
    "--warm", default=1000, show_default=True, type=click.IntRange(50, 1_000_000), help="Warm round trips."
)
@click.option(
    "--engine",
    is_flag=True,
    help="Run the functions made of images in containers, by docker or what CDK_DOCKER names.",
)
@click.option("--kept", is_flag=True, hidden=True)
@console.json_option
def command(results: Path | None, *, keep: bool, cold: int, warm: int, engine: bool, kept: bool) -> None:
    """Start an AWS on this machine, deploy to it, measure what was deployed, and show real results.

    Deploys environment local with the real CDK CLI; measures cold and warm starts of the deployed function against
    awslambdaric on the same Python, interleaved; uploads that measurement, files of --results and two damaged ones; waits
    until they are through S3, PostgreSQL, SNS, DynamoDB and a webhook; prints the table, the alerts and the quarantine.
    """
    if not (keep or kept):
        # Under a keeper: whatever ends this process, nothing that it started goes on.
        sys.exit(keeper.run([sys.executable, "-m", "thaw_cli", *sys.argv[1:], "--kept"]))
    project = require_project()
    with _cloud(project, keep=keep, engine=engine) as (cloud, folder), Webhook() as webhook:
        outputs = _deploy(cloud, project, folder)
        cloud.aws.set_webhook(webhook.url)
        probe = _download(cloud, outputs["ProbeFunction"], folder)
        measured = _measure(probe, cold, warm, folder)
        observatory = Observatory(cloud.aws, outputs, cloud.postgres.dsn)
        with console.progress("feeding the observatory") as progress:
            measurement = bench.document(measured)
            uploaded = _feed(observatory, measurement, results)
            observatory.await_objects(uploaded, progress)
            observatory.await_summaries(progress)
            outcome = observatory.outcome()
            await_posts(outcome, webhook.posted, progress)
        with console.step("reading the report, a container, through its URL"):
            report = read_report(cloud.aws, outputs["ReportAddress"])
        _show(measured, measurement, outcome, uploaded, len(webhook.received), report=report)
    if keep:
        _show_how_to_go_on(report)


@contextmanager
def _cloud(project: Path, *, keep: bool, engine: bool) -> Iterator[tuple[Cloud, Path]]:
    """A running cloud and its folder: the project's if it is to be kept, else one of its own."""
    with exclusive(project / FOLDER) if keep else workspace(project / ".thaw") as own:
        folder = own or project / FOLDER
        cloud = Cloud(folder, engine=engine)
        with console.step("starting an AWS and a PostgreSQL on this machine"):
            cloud.start()
        try:
            yield cloud, folder
        except BaseException:
            cloud.stop()
            raise
        if keep:
            cloud.detach()
        else:
            cloud.stop()


def _deploy(cloud: Cloud, project: Path, folder: Path) -> dict[str, str]:
    with console.step(
        "building the functions and deploying environment local (cdk bootstrap, cdk deploy)"
    ) as report:
        stacks = cdk.deploy_local(cloud.aws, project=project, output=folder / "cdk.out", report=report)
    return {key: value for outputs in stacks.values() for key, value in outputs.items()}


def _download(cloud: Cloud, function: str, folder: Path) -> Deployed:
    with console.step(f"downloading the deployed code of {function}"):
        return download(cloud.aws, function, folder / "probe")


def _measure(probe: Deployed, cold: int, warm: int, folder: Path) -> list[bench.Result]:
    with (
        console.progress("measuring cold and warm starts, interleaved") as progress,
        _contest(probe, folder) as (cases, start),
    ):
        total, done = len(cases) * (cold + 10), 0

        def advance() -> None:
            nonlocal done
            done += 1
            progress(done, total)

        samples = measure(cases, cold=cold, warm=warm, start=start, progress=advance)
    return [_result(case.name, samples[case.name], probe) for case in cases]


@contextmanager
def _contest(probe: Deployed, folder: Path) -> Iterator[tuple[list[Case], Callable[[Case, int], Run] | None]]:
    """What is compared and how it is run: where the artifact is /var/task, unless it starts from anywhere."""
    if not (probe.root / REPORT).is_file():
        ours = artifact_case(PORTABLE, probe.root, probe.handler)
        yield [ours, awslambdaric_case(probe.root, probe.handler)], None
        return
    scratch = folder / "measuring"
    equip(scratch, probe.root)
    cases = [
        artifact_case(SNAPSHOT, MOUNT_POINT, probe.handler),
        portable_case(PORTABLE, MOUNT_POINT, probe.handler),
        awslambdaric_case(MOUNT_POINT, probe.handler, AWSLAMBDARIC_VARIABLES, client=AWSLAMBDARIC_FOLDER),
    ]
    with Station(probe.root, scratch) as station:
        yield cases, lambda case, invocations: station.run(case, invocations=invocations)


def _result(name: str, samples: Samples, probe: Deployed) -> bench.Result:
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    return bench.Result(
        runtime=f"python{version} {name}",
        display=f"{name}, Python {version}",
        memory_mb=probe.memory_mb,
        samples=samples,
    )


def _feed(observatory: Observatory, own: Mapping[str, Any], results: Path | None) -> int:
    body = json.dumps(own).encode()
    files = {f"thaw-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json": body}
    if results is not None and results.is_dir():
        files |= {path.name: path.read_bytes() for path in sorted(results.glob("*.json"))}
    # Two that cannot be read, to show what becomes of them.
    files["damaged-truncated.json"] = body[: len(body) // 2]
    files["damaged-unknown-field.json"] = json.dumps({**own, "comment": "not in the format"}).encode()
    for name, content in files.items():
        observatory.upload(name, content)
    return len(files)


def _show(
    measured: list[bench.Result],
    measurement: Mapping[str, Any],
    outcome: Outcome,
    uploaded: int,
    posts: int,
    *,
    report: Reading,
) -> None:
    document = {
        "measurement": measurement,
        "uploaded": uploaded,
        "samples": outcome.samples,
        "results": outcome.results,
        "alerts": outcome.alerts,
        "posted": posts,
        "quarantined": outcome.quarantined,
        "report": asdict(report),
    }

    def render(out: Console) -> None:
        out.print()
        out.print(
            bench.table(measured, "Cold and warm starts of the deployed function, this machine, milliseconds")
        )
        *ours, theirs = measured
        shares = ", ".join(
            f"{result.display} {bench.ratio(result.samples, theirs.samples):.3f}" for result in ours
        )
        out.print(
            f"\nMedian cold start as a part of {AWSLAMBDARIC}'s: {shares}. {bench.METHOD}.", markup=False
        )
        out.print(
            f"\n{uploaded} files in, {outcome.results} results with {outcome.samples} samples in PostgreSQL, "
            f"{len(outcome.alerts)} alerts, {_posts(posts, len(outcome.alerts))}, "
            f"{len(outcome.quarantined)} files in quarantine.\n"
            f"The report, a container, showed {report.series} series on a page of {report.page_bytes / 1000:,.0f} kB: "
            f"{report.first_ms:,.0f} ms with its start, {report.again_ms:,.0f} ms again.\n",
            markup=False,
        )
        _render_alerts(out, outcome.alerts)
        _render_quarantine(out, outcome.quarantined)

    console.show(document, render)


def _posts(posts: int, alerts: int) -> str:
    """What the webhook got; more than there are alerts where files overtook each other."""
    overtaken = ", some of them about alerts that a file arriving later withdrew" if posts > alerts else ""
    return f"{posts} posts to the webhook{overtaken}"


def _render_alerts(out: Console, alerts: list[dict[str, Any]]) -> None:
    if not alerts:
        out.print("No alerts: no series became slower than the result before it.")
        return
    shown = [(f"{float(alert['ratio']):.2f}", alert["message"]) for alert in alerts[:ALERTS_SHOWN]]
    out.print(console.table(f"Alerts, the {len(shown)} largest of {len(alerts)}", ("ratio", "alert"), shown))


def _render_quarantine(out: Console, quarantined: list[dict[str, Any]]) -> None:
    rows = [
        (reason["key"], reason["reason"], f"{reason['path']}: {reason['message']}") for reason in quarantined
    ]
    out.print()
    out.print(
        console.table("Quarantined, each with its reason beside it", ("object", "reason", "where"), rows)
    )


def _show_how_to_go_on(report: Reading) -> None:
    console.note(
        "\nThe cloud is still up (its webhook is not: it was part of this command).\n"
        f"The report: {report.address}\n"
        '  eval "$(thaw cloud status --export)"      point AWS tools at it\n'
        "  thaw deploy -e local                      deploy again after a change\n"
        "  thaw cloud down                           stop it"
    )
