"""What a template is made of and how it hangs together: the nodes and edges of its architecture picture.

Roles, policies and the like are not drawn: a policy's statement becomes an edge from who has the role to what it is about.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from docs.tools.intrinsics import listed, name_of, references

Resources = Mapping[str, Mapping[str, Any]]

# Drawn as edges between others, or not at all.
_CONNECTIONS = {
    "AWS::IAM::Role", "AWS::IAM::Policy", "AWS::IAM::InstanceProfile", "AWS::Lambda::EventSourceMapping",
    "AWS::Lambda::EventInvokeConfig", "AWS::Lambda::Permission", "AWS::Lambda::Url", "AWS::SNS::Subscription",
    "AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy", "AWS::S3::BucketPolicy", "AWS::ApiGatewayV2::Integration",
    "AWS::ApiGatewayV2::Route", "AWS::ApiGatewayV2::Stage", "AWS::EC2::RouteTable", "AWS::EC2::Route",
    "AWS::EC2::SubnetRouteTableAssociation", "AWS::EC2::Subnet", "AWS::EC2::SecurityGroupIngress",
    "AWS::EC2::SecurityGroupEgress", "AWS::RDS::DBSubnetGroup", "AWS::SecretsManager::SecretTargetAttachment",
    "AWS::CDK::Metadata", "AWS::EC2::VPCGatewayAttachment", "AWS::RDS::DBProxyTargetGroup",
    "AWS::RDS::DBParameterGroup", "AWS::CodeDeploy::Application", "AWS::Logs::MetricFilter",
}  # fmt: skip


@dataclass(frozen=True)
class Node:
    """A resource that is drawn; ``kind`` is its CloudFormation type."""

    id: str
    name: str
    kind: str


@dataclass(frozen=True)
class Edge:
    """From who acts to what is acted on; ``failure`` where only what failed goes this way."""

    source: str
    target: str
    failure: bool = False


@dataclass(frozen=True)
class Architecture:
    """What is drawn of a template."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def of_template(resources: Resources) -> Architecture:
    """The architecture that a template's resources make."""
    drawn = {name: each for name, each in resources.items() if each["Type"] not in _CONNECTIONS}
    found = _Reader(resources, drawn)
    nodes = tuple(Node(name, name_of(name), resource["Type"]) for name, resource in drawn.items())
    return Architecture(nodes, tuple(_without_doubles(found.edges())))


def _without_doubles(edges: Iterator[Edge]) -> list[Edge]:
    """One edge for each pair, whichever way round it was found again; what delivers counts before what only names."""
    kept: dict[frozenset[str], Edge] = {}
    for edge in edges:
        if edge.source != edge.target:
            kept.setdefault(frozenset((edge.source, edge.target)), edge)
    return list(kept.values())


class _Reader:
    def __init__(self, resources: Resources, drawn: Resources) -> None:
        self._resources, self._drawn = resources, drawn
        self._holders = {
            role: [
                name
                for name, each in drawn.items()
                if role in references(each.get("Properties", {}).get("Role"))
            ]
            for role, resource in resources.items()
            if resource["Type"] == "AWS::IAM::Role"
        }

    def edges(self) -> Iterator[Edge]:
        """What is certain of its direction comes first."""
        for reading in (self._failures, self._deliveries, self._permissions, self._mentions):
            for name, resource in self._resources.items():
                yield from reading(name, resource["Type"], resource.get("Properties", {}))

    def _failures(self, name: str, kind: str, properties: Mapping[str, Any]) -> Iterator[Edge]:
        for key in ("DeadLetterConfig", "RedrivePolicy"):
            for target in self._named(properties.get(key)):
                for source in self._endpoints(name, kind, properties):
                    yield Edge(source, target, failure=True)
        if kind in {"AWS::Lambda::EventSourceMapping", "AWS::Lambda::EventInvokeConfig"}:
            failed = properties.get("DestinationConfig", {}).get("OnFailure")
            for source in self._named(properties.get("FunctionName")):
                for target in self._named(failed):
                    yield Edge(source, target, failure=True)
        if kind == "AWS::Events::Rule":
            for target in properties.get("Targets", []):
                for queue in self._named(target.get("DeadLetterConfig")):
                    yield Edge(name, queue, failure=True)

    def _endpoints(self, name: str, kind: str, properties: Mapping[str, Any]) -> list[str]:
        if kind == "AWS::SNS::Subscription":
            return self._named(properties.get("TopicArn"))
        return [name] if name in self._drawn else []

    def _deliveries(self, name: str, kind: str, properties: Mapping[str, Any]) -> Iterator[Edge]:
        match kind:
            case "AWS::Lambda::EventSourceMapping":
                yield from self._between(properties.get("EventSourceArn"), properties.get("FunctionName"))
            case "AWS::SNS::Subscription":
                yield from self._between(properties.get("TopicArn"), properties.get("Endpoint"))
            case "AWS::ApiGatewayV2::Integration":
                yield from self._between(properties.get("ApiId"), properties.get("IntegrationUri"))
            case "AWS::Events::Rule":
                for source in self._named(properties.get("EventPattern")):
                    yield Edge(source, name)
                for target in properties.get("Targets", []):
                    yield from (Edge(name, each) for each in self._named(target.get("Arn")))
            case "AWS::Scheduler::Schedule":
                yield from (Edge(name, each) for each in self._named(properties.get("Target", {}).get("Arn")))
            case "AWS::CloudWatch::Alarm":
                watched = {key: value for key, value in properties.items() if not key.endswith("Actions")}
                yield from (Edge(each, name) for each in self._named(watched))
            case "AWS::Lambda::Permission":
                yield from self._between(properties.get("SourceArn"), properties.get("FunctionName"))

    def _permissions(self, _name: str, kind: str, properties: Mapping[str, Any]) -> Iterator[Edge]:
        if kind != "AWS::IAM::Policy":
            return
        holders = [
            holder for role in references(properties["Roles"]) for holder in self._holders.get(role, [])
        ]
        for statement in listed(properties["PolicyDocument"]["Statement"]):
            for target in self._named(statement.get("Resource")):
                yield from (Edge(holder, target) for holder in holders)

    def _mentions(self, name: str, kind: str, properties: Mapping[str, Any]) -> Iterator[Edge]:
        # A dashboard shows everything, and lines to everything show nothing.
        if name in self._drawn and kind != "AWS::CloudWatch::Dashboard":
            yield from (Edge(name, each) for each in self._named(properties))

    def _between(self, source: Any, target: Any) -> Iterator[Edge]:
        for each in self._named(source):
            yield from (Edge(each, other) for other in self._named(target))

    def _named(self, value: Any) -> list[str]:
        """What is drawn of that which a value names; who names a subnet names its network."""
        found: list[str] = []
        for name in references(value):
            if name in self._drawn:
                found.append(name)
            elif (
                self._resources.get(name, {})
                .get("Type", "")
                .startswith(("AWS::EC2::Subnet", "AWS::RDS::DBSubnet"))
            ):
                found += self._named(self._resources[name]["Properties"])
        return list(dict.fromkeys(found))
