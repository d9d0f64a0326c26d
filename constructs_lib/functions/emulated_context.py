"""Puts the entry and Lambda's emulator into an image that a Dockerfile describes, by a copy of its build context."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import aws_cdk as cdk

from constructs_lib.bundling import Architecture, cache, fingerprinting, oci
from constructs_lib.bundling.oci.system import EMULATOR

_KIND = "contexts"
_IGNORED = ".dockerignore"
# In the copy, beside the user's own files.
_FOLDER = ".thaw-emulator"


def lines_for(entrypoint: Sequence[str], arguments: Sequence[str]) -> list[str]:
    """The instructions that start a program behind the entry, and without Lambda behind the emulator.

    COPY without options and the exec form are what every engine builds, those without BuildKit too.
    """
    return [
        f"COPY {_FOLDER}/lambda-entrypoint {oci.ENTRYPOINT}",
        f"COPY {_FOLDER}/aws-lambda-rie /{EMULATOR}",
        f"ENTRYPOINT {json.dumps([oci.ENTRYPOINT, *entrypoint])}",
        *([f"CMD {json.dumps([*arguments])}"] if arguments else []),
    ]


def with_emulator(
    folder: Path,
    file: str,
    text: str,
    *,
    exclude: Sequence[str],
    output: Path,
    architecture: Architecture,
) -> Path:
    """A copy of a build context in which the Dockerfile is another one, and what ``lines_for`` copies is there.

    The cache has it by what is in it, so that an unchanged context is not copied again.

    Args:
        folder: the build context.
        file: the Dockerfile, relative to ``folder``.
        text: of the Dockerfile, with the lines.
        exclude: what not to copy, as .dockerignore has it, besides that file's own patterns.
        output: the folder that the CDK writes to, which is never copied.
        architecture: of the programs.

    Raises:
        BundlingError: the entry cannot be compiled, the emulator not installed, or the cache not written.
    """
    programs = {
        "lambda-entrypoint": oci.entrypoint(architecture),
        "aws-lambda-rie": oci.emulator(architecture),
    }
    inside = [*_inside(folder, output), *_inside(folder, cache.cache_folder())]
    without = [*_patterns(folder / _IGNORED), *exclude, f"!{_IGNORED}", f"!{file}", *inside]
    options: dict[str, Any] = {"exclude": without, "ignore_mode": cdk.IgnoreMode.DOCKER}

    def make(copy: Path) -> None:
        cdk.FileSystem.copy_directory(str(folder), str(copy), cdk.CopyOptions(**options))
        (copy / file).write_text(text)
        for name in (_IGNORED, f"{file}{_IGNORED}"):
            if patterns := _patterns(folder / name):
                (copy / name).write_text("\n".join([*patterns, f"!{_FOLDER}", f"!{_FOLDER}/**", ""]))
        (copy / _FOLDER).mkdir()
        for name, program in programs.items():
            shutil.copy(program, copy / _FOLDER / name)
            (copy / _FOLDER / name).chmod(0o755)

    content = cdk.FileSystem.fingerprint(str(folder), **options)
    key = fingerprinting.of_values(content, file, text, fingerprinting.of_named(programs.items()))
    made, reused = cache.get_or_make(_KIND, key, make)
    if not reused:
        cache.prune([_KIND])
    return made


def _patterns(file: Path) -> list[str]:
    return file.read_text(errors="replace").splitlines() if file.is_file() else []


def _inside(folder: Path, place: Path) -> list[str]:
    """The pattern of a place in a folder; none where it lies outside."""
    folder, place = folder.resolve(), place.resolve()
    return [place.relative_to(folder).as_posix()] if place.is_relative_to(folder) else []
