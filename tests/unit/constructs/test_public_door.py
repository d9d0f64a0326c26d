"""``constructs_lib`` is one door: these names, each loaded when it is used, each error with an id of its own."""

from collections.abc import Iterator
from importlib import import_module

import pytest

import constructs_lib
from constructs_lib.bundling.errors import ThawError

NAMES = [
    "Architecture",
    "BundlingError",
    "Canary",
    "ConstructError",
    "ContainerFunction",
    "CustomRuntimeFunction",
    "DeadLetterQueue",
    "DockerfileImage",
    "DynamoDbStreamTrigger",
    "FunctionAlarms",
    "HandlerImage",
    "HttpApiTrigger",
    "HttpTrigger",
    "LayeredConfig",
    "LogRole",
    "ManagedRuntimeFunction",
    "NativeBinaryFunction",
    "PrivateDatabase",
    "Release",
    "RuntimeLayer",
    "S3Delivery",
    "S3Event",
    "S3Trigger",
    "ScaledConcurrency",
    "ScheduleTrigger",
    "ServiceDashboard",
    "SnsTrigger",
    "SqsTrigger",
    "Start",
    "ThawChecks",
    "ThawError",
    "VpcAccess",
    "reported",
]


def descendants(root: type[ThawError]) -> Iterator[type[ThawError]]:
    for child in root.__subclasses__():
        yield child
        yield from descendants(child)


def test_the_names_are_these() -> None:
    assert constructs_lib.__all__ == NAMES
    assert dir(constructs_lib) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_name_can_be_had(name: str) -> None:
    assert getattr(constructs_lib, name).__name__ == name


def test_any_other_name_is_missing_in_the_usual_way() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Function'"):
        constructs_lib.Function  # noqa: B018 - the access is the test


@pytest.mark.parametrize(
    ("module", "first", "last"),
    [
        ("stacks.errors", 30, 49),
        ("constructs_lib.errors", 50, 69),
        ("constructs_lib.functions.errors", 100, 109),
        ("constructs_lib.network.errors", 120, 129),
        ("constructs_lib.triggers.errors", 110, 119),
        ("constructs_lib.configuration.errors", 130, 139),
        ("constructs_lib.releases.errors", 140, 144),
        ("constructs_lib.watching.errors", 145, 149),
        ("constructs_lib.checks.errors", 150, 179),
    ],
)
def test_every_error_has_an_id_of_its_own_in_its_packages_range(module: str, first: int, last: int) -> None:
    import_module(module)
    inherited = {"THAW000"}
    ids = [
        each.id for each in descendants(ThawError) if each.__module__ == module and each.id not in inherited
    ]
    assert len(set(ids)) == len(ids) > 0
    assert all(first <= int(each.removeprefix("THAW")) <= last for each in ids)
