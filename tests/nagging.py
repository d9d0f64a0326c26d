"""What cdk-nag's AwsSolutions rules find in an application, as plain data, without a report being printed."""

from dataclasses import dataclass

import tests.synthesis  # noqa: F401 - before aws_cdk, which reads what it sets

import aws_cdk as cdk  # isort: skip
from cdk_nag import AwsSolutionsChecks  # isort: skip


@dataclass(frozen=True, order=True)
class NagFinding:
    """One rule that one resource does not keep, and nobody acknowledged.

    Attributes:
        path: the construct path of the resource.
        id: the rule as it has to be acknowledged, its finding included: ``AwsSolutions-IAM5[Resource::*]``.
        severity: ``error`` or ``warning``.
        text: what the rule asks for.
    """

    path: str
    id: str
    severity: str
    text: str

    def __str__(self) -> str:
        return f"{self.path}: {self.id} ({self.severity}): {self.text}"


def nag_findings(app: cdk.App) -> list[NagFinding]:
    """Every finding that is not acknowledged, sorted by construct path; synthesises the application.

    This is what ``Validations.of(app).add_plugins(AwsSolutionsChecks(app))`` would report, less the report, and
    less the exception that a failed validation is under pytest.

    An acknowledgement, ``Validations.of(construct).acknowledge(cdk.Acknowledgment(id=..., reason=...))``, counts for
    the construct and all that is below it. Its id must be the finding's whole id: ``AwsSolutions-IAM5`` alone
    acknowledges no ``AwsSolutions-IAM5[Resource::*]``. Two things only the plugin form does: it also takes ids that
    begin with the plugin's name (``AwsSolutions::``), and it writes the report file.
    """
    app.synth()  # aspects have run and references are resolved, as when the plugin is called
    report = AwsSolutionsChecks().validate_scope(app)
    return sorted(
        NagFinding(
            resource.construct_path or "",
            violation.rule_name,
            violation.severity or "",
            violation.description,
        )
        for violation in report.violations
        for resource in violation.violating_resources
    )
