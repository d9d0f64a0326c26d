"""The runtime as a whole process under an emulated Runtime API."""

import json
import socket
from typing import Any

import pytest
from runtime_api import RuntimeApi, Start

ECHO = "def handle(event, context): return event\n"


def answer(api: RuntimeApi, event: bytes = b"{}", **headers: str) -> Any:
    report = api.invoke(event, **headers)
    assert report.path.endswith("/response"), report.body
    return json.loads(report.body)


def test_events_are_answered_over_one_connection(start: Start, api: RuntimeApi) -> None:
    start(ECHO)
    assert [answer(api, b"%d" % number) for number in range(20)] == list(range(20))
    assert api.connections == 1


def test_what_a_module_keeps_is_there_in_the_next_invocation(start: Start, api: RuntimeApi) -> None:
    start("seen = []\ndef handle(event, context):\n    seen.append(event)\n    return seen\n")
    assert [answer(api, event) for event in (b"1", b"2")] == [[1], [1, 2]]


@pytest.mark.parametrize("size", [6 << 20, (8 << 20) + 1])
def test_an_event_of_lambdas_largest_size_and_more_arrives_whole(
    start: Start, api: RuntimeApi, size: int
) -> None:
    start("def handle(event, context): return len(event)\n")
    assert answer(api, b'"' + b"a" * size + b'"') == size


def test_a_connection_dropped_while_the_environment_was_idle_is_made_again(
    start: Start, api: RuntimeApi
) -> None:
    start(ECHO)
    api.send(b"1", hang_up=True)
    assert api.await_report().body == b"1"
    assert answer(api, b"2") == 2


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_what_was_printed_is_in_the_log_though_the_process_was_killed(
    start: Start, api: RuntimeApi, stream: str
) -> None:
    code = "import os, sys\ndef handle(event, context):\n"
    code += f"    print('no line end', end='', file=sys.{stream})\n    os._exit(9)\n"
    environment = start(code)
    api.send()
    assert environment.exit_status() == 9
    assert "no line end" in environment.output()


@pytest.mark.parametrize("status", [400, 413])
def test_a_refused_response_is_reported_and_the_environment_goes_on(
    start: Start, api: RuntimeApi, status: int
) -> None:
    start(ECHO)
    api.answer_with(status)
    assert api.invoke().path.endswith("/response")
    assert api.await_report().path.endswith("/error")
    assert answer(api, b"2") == 2


@pytest.mark.parametrize("status", [403, 500])
def test_a_runtime_api_that_cannot_go_on_ends_the_process_with_one_line(
    start: Start, api: RuntimeApi, status: int
) -> None:
    environment = start(ECHO)
    api.answer_with(status)
    api.send()
    assert environment.exit_status() == 1
    assert environment.output() == (
        "",
        f'thaw_runtime: the Runtime API answered with status {status}: b\'{{"status":"OK"}}\\n\'\n',
    )


@pytest.mark.parametrize("status", [403, 500])
def test_a_next_without_an_invocation_ends_the_process_with_one_line(
    start: Start, api: RuntimeApi, status: int
) -> None:
    environment = start(ECHO)
    api.send(b"no", status=status)
    assert environment.exit_status() == 1
    assert environment.output() == ("", f"thaw_runtime: no invocation but status {status}: b'no'\n")


@pytest.mark.parametrize("value", ["", "nonsense", "host:port", "127.0.0.1:99999"])
def test_without_the_address_of_a_runtime_api_the_process_ends_with_one_line(
    start: Start, value: str
) -> None:
    environment = start(ECHO, AWS_LAMBDA_RUNTIME_API=value)
    assert environment.exit_status() == 1
    out, err = environment.output()
    assert (out, len(err.splitlines())) == ("", 1)
    assert err.startswith("thaw_runtime: AWS_LAMBDA_RUNTIME_API is ")


def test_where_nobody_listens_the_process_ends_with_one_line(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
    environment = start(ECHO, AWS_LAMBDA_RUNTIME_API=address)
    assert environment.exit_status() == 1
    assert len(environment.output()[1].splitlines()) == 1


INIT_FAILURES = {
    "no dot": ("", "handle", "Runtime.MalformedHandlerName"),
    "a missing module": ("", "nowhere.handle", "Runtime.ImportModuleError"),
    "a missing attribute": ("", "handler.handle", "Runtime.HandlerNotFound"),
    "a built-in module": ("", "sys.exit", "Runtime.BuiltInModuleConflict"),
    "a syntax error": ("def handle(:\n", "handler.handle", "Runtime.UserCodeSyntaxError"),
    "an import that fails": ("import nowhere\n", "handler.handle", "Runtime.ImportModuleError"),
    "an exception": ("raise LookupError('no')\n", "handler.handle", "LookupError"),
}


@pytest.mark.parametrize(("code", "handler", "error_type"), INIT_FAILURES.values(), ids=INIT_FAILURES.keys())
def test_an_init_phase_that_fails_is_reported_and_ends_the_process(
    start: Start, api: RuntimeApi, code: str, handler: str, error_type: str
) -> None:
    environment = start(code, handler)
    report = api.await_report()
    assert (report.path, report.headers["Lambda-Runtime-Function-Error-Type"]) == ("init/error", error_type)
    assert json.loads(report.body)["errorType"] == error_type
    assert environment.exit_status() == 1
    out, err = environment.output()
    assert (out.count("\n"), err) == (1, "")
    assert out.startswith(f"[ERROR] {error_type}: ")


def test_a_module_that_exits_ends_the_process_with_its_status_and_no_report(
    start: Start, api: RuntimeApi
) -> None:
    environment = start("raise SystemExit(7)\n")
    assert environment.exit_status() == 7
    assert api.silent


def test_the_stack_of_an_error_begins_in_the_users_code(start: Start, api: RuntimeApi) -> None:
    start("def handle(event, context):\n    return event['missing']\n")
    report = json.loads(api.invoke().body)
    assert (report["errorType"], report["errorMessage"]) == ("KeyError", "'missing'")
    assert len(report["stackTrace"]) == 1
    assert "handler.py\", line 2, in handle\n    return event['missing']\n" in report["stackTrace"][0]


def test_the_name_of_an_exception_cannot_add_a_header(start: Start, api: RuntimeApi) -> None:
    code = "def handle(event, context):\n    raise type(event, (Exception,), {})('no')\n"
    start(code)
    report = api.invoke(json.dumps("A\r\nInjected: 1\r\n\r\nGET / HTTP/1.1 ü").encode())
    assert report.headers["Injected"] is None
    assert report.headers["Lambda-Runtime-Function-Error-Type"] == "A??Injected:?1????GET?/?HTTP/1.1??"
    api.invoke(b'"B"')


@pytest.mark.parametrize("text", ["a\ud800", "ü", "b\udcff"])
def test_a_message_of_any_characters_is_reported_and_the_environment_goes_on(
    start: Start, api: RuntimeApi, text: str
) -> None:
    start("def handle(event, context): raise ValueError(event)\n")
    for _ in range(2):
        assert json.loads(api.invoke(json.dumps(text).encode()).body)["errorMessage"] == text


def test_the_trace_id_is_set_for_an_invocation_and_gone_in_the_next(start: Start, api: RuntimeApi) -> None:
    start("import os\ndef handle(event, context): return os.environ.get('_X_AMZN_TRACE_ID')\n")
    assert answer(api, Lambda_Runtime_Trace_Id="Root=1-2;Sampled=0") == "Root=1-2;Sampled=0"
    assert answer(api) is None


def test_sys_executable_can_be_run(start: Start, api: RuntimeApi) -> None:
    start(
        "import subprocess, sys\ndef handle(event, context):\n"
        "    return subprocess.check_output([sys.executable, '-c', 'import json; print(json.dumps(42))'], text=True)\n"
    )
    assert answer(api) == "42\n"


def test_a_process_can_be_spawned_that_has_the_handlers_modules(start: Start, api: RuntimeApi) -> None:
    start(
        "import multiprocessing\ndef double(number): return number * 2\n"
        "def handle(event, context):\n"
        "    with multiprocessing.get_context('spawn').Pool(1) as pool: return pool.map(double, event)\n"
    )
    assert answer(api, b"[1, 2]") == [2, 4]


def test_nothing_of_the_environment_steers_the_interpreter(start: Start, api: RuntimeApi) -> None:
    hostile = {
        "PYTHONHOME": "/nowhere",
        "PYTHONPATH": "/nowhere",
        "PYTHONINSPECT": "1",
        "PYTHONOPTIMIZE": "2",
        "PYTHONVERBOSE": "1",
        "LD_LIBRARY_PATH": "/nowhere:/lib64:/usr/lib64",
        "LC_ALL": "C",
    }
    environment = start(
        "import sys\ndef handle(event, context): return [sys.flags.optimize, 'ö']\n", **hostile
    )
    assert answer(api) == [0, "ö"]
    environment.__exit__()
    assert environment.output() == ("", "")
