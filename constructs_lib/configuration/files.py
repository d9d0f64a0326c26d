"""The files of a configuration: there, well-formed, not too large."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from constructs_lib.asked_once import Place
from constructs_lib.configuration import runtimes_own
from constructs_lib.configuration.errors import (
    ContradictingKeysError,
    FileTooLargeError,
    MalformedFileError,
    MissingFileError,
)


def read(place: Place, prop: str, path: Path) -> Any:
    """The ``Document`` that a file is.

    Args:
        place: of the construct, for messages.
        prop: which of its props names the file.
        path: of the file.

    Raises:
        MissingFileError: it is not there, or not called JSON or TOML.
        FileTooLargeError: it is larger than the runtime reads.
        MalformedFileError: it is not well-formed.
    """
    documents = runtimes_own.module("config_document")
    suffixes = " or ".join(documents.SUFFIXES)
    if path.suffix not in documents.SUFFIXES:
        raise MissingFileError(
            f"{place}: the name of its {prop} does not say what it is",
            received=path,
            allowed=f"a file whose name ends in {suffixes}",
            change="rename it",
        )
    if not path.is_file():
        raise MissingFileError(
            f"{place}: its {prop} does not exist",
            received=path.absolute(),
            allowed=f"an existing file, {suffixes}; relative paths begin at the working directory",
            change=f"correct {prop}, or leave it out",
        )
    size = path.stat().st_size
    if size > documents.MOST_BYTES:
        raise FileTooLargeError(
            f"{place}: its {prop} is too large for a configuration",
            received=f"{path}, {size:,} bytes",
            allowed=f"at most {documents.MOST_BYTES:,} bytes",
            change="put data into an object of its own, and its name into the configuration",
        )
    try:
        return documents.parse(path.read_bytes(), str(path))
    except documents.DocumentError as error:
        raise MalformedFileError(
            f"{place}: its {prop} is malformed",
            received=error,
            allowed="one JSON or TOML object that has each key once, without dates, NaN and infinity",
            change="correct the line",
        ) from None


def tree_of(prop: str, document: Any) -> Any:
    """A document as the tree that the runtime merges."""
    trees = runtimes_own.module("config_tree")
    return trees.node_of(document.values, trees.Origin(prop, document.name, document))


def merged(place: Place, lower: Any, upper: Any) -> Any:
    """One layer over another, as the runtime does it.

    Raises:
        ContradictingKeysError: one has keys where the other has a value.
    """
    errors = runtimes_own.module("config_errors")
    try:
        return runtimes_own.module("config_tree").merged(lower, upper)
    except errors.ConfigError as error:
        raise ContradictingKeysError(
            f"{place}: two of its layers contradict each other",
            received=error,
            allowed="either a value or a section for a key, in all layers",
            change="rename one of the two",
        ) from None


def leaves(tree: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every value with its keys."""
    found: Iterator[tuple[tuple[str, ...], Any]] = runtimes_own.module("config_tree").leaves(tree)
    return found
