"""SnapStart, several invocations at a time, the end of an environment, and what no other Python runtime has."""

from tests.conformance.comparison.model import Case, Event, Scenario

_HOOK_FRAMES = "the stack begins in the user's hook; theirs shows the runtime's own frames"
_AWAITED = "async handlers are awaited on one loop; theirs never awaits them"
_HOOKS = """
import snapshot_restore_py as hooks
seen = []
hooks.register_before_snapshot(seen.append, "first before")
hooks.register_before_snapshot(seen.append, "second before")
hooks.register_after_restore(seen.append, "first after")

@hooks.register_after_restore
def second():
    seen.append("second after")

def handle(event, context): return seen
"""
_SNAP_START = {"AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start"}


def _hook(moment: str, code: str) -> dict[str, str]:
    return {
        "hooked.py": f"from snapshot_restore_py import register_{moment} as register\n@register\ndef hook():\n    {code}\ndef handle(event, context): return event\n"
    }


_ENDING = """
import signal, sys
def end(*_):
    print("ended")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
def handle(event, context): return event
"""
_ASYNCHRONOUS = """
import asyncio
loops = []
async def handle(event, context):
    await asyncio.sleep(0)
    loops.append(asyncio.get_running_loop())
    return [event, len(set(map(id, loops)))]
async def fails(event, context):
    raise ValueError("wrong")
"""
_WORKERS = """
import os
def handle(event, context): return event
"""

_PRINTING = """
import sys
def handle(event, context):
    print("to stdout")
    print("to stderr", file=sys.stderr)
    return event
"""
_RICH = """
import datetime, uuid
try:
    from thaw_runtime import json_types
    json_types.enable("datetime", "uuid", "set")
except ImportError:
    pass
def handle(event, context):
    return [datetime.date(2026, 1, 2), uuid.UUID(int=1), {5}]
"""

_AFTER = """
import sys
def answered(event):
    print("answered", event, flush=True)
try:
    from thaw_runtime import after
    after.register(print, "after each")
except ImportError:
    after = None
def handle(event, context):
    if after:
        after.defer(answered, event)
    print("handled")
    return event
"""
_STREAMS = """
try:
    from thaw_runtime.streaming import Response
except ImportError:
    Response = list
def handle(event, context):
    yield "begun"
    yield "\\u00fc" * event
def fails(event, context):
    yield "begun"
    raise ValueError("midway")
async def items():
    yield "asynchronously"
def responds(event, context):
    return Response(items())
"""
_STREAMED = "iterators are streamed: AWS's runtime for Python has no streaming"

SCENARIOS = (
    Scenario(
        "SnapStart",
        "hooked.handle",
        (Case("X1", "hooks, and the wait in between"), Case("X1", "hooks run in their order", (Event(),))),
        _SNAP_START,
        {"hooked.py": _HOOKS},
    ),
    Scenario(
        "without SnapStart",
        "hooked.handle",
        (Case("X1", "no hook runs without SnapStart", (Event(),)),),
        {"AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand"},
        {"hooked.py": _HOOKS},
    ),
    Scenario(
        "SnapStart without hooks",
        "values.echo",
        (Case("H11", "the wait without hooks"), Case("H11", "and events", (Event(),))),
        _SNAP_START,
    ),
    Scenario(
        "SnapStart, refused",
        "values.echo",
        (
            Case(
                "X2",
                "a wait that is refused",
                why="the report says what was answered, without frames of the runtime",
            ),
        ),
        _SNAP_START,
        statuses=(403,),
    ),
    Scenario(
        "SnapStart, a failure before",
        "hooked.handle",
        (Case("X2", "a hook that fails before", why=_HOOK_FRAMES),),
        _SNAP_START,
        _hook("before_snapshot", "raise ValueError('wrong')"),
    ),
    Scenario(
        "SnapStart, an exit before",
        "hooked.handle",
        (Case("X2", "a hook that exits before", why=_HOOK_FRAMES),),
        _SNAP_START,
        _hook("before_snapshot", "raise SystemExit(3)"),
    ),
    Scenario(
        "SnapStart, a failure after",
        "hooked.handle",
        (Case("X2", "a hook that fails after", why=_HOOK_FRAMES),),
        _SNAP_START,
        _hook("after_restore", "raise ValueError('wrong')"),
    ),
    Scenario(
        "SnapStart, a failed start",
        "broken.handle",
        (
            Case(
                "X1",
                "a start that fails before",
                why="a stack begins in the user's code; theirs begins with frames of the import system",
            ),
        ),
        _SNAP_START,
        {"broken.py": "raise ValueError('no')\n"},
    ),
    Scenario(
        "SIGTERM",
        "ending.handle",
        (
            Case(
                "X9",
                "SIGTERM reaches a handler of the user's",
                (Event(),),
                why="it runs; theirs waits in native code, where Python runs no handler, on anything but managed runtimes",
            ),
        ),
        files={"ending.py": _ENDING},
        terminated=True,
    ),
    Scenario(
        "SIGTERM on Python 3.12",
        "ending.handle",
        (
            Case(
                "X9",
                "and on the runtimes from Python 3.12 on",
                (Event(),),
                # Whether the process then ends is chance there: its own thread may go on waiting.
                fields=frozenset({"stdout"}),
            ),
        ),
        {"AWS_EXECUTION_ENV": "AWS_Lambda_python3.12"},
        {"ending.py": _ENDING},
        terminated=True,
    ),
    Scenario(
        "SIGTERM without a handler",
        "values.echo",
        (Case("X9", "SIGTERM without one ends the process", (Event(),)),),
        terminated=True,
    ),
    Scenario(
        "asynchronous",
        "asynchronous.handle",
        (
            Case("R11", "an async handler is awaited", (Event(b"1"),), why=_AWAITED),
            Case("G2", "on one loop", (Event(b"2"),), why=_AWAITED),
        ),
        files={"asynchronous.py": _ASYNCHRONOUS},
    ),
    Scenario(
        "asynchronous failure",
        "asynchronous.fails",
        (Case("G2", "an async handler fails", (Event(b"1"),), why=_AWAITED),),
        files={"asynchronous.py": _ASYNCHRONOUS},
    ),
    Scenario(
        "workers",
        "worker.handle",
        (Case("X3", "several workers answer", (Event(b"1"), Event(b"2"))),),
        {"AWS_LAMBDA_MAX_CONCURRENCY": "2"},
        {"worker.py": _WORKERS},
        workers=2,
    ),
    Scenario(
        "workers that log",
        "worker.handle",
        (
            Case(
                "X5",
                "the number of workers is logged before there are any",
                (Event(b"1"), Event(b"2")),
                fields=frozenset({"stdout", "stderr"}),
            ),
        ),
        {"AWS_LAMBDA_MAX_CONCURRENCY": "2", "AWS_LAMBDA_LOG_LEVEL": "DEBUG", "AWS_LAMBDA_LOG_FORMAT": "JSON"},
        {"worker.py": _WORKERS},
        workers=2,
    ),
    Scenario(
        "workers with a socket",
        "worker.handle",
        (Case("X4", "what workers print goes to the socket", (Event(b"1"), Event(b"2"))),),
        {"AWS_LAMBDA_MAX_CONCURRENCY": "2", "AWS_LAMBDA_LOG_FORMAT": "JSON"},
        {"worker.py": _PRINTING},
        workers=2,
        socket=True,
    ),
    Scenario(
        "after responses",
        "followed.handle",
        (
            Case(
                "G4",
                "what was deferred runs after the response",
                (Event(b"1"), Event(b"2")),
                why="there is a moment after the response; theirs has none, and is frozen",
            ),
        ),
        files={"followed.py": _AFTER},
    ),
    *(
        Scenario(
            f"streaming, {name}",
            f"streams.{name}",
            (Case("G1", claim, (Event(b"2"),), why=_STREAMED),),
            files={"streams.py": _STREAMS},
        )
        for name, claim in (
            ("handle", "a generator is streamed"),
            ("fails", "a generator that fails midway is told in trailers"),
            ("responds", "a response object with an asynchronous generator"),
        )
    ),
    Scenario(
        "rich JSON",
        "rich.handle",
        (
            Case(
                "G9",
                "values of more types are written where that is asked for",
                (Event(),),
                why="json_types of the runtime takes them; theirs has nothing of the kind, and the user converts",
            ),
        ),
        files={"rich.py": _RICH},
    ),
    Scenario(
        "no number of workers",
        "worker.handle",
        (
            Case(
                "E11",
                "an empty number of workers",
                (Event(b"1"),),
                why="it is taken for none; theirs dies of it",
            ),
        ),
        {"AWS_LAMBDA_MAX_CONCURRENCY": ""},
        {"worker.py": _WORKERS},
    ),
    Scenario(
        "workers that do not start",
        "broken.handle",
        (
            Case(
                "E11",
                "workers that fail to start",
                why="the module is imported once, so its failure is reported once, and the process ends with 1, not 0",
            ),
        ),
        {"AWS_LAMBDA_MAX_CONCURRENCY": "2"},
        {"broken.py": "raise ValueError('no')\n"},
        workers=2,
    ),
)
