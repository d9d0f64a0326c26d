"""What a file system FROM scratch needs beside the artifact: a way in, authorities, two users, a place for files.

The emulator and the authorities come out of packages, by locks with hashes that lie here.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

from constructs_lib.bundling import cache, fingerprinting, native
from constructs_lib.bundling.dependencies import install_locked
from constructs_lib.bundling.oci.recipe import ENTRYPOINT
from constructs_lib.bundling.recipe import Architecture
from constructs_lib.bundling.runtime_sources import NATIVE

LOCKS = Path(__file__).parent
# Where the emulator lies in Lambda's own base images, and where entrypoint.c looks for it.
EMULATOR = "usr/local/bin/aws-lambda-rie"
# Where Amazon Linux has them, and the runtime looks; a second name is Debian's.
AUTHORITIES = "etc/pki/tls/certs/ca-bundle.crt"
_ALSO_AUTHORITIES = "etc/ssl/certs/ca-certificates.crt"
# Lambda runs functions as a user that no image knows; an engine runs them as root.
_USERS = "root:x:0:0:root:/root:/bin/false\nnobody:x:65534:65534:nobody:/:/bin/false\n"
_GROUPS = "root:x:0:\nnobody:x:65534:\n"
_EMULATORS = {Architecture.X86_64: "aws-lambda-rie-x86_64", Architecture.ARM64: "aws-lambda-rie-arm64"}


def entrypoint(architecture: Architecture) -> Path:
    """The program that becomes ``/lambda-entrypoint``, compiled once.

    Raises:
        CompilerError: with the compiler's own words.
    """

    def make(folder: Path) -> None:
        native.compile_entrypoint(folder / "lambda-entrypoint", architecture=architecture)

    sources = fingerprinting.of_files(NATIVE)
    return _cached("entrypoint", architecture, sources, make=make) / "lambda-entrypoint"


def emulator(architecture: Architecture) -> Path:
    """AWS's Runtime Interface Emulator, unmodified, out of the package that ships it.

    Raises:
        DependencyError: it cannot be installed.
    """

    def make(folder: Path) -> None:
        _install("emulator", folder / "package", architecture)
        shutil.copy(
            folder / "package" / "samcli" / "local" / "rapid" / _EMULATORS[architecture], folder / "rie"
        )
        shutil.rmtree(folder / "package")

    return _cached("emulator", architecture, _lock("emulator"), make=make) / "rie"


def lay(root: Path, architecture: Architecture) -> None:
    """Puts everything but the artifact and the emulator below ``root``, an empty folder.

    Raises:
        CompilerError: the entry point cannot be compiled.
        DependencyError: the authorities cannot be installed.
    """
    shutil.copy(entrypoint(architecture), root / ENTRYPOINT[1:])
    for name, text in {"etc/passwd": _USERS, "etc/group": _GROUPS}.items():
        _parent(root / name).write_text(text)
    shutil.copy(_authorities(), _parent(root / AUTHORITIES))
    _parent(root / _ALSO_AUTHORITIES).symlink_to(f"/{AUTHORITIES}")
    (root / "tmp").mkdir()
    (root / "tmp").chmod(0o1777)


def _authorities() -> Path:
    def make(folder: Path) -> None:
        _install("authorities", folder / "package", Architecture.X86_64)
        shutil.copy(folder / "package" / "certifi" / "cacert.pem", folder / "bundle.pem")
        shutil.rmtree(folder / "package")

    return _cached("authorities", _lock("authorities"), make=make) / "bundle.pem"


def _cached(*inputs: str, make: Callable[[Path], None]) -> Path:
    return cache.get_or_make("native", fingerprinting.of_values(*inputs), make)[0]


def _lock(name: str) -> str:
    return (LOCKS / f"{name}.txt").read_text()


def _install(name: str, folder: Path, architecture: Architecture) -> None:
    install_locked(LOCKS / f"{name}.txt", folder, architecture)


def _parent(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
