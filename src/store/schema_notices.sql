-- The outbox: what people are told, through which channels, and how far it has come.

CREATE TABLE notice (
    seq      INTEGER PRIMARY KEY AUTOINCREMENT,
    id       TEXT    NOT NULL UNIQUE,
    at       INTEGER NOT NULL,
    event    TEXT    NOT NULL,
    severity TEXT    NOT NULL,
    task     TEXT,
    job      TEXT,
    body     TEXT    NOT NULL -- all of it, as JSON
) STRICT;

CREATE INDEX notice_at ON notice (at);

-- What a channel carries at once: one notice or several.
CREATE TABLE message (
    seq      INTEGER PRIMARY KEY AUTOINCREMENT,
    id       TEXT    NOT NULL,
    channel  TEXT    NOT NULL,
    state    TEXT    NOT NULL CHECK (state IN ('waiting', 'sent', 'given-up')),
    made_at  INTEGER NOT NULL,
    due_at   INTEGER NOT NULL, -- not sooner
    attempts INTEGER NOT NULL DEFAULT 0,
    error    TEXT,             -- of the last attempt
    ended_at INTEGER,

    UNIQUE (channel, id),
    CHECK ((state = 'waiting') = (ended_at IS NULL))
) STRICT;

-- Its condition is that of the statements that use it, word for word.
CREATE INDEX message_unsent ON message (channel, seq) WHERE state <> 'sent';
CREATE INDEX message_ended ON message (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX message_sent ON message (channel, ended_at) WHERE state = 'sent';

CREATE TABLE delivery (
    notice  INTEGER NOT NULL REFERENCES notice (seq) ON DELETE CASCADE,
    channel TEXT    NOT NULL,
    message INTEGER REFERENCES message (seq), -- NULL: in none yet
    PRIMARY KEY (notice, channel)
) STRICT, WITHOUT ROWID;

CREATE INDEX delivery_open ON delivery (channel, notice) WHERE message IS NULL;
CREATE INDEX delivery_message ON delivery (message) WHERE message IS NOT NULL;

-- What is known to have been told, so that it is not told again before it changes.
CREATE TABLE told (
    subject TEXT    PRIMARY KEY,
    state   TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    times   INTEGER NOT NULL DEFAULT 1
) STRICT, WITHOUT ROWID;

CREATE TABLE told_finding (
    task    TEXT    NOT NULL,
    finding TEXT    NOT NULL,
    seen_at INTEGER NOT NULL,
    PRIMARY KEY (task, finding)
) STRICT, WITHOUT ROWID;

CREATE INDEX told_finding_seen ON told_finding (seen_at);

-- What happened before there was an outbox is not told.
INSERT INTO counter (name, value) SELECT 'noticed', coalesce(max(seq), 0) FROM event;
