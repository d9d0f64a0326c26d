"""Places on an axis, and how a time is written."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

LEAST_MS = 0.001
SECOND_MS = 1000


@dataclass(frozen=True)
class Scale:
    """A logarithmic axis from one power of ten milliseconds to another."""

    first: int
    last: int

    @classmethod
    def of(cls, times: Iterable[float]) -> "Scale":
        """The shortest axis that all of these times are on; from 1 to 10 ms where there are none."""
        logarithms = [math.log10(max(time, LEAST_MS)) for time in times] or [0.0]
        first = math.floor(min(logarithms))
        return cls(first, max(math.ceil(max(logarithms)), first + 1))

    def share(self, time: float) -> float:
        """Where a time is: 0 at the beginning of the axis, 1 at its end."""
        return (math.log10(max(time, LEAST_MS)) - self.first) / (self.last - self.first)

    def ticks(self) -> list[float]:
        """The powers of ten, both ends included."""
        return [10.0**exponent for exponent in range(self.first, self.last + 1)]


def written(time: float) -> str:
    """A time in milliseconds with three digits that count, and no fewer before the point: 0.0123, 1.23, 12.3, 1,234."""
    if time >= 99.95:  # noqa: PLR2004 - what is rounded to 100
        return f"{time:,.0f}"
    if time >= 9.995:  # noqa: PLR2004
        return f"{time:.1f}"
    return f"{time:.2f}" if time >= 0.0995 or time == 0 else f"{time:.3g}"  # noqa: PLR2004


def with_unit(time: float) -> str:
    """A tick's label: 100 µs, 10 ms, 1 s."""
    if time >= SECOND_MS:
        return f"{time / SECOND_MS:g}\xa0s"
    return f"{time:g}\xa0ms" if time >= 1 else f"{time * SECOND_MS:g}\xa0µs"
