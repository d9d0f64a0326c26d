"""The example of a Clojure handler in three images, as far as it can be looked at without an engine and GraalVM."""

import json
import re
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from constructs_lib.functions.dockerfile import Dockerfile, parse
from tests import builds
from tests.synthesis import FLAGS, NOT_VALIDATED, ROOT

import aws_cdk as cdk  # isort: skip
from aws_cdk import assertions  # isort: skip

EXAMPLE = ROOT / "examples" / "clojure-container"
FILES = ["Dockerfile-jvm", "Dockerfile-graalvm", "Dockerfile-native"]
HADOLINT = Path(sys.executable).with_name("hadolint")


def read(file: str) -> Dockerfile:
    return parse((EXAMPLE / file).read_text())


def values(dockerfile: Dockerfile, name: str) -> list[str]:
    """What follows each instruction of a name, of all stages."""
    return [each.value for stage in dockerfile.stages for each in stage.instructions if each.name == name]


@pytest.mark.parametrize("file", FILES)
def test_the_linter_of_dockerfiles_finds_nothing(file: str) -> None:
    done = subprocess.run(
        [HADOLINT, "--no-color", EXAMPLE / file], check=False, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("file", FILES)
def test_every_base_image_is_an_argument_with_a_tag_that_says_a_version(file: str) -> None:
    # The linter does not look into arguments (DL3006, DL3007).
    written = re.findall(r"(?m)^FROM (\S+)", (EXAMPLE / file).read_text())
    assert all(base.startswith("${") for base in written)
    bases = [stage.base for stage in read(file).stages]
    assert all(re.search(r"(\d.*:\w|:.*\d)", base) and not base.endswith(":latest") for base in bases)


@pytest.mark.parametrize("file", FILES)
def test_what_is_copied_is_there_and_sent_to_the_engine(file: str) -> None:
    sent = {line[1:] for line in (EXAMPLE / ".dockerignore").read_text().splitlines() if line[0] == "!"}
    copied = [
        value.split()[0].removeprefix("./") for value in values(read(file), "COPY") if "--from" not in value
    ]
    assert {*copied} <= sent
    assert all((EXAMPLE / name).exists() for name in copied)


@pytest.mark.parametrize("file", FILES)
def test_the_handler_of_every_image_is_a_class_of_the_program(file: str) -> None:
    [handler] = json.loads(values(read(file), "CMD")[-1])
    assert f"(gen-class :name {handler}\n" in (EXAMPLE / "src" / "hello_world" / "main.clj").read_text()


def test_the_images_are_made_of_the_same_jar() -> None:
    builds_of_jar = {"\n".join(each.value for each in read(file).stages[0].instructions) for file in FILES}
    assert len(builds_of_jar) == 1


def test_the_agent_writes_its_findings_while_the_process_runs() -> None:
    entrypoint = json.loads(values(read("Dockerfile-graalvm"), "ENTRYPOINT")[-1])
    agent = "-agentlib:native-image-agent=config-merge-dir=/tmp/native-image,config-write-period-secs=5"
    assert entrypoint.index(agent) < entrypoint.index("-jar")


def test_a_native_executable_can_make_the_handler_and_load_the_clients_library() -> None:
    [file] = EXAMPLE.glob("resources/META-INF/native-image/*/*/reachability-metadata.json")
    metadata = json.loads(file.read_text())
    made = {
        each["type"]
        for each in metadata["reflection"]
        if {"name": "<init>", "parameterTypes": []} in each.get("methods", [])
    }
    assert "hello_world.Handler" in made
    assert [each["glob"] for each in metadata["resources"]] == ["jni/libaws-lambda-jni.linux-*.so"]


def test_no_option_is_given_that_native_image_has_given_up() -> None:
    [command] = values(read("Dockerfile-native"), "RUN")[-1:]
    assert command.startswith("native-image ")
    assert not {"--initialize-at-build-time", "--report-unsupported-elements-at-runtime"} & {*command.split()}


@pytest.fixture(scope="module")
def synthesised(tmp_path_factory: pytest.TempPathFactory) -> tuple[cdk.Stack, dict[str, Any]]:
    """The example's stack, and what the CLI is told to build."""
    output = tmp_path_factory.mktemp("clojure") / "cdk.out"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("THAW_CACHE", str(builds.shared_cache()))
        app = cdk.App(outdir=str(output), context=FLAGS, **NOT_VALIDATED)
        stack: cdk.Stack = runpy.run_path(str(EXAMPLE / "app.py"))["build"](app)
        app.synth()
    assets = json.loads((output / f"{stack.stack_name}.assets.json").read_text())
    return stack, {
        each["source"]["dockerFile"]: output / each["source"]["directory"]
        for each in assets["dockerImages"].values()
    }


def test_each_image_is_a_function(synthesised: tuple[cdk.Stack, dict[str, Any]]) -> None:
    functions = assertions.Template.from_stack(synthesised[0]).find_resources("AWS::Lambda::Function")
    assert {each["Properties"]["PackageType"] for each in functions.values()} == {"Image"}
    assert sorted(synthesised[1]) == sorted(FILES)


def test_nothing_of_the_example_is_warned_of(synthesised: tuple[cdk.Stack, dict[str, Any]]) -> None:
    assertions.Annotations.from_stack(synthesised[0]).has_no_warning("*", assertions.Match.any_value())


@pytest.mark.parametrize("file", FILES)
def test_each_image_starts_behind_the_entry(synthesised: tuple[cdk.Stack, dict[str, Any]], file: str) -> None:
    dockerfile = parse((synthesised[1][file] / file).read_text())
    assert json.loads(values(dockerfile, "ENTRYPOINT")[-1])[0] == "/lambda-entrypoint"


@pytest.mark.parametrize("file", FILES)
def test_the_linter_finds_nothing_in_what_is_built_of_it(
    synthesised: tuple[cdk.Stack, dict[str, Any]], file: str
) -> None:
    # DL4004: of several ENTRYPOINT instructions the last counts, which is what the added one is for; DL4003 says it of CMD.
    ignored = [f"--ignore={rule}" for rule in ("DL4003", "DL4004")]
    done = subprocess.run(
        [HADOLINT, "--no-color", *ignored, synthesised[1][file] / file],
        check=False,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (0, "")
