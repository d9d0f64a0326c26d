"""A stable name for the version of a function that is in use."""

import re
from functools import cache
from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from constructs_lib import asked_once
from constructs_lib.asked_once import Place
from constructs_lib.constructors import checked
from constructs_lib.releases.canary import Canary, shift_traffic
from constructs_lib.releases.concurrency import ScaledConcurrency, check_concurrency, scale
from constructs_lib.releases.errors import NotReleasableError, ReleaseNameError

# https://docs.aws.amazon.com/lambda/latest/api/API_CreateAlias.html
_NAME = re.compile(r"(?![0-9]+\Z)[A-Za-z0-9_-]{1,128}")
# Lambda takes it, and whoever reads it believes it to be $LATEST.
_MISLEADING = "latest"


@checked
class Release(lambda_.Alias):
    """An alias on the function's current version, which each deployment publishes anew if anything changed.

    It is an ``aws_lambda.Alias``: grants, metrics and event sources work on it. Give the release to triggers, not the
    function: what is provisioned or snapshotted belongs to the version, and a function by itself is ``$LATEST``.

    The version changes exactly when code or configuration does: its name is derived from both, and the code's from
    what the artifact is built from. Old versions stay when a deployment replaces them, so that the alias can be set
    back to them; one that is published by a deployment that fails goes with it.

    Retries, maximum age and destination of asynchronous invocations belong to ``$LATEST`` alone; the release is given
    those of its function.

    Args:
        scope: the parent construct, in the function's stack.
        id: the construct's id.
        function: what is released.
        alias_name: 1 to 128 letters, digits, hyphens and underscores, not digits alone.
        description: of the alias. Default: none.
        provisioned_concurrency: environments that are kept started; not possible beside SnapStart, no more than the
            function's reserved concurrency. Default: none.
        canary: shifts the traffic to a new version step by step, and back if it fails. Default: all at once.

    Attributes:
        deployment_group: what shifts the traffic; None without ``canary``.

    Raises:
        NotReleasableError: ``function`` is imported, a version or an alias, or defined in another stack.
        ReleaseNameError: ``alias_name`` is not possible, misleading, or that of another release of the function.
        ProvisionedConcurrencyError: the function has SnapStart or less concurrency reserved.
        CanaryError: the traffic cannot be shifted like this.
        WrongPropError: a figure is out of bounds.
    """

    deployment_group: codedeploy.LambdaDeploymentGroup | None

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - the CDK's word
        *,
        function: lambda_.Function,
        alias_name: str = "live",
        description: str | None = None,
        provisioned_concurrency: int | ScaledConcurrency | None = None,
        canary: Canary | None = None,
    ) -> None:
        place = Place(scope, id)
        _require_own_function(place, scope, function)
        _require_name(place, alias_name)
        if provisioned_concurrency is not None:
            check_concurrency(place, function, alias_name, provisioned_concurrency)
        if canary is not None:
            canary.check(place)
        _take_name(place, function, alias_name)
        version = function.current_version
        version.apply_removal_policy(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        wanted = provisioned_concurrency
        super().__init__(
            scope,
            id,
            alias_name=alias_name,
            version=version,
            description=description,
            # Here it would undo, at every deployment, what was scaled since the last one.
            provisioned_concurrent_executions=None if isinstance(wanted, ScaledConcurrency) else wanted,
        )
        if isinstance(wanted, ScaledConcurrency):
            scale(self, wanted)
        self._invoke_asynchronously_as(function)
        self.deployment_group = None if canary is None else shift_traffic(self, function, alias_name, canary)

    def _invoke_asynchronously_as(self, function: lambda_.Function) -> None:
        """Copies what the function says of asynchronous invocations, which holds for ``$LATEST`` alone.

        https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html
        """
        configured = function.node.try_find_child("EventInvokeConfig")
        own = None if configured is None else configured.node.default_child
        if not isinstance(own, lambda_.CfnEventInvokeConfig):
            return
        config = lambda_.CfnEventInvokeConfig(
            self,
            "EventInvokeConfig",  # where the CDK looks before it makes a second one
            function_name=function.function_name,
            qualifier=self.alias_name,
            destination_config=own.destination_config,
            maximum_event_age_in_seconds=own.maximum_event_age_in_seconds,
            maximum_retry_attempts=own.maximum_retry_attempts,
        )
        # It names the alias without referring to it.
        config.node.add_dependency(cast("lambda_.CfnAlias", self.node.default_child))


def _require_own_function(place: Place, scope: Construct, function: object) -> None:
    if not isinstance(function, lambda_.Function):
        received = (
            f"{type(function).__name__} {function.node.path}" if isinstance(function, Construct) else function
        )
        raise NotReleasableError(
            f"{place} cannot release what it is given as function",
            received=received,
            allowed="a function that this application defines: only such a one has a current version",
            change="give the function itself",
        )
    if asked_once.stack_of(scope) is not asked_once.stack_of(function):
        raise NotReleasableError(
            f"{place} lies in another stack than its function",
            received=asked_once.path_of(function),
            allowed="a function of the same stack: each deployment changes the version that the alias refers to",
            change="make the release beside the function",
        )


def _require_name(place: Place, alias_name: str) -> None:
    if asked_once.is_unresolved(alias_name):
        return
    if _NAME.fullmatch(alias_name) is None or alias_name.lower() == _MISLEADING:
        raise ReleaseNameError(
            f"{place} has a name that an alias cannot have",
            received=alias_name,
            allowed="1 to 128 letters, digits, hyphens and underscores; not digits alone, which name a version, and "
            "nothing that reads like $LATEST",
            change="choose another alias_name, or leave it out for live",
        )


@cache
def _names(function: lambda_.Function) -> dict[str, Place]:  # noqa: ARG001 - the key of the cache
    """The releases of a function by their names."""
    return {}


def _take_name(place: Place, function: lambda_.Function, alias_name: str) -> None:
    names = _names(function)
    if alias_name in names:
        raise ReleaseNameError(
            f"{place} has the name of another release of the same function",
            received=alias_name,
            allowed=f"a name of its own; {names[alias_name]} has this one",
            change="choose another alias_name, or use that release",
        )
    names[alias_name] = place
