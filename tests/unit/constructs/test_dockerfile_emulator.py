"""DockerfileImage(emulator=True): the user's image, with an entry and Lambda's emulator in front of what it starts."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from constructs_lib import ContainerFunction, DockerfileImage
from constructs_lib.bundling import Architecture, oci
from constructs_lib.bundling.cache import CacheError
from constructs_lib.functions.dockerfile import Command, parse
from constructs_lib.functions.errors import ImageEntryError
from tests import builds
from tests.synthesis import FLAGS, NOT_VALIDATED, new_app

import aws_cdk as cdk  # isort: skip
from aws_cdk import aws_lambda as lambda_  # isort: skip

STARTS = 'ENTRYPOINT ["/usr/bin/java", "-jar"]\nCMD ["a.jar"]\n'
FOLDER = ".thaw-emulator"


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("THAW_CACHE", str(builds.shared_cache()))
    return builds.shared_cache()


def context(folder: Path, text: str, **files: str) -> Path:
    """A folder with a Dockerfile and other files, ``_`` for the point that a name begins with."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in {"Dockerfile": text, **files}.items():
        (folder / name.replace("_", ".")).write_text(content)
    return folder


def staged(folder: Path, output: Path, **image: Any) -> Path:
    """The build context that the CLI is told to build, with the emulator."""
    app = cdk.App(outdir=str(output), context=FLAGS, **NOT_VALIDATED)
    ContainerFunction(
        cdk.Stack(app, "Stack"), "Hello", image=DockerfileImage(folder, **{"emulator": True, **image})
    )
    app.synth()
    [asset] = json.loads((output / "Stack.assets.json").read_text())["dockerImages"].values()
    return output / str(asset["source"]["directory"])


def names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def started(folder: Path, target: str | None = None) -> Command:
    stage = parse((folder / "Dockerfile").read_text()).stage(target)
    assert stage is not None
    return stage.command


@pytest.mark.parametrize(
    ("text", "entrypoint", "arguments"),
    [
        (f"FROM alpine:3\n{STARTS}", ("/usr/bin/java", "-jar"), ("a.jar",)),
        ('FROM alpine:3\nENTRYPOINT ["/a"]\n', ("/a",), None),
        ('FROM alpine:3\nENTRYPOINT []\nCMD ["/a", "b"]\n', (), ("/a", "b")),
        ('FROM scratch\nCOPY a /\nCMD ["/a"]\n', (), ("/a",)),
        (f"FROM alpine:3 AS one\n{STARTS}FROM one\n", ("/usr/bin/java", "-jar"), ("a.jar",)),
    ],
    ids=["both", "no arguments", "arguments alone", "from scratch", "of the stage below"],
)
def test_the_entry_starts_what_the_image_started(
    tmp_path: Path, text: str, entrypoint: Sequence[str], arguments: Sequence[str] | None
) -> None:
    copy = staged(context(tmp_path / "image", text), tmp_path / "out")
    assert started(copy) == Command(("/lambda-entrypoint", *entrypoint), arguments)


def test_the_entry_starts_what_the_function_says(tmp_path: Path) -> None:
    copy = staged(
        context(tmp_path / "image", "FROM alpine:3\n"), tmp_path / "out", entrypoint=["/a"], cmd=["b"]
    )
    assert started(copy) == Command(("/lambda-entrypoint", "/a"), ("b",))


def test_the_stage_that_is_built_has_the_entry(tmp_path: Path) -> None:
    text = f'FROM alpine:3 AS one\n{STARTS}FROM alpine:3 AS two\nENTRYPOINT ["/b"]\n'
    copy = staged(context(tmp_path / "image", text), tmp_path / "out", target="one")
    assert (started(copy, "one").entrypoint, started(copy, "two").entrypoint) == (
        ("/lambda-entrypoint", "/usr/bin/java", "-jar"),
        ("/b",),
    )


def test_entry_and_emulator_can_be_copied_and_executed(tmp_path: Path) -> None:
    copy = staged(context(tmp_path / "image", f"FROM alpine:3\n{STARTS}"), tmp_path / "out")
    modes = {path.name: path.stat().st_mode & 0o777 for path in (copy / FOLDER).iterdir()}
    assert modes == {"lambda-entrypoint": 0o755, "aws-lambda-rie": 0o755}


@pytest.mark.parametrize("architecture", list(Architecture))
def test_the_programs_are_for_the_functions_architecture(tmp_path: Path, architecture: Architecture) -> None:
    app = cdk.App(outdir=str(tmp_path / "out"), context=FLAGS, **NOT_VALIDATED)
    ContainerFunction(
        cdk.Stack(app, "Stack"),
        "Hello",
        image=DockerfileImage(context(tmp_path / "image", f"FROM alpine:3\n{STARTS}"), emulator=True),
        architecture=lambda_.Architecture.custom(architecture),
    )
    [copied] = (tmp_path / "out").glob(f"asset.*/{FOLDER}")
    programs = [oci.emulator(architecture), oci.entrypoint(architecture)]
    assert [path.read_bytes() for path in sorted(copied.iterdir())] == [
        path.read_bytes() for path in programs
    ]


@pytest.mark.parametrize(
    "ignored", ["*\n!a.jar\n", "**\n!a.jar\n", ".*\n"], ids=["all", "all below", "hidden"]
)
def test_what_the_user_ignores_hides_neither(tmp_path: Path, ignored: str) -> None:
    folder = context(tmp_path / "image", f"FROM alpine:3\n{STARTS}", _dockerignore=ignored, a_jar="-")
    copy = staged(folder, tmp_path / "out")
    assert {f"{FOLDER}/lambda-entrypoint", f"{FOLDER}/aws-lambda-rie", "a.jar"} <= names(copy)


def test_what_is_excluded_hides_neither_and_is_not_copied(tmp_path: Path) -> None:
    folder = context(tmp_path / "image", f"FROM alpine:3\n{STARTS}", a_jar="-", b="-")
    copy = staged(folder, tmp_path / "out", exclude=["*", "!a.jar"])
    assert names(copy) == {f"{FOLDER}/lambda-entrypoint", f"{FOLDER}/aws-lambda-rie", "a.jar", "Dockerfile"}


def test_patterns_of_one_dockerfile_alone_hide_neither(tmp_path: Path) -> None:
    folder = context(tmp_path / "image", f"FROM alpine:3\n{STARTS}", Dockerfile_dockerignore="*\n")
    copy = staged(folder, tmp_path / "out")
    assert f"!{FOLDER}" in (copy / "Dockerfile.dockerignore").read_text().splitlines()


def test_an_output_folder_within_the_context_is_not_copied(tmp_path: Path) -> None:
    folder = context(tmp_path / "image", f"FROM alpine:3\n{STARTS}")
    copy = staged(folder, folder / "cdk.out")
    assert not (copy / "cdk.out").exists()


def test_the_users_folder_stays_as_it_is(tmp_path: Path) -> None:
    folder = context(tmp_path / "image", f"FROM alpine:3\n{STARTS}")
    staged(folder, tmp_path / "out")
    assert {path.name: path.read_text() for path in folder.iterdir()} == {
        "Dockerfile": f"FROM alpine:3\n{STARTS}"
    }


def test_an_unchanged_context_has_the_same_identity(tmp_path: Path) -> None:
    one, other = (
        staged(context(tmp_path / name, f"FROM alpine:3\n{STARTS}"), tmp_path / f"{name}-out")
        for name in ("one", "other")
    )
    assert one.name == other.name


def test_a_copy_that_fails_leaves_nothing_in_the_cache(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = context(tmp_path / "image", f"FROM alpine:3\n{STARTS}# {tmp_path}\n")
    (folder / FOLDER).write_text("in the way of the folder")
    before = {*(cache / "contexts").glob("*")} if (cache / "contexts").is_dir() else set()
    with pytest.raises(CacheError, match=FOLDER):
        staged(folder, tmp_path / "out")
    assert {path for path in (cache / "contexts").glob("*") if path.is_dir()} <= before


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('FROM alpine:3\nCMD ["/a"]\n', "no ENTRYPOINT in (.|\n)*what alpine:3 starts is not known"),
        ("FROM alpine:3\n", "no ENTRYPOINT in "),
        ("FROM alpine:3\nENTRYPOINT /a\n", "/a, for a shell, in "),
        ('FROM alpine:3\nENTRYPOINT ["/a"]\nCMD b\n', "b, for a shell, in "),
        ("FROM alpine:3\nENTRYPOINT []\n", "neither ENTRYPOINT nor CMD"),
        ('FROM alpine:3\nENTRYPOINT ["java", "-jar"]\n', "the program java in (.|\n)*an absolute path"),
    ],
    ids=["arguments alone", "nothing", "shell", "arguments for a shell", "empty", "relative"],
)
def test_what_cannot_be_put_behind_the_entry_is_refused(tmp_path: Path, text: str, words: str) -> None:
    folder = context(tmp_path, text)
    with pytest.raises(ImageEntryError, match=words):
        ContainerFunction(
            cdk.Stack(new_app(), "Stack"), "Hello", image=DockerfileImage(folder, emulator=True)
        )
