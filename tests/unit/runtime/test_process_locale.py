"""A process that takes a snapshot up has the locale that its interpreter would have chosen at its start."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

LAMBDA_SRC = Path(__file__).parents[3] / "lambda_src"
OPTIONS = ("-I", "-S", "-X", "utf8")
TOLD = "import _locale, os; print(_locale.setlocale(_locale.LC_ALL), os.environ.get('LC_CTYPE'), _locale.nl_langinfo(_locale.CODESET))"
# As a snapshot's process: it has begun with "C", and its environment has been made another one since.
CHOSEN = f"""
import os, sys
sys.path.insert(0, {str(LAMBDA_SRC)!r})
del os.environ["LC_ALL"]
os.environ.update(each.split("=", 1) for each in sys.argv[1:])
from thaw_runtime import process_locale
process_locale.choose()
{TOLD}
"""
REPEATED = CHOSEN.replace(
    TOLD,
    "print(process_locale.repeat([(process_locale.LC_ALL, 'C'), (process_locale.LC_ALL, 'xx')]))\n" + TOLD,
)
ENVIRONMENTS = [
    {},
    {"LANG": "en_US.UTF-8"},
    {"LANG": "C.UTF-8"},
    {"LANG": "C"},
    {"LANG": "xx_XX"},
    {"LC_ALL": "C"},
    {"LC_ALL": "C.UTF-8"},
    {"LC_ALL": "xx_XX"},
    {"LC_CTYPE": "xx_XX"},
    {"LC_CTYPE": "POSIX"},
    {"LC_CTYPE": "C.UTF-8", "LANG": "xx_XX"},
    {"LC_TIME": "C.UTF-8"},
    {"LC_TIME": "C.UTF-8", "LANG": "xx_XX"},
]


def printed(code: str, *more: str, **variables: str) -> str:
    command = [sys.executable, *OPTIONS, "-c", code, *more]
    return subprocess.run(
        command, env={"PATH": os.defpath, **variables}, capture_output=True, text=True, check=True, timeout=30
    ).stdout


@pytest.mark.parametrize("variables", ENVIRONMENTS, ids=str)
def test_it_is_chosen_as_the_interpreter_chooses_it(variables: dict[str, str]) -> None:
    given = [f"{name}={value}" for name, value in variables.items()]
    assert printed(CHOSEN, *given, LC_ALL="C") == printed(TOLD, **variables)


def test_what_was_set_at_build_time_is_set_again_and_what_is_missing_is_named() -> None:
    assert printed(REPEATED, LC_ALL="C").splitlines() == ["xx", "C C.UTF-8 ANSI_X3.4-1968"]
