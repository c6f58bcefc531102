//! What is forgotten, and when. Durations are not: they live in rings of their own, which only a variant of a task, such as
//! one typed command of many, loses when nothing adds to it any more.

use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::row::{self, Cells, ms};
use super::{Queue, QueueError};
use super::{bisections, commit_sessions, outbox};
use crate::config::schema::Retention;
use crate::store::Durability;

/// How long things are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Jobs that ended other than by failure, and the logs of their runs.
    pub finished: Duration,
    /// Failed jobs, the dead letters.
    pub failed: Duration,
    /// Results; the newest of a task and kind always stays, and of those at most fifty do.
    pub results: Duration,
    /// Run records, for metrics.
    pub runs: Duration,
    /// The audit trail, fired schedules, orphaned results, notices, searches that ended, and which sessions made which
    /// commits, which the graph of sessions keeps for good.
    pub events: Duration,
    /// The durations of a task's variant, after the last of them.
    pub variants: Duration,
    /// Verdicts that nobody asked about.
    pub verdicts: Duration,
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl Policy {
    /// As the configuration says.
    pub fn of(retention: &Retention) -> Self {
        Self {
            finished: retention.results.get(),
            results: retention.results.get(),
            runs: retention.metrics.get(),
            ..Self::default()
        }
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            finished: DAY * 7,
            failed: DAY * 30,
            results: DAY * 7,
            runs: DAY * 30,
            events: DAY * 30,
            variants: DAY * 30,
            verdicts: DAY * 30,
        }
    }
}

/// What one call of [`Queue::prune`] removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// How many jobs.
    pub jobs: usize,
    /// How many results.
    pub results: usize,
    /// How many run records.
    pub runs: usize,
    /// How many events, fires, orphans, searches and sessions of commits.
    pub events: usize,
    /// How many durations.
    pub durations: usize,
    /// How many notices, messages and what is remembered of them.
    pub notices: usize,
    /// How many verdicts, of trees and of files.
    pub verdicts: usize,
    /// Log files that nothing refers to any more: the caller deletes them.
    pub logs: Vec<PathBuf>,
    /// Whether the bound cut it short.
    pub more: bool,
}

impl Queue {
    /// Removes what is past its time, at most `max_rows` rows of each kind.
    ///
    /// Log files are named before they are gone: the caller deletes them after the transaction, and a crash in between
    /// leaves a file, never a row that names a missing one as kept.
    pub fn prune(
        &mut self,
        policy: &Policy,
        now: Timestamp,
        max_rows: usize,
    ) -> Result<Pruned, QueueError> {
        self.write_with_ballast(Durability::Normal, |tx| {
            let mut pruned = Pruned::default();
            prune_jobs(tx, policy, now, max_rows, &mut pruned)?;
            prune_runs(tx, before(now, policy.runs), max_rows, &mut pruned)?;
            pruned.results = prune_results(tx, before(now, policy.results), max_rows)?;
            let events = prune_events(tx, before(now, policy.events), max_rows)?;
            pruned.events = events.iter().sum();
            pruned.durations = prune_variants(tx, before(now, policy.variants), max_rows)?;
            let notices = outbox::prune(tx, before(now, policy.events), max_rows)?;
            pruned.notices = notices.iter().sum();
            let verdicts = prune_verdicts(tx, before(now, policy.verdicts), max_rows)?;
            pruned.verdicts = verdicts.iter().sum();
            let counts = [pruned.jobs, pruned.runs, pruned.results, pruned.durations];
            pruned.more = counts
                .iter()
                .chain(&events)
                .chain(&verdicts)
                .chain(&notices)
                .any(|count| *count >= max_rows);
            Ok(pruned)
        })
    }
}

/// The moment before which things are past their time.
fn before(now: Timestamp, kept: Duration) -> i64 {
    ms(now).saturating_sub(row::span(kept))
}

fn prune_jobs(
    conn: &Connection,
    policy: &Policy,
    now: Timestamp,
    max_rows: usize,
    pruned: &mut Pruned,
) -> Result<(), QueueError> {
    let failed = "SELECT seq, id FROM job WHERE state = 'failed' AND finished_at < ?1 ORDER BY finished_at LIMIT ?2";
    // The states are part of the index: those that are skipped cost no look at the row.
    let finished = "SELECT seq, id FROM job INDEXED BY job_finished
                    WHERE finished_at IS NOT NULL AND finished_at < ?1 AND state <> 'failed'
                    ORDER BY finished_at LIMIT ?2";
    for (sql, kept) in [(failed, policy.failed), (finished, policy.finished)] {
        let left = max_rows.saturating_sub(pruned.jobs);
        let params = params![before(now, kept), row::bound(left)];
        let jobs = row::all(conn, sql, params, |row| {
            let mut row = Cells::new(row);
            Ok((row.next::<i64>()?, row.next::<String>()?))
        })?;
        for (seq, id) in jobs {
            take_logs(conn, &id, pruned)?;
            row::change(conn, "DELETE FROM job WHERE seq = ?1", [seq])?;
            pruned.jobs += 1;
        }
    }
    Ok(())
}

/// The logs of a job's runs go with the job, its run records stay for metrics.
fn take_logs(conn: &Connection, id: &str, pruned: &mut Pruned) -> Result<(), QueueError> {
    let sql = "UPDATE run SET log = NULL WHERE job = ?1 AND log IS NOT NULL";
    let logs = "SELECT log FROM run WHERE job = ?1 AND log IS NOT NULL";
    let paths = row::all(conn, logs, [id], |row| Cells::new(row).path())?;
    if !paths.is_empty() {
        row::change(conn, sql, [id])?;
    }
    pruned.logs.extend(paths.into_iter().flatten());
    Ok(())
}

fn prune_runs(
    conn: &Connection,
    before: i64,
    max_rows: usize,
    pruned: &mut Pruned,
) -> Result<(), QueueError> {
    let sql = "DELETE FROM run WHERE seq IN
               (SELECT seq FROM run WHERE finished_at < ?1 ORDER BY finished_at LIMIT ?2) RETURNING log";
    let logs = row::all(conn, sql, params![before, row::bound(max_rows)], |row| {
        Cells::new(row).path()
    })?;
    pruned.runs = logs.len();
    pruned.logs.extend(logs.into_iter().flatten());
    Ok(())
}

fn prune_results(conn: &Connection, before: i64, max_rows: usize) -> Result<usize, QueueError> {
    row::change(
        conn,
        "DELETE FROM result WHERE id IN (
             SELECT id FROM result AS old WHERE created_at < ?1 AND EXISTS (
                 SELECT 1 FROM result AS newer
                 WHERE newer.task = old.task AND newer.kind = old.kind AND newer.id > old.id)
             ORDER BY created_at LIMIT ?2)",
        params![before, row::bound(max_rows)],
    )
}

fn prune_variants(conn: &Connection, before: i64, max_rows: usize) -> Result<usize, QueueError> {
    row::change(
        conn,
        "DELETE FROM execution WHERE seq IN (
             SELECT seq FROM execution AS old WHERE instr(task, ':') > 0 AND NOT EXISTS (
                 SELECT 1 FROM execution AS newer
                 WHERE newer.task = old.task AND newer.finished_at >= ?1)
             LIMIT ?2)",
        params![before, row::bound(max_rows)],
    )
}

/// Deletes the oldest rows of a table, by what names a row and when it was of use last.
pub(super) fn prune_oldest(
    conn: &Connection,
    (table, key, at): (&str, &str, &str),
    before: i64,
    max_rows: usize,
) -> Result<usize, QueueError> {
    let sql = format!(
        "DELETE FROM {table} WHERE ({key}) IN (SELECT {key} FROM {table} WHERE {at} < ?1 ORDER BY {at} LIMIT ?2)"
    );
    row::change(conn, &sql, params![before, row::bound(max_rows)])
}

fn prune_verdicts(
    conn: &Connection,
    before: i64,
    max_rows: usize,
) -> Result<[usize; 4], QueueError> {
    let prune = |table, key| prune_oldest(conn, (table, key, "used_at"), before, max_rows);
    Ok([
        prune("verdict", "key")?,
        prune("definition", "digest")?,
        prune("passed", "definition, tree, against")?,
        prune("judged_file", "definition, file")?,
    ])
}

fn prune_events(conn: &Connection, before: i64, max_rows: usize) -> Result<[usize; 5], QueueError> {
    // Rows were written in the order of time: the oldest are looked at, not all.
    let events = row::change(
        conn,
        "DELETE FROM event WHERE seq IN (
             SELECT seq FROM (SELECT seq, at FROM event ORDER BY seq LIMIT ?2) WHERE at < ?1)",
        params![before, row::bound(max_rows)],
    )?;
    let orphans = row::change(
        conn,
        "DELETE FROM orphan WHERE seq IN (
             SELECT seq FROM (SELECT seq, at FROM orphan ORDER BY seq LIMIT ?2) WHERE at < ?1)",
        params![before, row::bound(max_rows)],
    )?;
    // The newest fire of a schedule is what keeps a clock set back from firing again.
    let fires = row::change(
        conn,
        "DELETE FROM fire WHERE (schedule, scheduled_for) IN (
             SELECT schedule, scheduled_for FROM fire AS old WHERE fired_at < ?1 AND EXISTS (
                 SELECT 1 FROM fire AS newer
                 WHERE newer.schedule = old.schedule AND newer.scheduled_for > old.scheduled_for)
             LIMIT ?2)",
        params![before, row::bound(max_rows)],
    )?;
    let bisections = bisections::prune(conn, before, max_rows)?;
    let sessions = commit_sessions::prune(conn, before, max_rows)?;
    Ok([events, orphans, fires, bisections, sessions])
}
