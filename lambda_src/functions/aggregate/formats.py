"""Recognises a result document and reads it."""

import lambda_perf
import thaw_bench
from document import Invalid, Node, decode
from measurement import Measurement, Series


def parse(body: bytes, key: str) -> Measurement:
    """Read a document of any known format.

    Args:
        body: the object's bytes.
        key: the object's key, which dates a lambda-perf file without metadata.

    Raises:
        Invalid: the document is damaged, of no known format, or not as its format has it. Nothing else is
            raised, whatever the bytes.
    """
    document = decode(body)
    fields = document.mapping()
    if "runtimeData" in fields:
        return distinct(lambda_perf.read(document, key), fields["runtimeData"])
    if "format" not in fields:
        allowed = f'neither "runtimeData" (lambda-perf) nor "format" ({thaw_bench.FORMAT}) is there'
        document.fail("unknown-format", allowed)
    if fields["format"].value != thaw_bench.FORMAT:
        fields["format"].fail("unknown-format", f"the only known format is {thaw_bench.FORMAT}")
    return distinct(thaw_bench.read(document), fields["results"])


def distinct(measurement: Measurement, results: Node) -> Measurement:
    seen: set[Series] = set()
    for index, result in enumerate(measurement.results):
        if result.series in seen:
            message = f"{result.series} has a result in this document already"
            raise Invalid("duplicate-series", message, f"{results.path}[{index}]")
        seen.add(result.series)
    return measurement
