"""A function's configuration, from layers: each lies over the ones before it.

1. the packaged file, ``config.json`` or ``config.toml`` in the handler's folder
2. an object in S3
3. Parameter Store, then Secrets Manager
4. a file of this machine alone, ``config.local.json``, which is never deployed
5. variables of the environment, ``THAW_CONFIG__database__host``

Every layer is optional. One that cannot be read is a warning in the log, and an error only where something is missing
then; one that is malformed is an error. ``config_sources`` lists the variables that say where the layers are.

Nothing here is imported by a function that does not use it.
"""

import _thread
import os
import sys
import time
from typing import Any, TypeVar, overload

from thaw_runtime.config_binding import Binding, require_class
from thaw_runtime.config_deferral import deferred, settle
from thaw_runtime.config_document import dotted
from thaw_runtime.config_errors import ConfigError
from thaw_runtime.config_sources import Reading, refresh_seconds
from thaw_runtime.config_values import Configuration, Secret

__all__ = ["ConfigError", "Configuration", "Secret", "load"]

_Schema = TypeVar("_Schema")


@overload
def load() -> Configuration: ...
@overload
def load(schema: type[_Schema]) -> _Schema: ...
def load(schema: type[Any] | None = None) -> Any:
    """The configuration, read once for the life of the environment, or again after ``THAW_CONFIG_REFRESH`` seconds.

    In a module that is initialised at build time, the result gets its values when an environment starts.

    Args:
        schema: a frozen dataclass, whose fields are the keys; nested ones are sections. A field without a default has to be
            in one of the layers, and what comes from a secret has to be declared ``Secret[...]``. Default: a
            ``Configuration``, with whatever the layers have.

    Raises:
        ConfigError: a layer is malformed, or a value is missing or of another type.
        TypeError: ``schema`` is not a class that can be read.
    """
    return _ENVIRONMENT.load(schema)


class _Environment:
    """What was read in this execution environment."""

    def __init__(self) -> None:
        self._lock = _thread.allocate_lock()
        self._reading: Reading
        self._read_at = 0.0
        self._bound: dict[type[Any] | None, Any] = {}
        self._deferred: dict[type[Any] | None, Any] = {}

    def load(self, schema: type[Any] | None) -> Any:
        """As the function of that name."""
        if schema not in self._bound and schema is not None:
            require_class(schema)
        if _is_build():
            return self._defer(schema)
        interval = refresh_seconds(os.environ)
        with self._lock:
            if not self._bound:  # an attempt that failed is made again
                self._reading, self._read_at = _read(), time.monotonic()
            elif interval is not None and time.monotonic() - self._read_at >= interval:
                self._read_again()
            if schema not in self._bound:
                self._bound[schema] = _bind(schema, self._reading)
            return self._bound[schema]

    def _read_again(self) -> None:
        self._read_at = time.monotonic()
        try:
            reading = Reading(os.environ)
            if reading.unread:
                raise ConfigError("; ".join(reading.unread))  # noqa: TRY301 - a layer less is no newer configuration
            bound = {schema: _bind(schema, reading) for schema in self._bound}
        except ConfigError as error:
            _warn(f"the configuration stays as it was, because it could not be read again: {error}")
        else:
            self._reading, self._bound = reading, bound

    def _defer(self, schema: type[Any] | None) -> Any:
        if schema not in self._deferred:
            _import_for_later()
            kind = schema or Configuration
            target = deferred(kind, lambda: self._after_restore(schema))
            self._deferred[schema] = target
            hooks: Any = __import__("snapshot_restore_py")
            hooks.register_after_restore(self._fill, target, schema)
        return self._deferred[schema]

    def _after_restore(self, schema: type[Any] | None) -> Any:
        if _is_build():
            raise ConfigError(
                "the configuration is not known while a snapshot is made: load() may be called when the module is "
                "imported, its result is to be used in the handler"
            )
        return self.load(schema)

    def _fill(self, target: Any, schema: type[Any] | None) -> None:
        """Reads in the init phase, which has the whole processor."""
        if os.environ.get("_HANDLER") == "thaw_runtime.rehearsal.answer":
            return  # the build tries the snapshot out; there is nothing to read
        try:
            settle(target, schema or Configuration, self.load(schema))
        except ConfigError as error:
            _warn(f"the configuration is read again when it is first used: {error}")


def _is_build() -> bool:
    return "snapshot_build.main" in sys.modules


def _import_for_later() -> None:
    """Has in the snapshot what reading needs: boto3, where the function brings it."""
    from thaw_runtime.config_remote import load_boto3

    try:
        load_boto3()
    except ConfigError:
        return


def _read() -> Reading:
    reading = Reading(os.environ)
    for line in reading.unread:
        _warn(line)
    return reading


def _bind(schema: type[Any] | None, reading: Reading) -> Any:
    binding = Binding()
    if schema is None:
        result = binding.untyped(reading.tree)
        binding.problems += [f"{dotted(path)} is missing" for path in reading.missing]
    else:
        result = binding.instance(schema, reading.tree)
    if binding.problems:
        raise ConfigError("; ".join([*binding.problems, *reading.unread]))
    for line in binding.unknown:
        _warn(line)
    return result


def _warn(line: str) -> None:
    from thaw_runtime.notices import warn

    warn(__name__, line)


_ENVIRONMENT = _Environment()
