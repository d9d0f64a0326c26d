"""The statements that the pages show are those of the templates."""

from typing import Any

from docs.tools.permissions import Statement, statements


def only(kind: str, **properties: Any) -> list[Statement]:
    return statements({"ThingA1B2C3D4": {"Type": kind, "Properties": properties}})


def document(**statement: Any) -> dict[str, Any]:
    return {"Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage", **statement}]}


def test_a_policys_statement_belongs_to_its_roles() -> None:
    resource = {"Fn::Join": ["", [{"Fn::GetAtt": ["BucketA1B2C3D4", "Arn"]}, "/*"]]}
    policy = document(Action=["s3:GetObject", "s3:ListBucket"], Resource=resource)
    [found] = only("AWS::IAM::Policy", Roles=[{"Ref": "RoleA1B2C3D4"}], PolicyDocument=policy)
    assert found == Statement("Role", "Allow", ("s3:GetObject", "s3:ListBucket"), "Bucket.Arn/*", "")


def test_a_policy_written_into_a_role_is_shown() -> None:
    policies = [{"PolicyName": "p", "PolicyDocument": document(Effect="Deny", Resource="*")}]
    assert only("AWS::IAM::Role", Policies=policies) == [
        Statement("Thing", "Deny", ("sqs:SendMessage",), "*", "")
    ]


def test_a_queues_policy_names_who_may_send_and_when() -> None:
    policy = document(
        Principal={"Service": "sns.amazonaws.com"},
        Resource="ignored",
        Condition={"ArnEquals": {"aws:SourceArn": {"Ref": "TopicA1B2C3D4"}}},
    )
    [found] = only("AWS::SQS::QueuePolicy", Queues=[{"Ref": "QueueA1B2C3D4"}], PolicyDocument=policy)
    assert (found.who, found.resource) == ("sns.amazonaws.com", "Queue")
    assert found.condition == "ArnEquals aws:SourceArn Topic"


def test_who_may_invoke_a_function_is_shown() -> None:
    [found] = only(
        "AWS::Lambda::Permission",
        Action="lambda:InvokeFunction",
        FunctionName={"Fn::GetAtt": ["FunctionA1B2C3D4", "Arn"]},
        Principal="events.amazonaws.com",
        SourceArn={"Fn::GetAtt": ["RuleA1B2C3D4", "Arn"]},
    )
    assert (found.who, found.resource, found.condition) == (
        "events.amazonaws.com",
        "Function.Arn",
        "SourceArn Rule.Arn",
    )
