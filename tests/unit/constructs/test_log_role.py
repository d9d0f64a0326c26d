"""LogRole: an execution role that can write one log and do nothing else."""

import aws_cdk as cdk
import pytest
from aws_cdk import aws_logs as logs

from constructs_lib import LogRole
from constructs_lib.errors import ConflictingPropsError
from tests.synthesis import resources, statements, template


def test_the_role_may_write_its_own_log_and_nothing_else(stack: cdk.Stack) -> None:
    LogRole(stack, "Role")
    assert statements(stack) == [(["logs:CreateLogStream", "logs:PutLogEvents"], "RoleLogs.Arn")]


def test_only_lambda_can_take_the_role(stack: cdk.Stack) -> None:
    LogRole(stack, "Role")
    [role] = resources(stack, "AWS::IAM::Role")
    [statement] = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "lambda.amazonaws.com"}


def test_the_role_has_no_managed_policy(stack: cdk.Stack) -> None:
    LogRole(stack, "Role")
    [role] = resources(stack, "AWS::IAM::Role")
    assert "ManagedPolicyArns" not in role


def test_the_log_group_has_a_generated_name_and_keeps_events_for_a_month(stack: cdk.Stack) -> None:
    LogRole(stack, "Role")
    assert resources(stack, "AWS::Logs::LogGroup") == [{"RetentionInDays": 30}]


def test_the_log_group_outlives_its_stack_unless_asked_otherwise(stack: cdk.Stack) -> None:
    LogRole(stack, "Kept")
    LogRole(stack, "Gone", removal_policy=cdk.RemovalPolicy.DESTROY, retention=logs.RetentionDays.ONE_DAY)
    policies = {
        name[:4]: each["DeletionPolicy"]
        for name, each in template(stack)["Resources"].items()
        if each["Type"] == "AWS::Logs::LogGroup"
    }
    assert policies == {"Kept": "Retain", "Gone": "Delete"}


def test_an_existing_log_group_is_written_to_instead_of_a_new_one(stack: cdk.Stack) -> None:
    group = logs.LogGroup(stack, "Shared")
    role = LogRole(stack, "Role", log_group=group)
    assert role.log_group is group
    assert statements(stack) == [(["logs:CreateLogStream", "logs:PutLogEvents"], "Shared.Arn")]


def test_an_existing_log_group_and_a_retention_are_refused_together(stack: cdk.Stack) -> None:
    group = logs.LogGroup(stack, "Shared")
    with pytest.raises(ConflictingPropsError, match="THAW051"):
        LogRole(stack, "Role", log_group=group, retention=logs.RetentionDays.ONE_DAY)
