"""Nothing that is kept outlives its owner; every process here works in the test's own folder, which identifies it."""

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.processes import await_condition, await_none_working_in, working_in
from thaw_cli.local import keeper, supervise
from thaw_cli.local.keeper import Keeper

# A family of three generations, of which the last leaves its session and ignores polite requests.
FAMILY = """
trap '' TERM INT
sh -c 'trap "" TERM INT; setsid sh -c "trap \\"\\" TERM INT; while :; do sleep 0.1; done" & echo up; wait' &
wait
"""
FAMILY_IS_UP = 4  # keeper and three shells, at least
OWNER = """
import sys
from pathlib import Path
from thaw_cli.local.keeper import Keeper
folder = Path(sys.argv[1])
kept = Keeper(sys.argv[2:], log=folder / "log", environment={"PATH": "/usr/bin:/bin"}, folder=folder)
print("started", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    await_none_working_in(tmp_path)


def keep(folder: Path, *command: str, stop_signal: signal.Signals = signal.SIGKILL) -> Keeper:
    environment = {"PATH": os.defpath}
    return Keeper(
        command, log=folder / "log", environment=environment, folder=folder, stop_signal=stop_signal
    )


def owner(folder: Path, *command: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(folder), *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(keeper.__file__).parents[2])},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "started\n"
    return process


def test_stopping_ends_every_generation(folder: Path) -> None:
    with keep(folder, "sh", "-c", FAMILY):
        await_condition(lambda: len(working_in(folder)) >= FAMILY_IS_UP, "the family is up")

    assert working_in(folder) == []


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_the_family_ends_however_its_owner_is_ended(folder: Path, how: signal.Signals) -> None:
    with owner(folder, "sh", "-c", FAMILY) as process:
        await_condition(lambda: len(working_in(folder)) >= FAMILY_IS_UP, "the family is up")

        process.send_signal(how)

        await_none_working_in(folder)


def test_an_owner_that_is_killed_while_the_keeper_starts_leaves_nothing(folder: Path) -> None:
    with owner(folder, "sh", "-c", FAMILY) as process:
        process.kill()

        await_none_working_in(folder)


def test_a_command_ends_even_if_its_keeper_is_killed(folder: Path) -> None:
    with keep(folder, "sleep", "60") as kept:
        await_condition(lambda: any(line.startswith("sleep") for line in working_in(folder)), "it runs")

        os.kill(kept.pid, signal.SIGKILL)

        await_none_working_in(folder)


def test_orphans_of_a_command_that_has_ended_are_ended(folder: Path) -> None:
    with keep(folder, "sh", "-c", "setsid sleep 60 & exit 0") as kept:
        await_condition(lambda: not kept.alive, "the keeper has ended with its command")

    assert working_in(folder) == []


def test_a_command_may_end_in_its_own_way(folder: Path) -> None:
    script = "trap 'echo goodbye; exit 0' INT; echo ready; while :; do sleep 0.05; done"
    with keep(folder, "sh", "-c", script, stop_signal=signal.SIGINT):
        await_condition(lambda: "ready" in (folder / "log").read_text(), "it is ready")

    assert (folder / "log").read_text() == "ready\ngoodbye\n"


@pytest.mark.parametrize("stop_signal", [signal.SIGINT, signal.SIGTERM])
def test_a_command_that_is_stopped_while_it_starts_is_not_waited_for(stop_signal: signal.Signals) -> None:
    reading, lifetime = os.pipe()
    os.close(lifetime)  # the owner is gone before the keeper has begun
    supervisor = [sys.executable, "-I", "-S", supervise.__file__, str(reading), str(int(stop_signal)), "0"]

    result = subprocess.run([*supervisor, "sleep", "60"], check=False, pass_fds=[reading])

    os.close(reading)
    # Had the signal got lost, the status would be that of SIGKILL, some seconds later.
    assert result.returncode == 128 + stop_signal


def test_a_detached_command_outlives_its_owner_until_it_is_told_to_end(folder: Path) -> None:
    script = textwrap.dedent(OWNER).replace("sys.stdin.read()", "kept.detach(); print(kept.pid)")
    command = [sys.executable, "-c", script, str(folder), "sleep", "60"]
    environment = {**os.environ, "PYTHONPATH": str(Path(keeper.__file__).parents[2])}
    result = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    await_condition(lambda: any(line.startswith("sleep") for line in working_in(folder)), "it runs")

    os.kill(int(result.stdout.split()[-1]), signal.SIGTERM)

    await_none_working_in(folder)


def test_a_program_that_does_not_exist_is_named_in_the_log(folder: Path) -> None:
    with keep(folder, "no-such-program") as kept:
        await_condition(lambda: not kept.alive, "the keeper has given up")

    assert (folder / "log").read_text() == "no-such-program: No such file or directory\n"


def test_stopping_twice_does_no_harm(folder: Path) -> None:
    kept = keep(folder, "sleep", "60")
    kept.stop()
    kept.stop()

    assert not kept.alive


def test_a_kept_command_sees_only_the_environment_it_is_given(folder: Path) -> None:
    with keep(folder, "env") as kept:
        await_condition(lambda: not kept.alive, "it has printed")

    lines = (folder / "log").read_text().splitlines()
    assert [line for line in lines if not line.startswith(("PATH=", "LC_CTYPE="))] == []


@pytest.mark.parametrize(("script", "status"), [("exit 0", 0), ("exit 3", 3), ("kill -9 $$", 137)])
def test_running_in_the_foreground_gives_the_status_of_the_command(script: str, status: int) -> None:
    assert keeper.run(["sh", "-c", script]) == status


def test_running_in_the_foreground_ends_what_the_command_left_running(folder: Path) -> None:
    keeper.run(["sh", "-c", "setsid sleep 60 & exit 0"], folder=folder)

    assert working_in(folder) == []


def test_ctrl_c_in_the_foreground_is_left_to_the_command(folder: Path) -> None:
    script = f"from thaw_cli.local import keeper; sys.exit(keeper.run({['sh', '-c', _SAYS_GOODBYE]!r}))"
    with subprocess.Popen(
        [sys.executable, "-c", f"import sys; {script}"],
        cwd=folder,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(Path(keeper.__file__).parents[2])},
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"

        os.killpg(process.pid, signal.SIGINT)

        assert process.stdout.read() == "goodbye\n"
    assert process.returncode == 130


_SAYS_GOODBYE = "trap 'echo goodbye; exit 130' INT; echo ready; while :; do sleep 0.05; done"


def test_output_can_be_read_while_the_command_runs(folder: Path) -> None:
    script = "echo trouble >&2; echo one"
    with keeper.output_of(
        ["sh", "-c", f"{script}; sleep 60"],
        environment={"PATH": os.defpath},
        folder=folder,
        errors=folder / "errors",
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"one\n"

    assert (folder / "errors").read_text() == "trouble\n"


@pytest.mark.parametrize("end", [subprocess.Popen.kill, lambda process: process.stdin.close()])
def test_what_no_signal_reaches_is_removed_however_the_owner_ended(
    folder: Path, end: Callable[[subprocess.Popen[str]], None]
) -> None:
    removing = """afterwards=["sh", "-c", "sleep 0.1; rm left"]"""
    script = OWNER.replace("folder=folder", f"folder=folder, {removing}")
    (folder / "left").touch()
    environment = {**os.environ, "PYTHONPATH": str(Path(keeper.__file__).parents[2])}
    command = [sys.executable, "-c", script, str(folder), "sleep", "60"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        end(process)
    await_condition(lambda: not (folder / "left").exists(), "it is removed")


def test_what_is_run_afterwards_starts_when_nothing_is_left(folder: Path) -> None:
    (folder / "log").touch()
    kept = Keeper(
        ["sh", "-c", "trap 'sleep 0.2; echo ended; exit' TERM; echo up; while :; do sleep 0.05; done"],
        log=folder / "log",
        environment={"PATH": os.defpath},
        folder=folder,
        stop_signal=signal.SIGTERM,
        afterwards=["echo", "removed"],
    )
    await_condition(lambda: "up" in (folder / "log").read_text(), "it is up")
    kept.stop()
    assert (folder / "log").read_text().split() == ["up", "ended", "removed"]
