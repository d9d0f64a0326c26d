"""Options that more than one command has."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from thaw_cli.local.cloud import FOLDER
from thaw_cli.project import project_folder

_Command = Callable[..., Any]


def folder_option(command: _Command) -> _Command:
    """Adds ``--folder``, the local cloud's folder."""
    return click.option(
        "--folder",
        type=click.Path(path_type=Path, file_okay=False),
        default=lambda: (project_folder() or Path.cwd()) / FOLDER,
        show_default=f"{FOLDER} in the project",
        help="Where the local cloud keeps its state.",
    )(command)


def environment_option(command: _Command) -> _Command:
    """Adds ``-e``, the environment, one of those in ``cdk.json``."""
    return click.option(
        "-e",
        "--environment",
        required=True,
        metavar="ENV",
        help="The environment: local, dev, staging, prod.",
    )(command)
