"""A function may bring another implementation of the event loop, uvloop, and have everything awaited on that."""

import json
import os
import signal
import socketserver
import threading
from collections.abc import Iterator

import pytest
from initialised import HANDLERS, PORTABLE, environment, initialised
from runtime_api import Environment, RuntimeApi

from constructs_lib.bundling import Artifact
from tests import builds


class Echo(socketserver.StreamRequestHandler):
    """Answers line by line, in capitals."""

    def handle(self) -> None:
        for line in self.rfile:
            self.wfile.write(line.upper())


@pytest.fixture
def port() -> Iterator[int]:
    """Of a server that serves a single connection."""
    with socketserver.TCPServer(("127.0.0.1", 0), Echo) as server:
        thread = threading.Thread(target=server.handle_request, daemon=True)
        thread.start()
        yield server.server_address[1]


@pytest.fixture(scope="module", params=["portable", "snapshot"])
def artifact(request: pytest.FixtureRequest) -> Artifact:
    source = HANDLERS / "uvloop"
    return builds.built(source) if request.param == "portable" else initialised(source)


def run(artifact: Artifact, api: RuntimeApi, handler: str) -> Environment:
    if artifact.snapshot is not None:
        return environment(artifact, api, handler)  # type: ignore[return-value]
    given = {"AWS_LAMBDA_RUNTIME_API": api.address, "_HANDLER": handler}
    return Environment([artifact.root / "bootstrap"], given, artifact.root)


def test_a_connection_and_what_follows_responses_are_on_one_loop_of_uvloops(
    artifact: Artifact, api: RuntimeApi, port: int
) -> None:
    with run(artifact, api, "handler.handle") as started:
        answers = [
            json.loads(api.invoke(json.dumps({"line": line, "port": port}).encode()).body) for line in "ab"
        ]
    assert answers == [["A", "uvloop", []], ["B", "uvloop", ["a"]]]
    assert PORTABLE not in started.output()[1]


def test_a_stream_is_made_and_left_on_it(artifact: Artifact, api: RuntimeApi) -> None:
    with run(artifact, api, "handler.stream") as started:
        assert api.invoke(b"3").body == b"012"
        api.invoke(b"0")
    assert started.output()[0].splitlines()[0] == "left"


def test_the_end_of_the_environment_is_awaited_on_it(artifact: Artifact, api: RuntimeApi, port: int) -> None:
    with run(artifact, api, "handler.handle") as started:
        api.invoke(json.dumps({"line": "a", "port": port}).encode())
        os.kill(started.pid, signal.SIGTERM)
        assert (started.exit_status(), started.output()[0]) == (0, "ended\n")
