"""What the roles of an application allow."""

from collections.abc import Iterator, Mapping
from typing import Any

from constructs_lib.checks.resources import Application, Resource, Stack
from constructs_lib.checks.values import items, listed, mapping

_ATTACHED = ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy")


def attached_policies(role: Resource) -> list[Any]:
    """The ARNs of the managed policies that a role names."""
    return items(role.get("ManagedPolicyArns"))


def allowed_statements(application: Application, role: Resource) -> Iterator[tuple[Stack, Mapping[str, Any]]]:
    """Every statement that allows something, with the stack it is written in."""
    for stack, document in _documents(application, role):
        for statement in listed(mapping(document).get("Statement")):
            if mapping(statement).get("Effect") == "Allow":
                yield stack, statement


def _documents(application: Application, role: Resource) -> Iterator[tuple[Stack, object]]:
    for policy in items(role.get("Policies")):
        yield role.stack, mapping(policy).get("PolicyDocument")
    for policy in policies_by_role(application).get(role, ()):
        yield policy.stack, policy.get("PolicyDocument")


def policies_by_role(application: Application) -> Mapping[Resource, list[Resource]]:
    """Policies that are resources of their own, by the roles they are attached to."""
    return application.once(_policies_by_role)


def _policies_by_role(application: Application) -> Mapping[Resource, list[Resource]]:
    found: dict[Resource, list[Resource]] = {}
    for policy in application.of(*_ATTACHED):
        for name in [*items(policy.get("Roles")), policy.get("RoleName")]:
            reference = application.refer(policy.stack, name)
            if reference is not None:
                found.setdefault(reference.resource, []).append(policy)
    return found
