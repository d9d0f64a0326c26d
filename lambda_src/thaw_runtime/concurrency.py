"""Several invocations at a time in one environment, as Lambda Managed Instances ask for.

Imported where Lambda asks for it. The handler has been imported once, in this process; the workers are forks of it, which share
its memory, or threads of it (``THAW_CONCURRENCY=threads``). AWS's own runtime imports the handler in each of its workers.
Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-managed-instances.html
"""

import os
import sys
import time
from _socket import AF_UNIX, SOCK_STREAM, socket

from thaw_runtime import logs
from thaw_runtime.api import RuntimeApi, RuntimeApiError
from thaw_runtime.connection import Connection
from thaw_runtime.loop import serve
from thaw_runtime.settings import SettingsError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, NoReturn

    from thaw_runtime.api import Invocation
    from thaw_runtime.renewal import Renewal
    from thaw_runtime.settings import Settings
    from thaw_runtime.workers import Hands

    Handler = Callable[[Any, Any], Any]

COUNT, KIND = "AWS_LAMBDA_MAX_CONCURRENCY", "THAW_CONCURRENCY"
# Processes and threads that an environment may have.
# Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
MOST = 1024
ATTEMPTS = 5
FIRST_DELAY_SECONDS = 0.1

_INSTEAD = f"do that in the handler, when it is first called, or set {KIND}=threads"


def serve_concurrently(
    count: str, handler: "Handler", settings: "Settings", renewal: "Callable[[], Renewal]"
) -> None:
    """Serves as many invocations at a time as Lambda asks for.

    Args:
        count: as Lambda has it in the environment.
        handler: called in every worker.
        settings: of the environment.
        renewal: looks for what two processes must not share.

    Raises:
        SettingsError: ``count`` is no number of workers, or the function asks for workers of a kind that there is not.
        RuntimeApiError: the Runtime API cannot go on.
    """
    if not (count.isascii() and count.isdecimal() and 0 < int(count) <= MOST):
        raise SettingsError(f"{COUNT} is {count!r}; it must be a number from 1 to {MOST}")
    kind = os.environ.get(KIND) or "processes"
    if kind not in {"processes", "threads"}:
        raise SettingsError(f"{KIND} is {kind!r}; it must be processes or threads")
    _tell(int(count))
    if kind == "threads":
        _serve_in_threads(int(count), handler, settings)
    from thaw_runtime.workers import become_worker

    _warn_of_what_forks_share()
    shared = renewal()
    hands = become_worker(int(count), RuntimeApi(settings.api_host, settings.api_port))
    _redirect_output()
    shared.renew()
    api = WorkersApi(settings.api_host, settings.api_port, hands)
    serve(api.invocations(), handler, api, settings)


class WorkersApi(RuntimeApi):
    """The client of one worker, which outlasts failures of the Runtime API: other workers go on all the same.

    An invocation is asked for up to five times, ever later, as AWS's runtime does; what is not delivered is logged.

    Args:
        hands: is told which invocation the worker has taken, and that it has let go of it.
    """

    __slots__ = ("_address", "_hands")

    def __init__(self, host: str, port: int, hands: "Hands | _NoHands") -> None:
        super().__init__(host, port)
        self._address = (host, port)
        self._hands = hands
        os.register_at_fork(after_in_child=self.forsake)

    def invocations(self) -> "Iterator[Invocation]":
        """As of the superclass.

        Raises:
            RuntimeApiError: five times in a row no invocation came.
            OSError: five times in a row no connection could be made.
        """
        attempts = 0
        while True:
            attempts += 1
            try:
                for invocation in super().invocations():
                    attempts = 1
                    self._hands.take(invocation.request_id)
                    yield invocation
            except (RuntimeApiError, OSError) as error:
                if attempts == ATTEMPTS:
                    self._hands.give_up()
                    raise
                _log(f"{error}; asking again")
                time.sleep(FIRST_DELAY_SECONDS * 2 ** (attempts - 1))
                self._connection = Connection(*self._address)

    def respond(self, *arguments: "Any", **named: "Any") -> None:
        """As of the superclass, but what the Runtime API cannot take is logged."""
        self._outlast(super().respond, arguments, named)

    def stream(self, *arguments: "Any", **named: "Any") -> None:
        """As of the superclass, but what the Runtime API cannot take is logged."""
        self._outlast(super().stream, arguments, named)

    def fail(self, *arguments: "Any", **named: "Any") -> None:
        """As of the superclass, but what the Runtime API cannot take is logged."""
        self._outlast(super().fail, arguments, named)

    def _outlast(
        self, post: "Callable[..., None]", arguments: "tuple[Any, ...]", named: "dict[str, Any]"
    ) -> None:
        try:
            post(*arguments, **named)
        except (RuntimeApiError, OSError) as error:
            _log(str(error))
            self._connection = Connection(*self._address)
        self._hands.let_go()


class _NoHands:
    """Nobody outlives a thread, so that nobody has to be told what was in its hands."""

    def take(self, request_id: str) -> None: ...

    def let_go(self) -> None: ...

    def give_up(self) -> None: ...


def _serve_in_threads(count: int, handler: "Handler", settings: "Settings") -> "NoReturn":
    """Serves in threads; what ends one of them, ``sys.exit`` for example, ends the process, as it does where there is one."""
    from queue import SimpleQueue
    from threading import Thread, local

    class Current(local):
        invocation: "Invocation | None" = None

    ended: SimpleQueue[BaseException] = SimpleQueue()

    def work() -> None:
        api = WorkersApi(settings.api_host, settings.api_port, _NoHands())
        try:
            serve(_without_trace_ids(api), handler, api, settings)
        except BaseException as error:  # noqa: BLE001 - the main thread raises it
            ended.put(error)

    logs.current = Current()  # type: ignore[assignment]
    for number in range(count):
        Thread(target=work, name=f"invocations-{number}", daemon=True).start()
    raise ended.get()


def _without_trace_ids(api: RuntimeApi) -> "Iterator[Invocation]":
    # They are handed over in a variable of the environment, of which all threads have the same.
    for invocation in api.invocations():
        invocation.headers.pop("lambda-runtime-trace-id", None)
        yield invocation


def _redirect_output() -> None:
    """Has what a worker prints go where Lambda wants it: each stream of each worker over a connection of its own."""
    path = os.environ.get("_LAMBDA_TELEMETRY_LOG_FD_PROVIDER_SOCKET")
    if not path:
        return
    for descriptor in (1, 2):
        provider = socket(AF_UNIX, SOCK_STREAM)
        provider.connect(path)
        os.dup2(provider.fileno(), descriptor)
        provider.close()


def _warn_of_what_forks_share() -> None:
    """Says of what the handler's module has made that it does not survive a fork: threads are gone, a connection is everybody's."""
    threading = sys.modules.get("threading")
    if threading is not None and threading.active_count() > 1:
        _log(f"the handler's module has started threads, which no worker has; {_INSTEAD}")
    extension = "thaw_runtime.shutdown" in sys.modules
    if len(_sockets()) > extension:
        _log(f"the handler's module has opened connections, which all workers share; {_INSTEAD}")


def _sockets() -> list[str]:
    found = []
    for name in os.listdir("/proc/self/fd"):
        try:
            target = os.readlink(f"/proc/self/fd/{name}")
        except OSError:
            continue  # of listdir itself
        if target.startswith("socket:") and int(name) > 2:
            found.append(name)
    return found


def _tell(count: int) -> None:
    """What AWS's runtime logs before it starts its workers, where somebody wants to read it."""
    if logs.output.level != "DEBUG":
        return
    import logging

    logging.getLogger().debug(
        {
            "event": "runtime_worker_pool_initializing",
            "workerCount": count,
            "executionEnvironmentMaxConcurrency": count,
        }
    )


def _log(text: str) -> None:
    sys.stderr.write(f"thaw_runtime: {text}\n")
