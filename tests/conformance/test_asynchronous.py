"""Asynchronous handlers as whole processes under an emulated Runtime API."""

import asyncio
import json
import os
import signal
import threading
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path

import pytest
from initialised import environment, initialised
from runtime_api import RuntimeApi, Start

from constructs_lib.bundling import Artifact
from tests import builds

# A client whose connection is made by the first invocation that needs one, as they all are.
CLIENT = """
import asyncio
connection = None

async def handle(event, context):
    global connection
    if connection is None:
        connection = await asyncio.open_connection("127.0.0.1", event)
    reader, writer = connection
    writer.write(b"ping\\n")
    return (await reader.readline()).decode()
"""
# Goes on when a file is there, so that a test can look at what has been sent by then.
WAITS = """
import asyncio, os
async def handle(event, context):
    yield "first"
    while not os.path.exists(event):
        await asyncio.sleep(0.001)
    yield "second"
"""
FAILS = """
import asyncio
async def handle(event, context):
    yield "first"
    await asyncio.sleep(0)
    raise LookupError("midway")
"""
HTTP = """
import asyncio
from thaw_runtime.streaming import Response
async def body():
    yield "one"
    await asyncio.sleep(0)
    yield "two"
async def handle(event, context):
    return Response(body(), status=201)
"""
# 200 MB, and by how much the process has grown meanwhile, in KB.
MEMORY = """
import asyncio, resource
def used(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
async def handle(event, context):
    yield b"a" * 100_000
    before = used()
    for _ in range(2000):
        await asyncio.sleep(0)
        yield b"a" * 100_000
    yield str(used() - before)
"""
POLICY = """
import asyncio
class Loop(asyncio.SelectorEventLoop): pass
class Policy(asyncio.DefaultEventLoopPolicy): _loop_factory = Loop
asyncio.set_event_loop_policy(Policy())
async def handle(event, context): return type(asyncio.get_running_loop()).__name__
"""
ENDS = """
import asyncio, os, signal
from thaw_runtime import shutdown

@shutdown.register
async def close():
    await asyncio.sleep(0)
    print("closed")

async def handle(event, context):
    try:
        yield "begun"
        if event == "long":
            asyncio.get_running_loop().call_soon(os.kill, os.getpid(), signal.SIGTERM)
            await asyncio.Event().wait()
    finally:
        print("left")
"""
# Answers when as many invocations run at a time as are to be.
MEETING = """
import asyncio
met = asyncio.Barrier(3)
loops = set()
async def handle(event, context):
    loops.add(id(asyncio.get_running_loop()))
    await met.wait()
    return len(loops)
"""
# All of them have begun before any of them goes on.
LOGGING = """
import asyncio, logging
met = asyncio.Barrier(3)
async def handle(event, context):
    await met.wait()
    logging.warning("of %s", context.aws_request_id)
    await asyncio.to_thread(logging.warning, "of %s", context.aws_request_id)
"""
EXITS = """
import asyncio, os, sys
async def handle(event, context):
    await asyncio.sleep(0)
    exec(event)
"""
PLAIN_EXITS = """
import asyncio, os, sys
def handle(event, context):
    exec(event)
"""


class Echo:
    """A server that answers line by line, in capitals.

    Attributes:
        port: where it listens.
        connections: how many were made to it.
    """

    def __init__(self) -> None:
        self.port = self.connections = 0
        self.listens = threading.Event()
        self.ended = asyncio.Event()
        self.loop: asyncio.AbstractEventLoop

    async def serve(self) -> None:
        self.loop = asyncio.get_running_loop()
        async with await asyncio.start_server(self._answer, "127.0.0.1", 0) as server:
            self.port = server.sockets[0].getsockname()[1]
            self.listens.set()
            await self.ended.wait()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while line := await reader.readline():
                writer.write(line.upper())
        finally:
            writer.close()


@pytest.fixture
def echo() -> Iterator[Echo]:
    server = Echo()
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()))
    thread.start()
    server.listens.wait()
    yield server
    server.loop.call_soon_threadsafe(server.ended.set)
    thread.join()


@pytest.fixture(scope="module", params=[True, False], ids=["initialised", "not initialised"])
def snapshot(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    """The client in a snapshot that has the handler's module, and in one that has what that imports."""
    folder = builds.function(tmp_path_factory.mktemp("client"), handler=CLIENT)
    return initialised(folder, initialize_at_build_time=request.param)


def test_a_connection_is_there_again_in_the_next_invocation(
    echo: Echo, start: Start, api: RuntimeApi
) -> None:
    start(CLIENT)
    event = str(echo.port).encode()
    assert [api.invoke(event).body for _ in range(3)] == [b'"PING\\n"'] * 3
    assert echo.connections == 1


def test_every_process_that_takes_up_a_snapshot_has_a_loop_of_its_own(snapshot: Artifact, echo: Echo) -> None:
    event = str(echo.port).encode()
    for _ in "ab":
        with RuntimeApi() as api, environment(snapshot, api):
            assert [api.invoke(event).body for _ in range(2)] == [b'"PING\\n"'] * 2
    assert echo.connections == 2


def test_a_snapshot_of_an_asynchronous_function_has_what_awaits_it(snapshot: Artifact) -> None:
    assert snapshot.snapshot is not None
    assert {"asyncio", "thaw_runtime.asynchronous"} <= set(snapshot.snapshot["modules"])


def test_the_event_loop_is_of_the_policy_that_the_handlers_module_has_set(
    start: Start, api: RuntimeApi
) -> None:
    start(POLICY)
    assert api.invoke().body == b'"Loop"'


def test_an_item_arrives_before_the_next_is_made(start: Start, api: RuntimeApi, tmp_path: Path) -> None:
    start(WAITS)
    api.send(json.dumps(str(tmp_path / "go on")).encode())
    assert (api.await_chunk(), api.silent) == (b"first", True)
    (tmp_path / "go on").touch()
    assert api.await_report().chunks == [b"first", b"second"]


def test_a_response_streams_what_its_asynchronous_body_yields(start: Start, api: RuntimeApi) -> None:
    start(HTTP)
    report = api.invoke()
    described, _, body = report.body.partition(bytes(8))
    assert (json.loads(described)["statusCode"], body) == (201, b"onetwo")


def test_a_failure_midway_is_in_the_trailers_and_in_the_log(start: Start, api: RuntimeApi) -> None:
    started = start(FAILS)
    report = api.invoke()
    assert (report.path.endswith("/response"), report.body) == (True, b"first")
    told = json.loads(b64decode(report.trailers["Lambda-Runtime-Function-Error-Body"]))
    assert (told["errorType"], told["errorMessage"]) == ("LookupError", "midway")
    assert ['handler.py", line 6, in handle' in frame for frame in told["stackTrace"]] == [True]
    started.__exit__()
    assert started.output()[0].startswith("[ERROR] LookupError: midway\rTraceback")


def test_200_mb_are_streamed_in_the_memory_of_an_item(start: Start, api: RuntimeApi) -> None:
    start(MEMORY)
    report = api.invoke()
    assert len(report.body) > 200_000_000
    assert int(report.chunks[-1]) < 4_000


def test_what_is_registered_for_the_end_is_awaited_between_invocations(start: Start, api: RuntimeApi) -> None:
    started = start(ENDS)
    api.invoke()
    os.kill(started.pid, signal.SIGTERM)
    assert (started.exit_status(), started.output()[0]) == (0, "left\nclosed\n")


def test_what_is_registered_for_the_end_is_awaited_after_the_invocation_that_is_interrupted(
    start: Start, api: RuntimeApi
) -> None:
    started = start(ENDS)
    api.send(b'"long"')
    assert (started.exit_status(), started.output()[0]) == (0, "left\nclosed\n")


@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_invocations_at_a_time_share_what_their_kind_of_worker_shares(
    start: Start, api: RuntimeApi, kind: str
) -> None:
    code = MEETING if kind == "threads" else MEETING.replace("Barrier(3)", "Barrier(1)")
    start(code, AWS_LAMBDA_MAX_CONCURRENCY="3", THAW_CONCURRENCY=kind)
    for _ in range(3):
        api.send()
    assert [api.await_report().body for _ in range(3)] == [b"1"] * 3


def test_a_log_line_names_its_own_invocation_among_several_on_one_loop(start: Start, api: RuntimeApi) -> None:
    started = start(LOGGING, AWS_LAMBDA_MAX_CONCURRENCY="3", THAW_CONCURRENCY="threads")
    names = [api.send() for _ in range(3)]
    for _ in names:
        api.await_report()
    started.__exit__()
    logged = [line.split("\t")[2:] for line in started.output()[0].splitlines()]
    assert sorted(logged) == [[name, f"of {name}"] for name in names for _ in "ab"]


@pytest.mark.parametrize(
    "code",
    ["sys.exit(3)", "os._exit(4)", "raise KeyboardInterrupt", "raise asyncio.CancelledError"],
)
def test_what_ends_a_process_ends_it_as_in_a_handler_that_is_not_asynchronous(
    start: Start, api: RuntimeApi, code: str
) -> None:
    ends = []
    for handler in (PLAIN_EXITS, EXITS):
        started = start(handler)
        api.send(json.dumps(code).encode())
        ends.append(started.exit_status())
    assert ends[0] == ends[1]
