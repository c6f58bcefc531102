-- The queue. Times are milliseconds since the epoch, UTC; spans are milliseconds.
--
-- A million finished jobs must cost nothing: whatever runs on every enqueue or claim reads partial indexes over the
-- live states only.

CREATE TABLE job (
    seq                  INTEGER PRIMARY KEY, -- order of creation, breaks ties
    id                   TEXT    NOT NULL UNIQUE CHECK (length(id) = 8),
    task                 TEXT    NOT NULL,
    name                 TEXT,
    lane                 TEXT    NOT NULL CHECK (lane IN ('local', 'agent')),
    priority             INTEGER NOT NULL,    -- lower runs sooner
    user_triggered       INTEGER NOT NULL CHECK (user_triggered IN (0, 1)),
    acknowledged         INTEGER NOT NULL CHECK (acknowledged IN (0, 1)),
    origin               TEXT    NOT NULL,    -- what made it exist
    origin_data          TEXT    NOT NULL,
    recreatable          INTEGER NOT NULL CHECK (recreatable IN (0, 1)),
    unique_key           TEXT,
    commit_id            TEXT,
    base_id              TEXT,
    paths                BLOB,                -- NUL-terminated each; NULL: everything
    worktree             BLOB,
    input_key            TEXT,
    spec                 TEXT    NOT NULL,
    state                TEXT    NOT NULL CHECK (state IN (
                             'blocked', 'queued', 'held', 'running',
                             'done', 'failed', 'cancelled', 'expired', 'superseded', 'dropped', 'skipped')),
    run_at               INTEGER NOT NULL,
    deadline             INTEGER,
    timeout              INTEGER NOT NULL CHECK (timeout >= 0),
    attempt              INTEGER NOT NULL DEFAULT 0 CHECK (attempt >= 0),
    max_retries          INTEGER NOT NULL CHECK (max_retries >= 0),
    retry_delay          INTEGER NOT NULL CHECK (retry_delay >= 0),
    losses               INTEGER NOT NULL DEFAULT 0 CHECK (losses >= 0),
    retry_alone          INTEGER NOT NULL DEFAULT 0 CHECK (retry_alone IN (0, 1)),
    fence                INTEGER NOT NULL DEFAULT 0 CHECK (fence >= 0),
    pending_dependencies INTEGER NOT NULL DEFAULT 0 CHECK (pending_dependencies >= 0),
    missed_from          INTEGER NOT NULL,
    queued_at            INTEGER NOT NULL,
    started_at           INTEGER,
    finished_at          INTEGER,
    run_id               TEXT,
    slot                 INTEGER,
    category             TEXT    CHECK (category IN ('permanent', 'max_retries', 'timeout', 'dependency_failed', 'lost')),
    error                TEXT,
    reason               TEXT,                -- of being held, or of having left by a side exit
    exit_code            INTEGER,
    result               INTEGER,
    rerun_input          TEXT,                -- its twin, wanted while it runs
    rerun_paths          BLOB,

    CHECK ((finished_at IS NOT NULL) = (state NOT IN ('blocked', 'queued', 'held', 'running'))),
    CHECK ((state = 'running') = (run_id IS NOT NULL)),
    CHECK ((state = 'running') = (slot IS NOT NULL)),
    CHECK (state <> 'running' OR started_at IS NOT NULL),
    CHECK ((state = 'failed') = (category IS NOT NULL)),
    CHECK (state <> 'failed' OR error IS NOT NULL),
    CHECK (state <> 'held' OR reason IS NOT NULL),
    CHECK (state <> 'blocked' OR pending_dependencies > 0),
    CHECK (state NOT IN ('queued', 'running', 'done') OR pending_dependencies = 0),
    CHECK (rerun_input IS NULL OR state = 'running')
) STRICT;

-- Twins: at most one live job has a key. One that runs is a twin as well, and is followed by its rerun_input.
CREATE UNIQUE INDEX job_twin ON job (unique_key)
    WHERE unique_key IS NOT NULL AND state IN ('blocked', 'queued', 'held', 'running');

-- What may start next, in order. Its condition is that of the statements that use it, word for word.
CREATE INDEX job_queued ON job (priority, queued_at, seq) WHERE state = 'queued';

-- What waits or runs: bounded by the queue's limit and the slots.
CREATE INDEX job_live ON job (state, priority, queued_at)
    WHERE state IN ('blocked', 'queued', 'held', 'running');

CREATE INDEX job_finished ON job (finished_at, state) WHERE finished_at IS NOT NULL;
CREATE INDEX job_failed ON job (finished_at) WHERE state = 'failed';

-- Who waits for whom.
CREATE TABLE need (
    job         INTEGER NOT NULL REFERENCES job (seq) ON DELETE CASCADE,
    needed      TEXT    NOT NULL,             -- a job's id; it may be pruned before the one that needed it
    satisfied   INTEGER NOT NULL CHECK (satisfied IN (0, 1)),
    after_rerun INTEGER NOT NULL DEFAULT 0 CHECK (after_rerun IN (0, 1)), -- waits for the rerun, not for the run under way
    PRIMARY KEY (job, needed)
) STRICT, WITHOUT ROWID;

CREATE INDEX need_unsatisfied ON need (needed) WHERE satisfied = 0;

-- Every run that ended and was settled, or was lost.
CREATE TABLE run (
    seq          INTEGER PRIMARY KEY,
    job          TEXT    NOT NULL,
    task         TEXT    NOT NULL,
    run_id       TEXT    NOT NULL,
    fence        INTEGER NOT NULL,
    attempt      INTEGER NOT NULL,
    slot         INTEGER NOT NULL,
    host         TEXT    NOT NULL,
    commit_id    TEXT,
    queue_ms     INTEGER NOT NULL,
    started_at   INTEGER NOT NULL,
    finished_at  INTEGER NOT NULL,
    outcome      TEXT    NOT NULL,
    killed       INTEGER NOT NULL CHECK (killed IN (0, 1)),
    exit_code    INTEGER,
    signal       INTEGER,
    cpu_ms       INTEGER,
    peak_rss_kib INTEGER,
    enforced     TEXT    NOT NULL,
    log          BLOB
) STRICT;

CREATE INDEX run_job ON run (job);
CREATE INDEX run_finished ON run (finished_at);
CREATE INDEX run_lost ON run (run_id) WHERE outcome = 'lost';

CREATE TABLE result (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    job        TEXT    NOT NULL,
    task       TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    commit_id  TEXT,
    schema     INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    body       TEXT    NOT NULL
) STRICT;

CREATE INDEX result_job ON result (job);
CREATE INDEX result_task ON result (task, kind, id);
CREATE INDEX result_created ON result (created_at);

-- What a run left whose lease was lost.
CREATE TABLE orphan (
    seq        INTEGER PRIMARY KEY,
    at         INTEGER NOT NULL,
    job        TEXT    NOT NULL,
    run_id     TEXT    NOT NULL,
    fence      INTEGER NOT NULL,
    settlement TEXT    NOT NULL
) STRICT;

-- What is learned of a task on a host; a ring, never pruned.
CREATE TABLE execution (
    seq         INTEGER PRIMARY KEY,
    task        TEXT    NOT NULL,
    host        TEXT    NOT NULL,
    finished_at INTEGER NOT NULL,
    ms          INTEGER NOT NULL CHECK (ms >= 0),
    kind        TEXT    NOT NULL CHECK (kind IN ('succeeded', 'failed', 'killed')),
    opportunity INTEGER NOT NULL
) STRICT;

CREATE INDEX execution_ring ON execution (task, host, seq);

-- The audit trail.
CREATE TABLE event (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    at         INTEGER NOT NULL,
    job        TEXT,
    task       TEXT,
    kind       TEXT    NOT NULL,
    from_state TEXT,
    to_state   TEXT,
    data       TEXT    NOT NULL
) STRICT;

CREATE INDEX event_job ON event (job) WHERE job IS NOT NULL;

-- Numbers of the queue as a whole: opportunities, stop requests, the pause.
CREATE TABLE counter (
    name  TEXT    PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Up to which commit each ref has been seen.
CREATE TABLE watermark (
    name      TEXT    PRIMARY KEY,
    commit_id TEXT    NOT NULL,
    at        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What the files of each worktree looked like.
CREATE TABLE file (
    worktree BLOB    NOT NULL,
    path     BLOB    NOT NULL,
    size     INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    ctime_ns INTEGER NOT NULL,
    inode    INTEGER NOT NULL,                -- the bits of an unsigned number
    hash     BLOB    CHECK (hash IS NULL OR length(hash) = 32),
    racy     INTEGER NOT NULL CHECK (racy IN (0, 1)),
    PRIMARY KEY (worktree, path)
) STRICT, WITHOUT ROWID;

CREATE TABLE schedule (
    name       TEXT    PRIMARY KEY,
    expression TEXT    NOT NULL,
    next_fire  INTEGER,
    last_fire  INTEGER
) STRICT, WITHOUT ROWID;

-- The proof that a schedule fired for a moment.
CREATE TABLE fire (
    schedule      TEXT    NOT NULL,
    scheduled_for INTEGER NOT NULL,
    fired_at      INTEGER NOT NULL,
    PRIMARY KEY (schedule, scheduled_for)
) STRICT, WITHOUT ROWID;
