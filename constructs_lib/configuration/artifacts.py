"""Looks into the artifacts of the functions that read a configuration: what is packaged is in them, what is local is not."""

import zipfile
from functools import cache
from pathlib import Path
from typing import Any, cast

import aws_cdk as cdk
import jsii
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct, IValidation, Node

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
        stem: str = runtimes_own.module("config_sources").LOCAL_STEM
        suffixes: tuple[str, ...] = runtimes_own.module("config_document").SUFFIXES
        self._local = tuple(stem + suffix for suffix in suffixes)
        # Functions of one folder share an artifact, and a large one takes a while to look into.
        self._look = cache(self._looked_into)

    def validate(self) -> list[str]:
        """Adds an error to each function with a wrong artifact; called by the CDK."""
        for role in self.roles:
            scope, function = _function_of(role)
            artifact = None if function is None else _artifact(function, asked_once.stack_of(scope))
            if function is not None and artifact is not None:
                self._check(function, artifact, asked_once.stack_of(scope))
        return []

    def _check(self, function: lambda_.Function, artifact: Path, stack: cdk.Stack) -> None:
        local, base = self._look(artifact)
        error = None
        # Of what is not bundled nothing is deployed, and the folder itself stands in for the artifact.
        if local and asked_once.bundling_required(stack):
            error = _local_file(function, local)
        elif self._base is not None and base != self._content:
            error = _other_base(function, self._base, is_missing=base is None)
        if error is not None:
            # What is returned here would come out below a stack trace of the CDK's own process.
            cdk.Annotations.of(function).add_error(str(error))

    def _looked_into(self, artifact: Path) -> tuple[str | None, bytes | None]:
        """The name of a local file in an artifact, and what its packaged file says."""
        names = (*self._local, *([self._base.name] if self._base else ()))
        found = _contents(artifact, names)
        local = next((name for name in self._local if name in found), None)
        return local, found.get(self._base.name) if self._base else None


def _local_file(function: lambda_.Function, name: str) -> WrongArtifactError:
    return WrongArtifactError(
        f"{asked_once.path_of(function)} would be deployed with a file that is of this machine alone",
        received=f"an artifact with {name} at its top",
        allowed="no local configuration; it would lie over the deployed one",
        change=f"move {name} out of the function's folder; THAW_CONFIG_LOCAL says where it is",
    )


def _other_base(function: lambda_.Function, base: Path, *, is_missing: bool) -> WrongArtifactError:
    return WrongArtifactError(
        f"{asked_once.path_of(function)} does not have the file that its configuration begins with",
        received=f"an artifact with {'no' if is_missing else 'another'} {base.name} at its top",
        allowed=f"{base}, as it is",
        change="put the file, or a link to it, at the top of the folder that the function is made of",
    )


def _function_of(role: iam.IRole) -> tuple[Construct, lambda_.Function | None]:
    """The function of this library that a role was made for, with what both are in; None for any other role."""
    node = role.node
    scope, name = cast("Construct", node.scope), node.id
    found = _node_of(scope).try_find_child(name.removesuffix(_ROLE)) if name.endswith(_ROLE) else None
    return scope, found if isinstance(found, lambda_.Function) else None


def _artifact(function: lambda_.Function, stack: cdk.Stack) -> Path | None:
    """Where the CDK has staged the function's code; None where it is no asset, but an image or inline."""
    resource = cast("cdk.CfnResource", function.node.default_child)
    # All properties are one message to the CDK's process; ``code`` alone is seven, one for each of its members.
    code: dict[str, Any] = resource._cfn_properties.get("code") or {}  # noqa: SLF001 - protected
    key = code.get("s3Key")
    if not isinstance(key, str) or asked_once.is_unresolved(key):
        return None
    name = f"asset.{key.rpartition('/')[2]}"
    candidates = (_asset_folder(stack) / each for each in (name, name.removesuffix(".zip")))
    return next((each for each in candidates if each.exists()), None)


@cache
def _node_of(scope: Construct) -> Node:
    return scope.node


@cache
def _asset_folder(stack: cdk.Stack) -> Path:
    stage = cdk.Stage.of(stack)
    return Path(stage.asset_outdir if stage else "")


def _contents(artifact: Path, names: tuple[str, ...]) -> dict[str, bytes]:
    """What files at the top of an artifact say, of those that are there."""
    if artifact.is_dir():
        return {name: (artifact / name).read_bytes() for name in names if (artifact / name).is_file()}
    with zipfile.ZipFile(artifact) as archive:
        there = set(archive.namelist())
        return {name: archive.read(name) for name in names if name in there}
