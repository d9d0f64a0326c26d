"""What an image from a Dockerfile starts, and whether it can be known before it is built."""

from pathlib import Path

from constructs_lib.asked_once import Place
from constructs_lib.functions.dockerfile import SCRATCH, Command, Stage
from constructs_lib.functions.errors import ImageEntryError

_Program = tuple[tuple[str, ...], tuple[str, ...]]


def check(place: Place, path: Path, stage: Stage, command: Command) -> None:
    """Refuses an image that surely starts nothing. One with a base may have all from there.

    Args:
        place: of the function.
        path: of the Dockerfile.
        stage: that becomes the image.
        command: what the function starts.

    Raises:
        ImageEntryError: FROM scratch, and nothing to start, or something for a shell.
    """
    if _is_from_scratch(stage):
        _words(place, path, command)


def program(place: Place, path: Path, stage: Stage, command: Command) -> _Program:
    """ENTRYPOINT and CMD of an image, to be started by the entry.

    Args:
        place: of the function.
        path: of the Dockerfile.
        stage: that becomes the image.
        command: what the function starts.

    Raises:
        ImageEntryError: they are not all in the Dockerfile, are for a shell, or the program has no absolute path.
    """
    if command.entrypoint is None and not _is_from_scratch(stage):
        raise _unclear(
            place,
            f"emulator, and no ENTRYPOINT in {path}: what {stage.root.base} starts is not known here",
            "an ENTRYPOINT in the Dockerfile; [] where CMD is the whole command",
        )
    entrypoint, arguments = _words(place, path, command)
    if not (first := (*entrypoint, *arguments)[0]).startswith("/"):
        raise _unclear(place, f"emulator, and the program {first} in {path}", "an absolute path")
    return entrypoint, arguments


def _is_from_scratch(stage: Stage) -> bool:
    return stage.root.base.lower() == SCRATCH


def _words(place: Place, path: Path, command: Command) -> _Program:
    entrypoint, arguments = command.entrypoint or (), command.arguments or ()
    for words in (entrypoint, arguments):
        if isinstance(words, str):
            raise _unclear(
                place,
                f"{words}, for a shell, in {path}",
                "the words as a list in JSON: an image need not have a /bin/sh",
            )
    if not (*entrypoint, *arguments):
        raise _unclear(
            place,
            f"neither ENTRYPOINT nor CMD in {path}",
            "an image that starts a client of Lambda's runtime API",
        )
    return tuple(entrypoint), tuple(arguments)


def _unclear(place: Place, received: str, allowed: str) -> ImageEntryError:
    return ImageEntryError(
        f"{place}: it is not clear what its image starts",
        received=received,
        allowed=allowed,
        change='write ENTRYPOINT ["/path/of/the/program", "its", "arguments"]',
    )
