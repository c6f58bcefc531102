-- Automations, and what came of running them.

CREATE TABLE automation (
    id         TEXT    NOT NULL PRIMARY KEY, -- 12 hexadecimal digits
    name       TEXT    NOT NULL,
    form       TEXT    NOT NULL,
    template   TEXT    NOT NULL,
    language   TEXT    NOT NULL,
    recipe     TEXT    NOT NULL,             -- JSON
    parameters TEXT    NOT NULL,             -- JSON: the options of the text
    entry      TEXT,                         -- JSON: what is put where it is found; none if the text is all there is
    text       TEXT    NOT NULL,             -- what is run
    digest     TEXT    NOT NULL,             -- the SHA-256 of the text, hexadecimal
    state      TEXT    NOT NULL,
    scope      TEXT,                         -- the repository's folder; none if it is of several
    created_at INTEGER NOT NULL,             -- ms UTC
    tested_at  INTEGER,                      -- when this text was last tried
    enabled_at INTEGER,                      -- since when it is enabled
    placed     TEXT                          -- JSON: where it was put, while it is there
) STRICT, WITHOUT ROWID;

-- The newest runs of each; those before them are in run_sum.
CREATE TABLE automation_run (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    automation TEXT    NOT NULL REFERENCES automation (id) ON DELETE CASCADE,
    at         INTEGER NOT NULL,             -- ms UTC
    kind       TEXT    NOT NULL,             -- sandbox or live
    "case"     TEXT,                         -- what was tried in the sandbox
    digest     TEXT    NOT NULL,             -- of the text that ran
    ok         INTEGER NOT NULL,
    exit       INTEGER,                      -- none if a signal ended it
    ms         INTEGER NOT NULL,
    error      TEXT                          -- 100 characters at most, `#` for each number
) STRICT;

CREATE INDEX automation_run_of ON automation_run (automation, kind, seq);

-- Runs that are not kept one by one any more.
CREATE TABLE automation_run_sum (
    automation TEXT    NOT NULL REFERENCES automation (id) ON DELETE CASCADE,
    kind       TEXT    NOT NULL,
    count      INTEGER NOT NULL,
    ok         INTEGER NOT NULL,
    total_ms   INTEGER NOT NULL,
    min_ms     INTEGER NOT NULL,
    max_ms     INTEGER NOT NULL,
    PRIMARY KEY (automation, kind)
) STRICT, WITHOUT ROWID;
