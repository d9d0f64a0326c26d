-- The statistics of each result and phase, kept with the samples: a report reads a few rows instead of every sample.
CREATE TABLE observatory.statistics (
    result_id uuid NOT NULL REFERENCES observatory.results (id) ON DELETE CASCADE,
    phase text NOT NULL CHECK (phase IN ('cold', 'warm')),
    n bigint NOT NULL,
    mean_ms double precision NOT NULL,
    sd_ms double precision, -- of the sample (n - 1); of a single one there is none
    min_ms double precision NOT NULL,
    p25_ms double precision NOT NULL,
    p50_ms double precision NOT NULL,
    p75_ms double precision NOT NULL,
    p90_ms double precision NOT NULL,
    p95_ms double precision NOT NULL,
    p99_ms double precision NOT NULL,
    max_ms double precision NOT NULL,
    PRIMARY KEY (result_id, phase)
);

CREATE FUNCTION observatory.refresh_statistics(results uuid[]) RETURNS void LANGUAGE sql AS $$
    DELETE FROM observatory.statistics WHERE result_id = ANY (results);
    INSERT INTO observatory.statistics
    SELECT result_id, phase, n, mean, sd, least, p[1], p[2], p[3], p[4], p[5], p[6], most
    FROM (
        SELECT
            result_id,
            phase,
            count(*) AS n,
            avg(milliseconds) AS mean,
            stddev_samp(milliseconds) AS sd,
            min(milliseconds) AS least,
            percentile_cont(ARRAY[0.25, 0.50, 0.75, 0.90, 0.95, 0.99]) WITHIN GROUP (ORDER BY milliseconds) AS p,
            max(milliseconds) AS most
        FROM observatory.samples
        WHERE result_id = ANY (results)
        GROUP BY result_id, phase
    ) AS computed;
$$;

CREATE FUNCTION observatory.samples_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM observatory.refresh_statistics(ARRAY(SELECT DISTINCT result_id FROM changed));
    RETURN NULL;
END
$$;

-- Samples are only ever inserted and deleted.
CREATE TRIGGER samples_inserted AFTER INSERT ON observatory.samples
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION observatory.samples_changed();
CREATE TRIGGER samples_deleted AFTER DELETE ON observatory.samples
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION observatory.samples_changed();

SELECT observatory.refresh_statistics(ARRAY(SELECT id FROM observatory.results));

-- The first entry of a series is its newest result.
CREATE INDEX newest_by_series ON observatory.results
    (source, runtime, package, memory_mb, architecture, measured_at DESC, object_id DESC) WHERE NOT withdrawn;
DROP INDEX observatory.results_by_series;

CREATE OR REPLACE VIEW observatory.summaries AS
SELECT
    results.id,
    results.source,
    results.runtime,
    results.display,
    results.package,
    results.memory_mb,
    results.architecture,
    results.measured_at,
    statistics.phase,
    statistics.n,
    statistics.mean_ms,
    statistics.sd_ms,
    statistics.min_ms,
    statistics.p50_ms,
    statistics.p90_ms,
    statistics.p99_ms,
    statistics.max_ms,
    statistics.p95_ms
FROM observatory.results
JOIN observatory.statistics ON statistics.result_id = results.id
WHERE NOT results.withdrawn;
