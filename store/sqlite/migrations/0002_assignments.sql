CREATE TABLE permission_sets (
    permission_set_id TEXT PRIMARY KEY,
    name              TEXT NOT NULL,
    name_key          INTEGER NOT NULL UNIQUE,
    description       TEXT NOT NULL
) STRICT;

-- Kept when the user or group they name is gone (dangling); never when the permission set is.
CREATE TABLE assignments (
    assignment_id     TEXT PRIMARY KEY,
    principal_type    TEXT NOT NULL CHECK (principal_type IN ('USER', 'GROUP')),
    principal_id      TEXT NOT NULL,
    permission_set_id TEXT NOT NULL REFERENCES permission_sets (permission_set_id),
    target            TEXT NOT NULL,
    UNIQUE (principal_id, permission_set_id, target)
) STRICT;
CREATE INDEX assignments_by_permission_set ON assignments (permission_set_id);

CREATE VIEW v1_permission_sets AS
SELECT permission_set_id, name, description FROM permission_sets;

CREATE VIEW v1_assignments AS
SELECT assignment_id, principal_type, principal_id, permission_set_id, target,
       CASE principal_type
           WHEN 'USER' THEN NOT EXISTS (SELECT 1 FROM users WHERE user_id = principal_id)
           ELSE NOT EXISTS (SELECT 1 FROM groups WHERE group_id = principal_id)
       END AS dangling
FROM assignments;
