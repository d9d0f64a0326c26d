"""Where the log of an environment goes and in which form, without ``logging``: that is for handlers to import.

As soon as somebody imports it, ``log_records`` is called, so that the first line of a handler's module after ``import
logging`` finds what AWS's own runtime has put there.
Source: https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html
"""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import MutableMapping, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any

    from thaw_runtime.api import Invocation
    from thaw_runtime.telemetry import TelemetrySink

# The descriptor that Lambda's managed runtimes get for their log; nobody else is told of it.
DESCRIPTOR = "_LAMBDA_TELEMETRY_LOG_FD"


class StandardSink:
    """The log as standard output, which Lambda cuts into events at line ends."""

    __slots__ = ()

    def log(self, message: str, _frame_type: bytes | None = None) -> None:
        """Writes text as it is. What a closed or broken stdout does not take is lost, and nothing else is."""
        try:
            try:
                sys.stdout.write(message)
            except UnicodeEncodeError:  # a lone surrogate
                sys.stdout.write(message.encode("utf-8", "backslashreplace").decode())
        except (OSError, ValueError, AttributeError):
            return

    def log_record(self, text: str, _level: int | None, *, is_json: bool) -> None:  # noqa: ARG002 - frames tell it
        """Writes what was made of a record, as lines of its own.

        AWS's runtime writes no line end after a traceback, nor after what a formatter of the user's makes, and on standard
        output the next record then goes on in that line.
        """
        self.log(text if text.endswith("\n") else text + "\n")

    def log_error(self, lines: "Sequence[str]", *, is_json: bool) -> None:  # noqa: ARG002 - frames tell it
        """Writes lines as one event, as AWS's runtime does: with carriage returns between them."""
        # A lone surrogate has no UTF-8; standard output may write it all the same, as a byte.
        self.log("\r".join(lines).encode("utf-8", "backslashreplace").decode() + "\n")


class Output:
    """The log of this environment.

    Attributes:
        is_json: whether every record is to be a JSON document.
        level: of the root logger, in the words of ``logging``; empty where Lambda names none.
        sink: what writes it.
        started: False while a snapshot is being made, whose environment is not the one that it will run in.
    """

    __slots__ = ("is_json", "level", "sink", "started")

    def __init__(self) -> None:
        self.is_json = False
        self.level = ""
        self.sink: StandardSink | TelemetrySink = StandardSink()
        self.started = False


class Current:
    """The invocation that is being handled, else the last one; whoever handles several at once puts a thread's own in place."""

    __slots__ = ("invocation",)

    def __init__(self) -> None:
        self.invocation: Invocation | None = None


output = Output()
current = Current()


def start(environment: "MutableMapping[str, str]") -> None:
    """Reads what the environment says of its log, and takes the descriptor out of it; ``logging`` is set up by that."""
    output.is_json = environment.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON"
    level = environment.get("AWS_LAMBDA_LOG_LEVEL", "").upper()
    # Lambda's level that logging does not know.
    output.level = "DEBUG" if level == "TRACE" else level
    descriptor = environment.get(DESCRIPTOR)
    if descriptor is not None:
        del environment[DESCRIPTOR]
        _open(descriptor)
    output.started = True
    if "logging" in sys.modules:
        from thaw_runtime import log_records

        log_records.set_up()
    else:
        watch()


def watch() -> None:
    """Has ``logging`` set up right after it is imported for the first time."""
    if _watch not in sys.meta_path:
        sys.meta_path.insert(0, _watch)


def _open(descriptor: str) -> None:
    if descriptor.isdecimal():
        from thaw_runtime.telemetry import TelemetrySink

        output.sink = TelemetrySink(int(descriptor), StandardSink())


class _Watch:
    """Asked for every module before the finders of the import system, until it has loaded ``logging`` as they would have."""

    __slots__ = ("_loader",)

    def find_spec(self, name: str, path: "Any" = None, target: "Any" = None) -> "ModuleSpec | None":
        if name != "logging":
            return None
        for finder in sys.meta_path[sys.meta_path.index(self) + 1 :]:
            if (spec := finder.find_spec(name, path, target)) is not None:
                self._loader: Any = spec.loader
                spec.loader = self  # type: ignore[assignment]  # importlib.abc is on no cold start's bill
                return spec
        return None

    def create_module(self, spec: "ModuleSpec") -> "ModuleType | None":
        module: ModuleType | None = self._loader.create_module(spec)
        return module

    def exec_module(self, module: "ModuleType") -> None:
        module.__loader__ = self._loader
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        if self in sys.meta_path:
            sys.meta_path.remove(self)
        self._loader.exec_module(module)
        if hasattr(module, "Formatter"):  # a function may have a module of that name
            from thaw_runtime import log_records

            log_records.set_up()


_watch = _Watch()
