"""Where a deployment may go, and what the CDK CLI is told; the deployment itself is tested end to end."""

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from thaw_cli import cdk
from thaw_cli.errors import CdkMissingError
from thaw_cli.main import main as thaw


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A CDK project without a CLI, with no cloud, as the current folder."""
    (tmp_path / "cdk.json").write_text("{}")
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    return tmp_path


def install_cdk(project: Path, version: str) -> None:
    package = project / "node_modules" / "aws-cdk"
    package.mkdir(parents=True)
    (package / "package.json").write_text(json.dumps({"version": version}))


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(thaw, arguments)


@pytest.mark.parametrize("verb", ["deploy", "destroy"])
def test_environment_local_needs_the_cloud(verb: str) -> None:
    result = invoke(verb, "-e", "local")

    assert (result.exit_code, "`thaw cloud up`" in result.stderr) == (3, True)


@pytest.mark.parametrize("verb", ["deploy", "destroy"])
def test_environment_local_refuses_another_machine(verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1.example.com")

    result = invoke(verb, "-e", "local")

    assert (result.exit_code, "THAW073" in result.stderr) == (1, True)


@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"])
@pytest.mark.parametrize("verb", ["deploy", "destroy"])
def test_other_environments_refuse_any_endpoint(
    verb: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "http://127.0.0.1:4566")

    result = invoke(verb, "-e", "prod")

    assert (result.exit_code, f"{name} leads elsewhere" in result.stderr) == (1, True)


def test_a_project_without_the_cdk_cli_is_told_how_to_install_it() -> None:
    result = invoke("deploy", "-e", "dev")

    assert (result.exit_code, "npm ci" in result.stderr) == (3, True)


def test_the_accidental_version_of_the_cdk_cli_is_refused(project: Path) -> None:
    install_cdk(project, "3.0.0")

    with pytest.raises(CdkMissingError, match="by accident"):
        cdk.command(project)


def test_the_cdk_cli_runs_with_the_executable_of_node_itself(project: Path) -> None:
    install_cdk(project, "2.1148.1")

    node, *_, script = cdk.command(project)

    assert Path(node).read_bytes()[:4] == b"\x7fELF"
    assert script == str(project / "node_modules" / "aws-cdk" / "bin" / "cdk")


def test_outside_of_a_project_there_is_nothing_to_deploy(project: Path) -> None:
    (project / "cdk.json").unlink()

    result = invoke("deploy", "-e", "local")

    assert (result.exit_code, "THAW079" in result.stderr) == (1, True)


@pytest.mark.parametrize(
    ("line", "resources", "text"),
    [
        (
            "thaw-local-data |  1/12 | 3:06:27 AM | CREATE_COMPLETE | AWS::S3::Bucket | Results (Results8390)",
            None,
            "thaw-local-data: 1 of 12 resources",
        ),
        ("toy |   3 | 3:07:04 AM | CREATE_COMPLETE | AWS::S3::Bucket | B (B839)", 7, "toy: 3 of 7 resources"),
        ("toy |   3 | 3:07:04 AM | DELETE_COMPLETE | AWS::S3::Bucket | B (B839)", None, "toy: 3 resources"),
    ],
)
def test_an_event_of_the_cdk_cli_becomes_progress(line: str, resources: int | None, text: str) -> None:
    event = cdk._EVENT.match(line)

    assert event is not None
    assert cdk._progress(event, resources) == text
