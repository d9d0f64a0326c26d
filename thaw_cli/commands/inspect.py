"""``thaw inspect``: what a snapshot holds."""

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from constructs_lib.bundling.limits import MEBIBYTE, megabytes
from constructs_lib.bundling.snapshot import REPORT
from thaw_cli import console
from thaw_cli.errors import NotATaskRootError

ROWS = 12  # of a table of what takes space


@click.command(
    epilog=console.epilog(
        "thaw build lambda_src/functions/alert --handler handler.handle --out build/alert",
        "thaw inspect build/alert",
        "thaw inspect build/alert --json | jq .environment",
    )
)
@click.argument("out", metavar="OUT", type=click.Path(path_type=Path, file_okay=False))
@click.option("--modules", is_flag=True, help="List every module of the snapshot.")
@console.json_option
def command(out: Path, *, modules: bool) -> None:
    """Show what the snapshot in OUT holds: a task root that `thaw build --out OUT` made.

    Modules that are initialised, variables of the environment that they read and that every start compares, hooks, what
    processor it needs, what takes the space, and what could not be part of it and why. Values of variables are not shown.
    """
    snapshot = _read(out)

    def render(screen: Console) -> None:
        _show(screen, snapshot)
        if modules:
            rows = [
                [name, file or "in the interpreter"] for name, file in sorted(snapshot["modules"].items())
            ]
            screen.print(console.table("Modules", ("module", "file"), rows))

    console.show(snapshot, render)


def _read(out: Path) -> dict[str, Any]:
    report = out / REPORT
    if not (out / "bootstrap").is_file():
        raise NotATaskRootError(
            "there is no function in that folder",
            received=out,
            allowed="a folder that `thaw build --out` made",
            change="build it first",
        )
    if not report.is_file():
        raise NotATaskRootError(
            "the function in that folder starts without a snapshot",
            received=out,
            allowed="one that was built with --start snapshot",
            change="build it with --start snapshot; the message says what prevents it, if something does",
        )
    snapshot: dict[str, Any] = json.loads(report.read_text())
    return snapshot


def _show(screen: Console, snapshot: Mapping[str, Any]) -> None:
    held = {
        "handler": "runtime, dependencies and the handler's module",
        "dependencies": "runtime and dependencies; the handler's module is imported at start",
    }
    rows = [
        ("holds", held[snapshot["level"]]),
        ("made with", f"CPython {snapshot['python']} for {snapshot['architecture']}"),
        ("processor", snapshot["processor"]),
        ("image", f"{megabytes(snapshot['image_bytes'])} in {snapshot['segments']} segments"),
        (
            "memory",
            f"{megabytes(snapshot['memory_bytes'])}, {megabytes(snapshot['shared_bytes'])} of it from the artifact's own files",
        ),
        (
            "a start",
            f"uses {megabytes(snapshot['used_bytes'])} of the image, {megabytes(snapshot['written_bytes'])} of it to write to",
        ),
        ("modules", f"{len(snapshot['modules'])} initialised"),
        ("environment", _environment(snapshot)),
        ("before hooks", ", ".join(snapshot["hooks"]["before"]) or "none"),
        ("after hooks", ", ".join(snapshot["hooks"]["after"]) or "none"),
    ]
    for name, value in rows:
        screen.print(f"{name:<13} {value}", markup=False)
    if snapshot["trial_failure"]:
        screen.print(f"trial run     {snapshot['trial_failure']}", markup=False)
    for title, columns, cells in _tables(snapshot):
        if cells:
            screen.print()
            screen.print(console.table(title, columns, cells))


def _environment(snapshot: Mapping[str, Any]) -> str:
    count = len(snapshot["environment"])
    return f"{count} variables read" if count else "nothing read"


def _tables(snapshot: Mapping[str, Any]) -> list[tuple[str, tuple[str, ...], list[list[str]]]]:
    read = sorted(snapshot["environment"].items())
    return [
        (
            "Variables that were read; a start with other values does without the snapshot",
            ("variable", "read at"),
            [list(each) for each in read],
        ),
        (
            "Left out",
            ("package", "because it"),
            [list(each) for each in snapshot["not_preloaded"].items()],
        ),
        (
            "What takes the image",
            ("what", "MB"),
            [[name or "heap and stacks", _mb(size)] for name, size in _largest(snapshot["space"])],
        ),
        (
            "What takes the memory: Python objects by package",
            ("package", "modules", "MB"),
            _packages(snapshot),
        ),
    ]


def _packages(snapshot: Mapping[str, Any]) -> list[list[str]]:
    counts = Counter(name.partition(".")[0] for name in snapshot["modules"])
    return [[name, str(counts[name]), _mb(size)] for name, size in _largest(snapshot["python_bytes"])]


def _largest(sizes: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(sizes.items(), key=lambda item: -item[1])[:ROWS]


def _mb(size: int) -> str:
    return f"{size / MEBIBYTE:.2f}"
