-- What is measured: of each run under which name its duration is learned and what it said about its task, and totals that
-- pruning does not lower.

ALTER TABLE run ADD COLUMN history TEXT;           -- NULL: its task
ALTER TABLE run ADD COLUMN came TEXT CHECK (came IN ('succeeded', 'failed')); -- NULL: it says nothing about its task

-- Of the runs that are there: what became of their job next.
UPDATE run SET came = CASE
    (SELECT kind FROM event
     WHERE event.job = run.job AND event.from_state = 'running' AND event.at >= run.started_at
     ORDER BY event.seq LIMIT 1)
    WHEN 'done' THEN 'succeeded' WHEN 'failed' THEN 'failed' WHEN 'retry' THEN 'failed' END;

-- Since the queue was made.
CREATE TABLE run_total (
    task     TEXT    NOT NULL,
    outcome  TEXT    NOT NULL,
    came     TEXT    NOT NULL,                     -- empty: nothing
    runs     INTEGER NOT NULL,
    wall_ms  INTEGER NOT NULL,
    cpu_ms   INTEGER NOT NULL,
    queue_ms INTEGER NOT NULL,
    PRIMARY KEY (task, outcome, came)
) STRICT, WITHOUT ROWID;

INSERT INTO run_total (task, outcome, came, runs, wall_ms, cpu_ms, queue_ms)
SELECT task, outcome, ifnull(came, ''), count(*), sum(max(finished_at - started_at, 0)), ifnull(sum(cpu_ms), 0),
       sum(max(queue_ms, 0))
FROM run GROUP BY task, outcome, ifnull(came, '');

CREATE TRIGGER run_total_grows AFTER INSERT ON run BEGIN
    INSERT INTO run_total (task, outcome, came, runs, wall_ms, cpu_ms, queue_ms)
    VALUES (new.task, new.outcome, ifnull(new.came, ''), 1, max(new.finished_at - new.started_at, 0),
            max(ifnull(new.cpu_ms, 0), 0), max(new.queue_ms, 0))
    ON CONFLICT (task, outcome, came) DO UPDATE SET
        runs = runs + 1, wall_ms = wall_ms + excluded.wall_ms, cpu_ms = cpu_ms + excluded.cpu_ms,
        queue_ms = queue_ms + excluded.queue_ms;
END;

-- Drains are few among the events.
CREATE INDEX event_drained ON event (at) WHERE kind = 'drained';
