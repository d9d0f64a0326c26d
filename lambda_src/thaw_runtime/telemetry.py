"""The log as frames on a descriptor, as Lambda takes it from its managed runtimes.

A frame is its type (4 bytes), the length of its text (4), the time in microseconds since 1970 (8), all of them big-endian,
and the text in UTF-8. Imported where Lambda names the descriptor.
"""

import os
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from thaw_runtime.logs import StandardSink

# Of text without a level. The next levels follow with a gap; JSON has the number below that of text.
TEXT = 0xA55A0003
ERROR = 40


class TelemetrySink:
    """Writes to the descriptor; to standard output from when that fails, as a handler may have closed it.

    Args:
        descriptor: open for writing.
        substitute: for when it is not.
    """

    __slots__ = ("_descriptor", "_substitute")

    def __init__(self, descriptor: int, substitute: "StandardSink") -> None:
        self._descriptor = descriptor
        self._substitute = substitute

    def log(self, message: str, frame_type: bytes | None = None) -> None:
        """Writes text as one event."""
        text = message.encode("utf-8", "backslashreplace")
        header = frame_type or TEXT.to_bytes(4, "big")
        frame = header + len(text).to_bytes(4, "big") + (time.time_ns() // 1000).to_bytes(8, "big") + text
        try:
            written = os.write(self._descriptor, frame)
            while written < len(frame):
                written += os.write(self._descriptor, frame[written:])
        except OSError:
            self._substitute.log(message)

    def log_record(self, text: str, level: int | None, *, is_json: bool) -> None:
        """Writes what was made of a record; without a level, as text that has none."""
        self.log(text, None if level is None else frame_type(level, is_json=is_json))

    def log_error(self, lines: "Sequence[str]", *, is_json: bool) -> None:
        """Writes lines as one event, which may have line ends in it here."""
        self.log("\n".join(lines), frame_type(ERROR, is_json=is_json))


def frame_type(level: int, *, is_json: bool) -> bytes:
    """The type of a frame with a record of this level."""
    tens = level // 10
    return (TEXT + (4 * (tens + 1) if tens else 0) - is_json).to_bytes(4, "big")
