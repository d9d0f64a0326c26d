"""Agents that replace functions of AWS's own runtime find them here; Sentry's is the one that others were made after."""

import json
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from initialised import HANDLERS, environment, initialised
from runtime_api import Environment, RuntimeApi, Start

from constructs_lib.bundling import Artifact
from tests import builds

ARN = "arn:aws:lambda:eu-north-1:000000000000:function:sentry"


@pytest.fixture(scope="module")
def sentry() -> Artifact:
    return builds.built(HANDLERS / "sentry")


@pytest.fixture
def run(sentry: Artifact, api: RuntimeApi) -> Iterator[Start]:
    with ExitStack() as started:

        def run(**variables: str) -> Environment:
            given = {"AWS_LAMBDA_RUNTIME_API": api.address, "_HANDLER": "handler.handle", **variables}
            return started.enter_context(Environment([sentry.root / "bootstrap"], given, sentry.root))

        yield run


def said(environment: Environment) -> list[str]:
    environment.__exit__()
    return environment.output()[0].splitlines()


def test_what_a_handler_raises_is_captured_and_sent_before_it_is_reported(
    run: Start, api: RuntimeApi
) -> None:
    environment = run()
    report = api.invoke(b'"fail"', lambda_runtime_invoked_function_arn=ARN)
    assert json.loads(report.body)["errorType"] == "ValueError"
    output = said(environment)
    assert output[0] == "captured ValueError handler False"
    assert output[-1] == "flushed"


def test_what_was_gathered_is_sent_before_a_response(run: Start, api: RuntimeApi) -> None:
    environment = run()
    assert api.invoke(b"1", lambda_runtime_invoked_function_arn=ARN).body == b"1"
    assert said(environment) == ["flushed"]


def test_a_module_that_fails_is_captured(run: Start, api: RuntimeApi) -> None:
    environment = run(FAIL="1")
    report = api.await_report()
    assert (report.path, json.loads(report.body)["errorType"]) == ("init/error", "LookupError")
    assert environment.exit_status() == 1
    assert "captured LookupError init False" in environment.output()[0]


def test_an_agent_that_was_initialised_at_build_time_is_in_place_after_a_snapshot(api: RuntimeApi) -> None:
    with environment(initialised(HANDLERS / "sentry"), api) as started:
        api.invoke(b'"fail"', lambda_runtime_invoked_function_arn=ARN)
        assert said(started)[0] == "captured ValueError handler False"


def test_nothing_is_imported_for_agents_where_there_is_none(start: Start, api: RuntimeApi) -> None:
    code = "import sys\ndef handle(event, context):\n"
    code += "    main = sys.modules['__main__']\n    before = 'thaw_runtime.agents' in sys.modules\n"
    start(code + "    return [before, hasattr(main, 'awslambdaricmain'), hasattr(main, 'bootstrap')]\n")
    assert json.loads(api.invoke().body) == [False, False, True]


def test_an_agent_that_is_initialised_in_an_invocation_is_in_place_in_the_next(
    start: Start, api: RuntimeApi
) -> None:
    code = """
def handle(event, context):
    import __main__
    bootstrap = __main__.bootstrap
    if event == 1:
        original = bootstrap.handle_event_request
        bootstrap.handle_event_request = lambda client, handler, *others: original(client, lambda *_: 'wrapped', *others)
    return event
"""
    start(code)
    assert [api.invoke(b"1").body, api.invoke(b"2").body] == [b"1", b'"wrapped"']
