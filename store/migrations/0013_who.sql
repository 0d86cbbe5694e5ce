-- Who asked for a run, the reason that was given, and what was approved or applied by it.
ALTER TABLE runs ADD COLUMN actor TEXT;
ALTER TABLE runs ADD COLUMN note TEXT;
ALTER TABLE runs ADD COLUMN hold_id TEXT;

DROP VIEW v1_runs;
CREATE VIEW v1_runs AS
SELECT run_id,
       strftime('%Y-%m-%dT%H:%M:%SZ', started_at, 'unixepoch') AS started_at,
       strftime('%Y-%m-%dT%H:%M:%SZ', ended_at, 'unixepoch') AS ended_at,
       kind, "trigger", outcome, counts, error, actor, note, hold_id
FROM runs;
