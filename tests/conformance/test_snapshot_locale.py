"""A process that takes a snapshot up has the locale of its own system and environment, and not the build's."""

import json
from pathlib import Path
from typing import Any

import pytest
from initialised import PORTABLE, RUNS_CODE, initialised
from runtime_api import Environment, RuntimeApi
from snapshots import inside

from constructs_lib.bundling import Artifact
from tests import builds

# What Lambda has, and a build has not.
LOCALES = "--at=/usr/lib/locale=/usr/lib/locale"
ALL = "import locale\nresult = locale.setlocale(locale.LC_ALL)"
CTYPE = "import locale\nresult = locale.setlocale(locale.LC_CTYPE)"
# By what code at build time does: what it is then, with variables.
SET = {
    "nothing": ("", {}, "C.UTF-8"),
    "nothing, and Lambda has another locale": ("", {"LC_ALL": "POSIX"}, "C"),
    "the one of the environment": (
        "import locale\nlocale.setlocale(locale.LC_ALL, '')\n",
        {"LC_ALL": "C.UTF-8"},
        "C.UTF-8",
    ),
    "C": ("import locale\nlocale.setlocale(locale.LC_ALL, 'C')\n", {}, "C"),
}


def taken_up(artifact: Artifact, code: str, *mounts: str, **variables: str) -> tuple[Any, str]:
    """What is reported by a process that takes the artifact up, what the code calls its result above all; and stderr."""
    command = [*inside(artifact.root, "start"), *mounts, "/var/task/bootstrap"]
    given = {
        "LAMBDA_TASK_ROOT": "/var/task",
        "LANG": "en_US.UTF-8",
        "_HANDLER": "handler.handle",
        **variables,
    }
    with RuntimeApi() as api:
        given["AWS_LAMBDA_RUNTIME_API"] = api.address
        with Environment(command, given, artifact.root) as started:
            api.send(json.dumps(code).encode())
            report = api.await_report()
        return json.loads(report.body), started.output()[1]


def made(folder: Path, code: str) -> Artifact:
    # Of the build's environment, in which the locale "" is that one.
    source = builds.function(folder, handler=code + RUNS_CODE)
    return initialised(source, environment={"LC_ALL": "C"})


@pytest.mark.parametrize(("code", "variables", "expected"), SET.values(), ids=SET.keys())
def test_the_locale_is_what_the_environment_and_the_module_say(
    code: str, variables: dict[str, str], expected: str, tmp_path: Path
) -> None:
    artifact = made(tmp_path / "function", code)
    assert taken_up(artifact, CTYPE, LOCALES, **variables) == (expected, "")


def test_where_the_system_has_no_locales_it_is_c(tmp_path: Path) -> None:
    assert taken_up(made(tmp_path / "function", ""), ALL) == ("C", "")


def test_a_locale_that_the_module_set_and_the_system_lacks_is_a_matter_of_the_portable_start(
    tmp_path: Path,
) -> None:
    code = "import locale\nlocale.setlocale(locale.LC_ALL, '')\n"
    failure, said = taken_up(made(tmp_path / "function", code), ALL, LOCALES, LC_ALL="xx_XX")
    assert (failure["errorMessage"], PORTABLE in said) == ("unsupported locale setting", True)
