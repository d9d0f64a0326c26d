"""A new version that proves itself on a part of the traffic before it gets all of it.

Sources:
    https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html
    https://docs.aws.amazon.com/codedeploy/latest/userguide/limits.html
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_

from constructs_lib.functions import props
from constructs_lib.permissions.wildcards import allow_any_resource
from constructs_lib.releases.errors import CanaryError
from constructs_lib.rules import whole_number

_DEFAULT_MINUTES = 5
_LONGEST_SHIFT_MINUTES = 48 * 60
# CodeDeploy's own configurations, by kind, percentage and minutes; an account can have 50 others at most.
_PREDEFINED = {
    **{(False, 10, minutes): f"CANARY_10_PERCENT_{minutes}_MINUTES" for minutes in (5, 10, 15, 30)},
    (True, 10, 1): "LINEAR_10_PERCENT_EVERY_1_MINUTE",
    **{(True, 10, minutes): f"LINEAR_10_PERCENT_EVERY_{minutes}_MINUTES" for minutes in (2, 3, 10)},
}


@dataclass(frozen=True, kw_only=True)
class Canary:
    """How CodeDeploy shifts the traffic of an alias to a new version, and what makes it shift back.

    Attributes:
        percentage: how much goes to the new version first, 1 to 99.
        interval: how long that part has to go well; whole minutes, the whole shift 48 hours at most.
            Default: 5 minutes.
        linear: whether another ``percentage`` follows after each interval. Otherwise all the rest follows after one.
        errors: how many failures of the new version within a minute shift the traffic back; None for no such alarm.
        alarms: others that shift it back. One that is on already keeps a new version, a fix included, from being tried.
            Alarms of the release's own metrics can be added once it is made, by ``deployment_group.add_alarm``.
        pre_hook: a function that CodeDeploy invokes before it shifts, and that has to report its verdict. The release
            waits for it, so it must not refer to the release.
        post_hook: likewise, after it has shifted.
    """

    percentage: int = 10
    interval: cdk.Duration | None = None
    linear: bool = False
    errors: int | None = 1
    alarms: Sequence[cloudwatch.IAlarm | cloudwatch.CfnAlarm] = ()
    pre_hook: lambda_.IFunction | None = None
    post_hook: lambda_.IFunction | None = None

    @property
    def minutes(self) -> float:
        """The interval in minutes."""
        if self.interval is None:
            return _DEFAULT_MINUTES
        return float(self.interval.to_milliseconds()) / 60_000

    @property
    def hooks(self) -> list[lambda_.IFunction]:
        """The functions that CodeDeploy invokes."""
        return [hook for hook in (self.pre_hook, self.post_hook) if hook is not None]

    def check(self, place: object) -> None:
        """Checks the figures for the release at ``place``.

        Raises:
            WrongPropError: percentage or errors are out of bounds.
            CanaryError: the interval is not whole minutes, only the deployment will know it, or the shift takes too long.
        """
        props.require(place, "percentage", self.percentage, whole_number(1, 99))
        props.require(place, "errors", self.errors, whole_number(1, 1_000_000))
        if self.interval is not None and self.interval.is_unresolved():
            _refuse(place, "an interval that only the deployment will know")
        shifts = -(-100 // self.percentage) - 1 if self.linear else 1
        if self.minutes < 1 or self.minutes % 1:
            _refuse(place, f"an interval of {self.minutes:g} minutes")
        if shifts * self.minutes > _LONGEST_SHIFT_MINUTES:
            _refuse(place, f"a shift of {shifts * self.minutes / 60:g} hours")


def shift_traffic(
    alias: lambda_.Alias, function: lambda_.Function, alias_name: str, canary: Canary
) -> codedeploy.LambdaDeploymentGroup:
    """Lets CodeDeploy move an alias from version to version."""
    role = iam.Role(alias, "TrafficShiftingRole", assumed_by=iam.ServicePrincipal("codedeploy.amazonaws.com"))
    for statement in _statements(function, alias_name, canary.hooks):
        role.add_to_policy(statement)
    allow_any_resource(
        role,
        "Alarms",
        [iam.PolicyStatement(actions=["cloudwatch:DescribeAlarms"], resources=["*"])],
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
        "CloudWatch tells of composite alarms only those who may ask about every alarm",
    )
    alarms: list[cloudwatch.IAlarm | cloudwatch.CfnAlarm] = [*canary.alarms]
    if canary.errors is not None:
        alarms.append(_errors_of_new_version(alias, function, alias_name, canary.errors))
    group = codedeploy.LambdaDeploymentGroup(
        alias,
        "TrafficShifting",
        alias=alias,
        # The CDK attaches a managed policy to any role whose policies it may change.
        role=role.without_policy_updates(),
        deployment_config=_configuration(alias, canary),
        alarms=alarms,
        pre_hook=canary.pre_hook,
        post_hook=canary.post_hook,
    )
    # The group waits for the role alone, and CodeDeploy needs its policies as soon as the alias changes.
    cast("lambda_.CfnAlias", alias.node.default_child).node.add_dependency(role)
    return group


def _statements(
    function: lambda_.Function, alias_name: str, hooks: Sequence[lambda_.IFunction]
) -> list[iam.PolicyStatement]:
    """What CodeDeploy does itself: AWSCodeDeployRoleForLambdaLimited, bound to this alias.

    Without its S3 actions, which are for revisions kept there: CloudFormation hands the revision over itself.
    https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSCodeDeployRoleForLambdaLimited.html
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html
    """
    arn = function.function_arn
    statements = [
        iam.PolicyStatement(actions=["lambda:GetAlias", "lambda:UpdateAlias"], resources=[arn]),
        iam.PolicyStatement(
            actions=["lambda:GetProvisionedConcurrencyConfig"], resources=[f"{arn}:{alias_name}"]
        ),
    ]
    if hooks:
        invoked = [hook.function_arn for hook in hooks]
        statements.append(iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=invoked))
    return statements


def _errors_of_new_version(
    alias: lambda_.Alias, function: lambda_.Function, alias_name: str, errors: int
) -> cloudwatch.CfnAlarm:
    """An alarm on what the new version fails on while it gets the alias's traffic, and on nothing else.

    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
    """
    dimension = cloudwatch.CfnAlarm.DimensionProperty
    name = function.function_name
    return cloudwatch.CfnAlarm(
        alias,
        "NewVersionErrors",
        alarm_description=f"The version that {alias_name} is shifted to fails: CodeDeploy shifts back",
        namespace="AWS/Lambda",
        metric_name="Errors",
        dimensions=[
            dimension(name="FunctionName", value=name),
            # Not a reference to the alias, which waits for this alarm.
            dimension(name="Resource", value=f"{name}:{alias_name}"),
            dimension(name="ExecutedVersion", value=function.current_version.version),
        ],
        statistic="Sum",
        period=60,
        evaluation_periods=1,
        threshold=errors,
        comparison_operator="GreaterThanOrEqualToThreshold",
        treat_missing_data="notBreaching",
    )


def _configuration(alias: lambda_.Alias, canary: Canary) -> codedeploy.ILambdaDeploymentConfig:
    configurations = codedeploy.LambdaDeploymentConfig
    name = _PREDEFINED.get((canary.linear, canary.percentage, int(canary.minutes)))
    if name is not None:
        return cast("codedeploy.ILambdaDeploymentConfig", getattr(configurations, name))
    kind = (
        codedeploy.TimeBasedLinearTrafficRouting
        if canary.linear
        else codedeploy.TimeBasedCanaryTrafficRouting
    )
    routing = kind(interval=cdk.Duration.minutes(canary.minutes), percentage=canary.percentage)
    return configurations(alias, "TrafficShiftingSteps", traffic_routing=routing)


def _refuse(place: object, received: str) -> None:
    raise CanaryError(
        f"{place} shifts its traffic in a way that CodeDeploy does not take",
        received=received,
        allowed="whole minutes, 1 or more, and 48 hours from the first shift to the last",
        change="correct interval or percentage, or leave them out: 10 % for 5 minutes",
    )
