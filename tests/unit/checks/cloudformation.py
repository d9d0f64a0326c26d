"""Templates as plain data: resources that no check finds fault with, to be spoilt by a test."""

from typing import Any

from constructs_lib.checks import Finding, check

Properties = dict[str, Any]
FUNCTION, QUEUE, MAPPING = "AWS::Lambda::Function", "AWS::SQS::Queue", "AWS::Lambda::EventSourceMapping"


def resource(kind: str, properties: Properties) -> dict[str, Any]:
    """A resource; a property that is ``None`` is left out."""
    return {
        "Type": kind,
        "Properties": {name: value for name, value in properties.items() if value is not None},
    }


def function(**properties: Any) -> dict[str, Any]:
    """A function with a log group and a dead-letter queue."""
    sound = {
        "Runtime": "python3.13",
        "Timeout": 20,
        "LoggingConfig": {"LogGroup": "kept"},
        "DeadLetterConfig": {"TargetArn": "arn:aws:sqs:eu-north-1:123456789012:letters"},
    }
    return resource(FUNCTION, sound | properties)


def queue(**properties: Any) -> dict[str, Any]:
    """A queue with a dead-letter queue, visible again late enough for ``function``."""
    return resource(QUEUE, {"VisibilityTimeout": 120, "RedrivePolicy": {"maxReceiveCount": 5}} | properties)


def mapping(source: str = "Queue", **properties: Any) -> dict[str, Any]:
    """``Function`` is fed from ``Queue``."""
    sound = {
        "EventSourceArn": arn(source),
        "FunctionName": {"Ref": "Function"},
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
    }
    return resource(MAPPING, sound | properties)


def arn(name: str) -> dict[str, Any]:
    """A reference to a resource by its ARN."""
    return {"Fn::GetAtt": [name, "Arn"]}


def found(resources: dict[str, Any]) -> list[Finding]:
    """What is found in a template of these resources."""
    return list(check({"Resources": resources}))


def ids(resources: dict[str, Any]) -> list[tuple[str, str]]:
    """The same as pairs of id and logical id, sorted."""
    return sorted((finding.id, finding.logical_id) for finding in found(resources))
