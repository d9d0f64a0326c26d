"""cdk-nag's findings as the other tests take them."""

import pytest

from tests.nagging import NagFinding, nag_findings
from tests.synthesis import new_app

import aws_cdk as cdk  # isort: skip
from aws_cdk import aws_iam as iam  # isort: skip


@pytest.fixture
def role() -> iam.Role:
    role = iam.Role(
        cdk.Stack(new_app(), "Stack"), "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com")
    )
    role.add_to_policy(iam.PolicyStatement(actions=["ec2:DeleteNetworkInterface"], resources=["*"]))
    return role


def findings(role: iam.Role) -> list[NagFinding]:
    app = role.node.root
    assert isinstance(app, cdk.App)
    return nag_findings(app)


def acknowledge(role: iam.Role, rule: str) -> None:
    cdk.Validations.of(role).acknowledge(cdk.Acknowledgment(id=rule, reason="no resource-level permission"))


def test_a_wildcard_is_found_with_the_id_that_acknowledges_it(role: iam.Role) -> None:
    assert [(each.path, each.id, each.severity) for each in findings(role)] == [
        ("Stack/Role/DefaultPolicy/Resource", "AwsSolutions-IAM5[Resource::*]", "error")
    ]


def test_an_acknowledged_finding_is_not_found(role: iam.Role) -> None:
    acknowledge(role, "AwsSolutions-IAM5[Resource::*]")
    assert findings(role) == []


def test_a_rule_cannot_be_acknowledged_as_a_whole(role: iam.Role) -> None:
    acknowledge(role, "AwsSolutions-IAM5")
    assert len(findings(role)) == 1
