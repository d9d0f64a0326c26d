"""What would make a snapshot wrong, collected while code runs at build time."""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType

OURS = ("snapshot_build.", "thaw_runtime.", "importlib.", "_frozen_importlib")


class Findings:
    """A list of what must not be, each with where it happened.

    Attributes:
        importing: the module that is being preloaded; None while the handler is imported.
        found: one dictionary each: ``kind``, ``what``, ``where`` as lines of code from the outermost inwards, ``module``.
    """

    def __init__(self) -> None:
        self.importing: str | None = None
        self.found: list[dict[str, object]] = []

    def add(self, kind: str, what: str, frame: "FrameType | None" = None) -> None:
        """Notes a finding; ``frame`` is the code at fault, where it is known."""
        finding: dict[str, object] = {
            "kind": kind,
            "what": what,
            "where": stack(frame),
            "module": self.importing,
        }
        if finding not in self.found:
            self.found.append(finding)


def stack(frame: "FrameType | None") -> list[str]:
    """``file:line in name`` of a frame and those that led to it, outermost first, without the build's own."""
    places = []
    while frame is not None:
        module: str = frame.f_globals.get("__name__", "")
        if not f"{module}.".startswith(OURS) and module != "__main__":
            places.append(f"{frame.f_code.co_filename}:{frame.f_lineno} in {frame.f_code.co_name}")
        frame = frame.f_back
    return places[::-1]


def here() -> "FrameType":
    """The frame of the caller's caller."""
    return sys._getframe(2)  # noqa: SLF001 - inspect would stay in the image
