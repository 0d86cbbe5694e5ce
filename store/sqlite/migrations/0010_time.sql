-- What the store knows of the time: a clock that is wrong is noticed by it where no domain controller can be
-- asked.
CREATE TABLE time (
    id             INTEGER PRIMARY KEY CHECK (id = 1),
    certain        INTEGER,                 -- last commit while time was certain, seconds
    in_doubt       INTEGER NOT NULL,        -- since the last cycle that wrote
    pause_in_doubt INTEGER NOT NULL         -- when the pause began
) STRICT;
INSERT INTO time VALUES (1, NULL, 0, 0);
