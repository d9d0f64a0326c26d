"""Functions of the user's that are called around restores and after responses."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    # A function with its arguments, as snapshot_restore_py keeps them.
    Hook = tuple[Callable[..., object], Sequence[Any], Mapping[str, Any]]


def call(hook: "Hook") -> None:
    """Calls a function, and awaits what it leaves to be awaited, on the loop that asynchronous handlers run on.

    Raises:
        BaseException: whatever it raises.
    """
    function, arguments, named = hook
    result: Any = function(*arguments, **named)
    if hasattr(type(result), "__await__"):
        from thaw_runtime.asynchronous import run

        run(result)
