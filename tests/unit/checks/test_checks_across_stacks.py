"""References from one template to another are followed, in each form that the CDK writes."""

from typing import Any

import pytest
from cloudformation import FUNCTION, MAPPING, QUEUE, arn, function, mapping, queue, resource

from constructs_lib.checks import Stack, check_together
from constructs_lib.checks.resources import Application

TEMPLATE_OF_QUEUE = {
    "Resources": {"Queue": queue(VisibilityTimeout=5)},
    "Outputs": {"Out": {"Value": arn("Queue"), "Export": {"Name": "storage:Out"}}},
}
FORMS = {
    "weak": {
        "Fn::GetStackOutput": {"StackName": "storage", "OutputName": "Out", "Region": {"Ref": "AWS::Region"}}
    },
    "strong": {"Fn::ImportValue": "storage:Out"},
}


def consumer(source: object) -> dict[str, Any]:
    return {"Resources": {"Function": function(), "Mapping": mapping(EventSourceArn=source)}}


def found(*stacks: Stack) -> list[tuple[str, str, str]]:
    return [(each.id, each.stack, each.logical_id) for each in check_together(stacks)]


@pytest.mark.parametrize("form", FORMS)
def test_a_fault_between_two_stacks_is_found(form: str) -> None:
    stacks = Stack("service", consumer(FORMS[form])), Stack("storage", TEMPLATE_OF_QUEUE)
    assert found(*stacks) == [("THAW161", "storage", "Queue")]


@pytest.mark.parametrize("form", FORMS)
def test_what_is_in_another_application_is_not_judged(form: str) -> None:
    assert found(Stack("service", consumer(FORMS[form]))) == []


def test_a_parameter_of_a_nested_stack_is_what_the_parent_gives() -> None:
    nested = resource("AWS::CloudFormation::Stack", {"Parameters": {"Source": arn("Queue")}})
    parent = Stack("parent", {"Resources": {"Nested": nested, "Queue": queue(VisibilityTimeout=5)}})
    child = Stack("parent/Nested", consumer({"Ref": "Source"}), parent=("Nested", parent))
    assert found(parent, child) == [("THAW161", "parent", "Queue")]


def test_an_output_of_a_nested_stack_is_its_resource() -> None:
    nested = resource("AWS::CloudFormation::Stack", {})
    template = consumer({"Fn::GetAtt": ["Nested", "Outputs.Out"]})
    parent = Stack("parent", {"Resources": {"Nested": nested, **template["Resources"]}})
    child = Stack("parent/Nested", TEMPLATE_OF_QUEUE, parent=("Nested", parent))
    assert found(parent, child) == [("THAW161", "parent/Nested", "Queue")]


def test_outputs_that_stand_for_each_other_end_nowhere() -> None:
    outputs = {"Out": {"Value": {"Fn::ImportValue": "circle"}, "Export": {"Name": "circle"}}}
    stack = Stack("circle", {"Resources": {}, "Outputs": outputs})
    assert Application([stack]).refer(stack, {"Fn::ImportValue": "circle"}) is None


def test_resources_are_found_by_kind() -> None:
    application = Application([Stack("service", consumer("")), Stack("storage", TEMPLATE_OF_QUEUE)])
    assert [each.logical_id for each in application.of(FUNCTION, MAPPING, QUEUE)] == [
        "Function",
        "Mapping",
        "Queue",
    ]
