"""``thaw image``: a function's container image, as an archive or running, without an engine."""

import socket
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from constructs_lib.bundling import container_engine, oci
from constructs_lib.bundling.limits import MEBIBYTE, megabytes
from thaw_cli import archive, console
from thaw_cli.commands.invocations import environment_options, event_of, show, variables_of
from thaw_cli.commands.recipes import recipe_of, recipe_options
from thaw_cli.errors import PortTakenError, ServerFailedError, UnsupportedSystemError
from thaw_cli.local.emulator import INVOCATIONS, machine
from thaw_cli.local.image_emulator import ImageEmulator, tree_of
from thaw_cli.local.keeper import require_linux
from thaw_cli.local.ports import LOOPBACK, free_port

PORT = 9000


@click.group(
    epilog=console.epilog(
        "thaw image build hello --handler handler.handle --out hello.tar",
        "thaw image run hello --handler handler.handle",
    )
)
def command() -> None:
    """A function as a container image, made and run without an engine."""


@command.command(
    epilog=console.epilog(
        "thaw image build hello --handler handler.handle --out hello.tar", "docker load --input hello.tar"
    )
)
@recipe_options
@click.option(
    "--emulator/--no-emulator",
    default=True,
    show_default=True,
    help="Put AWS's Runtime Interface Emulator into the image, so that it runs on a developer's machine.",
)
@click.option(
    "--snap-start", is_flag=True, help="Label the image as one that SnapStart may take snapshots of."
)
@click.option(
    "--base",
    metavar="IMAGE",
    help="Put the layers upon this image; the archive is then what an engine builds from.  [default: FROM scratch]",
)
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where the archive goes; an earlier one there is replaced.",
)
@console.json_option
def build(*, emulator: bool, snap_start: bool, base: str | None, out: Path, **options: Any) -> None:
    """Make the image of the function in DIR, as an archive that docker load and skopeo take.

    The same function gives the same archive, byte for byte, but for the memory of a snapshot. Layers that did not change are
    those of the image before, which registries and engines know again.
    """
    archive.check_place(out)
    recipe = oci.ImageRecipe(function=recipe_of(options), emulator=emulator, snap_start=snap_start, base=base)
    image = _built(recipe)
    size = archive.write(image.context or image.layout, out)
    document = {
        "out": str(out),
        "archive_bytes": size,
        "tag": image.tag,
        "fingerprint": image.fingerprint,
        "reused": image.reused,
        "compressed_bytes": image.compressed_bytes,
        "uncompressed_bytes": image.uncompressed_bytes,
        "layers": [asdict(layer) for layer in image.layers],
        "next": _next_steps(recipe, image, out),
    }

    def render(screen: Console) -> None:
        screen.print(f"{image.tag} in {out}\n", markup=False, soft_wrap=True)
        screen.print(console.table("Layers", ("layer", "compressed", "files", ""), _rows(image)))
        screen.print("\nNext:")
        for line in _next_steps(recipe, image, out):
            screen.print(f"  {line}", markup=False, soft_wrap=True)

    console.show(document, render)


@command.command(
    epilog=console.epilog(
        "thaw image run hello --handler handler.handle",
        f"curl -XPOST \"http://localhost:{PORT}{INVOCATIONS}\" -d '{{}}'",
    )
)
@recipe_options
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    help=f"Where invocations are taken, on 127.0.0.1.  [default: {PORT}; with --event a free one]",
)
@click.option(
    "--event",
    metavar="JSON|FILE",
    help="Invoke once with this event, or one in a file, print the answer, and end.  [default: stay until Ctrl-C]",
)
@environment_options
@console.json_option
def run(
    port: int | None, event: str | None, variables: tuple[str, ...], timeout: int, **options: Any
) -> None:
    """Run the image of the function in DIR under the emulator in it, without an engine.

    The image's files are the root, read-only, in namespaces of their own, and its entry is what starts, as in a container. The
    network is this machine's.
    """
    require_linux()
    body = None if event is None else event_of(event)
    recipe = oci.ImageRecipe(function=recipe_of(options))
    _require_machine(recipe)
    port = port or (PORT if body is None else free_port())
    _require_port(port)
    image = _built(recipe)
    with tempfile.TemporaryDirectory() as folder:
        emulator = ImageEmulator(
            tree_of(image),
            folder=Path(folder),
            variables=variables_of(variables),
            timeout=timeout,
            port=port,
        )
        if body is None:
            return _serve(emulator)
        with console.step("invoking"), emulator:
            answer = emulator.invoke(body)
    return show(answer)


def _built(recipe: oci.ImageRecipe) -> oci.Image:
    with console.step(f"building {recipe.function.source}") as report:
        return oci.build_image(recipe, report=report)


def _rows(image: oci.Image) -> list[tuple[str, ...]]:
    layers = [
        (
            layer.name,
            _size(layer.bytes),
            _size(layer.uncompressed_bytes),
            "reused" if layer.reused else "new",
        )
        for layer in image.layers
    ]
    return [*layers, ("all", _size(image.compressed_bytes), _size(image.uncompressed_bytes), "")]


def _size(size: int) -> str:
    return megabytes(size) if size >= MEBIBYTE else f"{size / 1024:.1f} kB"


def _next_steps(recipe: oci.ImageRecipe, image: oci.Image, out: Path) -> list[str]:
    engine = container_engine.program()
    first = (
        f"{engine} load --input {out}"
        if recipe.base is None
        else f"{engine} build --tag {image.tag} - < {out}"
    )
    if not recipe.emulator:
        return [first]
    return [
        first,
        f"{engine} run --rm -p {PORT}:8080 {image.tag}",
        f"curl -XPOST \"http://localhost:{PORT}{INVOCATIONS}\" -d '{{}}'",
    ]


def _serve(emulator: ImageEmulator) -> None:
    with emulator:
        call = f"curl -XPOST \"{emulator.url}\" -d '{{}}'"
        console.show({"url": emulator.url}, lambda screen: screen.print(call, markup=False, soft_wrap=True))
        console.note("Ctrl-C ends it.")
        emulator.follow(sys.stderr.write)
    raise ServerFailedError(
        "the Runtime Interface Emulator ended by itself", change="read its log above, then try again"
    )


def _require_machine(recipe: oci.ImageRecipe) -> None:
    if recipe.function.architecture is not machine():
        raise UnsupportedSystemError(
            "an image runs on machines of its own architecture",
            received=f"an image for {recipe.function.architecture} on {machine()}",
            allowed=machine(),
            change=f"pass --architecture {machine()}, or load the image of `thaw image build` into an engine that emulates "
            "the other one",
        )


def _require_port(port: int) -> None:
    with socket.socket() as probe:
        # As servers do it, so that connections of one that has ended are not in the way.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            raise PortTakenError(
                f"the port cannot be listened on: {error.strerror}",
                received=port,
                allowed="a free port of 1024 or above",
                change="end what listens there, or choose another one with --port",
            ) from error
