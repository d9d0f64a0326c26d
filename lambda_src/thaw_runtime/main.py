"""The start of an execution environment, in the order in which it happens."""

import os
import sys

from thaw_runtime.api import RuntimeApi, RuntimeApiError
from thaw_runtime.authorities import name_authorities
from thaw_runtime.handler import resolve
from thaw_runtime.loop import serve
from thaw_runtime.settings import Settings, SettingsError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn


def main(prepare: "Callable[[], None] | None" = None) -> None:
    """Runs the init phase, then serves invocations until the environment ends.

    Args:
        prepare: called before the handler is looked up; what it raises is the init phase's failure.

    Exits with 1 where the init phase fails or the Runtime API breaks its protocol; Lambda starts a new environment.
    """
    try:
        settings = Settings(os.environ)
        api = RuntimeApi(settings.api_host, settings.api_port)
        _run(settings, api, prepare)
    except (SettingsError, RuntimeApiError, OSError) as error:
        sys.exit(f"thaw_runtime: {error}")


def _run(settings: Settings, api: RuntimeApi, prepare: "Callable[[], None] | None") -> None:
    own = settings.import_path
    sys.path[:] = [*own, *(folder for folder in sys.path if folder not in own)]
    name_authorities()
    try:
        if prepare is not None:
            prepare()
        handler = resolve(settings.handler)
    except Exception as error:  # noqa: BLE001 - whatever a module raises is the init phase's failure
        _fail_init(error, api)
    serve(api.invocations(), handler, api, settings)


def _fail_init(error: Exception, api: RuntimeApi) -> "NoReturn":
    from thaw_runtime.failure import Failure

    failure = Failure.of(error, request_id="")
    failure.log()
    api.fail_init(failure)
    sys.exit(1)
