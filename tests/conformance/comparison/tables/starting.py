"""The start of a process: its environment, the handler's module, and what can go wrong with it."""

from tests.conformance.comparison.model import Case, Event, Scenario

_OWN_FRAMES = "a stack begins in the user's code; theirs shows the runtime's own frames"
_IMPORT_FRAMES = (
    "a stack begins in the user's code; theirs begins with up to seven frames of the import system"
)
_ONE_LINE = "one line says what is wrong; theirs is a traceback of the runtime's own code"
_ECHO = (Event(b'{"a": 1}'),)
_NUMBERS = {"numbers.py": "def handle(event, context): return event\n"}
_INSTANCE = "class Handler:\n    def __call__(self, event, context): return event\n    def method(self, event, context): return event\nhandle = Handler()\nmethod = handle.method\nnumber = 5\n"
_PARTIAL = "import functools\ndef _handle(first, event, context): return [first, event]\nhandle = functools.partial(_handle, 1)\n"
_PACKAGE = {
    "package/__init__.py": "",
    "package/inner/__init__.py": "",
    "package/inner/module.py": "def handle(event, context): return __name__\n",
    "package/sys.py": "def handle(event, context): return __name__\n",
}


def _found(
    row: str, claim: str, handler: str, files: dict[str, str], event: bytes = b'{"a": 1}', *, why: str = ""
) -> Scenario:
    return Scenario(claim, handler, (Case(row, claim, (Event(event),), why),), files=files)


def _fails(
    row: str, claim: str, handler: str | None, code: str = "", why: str = "", **variables: str | None
) -> Scenario:
    return Scenario(claim, handler, (Case(row, claim, why=why),), variables, {"broken.py": code})


SCENARIOS = (
    _found("R1", "a function of a module", "plain.handle", {"plain.py": _NUMBERS["numbers.py"]}),
    _found("R1", "a function of a module in packages, by dots", "package.inner.module.handle", _PACKAGE),
    _found("R1", "a function of a module in packages, by slashes", "package/inner/module.handle", _PACKAGE),
    _found("R12", "a function of a module in packages, by both", "package/inner.module.handle", _PACKAGE),
    _found(
        "R1",
        "a function of a module in folders that are no packages",
        "folder/module.handle",
        {"folder/module.py": "def handle(event, context): return __name__\n"},
    ),
    _found("R3", "a module in a package may be called like a built-in one", "package/sys.handle", _PACKAGE),
    _found("R3", "and by dots", "package.sys.handle", _PACKAGE),
    _found("R9", "an instance with a call", "instance.handle", {"instance.py": _INSTANCE}),
    _found("R9", "a bound method", "instance.method", {"instance.py": _INSTANCE}),
    _found("R9", "a partial", "bound.handle", {"bound.py": _PARTIAL}),
    _found(
        "R9",
        "what cannot be called fails when it is called",
        "instance.number",
        {"instance.py": _INSTANCE},
        why=_OWN_FRAMES,
    ),
    _found(
        "R9",
        "a function of one argument fails when it is called",
        "one.handle",
        {"one.py": "def handle(event): return event\n"},
        why=_OWN_FRAMES,
    ),
    _found("R9", "a lambda", "short.handle", {"short.py": "handle = lambda event, context: event\n"}),
    _found(
        "R9",
        "a built-in function",
        "plain.isinstance",
        {"plain.py": "isinstance = isinstance\n"},
        why=_OWN_FRAMES,
    ),
    _found(
        "R1", "a module whose file name Python cannot have", "a-b.handle", {"a-b.py": _NUMBERS["numbers.py"]}
    ),
    _found(
        "R1",
        "a function that __getattr__ of the module makes",
        "made.handle",
        {"made.py": "def __getattr__(name):\n    return lambda event, context: name\n"},
    ),
    _found(
        "P2",
        "the folder of the function is where modules are found",
        "behaviours.handle",
        {},
        b'"imports_from_task_root"',
    ),
    _found(
        "G12",
        "of other parties' modules none is loaded",
        "behaviours.handle",
        {},
        b'"third_party"',
        why="the runtime is of the standard library alone, so a function may bring any version of simplejson",
    ),
    _fails("R2", "a handler without a dot", "broken"),
    _fails("R2", "an empty handler", ""),
    _fails(
        "P1",
        "no handler at all",
        None,
        why="it is reported as what it is; theirs is a traceback that nobody but the log gets",
    ),
    _fails("R3", "a built-in module", "sys.exit"),
    _fails("R3", "a built-in module with a submodule", "time.x.handle"),
    _fails("R4", "a module that is not there", "nowhere.handle"),
    _fails("R4", "a module that is not there, by slashes", "nowhere/deep.handle"),
    _fails("R4", "a module that imports one that is not there", "broken.handle", "import nowhere\n"),
    _fails(
        "R4", "a module that imports a name that is not there", "broken.handle", "from os import nothing\n"
    ),
    _fails(
        "R4", "a module that raises an ImportError without a text", "broken.handle", "raise ImportError\n"
    ),
    _fails("R5", "a syntax error", "broken.handle", "def handle(event, context):\n    return (\n"),
    _fails("R5", "an indentation error", "broken.handle", "def handle(event, context):\nreturn 1\n"),
    _fails("R5", "a null byte", "broken.handle", "a = 1\0\n"),
    _fails("R6", "an attribute that is not there", "broken.nothing"),
    _fails("R6", "an empty attribute", "broken."),
    _fails(
        "R7",
        "an exception of the module",
        "broken.handle",
        "def fail():\n    raise LookupError('no ü')\nfail()\n",
        why=_IMPORT_FRAMES,
    ),
    _fails("R7", "an exception without a text", "broken.handle", "raise LookupError\n", why=_IMPORT_FRAMES),
    _fails("R7", "an empty module name", ".handle", why=_IMPORT_FRAMES),
    _fails("R7", "two dots", "broken..handle"),
    _fails(
        "R8",
        "an attribute of a class",
        "broken.Handler.handle",
        "class Handler:\n    def handle(event, context): return event\n",
    ),
    _fails("R10", "sys.exit() of the module", "broken.handle", "import sys\nsys.exit(7)\n"),
    _fails("R10", "sys.exit() without a status", "broken.handle", "import sys\nsys.exit()\n"),
    _fails("E7", "os._exit() of the module", "broken.handle", "import os\nos._exit(9)\n"),
    _fails("E7", "a KeyboardInterrupt of the module", "broken.handle", "raise KeyboardInterrupt\n"),
    _fails(
        "E8",
        "a failed start in a JSON log",
        "broken.handle",
        "raise ValueError('no')\n",
        AWS_LAMBDA_LOG_FORMAT="JSON",
        why=_IMPORT_FRAMES,
    ),
    _fails(
        "E8",
        "a failed start where errors alone are logged",
        "broken.handle",
        "raise ValueError('no')\n",
        AWS_LAMBDA_LOG_LEVEL="ERROR",
        why=_IMPORT_FRAMES,
    ),
    _fails(
        "E10",
        "a failed start with a text beyond Latin-1, on the runtimes from Python 3.12 on",
        "broken.handle",
        "raise ValueError('\\u4e2d')\n",
        AWS_EXECUTION_ENV="AWS_Lambda_python3.12",
        why="it is reported; theirs fails to encode its own report, and Lambda hears nothing",
    ),
    _fails(
        "P3", "no address of the Runtime API", "values.handle", AWS_LAMBDA_RUNTIME_API=None, why=_ONE_LINE
    ),
    _fails(
        "P3", "an address without a port", "values.echo", AWS_LAMBDA_RUNTIME_API="localhost:x", why=_ONE_LINE
    ),
    Scenario(
        "a refused report of a failed start",
        "nowhere.handle",
        (Case("H14", "a report of a failed start that is refused", why=_ONE_LINE),),
        statuses=(403,),
    ),
    Scenario(
        "the advice on a failed start",
        "nowhere.handle",
        (
            Case(
                "E8",
                "a failed start is followed by general advice",
                why="the report is the one line to read; the advice is about updates of AWS's own runtimes, which ours gets none of",
                fields=frozenset({"warning"}),
            ),
            Case(
                "H10",
                "the report of a failed start says that it is JSON",
                why="it is JSON, and says so; theirs says nothing",
                fields=frozenset({"init content type"}),
            ),
        ),
    ),
    Scenario(
        "a preview",
        "values.echo",
        (
            Case(
                "P8",
                "a runtime in preview is warned of",
                why="the interpreter is the function's own, so no preview of AWS's is in use",
                fields=frozenset({"warning"}),
            ),
            Case("P8", "and its events", _ECHO),
        ),
        {"AWS_EXECUTION_ENV": "AWS_Lambda_python3.15"},
    ),
    Scenario(
        "a preview without a warning",
        "values.echo",
        (Case("P8", "a runtime in preview, the warning not wanted"),),
        {"AWS_EXECUTION_ENV": "AWS_Lambda_python3.15", "LAMBDA_DISABLE_PREVIEW_WARN": "1"},
    ),
    Scenario(
        "a wrapper",
        "behaviours.handle",
        (
            Case(
                "P9",
                "AWS_LAMBDA_EXEC_WRAPPER is started in front",
                (Event(b'"has_variables"'),),
                why="OS-only runtimes and images get it as managed runtimes do",
            ),
        ),
        {"AWS_LAMBDA_EXEC_WRAPPER": "{folder}/wrapper"},
        {"wrapper": '#!/bin/sh\nexport WRAPPED=yes\nexec "$@"\n'},
    ),
    Scenario(
        "a wrapper that is not there",
        "behaviours.handle",
        (
            Case(
                "P9",
                "AWS_LAMBDA_EXEC_WRAPPER that is not there",
                why="what was asked for and cannot be had is said, and ends the process",
            ),
        ),
        {"AWS_LAMBDA_EXEC_WRAPPER": "{folder}/nowhere"},
    ),
    Scenario(
        "the trace's variable",
        "behaviours.handle",
        (
            Case(
                "P5",
                "the trace's id is in the environment",
                (Event(b'"has_trace"', {"Lambda-Runtime-Trace-Id": "Root=1"}),),
            ),
            Case("P5", "and is gone in an invocation without one", (Event(b'"has_trace"'),)),
            Case("P5", "an empty one", (Event(b'"has_trace"', {"Lambda-Runtime-Trace-Id": ""}),)),
        ),
        {"_X_AMZN_TRACE_ID": "stale"},
    ),
)
