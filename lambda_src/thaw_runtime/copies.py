"""Environments in which what was initialised once is there several times: a snapshot of Lambda's own, or several workers.

Imported where Lambda says so.
"""

import os

from thaw_runtime.loop import serve
from thaw_runtime.renewal import Renewal
from thaw_runtime.watched import Watched

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from thaw_runtime.api import RuntimeApi
    from thaw_runtime.settings import Settings


def serve_copies(
    initialise: "Callable[[], Callable[[Any, Any], Any]]",
    api: "RuntimeApi",
    settings: "Settings",
    earlier: Renewal | None,
) -> None:
    """Initialises the handler, and serves invocations in every copy of it.

    Args:
        initialise: returns the handler.
        api: of the process that initialises.
        settings: of the environment.
        earlier: of the snapshot of ours that this process took up.

    Raises:
        SettingsError: a variable says how many workers there are to be, or of which kind, in words that nobody knows.
        RuntimeApiError: the Runtime API cannot go on.
    """
    watched = Watched()
    watched.start()
    handler = initialise()
    watched.stop()

    def renewal() -> Renewal:
        return Renewal(watched.generators, earlier=earlier)

    if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start":
        from thaw_runtime.restore import wait

        wait(api, renewal)
    if count := os.environ.get("AWS_LAMBDA_MAX_CONCURRENCY"):
        from thaw_runtime.concurrency import serve_concurrently

        serve_concurrently(count, handler, settings, renewal)
    else:
        serve(api.invocations(), handler, api, settings)
