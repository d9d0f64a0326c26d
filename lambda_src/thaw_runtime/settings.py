"""What Lambda tells a custom runtime through the environment, read once.

Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
"""

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class SettingsError(Exception):
    """A variable that Lambda always sets is missing or malformed: this process was not started by Lambda."""


class Settings:
    """The settings of one execution environment.

    Attributes:
        api_host, api_port: where the Runtime API listens.
        ascii_only: whether results are written without characters beyond ASCII, as AWS's runtime writes them everywhere but
            in managed runtimes from Python 3.12 on, whose name an environment may bear.
        handler: ``module.function``, as configured for the function.
        import_path: folders that come before the standard library: task root, dependencies of the function, dependencies
            beside the runtime where that is in a layer, layers.
        function_name, function_version, memory_limit_in_mb, log_group_name, log_stream_name: as the handler's
            context shows them; text, or None where Lambda does not set the variable.

    Raises:
        SettingsError: ``AWS_LAMBDA_RUNTIME_API`` is missing or is not ``host:port``.
    """

    __slots__ = (
        "api_host",
        "api_port",
        "ascii_only",
        "function_name",
        "function_version",
        "handler",
        "import_path",
        "log_group_name",
        "log_stream_name",
        "memory_limit_in_mb",
    )

    def __init__(self, environment: "Mapping[str, str]") -> None:
        self.api_host, self.api_port = _address(environment)
        self.ascii_only = not _names_python_312_or_later(environment.get("AWS_EXECUTION_ENV", ""))
        self.handler = environment.get("_HANDLER", "")
        self.import_path = _import_path(environment)
        self.function_name = environment.get("AWS_LAMBDA_FUNCTION_NAME")
        self.function_version = environment.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.memory_limit_in_mb = environment.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.log_group_name = environment.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = environment.get("AWS_LAMBDA_LOG_STREAM_NAME")


def _address(environment: "Mapping[str, str]") -> tuple[str, int]:
    value = environment.get("AWS_LAMBDA_RUNTIME_API")
    if not value:
        raise SettingsError(
            "AWS_LAMBDA_RUNTIME_API is not set; Lambda sets it, and so does the Runtime Interface Emulator "
            "(thaw invoke runs a function under it)"
        )
    host, separator, port = value.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not (separator and host and value.isascii() and port.isdigit() and 0 < int(port) < 1 << 16):
        raise SettingsError(f"AWS_LAMBDA_RUNTIME_API is {value!r}; it must be host:port, like 127.0.0.1:9001")
    return host, int(port)


def _names_python_312_or_later(name: str) -> bool:
    minor = name.removeprefix("AWS_Lambda_python3.")
    return minor != name and minor.isdecimal() and int(minor) >= 12


def _import_path(environment: "Mapping[str, str]") -> list[str]:
    # Dependencies lie in the folder `thaw`, apart from the handler's files. sys.prefix is the one beside the runtime, which a
    # function may have in a layer; what it brings itself then comes first.
    task_root = environment.get("LAMBDA_TASK_ROOT") or os.path.dirname(sys.prefix)
    own, shared = task_root + "/thaw/packages", sys.prefix + "/packages"
    brings_own = own != shared and os.path.isdir(own)
    return [task_root, *([own] if brings_own else []), shared, *_layers()]


def _layers() -> list[str]:
    # Where layers for Python put their packages; an environment without layers has no /opt/python.
    if not os.path.isdir("/opt/python"):
        return []
    version = sys.version_info
    return ["/opt/python", f"/opt/python/lib/python{version[0]}.{version[1]}/site-packages"]
