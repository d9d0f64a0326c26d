"""What was written lately, kept to be sent again: writing a page takes ten times as long as asking whether it is still right."""

from collections.abc import Callable, Iterator

MOST_CHARACTERS = 4_000_000


class Kept:
    """Texts in parts by their entity tags, so that what is kept is never out of date; the oldest make room.

    Args:
        most: how many characters to keep.
    """

    def __init__(self, most: int = MOST_CHARACTERS) -> None:
        self._most = most
        self._texts: dict[str, list[str]] = {}

    def parts(self, tag: str, write: Callable[[], Iterator[str]]) -> Iterator[str]:
        """The parts of a text, as they are written where it is not kept. Only a text that was taken whole is kept."""
        if tag in self._texts:
            yield from self._texts[tag]
            return
        written = []
        for part in write():
            written.append(part)
            yield part
        if size(written) > self._most:
            return
        self._texts[tag] = written
        while sum(map(size, self._texts.values())) > self._most:
            del self._texts[next(iter(self._texts))]


def size(parts: list[str]) -> int:
    return sum(map(len, parts))
