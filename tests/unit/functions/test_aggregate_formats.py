"""What result documents are taken in, and how the others are refused."""

import json
import math
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from observatory import LAMBDA_PERF, SAMPLE, bench
from task_root import TaskRoot

aggregate = TaskRoot("aggregate")
parse, Invalid = aggregate.formats.parse, aggregate.document.Invalid

DELETED = object()


def changed(document: bytes, *path: Any, to: Any) -> bytes:
    """The document with one value replaced or, with ``DELETED``, taken out."""
    whole = json.loads(document)
    inner = whole
    for step in path[:-1]:
        inner = inner[step]
    if to is DELETED:
        del inner[path[-1]]
    else:
        inner[path[-1]] = to
    return json.dumps(whole).encode()


def refused(body: bytes, key: str = "results/run.json") -> tuple[str, str]:
    with pytest.raises(Invalid) as caught:
        parse(body, key)
    return caught.value.reason, caught.value.path


def test_a_lambda_perf_file_is_dated_by_its_metadata() -> None:
    assert parse(SAMPLE.read_bytes(), "results/2020-01-01.json").measured_at == datetime(
        2026, 8, 18, 14, 0, 43, 289000, tzinfo=UTC
    )


def test_a_lambda_perf_file_without_metadata_is_dated_by_its_name() -> None:
    body = changed(SAMPLE.read_bytes(), "metadata", to=DELETED)
    assert parse(body, "results/2019/2026-08-19.json").measured_at == datetime(2026, 8, 19, tzinfo=UTC)


@pytest.mark.parametrize("key", ["results/run.json", "results/2026-13-01.json", "2026-08-19/run.json"])
def test_a_lambda_perf_file_that_nothing_dates_is_refused(key: str) -> None:
    assert refused(changed(SAMPLE.read_bytes(), "metadata", to={}), key) == ("bad-time", "$")


def test_a_lambda_perf_function_name_is_cut_down_to_its_runtime() -> None:
    series = [str(result.series) for result in parse(SAMPLE.read_bytes(), "").results]
    assert series == [
        "lambda-perf/swift62_on_provided_al2/zip/1024/arm64",
        "lambda-perf/python313/image/128/x86_64",
    ]


def test_a_lambda_perf_average_is_no_sample() -> None:
    result = parse(SAMPLE.read_bytes(), "").results[0]
    assert (result.warm_ms, result.reported_duration_mean_ms, result.reported_init_mean_ms) == (
        (),
        6.655,
        110.519,
    )


@pytest.mark.skipif(not LAMBDA_PERF.is_dir(), reason="the public result files are not here")
def test_every_public_daily_file_is_taken_in_whole() -> None:
    files = sorted(LAMBDA_PERF.glob("*.json"))
    counts = [len(parse(file.read_bytes(), file.name).results) for file in files]
    assert counts == [len(json.loads(file.read_bytes())["runtimeData"]) for file in files]


def test_our_own_format_is_taken_in_field_by_field() -> None:
    measurement = parse(bench(), "results/run.json")
    expected = aggregate.measurement.Measurement(
        datetime(2026, 8, 18, 14, 0, 43, tzinfo=UTC),
        (
            aggregate.measurement.Result(
                aggregate.measurement.Series("thaw-bench", "python", "zip", 512, "arm64"),
                display="Python",
                cold_ms=(100.0, 110.0),
                warm_ms=(1.5, 1.25),
                memory_used_mb=40.5,
            ),
        ),
        {"cpus": 2, "kernel": "6.1"},
    )
    assert measurement == expected


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b" \n\t", "empty"),
        (b"\xff\xfe{}", "not-utf8"),
        (b"\x1f\x8b\x08\x00", "not-utf8"),
        (b"runtime,cold_ms\n", "not-json"),
        (bench()[:-1], "not-json"),
        (bench()[: len(bench()) // 2], "not-json"),
        (bench() + b"{}", "not-json"),
        (b"\xef\xbb\xbf{}", "not-json"),
        (b'{"format": NaN}', "not-json"),
        (b'{"format": ' + b"9" * 5000 + b"}", "not-json"),
        (b"[" * 50_000, "too-deep"),
        (b"[" + b"[]," * 100_000 + b"[]]", "too-complex"),
        (b"[" + b"1," * 1_000_001 + b"1]", "too-complex"),
        (b'{"format": 1, "format": 2}', "duplicate-key"),
        (b"[]", "wrong-type"),
        (b'"runtimeData"', "wrong-type"),
        (b"null", "wrong-type"),
        (b"{}", "unknown-format"),
    ],
)
def test_what_is_no_document_of_a_known_format_is_refused(body: bytes, reason: str) -> None:
    assert refused(body) == (reason, "$")


R = ("results", 0)


@pytest.mark.parametrize(
    ("path", "value", "reason", "place"),
    [
        (("format",), "thaw-bench/2", "unknown-format", "$.format"),
        (("extra",), 1, "unknown-field", "$.extra"),
        ((*R, "p99"), 1, "unknown-field", "$.results[0].p99"),
        ((*R, "odd name"), 1, "unknown-field", '$.results[0]["odd name"]'),
        (("conditions",), DELETED, "missing-field", "$"),
        ((*R, "runtime"), DELETED, "missing-field", "$.results[0]"),
        (("results",), [], "out-of-range", "$.results"),
        (("results",), {}, "wrong-type", "$.results"),
        (("results",), [3], "wrong-type", "$.results[0]"),
        (("measured_at",), "2026-08-18", "bad-time", "$.measured_at"),
        (("measured_at",), "2026-08-18T14:00:43", "bad-time", "$.measured_at"),
        (("measured_at",), "2026-08-18T14:00:43+02:00", "bad-time", "$.measured_at"),
        (("measured_at",), "2026-02-30T14:00:43Z", "bad-time", "$.measured_at"),
        (("measured_at",), "2013-01-01T00:00:00Z", "bad-time", "$.measured_at"),
        (("measured_at",), "2026-08-18T14:00:43Z\n", "bad-time", "$.measured_at"),
        (("measured_at",), 1787061901, "bad-time", "$.measured_at"),
        (("conditions",), [], "wrong-type", "$.conditions"),
        (("conditions", "cpus"), True, "wrong-type", "$.conditions.cpus"),
        (("conditions", "cpus"), None, "wrong-type", "$.conditions.cpus"),
        (("conditions", "cpus"), 10**16, "out-of-range", "$.conditions.cpus"),
        (("conditions", ""), 1, "out-of-range", '$.conditions[""]'),
        (("conditions", "a\0b"), 1, "bad-text", '$.conditions["a\\u0000b"]'),
        (("conditions",), {f"{n}": "x" * 900 for n in range(10)}, "out-of-range", "$.conditions"),
        ((*R, "runtime"), "", "out-of-range", "$.results[0].runtime"),
        ((*R, "runtime"), "x" * 101, "out-of-range", "$.results[0].runtime"),
        ((*R, "runtime"), "py\0thon", "bad-text", "$.results[0].runtime"),
        ((*R, "runtime"), "py\nthon", "bad-text", "$.results[0].runtime"),
        ((*R, "display"), "\ud800", "bad-text", "$.results[0].display"),
        ((*R, "display"), "\uffff", "bad-text", "$.results[0].display"),
        ((*R, "display"), 3, "wrong-type", "$.results[0].display"),
        ((*R, "package"), "jar", "out-of-range", "$.results[0].package"),
        ((*R, "package"), ["zip"], "out-of-range", "$.results[0].package"),
        ((*R, "architecture"), "arm", "out-of-range", "$.results[0].architecture"),
        ((*R, "memory_mb"), 512.0, "wrong-type", "$.results[0].memory_mb"),
        ((*R, "memory_mb"), True, "wrong-type", "$.results[0].memory_mb"),
        ((*R, "memory_mb"), 127, "out-of-range", "$.results[0].memory_mb"),
        ((*R, "memory_mb"), 10**400, "out-of-range", "$.results[0].memory_mb"),
        ((*R, "cold_ms"), [], "out-of-range", "$.results[0].cold_ms"),
        ((*R, "cold_ms"), 100.0, "wrong-type", "$.results[0].cold_ms"),
        ((*R, "cold_ms", 1), "100", "wrong-type", "$.results[0].cold_ms[1]"),
        ((*R, "cold_ms", 1), None, "wrong-type", "$.results[0].cold_ms[1]"),
        ((*R, "cold_ms", 1), -1, "out-of-range", "$.results[0].cold_ms[1]"),
        ((*R, "cold_ms", 1), 0, "out-of-range", "$.results[0].cold_ms[1]"),
        ((*R, "cold_ms", 1), 1e6, "out-of-range", "$.results[0].cold_ms[1]"),
        ((*R, "cold_ms", 1), 10**400, "out-of-range", "$.results[0].cold_ms[1]"),
        ((*R, "warm_ms", 0), False, "wrong-type", "$.results[0].warm_ms[0]"),
        ((*R, "memory_used_mb"), -1, "out-of-range", "$.results[0].memory_used_mb"),
    ],
)
def test_a_fault_in_our_own_format_is_named_with_its_place(
    path: tuple[Any, ...], value: Any, reason: str, place: str
) -> None:
    assert refused(changed(bench(), *path, to=value)) == (reason, place)


@pytest.mark.parametrize(
    ("path", "value", "reason", "place"),
    [
        (("version",), 2, "unknown-field", "$.version"),
        (("metadata", "tool"), "x", "unknown-field", "$.metadata.tool"),
        (("metadata", "generatedAt"), "yesterday", "bad-time", "$.metadata.generatedAt"),
        (("metadata",), None, "wrong-type", "$.metadata"),
        (("runtimeData", 1, "x"), 1, "unknown-field", "$.runtimeData[1].x"),
        (("runtimeData", 1, "i"), DELETED, "missing-field", "$.runtimeData[1]"),
        (("runtimeData", 1, "i", 2), None, "wrong-type", "$.runtimeData[1].i[2]"),
        (("runtimeData", 1, "ad"), "1", "wrong-type", "$.runtimeData[1].ad"),
        (("runtimeData",), None, "wrong-type", "$.runtimeData"),
    ],
)
def test_a_fault_in_a_lambda_perf_file_is_named_with_its_place(
    path: tuple[Any, ...], value: Any, reason: str, place: str
) -> None:
    assert refused(changed(SAMPLE.read_bytes(), *path, to=value)) == (reason, place)


def test_an_infinite_sample_is_refused() -> None:
    body = bench().replace(b"110.0", b"1e999")
    assert refused(body) == ("out-of-range", "$.results[0].cold_ms[1]")


def test_a_second_result_of_a_series_is_refused() -> None:
    result = json.loads(bench())["results"][0]
    body = changed(bench(), "results", to=[result, result | {"display": "another label"}])
    assert refused(body) == ("duplicate-series", "$.results[1]")


def test_a_message_is_short_however_long_the_value() -> None:
    with pytest.raises(Invalid) as caught:
        parse(changed(bench(), *R, "package", to="x" * 1_000_000), "")
    assert len(str(caught.value)) < 300


@given(st.binary(max_size=200), st.text(max_size=30))
def test_arbitrary_bytes_are_refused_and_nothing_worse(body: bytes, key: str) -> None:
    assert refused(body, key)[0]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every path into a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for step, member in inner for place in places(member, (*path, step)))]


@pytest.mark.parametrize("document", [bench(), SAMPLE.read_bytes()], ids=["thaw-bench", "lambda-perf"])
@given(data=st.data())
def test_a_document_with_anything_anywhere_is_taken_in_or_refused(
    document: bytes, data: st.DataObject
) -> None:
    path = data.draw(st.sampled_from(places(json.loads(document))[1:]))
    body = changed(document, *path, to=data.draw(JSON))
    try:
        measurement = parse(body, "results/2026-08-18.json")
    except Invalid:
        return
    samples = [sample for result in measurement.results for sample in result.cold_ms + result.warm_ms]
    assert all(math.isfinite(sample) and sample > 0 for sample in samples)
