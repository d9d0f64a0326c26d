"""Runs a function in a container: ``python -I -S in_engine.py run SETTINGS PLAN``; ``... remove SETTINGS`` removes them all.

The container has the machine's network, so that the Runtime API, the cloud and the database are at 127.0.0.1 in it too, a read-only
root with a /tmp, and the function's memory. It goes when this process ends, or is asked to by SIGTERM; what SIGKILL leaves, the cloud's keeper
has removed by ``remove``. Values of variables are inherited by the engine's program, not written on its command line, which others can read.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import uuid
from pathlib import Path
from typing import Any

MARK = "thaw-image: "
UNAVAILABLE = "Runtime.EngineUnavailable"
LABEL = "thaw.cloud"
# ``id`` in a function: uid=993(sbx_user1051) gid=990 groups=990
USER = "--user=993:990"
# The status of ``docker run`` where the engine failed: https://docs.docker.com/engine/containers/run/#exit-status
ENGINE_FAILED = 125
LAST_LINES = 5


def main(verb: str, settings: str, *plan: str) -> int:
    """Does what the verb says; returns this process's status."""
    known: dict[str, Any] = json.loads(Path(settings).read_text())
    return _remove(known) if verb == "remove" else _run(known, json.loads(plan[0]))


def _run(known: dict[str, Any], plan: dict[str, Any]) -> int:
    Path(known["used"]).touch()
    name = f"thaw-{uuid.uuid4().hex}"
    client = known["engine_variables"]
    variables = _variables()
    line = command(known, plan, name, variables)
    try:
        process = subprocess.Popen(line, env=variables | client, stderr=subprocess.PIPE)
    except OSError as error:
        return _unavailable(known, f"{known['engine']}: {error.strerror}")

    def stop(*_: object) -> None:
        subprocess.run([known["engine"], "rm", "--force", name], env=client, check=False, capture_output=True)

    signal.signal(signal.SIGTERM, stop)
    words: list[bytes] = []
    passing_on = threading.Thread(target=_pass_on, args=(process, words))
    passing_on.start()
    status = process.wait()
    passing_on.join()
    if status == ENGINE_FAILED:
        return _unavailable(known, b" ".join(words).decode(errors="replace").strip())
    return status


def _variables() -> dict[str, str]:
    """The environment that this process was started with; the shell adds a folder to it and Python a locale."""
    text = os.fsdecode(Path("/proc/self/environ").read_bytes())
    variables = dict(each.split("=", 1) for each in text.split("\0") if "=" in each)
    variables.pop("PWD", None)
    return variables


def command(known: dict[str, Any], plan: dict[str, Any], name: str, variables: dict[str, str]) -> list[str]:
    """The command line that runs a plan in a container of this name, with variables that the program inherits."""
    start = plan["start"]
    entry = start.get("EntryPoint") or []
    folder = start.get("WorkingDirectory")
    return [
        *(known["engine"], "run", "--rm", "--name", name, "--label", f"{LABEL}={known['label']}"),
        *("--network=host", "--read-only", USER, f"--memory={plan['memory_megabytes']}m"),
        f"--tmpfs=/tmp:rw,exec,mode=1777,size={plan['disk_megabytes']}m",
        *(text for each in sorted(variables) for text in ("--env", _assigned(each, variables, known))),
        *([f"--entrypoint={entry[0]}"] if entry else []),
        *([f"--workdir={folder}"] if folder else []),
        plan["image"],
        *entry[1:],
        *(start.get("Command") or []),
    ]


def _assigned(name: str, variables: dict[str, str], known: dict[str, Any]) -> str:
    """A variable by its name alone, unless the program itself needs it for something else."""
    return f"{name}={variables[name]}" if name in known["engine_variables"] else name


def _pass_on(process: subprocess.Popen[bytes], words: list[bytes]) -> None:
    for line in process.stderr or ():
        sys.stderr.buffer.write(line)
        sys.stderr.buffer.flush()
        words[:] = [*words, line.strip()][-LAST_LINES:]


def _unavailable(known: dict[str, Any], received: str) -> int:
    sys.stderr.write(
        f"{MARK}{UNAVAILABLE} no container engine runs the function's image; received: {received}; change: start an engine that this "
        f"user may use (`{known['engine']} info` says whether), or name another one in CDK_DOCKER, and start the cloud again\n"
    )
    return 1


def _remove(known: dict[str, Any]) -> int:
    """Removes every container of the cloud; without one there is nothing to ask the engine."""
    client, program = known["engine_variables"], known["engine"]
    if not Path(known["used"]).exists() or shutil.which(program, path=client.get("PATH")) is None:
        return 0
    listed = [program, "ps", "--all", "--quiet", "--filter", f"label={LABEL}={known['label']}"]
    found = subprocess.run(listed, env=client, check=False, capture_output=True, text=True).stdout.split()
    if found:
        subprocess.run([program, "rm", "--force", *found], env=client, check=False, capture_output=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
