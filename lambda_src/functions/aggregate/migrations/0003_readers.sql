-- Whoever may log in to this database may read the measurements; its owner alone writes them.
GRANT USAGE ON SCHEMA observatory TO PUBLIC;
GRANT SELECT ON ALL TABLES IN SCHEMA observatory TO PUBLIC;
ALTER DEFAULT PRIVILEGES IN SCHEMA observatory GRANT SELECT ON TABLES TO PUBLIC;
