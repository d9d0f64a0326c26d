"""Which checks there are: each a function over an application, with an id, a severity and a fix."""

import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from constructs_lib.checks.findings import Finding, Severity
from constructs_lib.checks.resources import Application, Resource


@dataclass(frozen=True)
class Fault:
    """What a check found at one resource.

    Attributes:
        resource: the one to change.
        what: what is wrong, in a sentence that goes on after the construct's path.
        received: the value at fault.
        allowed: what would be accepted.
        location: the property, below ``Properties``.
        change: what to do about it. Default: the check's fix.
    """

    resource: Resource
    what: str
    received: object
    allowed: str
    location: str
    change: str | None = None


@dataclass(frozen=True)
class Check:
    """One check.

    Attributes:
        id: stable.
        severity: of everything that it finds.
        name: what users of the catalogue read beside the id.
        cause: why a finding is a fault.
        fix: what to do about it.
        look: finds the faults of an application.
    """

    id: str
    severity: Severity
    name: str
    cause: str
    fix: str
    look: Callable[[Application], Iterator[Fault]]

    def findings(self, application: Application) -> Iterator[Finding]:
        """What the check finds."""
        for fault in self.look(application):
            resource = fault.resource
            if self.severity is Severity.WARNING and _OF_THE_CDK.search(resource.path):
                continue
            yield Finding(
                id=self.id,
                severity=self.severity,
                what=f"{resource} {fault.what}",
                received=str(fault.received),
                allowed=fault.allowed,
                change=fault.change or self.fix,
                stack=resource.stack.name,
                template=resource.stack.file,
                logical_id=resource.logical_id,
                path=resource.path,
                location=f"Properties.{fault.location}",
            )


# Functions that constructs of the CDK bring along, with their roles: nobody who reads a warning can change them. Their ids
# are ``Custom::...``, end in 32 hexadecimal digits (singletons) or are those of the provider framework.
_OF_THE_CDK = re.compile(r"/Custom::|[0-9a-fA-F]{32}(/|$)|/framework-on")

CHECKS: dict[str, Check] = {}

_Look = Callable[[Application], Iterator[Fault]]


def error(id: str, *, fix: str) -> Callable[[_Look], _Look]:  # noqa: A002 - the project's word
    """Makes a function the check of what cannot be deployed or will not work; its docstring says why."""
    return _registered(id, Severity.ERROR, fix)


def warning(id: str, *, fix: str) -> Callable[[_Look], _Look]:  # noqa: A002 - the project's word
    """Makes a function the check of what works until something goes wrong; its docstring says why."""
    return _registered(id, Severity.WARNING, fix)


def _registered(id: str, severity: Severity, fix: str) -> Callable[[_Look], _Look]:  # noqa: A002 - the project's word
    def register(look: _Look) -> _Look:
        if id in CHECKS:
            raise ValueError(f"{id} is the id of two checks")
        cause = " ".join(inspect.cleandoc(look.__doc__ or "").partition("\n\n")[0].split())
        CHECKS[id] = Check(id, severity, look.__name__, cause, fix, look)
        return look

    return register


@warning("THAW179", fix="nothing has to be changed in the application; report the message, with the template")
def check_failed(application: Application) -> Iterator[Fault]:  # noqa: ARG001 - every check's signature
    """A check ended with an exception and was left out. ``ThawChecks`` says so instead of failing the synthesis."""
    yield from ()
