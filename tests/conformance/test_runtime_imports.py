"""What is imported before the first invocation is on every cold start's bill, so it is a list."""

import json

from runtime_api import RuntimeApi, Start

# Every module, with who brings it in.
ALLOWED = {
    "sys": "the interpreter",
    "builtins": "the interpreter",
    "__main__": "the interpreter",
    "_frozen_importlib": "the interpreter: its import system",
    "_frozen_importlib_external": "the interpreter: its import system",
    "_imp": "the interpreter: its import system",
    "_thread": "the interpreter: its import system",
    "_warnings": "the interpreter: its import system",
    "_weakref": "the interpreter: its import system",
    "_io": "the interpreter: stdin, stdout, stderr",
    "marshal": "the interpreter: reads bytecode",
    "posix": "the interpreter: its import system",
    "time": "the interpreter: its import system for archives; the remaining time",
    "zipimport": "the interpreter: its import system for archives",
    "_codecs": "the interpreter: encodings of the standard streams",
    "codecs": "the interpreter: encodings of the standard streams",
    "encodings": "the interpreter: encodings of the standard streams",
    "encodings.aliases": "the interpreter: encodings of the standard streams",
    "encodings.utf_8": "the interpreter: encodings of the standard streams",
    "encodings.utf_8_sig": "the interpreter, which imports it with encodings from 3.12 on where a file has a mark",
    "_signal": "the interpreter: signal handlers",
    "_abc": "the interpreter: io",
    "abc": "the interpreter: io",
    "io": "the interpreter: io",
    "os": "the runtime: the environment",
    "posixpath": "os",
    "genericpath": "os",
    "stat": "os",
    "_stat": "os",
    "_collections_abc": "os",
    "os.path": "os",
    "_socket": "the runtime: the connection",
    "thaw_runtime": "the runtime",
    "thaw_runtime._accelerator": "the runtime, in C: the Runtime API's answers, events and results",
    "thaw_runtime.api": "the runtime",
    "thaw_runtime.authorities": "the runtime",
    "thaw_runtime.codec": "the runtime",
    "thaw_runtime.connection": "the runtime",
    "thaw_runtime.context": "the runtime",
    "thaw_runtime.handler": "the runtime",
    "thaw_runtime.logs": "the runtime",
    "thaw_runtime.loop": "the runtime",
    "thaw_runtime.main": "the runtime",
    "thaw_runtime.settings": "the runtime",
    "handler": "the function",
}


def test_only_listed_modules_are_imported_before_the_first_response(start: Start, api: RuntimeApi) -> None:
    start("import sys\ndef handle(event, context): return sorted(sys.modules)\n")
    assert set(json.loads(api.invoke().body)) - set(ALLOWED) == set()


def test_the_second_invocation_imports_nothing_more(start: Start, api: RuntimeApi) -> None:
    start("import sys\ndef handle(event, context): return sorted(sys.modules)\n")
    assert api.invoke().body == api.invoke().body
