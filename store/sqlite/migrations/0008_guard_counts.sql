-- What went through the guards lately, for the window of time that they judge together.
CREATE TABLE guard_counts (
    at    INTEGER NOT NULL,                 -- end of the run, seconds
    class INTEGER NOT NULL,
    grp   BLOB NOT NULL,                    -- objectGUID of the group, for members of one group; else nil
    count INTEGER NOT NULL,
    PRIMARY KEY (at, class, grp)
) STRICT, WITHOUT ROWID;
