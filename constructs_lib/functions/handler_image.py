"""An image that is made of a handler."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from constructs_lib import asked_once, bundling
from constructs_lib.asked_once import Place
from constructs_lib.bundling import Architecture, oci
from constructs_lib.bundling.container import PLATFORMS
from constructs_lib.functions import props
from constructs_lib.functions.artifacts import naming, tell
from constructs_lib.rules import flag, matching, optional

_BASE = matching(r"[a-z0-9][\w./:@-]*[:@][\w.:-]+", "the name of an image with its tag or digest")


@dataclass(frozen=True, kw_only=True)
class HandlerImage:
    """An image with a handler, its dependencies, CPython and the runtime, and nothing else.

    It is assembled while the CDK application runs, without an engine, and only if its inputs changed; at deployment an
    engine loads and pushes it.

    Attributes:
        source: the handler's folder.
        handler: ``module.function``, the module's path relative to ``source``; the image's CMD.
        requirements: a pip requirements file. Default: ``requirements.txt`` in ``source`` where it exists, else no
            dependencies.
        python: a CPython's executable or prefix to bundle. Default: the one that runs the build.
        start: how the artifact starts. Default: a snapshot where one can be made, else portable.
        initialize_at_build_time: the handler's module becomes part of the snapshot. Default: it is imported when the
            function starts.
        preload: modules that the snapshot holds. Default: those that the handler imports, as a trial run shows.
        builder: an image to build the artifact in a container of. Default: no container.
        emulator: whether the image brings AWS's Runtime Interface Emulator, so that ``docker run`` serves invocations; 9 MB,
            3.6 MB compressed, and never started on Lambda. Default: it does.
        base: an image to put the layers upon, which then needs an engine to build; it must not be larger than what you
            need of it. Default: none, FROM scratch.
    """

    source: Path
    handler: str
    requirements: Path | None = None
    python: Path | None = None
    start: bundling.Start | None = None
    initialize_at_build_time: bool = False
    preload: Sequence[str] | None = None
    builder: str | None = None
    emulator: bool = True
    base: str | None = None


def check(place: Place, image: HandlerImage) -> None:
    """Checks the attributes that nothing else looks at.

    Raises:
        WrongPropError: one is not what it may be.
    """
    props.require(place, "image.source", image.source, props.PATH)
    props.require(place, "image.handler", image.handler, props.HANDLER)
    props.require(place, "image.emulator", image.emulator, flag())
    props.require(place, "image.base", image.base, optional(_BASE))


def code_of(
    scope: Construct,
    id: str,  # noqa: A002 - the CDK's word
    image: HandlerImage,
    *,
    architecture: Architecture,
    environment: Mapping[str, str | None],
    snap_start: bool,
) -> lambda_.DockerImageCode:
    """The image of the function ``id`` as code.

    Args:
        scope: of the function.
        id: of the function.
        image: what it is made of.
        architecture: of the function.
        environment: the function's variables, None for values that only the deployment will know.
        snap_start: whether the image tells Lambda that it may be taken snapshots of.

    Raises:
        BundlingError: the image cannot be made; a note names the function.
    """
    recipe = oci.ImageRecipe(
        function=bundling.Recipe(
            source=Path(image.source),
            handler=image.handler,
            requirements=image.requirements,
            architecture=architecture,
            python=image.python,
            start=image.start,
            initialize_at_build_time=image.initialize_at_build_time,
            preload=None if image.preload is None else tuple(image.preload),
            environment=environment,
            builder=image.builder,
        ),
        emulator=image.emulator,
        snap_start=snap_start,
        base=image.base,
    )
    with naming(scope, id):
        if asked_once.bundling_required(asked_once.stack_of(scope)):
            built = oci.build_image(recipe, report=lambda step: tell(scope, id, step))
            folder, tag = built.context or built.layout, built.fingerprint
        else:
            folder, tag = recipe.function.source, oci.fingerprint(recipe)
        return _published(scope, id, recipe, folder, tag)


def _published(
    scope: Construct,
    id: str,  # noqa: A002 - the CDK's word
    recipe: oci.ImageRecipe,
    folder: Path,
    tag: str,
) -> lambda_.DockerImageCode:
    """The image where the CDK's bootstrap keeps images; its tag is the fingerprint."""
    stack = asked_once.stack_of(scope)
    staged = cdk.AssetStaging(scope, f"{id}Image", source_path=str(folder), asset_hash=tag)
    place = staged.relative_staged_path(stack)
    how: dict[str, Any] = (
        {"executable": ["sh", "-c", _LOAD.format(place=place, tag=oci.tag_of(tag))]}
        if recipe.base is None
        else {"directory_name": place, "platform": PLATFORMS[recipe.function.architecture]}
    )
    location = stack.synthesizer.add_docker_image_asset(
        source_hash=tag, display_name=f"{asked_once.path_of(scope)}/{id}", **how
    )
    images = ecr.Repository.from_repository_name(scope, f"{id}Images", location.repository_name)
    return lambda_.DockerImageCode.from_ecr(images, tag_or_digest=location.image_tag or tag)


# Run by the CDK CLI where the assembly lies; what it prints is the name of the image. An engine takes a layout as an archive, and
# Podman's remote client takes that as a file only: https://docs.podman.io/en/latest/markdown/podman-load.1.html
_LOAD = (
    'archive=$(mktemp) && trap \'rm -f "$archive"\' EXIT && tar -cf "$archive" -C "{place}" . '
    '&& ${{CDK_DOCKER:-docker}} load --input "$archive" >&2 && echo {tag}'
)
