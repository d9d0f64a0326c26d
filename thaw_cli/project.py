"""The CDK project that a command is called in."""

from pathlib import Path

from thaw_cli.errors import NoProjectError


def project_folder() -> Path | None:
    """The nearest folder, from the current one upwards, that holds a ``cdk.json``."""
    here = Path.cwd()
    return next((folder for folder in (here, *here.parents) if (folder / "cdk.json").is_file()), None)


def require_project() -> Path:
    """The same folder.

    Raises:
        NoProjectError: there is none.
    """
    folder = project_folder()
    if folder is None:
        raise NoProjectError(
            "there is no CDK project here",
            received=Path.cwd(),
            allowed="a folder with a cdk.json, or one below it",
            change="change to the project's folder",
        )
    return folder
