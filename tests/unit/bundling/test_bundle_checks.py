"""What Lambda would refuse is refused here, with the function, the value, the limit and the way out."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from constructs_lib.bundling import Architecture, Artifact, BundlingError, check_environment
from constructs_lib.bundling.checks import (
    BootstrapError,
    EnvironmentSizeError,
    UnzippedSizeError,
    check_bootstrap,
    check_sizes,
)
from constructs_lib.bundling.limits import DIRECT_UPLOAD_BYTES, ENVIRONMENT_BYTES, UNZIPPED_BYTES
from constructs_lib.bundling.native import compile_launcher

X86_64, ARM64 = Architecture.X86_64, Architecture.ARM64


@pytest.fixture(scope="module")
def launchers(tmp_path_factory: pytest.TempPathFactory) -> dict[Architecture, Path]:
    """A folder with a bootstrap of each architecture."""
    folders = {architecture: tmp_path_factory.mktemp(architecture) for architecture in Architecture}
    for architecture, folder in folders.items():
        compile_launcher(
            folder / "bootstrap", architecture=architecture, loader="ld.so", interpreter="python3.13"
        )
    return folders


@pytest.mark.parametrize("architecture", list(Architecture))
def test_a_launcher_of_the_right_architecture_passes(
    launchers: dict[Architecture, Path], architecture: Architecture
) -> None:
    check_bootstrap("hello", launchers[architecture], architecture)


@pytest.mark.parametrize(("built_for", "wanted"), [(X86_64, ARM64), (ARM64, X86_64)])
def test_a_launcher_of_the_wrong_architecture_is_refused(
    launchers: dict[Architecture, Path], built_for: Architecture, wanted: Architecture
) -> None:
    with pytest.raises(BootstrapError, match=f"an executable for {built_for}") as caught:
        check_bootstrap("hello", launchers[built_for], wanted)
    assert_complete(caught.value)


def test_a_launcher_is_about_a_kilobyte(launchers: dict[Architecture, Path]) -> None:
    assert max((folder / "bootstrap").stat().st_size for folder in launchers.values()) < 4096


def assert_complete(error: BundlingError) -> None:
    """A refusal names the function, what was received, what is allowed, and what to change."""
    assert "'hello'" in error.what
    assert None not in (error.received, error.allowed, error.change)


SCRIPT = b"#!/bin/sh\nexec true\n"
UNSTARTABLE = {
    "missing": (None, 0o755, "no file bootstrap"),
    "not executable": (SCRIPT, 0o644, "mode without the executable bit"),
    "with Windows line ends": (SCRIPT.replace(b"\n", b"\r\n"), 0o755, "Windows line ends"),
    "without a first line": (b"echo hello\n", 0o755, "a file that begins b'echo hello"),
    "empty": (b"", 0o755, "an empty file"),
    "a damaged ELF file": (b"\x7fELF\x02\x01\x01", 0o755, "a damaged ELF file"),
}


@pytest.mark.parametrize(("content", "mode", "received"), UNSTARTABLE.values(), ids=UNSTARTABLE.keys())
def test_a_bootstrap_that_cannot_be_started_is_refused(
    tmp_path: Path, content: bytes | None, mode: int, received: str
) -> None:
    if content is not None:
        (tmp_path / "bootstrap").write_bytes(content)
        (tmp_path / "bootstrap").chmod(mode)
    with pytest.raises(BootstrapError) as caught:
        check_bootstrap("hello", tmp_path, X86_64)
    assert received in str(caught.value)
    assert_complete(caught.value)


def test_a_script_passes(tmp_path: Path) -> None:
    (tmp_path / "bootstrap").write_bytes(SCRIPT)
    (tmp_path / "bootstrap").chmod(0o755)
    check_bootstrap("hello", tmp_path, X86_64)


def test_an_artifact_may_be_as_large_as_the_limit_and_no_larger(artifact: Artifact) -> None:
    check_sizes("hello", replace(artifact, unzipped_bytes=UNZIPPED_BYTES))
    with pytest.raises(UnzippedSizeError, match="the largest parts unzipped: thaw/lib/") as caught:
        check_sizes("hello", replace(artifact, unzipped_bytes=UNZIPPED_BYTES + 1))
    assert_complete(caught.value)


def test_the_limit_of_an_upload_by_hand_is_none_of_a_deployment(artifact: Artifact) -> None:
    check_sizes("hello", replace(artifact, zip_bytes=DIRECT_UPLOAD_BYTES + 1))


VARIABLES = st.dictionaries(
    st.from_regex(r"[A-Za-z][A-Za-z0-9_]{1,20}", fullmatch=True),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    max_size=5,
)


@given(VARIABLES, st.integers(-1, 1))
def test_the_environment_may_be_as_large_as_the_limit_and_no_larger(
    variables: dict[str, str], over: int
) -> None:
    assume("PADDING" not in variables)
    used = len(json.dumps({**variables, "PADDING": ""}, separators=(",", ":"), ensure_ascii=False).encode())
    padded = {**variables, "PADDING": "x" * (ENVIRONMENT_BYTES - used + over)}
    if over <= 0:
        check_environment("hello", padded)
        return
    with pytest.raises(EnvironmentSizeError, match="4,097 bytes, PADDING the largest of them") as caught:
        check_environment("hello", padded)
    assert_complete(caught.value)


def test_no_variables_are_no_problem() -> None:
    check_environment("hello", {})
