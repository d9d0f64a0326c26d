"""Looks into the artifacts of the functions that begin with a packaged file, whether they have it."""

import zipfile
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import jsii
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import IValidation

from constructs_lib import asked_once
from constructs_lib.configuration.errors import NotPackagedError

# What ``constructs_lib.functions`` adds to a function's id for its role.
_ROLE = "Role"


@jsii.implements(IValidation)
class Packaged:
    """Checks, once all functions exist, that the file lies at the top of each one's artifact, with the same bytes.

    The artifact is what is looked at, not the folder that it was made of: a file may be left out of it.

    Args:
        file: that the configuration begins with.
    """

    def __init__(self, file: Path) -> None:
        self.roles: list[iam.IRole] = []
        self._file = file
        self._content = file.read_bytes()

    def validate(self) -> list[str]:
        """Adds an error to each function without the file; called by the CDK."""
        for function in filter(None, map(_function_of, self.roles)):
            archive = _artifact(function)
            found = None if archive is None else self._found(archive)
            if found is not None:
                # What is returned here would come out below a stack trace of the CDK's own process.
                cdk.Annotations.of(function).add_error(str(self._error(function, found)))
        return []

    def _found(self, artifact: Path) -> str | None:
        """What is in place of the file; None where it is there."""
        content = _content(artifact, self._file.name)
        if content is None:
            return f"no {self._file.name} at its top"
        return None if content == self._content else f"another {self._file.name} than {self._file}"

    def _error(self, function: lambda_.Function, found: str) -> NotPackagedError:
        return NotPackagedError(
            f"{asked_once.path_of(function)} does not have the file that its configuration begins with",
            received=f"an artifact with {found}",
            allowed=f"{self._file} at the top of the function's folder",
            change="put the file, or a link to it, into the folder that the function is made of",
        )


def _function_of(role: iam.IRole) -> lambda_.Function | None:
    """The function of this library that a role was made for, beside it; None for any other role."""
    node = role.node
    scope = node.scope
    if scope is None or not node.id.endswith(_ROLE):
        return None
    found = scope.node.try_find_child(node.id.removesuffix(_ROLE))
    return found if isinstance(found, lambda_.Function) else None


def _artifact(function: lambda_.Function) -> Path | None:
    """Where the CDK has staged the function's code; None where it is no asset, but an image or inline."""
    resource: Any = function.node.default_child
    key = getattr(resource.code, "s3_key", None)
    if not isinstance(key, str) or asked_once.is_unresolved(key):
        return None
    stage = cdk.Stage.of(function)
    folder = Path(stage.asset_outdir if stage else "")
    name = f"asset.{key.rpartition('/')[2]}"
    return next((each for each in (folder / name, folder / name.removesuffix(".zip")) if each.exists()), None)


def _content(artifact: Path, name: str) -> bytes | None:
    if artifact.is_dir():
        path = artifact / name
        return path.read_bytes() if path.is_file() else None
    with zipfile.ZipFile(artifact) as archive:
        return archive.read(name) if name in archive.namelist() else None
