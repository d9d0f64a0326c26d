"""The options that say what is built, the same for every command that builds."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from constructs_lib.bundling import Architecture, Artifact, Recipe, Start, build
from thaw_cli import console

_Command = Callable[..., Any]
_FOLDER = click.Path(path_type=Path, file_okay=False)
_FILE = click.Path(path_type=Path)


def recipe_options(command: _Command) -> _Command:
    """Adds DIR and the options of a recipe; ``recipe_of`` makes one of what the command receives."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def recipe_of(options: dict[str, Any]) -> Recipe:
    """The recipe that the options of ``recipe_options`` describe."""
    return Recipe(
        source=options["source"],
        handler=options["handler"],
        requirements=options["requirements"],
        architecture=Architecture(options["architecture"]),
        python=options["python"],
        start=Start(options["start"]) if options["start"] else None,
        initialize_at_build_time=options["initialize_at_build_time"],
        preload=_modules(options["preload"]),
        environment=dict(_variable(text) for text in options["build_environment"]),
        builder=options["builder"],
    )


def _modules(text: str | None) -> tuple[str, ...] | None:
    return None if text is None else tuple(name.strip() for name in text.split(",") if name.strip())


def _variable(text: str) -> tuple[str, str | None]:
    name, separator, value = text.partition("=")
    return name, value if separator else None


def built(recipe: Recipe) -> Artifact:
    """The artifact of a recipe, with its progress shown.

    Raises:
        BundlingError: it cannot be built.
    """
    with console.step(f"building {recipe.source}") as report:
        return build(recipe, report=report)


_OPTIONS = (
    click.argument("source", metavar="DIR", type=_FOLDER),
    click.option(
        "--handler",
        required=True,
        metavar="MODULE.FUNCTION",
        help="What Lambda calls, as it is configured for the function.",
    ),
    click.option(
        "--requirements",
        type=_FILE,
        metavar="FILE",
        help="A pip requirements file.  [default: DIR/requirements.txt where there is one]",
    ),
    click.option(
        "--architecture",
        # The values: of an enumeration's members themselves click takes the names.
        type=click.Choice([each.value for each in Architecture]),
        default=Architecture.X86_64.value,
        show_default=True,
        help="The function's instruction set.",
    ),
    click.option(
        "--python",
        type=_FILE,
        metavar="PATH",
        help="A CPython to bundle: its executable or its prefix.  [default: the Python that runs this]",
    ),
    click.option(
        "--start",
        type=click.Choice([each.value for each in Start]),
        help="How the function starts: as a snapshot of an initialised process, or with all imports ahead of it.  "
        "[default: snapshot where one can be made, else portable]",
    ),
    click.option(
        "--initialize-at-build-time",
        is_flag=True,
        help="Make the handler's module part of the snapshot: it is imported when the function is built.",
    ),
    click.option(
        "--preload",
        metavar="MODULE,...",
        help="Modules of dependencies and standard library that the snapshot holds.  "
        "[default: those that the handler imports, as a trial run shows]",
    ),
    click.option(
        "--build-environment",
        multiple=True,
        metavar="NAME[=VALUE]",
        help="A variable of the function, with the value that code may read at build time; without =VALUE one that is "
        "known at deployment only. Repeatable.",
    ),
    click.option(
        "--builder",
        metavar="IMAGE",
        help="Build in a container of this image, with its Python: python:3.13-slim for example. The engine is docker, or "
        "what CDK_DOCKER names.  [default: build without a container]",
    ),
)
