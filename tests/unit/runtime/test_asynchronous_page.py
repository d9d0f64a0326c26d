"""The examples of the page about asynchronous handlers do what they say."""

import json
import re
import socket
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from thaw_runtime import shutdown
from thaw_runtime.api import Invocation
from thaw_runtime.asynchronous import runner
from thaw_runtime.loop import serve
from thaw_runtime.settings import Settings

PAGE = Path(__file__).parents[3] / "docs" / "asynchronous.md"
EXAMPLES = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), flags=re.MULTILINE | re.DOTALL)
GATHERS, CONNECTS, DEFERS = EXAMPLES

pytestmark = pytest.mark.usefixtures("fresh_loop")


class Answers:
    """Takes responses in the place of the Runtime API."""

    def __init__(self) -> None:
        self.results: list[Any] = []

    def respond(self, _request_id: str, body: bytes, _content_type: str) -> None:
        self.results.append(json.loads(body))


def served(names: dict[str, Any], *events: Any) -> list[Any]:
    answers = Answers()
    invocations = [
        Invocation(f"id-{number}", {}, json.dumps(event).encode()) for number, event in enumerate(events)
    ]
    settings = Settings({"AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9001"})
    serve(invocations, runner(names["handle"]), answers, settings)  # type: ignore[arg-type]
    return answers.results


def names_of(code: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102 - an example of ours
    return names


def test_several_things_are_awaited_at_a_time() -> None:
    assert served(names_of(GATHERS), {"numbers": [1, 2, 3]}) == [[1, 4, 9]]


def test_a_connection_is_made_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            with listening.accept()[0] as connection, connection.makefile("rwb") as lines:
                for line in lines:
                    lines.write(line)
                    lines.flush()

        thread = Thread(target=answer)
        thread.start()
        event = {"host": "127.0.0.1", "port": listening.getsockname()[1]}
        names = names_of(CONNECTS)
        assert served(names, event, event) == ["ping\n", "ping\n"]
        names["connection"][1].close()
        served({"handle": names_of(GATHERS)["handle"]}, {"numbers": [1]})  # the loop closes it when it runs
        thread.join()


def test_what_is_deferred_or_registered_for_the_end_is_awaited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutdown, "_registered", [])
    names = names_of(DEFERS)
    served(names, {"name": "a"}, {"name": "b"})
    with pytest.raises(SystemExit):
        shutdown._end(0, None)
    assert names["written"] == ["answered a", "answered b", "closed"]
