"""``thaw image`` and a function for it."""

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from thaw_cli.main import main as thaw

CODE = """
import os

def handle(event, context):
    print("a line of the log")
    return {"event": event, "variable": os.environ.get("NAME"), "folder": os.getcwd(), "root": sorted(os.listdir("/"))}

def fails(event, context):
    raise LookupError("no such thing")

def writes(event, context):
    with open("/tmp/file", "w") as file:
        file.write("kept for a while")
    with open("/var/task/file", "w"):
        pass
"""
PORTABLE = ("--start", "portable")


def call(command: str, source: Path, *arguments: str | Path, handler: str = "handler.handle") -> Result:
    """``thaw image`` with a portable start."""
    told = [str(argument) for argument in (*PORTABLE, *arguments)]
    return CliRunner().invoke(thaw, ["image", command, str(source), "--handler", handler, *told])


def document(result: Result) -> Any:
    """What a command that succeeds tells with ``--json``."""
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)
