"""Small real executables for tests, compiled once in a session; none of them is ever run."""

import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import ziglang

from constructs_lib.bundling.cache import cache_folder
from tests import builds

_PROGRAM = "void _start(void) { for (;;) {} }"
_USING = "extern int answer(void); void _start(void) { answer(); for (;;) {} }"
_LIBRARY = "int answer(void) { return 42; }"
_LINUX = "x86_64-linux-gnu"


def static(target: str = "x86_64") -> Path:
    """A program that needs nothing, for a processor by zig's name."""
    return _compiled(f"static-{target}", _PROGRAM, "-target", f"{target}-linux-none", "-static")


def static_pie() -> Path:
    """A program that needs nothing and may be loaded anywhere, as Rust's are for musl."""
    return _compiled("static-pie", _PROGRAM, "-target", "x86_64-linux-none", "-fPIE", "-pie")


def object_file() -> Path:
    """What a linker makes programs of."""
    return _compiled("object", _PROGRAM, "-target", "x86_64-linux-none", "-c")


def library(name: str = "libanswer.so.1", *, target: str = _LINUX, version: str | None = None) -> Path:
    """A shared library; its one symbol is of a version such as ``GLIBC_2.38``, where one is given."""
    options = ["-target", target, "-shared", "-fPIC", f"-Wl,-soname,{name}"]
    if version is not None:
        script = _folder() / f"{version}.map"
        script.write_text(f"{version} {{ global: answer; }};\n")
        options.append(f"-Wl,--version-script={script}")
    return _compiled(name, _LIBRARY, *options, below=f"{target}-{version}")


def dynamic(*options: str, target: str = _LINUX, needs: Path | None = None) -> Path:
    """A program that its target's loader links to a shared library."""
    needs = needs or library(target=target)
    name = f"dynamic-{needs.parent.name}-{needs.name}"
    return _compiled(name, _USING, "-target", target, str(needs), *options, below=f"{target}{len(options)}")


def folder_of(folder: Path, bootstrap: Path, **files: Path) -> Path:
    """A folder with a bootstrap and other files; ``__`` stands for a slash in their names, ``_`` for a dot."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(bootstrap, folder / "bootstrap")
    for name, file in files.items():
        target = folder / name.replace("__", "/").replace("_", ".")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, target)
    return folder


def script(path: Path, content: bytes = b"#!/bin/sh\nexec true\n", mode: int = 0o755) -> Path:
    """A file with this content and mode, in a folder that is made if need be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(mode)
    return path


@cache
def _folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="executables-", dir=builds.shared_cache()))


@cache
def _compiled(name: str, source: str, *options: str, below: str = "") -> Path:
    folder = _folder() / below
    folder.mkdir(exist_ok=True)
    code = folder / f"{name}.c"
    code.write_text(source)
    zig = str(cache_folder() / "zig")
    subprocess.run(
        [Path(ziglang.__file__).parent / "zig", "cc", "-nostdlib", "-s", code, *options, "-o", folder / name],
        check=True,
        env={**os.environ, "ZIG_GLOBAL_CACHE_DIR": zig, "ZIG_LOCAL_CACHE_DIR": zig},
    )
    return folder / name
