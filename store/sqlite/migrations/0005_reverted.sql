-- What admins undid: held, not made again, as long as the directory asks for it.
CREATE TABLE reverted (
    guid   BLOB NOT NULL,                   -- of a user or group, or of the group of a membership
    member BLOB NOT NULL,                   -- of the user of a membership; else nil
    action INTEGER NOT NULL,                -- what was undone: 0 create, 1 update, 2 remove
    undone TEXT NOT NULL,                   -- of an update: JSON object of the values that must not come back
    PRIMARY KEY (guid, member)
) STRICT, WITHOUT ROWID;
