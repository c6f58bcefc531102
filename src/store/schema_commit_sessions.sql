-- Which sessions of coding agents made which commits, as the agents told the hooks.

CREATE TABLE commit_session (
    seq       INTEGER PRIMARY KEY,
    commit_id TEXT    NOT NULL,
    agent     TEXT    NOT NULL,
    session   TEXT    NOT NULL,           -- the agent's own id of it
    at        INTEGER NOT NULL,           -- ms UTC
    carried   INTEGER NOT NULL DEFAULT 0, -- whether the graph of sessions has it
    UNIQUE (commit_id, agent, session)
) STRICT;

CREATE INDEX commit_session_waiting ON commit_session (seq) WHERE carried = 0;
