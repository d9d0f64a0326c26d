"""``logging`` is set up as soon as it is imported, by whomever and however, and only then."""

import subprocess
import sys
from pathlib import Path

import pytest

LAMBDA_SRC = Path(__file__).parents[3] / "lambda_src"
BEGINNING = f"""
import sys
sys.path.insert(0, {str(LAMBDA_SRC)!r})
from thaw_runtime import logs
"""
START = "logs.start({})\n"
WATCHES = "logs._watch in sys.meta_path"
HANDLERS = "[type(each).__name__ for each in logging.getLogger().handlers]"
OURS = "['LambdaLoggerHandler']"


def printed(code: str, *more: str) -> str:
    """What a process prints that runs the code after ``logs`` has been imported."""
    command = [sys.executable, "-I", "-S", "-c", BEGINNING + code, *more]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout.strip()


IMPORTS = {
    "by its name": "import logging",
    "with what is in it": "import logging.handlers",
    "by a function": "import importlib; logging = importlib.import_module('logging')",
    "by a library": "import concurrent.futures; logging = sys.modules['logging']",
    "in a thread": (
        "import _thread; done = _thread.allocate_lock(); done.acquire()\n"
        "_thread.start_new_thread(lambda: (__import__('logging'), done.release()), ())\n"
        "done.acquire(); logging = sys.modules['logging']"
    ),
    "after somebody asked where it is": (
        "import importlib.util; importlib.util.find_spec('logging'); import logging"
    ),
    "behind a finder of a library's": (
        "class Finder:\n    def find_spec(self, *_): return None\n"
        "sys.meta_path.insert(0, Finder()); import logging"
    ),
}


@pytest.mark.parametrize("code", IMPORTS.values(), ids=IMPORTS.keys())
def test_whoever_imports_logging_finds_the_handler_and_the_watch_has_ended(code: str) -> None:
    assert printed(f"{START}{code}\nprint({HANDLERS}, {WATCHES})") == f"{OURS} False"


def test_a_logging_that_is_there_at_the_start_is_set_up_by_it() -> None:
    assert printed(f"import logging\n{START}print({HANDLERS}, {WATCHES})") == f"{OURS} False"


def test_starting_again_adds_no_second_handler() -> None:
    assert printed(f"{START}import logging\n{START}print({HANDLERS})") == OURS


def test_logging_is_not_imported_for_the_sake_of_being_watched() -> None:
    assert printed(f"logs.watch()\n{START}print('logging' in sys.modules, {WATCHES})") == "False True"


def test_the_module_looks_as_if_nobody_had_watched() -> None:
    told = "(type(logging.__loader__).__name__, logging.__spec__.loader is logging.__loader__)"
    expected = printed(f"import logging\nprint({told})")
    assert printed(f"{START}import logging\nprint({told})") == expected


def test_a_module_of_the_functions_that_is_called_logging_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "logging.py").write_text("mine = True\n")
    code = "sys.path.insert(0, sys.argv[1])\nimport logging\nprint(logging.mine, 'thaw_runtime.log_records' in sys.modules)"
    assert printed(START + code, str(tmp_path)) == "True False"


def test_a_module_that_is_not_there_is_not_found_by_the_watch() -> None:
    code = "try:\n    import nowhere\nexcept ModuleNotFoundError:\n    print('not found')"
    assert printed(START + code) == "not found"


@pytest.mark.parametrize(
    ("level", "expected"),
    [("", 30), ("TRACE", 10), ("DEBUG", 10), ("FATAL", 50), ("WARN", 30), ("NOTSET", 0), ("LOUD", 30)],
)
def test_the_root_has_the_level_that_lambda_names(level: str, expected: int) -> None:
    code = (
        f"logs.start({{'AWS_LAMBDA_LOG_LEVEL': {level!r}}})\nimport logging\nprint(logging.getLogger().level)"
    )
    assert printed(code) == str(expected)


def test_a_level_that_was_cached_before_the_start_is_asked_for_again() -> None:
    code = (
        "logs.watch()\nimport logging\nlog = logging.getLogger('a')\nbefore = log.isEnabledFor(10)\n"
        "logs.start({'AWS_LAMBDA_LOG_LEVEL': 'DEBUG'})\nprint(before, log.isEnabledFor(10))"
    )
    assert printed(code) == "False True"


def test_a_descriptor_that_is_no_number_leaves_the_log_where_it_is() -> None:
    code = "given = {'_LAMBDA_TELEMETRY_LOG_FD': 'x'}\nlogs.start(given)\nlogs.output.sink.log('here')\nprint(given)"
    assert printed(code) == "here{}"
