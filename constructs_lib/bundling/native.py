"""Compiles the native part for any Lambda architecture from any host, with the C compiler of the ``ziglang`` wheel."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import ziglang

from constructs_lib.bundling.cache import cache_folder
from constructs_lib.bundling.errors import BundlingError
from constructs_lib.bundling.recipe import Architecture
from constructs_lib.bundling.runtime_sources import NATIVE

STATIC_TARGETS = {Architecture.X86_64: "x86_64-linux-none", Architecture.ARM64: "aarch64-linux-none"}
SHARED_TARGETS = {Architecture.X86_64: "x86_64-linux-gnu", Architecture.ARM64: "aarch64-linux-gnu"}
SNAPSHOT_SOURCES = (
    "preload.c",
    "fork.c",
    "dump.c",
    "restore.c",
    "place.c",
    "namespace.c",
    "processor.c",
    "vdso.c",
)
ACCELERATOR_SOURCES = ("module.c", "exchange.c", "decode.c", "encode.c", "text.c")
WARNINGS = ("-Wall", "-Wextra", "-Werror")
OPTIMISED = ("-O2", "-s", "-fno-sanitize=all")
# Undefined behaviour ends the process by an illegal instruction, in every file: a trap needs no runtime library, and so no
# thread pointer. The address sanitizer could not be had: its checks read a shadow of the memory that its runtime library
# has to map first, and the code between the kernel's entry and the thread pointer runs before any library could.
DEBUG = ("-O1", "-g", "-fsanitize=undefined", "-fsanitize-trap=undefined")


class CompilerError(BundlingError):
    """The C compiler failed on our own source."""

    id = "THAW003"


def compile_launcher(
    output: Path,
    *,
    architecture: Architecture,
    loader: str,
    interpreter: str,
    more_libraries: Sequence[str] = (),
) -> None:
    """Compiles the static executable that starts the bundled interpreter.

    Args:
        output: the file to write, executable.
        architecture: of the target.
        loader: file name of the dynamic loader in ``thaw/lib``.
        interpreter: file name of the interpreter in ``thaw/bin``.
        more_libraries: absolute folders in which libraries are looked for after ``thaw/lib``.

    Raises:
        CompilerError: with the compiler's own words.
    """
    _compile(
        output,
        *_freestanding(architecture),
        *(f'-DLOADER="{loader}"', f'-DINTERPRETER="{interpreter}"'),
        f'-DMORE_LIBRARIES="{"".join(f":{folder}" for folder in more_libraries)}"',
        str(NATIVE / "launcher.c"),
    )


def compile_entrypoint(output: Path, *, architecture: Architecture) -> None:
    """Compiles the static executable that a container image starts.

    Args:
        output: the file to write, executable.
        architecture: of the target.

    Raises:
        CompilerError: with the compiler's own words.
    """
    _compile(output, *_freestanding(architecture), str(NATIVE / "entrypoint.c"))


def compile_snapshot_library(output: Path, *, architecture: Architecture, debug: bool = False) -> None:
    """Compiles the library that a stock CPython is loaded with to leave its memory as a file.

    It names functions of libc and is linked to none, so it works with whatever libc the interpreter has.

    Args:
        output: the file to write.
        architecture: of the target.
        debug: with symbols, and with traps where the C standard leaves behaviour undefined.

    Raises:
        CompilerError: with the compiler's own words.
    """
    # The part that runs before there is a thread pointer must not look for a canary there. And libc's memset, which a
    # compiler makes of a loop, is chosen for the processor of the build, while this code asks what processor there is.
    _compile_library(
        output,
        *("-fno-stack-protector", "-fno-builtin"),
        *(str(NATIVE / "snapshot" / name) for name in SNAPSHOT_SOURCES),
        architecture=architecture,
        debug=debug,
    )


def compile_accelerator(output: Path, *, architecture: Architecture, debug: bool = False) -> None:
    """Compiles the runtime's module ``_accelerator``, for every CPython from 3.11 on.

    Args:
        output: the file to write; what imports it knows it by ``_accelerator.abi3.so``.
        architecture: of the target.
        debug: with symbols, and with traps where the C standard leaves behaviour undefined.

    Raises:
        CompilerError: with the compiler's own words.
    """
    sources = (str(NATIVE / "accelerator" / name) for name in ACCELERATOR_SOURCES)
    _compile_library(output, "-fno-stack-protector", *sources, architecture=architecture, debug=debug)


def _compile_library(output: Path, *arguments: str, architecture: Architecture, debug: bool) -> None:
    """Compiles what names functions of libc or the interpreter and is linked to neither: the process has them."""
    target = ("-target", SHARED_TARGETS[architecture], "-shared", "-fPIC", "-fvisibility=hidden")
    _compile(output, *target, *(DEBUG if debug else OPTIMISED), *arguments)


def _freestanding(architecture: Architecture) -> list[str]:
    return ["-target", STATIC_TARGETS[architecture], "-ffreestanding", "-static", "-Os", "-s"]


def _compile(output: Path, *arguments: str) -> None:
    command = [
        str(Path(ziglang.__file__).parent / "zig"),
        *("cc", "-std=c11", *WARNINGS, "-nostdlib", *arguments, "-o", str(output)),
    ]
    zig_cache = str(cache_folder() / "zig")
    environment = {**os.environ, "ZIG_GLOBAL_CACHE_DIR": zig_cache, "ZIG_LOCAL_CACHE_DIR": zig_cache}
    result = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    if result.returncode != 0:
        raise CompilerError(
            "the native part could not be compiled",
            received=result.stderr.strip() or f"exit status {result.returncode} of zig cc",
            change="check that the ziglang wheel is complete (thaw doctor)",
        )
    output.chmod(0o755)
