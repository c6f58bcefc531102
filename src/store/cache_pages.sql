-- Facts by folder: a run reads few rows where it read one for each blob.

DROP TABLE fact;

-- The files of one commit as they were last looked at, a row for each folder. Equal trees have equal contents, all the
-- way down: a folder whose tree is the same is taken as it is, with everything below it.
CREATE TABLE page (
    folder  BLOB    NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL, -- of the facts
    tree    BLOB,             -- null while something is missing
    files   BLOB    NOT NULL
) STRICT;

-- The same for what costs more to find out.
CREATE TABLE deep_page (
    folder  BLOB    NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    tree    BLOB,
    facts   BLOB    NOT NULL -- by blob
) STRICT;

-- What was found out about a commit, which never changes.
CREATE TABLE commit_fact (
    analyzer  TEXT    NOT NULL,
    version   INTEGER NOT NULL,
    oid       BLOB    NOT NULL,
    body      BLOB    NOT NULL,
    found_at  INTEGER NOT NULL, -- ms UTC, for eviction
    PRIMARY KEY (analyzer, version, oid)
) STRICT, WITHOUT ROWID;

CREATE INDEX commit_fact_found_at ON commit_fact (found_at);

-- What an analyser remembers between runs, such as the sums over the history up to a commit.
CREATE TABLE memory (
    name    TEXT    NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    body    BLOB    NOT NULL
) STRICT;
