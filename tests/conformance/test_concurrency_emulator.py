"""Several invocations at a time under AWS's own Runtime Interface Emulator, which has a mode for that.

In that mode it takes a bootstrap at /var/task alone and runs it as another user, so that only root can do this: in a mount
namespace.
"""

import http.client
import json
import os
import signal
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from constructs_lib.bundling import oci
from tests import builds, processes
from thaw_cli.local.emulator import INVOCATIONS, machine
from thaw_cli.local.ports import LOOPBACK, free_port, listens

COUNT = 3
CODE = """
import os, time, uuid
imported = str(uuid.uuid4())
def handle(event, context):
    if event["folder"] is None:
        os._exit(3)
    open(f"{event['folder']}/{context.aws_request_id}", "w").close()
    while len(os.listdir(event["folder"])) < event["count"]:
        time.sleep(0.001)
    return [imported, os.getpid(), context.aws_request_id]
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return builds.built(builds.function(tmp_path_factory.mktemp("concurrent"), handler=CODE)).root


# $1 is the task root, $2 the emulator; nothing outside of the namespace changes.
IN_PLACE = """
mount -t tmpfs none /var && mkdir /var/task && mkdir -m 777 /var/meeting && mount --bind "$1" /var/task && cd /var/task || exit
shift
exec "$@" > /tmp/emulator.log 2>&1
"""


@contextmanager
def emulator(root: Path, log: Path, **variables: str) -> Iterator[int]:
    """Runs the function under the emulator in that mode; gives the port that takes invocations."""
    if subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode:
        pytest.skip("only root can mount")
    port, api_port = free_port(), free_port()
    command = [
        *("unshare", "--mount", "sh", "-c", IN_PLACE.replace("/tmp/emulator.log", str(log)), "sh", str(root)),
        *(str(oci.emulator(machine())), "--runtime-interface-emulator-address", f"{LOOPBACK}:{port}"),
        *("--runtime-api-address", f"{LOOPBACK}:{api_port}", "--log-level", "error"),
    ]
    environment = {"PATH": os.environ["PATH"], "AWS_LAMBDA_FUNCTION_HANDLER": "handler.handle", **variables}
    started = subprocess.Popen(command, env=environment, start_new_session=True)
    try:
        processes.await_condition(lambda: listens(port) or started.poll() is not None, "an emulator")
        yield port
    finally:
        os.killpg(started.pid, signal.SIGKILL)
        started.wait()


def invoke(port: int, event: Any) -> Any:
    """The function's answer; invocations are turned away as long as no worker has asked for one."""
    while (answer := answered(port, event)) == {"errorType": "Runtime.Unavailable"}:
        continue
    return answer


def answered(port: int, event: Any) -> Any:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=30)
    try:
        connection.request("POST", INVOCATIONS, json.dumps(event).encode())
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()


@pytest.mark.parametrize(("kind", "workers"), [("processes", COUNT), ("threads", 1)])
def test_the_emulator_has_as_many_invocations_handled_at_a_time_as_it_asks_for(
    root: Path, tmp_path: Path, kind: str, workers: int
) -> None:
    event = {"folder": "/var/meeting", "count": COUNT}
    variables = {"AWS_LAMBDA_MAX_CONCURRENCY": str(COUNT), "THAW_CONCURRENCY": kind}
    with emulator(root, tmp_path / "log", **variables) as port, ThreadPoolExecutor(COUNT) as callers:
        answers = list(callers.map(invoke, [port] * COUNT, [event] * COUNT))
    assert all(isinstance(each, list) for each in answers), answers
    imported, numbers, requests = (set(each) for each in zip(*answers, strict=True))
    assert (len(imported), len(numbers), len(requests)) == (1, workers, COUNT)


def test_the_emulators_caller_is_told_of_a_worker_that_ended(root: Path, tmp_path: Path) -> None:
    with emulator(root, tmp_path / "log", AWS_LAMBDA_MAX_CONCURRENCY="1") as port:
        assert invoke(port, {"folder": None})["errorType"] == "Runtime.ExitError"
