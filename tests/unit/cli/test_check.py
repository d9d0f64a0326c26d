"""``thaw check``: an assembly in, a table or a document out, an exit code that says whether it may be deployed."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from thaw_cli.main import main as thaw

PATH = {"aws:cdk:path": "Shop/Orders/Resource"}
REST = {"RedrivePolicy": {"maxReceiveCount": 5}}


def queue(**properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::SQS::Queue", "Properties": properties, "Metadata": PATH}


def assembly(folder: Path, acknowledged: dict[str, str] | None = None, **resources: Any) -> Path:
    """A folder as ``cdk synth`` leaves it, with one stack."""
    metadata = [{"type": "aws:cdk:acknowledged-rules", "data": acknowledged or {}}]
    shop = {
        "type": "aws:cloudformation:stack",
        "properties": {"templateFile": "Shop.template.json"},
        "metadata": {"/Shop/Orders": metadata},
    }
    folder.mkdir(exist_ok=True)
    (folder / "manifest.json").write_text(json.dumps({"artifacts": {"Shop": shop}}))
    (folder / "Shop.template.json").write_text(json.dumps({"Resources": resources}))
    return folder


def check(*arguments: object) -> Result:
    return CliRunner().invoke(thaw, ["check", *map(str, arguments)])


def test_an_error_ends_with_exit_code_1_and_says_what_to_do(tmp_path: Path) -> None:
    result = check(assembly(tmp_path, Orders=queue(VisibilityTimeout=50_000)))
    assert (result.exit_code, result.stderr) == (1, "1 errors, 0 warnings, 0 acknowledged\n")
    assert all(
        each in result.stdout for each in ("THAW155", "Shop/Orders", "50,000 s", "0 to 43,200 s", "choose a")
    )


def test_a_sound_application_ends_with_exit_code_0(tmp_path: Path) -> None:
    result = check(assembly(tmp_path, Orders=queue()))
    assert (result.exit_code, result.stdout) == (0, "")


def test_the_document_has_every_part_of_a_finding(tmp_path: Path) -> None:
    folder = assembly(tmp_path, Orders=queue(VisibilityTimeout=50_000))
    document = json.loads(check(folder, "--json").stdout)
    assert (document["errors"], document["warnings"]) == (1, 0)
    assert document["findings"] == [
        {
            "id": "THAW155",
            "severity": "error",
            "what": "Shop/Orders has a VisibilityTimeout that the service does not take",
            "received": "50,000 s",
            "allowed": "0 to 43,200 s",
            "change": "choose a figure in the range, or leave the property out for its default",
            "stack": "Shop",
            "template": str(folder / "Shop.template.json"),
            "logical_id": "Orders",
            "path": "Shop/Orders/Resource",
            "location": "Properties.VisibilityTimeout",
        }
    ]


GROUP = {"Type": "AWS::Logs::LogGroup", "Properties": {}}


@pytest.mark.parametrize(("arguments", "code"), [([], 0), (["--warnings-as-errors"], 1)])
def test_warnings_fail_where_that_is_asked_for(arguments: list[str], code: int, tmp_path: Path) -> None:
    assert check(assembly(tmp_path, Group=GROUP), *arguments).exit_code == code


@pytest.mark.parametrize("rule", ["Thaw::THAW155", "Annotation::THAW155"])
def test_what_is_acknowledged_is_counted_and_not_shown(rule: str, tmp_path: Path) -> None:
    result = check(assembly(tmp_path, {rule: "on purpose"}, Orders=queue(VisibilityTimeout=50_000)))
    assert (result.exit_code, result.stderr) == (0, "0 errors, 0 warnings, 1 acknowledged\n")


def test_a_check_can_be_left_out(tmp_path: Path) -> None:
    folder = assembly(tmp_path, Orders=queue(VisibilityTimeout=50_000))
    assert check(folder, "--ignore", "THAW155").exit_code == 0


def test_an_unknown_check_cannot(tmp_path: Path) -> None:
    assert check(assembly(tmp_path), "--ignore", "THAW999").exit_code == 2


@pytest.mark.parametrize("content", [None, "", "{", "[]"])
def test_what_is_no_assembly_is_said_to_be_none(content: str | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "manifest.json").write_text(content)
    result = check(tmp_path)
    assert (result.exit_code, "THAW177" in result.stderr) == (1, True)


def test_the_projects_own_assembly_is_checked_by_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cdk.json").write_text("{}")
    assembly(tmp_path / "cdk.out", Orders=queue(VisibilityTimeout=50_000))
    monkeypatch.chdir(tmp_path)
    assert check().exit_code == 1
