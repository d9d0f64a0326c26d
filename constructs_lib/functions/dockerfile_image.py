"""An image that an engine builds from a Dockerfile when the application is deployed."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field, fields
from difflib import get_close_matches
from inspect import formatannotation
from pathlib import Path, PurePosixPath
from typing import Any, get_type_hints

import aws_cdk as cdk
from aws_cdk import aws_ecr_assets as ecr_assets
from aws_cdk import aws_lambda as lambda_

from constructs_lib import asked_once
from constructs_lib.asked_once import Place
from constructs_lib.bundling import Architecture
from constructs_lib.bundling.container import PLATFORMS
from constructs_lib.configuration.secret_looking import looks_secret
from constructs_lib.constructors import fits
from constructs_lib.errors import WrongPropError
from constructs_lib.functions import emulated_context, image_start
from constructs_lib.functions.artifacts import naming
from constructs_lib.functions.dockerfile import Command, Dockerfile, Stage, parse
from constructs_lib.functions.errors import ContainerImageError

# Lambda's names, by Docker's.
_LAMBDA_NAMES = {platform: architecture for architecture, platform in PLATFORMS.items()}
# Every build has these without ARG: https://docs.docker.com/build/building/variables/#pre-defined-build-arguments
_PREDEFINED = re.compile(r"(https?|ftp|all|no)_proxy|BUILDKIT_\w+|SOURCE_DATE_EPOCH", re.IGNORECASE)
_SECRET_SOURCE = re.compile(r"(src|source|env|type)=.+")

_READABLE = (
    "the value of build argument {name} looks like a secret, and whoever has the image or the application's assembly can "
    "read it; use build_secrets"
)
# "Lambda ignores the values of any unsupported container image settings in the Dockerfile", of which USER is one:
# https://docs.aws.amazon.com/lambda/latest/dg/images-create.html#images-parms
_USER = (
    "Lambda ignores USER {user} of {file}: it runs every image as a user of its own with least privileges, for whom the "
    "files have to be readable"
)


@dataclass(frozen=True)
class DockerfileImage:
    """An image to be built from a Dockerfile, for the architecture of the function that it is given to.

    What is not said here is as the CDK's ``DockerImageCode.from_image_asset`` has it, which gets it all.

    Attributes:
        folder: the build context.
        file: the Dockerfile, relative to ``folder``.
        target: the stage to build, by name. Default: the last.
        build_args: values of build arguments by name. They stay readable in the image's history: no secrets.
        build_secrets: where the engine finds a secret, by its id: ``src=FILE`` or ``env=VARIABLE``, as
            ``cdk.DockerBuildSecret`` writes it. BuildKit only.
        build_ssh: the agent socket or keys for ``RUN --mount=type=ssh``. BuildKit only. Default: none.
        build_contexts: further contexts by name: folders, images (``docker-image://``) or URLs. BuildKit only.
        cache_from: where the engine may find layers of earlier builds.
        cache_to: where it leaves this build's. Default: in itself alone.
        cache_disabled: whether every instruction runs anew.
        network_mode: of RUN instructions. Default: the engine's.
        outputs: the engine's exporters. Default: the image, into the engine.
        exclude: patterns of what not to send to the engine, in the language of .dockerignore, after that file's own.
        invalidation: what does not count when the CDK asks whether the image is another one. Default: everything counts.
        asset_name: of the CDK's asset; ``AppScopedStagingSynthesizer`` asks for one. Default: none.
        entrypoint: instead of the image's ENTRYPOINT. Default: that.
        cmd: instead of the image's CMD. Default: that.
        working_directory: instead of the image's WORKDIR. Default: that.
        emulator: whether the image gets AWS's Runtime Interface Emulator, and an entry that puts it in front of ENTRYPOINT
            where there is no Lambda: ``docker run -p 9000:8080`` then serves invocations. The Dockerfile has to say
            ENTRYPOINT itself.
    """

    folder: Path
    _: KW_ONLY
    file: str = "Dockerfile"
    target: str | None = None
    # Values of arguments are not for logs, even where they should be no secrets.
    build_args: Mapping[str, str] = field(default_factory=dict, repr=False)
    build_secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    build_ssh: str | None = None
    build_contexts: Mapping[str, str] = field(default_factory=dict)
    cache_from: Sequence[ecr_assets.DockerCacheOption] = ()
    cache_to: ecr_assets.DockerCacheOption | None = None
    cache_disabled: bool = False
    network_mode: ecr_assets.NetworkMode | None = None
    outputs: Sequence[str] = ()
    exclude: Sequence[str] = ()
    invalidation: ecr_assets.DockerImageAssetInvalidationOptions | None = None
    asset_name: str | None = None
    entrypoint: Sequence[str] = ()
    cmd: Sequence[str] = ()
    working_directory: str | None = None
    emulator: bool = False


_HINTS = get_type_hints(DockerfileImage)
_OUR_OWN = ("folder", "emulator")


def code_of(place: Place, image: DockerfileImage, architecture: Architecture) -> lambda_.DockerImageCode:
    """The image as the CDK takes it.

    Args:
        place: of the function.
        image: what to build.
        architecture: of the function.

    Raises:
        WrongPropError: a field is of another type, or has what only the deployment will know.
        ContainerImageError: the Dockerfile or the stage is not there, or is for another processor.
        ImageEntryError: the image would start nothing, or what it starts is not known and the emulator needs to know.
        BundlingError: the emulator cannot be had. A note names the function.
    """
    _check_values(place, image)
    dockerfile, stage = _read(place, image)
    _check_platform(place, image, stage, PLATFORMS[architecture])
    for name, sentence in _doubts(image, dockerfile, stage):
        cdk.Annotations.of(place.scope).add_warning_v2(f"thaw:{name}", f"{place}: {sentence}")
    folder, options = image.folder, _options(image)
    if image.emulator:
        folder = _with_emulator(place, image, dockerfile, stage, architecture)
        if folder != image.folder:
            # What is excluded was not copied, and what was added must not be.
            options.pop("exclude", None)
    else:
        image_start.check(place, image.folder / image.file, stage, _command(image, stage))
    return lambda_.DockerImageCode.from_image_asset(
        str(folder),
        platform=ecr_assets.Platform.custom(PLATFORMS[architecture]),
        # Without a feature flag the CDK reads .dockerignore in a language of its own.
        ignore_mode=cdk.IgnoreMode.DOCKER,
        **options,
    )


def _with_emulator(
    place: Place, image: DockerfileImage, dockerfile: Dockerfile, stage: Stage, architecture: Architecture
) -> Path:
    """The build context with the emulator; without where the CDK asks for no bundling, and so deploys nothing."""
    command = _command(image, stage)
    program = image_start.program(place, image.folder / image.file, stage, command)
    if not asked_once.bundling_required(asked_once.stack_of(place.scope)):
        return image.folder
    with naming(place.scope, place.id):
        return emulated_context.with_emulator(
            image.folder,
            image.file,
            dockerfile.with_lines(stage, emulated_context.lines_for(*program)),
            exclude=image.exclude,
            output=_output(place),
            architecture=architecture,
        )


def _output(place: Place) -> Path:
    """The folder that the CDK writes to."""
    stage = cdk.Stage.of(place.scope)
    return Path(stage.outdir if stage else "cdk.out")


def _options(image: DockerfileImage) -> dict[str, Any]:
    """What of an image is said, by the CDK's names."""
    said = {each.name: getattr(image, each.name) for each in fields(image) if each.name not in _OUR_OWN}
    return {name: value for name, value in said.items() if value}


def _check_values(place: Place, image: DockerfileImage) -> None:
    for each in fields(image):
        value = getattr(image, each.name)
        if not fits(value, _HINTS[each.name]):
            shown = repr(value) if each.repr else f"{type(value).__name__}, not shown"
            raise _wrong(place, each.name, shown, formatannotation(_HINTS[each.name]))
        if any(map(asked_once.is_unresolved, _texts(value))):
            raise _wrong(
                place,
                each.name,
                "a value that only the deployment will know",
                "what is known when the image is built, which is before",
            )
    for name, source in image.build_secrets.items():
        if _SECRET_SOURCE.match(source) is None:
            raise _wrong(
                place,
                f"build_secrets {name}",
                "text that says not where the secret is; it is not shown, lest it be the secret",
                "cdk.DockerBuildSecret.from_src(FILE), or env=VARIABLE",
            )


def _wrong(place: Place, name: str, received: str, allowed: str) -> WrongPropError:
    return WrongPropError(
        f"{place}: its image cannot be built with this {name}",
        received=received,
        allowed=allowed,
        change=f"correct {name}",
    )


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, (str, Path)):
        yield str(value)
    elif isinstance(value, Mapping):
        yield from (text for pair in value.items() for text in pair)
    elif isinstance(value, Sequence):
        yield from (text for text in value if isinstance(text, str))


def _read(place: Place, image: DockerfileImage) -> tuple[Dockerfile, Stage]:
    """The Dockerfile, and the stage of it that becomes the image."""
    path = PurePosixPath(image.file)
    if path.is_absolute() or ".." in path.parts:
        raise _not_built(place, f"file {path}", "a path below the folder", "move the Dockerfile there")
    if not (image.folder / path).is_file():
        raise _not_built(
            place,
            f"no file {path} in {image.folder}",
            "a folder with a Dockerfile",
            "correct image; DockerfileImage(folder, file=...) takes another name",
        )
    dockerfile = parse((image.folder / path).read_text(errors="replace"), image.build_args)
    if not dockerfile.stages:
        raise _not_built(
            place,
            f"no FROM in {image.folder / path}",
            "a Dockerfile: at least one stage",
            "begin it with FROM",
        )
    stage = dockerfile.stage(image.target)
    if stage is None:
        names = ", ".join(each.name for each in dockerfile.stages if each.name)
        raise _not_built(
            place,
            f"target {image.target}, which {image.folder / path} does not have",
            names or "none: no stage has a name (FROM ... AS name)",
            "correct target, or leave it out for the last stage",
        )
    return dockerfile, stage


def _not_built(place: Place, received: str, allowed: str, change: str) -> ContainerImageError:
    return ContainerImageError(
        f"{place}: its image cannot be built", received=received, allowed=allowed, change=change
    )


def _check_platform(place: Place, image: DockerfileImage, stage: Stage, wanted: str) -> None:
    named = stage.root.platform
    if named is None or "$" in named or _processor(named) == _processor(wanted):
        return
    raise ContainerImageError(
        f"{place}: its image is for another processor",
        received=f"FROM --platform={named} in {image.folder / image.file}",
        allowed=f"{wanted} for a function of architecture {_LAMBDA_NAMES[wanted]}",
        change="leave --platform out, or set architecture to its own",
    )


def _processor(platform: str) -> str:
    name = platform.lower().removeprefix("linux/").partition("/")[0]
    return {"x86_64": "amd64", "x86-64": "amd64", "aarch64": "arm64"}.get(name, name)


def _command(image: DockerfileImage, stage: Stage) -> Command:
    """What the function starts: what the image says, unless the function says otherwise."""
    command = stage.command
    return Command(
        tuple(image.entrypoint) or command.entrypoint,
        tuple(image.cmd) or command.arguments,
    )


def _doubts(image: DockerfileImage, dockerfile: Dockerfile, stage: Stage) -> Iterator[tuple[str, str]]:
    """What can be meant as it is and mostly is not, each by its name."""
    for name, value in image.build_args.items():
        if looks_secret(name, value):
            yield "secret-in-build-argument", _READABLE.format(name=name)
        if name not in dockerfile.arguments and _PREDEFINED.fullmatch(name) is None:
            near = get_close_matches(name, dockerfile.arguments, n=1)
            meant = f"; did you mean {near[0]}?" if near else ""
            yield "build-argument", f"{image.file} has no ARG {name}, so it changes nothing{meant}"
    if stage.user is not None:
        yield "image-user", _USER.format(user=stage.user, file=image.file)
