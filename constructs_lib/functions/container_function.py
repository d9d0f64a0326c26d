"""A function from a container image."""

from pathlib import Path
from typing import Unpack, cast

from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from constructs_lib import asked_once
from constructs_lib.asked_once import Place
from constructs_lib.bundling import Architecture
from constructs_lib.constructors import checked
from constructs_lib.functions import dockerfile_image, handler_image, props
from constructs_lib.functions.dockerfile_image import DockerfileImage
from constructs_lib.functions.errors import NotOfAnImageError
from constructs_lib.functions.handler_image import HandlerImage
from constructs_lib.functions.operations import (
    Operations,
    architecture_of,
    check_operations,
    function_props,
    known_at_build_time,
    settle,
    variables_of,
)
from constructs_lib.functions.snap_start import NoProvisionedConcurrency, check_storage
from constructs_lib.rules import Rule, flag

Image = HandlerImage | DockerfileImage | lambda_.DockerImageCode | Path
_IMAGE = Rule(
    "a HandlerImage, a DockerfileImage, the path of a folder with a Dockerfile, or a DockerImageCode",
    lambda value: (
        isinstance(value, (HandlerImage, DockerfileImage, lambda_.DockerImageCode))
        or props.PATH.accepts(value)
    ),
)


@checked
class ContainerFunction(lambda_.DockerImageFunction):
    """A function from a container image of up to 10 GB.

    It is an ``aws_lambda.Function``: grants, metrics, aliases and event sources work on it. Its role can
    write its own log and send to its dead-letter queue, nothing else.

    Args:
        scope: the parent construct.
        id: the construct's id.
        image: a ``HandlerImage``, which is made of a handler; a ``DockerfileImage``, or a folder with a ``Dockerfile``, which
            an engine builds for the function's architecture when the application is deployed; or a ``DockerImageCode``:
            ``from_ecr`` for an image that exists.
        snap_start: whether versions of the function start from a snapshot that Lambda makes when they are published. The
            runtime of a ``HandlerImage`` takes part in that, and its image bears the label that allows it; another image needs
            one of the two. Default: they do not.
        **operations: what every function of this library takes, see ``Operations``; ``layers`` excepted, which Lambda
            does not add to images.

    Raises:
        ContainerImageError: there is no Dockerfile, or it is one for another architecture.
        NotOfAnImageError: ``layers`` are given.
        SnapStartError: ``snap_start`` with more /tmp than it takes.
        BundlingError: the image of a handler cannot be made; a note names this construct.
        ConstructError: one of ``operations`` is not known or not one that Lambda takes.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - the CDK's word
        *,
        image: Image,
        snap_start: bool = False,
        **operations: Unpack[Operations],
    ) -> None:
        place = Place(scope, id)
        check_operations(scope, id, operations)
        props.require(place, "image", image, _IMAGE)
        props.require(place, "snap_start", snap_start, flag())
        if snap_start:
            check_storage(place, operations)
        if operations.get("layers"):
            raise NotOfAnImageError(
                f"{place} is given a prop that functions from images do not have",
                received="layers",
                allowed="every other operational prop",
                change="put what the layers hold into the image",
            )
        code = _code_of(scope, id, image, operations, snap_start=snap_start)
        super().__init__(scope, id, code=code, **function_props(scope, id, operations))
        settle(self, scope, operations)
        if snap_start:
            # As a prop the CDK would refuse it: it asks whether the runtime is one of those for zips.
            resource = cast("lambda_.CfnFunction", self.node.default_child)
            resource.add_property_override("SnapStart.ApplyOn", "PublishedVersions")
            self.node.add_validation(NoProvisionedConcurrency(self))


def _code_of(
    scope: Construct,
    id: str,  # noqa: A002 - the CDK's word
    image: Image,
    operations: Operations,
    *,
    snap_start: bool,
) -> lambda_.DockerImageCode:
    architecture = Architecture(asked_once.name_of(architecture_of(operations)))
    if isinstance(image, lambda_.DockerImageCode):
        return image
    place = Place(scope, id)
    if isinstance(image, HandlerImage):
        handler_image.check(place, image)
        return handler_image.code_of(
            scope,
            id,
            image,
            architecture=architecture,
            environment=known_at_build_time(scope, variables_of(operations)),
            snap_start=snap_start,
        )
    dockerfile = image if isinstance(image, DockerfileImage) else DockerfileImage(Path(image))
    return dockerfile_image.code_of(place, dockerfile, architecture)
