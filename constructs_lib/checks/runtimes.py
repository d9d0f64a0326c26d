"""Runtimes: their ends, the architectures they have, snapshots of them."""

import re
from collections.abc import Iterator

from constructs_lib.bundling.managed_runtimes import AS_OF, End, newest_of
from constructs_lib.checks import facts
from constructs_lib.checks.catalogue import Fault, error, warning
from constructs_lib.checks.resources import Application, Resource
from constructs_lib.checks.values import items, number, text

_DEFAULT_ARCHITECTURE = "x86_64"


@error("THAW150", fix="move the function to the family's newest runtime")
def runtime_blocked(application: Application) -> Iterator[Fault]:
    """Lambda creates no functions on this runtime any more."""
    for function, runtime, end in _ending(application):
        if end.create_blocked <= AS_OF:
            yield _replaceable(
                function,
                runtime,
                "is on a runtime that Lambda creates no functions on",
                f"{runtime}, blocked since {end.create_blocked}, updates since {end.update_blocked}"
                if end.update_blocked <= AS_OF
                else f"{runtime}, blocked since {end.create_blocked}; functions that exist can be updated "
                f"until {end.update_blocked}",
            )


@warning("THAW151", fix="move the function to the family's newest runtime before the first of the dates")
def runtime_deprecated(application: Application) -> Iterator[Fault]:
    """The runtime gets no security patches any more, and will be blocked."""
    for function, runtime, end in _ending(application):
        if end.deprecated <= AS_OF < end.create_blocked:
            yield _replaceable(
                function,
                runtime,
                "is on a deprecated runtime",
                f"{runtime}, without patches since {end.deprecated}; creating functions is blocked from "
                f"{end.create_blocked}, updating them from {end.update_blocked}",
            )


def _replaceable(function: Resource, runtime: str, what: str, received: str) -> Fault:
    newest = newest_of(runtime)
    return Fault(
        function,
        what,
        received,
        f"a supported runtime, such as {newest}",
        "Runtime",
        f"set runtime to {newest}",
    )


@error("THAW152", fix="choose an architecture that the runtime and every layer have")
def architecture_not_offered(application: Application) -> Iterator[Fault]:
    """The runtime or a layer does not exist for the function's architecture."""
    for function in application.functions:
        architecture = architecture_of(function)
        runtime = text(function.get("Runtime"))
        if architecture == "arm64" and runtime in facts.X86_64_ALONE:
            yield Fault(
                function,
                f"asks for {runtime} on {architecture}",
                architecture,
                f"x86_64, which is all that {runtime} runs on",
                "Architectures",
                f"set architecture to x86_64, or runtime to {newest_of(runtime)}",
            )
        for layer in layers_of(application, function):
            compatible = items(layer.get("CompatibleArchitectures"))
            if architecture and compatible and architecture not in compatible:
                yield Fault(
                    function,
                    f"has the layer {layer}, which is for another architecture",
                    architecture,
                    ", ".join(map(str, compatible)),
                    "Layers",
                )


@error("THAW153", fix="turn SnapStart off, or use a runtime and props that it takes")
def snapstart_not_offered(application: Application) -> Iterator[Fault]:
    """SnapStart takes managed runtimes of Java from 11, Python from 3.12 and .NET from 8, with 512 MB of /tmp at most."""
    for function in _with_snapstart(application):
        runtime, storage = text(function.get("Runtime")), number(function.get("EphemeralStorage", "Size"))
        if runtime and re.fullmatch(facts.SNAPSTART_RUNTIMES, runtime) is None:
            yield Fault(
                function,
                "asks for SnapStart on a runtime that it does not take",
                runtime,
                "Java from 11, Python from 3.12, .NET from 8",
                "SnapStart",
                "turn SnapStart off; Thaw's own runtime has snapshots of another kind on provided.al2023"
                if runtime.startswith("provided")
                else None,
            )
        if storage is not None and storage > facts.SNAPSTART_STORAGE_MB:
            yield Fault(
                function,
                "asks for SnapStart and for more /tmp than it takes",
                f"{storage:g} MB",
                f"at most {facts.SNAPSTART_STORAGE_MB} MB",
                "EphemeralStorage.Size",
            )


@warning("THAW154", fix="publish a version and invoke it through an alias")
def snapstart_without_version(application: Application) -> Iterator[Fault]:
    """Lambda makes snapshots of published versions alone; $LATEST starts as without SnapStart."""
    published = {
        function
        for version in application.of("AWS::Lambda::Version")
        if (function := application.function(version.stack, version.get("FunctionName"))) is not None
    }
    for function in _with_snapstart(application):
        if function not in published:
            yield Fault(
                function,
                "asks for SnapStart and has no version",
                "no AWS::Lambda::Version of it",
                "a published version",
                "SnapStart",
            )


def _ending(application: Application) -> Iterator[tuple[Resource, str, End]]:
    for function in application.functions:
        runtime = text(function.get("Runtime"))
        if runtime in facts.RUNTIME_ENDS:
            yield function, runtime, facts.RUNTIME_ENDS[runtime]


def _with_snapstart(application: Application) -> Iterator[Resource]:
    for function in application.functions:
        if function.get("SnapStart", "ApplyOn") == "PublishedVersions":
            yield function


def architecture_of(function: Resource) -> str | None:
    architectures = function.get("Architectures")
    if architectures is None:
        return _DEFAULT_ARCHITECTURE
    return text(items(architectures)[0]) if items(architectures) else None


def layers_of(application: Application, function: Resource) -> Iterator[Resource]:
    for layer in items(function.get("Layers")):
        reference = application.refer(function.stack, layer)
        if reference is not None and reference.resource.kind == "AWS::Lambda::LayerVersion":
            yield reference.resource
