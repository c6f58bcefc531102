-- What the agent was told and paid for, how much nodes matter by now, and what was told to agents of all that.

-- Instructions that sessions were analysed with, each with the text it stands for.
CREATE TABLE prompt_version (
    number     INTEGER PRIMARY KEY,        -- of v3-a1b2c3d4 it is 3
    digest     TEXT    NOT NULL,           -- a1b2c3d4
    created_at INTEGER NOT NULL,           -- ms UTC
    reason     TEXT    NOT NULL,           -- empty if nobody said one
    text       TEXT    NOT NULL
) STRICT;

CREATE INDEX prompt_version_digest ON prompt_version (digest, number);

-- Calls of the agent: written before the call, with what it may come to, and again when it has ended. A call that has not
-- ended is running, or its process was killed; what it was expected to cost counts then.
CREATE TABLE agent_call (
    seq           INTEGER PRIMARY KEY AUTOINCREMENT,
    job           TEXT    NOT NULL,
    node          INTEGER,                 -- the id of the node that it was about
    purpose       TEXT    NOT NULL,
    model         TEXT    NOT NULL,        -- provider/model
    run           TEXT    NOT NULL,        -- the night, the tick or the command that it was made in
    started_at    INTEGER NOT NULL,
    ended_at      INTEGER,
    outcome       TEXT,                    -- ok, or a failure's word
    kept          INTEGER NOT NULL DEFAULT 0, -- whether the answer was there already and nothing was called
    input         INTEGER NOT NULL DEFAULT 0,
    output        INTEGER NOT NULL DEFAULT 0,
    cache_read    INTEGER NOT NULL DEFAULT 0,
    cache_write   INTEGER NOT NULL DEFAULT 0,
    cost          INTEGER,                 -- 10⁻⁹ US dollars; none while nobody told it
    expected_cost INTEGER NOT NULL,
    wall_ms       INTEGER
) STRICT;

CREATE INDEX agent_call_started_at ON agent_call (started_at);
CREATE INDEX agent_call_run ON agent_call (run);
CREATE INDEX agent_call_job ON agent_call (job);
CREATE INDEX agent_call_model ON agent_call (model, ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX agent_call_ended_at ON agent_call (purpose, ended_at) WHERE ended_at IS NOT NULL;

-- How much nodes matter by now. What it is made of is kept, for most nodes are as they were the night before.
CREATE TABLE node_relevance (
    node        INTEGER PRIMARY KEY REFERENCES node (seq) ON DELETE CASCADE,
    version     INTEGER NOT NULL,          -- that importance and confidence are of; 0 if they were never computed
    importance  REAL    NOT NULL,
    confidence  REAL    NOT NULL,
    relevance   REAL    NOT NULL,
    accesses    INTEGER NOT NULL,          -- how often it was shown to somebody
    accessed_at INTEGER,
    archived    INTEGER NOT NULL           -- whether a search passes it over
) STRICT;

-- What many sessions say alike, as it was last drawn from them.
CREATE TABLE insight (
    id         TEXT    NOT NULL PRIMARY KEY,
    kind       TEXT    NOT NULL,
    model      TEXT    NOT NULL,           -- provider/model; empty if it is of no model
    frequency  INTEGER NOT NULL,
    confidence REAL    NOT NULL,
    last_seen  INTEGER NOT NULL,
    body       TEXT    NOT NULL            -- JSON
) STRICT, WITHOUT ROWID;

CREATE INDEX insight_kind ON insight (kind, frequency);

-- Insights about which something was decided.
CREATE TABLE insight_standing (
    insight  TEXT    NOT NULL PRIMARY KEY,
    standing TEXT    NOT NULL,
    at       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Insights that stand in files which coding agents read.
CREATE TABLE insight_note (
    file    BLOB    NOT NULL,
    insight TEXT    NOT NULL,
    scope   TEXT    NOT NULL,              -- the folder whose sessions read the file; empty for all
    since   INTEGER NOT NULL,
    text    TEXT    NOT NULL,              -- as it stands there
    body    TEXT    NOT NULL,              -- the insight as it was then, JSON
    PRIMARY KEY (file, insight)
) STRICT, WITHOUT ROWID;

CREATE INDEX insight_note_insight ON insight_note (insight);

-- What came of that, one row for each time that an insight was newly told.
CREATE TABLE insight_effect (
    insight     TEXT    NOT NULL,
    since       INTEGER NOT NULL,
    measured_at INTEGER NOT NULL,
    body        TEXT    NOT NULL,          -- JSON
    PRIMARY KEY (insight, since)
) STRICT, WITHOUT ROWID;
