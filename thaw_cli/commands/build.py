"""``thaw build``: one function's artifact, as a folder."""

from pathlib import Path
from typing import Any

import click
from rich.console import Console

from constructs_lib.bundling import check_place, place
from constructs_lib.bundling.limits import DIRECT_UPLOAD_BYTES, UNZIPPED_BYTES, megabytes
from thaw_cli import console
from thaw_cli.commands.recipes import built, recipe_of, recipe_options


@click.command(
    epilog=console.epilog(
        "thaw build lambda_src/functions/alert --handler handler.handle --out build/alert",
        "thaw inspect build/alert",
        "thaw invoke lambda_src/functions/alert --handler handler.handle --event '{}'",
    )
)
@recipe_options
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Where the task root goes; an earlier output there is replaced.",
)
@console.json_option
def command(out: Path, **options: Any) -> None:
    """Make the task root of the function in DIR.

    OUT/bootstrap runs under any Runtime API: AWS Lambda, the emulator (thaw invoke), your own. An unchanged function is
    not built again; what no build or deployment took for 30 days is removed from the cache.
    """
    recipe = recipe_of(options)
    check_place(out, recipe.source)
    artifact = built(recipe)
    place(artifact, out)
    document = {
        "out": str(out),
        "fingerprint": artifact.fingerprint,
        "reused": artifact.reused,
        "zip_bytes": artifact.zip_bytes,
        "unzipped_bytes": artifact.unzipped_bytes,
        "start": "portable" if artifact.snapshot is None else "snapshot",
        "snapshot": artifact.snapshot,
    }
    rows = [
        ("task root", f"{out}{'  (nothing had changed)' if artifact.reused else ''}"),
        ("start", _start(artifact.snapshot)),
        ("zipped", zipped(artifact.zip_bytes)),
        ("unzipped", f"{megabytes(artifact.unzipped_bytes)} of {megabytes(UNZIPPED_BYTES)}"),
    ]

    def render(screen: Console) -> None:
        for name, value in rows:
            screen.print(f"{name:<10} {value}", markup=False)

    console.show(document, render)


def zipped(size: int) -> str:
    """The size of a zip beside the limit that counts where no bucket is between."""
    if size <= DIRECT_UPLOAD_BYTES:
        return f"{megabytes(size)} of {megabytes(DIRECT_UPLOAD_BYTES)} for an upload by hand"
    return f"{megabytes(size)}; over {megabytes(DIRECT_UPLOAD_BYTES)}, so it has to go through a bucket, as cdk deploy does"


def _start(snapshot: dict[str, Any] | None) -> str:
    if snapshot is None:
        return "portable"
    held = (
        "the handler's module too" if snapshot["level"] == "handler" else "the handler is imported at start"
    )
    return f"snapshot of {len(snapshot['modules'])} modules; {held}"
