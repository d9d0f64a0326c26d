"""What a function does between a response and the next event.

For handlers: ``from thaw_runtime import after``. ``after.defer(function)`` in an invocation has the function called once its
response has been delivered; ``after.register(function)`` has it called after every one. The caller does not wait for it; but the
environment takes no event meanwhile, the time is billed, and it counts towards the function's timeout. A function may be
asynchronous: it is awaited on the loop that asynchronous handlers run on.
"""

from _thread import get_ident

from thaw_runtime import loop
from thaw_runtime.hooks import call

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    from thaw_runtime.api import Invocation
    from thaw_runtime.hooks import Hook

    Function = TypeVar("Function", bound=Callable[..., object])

_registered: "list[Hook]" = []
# By thread, since an environment may serve several invocations at a time, each in one.
_deferred: "dict[int, list[Hook]]" = {}


def register(function: "Function", *arguments: "Any", **named: "Any") -> "Function":
    """Has a function called after every response and every report of a failure, in the order of registration; also a decorator."""
    _registered.append((function, arguments, named))
    return function


def defer(function: "Callable[..., object]", *arguments: "Any", **named: "Any") -> None:
    """Has a function called after the response of the present invocation; from the handler's own thread."""
    _deferred.setdefault(get_ident(), []).append((function, arguments, named))


def run(invocation: "Invocation", *_: object) -> None:
    """Calls what is due; what a function raises is logged under the invocation's id, and the next is called."""
    for hook in [*_deferred.pop(get_ident(), ()), *_registered]:
        try:
            call(hook)
        except Exception as error:  # noqa: BLE001 - the response has been delivered
            from thaw_runtime.failure import Failure

            Failure.of(error, invocation.request_id).log()


loop.steps.append(run)
