"""Folders with a Dockerfile."""

from pathlib import Path
from typing import Any

from constructs_lib import ContainerFunction, DockerfileImage

import aws_cdk as cdk  # isort: skip


SOUND = "ARG BASE=alpine:3\nFROM $BASE AS first\nARG VERSION\nFROM first AS last\n"


def context(folder: Path, text: str = SOUND, file: str = "Dockerfile") -> Path:
    """A folder with a Dockerfile."""
    (folder / file).parent.mkdir(exist_ok=True, parents=True)
    (folder / file).write_text(text)
    return folder


def declare(stack: cdk.Stack, folder: Path, **fields_of_image: Any) -> None:
    """A function with an image of the folder."""
    ContainerFunction(stack, "Hello", image=DockerfileImage(folder, **fields_of_image))
