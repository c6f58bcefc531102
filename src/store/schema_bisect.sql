-- Searches for the commit that broke a task. What was learned is kept here; what is to be done follows from it.

CREATE TABLE bisection (
    id         INTEGER PRIMARY KEY,
    task       TEXT    NOT NULL,
    folder     TEXT    NOT NULL, -- in which it runs
    good       TEXT    NOT NULL, -- the commit that is fine
    bad        TEXT    NOT NULL, -- the commit that is not
    worktree   BLOB,             -- in which it was asked for
    state      TEXT    NOT NULL CHECK (state IN ('under-way', 'found', 'none', 'stopped')),
    turn       INTEGER NOT NULL DEFAULT 0, -- counts what was learned: who looked at an older one learns nothing
    commit_id  TEXT,             -- that was found
    reason     TEXT,             -- why there is none
    evidence   TEXT,             -- what is broken in it, as JSON
    started_at INTEGER NOT NULL,
    ended_at   INTEGER,

    CHECK ((state = 'under-way') = (ended_at IS NULL)),
    CHECK ((state = 'found') = (commit_id IS NOT NULL)),
    CHECK ((state IN ('none', 'stopped')) = (reason IS NOT NULL))
) STRICT;

-- The same question is asked once at a time.
CREATE UNIQUE INDEX bisection_under_way ON bisection (task, folder, good, bad) WHERE state = 'under-way';
CREATE INDEX bisection_ended ON bisection (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE bisection_step (
    bisection INTEGER NOT NULL REFERENCES bisection (id) ON DELETE CASCADE,
    commit_id TEXT    NOT NULL,
    turn      INTEGER NOT NULL,
    came      TEXT    CHECK (came IN ('good', 'bad', 'skipped')), -- NULL: not known yet
    job       TEXT,             -- that judged it; NULL: it was known
    said      TEXT,             -- the verdict, or why there is none
    PRIMARY KEY (bisection, commit_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX bisection_waits ON bisection_step (job) WHERE came IS NULL;

-- Which trees were judged by a task that has not changed since.
CREATE INDEX verdict_definition ON verdict (definition, tree) WHERE tree IS NOT NULL;
