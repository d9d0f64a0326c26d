"""The checks as a part of a synthesis, for constructs of any library."""

import json
from pathlib import Path
from typing import Any

import pytest

from constructs_lib.checks import Finding, catalogue, check_together, resources
from constructs_lib.checks.assembly import Assembly
from constructs_lib.checks.errors import UnknownCheckError
from constructs_lib.checks.plugin import ThawChecks
from tests.synthesis import FLAGS, NOT_VALIDATED

import aws_cdk as cdk  # isort: skip
from aws_cdk import aws_lambda as lambda_  # isort: skip
from aws_cdk import aws_sqs as sqs  # isort: skip

# The CDK writes its report and neither prints nor raises it.
QUIET = {"@aws-cdk/core:failSynthOnValidationErrors": False}


def new_app(tmp_path: Path, *plugins: ThawChecks, **context: Any) -> cdk.App:
    app = cdk.App(
        outdir=str(tmp_path / "cdk.out"),
        context=FLAGS | QUIET | context,
        analytics_reporting=False,
        **NOT_VALIDATED,
    )
    cdk.Validations.of(app).add_plugins(*plugins)
    return app


class Shop(cdk.Stack):
    """A queue that is visible again too early, made with the CDK's own constructs."""

    def __init__(self, scope: Any) -> None:
        super().__init__(scope, "Shop")
        self.queue = sqs.Queue(self, "Orders", visibility_timeout=cdk.Duration.seconds(20))
        self.function = lambda_.Function(
            self,
            "Worker",
            runtime=lambda_.Runtime.PYTHON_3_13,
            handler="index.handle",
            code=lambda_.Code.from_inline("-"),
            timeout=cdk.Duration.seconds(60),
        )
        self.function.add_event_source_mapping("Mapping", event_source_arn=self.queue.queue_arn)


def reported(app: cdk.App) -> dict[str, Any]:
    """What the CDK made of the plugin's answer: the first report, empty where there is none."""
    folder = Path(app.synth().directory)
    reports = json.loads((folder / "validation-report.json").read_text())["pluginReports"]
    return dict(next((each for each in reports if each["pluginName"] == "Thaw"), {}))


def ids(report: dict[str, Any]) -> list[str]:
    return sorted(each["ruleName"] for each in report.get("violations", []))


def test_an_error_says_where_it_is_and_what_to_do(tmp_path: Path) -> None:
    app = new_app(tmp_path, ThawChecks())
    Shop(app)
    report = reported(app)
    [violation] = [each for each in report["violations"] if each["ruleName"] == "THAW161"]
    [construct] = violation["violatingConstructs"]
    assert report["conclusion"] == "failure"
    assert construct["constructPath"] == "Shop/Orders/Resource"
    assert construct["cloudFormationResource"]["propertyPaths"] == ["Properties.VisibilityTimeout"]
    assert violation["description"] == (
        "Shop/Orders hands a message out again too early for Shop/Worker, whose timeout is 60 s"
    )
    assert violation["suggestedFix"] == (
        "set visibility_timeout to 360 s\nreceived: 20 s\nallowed: at least 60 s"
    )


def test_warnings_alone_do_not_fail_the_synthesis(tmp_path: Path) -> None:
    app = new_app(tmp_path, ThawChecks(ignore={"THAW161": "the queue is drained by hand"}))
    Shop(app)
    report = reported(app)
    assert (report["conclusion"], "THAW163" in ids(report)) == ("success", True)
    assert {each["severity"] for each in report["violations"]} == {"warning"}


def test_warnings_fail_it_where_that_is_asked_for(tmp_path: Path) -> None:
    app = new_app(tmp_path, ThawChecks(ignore={"THAW161": "by hand"}, warnings_as_errors=True))
    Shop(app)
    assert reported(app)["conclusion"] == "failure"


@pytest.mark.parametrize("rule", ["Thaw::THAW163", "THAW163"])
def test_what_a_construct_acknowledges_is_not_reported(rule: str, tmp_path: Path) -> None:
    app = new_app(tmp_path, ThawChecks())
    shop = Shop(app)
    cdk.Validations.of(shop.function).acknowledge(cdk.Acknowledgment(id=rule, reason="the batch is one unit"))
    assert "THAW163" not in ids(reported(app))


def test_it_looks_into_stages_and_nested_stacks(tmp_path: Path) -> None:
    app = new_app(tmp_path, ThawChecks())
    Shop(cdk.Stage(app, "Prod"))

    class Inner(cdk.NestedStack):
        def __init__(self, scope: Any) -> None:
            super().__init__(scope, "Inner")
            sqs.CfnQueue(self, "Queue", visibility_timeout=50_000)

    Inner(cdk.Stack(app, "Outer"))
    paths = {
        (violation["ruleName"], construct["constructPath"])
        for violation in reported(app)["violations"]
        for construct in violation["violatingConstructs"]
    }
    assert {("THAW161", "Prod/Shop/Orders/Resource"), ("THAW155", "Outer/Inner/Queue")} <= paths


def test_a_stage_alone_can_be_checked(tmp_path: Path) -> None:
    app = new_app(tmp_path)
    prod = cdk.Stage(app, "Prod")
    cdk.Validations.of(prod).add_plugins(ThawChecks())
    Shop(prod)
    Shop(cdk.Stage(app, "Dev"))
    constructs = [
        construct for each in reported(app)["violations"] for construct in each["violatingConstructs"]
    ]
    assert {each["constructPath"].split("/")[0] for each in constructs} == {"Prod"}


@pytest.mark.parametrize(("asked_for", "expected"), [(["**"], ["THAW175"]), (["Other"], [])])
def test_files_are_looked_at_where_the_cdk_was_asked_for_the_stack(
    asked_for: list[str], expected: list[str], tmp_path: Path
) -> None:
    code = tmp_path / "code"
    code.mkdir()
    (code / "main.go").touch()
    app = new_app(tmp_path, ThawChecks(), **{"aws:cdk:bundling-stacks": asked_for})
    lambda_.Function(
        cdk.Stack(app, "Shop"),
        "Worker",
        runtime=lambda_.Runtime.PROVIDED_AL2023,
        handler="-",
        code=lambda_.Code.from_asset(str(code)),
    )
    assert [each for each in ids(reported(app)) if each == "THAW175"] == expected


def test_a_fault_of_a_check_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(application: resources.Application) -> Any:
        raise KeyError("unforeseen")

    monkeypatch.setitem(
        catalogue.CHECKS, "THAW161", catalogue.Check("THAW161", catalogue.Severity.ERROR, "", "", "", broken)
    )
    app = new_app(tmp_path, ThawChecks())
    Shop(app)
    report = reported(app)
    [failed] = [each for each in report["violations"] if each["ruleName"] == "THAW179"]
    assert (report["conclusion"], failed["severity"]) == ("success", "warning")
    assert failed["description"] == "THAW161 could not be checked: KeyError: 'unforeseen'"
    assert "THAW163" in ids(report)


@pytest.mark.parametrize("ignore", [{"THAW999": "no such check"}, {"THAW161": " "}])
def test_only_checks_can_be_ignored_and_only_with_a_reason(ignore: dict[str, str]) -> None:
    with pytest.raises(UnknownCheckError, match="THAW178"):
        ThawChecks(ignore=ignore)


def of_assembly(app: cdk.App) -> list[Finding]:
    folder = Path(app.synth().directory)
    return list(check_together(stack for each in Assembly(folder).with_stages() for stack in each.stacks()))


def test_paths_are_known_without_metadata_in_the_templates(tmp_path: Path) -> None:
    app = new_app(tmp_path, **{"aws:cdk:enable-path-metadata": False})
    Shop(app)
    assert "Shop/Orders/Resource" in {each.path for each in of_assembly(app)}
