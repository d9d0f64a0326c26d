"""A database of the size that the report page is measured with."""

from pathlib import Path
from typing import Any

import psycopg

from thaw_cli.local.postgres import Connection

MIGRATIONS = Path(__file__).parents[2] / "lambda_src" / "functions" / "aggregate" / "migrations"
SERIES, DAYS, SAMPLES_A_RESULT = 625, 16, 10
SAMPLES = SERIES * DAYS * SAMPLES_A_RESULT

# As lambda-perf's daily files are: some 40 runtimes, four memory sizes, two packages and architectures, ten cold starts each.
FILL = """
    INSERT INTO observatory.objects (bucket, key, etag, revision, measured_at, conditions)
    SELECT 'results', 'results/' || day || '.json', day::text, 1, '2026-08-01T14:00:00Z'::timestamptz + day * interval '1 day', '{}'
    FROM generate_series(1, %(days)s) AS day;

    INSERT INTO observatory.results (id, object_id, source, runtime, package, memory_mb, architecture, measured_at, display)
    SELECT gen_random_uuid(), objects.id, 'lambda-perf', 'runtime' || series / 16, (ARRAY['zip', 'image'])[1 + series %% 2],
        (ARRAY[128, 256, 512, 1024])[1 + series / 2 %% 4], (ARRAY['x86_64', 'arm64'])[1 + series / 8 %% 2], objects.measured_at,
        'runtime ' || series / 16 || ' (prov.al2023)'
    FROM observatory.objects, generate_series(0, %(series)s - 1) AS series;

    INSERT INTO observatory.samples (result_id, phase, position, milliseconds)
    SELECT id, 'cold', position, 20 * exp(random_normal(1.5, 1))
    FROM observatory.results, generate_series(0, %(samples)s - 1) AS position;
"""


def fill(connection: Connection) -> None:
    """Bring an empty database to 100,000 samples, with statistics as ``aggregate`` leaves them."""
    with psycopg.connect(connection.dsn, autocommit=True) as session:
        for script in sorted(MIGRATIONS.glob("*.sql")):
            session.execute(script.read_bytes())
        run(session, FILL, {"days": DAYS, "series": SERIES, "samples": SAMPLES_A_RESULT})
        session.execute("VACUUM ANALYZE")


def run(session: psycopg.Connection[Any], script: str, values: dict[str, int]) -> None:
    # Parameters are for one statement at a time.
    for statement in script.split(";\n"):
        if statement.strip():
            session.execute(statement, values)
