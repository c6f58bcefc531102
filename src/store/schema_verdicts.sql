-- What was judged. A verdict belongs to its inputs, whichever commit they are in.

CREATE TABLE verdict (
    key        TEXT    PRIMARY KEY,
    task       TEXT    NOT NULL,
    definition TEXT    NOT NULL, -- everything in the key but the files
    tree       TEXT,             -- that it was made on last; NULL: a message
    commit_id  TEXT,             -- the commit, if it was one
    verdict    TEXT    NOT NULL CHECK (verdict IN ('clean', 'findings')),
    summary    TEXT    NOT NULL,
    body       TEXT,             -- what was found
    job        TEXT,             -- that made it
    signer     TEXT,             -- whose word it is, where it was made elsewhere
    made_at    INTEGER NOT NULL,
    used_at    INTEGER NOT NULL,

    CHECK ((verdict = 'findings') = (body IS NOT NULL)),
    CHECK ((job IS NULL) <> (signer IS NULL))
) STRICT;

CREATE INDEX verdict_tree ON verdict (tree) WHERE tree IS NOT NULL;
CREATE INDEX verdict_job ON verdict (job) WHERE job IS NOT NULL;
CREATE INDEX verdict_task ON verdict (task, made_at);
CREATE INDEX verdict_used ON verdict (used_at);

-- What definitions are digests of.
CREATE TABLE definition (
    digest  TEXT    PRIMARY KEY,
    task    TEXT    NOT NULL,
    parts   TEXT    NOT NULL,
    used_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX definition_used ON definition (used_at);

-- Trees with which a task is content, as a whole or against what it was compared with.
CREATE TABLE passed (
    definition TEXT    NOT NULL,
    tree       TEXT    NOT NULL,
    against    TEXT    NOT NULL, -- empty: whatever it is compared with
    used_at    INTEGER NOT NULL,
    PRIMARY KEY (definition, tree, against)
) STRICT, WITHOUT ROWID;

CREATE INDEX passed_used ON passed (used_at);

-- Files with which a task is content that looks at each by itself.
CREATE TABLE judged_file (
    definition TEXT    NOT NULL,
    file       BLOB    NOT NULL CHECK (length(file) = 32), -- digest of path, mode and blob
    used_at    INTEGER NOT NULL,
    PRIMARY KEY (definition, file)
) STRICT, WITHOUT ROWID;

CREATE INDEX judged_file_used ON judged_file (used_at);

-- The jobs that judge something: their `input_key` says what.
CREATE INDEX job_judging ON job (input_key) WHERE input_key IS NOT NULL;
