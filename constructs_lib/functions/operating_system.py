"""The operating systems of functions that bring their own bootstrap."""

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_

from constructs_lib import asked_once
from constructs_lib.asked_once import Place
from constructs_lib.bundling.limits import OPERATING_SYSTEMS, OperatingSystem
from constructs_lib.errors import NotAnOsOnlyRuntimeError


def require_os_only(place: Place, runtime: lambda_.Runtime) -> OperatingSystem:
    """The operating system that ``runtime`` names; ``place`` is the function's.

    Raises:
        NotAnOsOnlyRuntimeError: it has an interpreter of its own.
    """
    # Without types checked, a name is what people write first.
    name = asked_once.name_of(runtime) if isinstance(runtime, lambda_.Runtime) else repr(runtime)
    if name not in OPERATING_SYSTEMS:
        raise NotAnOsOnlyRuntimeError(
            f"{place} asks for a runtime that is not an operating system alone",
            received=name,
            allowed="Runtime.PROVIDED_AL2023, Runtime.PROVIDED_AL2",
            change=f"leave runtime out to get {OperatingSystem.PROVIDED_AL2023}; for code without a runtime use "
            "ManagedRuntimeFunction",
        )
    return OperatingSystem(name)


def warn_of_end(function: lambda_.Function, runtime: lambda_.Runtime) -> None:
    """Adds the warning ``thaw:provided.al2``, with its dates, to a function on the old system."""
    if asked_once.name_of(runtime) == OperatingSystem.PROVIDED_AL2:
        cdk.Annotations.of(function).add_warning_v2(
            "thaw:provided.al2", _end_of(OperatingSystem.PROVIDED_AL2)
        )


def _end_of(system: OperatingSystem) -> str:
    facts = OPERATING_SYSTEMS[system]
    return (
        f"Runtime {system} is deprecated from {facts.deprecated}: creating functions is blocked from "
        f"{facts.create_blocked}, updating them from {facts.update_blocked}. "
        f"Move to {OperatingSystem.PROVIDED_AL2023}; the same artifact runs on both."
    )
