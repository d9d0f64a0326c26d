"""Compiles the native part for any Lambda architecture from any host, with the C compiler of the ``ziglang`` wheel."""

import os
import subprocess
from pathlib import Path

import ziglang

from constructs_lib.bundling.cache import cache_folder
from constructs_lib.bundling.errors import BundlingError
from constructs_lib.bundling.recipe import Architecture

SOURCES = Path(__file__).resolve().parents[2] / "lambda_src" / "native"
TARGETS = {Architecture.X86_64: "x86_64-linux-none", Architecture.ARM64: "aarch64-linux-none"}
WARNINGS = ("-Wall", "-Wextra", "-Werror")


class CompilerError(BundlingError):
    """The C compiler failed on our own source."""

    id = "THAW003"


def compile_launcher(output: Path, *, architecture: Architecture, loader: str, interpreter: str) -> None:
    """Compiles the static executable that starts the bundled interpreter.

    Args:
        output: the file to write, executable.
        architecture: of the target.
        loader: file name of the dynamic loader in ``thaw/lib``.
        interpreter: file name of the interpreter in ``thaw/bin``.

    Raises:
        CompilerError: with the compiler's own words.
    """
    command = [
        str(Path(ziglang.__file__).parent / "zig"),
        *("cc", "-target", TARGETS[architecture], "-std=c11", *WARNINGS),
        *("-ffreestanding", "-nostdlib", "-static", "-Os", "-s"),
        *(f'-DLOADER="{loader}"', f'-DINTERPRETER="{interpreter}"'),
        *("-o", str(output), str(SOURCES / "launcher.c")),
    ]
    zig_cache = str(cache_folder() / "zig")
    environment = {**os.environ, "ZIG_GLOBAL_CACHE_DIR": zig_cache, "ZIG_LOCAL_CACHE_DIR": zig_cache}
    result = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    if result.returncode != 0:
        raise CompilerError(
            "the launcher could not be compiled",
            received=result.stderr.strip() or f"exit status {result.returncode} of zig cc",
            change="check that the ziglang wheel is complete (thaw doctor)",
        )
    output.chmod(0o755)
