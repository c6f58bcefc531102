-- What agents' sessions left behind: nodes and edges, the conversations' words, and the commits that came of them.

-- Files that sessions were read from, and how far.
CREATE TABLE session_file (
    seq         INTEGER PRIMARY KEY,
    path        BLOB    NOT NULL UNIQUE,
    -- How it stood, and when it may be finished though nothing is written to it.
    size        INTEGER NOT NULL,
    modified_ns INTEGER NOT NULL,
    device      INTEGER NOT NULL,
    inode       INTEGER NOT NULL,
    look_at     INTEGER,
    read_at     INTEGER NOT NULL,          -- ms UTC
    gone_at     INTEGER,                   -- since when the file is not there any more
    messages    INTEGER NOT NULL,          -- whether its messages are kept
    awaits      TEXT,                      -- the session that it was forked from, while that is not here
    session     TEXT,
    agent       TEXT,
    folder      TEXT,
    head        TEXT                       -- the session's head, JSON
) STRICT;

-- How far files were read: apart, for most scans look at all files and at the state of none.
CREATE TABLE file_state (
    file  INTEGER PRIMARY KEY REFERENCES session_file (seq) ON DELETE CASCADE,
    state TEXT NOT NULL                    -- JSON that nobody here looks into
) STRICT;

CREATE INDEX session_file_session ON session_file (session);
CREATE INDEX session_file_awaits ON session_file (awaits) WHERE awaits IS NOT NULL;
-- By what files of one family are found: sessions of which one is a copy of another share a key.
CREATE TABLE file_key (
    key  INTEGER NOT NULL,
    file INTEGER NOT NULL REFERENCES session_file (seq) ON DELETE CASCADE,
    PRIMARY KEY (key, file)
) STRICT, WITHOUT ROWID;

CREATE INDEX file_key_file ON file_key (file);

-- Files that were read since they were last compared with others: a scan may end before it comes to that.
CREATE TABLE fresh_file (
    file INTEGER PRIMARY KEY REFERENCES session_file (seq) ON DELETE CASCADE
) STRICT;

-- What a search and a walk need of the current version.
CREATE TABLE node (
    seq           INTEGER PRIMARY KEY,
    id            INTEGER NOT NULL UNIQUE, -- 64 bits, written as 16 hexadecimal digits
    version       INTEGER NOT NULL,
    session       TEXT    NOT NULL,
    agent         TEXT,
    kind          TEXT    NOT NULL,
    outcome       TEXT    NOT NULL,
    project       TEXT    NOT NULL,
    project_name  TEXT    NOT NULL,        -- the last component, in lower case
    analyzer      TEXT    NOT NULL,
    at            INTEGER NOT NULL,        -- when the segment began, ms UTC
    ended_at      INTEGER NOT NULL,
    analyzed_at   INTEGER NOT NULL,
    gone_at       INTEGER,                 -- since when none of its files is there any more
    discovered_at INTEGER                  -- when connections were last looked for
) STRICT;

CREATE INDEX node_at ON node (at, id);
CREATE INDEX node_session ON node (session, at);
CREATE INDEX node_project ON node (project, at);
CREATE INDEX node_project_name ON node (project_name, at);
CREATE INDEX node_analyzed_at ON node (analyzed_at);
CREATE INDEX node_analyzer ON node (analyzer, at);
CREATE INDEX node_gone_at ON node (gone_at) WHERE gone_at IS NOT NULL;

-- Every content that a node ever had.
CREATE TABLE node_version (
    seq         INTEGER PRIMARY KEY,
    node        INTEGER NOT NULL REFERENCES node (seq) ON DELETE CASCADE,
    version     INTEGER NOT NULL,
    analyzed_at INTEGER NOT NULL,
    digest      BLOB    NOT NULL,          -- of what makes it another content
    cause       TEXT    NOT NULL,
    is_draft    INTEGER NOT NULL,          -- whether nobody judged it: there is one such version at most
    body        TEXT    NOT NULL,          -- JSON
    UNIQUE (node, digest)
) STRICT;

-- The files that a node was found in.
CREATE TABLE node_file (
    node INTEGER NOT NULL REFERENCES node (seq) ON DELETE CASCADE,
    file INTEGER NOT NULL REFERENCES session_file (seq) ON DELETE CASCADE,
    PRIMARY KEY (node, file)
) STRICT, WITHOUT ROWID;

CREATE INDEX node_file_file ON node_file (file);

-- Digests of the ids of a node's entries, 8 bytes each, ascending: where a fork left its parent.
CREATE TABLE node_entry (
    node    INTEGER PRIMARY KEY REFERENCES node (seq) ON DELETE CASCADE,
    entries BLOB NOT NULL
) STRICT;

-- What nodes are filtered by that they have several of.
CREATE TABLE term (
    node INTEGER NOT NULL REFERENCES node (seq) ON DELETE CASCADE,
    kind TEXT    NOT NULL,
    text TEXT    NOT NULL,                 -- in lower case
    PRIMARY KEY (node, kind, text)
) STRICT, WITHOUT ROWID;

CREATE INDEX term_text ON term (kind, text, node);

-- Ends are ids: an edge may wait for its nodes.
CREATE TABLE edge (
    source     INTEGER NOT NULL,
    kind       TEXT    NOT NULL,
    target     INTEGER NOT NULL,
    metadata   TEXT    NOT NULL,           -- JSON
    created_at INTEGER NOT NULL,
    created_by TEXT    NOT NULL,
    confidence REAL    NOT NULL,
    similarity REAL,
    PRIMARY KEY (source, kind, target)
) STRICT, WITHOUT ROWID;

CREATE INDEX edge_target ON edge (target, kind, source);

-- Where sessions say that they were forked: the edge follows when the parent's node is there.
CREATE TABLE fork (
    child         INTEGER NOT NULL,
    parent        TEXT    NOT NULL,        -- the parent's session
    child_session TEXT    NOT NULL,
    entry         TEXT,                    -- the last entry that both have
    at            INTEGER NOT NULL,
    PRIMARY KEY (child, parent)
) STRICT, WITHOUT ROWID;

CREATE INDEX fork_parent ON fork (parent);

-- Without an index of two letters all words that begin with them are merged three times for a search such as `re*`: for the
-- matches, for their rank, and for the words around them. It takes a tenth more time to fill.
CREATE VIRTUAL TABLE node_text USING fts5 (
    summary, decisions, lessons, tags, topics, files,
    tokenize = 'porter unicode61', prefix = '2'
);

-- The conversations, as far as they are kept.
CREATE TABLE message (
    seq   INTEGER PRIMARY KEY,
    file  INTEGER NOT NULL REFERENCES session_file (seq) ON DELETE CASCADE,
    entry TEXT    NOT NULL,
    role  TEXT    NOT NULL,
    at    INTEGER,
    text  TEXT    NOT NULL,
    UNIQUE (file, entry)
) STRICT;

CREATE INDEX message_at ON message (at);

CREATE VIRTUAL TABLE message_text USING fts5 (
    text, content = 'message', content_rowid = 'seq', tokenize = 'porter unicode61'
);

CREATE TRIGGER message_indexed AFTER INSERT ON message BEGIN
    INSERT INTO message_text (rowid, text) VALUES (new.seq, new.text);
END;

CREATE TRIGGER message_forgotten AFTER DELETE ON message BEGIN
    INSERT INTO message_text (message_text, rowid, text) VALUES ('delete', old.seq, old.text);
END;

-- What was said in them that reads like a fact.
CREATE TABLE fact (
    seq        INTEGER PRIMARY KEY,
    file       INTEGER NOT NULL REFERENCES session_file (seq) ON DELETE CASCADE,
    entry      TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    text       TEXT    NOT NULL,
    context    TEXT    NOT NULL,
    confidence REAL    NOT NULL,
    at         INTEGER,
    UNIQUE (file, entry, kind, text)
) STRICT;

CREATE VIRTUAL TABLE fact_text USING fts5 (
    text, content = 'fact', content_rowid = 'seq', tokenize = 'porter unicode61'
);

CREATE TRIGGER fact_indexed AFTER INSERT ON fact BEGIN
    INSERT INTO fact_text (rowid, text) VALUES (new.seq, new.text);
END;

CREATE TRIGGER fact_forgotten AFTER DELETE ON fact BEGIN
    INSERT INTO fact_text (fact_text, rowid, text) VALUES ('delete', old.seq, old.text);
END;

-- Commits, and the sessions that made them.
CREATE TABLE commit_link (
    repository TEXT    NOT NULL,
    commit_id  TEXT    NOT NULL,
    session    TEXT    NOT NULL,
    node       INTEGER,                    -- where it is known; else the one of the session at that time
    how        TEXT    NOT NULL,
    at         INTEGER NOT NULL,
    PRIMARY KEY (repository, commit_id, session)
) STRICT, WITHOUT ROWID;

CREATE INDEX commit_link_session ON commit_link (session, at);

-- Of each node's current version: what totals are made of. Triggers keep the totals, whatever removes a row.
CREATE TABLE tool_error (
    tool  TEXT    NOT NULL,
    error TEXT    NOT NULL,
    at    INTEGER NOT NULL,
    node  INTEGER NOT NULL REFERENCES node (seq) ON DELETE CASCADE,
    id    INTEGER NOT NULL,
    model TEXT    NOT NULL,
    times INTEGER NOT NULL,
    PRIMARY KEY (tool, error, at, id, model)
) STRICT, WITHOUT ROWID;

CREATE INDEX tool_error_node ON tool_error (node);

CREATE TABLE failure (
    tool  TEXT    NOT NULL,
    error TEXT    NOT NULL,
    times INTEGER NOT NULL,
    PRIMARY KEY (tool, error)
) STRICT, WITHOUT ROWID;

CREATE TABLE failure_model (
    tool  TEXT    NOT NULL,
    error TEXT    NOT NULL,
    model TEXT    NOT NULL,
    times INTEGER NOT NULL,
    PRIMARY KEY (tool, error, model)
) STRICT, WITHOUT ROWID;

-- What a person wrote beside a failure.
CREATE TABLE failure_note (
    tool  TEXT NOT NULL,
    error TEXT NOT NULL,
    note  TEXT NOT NULL,
    PRIMARY KEY (tool, error)
) STRICT, WITHOUT ROWID;

CREATE TABLE model_use (
    model       TEXT    NOT NULL,
    at          INTEGER NOT NULL,
    node        INTEGER NOT NULL REFERENCES node (seq) ON DELETE CASCADE,
    session     TEXT    NOT NULL,
    input       INTEGER NOT NULL,
    output      INTEGER NOT NULL,
    cache_read  INTEGER NOT NULL,
    cache_write INTEGER NOT NULL,
    cost        INTEGER NOT NULL,          -- 10⁻⁹ US dollars: sums are exact in every order
    PRIMARY KEY (model, at, node)
) STRICT, WITHOUT ROWID;

CREATE INDEX model_use_node ON model_use (node);

CREATE TABLE model_session (
    model   TEXT    NOT NULL,
    session TEXT    NOT NULL,
    nodes   INTEGER NOT NULL,
    PRIMARY KEY (model, session)
) STRICT, WITHOUT ROWID;

CREATE TABLE model_quirk (
    model TEXT    NOT NULL,
    node  INTEGER NOT NULL REFERENCES node (seq) ON DELETE CASCADE,
    times INTEGER NOT NULL,
    PRIMARY KEY (model, node)
) STRICT, WITHOUT ROWID;

CREATE INDEX model_quirk_node ON model_quirk (node);

CREATE TABLE model_total (
    model       TEXT    NOT NULL PRIMARY KEY,
    input       INTEGER NOT NULL DEFAULT 0,
    output      INTEGER NOT NULL DEFAULT 0,
    cache_read  INTEGER NOT NULL DEFAULT 0,
    cache_write INTEGER NOT NULL DEFAULT 0,
    cost        INTEGER NOT NULL DEFAULT 0,
    uses        INTEGER NOT NULL DEFAULT 0,
    sessions    INTEGER NOT NULL DEFAULT 0,
    quirks      INTEGER NOT NULL DEFAULT 0,
    errors      INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE TABLE lesson (
    level   TEXT    NOT NULL,
    pattern TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    id      INTEGER NOT NULL,
    nth     INTEGER NOT NULL,
    node    INTEGER NOT NULL REFERENCES node (seq) ON DELETE CASCADE,
    tags    TEXT    NOT NULL,              -- JSON list
    PRIMARY KEY (level, pattern, at, id, nth)
) STRICT, WITHOUT ROWID;

CREATE INDEX lesson_node ON lesson (node);

CREATE TABLE lesson_total (
    level   TEXT    NOT NULL,
    pattern TEXT    NOT NULL,
    times   INTEGER NOT NULL,
    PRIMARY KEY (level, pattern)
) STRICT, WITHOUT ROWID;

CREATE TABLE lesson_tag (
    level   TEXT    NOT NULL,
    pattern TEXT    NOT NULL,
    tag     TEXT    NOT NULL,
    times   INTEGER NOT NULL,
    PRIMARY KEY (level, pattern, tag)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER tool_error_counted AFTER INSERT ON tool_error BEGIN
    INSERT INTO failure (tool, error, times) VALUES (new.tool, new.error, new.times)
    ON CONFLICT (tool, error) DO UPDATE SET times = times + excluded.times;
    INSERT INTO failure_model (tool, error, model, times)
    SELECT new.tool, new.error, new.model, new.times WHERE new.model <> ''
    ON CONFLICT (tool, error, model) DO UPDATE SET times = times + excluded.times;
    INSERT INTO model_total (model, errors) SELECT new.model, new.times WHERE new.model <> ''
    ON CONFLICT (model) DO UPDATE SET errors = errors + excluded.errors;
END;

CREATE TRIGGER tool_error_taken_back AFTER DELETE ON tool_error BEGIN
    UPDATE failure SET times = times - old.times WHERE tool = old.tool AND error = old.error;
    DELETE FROM failure WHERE tool = old.tool AND error = old.error AND times = 0;
    UPDATE failure_model SET times = times - old.times
    WHERE tool = old.tool AND error = old.error AND model = old.model;
    DELETE FROM failure_model WHERE tool = old.tool AND error = old.error AND model = old.model AND times = 0;
    UPDATE model_total SET errors = errors - old.times WHERE model = old.model;
    DELETE FROM model_total WHERE model = old.model AND uses = 0 AND quirks = 0 AND errors = 0;
END;

CREATE TRIGGER model_use_counted AFTER INSERT ON model_use BEGIN
    INSERT INTO model_total (model, input, output, cache_read, cache_write, cost, uses)
    VALUES (new.model, new.input, new.output, new.cache_read, new.cache_write, new.cost, 1)
    ON CONFLICT (model) DO UPDATE SET
        input = input + excluded.input, output = output + excluded.output,
        cache_read = cache_read + excluded.cache_read, cache_write = cache_write + excluded.cache_write,
        cost = cost + excluded.cost, uses = uses + 1;
    INSERT INTO model_session (model, session, nodes) VALUES (new.model, new.session, 1)
    ON CONFLICT (model, session) DO UPDATE SET nodes = nodes + 1;
    UPDATE model_total SET sessions = sessions + 1
    WHERE model = new.model
      AND (SELECT nodes FROM model_session WHERE model = new.model AND session = new.session) = 1;
END;

CREATE TRIGGER model_use_taken_back AFTER DELETE ON model_use BEGIN
    UPDATE model_session SET nodes = nodes - 1 WHERE model = old.model AND session = old.session;
    UPDATE model_total SET
        input = input - old.input, output = output - old.output, cache_read = cache_read - old.cache_read,
        cache_write = cache_write - old.cache_write, cost = cost - old.cost, uses = uses - 1,
        sessions = sessions
            - ((SELECT nodes FROM model_session WHERE model = old.model AND session = old.session) = 0)
    WHERE model = old.model;
    DELETE FROM model_session WHERE model = old.model AND session = old.session AND nodes = 0;
    DELETE FROM model_total WHERE model = old.model AND uses = 0 AND quirks = 0 AND errors = 0;
END;

CREATE TRIGGER model_quirk_counted AFTER INSERT ON model_quirk BEGIN
    INSERT INTO model_total (model, quirks) VALUES (new.model, new.times)
    ON CONFLICT (model) DO UPDATE SET quirks = quirks + excluded.quirks;
END;

CREATE TRIGGER model_quirk_taken_back AFTER DELETE ON model_quirk BEGIN
    UPDATE model_total SET quirks = quirks - old.times WHERE model = old.model;
    DELETE FROM model_total WHERE model = old.model AND uses = 0 AND quirks = 0 AND errors = 0;
END;

CREATE TRIGGER lesson_counted AFTER INSERT ON lesson BEGIN
    INSERT INTO lesson_total (level, pattern, times) VALUES (new.level, new.pattern, 1)
    ON CONFLICT (level, pattern) DO UPDATE SET times = times + 1;
    INSERT INTO lesson_tag (level, pattern, tag, times)
    SELECT new.level, new.pattern, value, 1 FROM json_each(new.tags) WHERE true
    ON CONFLICT (level, pattern, tag) DO UPDATE SET times = times + 1;
END;

CREATE TRIGGER lesson_taken_back AFTER DELETE ON lesson BEGIN
    UPDATE lesson_total SET times = times - 1 WHERE level = old.level AND pattern = old.pattern;
    DELETE FROM lesson_total WHERE level = old.level AND pattern = old.pattern AND times = 0;
    UPDATE lesson_tag SET times = times - 1
    WHERE level = old.level AND pattern = old.pattern AND tag IN (SELECT value FROM json_each(old.tags));
    DELETE FROM lesson_tag WHERE level = old.level AND pattern = old.pattern AND times = 0;
END;
