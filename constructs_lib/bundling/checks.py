"""Pre-flight: what Lambda would only refuse at deployment or at run time is refused here.

Each check is a pure look at what was built or configured, and each failure names the function, the value, the limit
and the way out.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from constructs_lib.bundling import elf
from constructs_lib.bundling.artifact import Artifact
from constructs_lib.bundling.errors import BundlingError
from constructs_lib.bundling.limits import ENVIRONMENT_BYTES, UNZIPPED_BYTES, ZIP_BYTES, megabytes
from constructs_lib.bundling.recipe import Architecture


class BootstrapError(BundlingError):
    """The file that Lambda starts is not there or cannot be started."""

    id = "THAW005"


class ZipSizeError(BundlingError):
    """The archive is larger than Lambda takes."""

    id = "THAW006"


class UnzippedSizeError(BundlingError):
    """The task root is larger than Lambda unpacks."""

    id = "THAW007"


class EnvironmentSizeError(BundlingError):
    """The environment variables together are larger than Lambda takes."""

    id = "THAW008"


def check_bootstrap(function: str, root: Path, architecture: Architecture) -> None:
    """Checks the file that Lambda starts.

    Raises:
        BootstrapError: it is missing, not executable, for another architecture, or a script with Windows line ends.
    """
    bootstrap = root / "bootstrap"
    if not bootstrap.is_file():
        raise _unstartable(function, f"no file {bootstrap.name} in {root}", "put the executable there")
    if not os.access(bootstrap, os.X_OK):
        raise _unstartable(function, "mode without the executable bit", f"chmod +x {bootstrap}")
    if elf.is_elf(bootstrap):
        _check_machine(function, bootstrap, architecture)
    else:
        _check_script(function, bootstrap)


def check_sizes(function: str, artifact: Artifact) -> None:
    """Checks an artifact against the limits of a zip deployment.

    Raises:
        ZipSizeError: over 50 MB zipped.
        UnzippedSizeError: over 250 MB unzipped.
    """
    for kind, form, size, limit in (
        (ZipSizeError, "zipped", artifact.zip_bytes, ZIP_BYTES),
        (UnzippedSizeError, "unzipped", artifact.unzipped_bytes, UNZIPPED_BYTES),
    ):
        if size > limit:
            largest = ", ".join(f"{name} {megabytes(part)}" for name, part in _largest_parts(artifact.root))
            raise kind(
                f"function {function!r}: the {form} artifact is too large",
                received=f"{megabytes(size)}; the largest parts unzipped: {largest}",
                allowed=f"at most {megabytes(limit)}",
                change="drop requirements that the handler does not import, or deploy it as a container image (10 GB)",
            )


def check_environment(function: object, variables: Mapping[str, str]) -> None:
    """Checks environment variables against Lambda's limit of 4 KB for all of them.

    Raises:
        EnvironmentSizeError: they are larger.
    """
    size = len(json.dumps(dict(variables), separators=(",", ":"), ensure_ascii=False).encode())
    if size > ENVIRONMENT_BYTES:
        largest = max(variables, key=lambda name: len(variables[name]))
        raise EnvironmentSizeError(
            f"function '{function}': the environment variables are too large",
            received=f"{size:,} bytes, {largest} the largest of them",
            allowed=f"at most {ENVIRONMENT_BYTES:,} bytes for names and values together",
            change="move large values into Parameter Store, Secrets Manager or an S3 object and pass their names",
        )


def _check_machine(function: str, bootstrap: Path, architecture: Architecture) -> None:
    facts = elf.read(bootstrap)
    machine = "a damaged ELF file" if facts is None else facts.machine
    if machine != architecture:
        raise _unstartable(
            function,
            f"an executable for {machine}",
            f"build it for {architecture}, or set architecture to its own",
        )


def _check_script(function: str, bootstrap: Path) -> None:
    with bootstrap.open("rb") as file:
        first_line = file.readline(256)
    if not first_line.startswith(b"#!"):
        raise _unstartable(
            function, f"a file that begins {first_line[:16]!r}", "start with an ELF file or a #! line"
        )
    if first_line.endswith(b"\r\n"):
        raise _unstartable(
            function,
            "a script with Windows line ends, whose interpreter Linux will not find",
            "save it with LF",
        )


def _unstartable(function: str, received: str, change: str) -> BootstrapError:
    return BootstrapError(
        f"function {function!r}: its bootstrap cannot be started",
        received=received,
        allowed="an executable file named bootstrap at the top of the task root, for the function's architecture",
        change=change,
    )


def _largest_parts(root: Path, count: int = 3) -> list[tuple[str, int]]:
    sizes: dict[str, int] = {}
    for path in root.rglob("*"):
        if path.is_file():
            parts = path.relative_to(root).parts
            name = "/".join(parts[: 3 if parts[0] == "thaw" else 1])
            sizes[name] = sizes.get(name, 0) + path.stat().st_size
    return sorted(sizes.items(), key=lambda item: -item[1])[:count]
