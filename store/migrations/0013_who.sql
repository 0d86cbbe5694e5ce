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

-- Who approved, and why: the run that the approval lets through says so.
ALTER TABLE approvals ADD COLUMN actor TEXT NOT NULL DEFAULT '';
ALTER TABLE approvals ADD COLUMN note TEXT NOT NULL DEFAULT '';

-- One line for each object that waits. The id of a hold follows from its objects, so that a set which grows has another
-- one each time; its number stays, and so do the lines.
ALTER TABLE holds ADD COLUMN num INTEGER;
ALTER TABLE holds ADD COLUMN word TEXT NOT NULL DEFAULT '';     -- of its class
CREATE TABLE held_objects (
    hold        INTEGER NOT NULL,           -- holds.num
    first       TEXT NOT NULL,              -- external id of a user or group, or of the group of a membership
    second      TEXT NOT NULL,              -- of the user of a membership; else empty
    object_type TEXT NOT NULL,              -- what it is, and its DN, where there is no row to say so
    name        TEXT NOT NULL,
    PRIMARY KEY (hold, first, second)
) STRICT, WITHOUT ROWID;

CREATE VIEW v1_holds AS
SELECT h.hold_id, h.word AS class,
       CASE WHEN o.second <> '' THEN 'MEMBERSHIP' WHEN u.id IS NOT NULL THEN 'USER' WHEN g.id IS NOT NULL THEN 'GROUP'
            ELSE o.object_type END AS object_type,
       CASE WHEN o.second <> '' THEN coalesce(g.group_id, o.first) ELSE coalesce(u.user_id, g.group_id, o.first) END
           AS object_id,
       CASE WHEN o.second <> '' THEN coalesce(g.display_name, o.first) || ': ' || coalesce(m.user_name, o.name)
            ELSE coalesce(u.user_name, g.display_name, o.name) END AS name,
       strftime('%Y-%m-%dT%H:%M:%SZ', h.since, 'unixepoch') AS since,
       h.limit_text AS reason
FROM holds AS h
CROSS JOIN held_objects AS o ON o.hold = h.num
LEFT JOIN users AS u ON u.external_id = o.first AND o.second = ''
LEFT JOIN groups AS g ON g.external_id = o.first
LEFT JOIN users AS m ON m.external_id = o.second AND o.second <> '';
