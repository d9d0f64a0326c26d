"""The checks as a part of a synthesis."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, cast

import aws_cdk as cdk
import jsii

from constructs_lib.checks import CHECKS
from constructs_lib.checks.assembly import Assembly, is_acknowledged
from constructs_lib.checks.errors import UnknownCheckError
from constructs_lib.checks.findings import Finding, Severity
from constructs_lib.checks.resources import Application

if TYPE_CHECKING:
    from constructs import IConstruct

# Of a function's files, which are not those to be deployed where the CDK was asked for other stacks.
_OF_FILES = {"THAW175", "THAW176"}
_FAILED = CHECKS["THAW179"]


@jsii.implements(cdk.IPolicyValidationPlugin)
class ThawChecks:
    """Checks every template of a CDK application while it is synthesised, whoever made its constructs.

        cdk.Validations.of(app).add_plugins(ThawChecks())

    An error fails the synthesis, a warning does not. A finding that is right as it is can be acknowledged where it
    is, with its reason: ``cdk.Validations.of(construct).acknowledge(cdk.Acknowledgment(id="Thaw::THAW162", reason="..."))``,
    which holds for the construct and all below it; ``THAW162`` alone does too.

    Args:
        ignore: ids that are not to be reported anywhere, each with the reason. Default: none.
        warnings_as_errors: whether warnings fail the synthesis too. Default: they do not.

    Raises:
        UnknownCheckError: an id to ignore is not a check's, or its reason is empty.
    """

    def __init__(self, *, ignore: Mapping[str, str] | None = None, warnings_as_errors: bool = False) -> None:
        for id, reason in (ignore or {}).items():  # noqa: A001 - the project's word
            _require_check(id, reason)
        self._checks = [check for check in CHECKS.values() if check.id not in (ignore or {})]
        self._warnings_as_errors = warnings_as_errors

    @property
    def name(self) -> str:
        """What the report calls it, and what an acknowledgement begins with."""
        return "Thaw"

    def validate(self, context: cdk.IPolicyValidationContext) -> cdk.PolicyValidationPluginReport:
        """Checks the templates of the stage; called by the CDK."""
        templates = [Path(path).resolve() for path in context.template_paths]
        violations: list[cdk.PolicyViolation] = []
        try:
            assemblies = [Assembly(folder) for folder in {path.parent: None for path in templates}]
            application = Application(stack for each in assemblies for stack in each.stacks())
            acknowledged = {path: ids for each in assemblies for path, ids in each.acknowledged().items()}
        except Exception as error:  # noqa: BLE001 - a fault in here must not keep anybody from deploying
            return _report([_failed("nothing could be checked", error, templates)])
        unbundled = _Unbundled(context)
        for check in self._checks:
            try:
                violations += [
                    self._violation(finding)
                    for finding in check.findings(application)
                    # The CDK itself looks for what begins with the plugin's name, and reports it as acknowledged.
                    if not is_acknowledged(finding, acknowledged, "Annotation")
                    and not (check.id in _OF_FILES and finding.path in unbundled)
                ]
            except Exception as error:  # noqa: BLE001 - likewise
                violations.append(_failed(f"{check.id} could not be checked", error, templates))
        return _report(violations)

    def _violation(self, finding: Finding) -> cdk.PolicyViolation:
        return cdk.PolicyViolation(
            rule_name=finding.id,
            description=finding.what,
            # The CDK prints these lines one below the other.
            fix=f"{finding.change}\nreceived: {finding.received}\nallowed: {finding.allowed}",
            severity=Severity.ERROR if self._warnings_as_errors else finding.severity,
            violating_resources=[
                cdk.PolicyViolatingResource(
                    resource_logical_id=finding.logical_id,
                    template_path=finding.template,
                    locations=[finding.location],
                )
            ],
        )


class _Unbundled:
    """The stacks that the CDK was not asked for. Asked when it matters: each question is a call to the CDK's process."""

    def __init__(self, context: cdk.IPolicyValidationContext) -> None:
        self._context = context
        self._paths: tuple[str, ...] | None = None

    def __contains__(self, path: str) -> bool:
        if self._paths is None:
            self._paths = tuple(f"{each}/" for each in self._stacks())
        return path.startswith(self._paths)

    def _stacks(self) -> Iterator[str]:
        for each in self._context.stack_templates:
            construct = cast("IConstruct | None", self._context.app_construct)
            for id in each.stack_construct_path.split("/"):  # noqa: A001 - the CDK's word
                construct = construct and construct.node.try_find_child(id)
            if isinstance(construct, cdk.Stack) and not construct.bundling_required:
                yield each.stack_construct_path


def _require_check(id: str, reason: str) -> None:  # noqa: A002 - the project's word
    if id not in CHECKS or not reason.strip():
        raise UnknownCheckError(
            "ThawChecks is told to ignore what it cannot",
            received=f"{id!r} with the reason {reason!r}",
            allowed=f"a reason for one of {', '.join(sorted(CHECKS))}",
            change="correct the id, or say why it is ignored",
        )


def _failed(what: str, error: Exception, templates: list[Path]) -> cdk.PolicyViolation:
    return cdk.PolicyViolation(
        rule_name=_FAILED.id,
        description=f"{what}: {type(error).__name__}: {error}",
        fix=_FAILED.fix,
        severity=_FAILED.severity,
        violating_resources=[
            cdk.PolicyViolatingResource(template_path=str(path), locations=[]) for path in templates[:1]
        ],
    )


def _report(violations: list[cdk.PolicyViolation]) -> cdk.PolicyValidationPluginReport:
    success = all(violation.severity != Severity.ERROR for violation in violations)
    return cdk.PolicyValidationPluginReport(success=success, violations=violations)
