"""A mistake in an application comes out as a message and the line that made it, without a stack trace."""

import os
import subprocess
import sys
from pathlib import Path

from tests.synthesis import ROOT

APPLICATION = """\
import aws_cdk as cdk
from constructs_lib import CustomRuntimeFunction, reported
from pathlib import Path

app = cdk.App()
with reported():
    stack = cdk.Stack(app, "Stack")
    CustomRuntimeFunction(stack, "Hello", source=Path("absent"), handler="handler.handle", memory_size=64)
"""


def test_a_mistake_ends_the_program_with_its_message_and_its_line(tmp_path: Path) -> None:
    script = tmp_path / "application.py"
    script.write_text(APPLICATION)
    done = subprocess.run(
        [sys.executable, script],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "THAW058: Stack/Hello" in done.stderr
    assert f"  at: {script}:8" in done.stderr
    assert "Traceback" not in done.stderr
