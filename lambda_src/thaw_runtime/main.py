"""The start of an execution environment, in the order in which it happens."""

import os
import sys

from thaw_runtime import logs
from thaw_runtime.api import RuntimeApi, RuntimeApiError
from thaw_runtime.authorities import name_authorities
from thaw_runtime.handler import resolve
from thaw_runtime.loop import serve
from thaw_runtime.settings import Settings, SettingsError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn

    from thaw_runtime.renewal import Renewal


def main(
    prepare: "Callable[[], None] | None" = None,
    renewal: "Renewal | None" = None,
    *,
    wrapped: bool = False,
) -> None:
    """Runs the init phase, then serves invocations until the environment ends.

    Args:
        prepare: called before the handler is looked up; what it raises is the init phase's failure.
        renewal: of the snapshot that this process took up.
        wrapped: whether the program that the function's configuration puts in front of the runtime had its turn.

    Exits with 1 where the init phase fails or the Runtime API breaks its protocol; Lambda starts a new environment.
    """
    try:
        if not wrapped and "AWS_LAMBDA_EXEC_WRAPPER" in os.environ:
            from thaw_runtime.wrapper import hand_over

            hand_over()
        settings = Settings(os.environ)
        api = RuntimeApi(settings.api_host, settings.api_port)
        os.register_at_fork(after_in_child=api.forsake)
        _run(settings, api, prepare, renewal)
    except (SettingsError, RuntimeApiError, OSError) as error:
        sys.exit(f"thaw_runtime: {error}")


def _run(
    settings: Settings, api: RuntimeApi, prepare: "Callable[[], None] | None", renewal: "Renewal | None"
) -> None:
    own = settings.import_path
    sys.path[:] = [*own, *(folder for folder in sys.path if folder not in own)]
    name_authorities()
    logs.start(os.environ)
    show_agents()
    snap_start = os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start"
    # Lambda sets it, and where it is empty nothing is asked for.
    if snap_start or os.environ.get("AWS_LAMBDA_MAX_CONCURRENCY"):
        from thaw_runtime.copies import serve_copies

        serve_copies(lambda: _initialise(settings, api, prepare), api, settings, renewal)
    else:
        handler = _initialise(settings, api, prepare)
        serve(api.invocations(), handler, api, settings)


def show_agents() -> None:
    """Lets agents find in ``__main__`` what they replace of AWS's own runtime; nothing is imported before one looks for it."""
    vars(sys.modules["__main__"])["__getattr__"] = _of_aws


def _of_aws(name: str) -> object:
    if name != "bootstrap":
        raise AttributeError(f"module '__main__' has no attribute '{name}'")
    from thaw_runtime import agents

    return agents


def _initialise(
    settings: Settings, api: RuntimeApi, prepare: "Callable[[], None] | None"
) -> "Callable[[Any, Any], Any]":
    try:
        if prepare is not None:
            prepare()
        handler = resolve(settings.handler)
    except Exception as error:  # noqa: BLE001 - whatever a module raises is the init phase's failure
        _fail_init(error, api)
    # For functions that have something to do when the environment ends.
    if (shutdown := sys.modules.get("thaw_runtime.shutdown")) is not None:
        shutdown.listen(settings)
    return handler


def _fail_init(error: Exception, api: RuntimeApi) -> "NoReturn":
    from thaw_runtime.failure import Failure

    failure = Failure.of(error, request_id="")
    failure.log()
    agents = sys.modules.get("thaw_runtime.agents")
    (api if agents is None else agents.LambdaRuntimeClient(api)).fail_init(failure)
    sys.exit(1)
