"""Finds the handler that a function's configuration names."""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

# CO_COROUTINE and CO_ASYNC_GENERATOR.
# Source: https://docs.python.org/3/library/inspect.html#code-objects-bit-flags
ASYNCHRONOUS = 0x80 | 0x200
# There are objects that have every attribute.
MOST_DECORATORS = 16


class HandlerError(Exception):
    """The handler cannot be found; ``error_type`` is the name Lambda gives to the reason.

    ``stack_trace`` is the place in the user's code, where there is one to show.
    """

    def __init__(self, error_type: str, message: str, stack_trace: "list[str] | None" = None) -> None:
        super().__init__(message)
        self.error_type = error_type
        self.stack_trace = stack_trace or []


def resolve(name: str) -> "Callable[[Any, Any], Any]":
    """Imports the module of ``package/module.function`` and returns the function.

    Raises:
        HandlerError: the name is malformed, or the module cannot be imported, or it has no such attribute.
        Exception: whatever the module's own code raises.
    """
    module_name, separator, function_name = name.rpartition(".")
    if not separator:
        raise HandlerError(
            "Runtime.MalformedHandlerName",
            f"Bad handler '{name}': not enough values to unpack (expected 2, got 1)",
        )
    module = _import(module_name)
    try:
        handler: Callable[[Any, Any], Any] = getattr(module, function_name)
    except AttributeError:
        raise HandlerError(
            "Runtime.HandlerNotFound", f"Handler '{function_name}' missing on module '{module_name}'"
        ) from None
    if _is_asynchronous(handler):
        from thaw_runtime.asynchronous import runner

        return runner(handler)
    return handler


def _is_asynchronous(handler: "Any") -> bool:
    """Whether calls of it are to be awaited, or give an asynchronous generator; the module ``inspect`` would take long to import."""
    partial = getattr(sys.modules.get("functools"), "partial", ())
    while isinstance(handler, partial):
        handler = handler.func
    # Of what decorators have wrapped, and of an instance the call.
    for _ in range(MOST_DECORATORS):
        handler = getattr(handler, "__wrapped__", handler)
    code = getattr(handler, "__code__", None) or getattr(type(handler).__call__, "__code__", None)
    return code is not None and bool(code.co_flags & ASYNCHRONOUS)


def _import(module_name: str) -> object:
    dotted = module_name.replace("/", ".")
    if module_name.partition(".")[0] in sys.builtin_module_names:
        raise HandlerError(
            "Runtime.BuiltInModuleConflict", f"Cannot use built-in module {module_name} as a handler module"
        )
    if dotted.startswith("."):
        raise HandlerError(
            "Runtime.ImportModuleError",
            f"Unable to import module '{module_name}': its name begins with a dot or a slash; it must lead from the task root",
        )
    try:
        __import__(dotted)
    except ImportError as error:
        raise HandlerError(
            "Runtime.ImportModuleError", f"Unable to import module '{module_name}': {error}"
        ) from error
    except SyntaxError as error:
        raise HandlerError(
            "Runtime.UserCodeSyntaxError",
            f"Syntax error in module '{module_name}': {error}",
            [f'  File "{error.filename}" Line {error.lineno}\n    {error.text}'],
        ) from error
    return sys.modules[dotted]
