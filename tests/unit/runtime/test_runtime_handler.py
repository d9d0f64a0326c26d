"""A handler's name is resolved, or the reason told in Lambda's terms."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
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
