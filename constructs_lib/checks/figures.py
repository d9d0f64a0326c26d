"""Figures, sizes and names that a service refuses, and figures that undo what they are set on."""

import re
from collections.abc import Iterator

from constructs_lib.bundling.checks import EnvironmentSizeError, check_environment
from constructs_lib.bundling.limits import LAYERS, RESERVED_VARIABLES, VARIABLE_NAME
from constructs_lib.checks import facts
from constructs_lib.checks.catalogue import Fault, error, warning
from constructs_lib.checks.resources import Application, Resource
from constructs_lib.checks.values import items, known_text, mapping, number


@error("THAW155", fix="choose a figure in the range, or leave the property out for its default")
def figure_out_of_range(application: Application) -> Iterator[Fault]:
    """The service takes no such figure."""
    for kind, name, lowest, highest, unit in facts.FIGURES:
        for resource in application.of(kind):
            figure = number(resource.get(*name.split(".")))
            if figure is not None and not lowest <= figure <= highest:
                yield Fault(
                    resource,
                    f"has a {name} that the service does not take",
                    f"{figure:,g} {unit}",
                    f"{lowest:,} to {highest:,} {unit}",
                    name,
                )


@error(
    "THAW156",
    fix="move large values into Parameter Store, Secrets Manager or an S3 object and pass their names",
)
def variables_too_large(application: Application) -> Iterator[Fault]:
    """A function's environment variables are larger than 4 KB together."""
    for function in application.functions:
        variables = {known_text(name): known_text(value) for name, value in _variables(function).items()}
        try:
            check_environment(function.path, variables)
        except EnvironmentSizeError as error:
            yield Fault(
                function,
                "has environment variables that are too large",
                error.received,
                error.allowed or "",
                "Environment.Variables",
            )


@error("THAW157", fix="give the variable another name")
def variable_name_refused(application: Application) -> Iterator[Fault]:
    """Lambda sets the variable itself, or its name is not one that Lambda takes."""
    for function in application.functions:
        for name in _variables(function):
            if name in RESERVED_VARIABLES or re.fullmatch(VARIABLE_NAME, name, re.ASCII) is None:
                yield Fault(
                    function,
                    "has an environment variable whose name Lambda does not take",
                    name,
                    "two or more letters, digits and underscores, a letter first, and none of Lambda's own variables",
                    "Environment.Variables",
                )


@error("THAW158", fix="merge layers, or put their files into the function's code")
def too_many_layers(application: Application) -> Iterator[Fault]:
    """A function has more layers than Lambda takes."""
    for function in application.functions:
        count = len(items(function.get("Layers")))
        if count > LAYERS:
            yield Fault(function, "has too many layers", count, f"at most {LAYERS}", "Layers")


@warning("THAW159", fix="leave reserved_concurrent_executions out, or give the function a share to run with")
def reserved_concurrency_zero(application: Application) -> Iterator[Fault]:
    """A function whose reserved concurrency is 0 is never invoked: every call is throttled."""
    for function in application.functions:
        if number(function.get("ReservedConcurrentExecutions")) == 0:
            yield Fault(function, "will never run", 0, "1 or more", "ReservedConcurrentExecutions")


@error("THAW160", fix="let the alias point to a published version")
def provisioned_on_latest(application: Application) -> Iterator[Fault]:
    """Lambda provisions concurrency for published versions alone."""
    for alias in application.of("AWS::Lambda::Alias"):
        if (
            alias.get("ProvisionedConcurrencyConfig") is not None
            and alias.get("FunctionVersion") == "$LATEST"
        ):
            yield Fault(
                alias,
                "asks for provisioned concurrency of $LATEST",
                "$LATEST",
                "a published version",
                "FunctionVersion",
                "pass function.current_version as the alias's version",
            )


def _variables(function: Resource) -> dict[str, object]:
    variables = mapping(function.get("Environment", "Variables"))
    # An object with such a name is an intrinsic function, not a variable.
    return {name: value for name, value in variables.items() if not name.startswith("Fn::") and name != "Ref"}
