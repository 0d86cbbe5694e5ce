-- Keys are INTEGER inside: users.id = groups.id = mirror_objects.node for what is synced. Columns that are
-- read at start come first, so that long texts behind them are never looked at.

CREATE TABLE meta (
    id                   INTEGER PRIMARY KEY CHECK (id = 1),
    generation           INTEGER NOT NULL,
    next_node            INTEGER NOT NULL,
    next_seq             INTEGER NOT NULL,
    next_run             INTEGER NOT NULL,
    run_clock            INTEGER NOT NULL,  -- milliseconds: the highest in any run_id
    users                INTEGER NOT NULL,
    groups               INTEGER NOT NULL,
    memberships          INTEGER NOT NULL,
    paused_since         INTEGER,
    cursor               TEXT NOT NULL,     -- JSON: domains, attribute_names
    settings_fingerprint TEXT NOT NULL
) STRICT;
INSERT INTO meta VALUES (1, 0, 0, 1, 1, 0, 0, 0, 0, NULL, '{"domains":[],"attribute_names":[]}', '');

CREATE TABLE identity_source (
    id             INTEGER PRIMARY KEY CHECK (id = 1),
    type           TEXT NOT NULL,
    identity       TEXT NOT NULL,
    domains        TEXT NOT NULL,           -- JSON: [[name, guid], ...]
    store_id       TEXT NOT NULL,
    since          INTEGER NOT NULL,
    change_pending INTEGER NOT NULL
) STRICT;

CREATE TABLE mirror_objects (
    node              INTEGER PRIMARY KEY,
    guid              BLOB NOT NULL,
    kind              INTEGER NOT NULL,
    domain            INTEGER NOT NULL,
    flags             INTEGER NOT NULL,     -- 1 disabled, 2 missing, 4 deleted, 8 in_filter
    missing_since     INTEGER,
    parent            INTEGER,
    primary_group_rid INTEGER NOT NULL,
    expires           INTEGER,              -- seconds since 1970; NULL: never
    hash              INTEGER NOT NULL,
    sid               BLOB,
    dn                TEXT NOT NULL,
    attributes        BLOB NOT NULL
) STRICT;

CREATE TABLE mirror_edges (
    grp    INTEGER NOT NULL,
    member INTEGER NOT NULL,
    PRIMARY KEY (grp, member)
) STRICT, WITHOUT ROWID;

-- Removed objects that edges may still name as member. A node is never given twice, so such an edge means
-- nothing; pruning sweeps them up in one scan, which spares an index by member.
CREATE TABLE mirror_gone (
    node INTEGER PRIMARY KEY
) STRICT;

CREATE TABLE users (
    id           INTEGER PRIMARY KEY,
    hash         INTEGER NOT NULL,
    name_key     INTEGER NOT NULL,
    email_key    INTEGER NOT NULL,
    status       INTEGER NOT NULL,          -- 0 ENABLED, 1 DISABLED
    scope        INTEGER NOT NULL,          -- 0 in, 1 out, 2 held
    out_since    INTEGER,
    journal_name INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    revision     INTEGER NOT NULL,
    user_id      TEXT NOT NULL,
    external_id  TEXT NOT NULL,
    user_name    TEXT NOT NULL,
    display_name TEXT NOT NULL,
    given_name   TEXT NOT NULL,
    family_name  TEXT NOT NULL,
    middle_name  TEXT NOT NULL,
    email        TEXT NOT NULL,
    sid          TEXT NOT NULL,
    attributes   TEXT NOT NULL              -- JSON object
) STRICT;

CREATE TABLE groups (
    id           INTEGER PRIMARY KEY,
    hash         INTEGER NOT NULL,
    name_key     INTEGER NOT NULL,
    scope        INTEGER NOT NULL,
    out_since    INTEGER,
    journal_name INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    revision     INTEGER NOT NULL,
    group_id     TEXT NOT NULL,
    external_id  TEXT NOT NULL,
    display_name TEXT NOT NULL,
    description  TEXT NOT NULL,
    attributes   TEXT NOT NULL
) STRICT;

CREATE TABLE memberships (
    group_id INTEGER NOT NULL REFERENCES groups (id),
    user_id  INTEGER NOT NULL REFERENCES users (id),
    PRIMARY KEY (group_id, user_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE runs (
    id         INTEGER PRIMARY KEY,
    run_id     TEXT NOT NULL UNIQUE,        -- UUID version 7: sorts in commit order
    started_at INTEGER NOT NULL,
    ended_at   INTEGER NOT NULL,
    kind       TEXT NOT NULL,
    "trigger"  TEXT NOT NULL,
    outcome    TEXT NOT NULL,
    counts     TEXT NOT NULL,               -- JSON object
    error      TEXT,
    first_seq  INTEGER,                     -- the run's lines in the journal; NULL: none
    last_seq   INTEGER
) STRICT;

-- The words of the journal, and every name an object ever had, so that a line is a few small numbers: 25
-- bytes for a membership instead of 130, and each line has a key of its own for readers that ask for
-- `seq > ?`.
CREATE TABLE journal_words (
    id   INTEGER PRIMARY KEY,
    word TEXT NOT NULL UNIQUE
) STRICT;
INSERT INTO journal_words (id, word)
VALUES (1, 'create'), (2, 'update'), (3, 'delete'), (4, 'add_member'), (5, 'remove_member');

CREATE TABLE journal_names (
    id          INTEGER PRIMARY KEY,
    object_type TEXT NOT NULL,
    object_id   TEXT NOT NULL,
    name        TEXT NOT NULL,
    quoted      TEXT,                       -- the name as JSON where that takes more than quotes
    retired     INTEGER                     -- the run after which no new line names it so
) STRICT;
CREATE INDEX journal_names_retired ON journal_names (retired) WHERE retired IS NOT NULL;

CREATE TABLE journal (
    seq    INTEGER PRIMARY KEY,
    run    INTEGER NOT NULL,
    action INTEGER NOT NULL,                -- journal_words
    reason INTEGER NOT NULL,                -- journal_words
    object INTEGER NOT NULL,                -- journal_names
    user   INTEGER,                         -- journal_names, of the two membership actions
    before TEXT,
    after  TEXT
) STRICT;

CREATE TABLE entity_errors (
    external_id TEXT PRIMARY KEY,
    sid         TEXT NOT NULL,
    object_type TEXT NOT NULL,
    name        TEXT NOT NULL,
    code        TEXT NOT NULL,
    message     TEXT NOT NULL,
    since       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE holds (
    hold_id    TEXT PRIMARY KEY,
    class      INTEGER NOT NULL,
    limit_text TEXT NOT NULL,
    sample     TEXT NOT NULL,               -- JSON array of names
    since      INTEGER NOT NULL,
    objects    BLOB NOT NULL                -- 32 bytes each: the two GUIDs
) STRICT;

CREATE TABLE approvals (
    hold_id     TEXT PRIMARY KEY,
    class       INTEGER NOT NULL,
    approved_at INTEGER NOT NULL,
    objects     BLOB NOT NULL
) STRICT;

CREATE TABLE pins (
    key  TEXT PRIMARY KEY,
    guid BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX users_by_user_id ON users (user_id);
CREATE INDEX users_by_external_id ON users (external_id);
CREATE UNIQUE INDEX users_by_name ON users (name_key) WHERE name_key <> 0;
CREATE UNIQUE INDEX users_by_email ON users (email_key) WHERE email_key <> 0;
CREATE UNIQUE INDEX groups_by_group_id ON groups (group_id);
CREATE INDEX groups_by_external_id ON groups (external_id);
CREATE UNIQUE INDEX groups_by_name ON groups (name_key) WHERE name_key <> 0;
CREATE INDEX memberships_by_user ON memberships (user_id, group_id);

CREATE VIEW v1_users AS
SELECT user_id, user_name, display_name, given_name, family_name, middle_name, email,
       CASE status WHEN 0 THEN 'ENABLED' ELSE 'DISABLED' END AS status,
       external_id, sid, attributes,
       CASE scope WHEN 0 THEN 'in' WHEN 1 THEN 'out' ELSE 'held' END AS scope,
       strftime('%Y-%m-%dT%H:%M:%SZ', out_since, 'unixepoch') AS out_since,
       strftime('%Y-%m-%dT%H:%M:%SZ', created_at, 'unixepoch') AS created_at,
       strftime('%Y-%m-%dT%H:%M:%SZ', updated_at, 'unixepoch') AS updated_at,
       revision
FROM users;

CREATE VIEW v1_groups AS
SELECT group_id, display_name, description, external_id, attributes,
       CASE scope WHEN 0 THEN 'in' WHEN 1 THEN 'out' ELSE 'held' END AS scope,
       strftime('%Y-%m-%dT%H:%M:%SZ', out_since, 'unixepoch') AS out_since,
       strftime('%Y-%m-%dT%H:%M:%SZ', created_at, 'unixepoch') AS created_at,
       strftime('%Y-%m-%dT%H:%M:%SZ', updated_at, 'unixepoch') AS updated_at,
       revision
FROM groups;

CREATE VIEW v1_memberships AS
SELECT g.group_id, u.user_id
FROM memberships AS m JOIN groups AS g ON g.id = m.group_id JOIN users AS u ON u.id = m.user_id;

-- Put together by hand: json_object() may not stand in a view where schemas are not trusted.
CREATE VIEW journal_members AS
SELECT id, '{"user_id":"' || object_id || '","user_name":' || coalesce(quoted, '"' || name || '"') || '}' AS member
FROM journal_names;

-- CROSS JOIN keeps the journal outermost, so that `seq > ?` starts at its key.
CREATE VIEW v1_changes AS
SELECT j.seq, r.run_id,
       strftime('%Y-%m-%dT%H:%M:%SZ', r.ended_at, 'unixepoch') AS at,
       a.word AS action, o.object_type, o.object_id, o.name,
       CASE j.action WHEN 5 THEN u.member ELSE j.before END AS before,
       CASE j.action WHEN 4 THEN u.member ELSE j.after END AS after,
       w.word AS reason
FROM journal AS j
CROSS JOIN runs AS r ON r.id = j.run
CROSS JOIN journal_words AS a ON a.id = j.action
CROSS JOIN journal_words AS w ON w.id = j.reason
CROSS JOIN journal_names AS o ON o.id = j.object
LEFT JOIN journal_members AS u ON u.id = j.user;

CREATE VIEW v1_runs AS
SELECT run_id,
       strftime('%Y-%m-%dT%H:%M:%SZ', started_at, 'unixepoch') AS started_at,
       strftime('%Y-%m-%dT%H:%M:%SZ', ended_at, 'unixepoch') AS ended_at,
       kind, "trigger", outcome, counts, error
FROM runs;

CREATE VIEW v1_entity_errors AS
SELECT external_id, sid, object_type, name, code, message,
       strftime('%Y-%m-%dT%H:%M:%SZ', since, 'unixepoch') AS since
FROM entity_errors;

CREATE VIEW v1_identity_source AS
SELECT type, identity, store_id,
       strftime('%Y-%m-%dT%H:%M:%SZ', since, 'unixepoch') AS since,
       CASE change_pending WHEN 0 THEN 'active' ELSE 'change_pending' END AS state
FROM identity_source;
