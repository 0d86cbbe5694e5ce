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

-- An attribute that is not emptied has the target first and the user or group second.
CREATE VIEW v1_holds AS
SELECT h.hold_id, h.word AS class,
       CASE WHEN o.pair THEN 'MEMBERSHIP' WHEN u.id IS NOT NULL THEN 'USER' WHEN g.id IS NOT NULL THEN 'GROUP'
            ELSE o.object_type END AS object_type,
       CASE WHEN o.pair THEN coalesce(g.group_id, o.object) ELSE coalesce(u.user_id, g.group_id, o.object) END
           AS object_id,
       CASE WHEN o.pair THEN coalesce(g.display_name, o.object) || ': ' || coalesce(m.user_name, o.name)
            ELSE coalesce(u.user_name, g.display_name, o.name) END AS name,
       strftime('%Y-%m-%dT%H:%M:%SZ', h.since, 'unixepoch') AS since,
       h.limit_text AS reason
FROM holds AS h
CROSS JOIN (SELECT hold, second, object_type, name, is_pair AS pair, CASE WHEN of_target THEN second ELSE first END AS object
            FROM (SELECT o.*, c.word = 'clear_attribute' AS of_target, c.word <> 'clear_attribute' AND o.second <> '' AS is_pair
                  FROM held_objects AS o JOIN holds AS c ON c.num = o.hold)) AS o ON o.hold = h.num
LEFT JOIN users AS u ON u.external_id = o.object AND NOT o.pair
LEFT JOIN groups AS g ON g.external_id = o.object
LEFT JOIN users AS m ON m.external_id = o.second AND o.pair;
