"""The program that runs containers: ``docker``, or what CDK_DOCKER names, the CDK's own variable for it."""

import json
import os
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Sequence
from typing import Any

from constructs_lib.bundling.errors import BundlingError
from constructs_lib.bundling.recipe import Architecture

# What engines call the architecture of the machine that runs their containers.
ARCHITECTURES = {
    "x86_64": Architecture.X86_64,
    "amd64": Architecture.X86_64,
    "aarch64": Architecture.ARM64,
    "arm64": Architecture.ARM64,
}
PATIENCE_SECONDS = 60
# The status of ``docker run`` where the engine failed, https://docs.docker.com/engine/containers/run/#exit-status
ENGINE_FAILED = 125
LAST_LINES = 20


class ContainerEngineError(BundlingError):
    """No container can be started: there is no engine, or it cannot have the image."""

    id = "THAW018"


class ContainerBuildError(BundlingError):
    """The build's container ended without an artifact and without an error of the build."""

    id = "THAW019"


def program() -> str:
    """The engine's command."""
    return os.environ.get("CDK_DOCKER", "docker")


def architecture() -> Architecture | None:
    """Of the machine that runs the containers; None for one that Lambda does not have.

    Raises:
        ContainerEngineError: there is no engine, or it does not answer.
    """
    command = [program(), "info", "--format", "{{json .}}"]
    try:
        done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=PATIENCE_SECONDS)
    except (OSError, subprocess.SubprocessError) as error:
        raise _silent(str(getattr(error, "stderr", None) or error)) from error
    facts = json.loads(done.stdout)
    # Docker's client is content with having asked, https://github.com/docker/cli/blob/master/cli/command/system/info.go
    if problems := facts.get("ServerErrors"):
        raise _silent("; ".join(problems))
    # The second is podman's.
    return ARCHITECTURES.get(facts.get("Architecture") or facts.get("host", {}).get("arch"))


def _silent(received: str) -> ContainerEngineError:
    return ContainerEngineError(
        "no container engine answers",
        received=received.strip(),
        allowed="docker, or what CDK_DOCKER names: podman, finch, nerdctl; started, and for this user to use",
        change="start the engine, name another one in CDK_DOCKER, or leave builder= (--builder) out",
    )


def run(options: Sequence[str], report: Callable[[str], None]) -> str:
    """Runs a build's container, passes its steps on, and returns the fingerprint that it ends with.

    Args:
        options: of ``docker run``, the image, and what is run in it, which says what ``in_container`` does.
        report: told each step.

    Raises:
        ContainerEngineError: the engine could not run it.
        ContainerBuildError: it ended without a result.
        BundlingError: what the build in it raised.
    """
    said: dict[str, Any] = {}
    name = f"thaw-{uuid.uuid4().hex}"
    command = [program(), "run", "--rm", "--name", name, *options]
    with tempfile.TemporaryFile("w+", errors="replace") as errors:
        with subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, text=True
        ) as process:
            try:
                for line in process.stdout or ():
                    said = json.loads(line)
                    if "step" in said:
                        report(said["step"])
            except BaseException:
                # A container does not end with the command that started it.
                process.kill()
                subprocess.run([program(), "rm", "--force", name], check=False, capture_output=True)
                raise
        errors.seek(0)
        words = "\n".join(errors.read().splitlines()[-LAST_LINES:])
    if "error" in said:
        raise _passed_on(said["error"])
    if "built" not in said:
        raise _failed(process.returncode, words)
    return str(said["built"])


def _passed_on(error: dict[str, Any]) -> BundlingError:
    kinds = {kind.id: kind for kind in BundlingError.__subclasses__()}
    return kinds[error["id"]](
        error["what"], received=error["received"], allowed=error["allowed"], change=error["change"]
    )


def _failed(status: int, words: str) -> BundlingError:
    if status == ENGINE_FAILED:
        return ContainerEngineError(
            "the container engine cannot start a container of the builder's image",
            received=words,
            allowed="an image for the function's architecture that the engine has or can pull",
            change="correct builder= (--builder), log in to its registry, or pull it yourself to see what happens",
        )
    return ContainerBuildError(
        "the build in a container ended without a result",
        received=f"exit status {status}\n{words}",
        allowed="an image with glibc and CPython 3.11 to 3.14 as python3; memory for the build",
        change="correct builder= (--builder), python:3.13-slim for example; "
        "exit status 137 says that memory ran out: give the engine more",
    )
