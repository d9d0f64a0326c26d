"""A Python handler on Thaw's own runtime, as a CDK function."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from constructs_lib import bundling
from constructs_lib.bundling.limits import OPERATING_SYSTEMS, OperatingSystem
from constructs_lib.environment_size import EnvironmentSize
from constructs_lib.errors import NotAnOsOnlyRuntimeError
from constructs_lib.operations import operations


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
        architecture: the function's instruction set; decides what is bundled. Default: x86_64.
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
        memory_size: MB. Default: 512; the processor's share grows with memory.
        timeout: for one invocation, 900 s at most. Default: 30 s.
        environment: the function's variables, 4 KB at most; names of resources count from deployment on.
        ephemeral_storage_size: of /tmp, 512 MB to 10 GB. Default: 512 MB.
        description: shown in the console. Default: none.
        function_name: a fixed name; a change of props that needs replacement then fails. Default: generated.
        tracing: X-Ray; when active, the CDK grants two X-Ray actions, which take no narrower resource
            than ``*``. Default: off.
        reserved_concurrent_executions: the share of the account's concurrency set aside. Default: none.
        dead_letter_queue: keeps the events of asynchronous invocations that failed three times, and is
            what triggers use for theirs. Default: a new ``DeadLetterQueue`` beside the function.
        log_group: an existing log group. Default: a new one with a generated name.
        log_retention: how long the new log group keeps events. Default: one month.
        log_removal_policy: what becomes of the new log group when it leaves the stack. Default: it stays.

    Raises:
        NotAnOsOnlyRuntimeError: ``runtime`` has an interpreter of its own.
        ConflictingPropsError: both ``log_group`` and what makes a new one are given.
        BundlingError: the artifact cannot be built or would not run; a note names this construct.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - the CDK's word
        *,
        source: Path,
        handler: str,
        requirements: Path | None = None,
        architecture: lambda_.Architecture | None = None,
        runtime: lambda_.Runtime | None = None,
        python: Path | None = None,
        start: bundling.Start | None = None,
        initialize_at_build_time: bool = False,
        preload: Sequence[str] | None = None,
        builder: str | None = None,
        memory_size: int | None = None,
        timeout: cdk.Duration | None = None,
        environment: Mapping[str, str] | None = None,
        ephemeral_storage_size: cdk.Size | None = None,
        description: str | None = None,
        function_name: str | None = None,
        tracing: lambda_.Tracing | None = None,
        reserved_concurrent_executions: int | None = None,
        dead_letter_queue: sqs.IQueue | None = None,
        log_group: logs.ILogGroup | None = None,
        log_retention: logs.RetentionDays | None = None,
        log_removal_policy: cdk.RemovalPolicy | None = None,
    ) -> None:
        architecture = architecture or lambda_.Architecture.X86_64
        runtime = runtime or lambda_.Runtime.PROVIDED_AL2023
        _require_os_only(id, runtime.name)
        recipe = bundling.Recipe(
            source=source,
            handler=handler,
            requirements=requirements,
            architecture=bundling.Architecture(architecture.name),
            python=python,
            start=start,
            initialize_at_build_time=initialize_at_build_time,
            preload=None if preload is None else tuple(preload),
            environment=_known_at_build_time(scope, environment or {}),
            builder=builder,
        )
        super().__init__(
            scope,
            id,
            code=_code(scope, id, recipe),
            handler=handler,
            runtime=runtime,
            architecture=architecture,
            environment=environment,
            ephemeral_storage_size=ephemeral_storage_size,
            description=description,
            function_name=function_name,
            tracing=tracing,
            reserved_concurrent_executions=reserved_concurrent_executions,
            **operations(
                scope,
                id,
                memory_size=memory_size,
                timeout=timeout,
                log_group=log_group,
                log_retention=log_retention,
                log_removal_policy=log_removal_policy,
                dead_letter_queue=dead_letter_queue,
            ),
        )
        cdk.Aspects.of(self).add(EnvironmentSize())
        if runtime.name == OperatingSystem.PROVIDED_AL2:
            cdk.Annotations.of(self).add_warning_v2(
                "thaw:provided.al2", _end_of(OperatingSystem.PROVIDED_AL2)
            )


def _require_os_only(id: str, runtime: str) -> None:  # noqa: A002 - the CDK's word
    if runtime not in OPERATING_SYSTEMS:
        raise NotAnOsOnlyRuntimeError(
            f"function {id} asks for a runtime that has an interpreter of its own",
            received=runtime,
            allowed=", ".join(OPERATING_SYSTEMS),
            change=f"leave runtime out to get {OperatingSystem.PROVIDED_AL2023}; python= chooses the interpreter",
        )


def _known_at_build_time(scope: Construct, environment: Mapping[str, str]) -> dict[str, str | None]:
    """The function's variables, and the region, with None for what only the deployment will know."""
    region = cdk.Stack.of(scope).region
    variables = {"AWS_REGION": region, "AWS_DEFAULT_REGION": region, **environment}
    return {name: None if cdk.Token.is_unresolved(value) else value for name, value in variables.items()}


def _end_of(system: OperatingSystem) -> str:
    facts = OPERATING_SYSTEMS[system]
    return (
        f"Runtime {system} is deprecated from {facts.deprecated}: creating functions is blocked from "
        f"{facts.create_blocked}, updating them from {facts.update_blocked}. "
        f"Move to {OperatingSystem.PROVIDED_AL2023}; the same artifact runs on both."
    )


def _code(scope: Construct, id: str, recipe: bundling.Recipe) -> lambda_.Code:  # noqa: A002 - the CDK's word
    """The artifact, or in its place the handler's folder where the CDK asks for no bundling."""
    path = f"{scope.node.path}/{id}"
    try:
        if cdk.Stack.of(scope).bundling_required:
            artifact = bundling.build(recipe, report=lambda step: _tell(path, step))
            return lambda_.Code.from_asset(str(artifact.archive), asset_hash=artifact.fingerprint)
        return lambda_.Code.from_asset(str(recipe.source), asset_hash=bundling.fingerprint(recipe))
    except bundling.BundlingError as error:
        error.add_note(f"  construct: {path}")
        raise


def _tell(path: str, step: str) -> None:
    """Shows a build step the way the CDK shows bundling: on standard error, beside the construct's path."""
    print(f"{path}: {step}", file=sys.stderr, flush=True)  # noqa: T201 - progress, as the docstring says
