"""Runtimes, figures, variables, layers and versions of functions."""

from typing import Any

import pytest
from cloudformation import arn, found, function, ids, resource

from constructs_lib.bundling.managed_runtimes import newest_of
from constructs_lib.checks import facts

LAYER = "AWS::Lambda::LayerVersion"
ALIAS = "AWS::Lambda::Alias"


def test_a_sound_function_is_not_found_fault_with() -> None:
    assert ids({"Function": function()}) == []


def test_a_finding_says_where_what_and_how_to_change_it() -> None:
    spoilt = function(MemorySize=64) | {"Metadata": {"aws:cdk:path": "Shop/Worker/Resource"}}
    assert str(found({"Function": spoilt})[0]) == (
        "THAW155: Shop/Worker has a MemorySize that the service does not take\n"
        "  construct: Shop/Worker/Resource (Function)\n"
        "  received: 64 MB\n"
        "  allowed: 128 to 10,240 MB\n"
        "  change: choose a figure in the range, or leave the property out for its default"
    )


@pytest.mark.parametrize(
    ("properties", "expected", "received"),
    [
        ({"Runtime": "nodejs12.x"}, "THAW150", "nodejs12.x"),
        ({"Runtime": "go1.x"}, "THAW150", "can be updated until 2027-03-03"),
        ({"Runtime": "provided.al2"}, "THAW151", "blocked from 2027-02-01, updating them from 2027-03-03"),
        ({"Runtime": "python3.9"}, "THAW151", "without patches since 2025-12-15"),
        ({"MemorySize": 10_241}, "THAW155", "10,241 MB"),
        ({"MemorySize": "64"}, "THAW155", "64 MB"),
        ({"Timeout": 901}, "THAW155", "901 s"),
        ({"Timeout": 0}, "THAW155", "0 s"),
        ({"EphemeralStorage": {"Size": 511}}, "THAW155", "511 MB"),
        ({"Environment": {"Variables": {"A": "x", "BIG": "x" * 4096}}}, "THAW156", "BIG the largest"),
        ({"Environment": {"Variables": {"AWS_REGION": "mars"}}}, "THAW157", "AWS_REGION"),
        ({"Environment": {"Variables": {"WITH-HYPHEN": ""}}}, "THAW157", "WITH-HYPHEN"),
        ({"Layers": ["a", "b", "c", "d", "e", "f"]}, "THAW158", "6"),
        ({"ReservedConcurrentExecutions": 0}, "THAW159", "0"),
        ({"SnapStart": {"ApplyOn": "PublishedVersions"}}, "THAW154", "no AWS::Lambda::Version"),
    ],
)
def test_a_fault_of_one_function_is_found(properties: dict[str, Any], expected: str, received: str) -> None:
    [finding] = [each for each in found({"Function": function(**properties)}) if each.id == expected]
    assert received in finding.received


@pytest.mark.parametrize(
    "properties",
    [
        {"MemorySize": 128, "Timeout": 900, "EphemeralStorage": {"Size": 10_240}},
        {"MemorySize": {"Ref": "Memory"}, "Timeout": {"Fn::If": ["Prod", 5000, 1]}},
        {"Environment": {"Variables": {"A1": "x" * 4000}}},
        {"Environment": {"Fn::If": ["Prod", {"Variables": {"AWS_REGION": ""}}, {}]}},
        {"Environment": {"Variables": {"Fn::If": ["Prod", {}, {}]}}},
        {"Layers": ["a", "b", "c", "d", "e"]},
        {"Layers": {"Fn::If": ["Prod", ["a"] * 6, []]}},
        {"Runtime": {"Ref": "Runtime"}, "Architectures": {"Ref": "Architectures"}},
        {"Runtime": None, "Architectures": ["arm64"]},
    ],
)
def test_what_is_allowed_or_not_known_is_not_found_fault_with(properties: dict[str, Any]) -> None:
    assert ids({"Function": function(**properties)}) == []


def test_a_runtime_without_arm64_is_refused_on_it() -> None:
    assert ("THAW152", "Function") in ids({"Function": function(Runtime="java8", Architectures=["arm64"])})


def test_a_layer_for_the_other_architecture_is_refused() -> None:
    layer = resource(LAYER, {"CompatibleArchitectures": ["arm64"]})
    assert ids({"Layer": layer, "Function": function(Layers=[{"Ref": "Layer"}])}) == [("THAW152", "Function")]


@pytest.mark.parametrize(
    ("runtime", "refused"), [("provided.al2023", True), ("nodejs24.x", True), ("java25", False)]
)
def test_snapstart_takes_managed_runtimes_of_java_python_and_net(runtime: str, refused: bool) -> None:  # noqa: FBT001
    snapstart = function(Runtime=runtime, SnapStart={"ApplyOn": "PublishedVersions"})
    assert (("THAW153", "Function") in ids({"Function": snapstart})) is refused


def test_snapstart_takes_no_larger_tmp() -> None:
    snapstart = function(
        Runtime="java25", SnapStart={"ApplyOn": "PublishedVersions"}, EphemeralStorage={"Size": 1024}
    )
    assert ("THAW153", "Function") in ids({"Function": snapstart})


def test_snapstart_with_a_version_is_right() -> None:
    version = resource("AWS::Lambda::Version", {"FunctionName": {"Ref": "Function"}})
    snapstart = function(Runtime="java25", SnapStart={"ApplyOn": "PublishedVersions"})
    assert ids({"Function": snapstart, "Version": version}) == []


@pytest.mark.parametrize(("version", "expected"), [("$LATEST", [("THAW160", "Alias")]), ("7", [])])
def test_concurrency_is_provisioned_for_published_versions(
    version: str, expected: list[tuple[str, str]]
) -> None:
    alias = resource(
        ALIAS,
        {
            "FunctionName": arn("Function"),
            "FunctionVersion": version,
            "ProvisionedConcurrencyConfig": {"ProvisionedConcurrentExecutions": 1},
        },
    )
    assert ids({"Function": function(), "Alias": alias}) == expected


@pytest.mark.parametrize("runtime", facts.RUNTIME_ENDS)
def test_every_ended_runtime_has_a_successor_that_has_not(runtime: str) -> None:
    assert newest_of(runtime) not in facts.RUNTIME_ENDS


def test_functions_that_the_cdk_brings_along_are_not_warned_of() -> None:
    path = "Shop/Custom::S3AutoDeleteObjectsCustomResourceProvider/Handler"
    spoilt = function(LoggingConfig=None) | {"Metadata": {"aws:cdk:path": path}}
    assert ids({"Function": spoilt}) == []
