"""Logs: who may write them, how long they are kept."""

from collections.abc import Iterator

from constructs_lib.checks.catalogue import Fault, warning
from constructs_lib.checks.policies import allowed_statements, attached_policies
from constructs_lib.checks.resources import Application, Resource, text_of
from constructs_lib.checks.values import known_text, listed, text

_MANAGED = ("AWSLambdaBasicExecutionRole", "AWSLambdaVPCAccessExecutionRole", "AWSLambdaExecute")
_ACTIONS = {"logs:*", "logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"}
_GROUP = "AWS::Logs::LogGroup"
_RETENTION = "Custom::LogRetention"  # the CDK's older way to it
_FOLDER = "/aws/lambda/"


@warning(
    "THAW171",
    fix="allow logs:CreateLogStream and logs:PutLogEvents on the function's own log group, as LogRole does",
)
def role_writes_any_log(application: Application) -> Iterator[Fault]:
    """The function can write into every log group of the account, and make new ones that nothing removes."""
    for role in _roles_of_functions(application):
        managed = [name for name in map(known_text, attached_policies(role)) if name.endswith(_MANAGED)]
        if managed:
            policy = managed[0].rpartition("/")[2]
            yield _any_log(role, f"the managed policy {policy}", "ManagedPolicyArns")
        elif action := next(_wide_actions(application, role), None):
            yield _any_log(role, f"{action} on *", "Policies")


@warning("THAW172", fix="set retention on the log group")
def log_group_without_retention(application: Application) -> Iterator[Fault]:
    """A log group without a retention keeps its events for ever, and is paid for as long."""
    for group in application.of(_GROUP):
        if group.get("RetentionInDays") is None:
            yield Fault(
                group,
                "keeps its events for ever",
                "no RetentionInDays",
                "a number of days",
                "RetentionInDays",
            )


@warning("THAW173", fix="give the function a log group with a retention (log_group=)")
def function_without_log_group(application: Application) -> Iterator[Fault]:
    """Lambda makes the log group itself, without a retention, and it outlives the stack."""
    owned = set(_with_log_group(application))
    for function in application.functions:
        named = f"{_FOLDER}{text(function.get('FunctionName'))}"
        if function.get("LoggingConfig", "LogGroup") is None and function not in owned and named not in owned:
            yield Fault(
                function,
                "has no log group of its own",
                "no LoggingConfig.LogGroup, no log group of its name",
                "a log group in the same application",
                "LoggingConfig.LogGroup",
            )


def _any_log(role: Resource, received: str, location: str) -> Fault:
    return Fault(
        role,
        "lets a function write every log of the account",
        received,
        "CreateLogStream and PutLogEvents on one log group",
        location,
    )


def _roles_of_functions(application: Application) -> Iterator[Resource]:
    roles = (application.target(function, "Role") for function in application.functions)
    yield from dict.fromkeys(role for role in roles if role is not None and role.kind == "AWS::IAM::Role")


def _wide_actions(application: Application, role: Resource) -> Iterator[str]:
    for _, statement in allowed_statements(application, role):
        wide = any(
            known_text(each) == "*" or known_text(each).endswith(":logs:*:*:*")
            for each in listed(statement.get("Resource"))
        )
        for action in listed(statement.get("Action")):
            if wide and isinstance(action, str) and action in _ACTIONS:
                yield action


def _with_log_group(application: Application) -> Iterator[Resource | str]:
    """Functions, by themselves or by the names of their log groups."""
    for group in application.of(_GROUP, _RETENTION):
        yield text_of(group, "LogGroupName")
        for reference in application.mentioned(group.stack, group.get("LogGroupName")):
            yield reference.resource
