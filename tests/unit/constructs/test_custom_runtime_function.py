"""CustomRuntimeFunction: a Python handler on Thaw's own runtime."""

import platform
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import assertions
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns

from constructs_lib import BundlingError, CustomRuntimeFunction, DeadLetterQueue
from constructs_lib.bundling import Recipe, fingerprint
from constructs_lib.errors import ConflictingPropsError, NotAnOsOnlyRuntimeError
from tests.synthesis import NOT_VALIDATED, readable, resources, statements, template

HANDLER = "handler.handle"


def properties(stack: cdk.Stack) -> dict[str, object]:
    [function] = resources(stack, "AWS::Lambda::Function")
    return function


def test_the_defaults_are_those_of_the_documentation(stack: cdk.Stack, source: Path) -> None:
    CustomRuntimeFunction(stack, "Hello", source=source, handler=HANDLER)
    function = properties(stack)
    assert function["Runtime"] == "provided.al2023"
    assert function["Architectures"] == ["x86_64"]
    assert (function["MemorySize"], function["Timeout"]) == (512, 30)
    assert not {"TracingConfig", "ReservedConcurrentExecutions", "FunctionName", "Environment"} & set(
        function
    )


def test_what_is_asked_for_is_what_is_deployed(stack: cdk.Stack, source: Path) -> None:
    CustomRuntimeFunction(
        stack,
        "Hello",
        source=source,
        handler=HANDLER,
        memory_size=1769,
        timeout=cdk.Duration.minutes(2),
        environment={"COLOUR": "blue"},
        ephemeral_storage_size=cdk.Size.gibibytes(1),
        description="Says hello",
        function_name="hello",
        tracing=lambda_.Tracing.ACTIVE,
        reserved_concurrent_executions=3,
    )
    function = properties(stack)
    assert (function["MemorySize"], function["Timeout"]) == (1769, 120)
    assert function["Environment"] == {"Variables": {"COLOUR": "blue"}}
    assert function["EphemeralStorage"] == {"Size": 1024}
    assert (function["Description"], function["FunctionName"]) == ("Says hello", "hello")
    assert function["TracingConfig"] == {"Mode": "Active"}
    assert function["ReservedConcurrentExecutions"] == 3


def test_the_role_may_log_and_send_dead_letters_and_nothing_else(stack: cdk.Stack, source: Path) -> None:
    CustomRuntimeFunction(stack, "Hello", source=source, handler=HANDLER)
    assert statements(stack) == [
        (["logs:CreateLogStream", "logs:PutLogEvents"], "HelloRoleLogs.Arn"),
        (["sqs:SendMessage"], "HelloDeadLetterQueue.Arn"),
    ]


def test_the_function_logs_to_the_group_its_role_can_write(stack: cdk.Stack, source: Path) -> None:
    CustomRuntimeFunction(stack, "Hello", source=source, handler=HANDLER)
    [function] = resources(stack, "AWS::Lambda::Function")
    assert readable(function["LoggingConfig"]["LogGroup"]) == "HelloRoleLogs"
    assert len(resources(stack, "AWS::Logs::LogGroup")) == 1


def test_retention_and_removal_of_the_log_are_the_users(stack: cdk.Stack, source: Path) -> None:
    CustomRuntimeFunction(
        stack,
        "Hello",
        source=source,
        handler=HANDLER,
        log_retention=logs.RetentionDays.ONE_DAY,
        log_removal_policy=cdk.RemovalPolicy.DESTROY,
    )
    [group] = [
        each for each in template(stack)["Resources"].values() if each["Type"] == "AWS::Logs::LogGroup"
    ]
    assert (group["Properties"], group["DeletionPolicy"]) == ({"RetentionInDays": 1}, "Delete")


def test_a_log_group_and_a_retention_are_refused_together(stack: cdk.Stack, source: Path) -> None:
    with pytest.raises(ConflictingPropsError):
        CustomRuntimeFunction(
            stack,
            "Hello",
            source=source,
            handler=HANDLER,
            log_group=logs.LogGroup(stack, "Shared"),
            log_retention=logs.RetentionDays.ONE_DAY,
        )


def test_dead_letters_are_encrypted_and_kept_for_14_days(stack: cdk.Stack, source: Path) -> None:
    CustomRuntimeFunction(stack, "Hello", source=source, handler=HANDLER)
    [queue] = resources(stack, "AWS::SQS::Queue")
    assert queue == {"MessageRetentionPeriod": 14 * 86_400, "SqsManagedSseEnabled": True}


def test_dead_letters_travel_over_tls_only(stack: cdk.Stack, source: Path) -> None:
    CustomRuntimeFunction(stack, "Hello", source=source, handler=HANDLER)
    [policy] = resources(stack, "AWS::SQS::QueuePolicy")
    [statement] = policy["PolicyDocument"]["Statement"]
    assert statement["Effect"] == "Deny"
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_a_dead_letter_queue_of_the_user_is_used_instead(stack: cdk.Stack, source: Path) -> None:
    queue = DeadLetterQueue(stack, "Shared")
    function = CustomRuntimeFunction(stack, "Hello", source=source, handler=HANDLER, dead_letter_queue=queue)
    assert function.dead_letter_queue is queue
    assert len(resources(stack, "AWS::SQS::Queue")) == 1


def test_the_cdks_own_grants_work_on_the_function(stack: cdk.Stack, source: Path) -> None:
    function = CustomRuntimeFunction(stack, "Hello", source=source, handler=HANDLER)
    sns.Topic(stack, "Topic").grant_publish(function)
    assert (["sns:Publish"], "Topic") in statements(stack, "HelloRole")


def test_a_runtime_with_an_interpreter_of_its_own_is_refused(stack: cdk.Stack, source: Path) -> None:
    with pytest.raises(NotAnOsOnlyRuntimeError, match=r"received: python3\.13"):
        CustomRuntimeFunction(
            stack, "Hello", source=source, handler=HANDLER, runtime=lambda_.Runtime.PYTHON_3_13
        )


def test_provided_al2_is_deployed_with_a_warning_that_carries_its_dates(
    stack: cdk.Stack, source: Path
) -> None:
    CustomRuntimeFunction(
        stack, "Hello", source=source, handler=HANDLER, runtime=lambda_.Runtime.PROVIDED_AL2
    )
    assert properties(stack)["Runtime"] == "provided.al2"
    dates = assertions.Match.string_like_regexp("2026-07-31.*2027-02-01.*2027-03-03")
    assertions.Annotations.from_stack(stack).has_warning("/Stack/Hello", dates)


def test_the_warning_about_provided_al2_can_be_acknowledged(stack: cdk.Stack, source: Path) -> None:
    function = CustomRuntimeFunction(
        stack, "Hello", source=source, handler=HANDLER, runtime=lambda_.Runtime.PROVIDED_AL2
    )
    cdk.Annotations.of(function).acknowledge_warning("thaw:provided.al2", "moved before the date")
    anything = assertions.Match.any_value()
    assertions.Annotations.from_stack(stack).has_no_warning("/Stack/Hello", anything)


def test_the_default_runtime_has_no_warning(stack: cdk.Stack, source: Path) -> None:
    CustomRuntimeFunction(stack, "Hello", source=source, handler=HANDLER)
    anything = assertions.Match.any_value()
    assertions.Annotations.from_stack(stack).has_no_warning("*", anything)


def test_a_change_of_the_handler_is_a_change_of_the_asset(stack: cdk.Stack, tmp_path: Path) -> None:
    for number, text in enumerate(("def handle(e, c): ...\n", "def handle(e, c): return 1\n")):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "handler.py").write_text(text)
        CustomRuntimeFunction(stack, f"Hello{number}", source=folder, handler=HANDLER)
    keys = [each["Code"]["S3Key"] for each in resources(stack, "AWS::Lambda::Function")]
    assert len(set(keys)) == 2


def test_an_architecture_that_the_bundled_python_is_not_of_is_refused(stack: cdk.Stack, source: Path) -> None:
    foreign = lambda_.Architecture.X86_64 if platform.machine() == "aarch64" else lambda_.Architecture.ARM_64
    with pytest.raises(BundlingError, match=foreign.name):
        CustomRuntimeFunction(stack, "Hello", source=source, handler=HANDLER, architecture=foreign)


def test_an_artifact_that_cannot_be_made_names_the_construct(stack: cdk.Stack, tmp_path: Path) -> None:
    with pytest.raises(BundlingError) as caught:
        CustomRuntimeFunction(stack, "Hello", source=tmp_path / "absent", handler=HANDLER)
    assert "  construct: Stack/Hello" in caught.value.__notes__


def test_where_bundling_is_asked_for_the_artifact_is_the_asset(source: Path, tmp_path: Path) -> None:
    app = cdk.App(outdir=str(tmp_path), **NOT_VALIDATED)
    CustomRuntimeFunction(cdk.Stack(app, "Stack"), "Hello", source=source, handler=HANDLER)
    app.synth()
    [archive] = tmp_path.glob("asset.*.zip")
    assert archive.stat().st_size > 1_000_000


def test_the_identity_of_the_asset_is_the_same_with_and_without_bundling(
    stack: cdk.Stack, source: Path
) -> None:
    bundled = cdk.Stack(cdk.App(**NOT_VALIDATED), "Stack")
    keys = set()
    for each in (stack, bundled):
        CustomRuntimeFunction(each, "Hello", source=source, handler=HANDLER)
        [function] = resources(each, "AWS::Lambda::Function")
        keys.add(function["Code"]["S3Key"])
    assert len(keys) == 1
    assert len(fingerprint(Recipe(source=source, handler=HANDLER))) == 64
