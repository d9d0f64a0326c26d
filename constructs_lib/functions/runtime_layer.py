"""Thaw's runtime as a Lambda layer, for many functions."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from constructs_lib import asked_once, bundling
from constructs_lib.asked_once import Place
from constructs_lib.constructors import checked
from constructs_lib.errors import ConflictingPropsError
from constructs_lib.functions import props
from constructs_lib.functions.artifacts import code_of
from constructs_lib.functions.errors import LayerArchitectureError
from constructs_lib.functions.operations import Operations
from constructs_lib.rules import matching

# https://docs.aws.amazon.com/lambda/latest/api/API_PublishLayerVersion.html, of a name that is no ARN.
_LAYER_NAME = matching(r"[a-zA-Z0-9_-]{1,140}", "1 to 140 letters, digits, hyphens and underscores")
_BELONGS_TO_THE_LAYER = ("python", "start", "preload", "builder")


@checked
class RuntimeLayer(lambda_.LayerVersion):
    """The runtime, an interpreter and the dependencies that functions share, at /opt.

    A ``CustomRuntimeFunction`` with ``runtime_layer=`` is its handler's files and what its requirements ask for beyond the
    layer's. Lambda starts ``/opt/bootstrap`` where a function's zip has no ``bootstrap``
    (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html).

    It is an ``aws_lambda.LayerVersion`` for both OS-only runtimes. It belongs into the stack of its functions: Lambda makes
    a new version of a layer for each change, and CloudFormation does not replace what another stack imports.

    Args:
        scope: the parent construct.
        id: the construct's id.
        requirements: a pip requirements file of the dependencies that the functions share. Default: none.
        preload: modules of the dependencies and the standard library that the snapshot holds. Default: those of the
            packages that ``requirements`` names.
        python: a CPython's executable or prefix to bundle. Default: the one that runs the build.
        start: how the functions start. Default: a snapshot where one can be made (Linux of the layer's architecture,
            user namespaces), else portable.
        architecture: the instruction set, also of its functions. Default: x86_64.
        builder: an image to build in a container of, with CPython and glibc: ``python:3.13-slim`` for example; its
            Python is bundled. Default: no container.
        description: shown in the console, 256 characters at most. Default: none.
        layer_version_name: the layer's name. Default: generated.
        removal_policy: what becomes of a version that another one replaces. Default: it is deleted, which functions that
            run on it do not notice.

    Attributes:
        recipe: what the layer is made from.

    Raises:
        BundlingError: the artifact cannot be built or would not run; a note names this construct.
        WrongPropError: the description or the name is not one that Lambda takes.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - the CDK's word
        *,
        requirements: Path | None = None,
        preload: Sequence[str] | None = None,
        python: Path | None = None,
        start: bundling.Start | None = None,
        architecture: lambda_.Architecture | None = None,
        builder: str | None = None,
        description: str | None = None,
        layer_version_name: str | None = None,
        removal_policy: cdk.RemovalPolicy | None = None,
    ) -> None:
        architecture = architecture or asked_once.x86_64()
        props.require(Place(scope, id), "description", description, props.RULES["description"])
        props.require(Place(scope, id), "layer_version_name", layer_version_name, _LAYER_NAME)
        recipe = bundling.LayerRecipe(
            requirements=requirements,
            architecture=bundling.Architecture(asked_once.name_of(architecture)),
            python=python,
            start=start,
            preload=None if preload is None else tuple(preload),
            builder=builder,
        )
        super().__init__(
            scope,
            id,
            code=code_of(scope, id, recipe),
            compatible_runtimes=[lambda_.Runtime.PROVIDED_AL2023, lambda_.Runtime.PROVIDED_AL2],
            compatible_architectures=[architecture],
            description=description,
            layer_version_name=layer_version_name,
            removal_policy=removal_policy,
        )
        self.recipe = recipe
        self._architecture = architecture

    def carry(self, path: Place, operations: Operations, given: Mapping[str, Any]) -> Operations:
        """The operational props of a function on this layer: with the layer, and on its architecture.

        Args:
            path: of the function.
            operations: as its user gave them.
            given: its other props.

        Raises:
            ConflictingPropsError: a prop is the layer's, not the function's.
            WrongPropError: it would have more layers than Lambda takes.
            LayerArchitectureError: the function asks for another architecture.
        """
        _refuse(path, given)
        asked = operations.get("architecture")
        if asked is not None and asked_once.name_of(asked) != self.recipe.architecture:
            raise LayerArchitectureError(
                f"{path} asks for another architecture than its runtime layer {asked_once.path_of(self)} has",
                received=asked_once.name_of(asked),
                allowed=self.recipe.architecture,
                change="leave architecture out, or give the layer the function's",
            )
        # The last one: of a file that several layers have, Lambda takes the last layer's.
        layers = [*(operations.get("layers") or ()), self]
        props.require(path, "layers", layers, props.RULES["layers"])
        return {**operations, "architecture": self._architecture, "layers": layers}


def refuse_as_any_layer(path: Place, layers: Sequence[lambda_.ILayerVersion] | None) -> None:
    """Refuses a runtime layer for a function that brings a runtime itself.

    Raises:
        ConflictingPropsError: one of the layers is a runtime layer.
    """
    if isinstance(layers, Sequence) and any(isinstance(layer, RuntimeLayer) for layer in layers):
        raise ConflictingPropsError(
            f"{path} brings a runtime of its own, which Lambda would start in place of the layer's",
            received="a RuntimeLayer in layers",
            allowed="a RuntimeLayer in runtime_layer, other layers in layers",
            change="move it from layers to runtime_layer",
        )


def _refuse(path: Place, given: Mapping[str, Any]) -> None:
    both = [name for name in _BELONGS_TO_THE_LAYER if given.get(name) is not None]
    if both:
        raise ConflictingPropsError(
            f"{path} is given props that its runtime layer has",
            received=f"{', '.join(both)} and runtime_layer",
            allowed="runtime_layer alone; the layer decides for all of its functions",
            change=f"give {', '.join(both)} to the layer, or leave runtime_layer out",
        )
    if given.get("initialize_at_build_time"):
        raise ConflictingPropsError(
            f"{path} cannot be initialised at build time on a runtime layer",
            received="initialize_at_build_time and runtime_layer",
            allowed="a function with a bootstrap of its own: a snapshot with the handler in it is one function's alone, and the "
            "layer's is made before there is a function",
            change="leave initialize_at_build_time off, or leave runtime_layer out",
        )
