"""This project's own result format, ``thaw-bench/1``, as ``thaw bench --json`` writes it."""

import json

import limits
from document import Node
from measurement import Condition, Measurement, Result, Series

FORMAT = "thaw-bench/1"
SOURCE = "thaw-bench"
RESULT_FIELDS = (
    *("runtime", "display", "package", "memory_mb", "architecture"),
    *("cold_ms", "warm_ms", "memory_used_mb"),
)


def read(document: Node) -> Measurement:
    """Read a result document whose ``format`` is known to be ``thaw-bench/1``.

    Raises:
        Invalid: something in it is not as the format has it.
    """
    fields = document.members(["format", "measured_at", "conditions", "results"])
    return Measurement(
        fields["measured_at"].utc_time(),
        tuple(read_result(node) for node in fields["results"].items(1, limits.MOST_RESULTS)),
        read_conditions(fields["conditions"]),
    )


def read_conditions(node: Node) -> dict[str, Condition]:
    conditions = {
        Node(name, member.path).text(): read_condition(member) for name, member in node.mapping().items()
    }
    if len(json.dumps(conditions)) > limits.CONDITIONS_BYTES:
        node.fail("out-of-range", f"expected at most {limits.CONDITIONS_BYTES} bytes as ASCII JSON")
    return conditions


def read_condition(node: Node) -> Condition:
    if isinstance(node.value, str):
        return node.text(1000)
    number = node.number(-limits.CONDITION_NUMBER, limits.CONDITION_NUMBER)
    return int(node.value) if isinstance(node.value, int) else number


def read_result(node: Node) -> Result:
    fields = node.members(RESULT_FIELDS)
    used = fields["memory_used_mb"]
    return Result(
        Series(
            SOURCE,
            fields["runtime"].text(),
            fields["package"].one_of(*limits.PACKAGES),
            fields["memory_mb"].integer(*limits.MEMORY_MB),
            fields["architecture"].one_of(*limits.ARCHITECTURES),
        ),
        display=fields["display"].text(),
        cold_ms=samples(fields["cold_ms"], least=1),
        warm_ms=samples(fields["warm_ms"], least=0),
        memory_used_mb=None if used.value is None else used.number(*limits.MEMORY_USED_MB),
    )


def samples(node: Node, least: int) -> tuple[float, ...]:
    return tuple(item.number(*limits.SAMPLE_MS) for item in node.items(least, limits.MOST_SAMPLES))
