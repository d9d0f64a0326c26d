"""What a trigger invokes, and the function behind it."""

from dataclasses import dataclass
from functools import cached_property

from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_

from constructs_lib import asked_once
from constructs_lib.triggers.errors import UnsuitableTargetError
from constructs_lib.triggers.figures import in_seconds

# A function without a timeout of its own: https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html
_DEFAULT_TIMEOUT_SECONDS = 3


@dataclass(frozen=True)
class Target:
    """Where invocations go, and whose timeout, role and dead-letter queue they are bound by.

    Attributes:
        invoked: the function itself, or an alias of it.
        function: the function itself.
    """

    invoked: lambda_.Function | lambda_.Alias
    function: lambda_.Function

    @property
    def path(self) -> str:
        """The path of what is invoked."""
        return asked_once.path_of(self.invoked)

    @cached_property
    def timeout_seconds(self) -> float | None:
        """The function's timeout; None where only the deployment will know it."""
        timeout = self.function.timeout
        return _DEFAULT_TIMEOUT_SECONDS if timeout is None else in_seconds(timeout)

    def allow(self, *statements: iam.PolicyStatement) -> None:
        """Adds statements to the function's role, which an alias shares."""
        for statement in statements:
            self.function.add_to_role_policy(statement)


def target_of(trigger: object, function: lambda_.Function | lambda_.Alias) -> Target:
    """Resolves what the trigger of that path is given as ``function``.

    Raises:
        UnsuitableTargetError: it is a version, which every deployment would leave behind, or a function that this
            application does not define, so that its role and timeout are not known.
    """
    behind = function.lambda_ if isinstance(function, lambda_.Alias) else function
    if isinstance(behind, lambda_.Function):
        return Target(function, behind)
    raise UnsuitableTargetError(
        f"{trigger} cannot invoke what it is given as function",
        received=_described(function),
        allowed="a function that this application defines, or an alias of one",
        change="give the function itself or an aws_lambda.Alias of it",
    )


def _described(given: object) -> str:
    if isinstance(given, lambda_.Version):
        return f"the version {asked_once.path_of(given)}"
    if isinstance(given, lambda_.FunctionBase):
        return f"the imported function {asked_once.path_of(given)}"
    return repr(given)
