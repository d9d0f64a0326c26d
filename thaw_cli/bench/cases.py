"""What is compared: an artifact as it is deployed, and AWS's own runtime client on the same interpreter."""

from collections.abc import Mapping
from pathlib import Path

from thaw_cli import tools
from thaw_cli.bench.measure import Case

AWSLAMBDARIC = "awslambdaric 4.2.2"


def artifact_case(name: str, root: Path, handler: str, variables: Mapping[str, str] | None = None) -> Case:
    """A task root, started as Lambda starts it."""
    return Case(name, [root / "bootstrap"], _environment(root, handler, variables), root)


def awslambdaric_case(
    root: Path, handler: str, variables: Mapping[str, str] | None = None, *, name: str = AWSLAMBDARIC
) -> Case:
    """The same handler and dependencies under awslambdaric, on the interpreter that ``root`` brings along.

    Both sides use the same interpreter, libraries and bytecode; what differs is the runtime and the way in: this one
    starts as its documentation says, ``python -m awslambdaric``, with the site module.

    Raises:
        ToolUnavailableError: awslambdaric cannot be installed.
    """
    path = [root, root / "thaw" / "packages", tools.install("awslambdaric")]
    environment = {
        **_environment(root, handler, variables),
        "PYTHONPATH": ":".join(str(folder) for folder in path),
    }
    command: list[str | Path] = [root / "thaw" / "bin" / "python3", "-m", "awslambdaric", handler]
    return Case(name, command, environment, root)


def _environment(root: Path, handler: str, variables: Mapping[str, str] | None) -> dict[str, str]:
    # What Lambda sets for an OS-only runtime and a runtime client looks at.
    return {
        "_HANDLER": handler,
        "LAMBDA_TASK_ROOT": str(root),
        "AWS_LAMBDA_FUNCTION_NAME": "bench",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
        "AWS_REGION": "eu-north-1",
        "AWS_DEFAULT_REGION": "eu-north-1",
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        **(variables or {}),
    }
