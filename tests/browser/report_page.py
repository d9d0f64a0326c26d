"""The function ``report``, and results to show that are as unlike each other as they may be."""

import importlib
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

FUNCTIONS = Path(__file__).parents[2] / "lambda_src" / "functions"
HOSTILE = "<img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script>"
FILL = """
    INSERT INTO observatory.objects (bucket, key, etag, revision, measured_at, conditions)
    VALUES ('results', 'results/run.json', '1', 1, '2026-08-18T14:00:43Z', '{}');

    INSERT INTO observatory.results (id, object_id, source, runtime, package, memory_mb, architecture, measured_at, display)
    SELECT gen_random_uuid(), objects.id, 'thaw-bench', 'r' || number, 'zip', memory, architecture, measured_at,
        CASE number WHEN 0 THEN %(hostile)s WHEN 1 THEN repeat('very-long-name-', 6) ELSE 'Runtime ' || number END
    FROM observatory.objects, generate_series(0, 13) AS number, unnest(ARRAY[128, 512, 1024, 1769]) AS memory,
        unnest(ARRAY['x86_64', 'arm64']) AS architecture;

    INSERT INTO observatory.samples (result_id, phase, position, milliseconds)
    SELECT id, phase, position,
        CASE phase WHEN 'cold' THEN 20 ELSE 1 END * (1 + substr(runtime, 2)::int) * exp(0.1 * (position - 10)) * sqrt(1769.0 / memory_mb)
    FROM observatory.results, unnest(ARRAY['cold', 'warm']) AS phase, generate_series(0, 19) AS position
    WHERE phase = 'cold' OR runtime <> 'r13';
"""
RESULTS, MEASURED_WARM = 14 * 4 * 2, 13 * 4 * 2


def fill(dsn: str) -> None:
    """Make the tables in an empty database, and the results."""
    with psycopg.connect(dsn, autocommit=True) as session:
        for script in sorted((FUNCTIONS / "aggregate" / "migrations").glob("*.sql")):
            session.execute(script.read_bytes())
        for statement in filter(str.strip, FILL.split(";\n")):
            session.execute(statement, {"hostile": HOSTILE} if "%(hostile)s" in statement else None)


@contextmanager
def loaded(variables: Mapping[str, str]) -> Iterator[Any]:
    """The handler of ``report``, loaded with this environment; its modules are forgotten afterwards."""
    before, folder = dict(os.environ), str(FUNCTIONS / "report")
    sys.path.insert(0, folder)
    os.environ.update(variables)
    try:
        handler = importlib.import_module("handler")
        yield handler
        handler.RESULTS._database.close()
    finally:
        os.environ.clear()
        os.environ.update(before)
        sys.path.remove(folder)
        for file in (FUNCTIONS / "report").glob("*.py"):
            sys.modules.pop(file.stem, None)
