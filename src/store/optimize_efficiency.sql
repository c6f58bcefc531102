-- What automations save: what it took by hand, what runs used, and what the engine did.

ALTER TABLE automation_run ADD COLUMN cpu_ms INTEGER;       -- of the whole tree; none if nobody measured it
ALTER TABLE automation_run ADD COLUMN peak_rss_kib INTEGER; -- of its largest process

-- What it took by hand: one row seen in histories when it was generated, one that somebody said, which goes before it.
CREATE TABLE automation_baseline (
    automation TEXT    NOT NULL REFERENCES automation (id) ON DELETE CASCADE,
    origin     TEXT    NOT NULL,             -- history or said
    at         INTEGER NOT NULL,             -- ms UTC, when it was taken
    durations  TEXT    NOT NULL,             -- JSON: ms of each time it was done, oldest first
    per_week   REAL,                         -- how often it was done; none where that is not known
    steps      TEXT    NOT NULL,             -- JSON: the keys of its steps, by which histories tell when it is done by hand again
    PRIMARY KEY (automation, origin)
) STRICT, WITHOUT ROWID;

-- Cycles of the engine; the newest hundred.
CREATE TABLE cycle (
    seq     INTEGER PRIMARY KEY AUTOINCREMENT,
    at      INTEGER NOT NULL,                -- ms UTC
    took_ms INTEGER NOT NULL,
    summary TEXT    NOT NULL                 -- JSON of what it came to
) STRICT;
