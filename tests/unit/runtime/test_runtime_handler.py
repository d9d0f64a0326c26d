"""A handler's name is resolved, or the reason told in Lambda's terms."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from awslambdaric.bootstrap import _get_handler
from awslambdaric.lambda_runtime_exception import FaultException
from thaw_runtime.handler import HandlerError, resolve

FILES = {
    "plain.py": "def handle(event, context): return 'plain'\nnumber = 1\nclass C:\n    def __call__(self, e, c): return 'C'\nc = C()\n",
    "package_a/__init__.py": "",
    "package_a/sub/__init__.py": "",
    "package_a/sub/inner.py": "def handle(event, context): return 'inner'\n",
    "folder_a/inner.py": "def handle(event, context): return 'folder'\n",
    "package_a/sys.py": "def handle(event, context): return 'not the built-in one'\n",
    "broken_syntax.py": "x = 1\ndef handle(:\n",
    "missing_import.py": "import nowhere_to_be_found\n",
    "raises.py": "raise ValueError('no')\n",
    "exits.py": "raise SystemExit(7)\n",
    "forgets_itself.py": "import sys\ndel sys.modules[__name__]\n",
    "strange_attribute.py": "def __getattr__(name): raise OSError(name)\n",
    "from_import.py": "from os import nothing_here\n",
    "imports_broken.py": "import broken_syntax\n",
    "raises_import.py": "raise ImportError('ö')\n",
    "bad_encoding.py": "# coding: nothing\n",
    "has-a-dash.py": "def handle(event, context): return 'dash'\n",
}


@pytest.fixture(autouse=True)
def task_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("plain.handle", "plain"),
        ("plain.c", "C"),
        ("package_a.sub.inner.handle", "inner"),
        ("package_a/sub/inner.handle", "inner"),
        ("package_a/sub.inner.handle", "inner"),
        ("folder_a/inner.handle", "folder"),
        ("package_a/sys.handle", "not the built-in one"),
        ("package_a.sys.handle", "not the built-in one"),
    ],
)
def test_a_name_leads_to_its_handler(name: str, answer: str) -> None:
    assert resolve(name)(None, None) == answer


@pytest.mark.parametrize(
    ("name", "error_type", "message"),
    [
        (
            "",
            "Runtime.MalformedHandlerName",
            "Bad handler '': not enough values to unpack (expected 2, got 1)",
        ),
        (
            "h",
            "Runtime.MalformedHandlerName",
            "Bad handler 'h': not enough values to unpack (expected 2, got 1)",
        ),
        ("sys.exit", "Runtime.BuiltInModuleConflict", "Cannot use built-in module sys as a handler module"),
        (
            "time.sub.x",
            "Runtime.BuiltInModuleConflict",
            "Cannot use built-in module time.sub as a handler module",
        ),
        (
            "nowhere.f",
            "Runtime.ImportModuleError",
            "Unable to import module 'nowhere': No module named 'nowhere'",
        ),
        (
            "package_a/no.f",
            "Runtime.ImportModuleError",
            "Unable to import module 'package_a/no': No module named 'package_a.no'",
        ),
        (
            "missing_import.f",
            "Runtime.ImportModuleError",
            "Unable to import module 'missing_import': No module named 'nowhere_to_be_found'",
        ),
        ("plain.other", "Runtime.HandlerNotFound", "Handler 'other' missing on module 'plain'"),
        ("plain.", "Runtime.HandlerNotFound", "Handler '' missing on module 'plain'"),
        (
            "plain.C.__call__",
            "Runtime.ImportModuleError",
            "Unable to import module 'plain.C': No module named 'plain.C'; 'plain' is not a package",
        ),
    ],
)
def test_a_name_that_leads_nowhere_is_told_as_lambda_tells_it(
    name: str, error_type: str, message: str
) -> None:
    with pytest.raises(HandlerError) as caught:
        resolve(name)
    assert (caught.value.error_type, str(caught.value), caught.value.stack_trace) == (error_type, message, [])


def test_a_syntax_error_is_told_with_its_place(task_root: Path) -> None:
    with pytest.raises(HandlerError) as caught:
        resolve("broken_syntax.handle")
    file = task_root / "broken_syntax.py"
    assert caught.value.error_type == "Runtime.UserCodeSyntaxError"
    assert str(caught.value).startswith("Syntax error in module 'broken_syntax': invalid syntax")
    assert caught.value.stack_trace == [f'  File "{file}" Line 2\n    def handle(:\n']


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("raises.handle", ValueError),
        (".handle", ValueError),
        ("forgets_itself.handle", KeyError),
        ("strange_attribute.handle", OSError),
        ("exits.handle", SystemExit),
    ],
)
def test_what_a_module_raises_itself_is_left_as_it_is(name: str, kind: type[BaseException]) -> None:
    with pytest.raises(kind):
        resolve(name)


def told(find: Callable[[str], Any], name: str) -> tuple[Any, ...]:
    """What finding a handler comes to; its module is found anew."""
    before = set(sys.modules)
    try:
        return ("found", find(name).__name__)
    except FaultException as fault:
        return (fault.exception_type, fault.msg, fault.trace or [])
    except HandlerError as error:
        return (error.error_type, str(error), error.stack_trace)
    except Exception as error:  # noqa: BLE001 - whatever a module raises
        return (type(error), str(error))
    finally:
        for imported in set(sys.modules) - before:
            del sys.modules[imported]


NAMES = [
    *(
        "",
        "h",
        ".",
        ".h",
        "h.",
        "x..h",
        "plain..handle",
        "plain/.handle",
        "package_a/.handle",
        "plain:handle",
    ),
    *("plain.handle", "plain.C", "plain.C.__call__", "plain.number.real", "plain.py.handle", "plain.py"),
    *("package_a.sub.inner.handle", "package_a/sub/inner.handle", "package_a/sub.inner.handle"),
    *("package_a.sub/inner.handle", "folder_a/inner.handle", "package_a/sys.handle", "has-a-dash.handle"),
    *("sys.exit", "sys/x.y", "time.sub.x", "os.getcwd", "posix.x", "builtins.print", "_io.open"),
    *("broken_syntax.handle", "imports_broken.f", "bad_encoding.f", "missing_import.f", "from_import.f"),
    *("raises_import.f", "raises.handle", "forgets_itself.handle", "strange_attribute.handle"),
    *(
        " plain.handle",
        "plain. handle",
        "plain.handle ",
        "ö.f",
        "plain\n.f",
        "a b.c",
        "nowhere.f",
        "package_a/no.f",
    ),
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_comes_to_what_it_comes_to_in_awss_runtime(name: str) -> None:
    assert told(resolve, name) == told(_get_handler, name)


@pytest.mark.parametrize("name", ["..h", ".x.h", "/plain.handle", "./plain.handle", "../plain.handle"])
def test_a_name_that_does_not_lead_from_the_task_root_is_told(name: str) -> None:
    """AWS's runtime tells a TypeError of the import system."""
    with pytest.raises(HandlerError, match="it must lead from the task root") as caught:
        resolve(name)
    assert caught.value.error_type == "Runtime.ImportModuleError"
