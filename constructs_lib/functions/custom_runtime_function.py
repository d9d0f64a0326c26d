"""A Python handler on Thaw's own runtime, as a CDK function."""

from collections.abc import Sequence
from pathlib import Path
from typing import Unpack

from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from constructs_lib import asked_once, bundling
from constructs_lib.asked_once import Place
from constructs_lib.constructors import checked
from constructs_lib.functions.artifacts import code_of
from constructs_lib.functions.operating_system import require_os_only, warn_of_end
from constructs_lib.functions.operations import (
    Operations,
    architecture_of,
    check_operations,
    function_props,
    known_at_build_time,
    settle,
    variables_of,
)
from constructs_lib.functions.runtime_layer import RuntimeLayer, refuse_as_any_layer


@checked
class CustomRuntimeFunction(lambda_.Function):
    """A function whose zip brings runtime, interpreter, handler and dependencies.

    It is an ``aws_lambda.Function``: grants, metrics, aliases and event sources work on it. Its role can
    write its own log and send to its dead-letter queue, nothing else.

    The artifact is built while the CDK application runs, and only if its inputs changed since an earlier
    build; nothing is built for stacks that the CDK was not asked for.

    Args:
        scope: the parent construct.
        id: the construct's id.
        source: the handler's folder.
        handler: ``module.function``, the module's path relative to ``source``.
        requirements: a pip requirements file. Default: ``requirements.txt`` in ``source`` where it exists,
            else no dependencies.
        runtime: the operating system, ``PROVIDED_AL2023`` or ``PROVIDED_AL2``; the latter adds the warning
            ``thaw:provided.al2``, which carries its dates. Default: ``PROVIDED_AL2023``.
        python: a CPython's executable or prefix to bundle. Default: the one that runs the build.
        start: how the artifact starts. Default: a snapshot where one can be made (Linux of the function's
            architecture, user namespaces), else portable.
        initialize_at_build_time: the handler's module becomes part of the snapshot: its code runs when the
            artifact is built, and must not read a variable whose value is a token. Default: it is imported when
            the function starts.
        preload: modules of the dependencies and the standard library that the snapshot holds. Default: those
            that the handler imports, as a trial run shows.
        builder: an image to build in a container of, with CPython and glibc: ``python:3.13-slim`` for example; its
            Python is bundled. Default: no container.
        runtime_layer: the layer that the function has its runtime from; ``python``, ``start``, ``preload``, ``builder`` and
            ``architecture`` are then the layer's, and what of ``requirements`` the layer has is not part of the zip.
            Default: the zip brings the runtime.
        **operations: what every function of this library takes, see ``Operations``.

    Raises:
        NotAnOsOnlyRuntimeError: ``runtime`` has an interpreter of its own.
        BundlingError: the artifact cannot be built or would not run; a note names this construct.
        ConflictingPropsError: a prop is given that ``runtime_layer`` decides.
        LayerArchitectureError: ``architecture`` is not the layer's.
        ConstructError: one of ``operations`` is not known or not one that Lambda takes.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - the CDK's word
        *,
        source: Path,
        handler: str,
        requirements: Path | None = None,
        runtime: lambda_.Runtime | None = None,
        python: Path | None = None,
        start: bundling.Start | None = None,
        initialize_at_build_time: bool = False,
        preload: Sequence[str] | None = None,
        builder: str | None = None,
        runtime_layer: RuntimeLayer | None = None,
        **operations: Unpack[Operations],
    ) -> None:
        check_operations(scope, id, operations)
        runtime = runtime or asked_once.provided_al2023()
        require_os_only(Place(scope, id), runtime)
        path = Place(scope, id)
        refuse_as_any_layer(path, operations.get("layers"))
        recipe: bundling.AnyRecipe
        if runtime_layer is None:
            recipe = bundling.Recipe(
                source=source,
                handler=handler,
                requirements=requirements,
                architecture=bundling.Architecture(asked_once.name_of(architecture_of(operations))),
                python=python,
                start=start,
                initialize_at_build_time=initialize_at_build_time,
                preload=None if preload is None else tuple(preload),
                environment=known_at_build_time(scope, variables_of(operations)),
                builder=builder,
            )
        else:
            given = {
                "python": python,
                "start": start,
                "preload": preload,
                "builder": builder,
                "initialize_at_build_time": initialize_at_build_time,
            }
            operations = runtime_layer.carry(path, operations, given)
            recipe = bundling.OnLayerRecipe(
                source=source, handler=handler, requirements=requirements, layer=runtime_layer.recipe
            )
        props = function_props(scope, id, operations)
        super().__init__(
            scope, id, code=code_of(scope, id, recipe), handler=handler, runtime=runtime, **props
        )
        settle(self, scope, operations)
        warn_of_end(self, runtime)
