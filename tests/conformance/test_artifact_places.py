"""An artifact needs nothing of the place where it lies: no library, no shell, no variable, no fixed path."""

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from runtime_api import Environment, RuntimeApi

from constructs_lib.bundling import Artifact, place

EVENT = b'{"text": "\xc3\xb6"}'


def echoes(command: Sequence[str | Path], api: RuntimeApi, folder: Path, **variables: str) -> bool:
    """Whether the function, started with nothing but what Lambda must tell it, echoes an event."""
    environment = {"AWS_LAMBDA_RUNTIME_API": api.address, "_HANDLER": "handler.handle", **variables}
    with Environment(command, environment, folder):
        report = api.invoke(EVENT)
        return report.path.endswith("/response") and bool(json.loads(report.body) == json.loads(EVENT))


@pytest.fixture
def copy(artifact: Artifact, tmp_path: Path) -> Path:
    """The user's own copy, without hard links to the cache."""
    place(artifact, tmp_path / "copy")
    return tmp_path / "copy"


def test_it_runs_with_an_almost_empty_environment(artifact: Artifact, api: RuntimeApi) -> None:
    assert echoes([artifact.root / "bootstrap"], api, artifact.root)


def test_it_runs_from_any_working_folder(artifact: Artifact, api: RuntimeApi, tmp_path: Path) -> None:
    assert echoes([artifact.root / "bootstrap"], api, tmp_path)


def test_it_runs_by_a_relative_path(artifact: Artifact, api: RuntimeApi) -> None:
    assert echoes(["root/bootstrap"], api, artifact.root.parent)


def test_it_runs_where_it_was_moved_to(copy: Path, api: RuntimeApi, tmp_path: Path) -> None:
    moved = tmp_path / "elsewhere" / "deep"
    moved.parent.mkdir()
    copy.rename(moved)
    assert echoes([moved / "bootstrap"], api, tmp_path)


@pytest.mark.parametrize("name", ["with a space", "nön-ASCII ✓", "b", "quote'\"$(x)"])
def test_it_runs_under_any_name_of_its_folder(copy: Path, api: RuntimeApi, tmp_path: Path, name: str) -> None:
    copy.rename(tmp_path / name)
    assert echoes([tmp_path / name / "bootstrap"], api, tmp_path)


def test_it_runs_through_a_link_to_its_folder(artifact: Artifact, api: RuntimeApi, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(artifact.root)
    assert echoes([tmp_path / "link" / "bootstrap"], api, tmp_path)


def test_it_runs_through_a_link_to_its_bootstrap(artifact: Artifact, api: RuntimeApi, tmp_path: Path) -> None:
    (tmp_path / "start").symlink_to(artifact.root / "bootstrap")
    assert echoes([tmp_path / "start"], api, tmp_path)


def test_it_runs_out_of_its_zip(artifact: Artifact, api: RuntimeApi, tmp_path: Path) -> None:
    unpack = ["python3", "-m", "zipfile", "-e", str(artifact.archive), str(tmp_path)]
    subprocess.run(unpack, check=True)
    # zipfile drops modes, which Lambda keeps.
    for name in ("bootstrap", "thaw/lib/ld-linux-x86-64.so.2"):
        (tmp_path / name).chmod(0o755)
    assert echoes([tmp_path / "bootstrap"], api, tmp_path)


def test_without_its_interpreter_the_launcher_says_so(copy: Path, tmp_path: Path) -> None:
    shutil.rmtree(copy / "thaw" / "lib")
    done = subprocess.run([copy / "bootstrap"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (127, "")
    assert done.stderr.startswith("bootstrap: cannot execute the bundled interpreter")


def _namespaces_refused() -> str | None:
    try:
        probe = subprocess.run(["unshare", "-Ur", "true"], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return "there is no unshare"
    return probe.stderr.strip() or None


@pytest.mark.skipif(_namespaces_refused() is not None, reason=f"user namespaces: {_namespaces_refused()}")
@pytest.mark.parametrize("inside", ["var/task", "."])
def test_it_runs_in_a_root_that_holds_nothing_else(
    copy: Path, api: RuntimeApi, tmp_path: Path, inside: str
) -> None:
    """No libc, no shell, no /etc, no /dev; /proc, which Lambda has, is where the launcher finds itself."""
    root = tmp_path / "root"
    (root / inside).parent.mkdir(parents=True, exist_ok=True)
    copy.rename(root / inside if inside != "." else root)
    (root / "proc").mkdir()
    script = 'mount --rbind /proc "$0/proc" && exec unshare --root "$0" "$1"'
    bootstrap = "/" + str(Path(inside, "bootstrap"))
    command = ["unshare", "-Urm", "sh", "-c", script, str(root), bootstrap]
    assert echoes(command, api, tmp_path, PATH="/usr/sbin:/usr/bin:/sbin:/bin")
