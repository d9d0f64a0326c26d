"""Looks into the artifacts of the functions that read a configuration: what is packaged is in them, what is local is not."""

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import jsii
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import IValidation

from constructs_lib import asked_once
from constructs_lib.configuration import runtimes_own
from constructs_lib.configuration.errors import WrongArtifactError

# What ``constructs_lib.functions`` adds to a function's id for its role.
_ROLE = "Role"


@jsii.implements(IValidation)
class Artifacts:
    """Checks the artifact of each function with one configuration, once all of them exist.

    The artifact is what is looked at, not the folder that it was made of: some files are left out of it.

    Args:
        base: the file that the configuration begins with; it has to lie at the top, with the same bytes.
    """

    def __init__(self, base: Path | None) -> None:
        self.roles: list[iam.IRole] = []
        self._base = base
        self._content = base.read_bytes() if base else b""
        local: str = runtimes_own.module("config_sources").LOCAL_STEM
        suffixes: tuple[str, ...] = runtimes_own.module("config_document").SUFFIXES
        self._local = [local + suffix for suffix in suffixes]

    def validate(self) -> list[str]:
        """Adds an error to each function with a wrong artifact; called by the CDK."""
        for function in filter(None, map(_function_of, self.roles)):
            artifact = _artifact(function)
            error = None if artifact is None else self._error(function, _reader(artifact))
            if error is not None:
                # What is returned here would come out below a stack trace of the CDK's own process.
                cdk.Annotations.of(function).add_error(str(error))
        return []

    def _error(
        self, function: lambda_.Function, read: Callable[[str], bytes | None]
    ) -> WrongArtifactError | None:
        # Of what is not bundled nothing is deployed, and the folder itself stands in for the artifact.
        local = self._local if asked_once.bundling_required(asked_once.stack_of(function)) else []
        for name in local:
            if read(name) is not None:
                return WrongArtifactError(
                    f"{asked_once.path_of(function)} would be deployed with a file that is of this machine alone",
                    received=f"an artifact with {name} at its top",
                    allowed="no local configuration; it would lie over the deployed one",
                    change=f"move {name} out of the function's folder; THAW_CONFIG_LOCAL says where it is",
                )
        if self._base is None or (found := read(self._base.name)) == self._content:
            return None
        return WrongArtifactError(
            f"{asked_once.path_of(function)} does not have the file that its configuration begins with",
            received=f"an artifact with {'no' if found is None else 'another'} {self._base.name} at its top",
            allowed=f"{self._base}, as it is",
            change="put the file, or a link to it, at the top of the folder that the function is made of",
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
    stage = cdk.Stage.of(function)
    if not isinstance(key, str) or asked_once.is_unresolved(key) or stage is None:
        return None
    name = f"asset.{key.rpartition('/')[2]}"
    candidates = (Path(stage.asset_outdir) / each for each in (name, name.removesuffix(".zip")))
    return next((each for each in candidates if each.exists()), None)


def _reader(artifact: Path) -> Callable[[str], bytes | None]:
    """Reads a file of an artifact by its name; None where there is none."""
    if artifact.is_dir():
        return lambda name: (artifact / name).read_bytes() if (artifact / name).is_file() else None

    def read(name: str) -> bytes | None:
        with zipfile.ZipFile(artifact) as archive:
            return archive.read(name) if name in archive.namelist() else None

    return read
