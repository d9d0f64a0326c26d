"""The daily files of lambda-perf (github.com/maxday/lambda-perf, Apache-2.0), in their form since 2023."""

import re
from datetime import UTC, datetime

import limits
from document import Invalid, Node
from measurement import Measurement, Result, Series

SOURCE = "lambda-perf"
FIELDS = ("r", "d", "p", "m", "a", "i", "ad", "acd", "mu")
DAY = re.compile(r"(?<!\d)\d{4}-\d{2}-\d{2}(?!\d)", re.ASCII)


def read(document: Node, key: str) -> Measurement:
    """Read a daily file.

    Args:
        document: the whole document.
        key: key of the object, which dates a file without metadata.

    Raises:
        Invalid: something in it is not as the format has it.
    """
    fields = document.members(["runtimeData"], ["metadata"])
    results = tuple(read_result(node) for node in fields["runtimeData"].items(1, limits.MOST_RESULTS))
    return Measurement(measured_at(fields.get("metadata"), key), results)


def measured_at(metadata: Node | None, key: str) -> datetime:
    generated = metadata.members([], ["generatedAt"]).get("generatedAt") if metadata else None
    if generated:
        return generated.utc_time()
    days = DAY.findall(key.rpartition("/")[2])
    try:
        return datetime.fromisoformat(days[-1]).replace(tzinfo=UTC)
    except (IndexError, ValueError):
        message = "neither metadata.generatedAt nor the object's name tells the day"
        raise Invalid("bad-time", message) from None


def read_result(node: Node) -> Result:
    fields = node.members(FIELDS)
    package = fields["p"].one_of(*limits.PACKAGES)
    memory = fields["m"].integer(*limits.MEMORY_MB)
    architecture = fields["a"].one_of(*limits.ARCHITECTURES)
    return Result(
        Series(SOURCE, runtime(fields["r"], package, memory, architecture), package, memory, architecture),
        display=fields["d"].text(),
        cold_ms=tuple(item.number(*limits.SAMPLE_MS) for item in fields["i"].items(1, limits.MOST_SAMPLES)),
        memory_used_mb=fields["mu"].number(*limits.MEMORY_USED_MB),
        reported_init_mean_ms=fields["acd"].number(*limits.SAMPLE_MS),
        reported_duration_mean_ms=fields["ad"].number(*limits.SAMPLE_MS),
    )


def runtime(name: Node, package: str, memory_mb: int, architecture: str) -> str:
    """Cut the name of the measured function down to its runtime; the series has the rest already."""
    whole = name.text(200)
    suffix = f"-{package}-{memory_mb}-{architecture}"
    return whole.removeprefix("lambda-perf-").removesuffix(suffix) or whole
