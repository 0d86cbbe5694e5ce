-- What the store held before a change of the identity source; rows as they stood in their tables.
CREATE TABLE snapshots (
    id          INTEGER PRIMARY KEY,
    snapshot_id TEXT NOT NULL UNIQUE,
    taken_at    INTEGER NOT NULL,
    type        TEXT NOT NULL,
    source      TEXT NOT NULL,              -- label
    successor   TEXT NOT NULL,              -- label
    parked      INTEGER NOT NULL            -- 1: users and groups that return with the built-in directory
) STRICT;

CREATE TABLE snapshot_users (
    snapshot     INTEGER NOT NULL REFERENCES snapshots (id),
    node         INTEGER NOT NULL,          -- users.id, which is never given twice
    status       INTEGER NOT NULL,
    user_id      TEXT NOT NULL,
    external_id  TEXT NOT NULL,
    user_name    TEXT NOT NULL,
    display_name TEXT NOT NULL,
    given_name   TEXT NOT NULL,
    family_name  TEXT NOT NULL,
    middle_name  TEXT NOT NULL,
    email        TEXT NOT NULL,
    sid          TEXT NOT NULL,
    attributes   TEXT NOT NULL,
    PRIMARY KEY (snapshot, node)
) STRICT, WITHOUT ROWID;

CREATE TABLE snapshot_groups (
    snapshot     INTEGER NOT NULL REFERENCES snapshots (id),
    node         INTEGER NOT NULL,
    group_id     TEXT NOT NULL,
    external_id  TEXT NOT NULL,
    display_name TEXT NOT NULL,
    description  TEXT NOT NULL,
    attributes   TEXT NOT NULL,
    PRIMARY KEY (snapshot, node)
) STRICT, WITHOUT ROWID;

CREATE TABLE snapshot_memberships (
    snapshot INTEGER NOT NULL REFERENCES snapshots (id),
    grp      INTEGER NOT NULL,              -- nodes
    user     INTEGER NOT NULL,
    PRIMARY KEY (snapshot, grp, user)
) STRICT, WITHOUT ROWID;

CREATE TABLE snapshot_permission_sets (
    snapshot          INTEGER NOT NULL REFERENCES snapshots (id),
    permission_set_id TEXT NOT NULL,
    name              TEXT NOT NULL,
    description       TEXT NOT NULL,
    PRIMARY KEY (snapshot, permission_set_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE snapshot_assignments (
    snapshot          INTEGER NOT NULL REFERENCES snapshots (id),
    assignment_id     TEXT NOT NULL,
    principal_type    TEXT NOT NULL,
    principal_id      TEXT NOT NULL,
    permission_set_id TEXT NOT NULL,
    target            TEXT NOT NULL,
    PRIMARY KEY (snapshot, assignment_id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX snapshot_users_by_user_id ON snapshot_users (snapshot, user_id);
CREATE UNIQUE INDEX snapshot_groups_by_group_id ON snapshot_groups (snapshot, group_id);

-- The configured consent that was used last: as long as it stands in the configuration it consents to
-- nothing more.
CREATE TABLE used_consent (
    id          INTEGER PRIMARY KEY CHECK (id = 1),
    from_source TEXT NOT NULL,
    to_source   TEXT NOT NULL
) STRICT;

DROP VIEW v1_identity_source;
CREATE VIEW v1_identity_source AS
SELECT type, CASE identity WHEN '' THEN type ELSE identity END AS identity, store_id,
       strftime('%Y-%m-%dT%H:%M:%SZ', since, 'unixepoch') AS since,
       CASE change_pending WHEN 0 THEN 'active' ELSE 'change_pending' END AS state
FROM identity_source;
