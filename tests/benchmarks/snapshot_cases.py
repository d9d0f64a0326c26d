"""What ``make bench-snapshot`` compares: functions, the ways to build them, and the ways to start them."""

import os
import platform
import subprocess
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import ziglang

from constructs_lib.bundling import Recipe, Start
from constructs_lib.bundling.cache import cache_folder
from thaw_cli.bench.cases import AWSLAMBDARIC, LAMBDA_VARIABLES, artifact_case, awslambdaric_case
from thaw_cli.bench.measure import Case
from thaw_cli.bench.station import AWSLAMBDARIC_FOLDER, AWSLAMBDARIC_VARIABLES, MOUNT_POINT, SCRATCH

HERE = Path(__file__).parent
HANDLER = "handler.handle"
FLOOR = "static C loop"
# A client is made for one region, so a handler that makes one at build time has to be told which.
REGION = {name: LAMBDA_VARIABLES[name] for name in ("AWS_REGION", "AWS_DEFAULT_REGION")}


class Variant(StrEnum):
    """The ways to build a function."""

    INITIALISED = "snapshot, handler initialised"
    SNAPSHOT = "snapshot"
    PORTABLE = "portable"


SNAPSHOTS = (Variant.INITIALISED, Variant.SNAPSHOT)
# What a process executes that was taken up; one that fell back executes the loader.
IMAGE = str(MOUNT_POINT / "bootstrap")


@dataclass(frozen=True)
class Function:
    """A handler's folder below ``handlers``, the name people read, and the builds that are compared."""

    folder: str
    title: str
    variants: tuple[Variant, ...]

    def recipe(self, variant: Variant) -> Recipe:
        """What to build."""
        return Recipe(
            source=HERE / "handlers" / self.folder,
            handler=HANDLER,
            start=Start.PORTABLE if variant == Variant.PORTABLE else Start.SNAPSHOT,
            initialize_at_build_time=variant == Variant.INITIALISED,
            environment=REGION,
        )


HELLO = Function("hello", "hello world", (Variant.SNAPSHOT, Variant.PORTABLE))
BOTO3 = Function("boto3_client", "boto3.client", (Variant.INITIALISED, Variant.SNAPSHOT, Variant.PORTABLE))
LARGE = Function("boto3_pydantic_numpy", "boto3 + pydantic + numpy", (Variant.INITIALISED, Variant.PORTABLE))
UNREPEATED = Function("unrepeated", "random values", (Variant.INITIALISED,))
FUNCTIONS = (HELLO, BOTO3, LARGE, UNREPEATED)


@dataclass(frozen=True)
class Contender:
    """One way to start one function.

    Attributes:
        function: what is started.
        how: a variant, awslambdaric or the floor.
        variant: the build whose task root it starts in.
        case: as seen inside that root.
    """

    function: Function
    how: str
    variant: Variant
    case: Case

    @property
    def name(self) -> str:
        """Unique among all contenders."""
        return name_of(self.function, self.how)


def name_of(function: Function, how: str) -> str:
    """What the runs of a contender are filed under."""
    return f"{function.title}, {how}"


def contender(function: Function, how: str) -> Contender:
    """One way to start a function."""
    return next(each for each in contenders(function) if each.how == how)


def contenders(function: Function) -> list[Contender]:
    """Every way to start a function; awslambdaric and the floor start in the portable build's task root."""
    ours = [_contender(function, variant, variant) for variant in function.variants]
    theirs = (
        [_contender(function, AWSLAMBDARIC, Variant.PORTABLE)]
        if Variant.PORTABLE in function.variants
        else []
    )
    floor = [_contender(function, FLOOR, Variant.PORTABLE)] if function is HELLO else []
    return [*ours, *theirs, *floor]


def _contender(function: Function, how: str, variant: Variant) -> Contender:
    case = artifact_case(how, MOUNT_POINT, HANDLER)
    if how == AWSLAMBDARIC:
        case = awslambdaric_case(MOUNT_POINT, HANDLER, AWSLAMBDARIC_VARIABLES, client=AWSLAMBDARIC_FOLDER)
    elif how == FLOOR:
        case = Case(FLOOR, [SCRATCH / "floor"], case.environment, MOUNT_POINT)
    return Contender(function, how, variant, case)


def compile_floor(output: Path) -> None:
    """Compiles the static C loop for this machine.

    Raises:
        CalledProcessError: the compiler failed; what it said is on stderr.
    """
    zig = Path(ziglang.__file__).parent / "zig"
    target = ("-target", f"{platform.machine()}-linux-none", "-ffreestanding", "-nostdlib", "-static")
    folder = cache_folder() / "zig"
    subprocess.run(
        [
            zig,
            "cc",
            "-std=c11",
            "-Wall",
            "-Wextra",
            "-Werror",
            *target,
            "-O2",
            "-s",
            HERE / "floor.c",
            "-o",
            output,
        ],
        env={**os.environ, "ZIG_GLOBAL_CACHE_DIR": str(folder), "ZIG_LOCAL_CACHE_DIR": str(folder)},
        check=True,
    )
