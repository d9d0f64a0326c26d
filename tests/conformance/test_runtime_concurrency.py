"""Several invocations at a time, as Lambda Managed Instances ask for."""

import json
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from runtime_api import Report, RuntimeApi, Start

from tests import processes

ECHO = "def handle(event, context): return event\n"
# Answers when as many invocations are under way as the event says.
MEETS = """
import os, threading, time, uuid
imported = str(uuid.uuid4())
def handle(event, context):
    open(f"{event['folder']}/{context.aws_request_id}", "w").close()
    while len(os.listdir(event["folder"])) < event["count"]:
        time.sleep(0.001)
    return [imported, os.getpid(), threading.get_ident()]
"""
THREADS = {"THAW_CONCURRENCY": "threads"}
KINDS = pytest.mark.parametrize("kind", [{}, THREADS], ids=["processes", "threads"])


@pytest.fixture
def meeting(tmp_path: Path) -> str:
    (tmp_path / "meeting").mkdir()
    return str(tmp_path / "meeting")


def met(api: RuntimeApi, folder: str, count: int) -> list[list[object]]:
    """What as many invocations return that are all under way at the same time."""
    for _ in range(count):
        api.send(json.dumps({"folder": folder, "count": count}).encode())
    return [json.loads(api.await_report().body) for _ in range(count)]


def answers(api: RuntimeApi, *events: bytes) -> list[Report]:
    for event in events:
        api.send(event)
    return [api.await_report() for _ in events]


@KINDS
def test_as_many_invocations_are_handled_at_a_time_as_lambda_asks_for(
    start: Start, api: RuntimeApi, meeting: str, kind: dict[str, str]
) -> None:
    start(MEETS, AWS_LAMBDA_MAX_CONCURRENCY="3", **kind)
    assert len(met(api, meeting, 3)) == 3


def test_the_handler_is_imported_once_for_all_processes(start: Start, api: RuntimeApi, meeting: str) -> None:
    start(MEETS, AWS_LAMBDA_MAX_CONCURRENCY="3")
    imported, process, _ = zip(*met(api, meeting, 3), strict=True)
    assert (len(set(imported)), len(set(process))) == (1, 3)


def test_threads_are_of_one_process(start: Start, api: RuntimeApi, meeting: str) -> None:
    start(MEETS, AWS_LAMBDA_MAX_CONCURRENCY="3", **THREADS)
    _, process, thread = zip(*met(api, meeting, 3), strict=True)
    assert (len(set(process)), len(set(thread))) == (1, 3)


MAKES: dict[str | None, str] = {
    "threads": "import threading, time\nthreading.Thread(target=time.sleep, args=[60], daemon=True).start()\n",
    "connections": "import socket\npair = socket.socketpair()\n",
    None: "import threading\nfrom thaw_runtime import shutdown\n",
}


@pytest.mark.parametrize("made", MAKES)
def test_a_line_says_what_a_module_has_made_that_forks_cannot_have_of_their_own(
    start: Start, api: RuntimeApi, made: str | None
) -> None:
    environment = start(MAKES[made] + ECHO, AWS_LAMBDA_MAX_CONCURRENCY="1")
    api.invoke()
    environment.__exit__()
    said = environment.output()[1].splitlines()
    assert [made in line for line in said if made] == ([True] if made else [])
    assert len(said) == (made is not None)


def test_an_empty_number_of_invocations_is_one(start: Start, api: RuntimeApi) -> None:
    start(ECHO, AWS_LAMBDA_MAX_CONCURRENCY="")
    assert [api.invoke(b"1").body, api.invoke(b"2").body] == [b"1", b"2"]
    assert api.connections == 1


@pytest.mark.parametrize(
    "variables",
    [
        {"AWS_LAMBDA_MAX_CONCURRENCY": "many"},
        {"AWS_LAMBDA_MAX_CONCURRENCY": "0"},
        {"AWS_LAMBDA_MAX_CONCURRENCY": "2", "THAW_CONCURRENCY": "fibres"},
    ],
    ids=lambda variables: list(variables.values())[-1],
)
def test_another_number_or_kind_of_workers_is_one_line_and_status_1(
    start: Start, variables: dict[str, str]
) -> None:
    environment = start(ECHO, **variables)
    assert environment.exit_status() == 1
    out, err = environment.output()
    name, value = list(variables.items())[-1]
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith(f"thaw_runtime: {name} is '{value}'; it must be ")


def test_an_init_phase_that_fails_is_reported_once_and_ends_with_status_1(
    start: Start, api: RuntimeApi
) -> None:
    environment = start("raise LookupError('no')\n", AWS_LAMBDA_MAX_CONCURRENCY="3")
    assert api.await_report().path == "init/error"
    assert environment.exit_status() == 1
    assert api.silent


ENDS = """
import os
numbers = os.getpid()
def handle(event, context):
    if isinstance(event, int):
        os._exit(event)
    return event
"""


def test_the_invocation_of_a_worker_that_ends_is_reported_and_another_worker_takes_its_place(
    start: Start, api: RuntimeApi
) -> None:
    start(ENDS, AWS_LAMBDA_MAX_CONCURRENCY="1")
    request_id = api.send(b"3")
    report = api.await_report()
    assert report.path == f"invocation/{request_id}/error"
    assert json.loads(report.body) == {
        "errorMessage": f"RequestId: {request_id} Error: Runtime exited with error: exit status 3",
        "errorType": "Runtime.ExitError",
        "requestId": request_id,
        "stackTrace": [],
    }
    assert api.invoke(b'"next"').body == b'"next"'


@pytest.mark.parametrize("code", ["raise SystemExit(7)", "import os; os._exit(7)"])
def test_what_ends_a_thread_ends_the_process_with_its_status(
    start: Start, api: RuntimeApi, code: str
) -> None:
    environment = start(
        f"def handle(event, context):\n    {code}\n", AWS_LAMBDA_MAX_CONCURRENCY="2", **THREADS
    )
    api.send()
    assert environment.exit_status() == 7
    assert api.silent


@KINDS
def test_an_invocation_is_asked_for_again_where_none_came(
    start: Start, api: RuntimeApi, kind: dict[str, str]
) -> None:
    start(ECHO, AWS_LAMBDA_MAX_CONCURRENCY="1", **kind)
    api.send(status=500)
    api.send(status=403)
    assert api.invoke(b"1").body == b"1"


@KINDS
def test_after_five_vain_attempts_the_process_ends_with_status_1(
    start: Start, api: RuntimeApi, kind: dict[str, str]
) -> None:
    environment = start(ECHO, AWS_LAMBDA_MAX_CONCURRENCY="1", **kind)
    for _ in range(5):
        api.send(b"no", status=500)
    assert environment.exit_status() == 1
    said = environment.output()[1].splitlines()
    assert len(said) == 5
    assert said[-1] == "thaw_runtime: no invocation but status 500: b'no'"


@pytest.mark.parametrize("status", [403, 500])
def test_a_response_that_cannot_be_taken_is_logged_and_the_worker_goes_on(
    start: Start, api: RuntimeApi, status: int
) -> None:
    environment = start(ECHO, AWS_LAMBDA_MAX_CONCURRENCY="1")
    api.answer_with(status)
    api.invoke(b"1")
    assert api.invoke(b"2").body == b"2"
    os.kill(environment.pid, signal.SIGKILL)
    assert f"status {status}" in environment.output()[1]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_no_worker_stays_behind(
    start: Start, api: RuntimeApi, tmp_path: Path, number: signal.Signals
) -> None:
    environment = start(ECHO, AWS_LAMBDA_MAX_CONCURRENCY="3")
    api.invoke()
    os.kill(environment.pid, number)
    environment.exit_status()
    processes.await_none_working_in(tmp_path / "task")


def test_at_the_end_every_worker_does_what_was_registered(
    start: Start, api: RuntimeApi, meeting: str
) -> None:
    code = MEETS + "from thaw_runtime import shutdown\nshutdown.register(print, 'end')\n"
    environment = start(code, AWS_LAMBDA_MAX_CONCURRENCY="2")
    met(api, meeting, 2)
    os.kill(environment.pid, signal.SIGTERM)
    assert environment.exit_status() == 0
    # Two processes print, each the text and the end of its line.
    assert environment.output()[0].replace("\n", "") == "endend"


def test_random_numbers_of_two_workers_differ_except_from_a_seed_in_the_code(
    start: Start, api: RuntimeApi, meeting: str
) -> None:
    drawn = "import random\nmine, theirs = random.Random(1), random.Random()\n"
    code = drawn + MEETS.replace("return [imported, ", "return [mine.random(), theirs.random(), ")
    start(code, AWS_LAMBDA_MAX_CONCURRENCY="2")
    mine, theirs, *_ = zip(*met(api, meeting, 2), strict=True)
    assert (len(set(mine)), len(set(theirs))) == (1, 2)


@pytest.fixture
def egress(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "egress"))
        listening.listen()
        listening.settimeout(30)
        yield listening


def test_what_a_worker_prints_goes_over_connections_of_its_own(
    start: Start, api: RuntimeApi, egress: socket.socket
) -> None:
    code = "import sys\nprint('imported')\ndef handle(event, context):\n"
    code += "    print('out')\n    print('err', file=sys.stderr)\n"
    environment = start(
        code, AWS_LAMBDA_MAX_CONCURRENCY="1", _LAMBDA_TELEMETRY_LOG_FD_PROVIDER_SOCKET=egress.getsockname()
    )
    with egress.accept()[0] as out, egress.accept()[0] as err:
        api.invoke()
        assert (out.makefile().readline(), err.makefile().readline()) == ("out\n", "err\n")
    environment.__exit__()
    assert environment.output() == ("imported\n", "")


def test_the_log_says_how_many_workers_there_are_where_somebody_reads_details(
    start: Start, api: RuntimeApi
) -> None:
    environment = start(
        ECHO,
        AWS_LAMBDA_MAX_CONCURRENCY="2",
        AWS_LAMBDA_LOG_FORMAT="JSON",
        AWS_LAMBDA_LOG_LEVEL="DEBUG",
    )
    api.invoke()
    environment.__exit__()
    assert json.loads(environment.output()[0])["message"] == {
        "event": "runtime_worker_pool_initializing",
        "workerCount": 2,
        "executionEnvironmentMaxConcurrency": 2,
    }


@KINDS
def test_a_record_has_the_request_id_of_its_own_invocation(
    start: Start, api: RuntimeApi, meeting: str, kind: dict[str, str]
) -> None:
    code = "import logging\n" + MEETS.replace(
        "    return [imported", "    logging.error(context.aws_request_id)\n    return [imported"
    )
    environment = start(code, AWS_LAMBDA_MAX_CONCURRENCY="2", AWS_LAMBDA_LOG_FORMAT="JSON", **kind)
    met(api, meeting, 2)
    os.kill(environment.pid, signal.SIGTERM)
    records = [json.loads(line) for line in environment.output()[0].splitlines()]
    assert [record["message"] == record["requestId"] for record in records] == [True, True]


def test_threads_see_no_trace_id_since_it_could_be_anothers(start: Start, api: RuntimeApi) -> None:
    code = "import os\ndef handle(event, context): return os.environ.get('_X_AMZN_TRACE_ID')\n"
    start(code, AWS_LAMBDA_MAX_CONCURRENCY="2", **THREADS)
    assert api.invoke(lambda_runtime_trace_id="Root=1").body == b"null"
