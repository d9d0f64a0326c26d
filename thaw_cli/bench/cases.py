"""What is compared: an artifact as it is deployed, and AWS's own runtime client on the same interpreter."""

from collections.abc import Mapping
from pathlib import Path

from constructs_lib.bundling import inside, oci
from thaw_cli import tools
from thaw_cli.bench.measure import Case

AWSLAMBDARIC = "awslambdaric 4.2.2"
# What Lambda sets for an OS-only runtime and a runtime client looks at.
LAMBDA_VARIABLES = {
    "AWS_LAMBDA_FUNCTION_NAME": "bench",
    "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
    "AWS_REGION": "eu-north-1",
    "AWS_DEFAULT_REGION": "eu-north-1",
    # Without credentials botocore asks the metadata service of EC2, and waits for it.
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "bench",
    "AWS_SESSION_TOKEN": "bench",
    "LANG": "en_US.UTF-8",
    "TZ": ":UTC",
    "PATH": "/usr/local/bin:/usr/bin:/bin",
}


def artifact_case(name: str, root: Path, handler: str, variables: Mapping[str, str] | None = None) -> Case:
    """A task root, started as Lambda starts it."""
    return Case(name, [root / "bootstrap"], _environment(root, handler, variables), root)


def layered_case(
    name: str, root: Path, layer: Path, handler: str, variables: Mapping[str, str] | None = None
) -> Case:
    """A function's task root, started by its layer."""
    return Case(name, [layer / "bootstrap"], _environment(root, handler, variables), root)


def image_case(name: str, handler: str, variables: Mapping[str, str] | None = None) -> Case:
    """A function made of an image, started as Lambda starts it: the entry finds the handler in its arguments."""
    root = Path(inside.TASK_ROOT)
    environment = _environment(root, handler, variables)
    del environment["_HANDLER"]
    return Case(name, [oci.ENTRYPOINT, root / "bootstrap", handler], environment, root)


def portable_case(name: str, root: Path, handler: str, variables: Mapping[str, str] | None = None) -> Case:
    """The same task root, started as its snapshot does where it cannot be taken up."""
    return Case(name, [root / "thaw" / "bin" / "portable"], _environment(root, handler, variables), root)


def awslambdaric_case(
    root: Path,
    handler: str,
    variables: Mapping[str, str] | None = None,
    *,
    name: str = AWSLAMBDARIC,
    client: Path | None = None,
) -> Case:
    """The same handler and dependencies under awslambdaric, on the interpreter that ``root`` brings along.

    Both sides use the same interpreter, libraries and bytecode; what differs is the runtime and the way in: this one
    starts as its documentation says, ``python -m awslambdaric``, with the site module. ``client`` is the folder that
    has awslambdaric, by default the one that is installed for it.

    Raises:
        ToolUnavailableError: awslambdaric cannot be installed.
    """
    path = [root, root / "thaw" / "packages", client or tools.install("awslambdaric")]
    environment = {
        **_environment(root, handler, variables),
        "PYTHONPATH": ":".join(str(folder) for folder in path),
    }
    command: list[str | Path] = [root / "thaw" / "bin" / "python3", "-m", "awslambdaric", handler]
    return Case(name, command, environment, root)


def _environment(root: Path, handler: str, variables: Mapping[str, str] | None) -> dict[str, str]:
    return {
        **LAMBDA_VARIABLES,
        "_HANDLER": handler,
        "LAMBDA_TASK_ROOT": str(root),
        **(variables or {}),
    }
