"""How every function of this library is run, whatever its code is packed as."""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict, TypeGuard, cast

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from constructs_lib import asked_once
from constructs_lib.asked_once import Place
from constructs_lib.configuration.layered_config import LayeredConfig
from constructs_lib.errors import ConflictingPropsError
from constructs_lib.functions import props
from constructs_lib.functions.environment_size import check_at_the_end
from constructs_lib.functions.failed_events import FailureTarget, failed_events
from constructs_lib.network.vpc_access import VpcAccess
from constructs_lib.permissions import statements
from constructs_lib.permissions.log_role import LogRole
from constructs_lib.permissions.wildcards import allow_any_resource, write_traces

MEMORY_MB = 512
TIMEOUT_SECONDS = 30
_TRACING_MODES = {lambda_.Tracing.ACTIVE: "Active", lambda_.Tracing.PASS_THROUGH: "PassThrough"}


class Operations(TypedDict, total=False):
    """Props that every function of this library takes; ``None`` is the same as leaving one out.

    Attributes:
        architecture: the function's instruction set. Default: x86_64.
        memory_size: MB, 128 to 10,240. Default: 512; the processor's share grows with memory.
        timeout: for one invocation, 1 to 900 s. Default: 30 s.
        environment: the function's variables, 4 KB at most; names of resources count from deployment on.
        ephemeral_storage_size: of /tmp, 512 MB to 10 GB. Default: 512 MB.
        description: shown in the console, 256 characters at most. Default: none.
        function_name: a fixed name; a change of props that needs replacement then fails. Default: generated.
        tracing: X-Ray; on, the role gets two actions, which take no narrower resource than ``*``. Default: off.
        reserved_concurrent_executions: the share of the account's concurrency set aside. Default: none.
        layers: five at most. Default: none.
        dead_letter_queue: keeps the events of asynchronous invocations that failed every time, and is
            what triggers use for theirs; no FIFO queue. Default: a new ``DeadLetterQueue`` beside the function.
        on_failure: a queue, topic, function or event bus that gets such events instead, with the error; triggers then
            need a dead-letter queue of their own. Default: the dead-letter queue.
        retry_attempts: how often a failed asynchronous invocation is repeated, 0 to 2. Default: 2.
        max_event_age: older asynchronous events are given up, 1 minute to 6 hours. Default: 6 hours.
        log_group: an existing log group. Default: a new one with a generated name.
        log_retention: how long the new log group keeps events. Default: one month.
        log_removal_policy: what becomes of the new log group when it leaves the stack. Default: it stays.
        log_format: of what Lambda itself writes, and of what a runtime that knows it writes. Default: JSON.
        network: the VPC that the function reaches out through. Default: none, the internet.
        config: layered configuration for the function to read. Default: none.
    """

    architecture: lambda_.Architecture | None
    memory_size: int | None
    timeout: cdk.Duration | None
    environment: Mapping[str, str] | None
    ephemeral_storage_size: cdk.Size | None
    description: str | None
    function_name: str | None
    tracing: lambda_.Tracing | None
    reserved_concurrent_executions: int | None
    layers: Sequence[lambda_.ILayerVersion] | None
    dead_letter_queue: sqs.IQueue | None
    on_failure: FailureTarget | None
    retry_attempts: int | None
    max_event_age: cdk.Duration | None
    log_group: logs.ILogGroup | None
    log_retention: logs.RetentionDays | None
    log_removal_policy: cdk.RemovalPolicy | None
    log_format: lambda_.LoggingFormat | None
    network: VpcAccess | None
    config: LayeredConfig | None


def architecture_of(operations: Operations) -> lambda_.Architecture:
    """The instruction set that is asked for, or the default."""
    return operations.get("architecture") or asked_once.x86_64()


def variables_of(operations: Operations) -> dict[str, str]:
    """Every variable of the function: its own over those of its configuration."""
    config = operations.get("config")
    return {**(config.variables if config else {}), **(operations.get("environment") or {})}


def known_at_build_time(scope: Construct, environment: Mapping[str, str]) -> dict[str, str | None]:
    """The function's variables, and the region, with None for what only the deployment will know."""
    region = asked_once.region_of(asked_once.stack_of(scope))
    variables = {"AWS_REGION": region, "AWS_DEFAULT_REGION": region, **environment}
    return {name: None if asked_once.is_unresolved(value) else value for name, value in variables.items()}


def check_operations(scope: Construct, id: str, operations: Operations) -> None:  # noqa: A002 - the CDK's word
    """Checks the props of the function ``id``, before anything is made of them.

    Raises:
        UnknownPropError: a prop does not exist.
        WrongPropError: a value is not one that Lambda takes.
        ConflictingPropsError: two props exclude each other.
    """
    place = Place(scope, id)
    given = {name: value for name, value in operations.items() if value is not None}
    props.check(place, given, tuple(Operations.__annotations__))
    _refuse_both(place, given, "dead_letter_queue", "on_failure")


def function_props(
    scope: Construct,
    id: str,  # noqa: A002 - the CDK's word
    operations: Operations,
) -> dict[str, Any]:
    """What ``aws_lambda.Function`` and its subclasses are given for the function ``id``.

    What has to be made is made beside the function, as ``<id>Role`` and ``<id>DeadLetterQueue``: a construct
    cannot have children before it exists itself.

    Args:
        scope: of the function.
        id: of the function.
        operations: props that ``check_operations`` has seen.

    Raises:
        ConflictingPropsError: an existing log group is given beside how to make one.
    """
    given: dict[str, Any] = {name: value for name, value in operations.items() if value is not None}
    network, config, tracing = (given.pop(name, None) for name in ("network", "config", "tracing"))
    role = LogRole(
        scope,
        f"{id}Role",
        log_group=given.pop("log_group", None),
        retention=given.pop("log_retention", None),
        removal_policy=given.pop("log_removal_policy", None),
    )
    if config is not None:
        config.grant_read(role)
    if _is_on(tracing):
        allow_any_resource(role, "Tracing", [write_traces()], "X-Ray's actions take no other resource")
    return {
        "architecture": architecture_of(operations),
        "memory_size": MEMORY_MB,
        "timeout": asked_once.seconds(TIMEOUT_SECONDS),
        "logging_format": given.pop("log_format", lambda_.LoggingFormat.JSON),
        **_in_network(network, role),
        **given,
        **failed_events(scope, id, given, role),
        "environment": variables_of(operations) or None,
        "role": role,
        "log_group": role.log_group,
    }


def settle(function: lambda_.Function, scope: Construct, operations: Operations) -> None:
    """What is done to every function once it exists: what the CDK would grant too widely, checks at the end."""
    tracing = operations.get("tracing")
    if _is_on(tracing):
        # As a prop it would put a wildcard among the role's other statements, where no acknowledgement fits it alone.
        resource = cast("lambda_.CfnFunction", function.node.default_child)
        resource.add_property_override("TracingConfig.Mode", _TRACING_MODES[tracing])
    check_at_the_end(function, asked_once.stack_of(scope))


def _is_on(tracing: lambda_.Tracing | None) -> TypeGuard[lambda_.Tracing]:
    return tracing in _TRACING_MODES


def _in_network(network: VpcAccess | None, role: iam.Role) -> dict[str, Any]:
    if network is None:
        return {}
    allow_any_resource(
        role,
        "NetworkInterfaces",
        statements.network_interfaces(),
        "Lambda tests these actions without a resource; a denial keeps the function's own code from using them",
    )
    return {
        "vpc": network.vpc,
        "vpc_subnets": network.subnets,
        "security_groups": [network.security_group],
    }


def _refuse_both(path: Place, given: Mapping[str, Any], *names: str) -> None:
    if given.keys() >= set(names):
        raise ConflictingPropsError(
            f"{path} is given props that exclude each other",
            received=" and ".join(names),
            allowed=f"one of {', '.join(names)}",
            change="leave one of them out",
        )
