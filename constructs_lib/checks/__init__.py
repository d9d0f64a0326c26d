"""Checks of CloudFormation templates, whoever made them: plain data in, findings out; no CDK is needed to run them.

The names of functions and resources in the rooms beside this package play no part: any CDK application can be checked.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

# Each of these registers its checks.
from constructs_lib.checks import apis, assets, events, figures, logs, networks, queues, runtimes  # noqa: F401
from constructs_lib.checks.catalogue import CHECKS, Check
from constructs_lib.checks.findings import Finding, Severity
from constructs_lib.checks.resources import Application, Stack

__all__ = ["CHECKS", "Check", "Finding", "Severity", "Stack", "check", "check_together"]


def check(template: Mapping[str, Any], stack: str = "Stack") -> Iterator[Finding]:
    """Everything that is found in one template; ``stack`` names it in messages."""
    yield from check_together([Stack(stack, template)])


def check_together(stacks: Iterable[Stack]) -> Iterator[Finding]:
    """Everything that is found in templates that are deployed together and refer to each other."""
    application = Application(stacks)
    for each in CHECKS.values():
        yield from each.findings(application)
