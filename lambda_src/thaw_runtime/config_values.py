"""What a handler gets to see: secrets that do not show themselves, and a mapping that cannot be changed."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, NoReturn, Self, TypeVar

T_co = TypeVar("T_co", covariant=True)


class Secret(Generic[T_co]):
    """A value that has to be asked for by ``reveal()``, and shows itself nowhere else.

    Not in ``repr``, ``str`` or a format, not as JSON, and not in a pickle: those raise an error.
    """

    __slots__ = ("_reveal",)

    _reveal: Callable[[], T_co]

    def __init__(self, value: T_co) -> None:
        # Debuggers and error reporters show attributes; a function shows nothing of what it holds.
        object.__setattr__(self, "_reveal", lambda: value)

    def reveal(self) -> T_co:
        """The value."""
        return self._reveal()

    def __repr__(self) -> str:
        return "Secret(hidden)"

    __str__ = __repr__

    def __format__(self, specification: str) -> str:
        return format(repr(self), specification)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and bool(self._reveal() == other.reveal())

    def __hash__(self) -> int:
        return hash(self._reveal())

    def __bool__(self) -> bool:
        return bool(self._reveal())

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("a secret cannot be changed")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError("a secret cannot be changed")

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _memo: object) -> Self:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret cannot be pickled: it would be readable")


class Configuration(Mapping[str, Any]):
    """A section of the configuration: ``config["database"]["host"]`` or ``config.database.host``.

    Keys that are also methods of a mapping (``items``) or that are no names are read by the first form. Lists are
    tuples, what came from a secret is a ``Secret``. Nothing can be changed.
    """

    __slots__ = ("_path", "_values")

    def __init__(self, values: Mapping[str, Any], path: str = "") -> None:
        object.__setattr__(self, "_values", dict(values))
        object.__setattr__(self, "_path", path)

    def __getitem__(self, key: str) -> Any:
        try:
            return self._values[key]
        except KeyError:
            raise KeyError(self._missing(key)) from None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # what copy, pickle and the like look for
            raise AttributeError(name)
        try:
            return self._values[name]
        except KeyError:
            raise AttributeError(self._missing(name)) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __hash__(self) -> int:
        return hash(frozenset(self._values.items()))

    def __repr__(self) -> str:
        return f"Configuration({self._values!r})"

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"the configuration cannot be changed: {name}")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"the configuration cannot be changed: {name}")

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _memo: object) -> Self:
        return self

    def _missing(self, key: str) -> str:
        section = f"the section {self._path}" if self._path else "the configuration"
        return f"{section} has no key {key!r}; it has {', '.join(sorted(self._values)) or 'none'}"
