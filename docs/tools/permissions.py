"""What the synthesised templates allow: every statement of every policy, as the rows of a table."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from docs.tools.intrinsics import listed, name_of, readable

Resources = Mapping[str, Mapping[str, Any]]
_DOCUMENTS = {
    "AWS::SQS::QueuePolicy": "Queues",
    "AWS::SNS::TopicPolicy": "Topics",
    "AWS::S3::BucketPolicy": "Bucket",
}


@dataclass(frozen=True)
class Statement:
    """One statement; texts as they are shown.

    Attributes:
        who: the role that has it, or the principal.
        effect: ``Allow`` or ``Deny``.
        actions: in the template's order.
        resource: what it is about.
        condition: when it counts; empty for always.
    """

    who: str
    effect: str
    actions: tuple[str, ...]
    resource: str
    condition: str


def statements(resources: Resources) -> list[Statement]:
    """Every statement of a template, in the template's order."""
    return [each for name, resource in resources.items() for each in _statements(name, resource)]


def _statements(logical_id: str, resource: Mapping[str, Any]) -> Iterator[Statement]:
    kind, properties = resource["Type"], resource.get("Properties", {})
    match kind:
        case "AWS::IAM::Policy":
            who = ", ".join(map(readable, properties["Roles"]))
            yield from (_of_document(each, who) for each in _document(properties["PolicyDocument"]))
        case "AWS::IAM::Role":
            for policy in properties.get("Policies", []):
                who = name_of(logical_id)
                yield from (_of_document(each, who) for each in _document(policy["PolicyDocument"]))
        case "AWS::Lambda::Permission":
            yield _of_permission(properties)
        case _ if kind in _DOCUMENTS:
            about = ", ".join(map(readable, listed(properties[_DOCUMENTS[kind]])))
            for each in _document(properties["PolicyDocument"]):
                yield _of_document(each, _principal(each["Principal"]), about)


def _document(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return list(listed(document["Statement"]))


def _of_document(statement: Mapping[str, Any], who: str, about: str = "") -> Statement:
    resource = about or ", ".join(map(readable, listed(statement.get("Resource", "*"))))
    actions = tuple(map(str, listed(statement["Action"])))
    return Statement(who, statement["Effect"], actions, resource, _condition(statement.get("Condition", {})))


def _of_permission(properties: Mapping[str, Any]) -> Statement:
    conditions = {
        "SourceArn": properties.get("SourceArn"),
        "SourceAccount": properties.get("SourceAccount"),
        "FunctionUrlAuthType": properties.get("FunctionUrlAuthType"),
        "InvokedViaFunctionUrl": properties.get("InvokedViaFunctionUrl"),
    }
    said = ", ".join(f"{name} {readable(value)}" for name, value in conditions.items() if value is not None)
    function = readable(properties["FunctionName"])
    return Statement(readable(properties["Principal"]), "Allow", (properties["Action"],), function, said)


def _principal(principal: Any) -> str:
    if not isinstance(principal, Mapping):
        return str(principal)
    return ", ".join(readable(each) for value in principal.values() for each in listed(value))


def _condition(conditions: Mapping[str, Mapping[str, Any]]) -> str:
    return "; ".join(
        f"{operator} {key} {', '.join(map(readable, listed(value)))}"
        for operator, keys in conditions.items()
        for key, value in keys.items()
    )
