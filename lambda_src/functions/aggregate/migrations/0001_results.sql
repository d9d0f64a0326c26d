CREATE SCHEMA IF NOT EXISTS observatory;

-- One row per object; what its newest valid version said. revision grows with every change of content.
CREATE TABLE observatory.objects (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    bucket text NOT NULL,
    key text NOT NULL,
    etag text NOT NULL,
    revision integer NOT NULL,
    measured_at timestamptz NOT NULL,
    conditions jsonb NOT NULL,
    stored_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (bucket, key)
);

-- One row per series and object. A result that a newer version of its object no longer has stays, withdrawn and
-- without samples, so that its withdrawal can be announced again.
CREATE TABLE observatory.results (
    id uuid PRIMARY KEY,
    object_id bigint NOT NULL REFERENCES observatory.objects (id) ON DELETE CASCADE,
    source text NOT NULL,
    runtime text NOT NULL,
    package text NOT NULL,
    memory_mb integer NOT NULL,
    architecture text NOT NULL,
    display text NOT NULL,
    measured_at timestamptz NOT NULL,
    memory_used_mb double precision,
    reported_init_mean_ms double precision,
    reported_duration_mean_ms double precision,
    withdrawn boolean NOT NULL DEFAULT false
);

CREATE INDEX results_by_object ON observatory.results (object_id);
CREATE INDEX results_by_series
    ON observatory.results (source, runtime, package, memory_mb, architecture, measured_at);

CREATE TABLE observatory.samples (
    result_id uuid NOT NULL REFERENCES observatory.results (id) ON DELETE CASCADE,
    phase text NOT NULL CHECK (phase IN ('cold', 'warm')),
    position integer NOT NULL,
    milliseconds double precision NOT NULL,
    PRIMARY KEY (result_id, phase, position)
);

-- The statistics that are published, for people with SQL: sample standard deviation, interpolated percentiles.
CREATE VIEW observatory.summaries AS
SELECT
    results.id,
    results.source,
    results.runtime,
    results.display,
    results.package,
    results.memory_mb,
    results.architecture,
    results.measured_at,
    samples.phase,
    count(*) AS n,
    avg(samples.milliseconds) AS mean_ms,
    stddev_samp(samples.milliseconds) AS sd_ms,
    min(samples.milliseconds) AS min_ms,
    percentile_cont(0.50) WITHIN GROUP (ORDER BY samples.milliseconds) AS p50_ms,
    percentile_cont(0.90) WITHIN GROUP (ORDER BY samples.milliseconds) AS p90_ms,
    percentile_cont(0.99) WITHIN GROUP (ORDER BY samples.milliseconds) AS p99_ms,
    max(samples.milliseconds) AS max_ms
FROM observatory.results
JOIN observatory.samples ON samples.result_id = results.id
WHERE NOT results.withdrawn
GROUP BY results.id, samples.phase;
