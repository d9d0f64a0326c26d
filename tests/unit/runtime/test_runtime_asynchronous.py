"""What is to be awaited is awaited on one event loop, and fails as everything else does."""

import asyncio
import json
import sys
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import pytest
from thaw_runtime import after
from thaw_runtime.api import Invocation
from thaw_runtime.asynchronous import run, runner
from thaw_runtime.event_loop import kept
from thaw_runtime.failure import Failure
from thaw_runtime.handler import resolve
from thaw_runtime.loop import serve
from thaw_runtime.settings import Settings

Handler = Callable[[Any, Any], Any]


pytestmark = pytest.mark.usefixtures("fresh_loop")


class Answers:
    """Takes what the loop delivers, in the place of the Runtime API."""

    def __init__(self) -> None:
        self.results: list[Any] = []
        self.failures: list[Failure] = []

    def respond(self, _request_id: str, body: bytes, content_type: str) -> None:
        self.results.append(json.loads(body) if content_type == "application/json" else body)

    def fail(self, _request_id: str, failure: Failure) -> None:
        self.failures.append(failure)


def served(handler: Handler, *events: Any) -> Answers:
    answers = Answers()
    # Lambda sends an event again under the id that it had.
    invocations = [Invocation("id", {}, json.dumps(event).encode()) for event in events]
    settings = Settings({"AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9001"})
    serve(invocations, handler, answers, settings)  # type: ignore[arg-type]
    return answers


def failed(handler: Handler) -> Failure:
    (failure,) = served(handler, None).failures
    return failure


async def double(event: Any, _context: Any) -> Any:
    await asyncio.sleep(0)
    return event * 2


FORMS = """
import functools
async def function(event, context): return event
async def bound(first, event, context): return event
partial = functools.partial(bound, 0)
class Callable:
    async def __call__(self, event, context): return event
    async def method(self, event, context): return event
instance = Callable()
method = instance.method
async def generator(event, context): yield event
def wrapped_by(function):
    @functools.wraps(function)
    def wrapper(event, context): return function(event, context)
    return wrapper
wrapped = wrapped_by(function)
wrapped_twice = wrapped_by(wrapped)
def plain(event, context): return event
plain_partial = functools.partial(plain)
class Plain:
    def __call__(self, event, context): return event
plain_instance = Plain()
number = 5
builtin = max
"""


@pytest.fixture
def forms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "forms.py").write_text(FORMS)
    monkeypatch.syspath_prepend(tmp_path)
    yield
    del sys.modules["forms"]


@pytest.mark.parametrize("name", ["function", "partial", "instance", "method", "wrapped", "wrapped_twice"])
def test_an_asynchronous_handler_of_any_form_returns_its_result(forms: None, name: str) -> None:
    assert served(resolve(f"forms.{name}"), 1).results == [1]


@pytest.mark.parametrize(
    "name", ["function", "partial", "instance", "method", "generator", "wrapped", "wrapped_twice"]
)
def test_an_asynchronous_handler_is_recognised_when_it_is_resolved(forms: None, name: str) -> None:
    assert resolve(f"forms.{name}") is not getattr(sys.modules["forms"], name)


@pytest.mark.parametrize("name", ["plain", "plain_partial", "plain_instance", "number", "builtin"])
def test_any_other_handler_is_left_as_it_is(forms: None, name: str) -> None:
    assert resolve(f"forms.{name}") is getattr(sys.modules["forms"], name)


def test_a_result_that_is_to_be_awaited_is_awaited_whoever_returns_it() -> None:
    assert served(double, 2).results == [4]


class Later:
    """What is awaited need not be a coroutine."""

    def __await__(self) -> Iterator[None]:
        yield
        return b"later"  # type: ignore[return-value]


def test_what_is_awaited_may_be_an_object_of_any_class() -> None:
    assert served(lambda *_: Later(), 0).results == [b"later"]


@pytest.mark.parametrize("make", [runner, lambda handler: handler], ids=["known", "unknown"])
def test_a_result_of_an_awaited_result_is_awaited_in_turn(make: Callable[[Handler], Handler]) -> None:
    async def handler(event: Any, context: Any) -> Any:
        return double(event, context)

    assert served(make(handler), 3).results == [6]


def test_all_invocations_have_the_same_loop() -> None:
    async def handler(_event: Any, _context: Any) -> int:
        return id(asyncio.get_running_loop())

    assert len(set(served(runner(handler), 0, 0, 0).results)) == 1


def test_the_loop_that_the_handlers_module_has_set_is_the_one() -> None:
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)

    async def handler(_event: Any, _context: Any) -> bool:
        return asyncio.get_running_loop() is loop

    assert served(runner(handler), 0).results == [True]


@pytest.mark.parametrize("unset", ["unset", "still set"])
def test_a_loop_that_has_been_closed_has_a_successor(unset: str) -> None:
    async def handler(_event: Any, _context: Any) -> str:
        return "answered"

    run(double(1, None))
    assert kept.own is not None
    kept.own.close()
    if unset == "unset":
        asyncio.set_event_loop(None)
    assert served(runner(handler), 0).results == ["answered"]


def test_a_task_that_was_not_awaited_goes_on_in_the_next_invocation() -> None:
    going_on: list[str] = []
    tasks = set()

    async def background() -> None:
        going_on.append("begun")
        await asyncio.sleep(0)
        going_on.append("ended")

    async def handler(event: Any, _context: Any) -> list[str]:
        if event == "first":
            tasks.add(asyncio.create_task(background()))
        else:
            await asyncio.wait(tasks)
        return list(going_on)

    assert served(runner(handler), "first", "second").results == [[], ["begun", "ended"]]


def test_a_handler_that_stops_the_loop_gives_its_result_all_the_same() -> None:
    async def handler(_event: Any, _context: Any) -> str:
        asyncio.get_running_loop().stop()
        await asyncio.sleep(0.001)
        return "result"

    assert served(runner(handler), 0).results == ["result"]


VARIABLE: ContextVar[str] = ContextVar("VARIABLE", default="unset")


def test_a_context_variable_of_an_invocation_is_unknown_to_the_next_of_the_same_event() -> None:
    async def handler(event: Any, _context: Any) -> str:
        before = VARIABLE.get()
        VARIABLE.set(event)
        return before

    assert served(runner(handler), "one", "two").results == ["unset", "unset"]


def failing(event: Any, context: Any) -> Any:
    raise LookupError("no")


async def failing_later(event: Any, context: Any) -> Any:
    await asyncio.sleep(0)
    return failing(event, context)


@pytest.mark.parametrize("handler", [runner(failing_later), failing_later], ids=["known", "unknown"])
def test_a_failure_is_told_as_that_of_any_handler(
    handler: Handler, capsys: pytest.CaptureFixture[str]
) -> None:
    failure = failed(handler)
    assert (failure.error_type, failure.message) == ("LookupError", "no")
    assert [frame.rpartition(" in ")[2].split("\n")[0] for frame in failure.stack_trace][-2:] == [
        "failing_later",
        "failing",
    ]
    assert capsys.readouterr().out.count("[ERROR] LookupError: no") == 1


def test_the_stack_of_a_failure_begins_in_the_users_code() -> None:
    assert all("test_runtime_asynchronous.py" in frame for frame in failed(runner(failing_later)).stack_trace)


def test_a_failure_of_what_was_awaited_has_no_cause_of_the_runtimes() -> None:
    raised: list[BaseException] = []

    async def handler(_event: Any, _context: Any) -> None:
        error = LookupError("no")
        raised.append(error)
        raise error

    served(handler, 0)
    assert raised[0].__context__ is None


def test_a_result_without_a_form_in_json_is_told_as_that_of_any_handler() -> None:
    async def handler(_event: Any, _context: Any) -> Any:
        return {1, 2}

    assert failed(runner(handler)).error_type == "Runtime.MarshalError"


def test_nothing_is_logged_of_a_failure_but_the_failure(caplog: pytest.LogCaptureFixture) -> None:
    served(runner(failing_later), 0)
    assert caplog.records == []


@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt, asyncio.CancelledError, GeneratorExit])
def test_what_ends_the_process_in_a_handler_ends_it_in_an_asynchronous_one(kind: type[BaseException]) -> None:
    async def handler(_event: Any, _context: Any) -> None:
        await asyncio.sleep(0)
        raise kind

    def plain(_event: Any, _context: Any) -> None:
        raise kind

    ends = []
    for each in (plain, runner(handler)):
        try:
            ends.append([failure.error_type for failure in served(each, 0).failures])
        except BaseException as error:  # noqa: BLE001 - it is compared
            ends.append([type(error).__name__])
    assert ends[0] == ends[1]


def test_what_a_function_leaves_to_be_awaited_after_the_response_is_awaited() -> None:
    done: list[str] = []

    async def record() -> None:
        await asyncio.sleep(0)
        done.append(VARIABLE.get())

    async def handler(event: Any, _context: Any) -> None:
        VARIABLE.set(event)
        after.defer(record)

    served(runner(handler), "one", "two")
    assert done == ["one", "two"]
