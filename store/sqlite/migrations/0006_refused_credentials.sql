-- Credentials that the directory refused: not tried again at once by the next process.
CREATE TABLE refused_credentials (
    id          INTEGER PRIMARY KEY CHECK (id = 1),
    fingerprint TEXT NOT NULL,              -- of files and settings, never of a secret
    since       INTEGER NOT NULL
) STRICT;
