"""What an architecture picture shows of a template."""

from itertools import pairwise
from typing import Any
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from docs.tools.architecture import Architecture, Edge, Node, of_template
from docs.tools.layout import Waypoint, arrange
from docs.tools.picture import HEIGHT, WAYPOINT_HEIGHT, draw, positions

Resources = dict[str, dict[str, Any]]
Edges = set[tuple[int, int]]
NODES = range(8)


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": kind, "Properties": properties}


def function(role: str = "Role", **properties: Any) -> dict[str, Any]:
    return resource("AWS::Lambda::Function", Role={"Fn::GetAtt": [role, "Arn"]}, **properties)


def arn(name: str) -> dict[str, Any]:
    return {"Fn::GetAtt": [name, "Arn"]}


def edges(resources: Resources) -> set[tuple[str, str, bool]]:
    return {(edge.source, edge.target, edge.failure) for edge in of_template(resources).edges}


def test_an_event_source_leads_to_the_function() -> None:
    mapping = resource(
        "AWS::Lambda::EventSourceMapping", EventSourceArn=arn("Queue"), FunctionName={"Ref": "Function"}
    )
    resources = {"Function": function(), "Queue": resource("AWS::SQS::Queue"), "Mapping": mapping}
    assert edges(resources) == {("Queue", "Function", False)}


def test_a_permission_leads_from_the_function_to_what_it_may_use() -> None:
    statement = {"Effect": "Allow", "Action": "sns:Publish", "Resource": {"Ref": "Topic"}}
    resources = {
        "Role": resource("AWS::IAM::Role"),
        "Policy": resource(
            "AWS::IAM::Policy", Roles=[{"Ref": "Role"}], PolicyDocument={"Statement": [statement]}
        ),
        "Function": function(),
        "Topic": resource("AWS::SNS::Topic"),
    }
    assert edges(resources) == {("Function", "Topic", False)}


def test_what_failed_goes_another_way() -> None:
    resources = {
        "Function": function(DeadLetterConfig={"TargetArn": arn("Dead")}),
        "Queue": resource("AWS::SQS::Queue", RedrivePolicy={"deadLetterTargetArn": arn("Dead")}),
        "Dead": resource("AWS::SQS::Queue"),
    }
    assert edges(resources) == {("Function", "Dead", True), ("Queue", "Dead", True)}


def test_a_queue_that_is_read_is_not_also_drawn_as_one_that_may_be_read() -> None:
    statement = {"Effect": "Allow", "Action": "sqs:ReceiveMessage", "Resource": arn("Queue")}
    resources = {
        "Role": resource("AWS::IAM::Role"),
        "Policy": resource(
            "AWS::IAM::Policy", Roles=[{"Ref": "Role"}], PolicyDocument={"Statement": [statement]}
        ),
        "Function": function(),
        "Queue": resource("AWS::SQS::Queue"),
        "Mapping": resource(
            "AWS::Lambda::EventSourceMapping", EventSourceArn=arn("Queue"), FunctionName={"Ref": "Function"}
        ),
    }
    assert edges(resources) == {("Queue", "Function", False)}


def test_roles_and_policies_are_not_drawn() -> None:
    resources = {"Role": resource("AWS::IAM::Role"), "Function": function()}
    assert [node.id for node in of_template(resources).nodes] == ["Function"]


@st.composite
def graphs(draw: st.DrawFn) -> Edges:
    pairs = draw(st.sets(st.tuples(st.sampled_from(NODES), st.sampled_from(NODES)), max_size=16))
    return {(a, b) for a, b in pairs if a != b and ((b, a) not in pairs or a < b)}


@given(graphs())
def test_no_two_boxes_touch(edges: Edges) -> None:
    layout = arrange(NODES, edges)
    places = positions(layout)
    for column in layout.columns:
        tops = [
            (places[node][1], WAYPOINT_HEIGHT if isinstance(node, Waypoint) else HEIGHT) for node in column
        ]
        assert all(y + height < below for (y, height), (below, _) in pairwise(tops))
    assert len({places[node] for column in layout.columns for node in column}) == len(places)


@given(graphs())
def test_an_edge_crosses_every_column_between_its_ends(edges: Edges) -> None:
    layout = arrange(NODES, edges)
    column = {node: index for index, nodes in enumerate(layout.columns) for node in nodes}
    for (source, target), path in layout.paths.items():
        assert (path[0], path[-1]) == (source, target)
        passed = [column[node] for node in path]
        step = 1 if passed[0] < passed[-1] else -1
        assert passed == list(range(passed[0], passed[-1] + step, step))


@given(graphs())
def test_a_picture_has_every_node_and_every_edge(edges: Edges) -> None:
    nodes = tuple(Node(str(node), f"Node <{node}>", "AWS::SQS::Queue") for node in NODES)
    architecture = Architecture(nodes, tuple(Edge(str(a), str(b)) for a, b in sorted(edges)))
    picture = ET.fromstring(draw(architecture, "a & b"))  # noqa: S314 - our own
    names = [text.text for text in picture.iterfind(".//{*}text") if text.get("class") is None]
    assert names == [node.name for node in nodes]
    assert len(picture.findall("{*}path[@class='edge']")) == len(edges)
