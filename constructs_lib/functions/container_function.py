"""A function from a container image."""

import re
from pathlib import Path
from typing import Unpack

from aws_cdk import aws_ecr_assets as ecr_assets
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from constructs_lib import asked_once
from constructs_lib.asked_once import Place
from constructs_lib.bundling import Architecture
from constructs_lib.constructors import checked
from constructs_lib.functions import props
from constructs_lib.functions.errors import ContainerImageError, NotOfAnImageError
from constructs_lib.functions.operations import (
    Operations,
    architecture_of,
    check_operations,
    function_props,
    settle,
)
from constructs_lib.rules import Rule

_IMAGE = Rule(
    "a DockerImageCode, or the path of a folder with a Dockerfile",
    lambda value: isinstance(value, lambda_.DockerImageCode) or props.PATH.accepts(value),
)
# Docker's names, by Lambda's.
_PLATFORMS = {Architecture.X86_64: "linux/amd64", Architecture.ARM64: "linux/arm64"}


@checked
class ContainerFunction(lambda_.DockerImageFunction):
    """A function from a container image of up to 10 GB.

    It is an ``aws_lambda.Function``: grants, metrics, aliases and event sources work on it. Its role can
    write its own log and send to its dead-letter queue, nothing else.

    Args:
        scope: the parent construct.
        id: the construct's id.
        image: a folder with a ``Dockerfile``, which is built for the function's architecture when the application is
            deployed; or a ``DockerImageCode``: ``from_ecr`` for an image that exists, ``from_image_asset`` for a build with
            options of your own, its ``platform`` included.
        **operations: what every function of this library takes, see ``Operations``; ``layers`` excepted, which Lambda
            does not add to images.

    Raises:
        ContainerImageError: there is no Dockerfile, or it is one for another architecture.
        NotOfAnImageError: ``layers`` are given.
        ConstructError: one of ``operations`` is not known or not one that Lambda takes.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - the CDK's word
        *,
        image: lambda_.DockerImageCode | Path,
        **operations: Unpack[Operations],
    ) -> None:
        place = Place(scope, id)
        check_operations(scope, id, operations)
        props.require(place, "image", image, _IMAGE)
        if operations.get("layers"):
            raise NotOfAnImageError(
                f"{place} is given a prop that functions from images do not have",
                received="layers",
                allowed="every other operational prop",
                change="put what the layers hold into the image",
            )
        if not isinstance(image, lambda_.DockerImageCode):
            image = _built(place, Path(image), Architecture(asked_once.name_of(architecture_of(operations))))
        super().__init__(scope, id, code=image, **function_props(scope, id, operations))
        settle(self, scope, operations)


def _built(place: Place, folder: Path, architecture: Architecture) -> lambda_.DockerImageCode:
    dockerfile = folder / "Dockerfile"
    if not dockerfile.is_file():
        raise ContainerImageError(
            f"{place}: its image cannot be built",
            received=f"no file Dockerfile in {folder}",
            allowed="a folder with a Dockerfile",
            change="correct image, or use DockerImageCode.from_image_asset(file=...) for another name",
        )
    platform = _PLATFORMS[architecture]
    named = re.findall(r"(?im)^\s*FROM\s+--platform=(linux/\S+)", dockerfile.read_text(errors="replace"))
    if named and not named[-1].startswith(platform):
        raise ContainerImageError(
            f"{place}: its image is for another processor",
            received=f"FROM --platform={named[-1]} in {dockerfile}",
            allowed=f"{platform} for a function of architecture {architecture}",
            change="leave --platform out, or set architecture to its own",
        )
    return lambda_.DockerImageCode.from_image_asset(
        str(folder),
        platform=ecr_assets.Platform.LINUX_ARM64
        if architecture == Architecture.ARM64
        else ecr_assets.Platform.LINUX_AMD64,
    )
