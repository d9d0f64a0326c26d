"""Handlers that do to their process what they should not.

Exit statuses and reports are those of awslambdaric 4.2.2 for the same handler, except where a test says what that does.
"""

import http.client
import json

import pytest
from runtime_api import RuntimeApi, Start

ENDS = {
    "sys.exit with a status": ("import sys; sys.exit(3)", 3, ""),
    "sys.exit without a status": ("import sys; sys.exit()", 0, ""),
    "sys.exit with a text": ("import sys; sys.exit('text')", 1, "text"),
    "os._exit": ("import os; os._exit(4)", 4, ""),
    "os.abort": ("import os; os.abort()", -6, ""),
    "KeyboardInterrupt": ("raise KeyboardInterrupt", -2, "KeyboardInterrupt"),
    "GeneratorExit": ("raise GeneratorExit", 1, "GeneratorExit"),
    "CancelledError": (
        "import asyncio; raise asyncio.CancelledError",
        1,
        "asyncio.exceptions.CancelledError",
    ),
    "an exception of one's own": ("raise type('Mine', (BaseException,), {})('no')", 1, "handler.Mine: no"),
}
# What a handler does in its first invocation.
GOES_ON = {
    "closes descriptor 1": "import os; os.close(1)",
    "closes stdout": "import sys; sys.stdout.close()",
    "removes stdout": "import sys; sys.stdout = None",
    "removes stderr": "import sys; sys.stderr = None",
    "closes every descriptor but the standard ones": "import os; os.closerange(3, 200)",
    "leaves a child behind": "import subprocess; subprocess.Popen(['/bin/sleep', '5'], stdout=-3, stderr=-3)",
    "leaves a zombie behind": "import os; os.fork() or os._exit(0)",
    "leaves a thread behind": (
        "import threading, time; threading.Thread(target=time.sleep, args=[60], daemon=True).start()"
    ),
    "leaves the task root": "import os; os.chdir('/')",
    "empties the environment": "import os; os.environ.clear()",
    "empties the import path": "import sys; sys.path.clear()",
    "ignores signals": "import signal; signal.signal(signal.SIGCHLD, signal.SIG_IGN)",
    "sets a time limit for sockets": "import socket; socket.setdefaulttimeout(0.001)",
    "collects no garbage": "import gc; gc.disable()",
    "deletes modules": (
        "import sys; [sys.modules.pop(name) for name in list(sys.modules) if name.startswith('thaw')]"
    ),
}


@pytest.fixture(autouse=True)
def headers_of_lambdas_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """The Runtime API takes an X-Ray cause of up to 1 MiB; Python's servers take lines of 64 KiB."""
    monkeypatch.setattr(http.client, "_MAXLINE", 1 << 20)


@pytest.mark.parametrize(("code", "status", "said"), ENDS.values(), ids=ENDS.keys())
def test_what_ends_the_process_ends_it_with_its_status_and_no_report(
    start: Start, api: RuntimeApi, code: str, status: int, said: str
) -> None:
    environment = start(f"def handle(event, context):\n    {code}\n")
    api.send()
    assert environment.exit_status() == status
    assert api.silent
    assert environment.output()[1].strip().endswith(said)


@pytest.mark.parametrize("code", GOES_ON.values(), ids=GOES_ON.keys())
def test_whatever_a_handler_does_to_its_process_its_response_and_the_next_are_delivered(
    start: Start, api: RuntimeApi, code: str
) -> None:
    """Under awslambdaric a closed or missing stdout ends the process as soon as it has something to log."""
    start(f"def handle(event, context):\n    if event == 1:\n        {code}\n    return event\n")
    assert [api.invoke(b"1").body, api.invoke(b"2").body] == [b"1", b"2"]


@pytest.mark.parametrize(
    "code", ["import os; os.close(1)", "import sys; sys.stdout.close()", "import sys; sys.stdout = None"]
)
def test_an_error_is_reported_though_it_cannot_be_logged(start: Start, api: RuntimeApi, code: str) -> None:
    """Under awslambdaric the process ends with an exception of its own logging."""
    start(f"def handle(event, context):\n    {code}\n    raise ValueError('no')\n")
    assert json.loads(api.invoke().body)["errorMessage"] == "no"


def test_a_child_that_comes_back_from_the_handler_is_ended_and_answers_nothing(
    start: Start, api: RuntimeApi
) -> None:
    """Under awslambdaric parent and child answer over the same connection."""
    code = "import os\ndef handle(event, context):\n    if event == 1:\n"
    code += "        child = os.fork()\n        return child and os.waitpid(child, 0)[1]\n    return event\n"
    start(code)
    assert [api.invoke(b"1").body, api.invoke(b"2").body] == [b"256", b"2"]


def test_recursion_without_end_is_an_error_of_the_invocation(start: Start, api: RuntimeApi) -> None:
    start("def handle(event, context):\n    return handle(event, context) if event == 1 else event\n")
    assert json.loads(api.invoke(b"1").body)["errorType"] == "RecursionError"
    assert api.invoke(b"2").body == b"2"


@pytest.mark.parametrize("value", ["itself", "deep"])
def test_a_result_without_end_is_an_error_of_the_invocation(
    start: Start, api: RuntimeApi, value: str
) -> None:
    code = "def handle(event, context):\n    if event == 'itself':\n        result = []\n        result.append(result)\n"
    code += "    else:\n        result = 1\n        for _ in range(100_000): result = [result]\n    return result\n"
    start(code)
    assert json.loads(api.invoke(json.dumps(value).encode()).body)["errorType"] == "Runtime.MarshalError"
    assert json.loads(api.invoke(json.dumps(value).encode()).body)["errorType"] == "Runtime.MarshalError"


def test_a_response_of_100_mb_is_refused_by_lambda_and_the_environment_goes_on(
    start: Start, api: RuntimeApi
) -> None:
    """Under awslambdaric the process ends (the catalogue's H13)."""
    start("def handle(event, context): return b'a' * event\n")
    api.answer_with(413)
    assert len(api.invoke(b"100000000").body) == 100_000_000
    assert json.loads(api.await_report().body)["errorType"] == "Function.ResponseSizeTooLarge"
    assert api.invoke(b"2").body == b"aa"


def test_an_exception_whose_text_cannot_be_made_is_reported(start: Start, api: RuntimeApi) -> None:
    code = "class Mute(Exception):\n    def __str__(self): raise ValueError\n"
    start(code + "def handle(event, context): raise Mute\n")
    assert json.loads(api.invoke().body)["errorType"] == "Mute"
