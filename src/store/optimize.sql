-- What was done, in steps without what differs. No line is kept as it was typed.

-- With what digests are keyed: who finds this file without it could try which lines they are of, and who has it knows
-- the rest anyway. One row.
CREATE TABLE digest_key (
    id  INTEGER PRIMARY KEY CHECK (id = 1),
    key BLOB    NOT NULL CHECK (length(key) = 32)
) STRICT;

-- How far each file, database or queue was read.
CREATE TABLE cursor (
    source  TEXT    NOT NULL,
    place   TEXT    NOT NULL,              -- a path, or what names it otherwise
    state   TEXT    NOT NULL,              -- JSON of the source's reader
    read_at INTEGER NOT NULL,              -- ms UTC
    PRIMARY KEY (source, place)
) STRICT, WITHOUT ROWID;

-- Repositories, by their folders.
CREATE TABLE scope (
    id     INTEGER PRIMARY KEY,
    folder TEXT    NOT NULL UNIQUE
) STRICT;

CREATE TABLE folder (
    id   INTEGER PRIMARY KEY,
    path TEXT    NOT NULL UNIQUE
) STRICT;

CREATE TABLE step (
    id          INTEGER PRIMARY KEY,
    key         TEXT    NOT NULL UNIQUE,   -- such as `git commit -m <str>`
    shape       TEXT    NOT NULL,          -- how it is done again, JSON
    kinds       TEXT    NOT NULL,          -- what stands in its slots, JSON
    noise       INTEGER NOT NULL,          -- whether sequences leave it out
    risky       INTEGER NOT NULL,          -- whether it destroys or publishes something
    interactive INTEGER NOT NULL           -- whether it waits for a person
) STRICT;

-- What stood in the slots of steps.
CREATE TABLE value (
    id   INTEGER PRIMARY KEY,
    text TEXT    NOT NULL UNIQUE
) STRICT;

-- Sessions as their sources name them.
CREATE TABLE session (
    id     INTEGER PRIMARY KEY,
    source TEXT    NOT NULL,
    name   TEXT    NOT NULL,
    UNIQUE (source, name)
) STRICT;

-- Its numbers of other rows are no references: each would cost an index that nothing else needs. Who deletes events deletes
-- what no event says any more.
CREATE TABLE event (
    id          INTEGER PRIMARY KEY,       -- in the order in which they were read
    at          INTEGER NOT NULL,          -- ms UTC
    timed       INTEGER NOT NULL,          -- whether `at` is its own time
    source      TEXT    NOT NULL,
    actor       TEXT    NOT NULL,
    scope       INTEGER,
    folder      INTEGER,
    session     INTEGER,
    step        INTEGER NOT NULL,
    slots       BLOB    NOT NULL,          -- ids of values, four bytes each, the lowest first
    digest      BLOB    NOT NULL,          -- of the line it is of, keyed
    part        INTEGER NOT NULL,          -- which step of the line
    duration_ms INTEGER,
    exit        INTEGER
) STRICT;

CREATE INDEX event_at ON event (at, id);
CREATE INDEX event_source ON event (source, at);
-- A line with a time is itself wherever it is found again: in a copy, or in a file that was written anew.
CREATE UNIQUE INDEX event_digest ON event (digest, part) WHERE timed = 1;
