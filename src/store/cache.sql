-- Facts that analysers derived from blobs. A blob never changes, so a fact holds until its analyser does.

CREATE TABLE fact (
    analyzer  TEXT    NOT NULL,
    version   INTEGER NOT NULL,
    oid       BLOB    NOT NULL,
    body      TEXT    NOT NULL,
    last_used INTEGER NOT NULL, -- ms UTC, for eviction
    PRIMARY KEY (analyzer, version, oid)
) STRICT, WITHOUT ROWID;

CREATE INDEX fact_last_used ON fact (last_used);
