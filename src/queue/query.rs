//! What people and programs ask about jobs.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::types::ToSql;
use rusqlite::{MAIN_DB, Row, params};
use serde_json::Value;

use super::row::{self, Cells, Stored, columns, live, ms};
use super::{ExecutionKind, Job, JobId, Queue, QueueError, StateKind};
use crate::store::StoreError;

macro_rules! run_columns {
    () => {
        "job, task, run_id, fence, attempt, slot, host, commit_id, queue_ms, started_at, finished_at, outcome, killed, \
         exit_code, signal, cpu_ms, peak_rss_kib, enforced, log"
    };
}

macro_rules! entry_columns {
    () => {
        "id, task, job, kind, commit_id, created_at"
    };
}

macro_rules! result_columns {
    () => {
        "id, job, task, kind, commit_id, schema, created_at, body"
    };
}

/// What a prefix of an id names.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// Exactly this job.
    One(Box<Job>),
    /// Nothing.
    None,
    /// One of these.
    Ambiguous(Vec<JobId>),
}

/// Which jobs to list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Which {
    /// Those that wait or run.
    #[default]
    Live,
    /// Those that ended.
    Finished,
    /// Everything that retention still holds.
    All,
    /// Those in one state.
    In(StateKind),
}

/// What to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// In which part of their life.
    pub which: Which,
    /// Of one task only.
    pub task: Option<String>,
    /// Of one commit only.
    pub commit: Option<String>,
    /// At most so many.
    pub limit: Option<usize>,
}

/// The numbers of the queue.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Counts {
    /// Live jobs by state, and the dead letters. The others are too many to be counted each time somebody looks.
    pub by_state: BTreeMap<StateKind, u64>,
    /// Done since the start of the local day.
    pub done_today: u64,
    /// Failed since the start of the local day.
    pub failed_today: u64,
    /// When the oldest waiting job was enqueued.
    pub oldest_queued: Option<Timestamp>,
    /// Mean duration of the executions that history holds.
    pub average_duration: Option<Duration>,
}

/// A run of a job.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)] // the fields of `RunRecord` and `Lease` carry the explanations
pub struct RunRow {
    pub job: JobId,
    pub task: String,
    pub run_id: String,
    pub fence: i64,
    pub attempt: u32,
    pub slot: u32,
    pub host: String,
    pub commit: Option<String>,
    /// How long the job had waited when it started, in milliseconds.
    pub queue_ms: i64,
    pub started_at: Timestamp,
    pub finished_at: Timestamp,
    pub outcome: String,
    pub killed: bool,
    pub exit_code: Option<i32>,
    pub signal: Option<i32>,
    pub cpu_ms: Option<i64>,
    pub peak_rss_kib: Option<i64>,
    pub enforced: Value,
    pub log: Option<PathBuf>,
}

/// A result that was stored.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)] // the fields of `NewResult` carry the explanations
pub struct StoredResult {
    pub id: i64,
    pub job: JobId,
    pub task: String,
    pub kind: String,
    pub commit: Option<String>,
    pub schema: u32,
    pub created_at: Timestamp,
    pub body: Value,
}

/// What a stored result is, without its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResultEntry {
    /// Its number: newer ones have larger ones.
    pub id: i64,
    /// The task that made it.
    pub task: String,
    /// The job that made it.
    pub job: JobId,
    /// Its type.
    pub kind: String,
    /// The commit it is about.
    pub commit: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Which results to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResultFilter {
    /// Of one job only.
    pub job: Option<JobId>,
    /// Of one task only.
    pub task: Option<String>,
    /// Of one kind only.
    pub kind: Option<String>,
    /// About one commit only.
    pub commit: Option<String>,
    /// At most so many.
    pub limit: Option<usize>,
}

/// Success and duration, of everything and by task, over the executions that history holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Statistics {
    /// Of all tasks.
    pub all: TaskStatistics,
    /// By task; variants written `task:variant` count for `task`.
    pub by_task: BTreeMap<String, TaskStatistics>,
}

/// Success and duration.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TaskStatistics {
    /// Executions that ended by themselves.
    pub total: u64,
    /// Of these, done.
    pub successful: u64,
    /// Of these, failed.
    pub failed: u64,
    /// Successful of total, 0 to 1; `None` without executions.
    pub success_rate: Option<f64>,
    /// Mean duration.
    pub average_duration: Option<Duration>,
}

/// The most matches that an ambiguous prefix lists.
const AMBIGUOUS: i64 = 20;

impl Queue {
    /// The job that a prefix of its id names.
    pub fn find(&self, prefix: &str) -> Result<Found, QueueError> {
        let prefix = prefix.to_ascii_lowercase();
        if prefix.is_empty() || !prefix.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Ok(Found::None);
        }
        // `g` comes after every hexadecimal digit, so that this is a range of the index.
        let sql = "SELECT id FROM job WHERE id >= ?1 AND id < ?1 || 'g' ORDER BY id LIMIT ?2";
        let mut ids = row::all(self.conn(), sql, params![prefix, AMBIGUOUS], |row| {
            Ok(JobId(Cells::new(row).next()?))
        })?;
        match (ids.pop(), ids.is_empty()) {
            (Some(id), true) => Ok(self
                .job(&id)?
                .map_or(Found::None, |job| Found::One(Box::new(job)))),
            (Some(last), false) => {
                ids.push(last);
                Ok(Found::Ambiguous(ids))
            }
            (None, _) => Ok(Found::None),
        }
    }

    /// A job.
    pub fn job(&self, id: &JobId) -> Result<Option<Job>, QueueError> {
        Ok(Stored::by_id(self.conn(), id)?.map(|stored| stored.job))
    }

    /// Jobs: running ones first, then waiting ones in their order, then ended ones, newest first.
    pub fn list(&self, filter: &Filter) -> Result<Vec<Job>, QueueError> {
        let mut jobs = Vec::new();
        let limit = filter.limit.unwrap_or(usize::MAX);
        if filter.which.has_live() {
            let sql = concat!(
                "SELECT ",
                columns!(),
                " FROM job WHERE ",
                live!(),
                " AND (?1 IS NULL OR state = ?1) AND (?2 IS NULL OR task = ?2) AND (?3 IS NULL OR commit_id = ?3)
                  ORDER BY state <> 'running', state <> 'queued', priority, queued_at, seq LIMIT ?4"
            );
            jobs = self.jobs(sql, filter, limit)?;
        }
        if filter.which.has_finished() && jobs.len() < limit {
            let sql = concat!(
                "SELECT ",
                columns!(),
                " FROM job WHERE finished_at IS NOT NULL
                  AND (?1 IS NULL OR state = ?1) AND (?2 IS NULL OR task = ?2) AND (?3 IS NULL OR commit_id = ?3)
                  ORDER BY finished_at DESC, seq DESC LIMIT ?4"
            );
            let left = limit.saturating_sub(jobs.len());
            jobs.extend(self.jobs(sql, filter, left)?);
        }
        Ok(jobs)
    }

    fn jobs(&self, sql: &str, filter: &Filter, limit: usize) -> Result<Vec<Job>, QueueError> {
        let state = filter.which.state().map(StateKind::name);
        let params = params![state, filter.task, filter.commit, row::bound(limit)];
        row::all(self.conn(), sql, params, |row| {
            Stored::read(row).map(|stored| stored.job)
        })
    }

    /// The jobs that a job waits or waited for, and their states; `None` when retention took one.
    pub fn needs(&self, id: &JobId) -> Result<Vec<(JobId, Option<StateKind>)>, QueueError> {
        let sql = "SELECT need.needed, parent.state FROM need
                   JOIN job ON job.seq = need.job
                   LEFT JOIN job AS parent ON parent.id = need.needed
                   WHERE job.id = ?1 ORDER BY need.needed";
        row::all(self.conn(), sql, [&id.0], |row| {
            let mut row = Cells::new(row);
            Ok((JobId(row.next()?), row.optional_word("state")?))
        })
    }

    /// The jobs that wait or waited for a job, in the order in which they came.
    pub fn needed_by(&self, id: &JobId) -> Result<Vec<(JobId, String, StateKind)>, QueueError> {
        let sql = "SELECT id, task, state FROM job
                   WHERE seq IN (SELECT job FROM need WHERE needed = ?1) ORDER BY seq";
        row::all(self.conn(), sql, [&id.0], |row| {
            let mut row = Cells::new(row);
            Ok((JobId(row.next()?), row.next()?, row.word("state")?))
        })
    }

    /// Reads several things as they are at one moment.
    pub fn at_one_moment<T>(
        &self,
        read: impl FnOnce(&Self) -> Result<T, QueueError>,
    ) -> Result<T, QueueError> {
        // Dropped, it ends; nothing was written.
        let _moment = self
            .conn()
            .unchecked_transaction()
            .map_err(StoreError::from)?;
        read(self)
    }

    /// The numbers of the queue; `day_start` is the start of the local day.
    pub fn counts(&self, day_start: Timestamp) -> Result<Counts, QueueError> {
        let mut counts = Counts::default();
        let by_state = concat!(
            "SELECT state, count(*), min(queued_at) FROM job WHERE ",
            live!(),
            " GROUP BY state UNION ALL
             SELECT state, count(*), NULL FROM job WHERE state = 'failed' GROUP BY state"
        );
        let states = row::all(self.conn(), by_state, [], |row| {
            let mut row = Cells::new(row);
            let state: StateKind = row.word("state")?;
            Ok((state, row.count()?, row.optional_time("queued_at")?))
        })?;
        for (state, count, oldest) in states {
            counts.by_state.insert(state, count);
            if state != StateKind::Running {
                counts.oldest_queued = counts.oldest_queued.into_iter().chain(oldest).min();
            }
        }
        let today = "SELECT state, count(*) FROM job WHERE finished_at >= ?1 GROUP BY state";
        for (state, count) in row::all(self.conn(), today, [ms(day_start)], state_count)? {
            match state {
                StateKind::Done => counts.done_today = count,
                StateKind::Failed => counts.failed_today = count,
                _ => {}
            }
        }
        counts.average_duration = self.statistics()?.all.average_duration;
        Ok(counts)
    }

    /// Success rates and mean durations.
    pub fn statistics(&self) -> Result<Statistics, QueueError> {
        let sql = "SELECT task, kind, count(*), sum(ms) FROM execution GROUP BY task, kind";
        let sums = row::all(self.conn(), sql, [], |row| {
            let mut row = Cells::new(row);
            Ok((
                row.next::<String>()?,
                row.word::<ExecutionKind>("kind")?,
                row.count()?,
                row.count()?,
            ))
        })?;
        let mut all = Tally::default();
        let mut by_task: BTreeMap<String, Tally> = BTreeMap::new();
        for (task, kind, count, total_ms) in sums {
            let task_type = task.split(':').next().unwrap_or_default().to_owned();
            all.add(kind, count, total_ms);
            by_task
                .entry(task_type)
                .or_default()
                .add(kind, count, total_ms);
        }
        Ok(Statistics {
            all: all.statistics(),
            by_task: by_task
                .into_iter()
                .map(|(task, tally)| (task, tally.statistics()))
                .collect(),
        })
    }

    /// The runs of a job, oldest first.
    pub fn runs(&self, id: &JobId) -> Result<Vec<RunRow>, QueueError> {
        let sql = concat!(
            "SELECT ",
            run_columns!(),
            " FROM run WHERE job = ?1 ORDER BY seq"
        );
        row::all(self.conn(), sql, [&id.0], read_run)
    }

    /// A result.
    pub fn result(&self, id: i64) -> Result<Option<StoredResult>, QueueError> {
        let sql = concat!("SELECT ", result_columns!(), " FROM result WHERE id = ?1");
        row::first(self.conn(), sql, [id], read_result)
    }

    /// What results there are of a kind, newest first, without their bodies: those may be large.
    pub fn results_of_kind(&self, kind: &str) -> Result<Vec<ResultEntry>, QueueError> {
        let sql = concat!(
            "SELECT ",
            entry_columns!(),
            " FROM result WHERE kind = ?1 ORDER BY id DESC"
        );
        row::all(self.conn(), sql, [kind], read_entry)
    }

    /// The newest result of all, without its body.
    pub fn newest_result(&self) -> Result<Option<ResultEntry>, QueueError> {
        let sql = concat!(
            "SELECT ",
            entry_columns!(),
            " FROM result ORDER BY id DESC LIMIT 1"
        );
        row::first(self.conn(), sql, [], read_entry)
    }

    /// What results a job has left, oldest first, without their bodies.
    pub fn results_of_job(&self, job: &JobId) -> Result<Vec<ResultEntry>, QueueError> {
        let sql = concat!(
            "SELECT ",
            entry_columns!(),
            " FROM result WHERE job = ?1 ORDER BY id"
        );
        row::all(self.conn(), sql, [&job.0], read_entry)
    }

    /// The body of a result, as JSON.
    pub fn result_text(&self, id: i64) -> Result<Option<String>, QueueError> {
        let sql = "SELECT body FROM result WHERE id = ?1";
        row::first(self.conn(), sql, [id], |row| Cells::new(row).next())
    }

    /// Reads the body of a result from its beginning. Of a large one, no more is fetched than `read` takes.
    pub fn read_result<T>(
        &self,
        id: i64,
        read: impl FnOnce(&mut dyn io::Read) -> T,
    ) -> Result<Option<T>, QueueError> {
        let is_there = row::first(
            self.conn(),
            "SELECT 1 FROM result WHERE id = ?1",
            [id],
            |_| Ok(()),
        )?;
        if is_there.is_none() {
            return Ok(None);
        }
        let mut body = self.conn().blob_open(MAIN_DB, "result", "body", id, true)?;
        Ok(Some(read(&mut body)))
    }

    /// Results, newest first.
    pub fn results(&self, filter: &ResultFilter) -> Result<Vec<StoredResult>, QueueError> {
        // Conditions are only written out where they are wanted: the planner then finds the index that fits.
        let mut sql = String::from(concat!(
            "SELECT ",
            result_columns!(),
            " FROM result WHERE 1"
        ));
        let mut params: Vec<&dyn ToSql> = Vec::new();
        let job = filter.job.as_ref().map(|id| &id.0);
        let conditions = [
            ("job", job),
            ("task", filter.task.as_ref()),
            ("kind", filter.kind.as_ref()),
            ("commit_id", filter.commit.as_ref()),
        ];
        for (column, value) in &conditions {
            if let Some(value) = value {
                sql.push_str(" AND ");
                sql.push_str(column);
                sql.push_str(" = ?");
                params.push(value);
            }
        }
        let limit = row::bound(filter.limit.unwrap_or(usize::MAX));
        sql.push_str(" ORDER BY id DESC LIMIT ?");
        params.push(&limit);
        row::all(self.conn(), &sql, params.as_slice(), read_result)
    }
}

impl Which {
    const fn state(self) -> Option<StateKind> {
        match self {
            Self::In(state) => Some(state),
            _ => None,
        }
    }

    const fn has_live(self) -> bool {
        match self {
            Self::Live | Self::All => true,
            Self::Finished => false,
            Self::In(state) => !state.is_terminal(),
        }
    }

    const fn has_finished(self) -> bool {
        match self {
            Self::Finished | Self::All => true,
            Self::Live => false,
            Self::In(state) => state.is_terminal(),
        }
    }
}

fn state_count(row: &Row<'_>) -> Result<(StateKind, u64), StoreError> {
    let mut row = Cells::new(row);
    Ok((row.word("state")?, row.count()?))
}

/// Executions added up.
#[derive(Default)]
struct Tally {
    successful: u64,
    failed: u64,
    total_ms: u64,
}

impl Tally {
    /// What was killed says nothing about success, and only a lower bound about duration.
    fn add(&mut self, kind: ExecutionKind, count: u64, total_ms: u64) {
        match kind {
            ExecutionKind::Succeeded => self.successful += count,
            ExecutionKind::Failed => self.failed += count,
            ExecutionKind::Killed => return,
        }
        self.total_ms = self.total_ms.saturating_add(total_ms);
    }

    fn statistics(&self) -> TaskStatistics {
        let total = self.successful + self.failed;
        #[allow(clippy::cast_precision_loss)] // a ring holds a hundred
        let success_rate = (total > 0).then(|| self.successful as f64 / total as f64);
        TaskStatistics {
            total,
            successful: self.successful,
            failed: self.failed,
            success_rate,
            average_duration: self.total_ms.checked_div(total).map(Duration::from_millis),
        }
    }
}

fn read_run(row: &Row<'_>) -> Result<RunRow, StoreError> {
    let mut row = Cells::new(row);
    Ok(RunRow {
        job: JobId(row.next()?),
        task: row.next()?,
        run_id: row.next()?,
        fence: row.next()?,
        attempt: row.next()?,
        slot: row.next()?,
        host: row.next()?,
        commit: row.next()?,
        queue_ms: row.next()?,
        started_at: row.time("started_at")?,
        finished_at: row.time("finished_at")?,
        outcome: row.next()?,
        killed: row.next()?,
        exit_code: row.next()?,
        signal: row.next()?,
        cpu_ms: row.next()?,
        peak_rss_kib: row.next()?,
        enforced: row.json("enforced")?,
        log: row.path()?,
    })
}

fn read_entry(row: &Row<'_>) -> Result<ResultEntry, StoreError> {
    let mut row = Cells::new(row);
    Ok(ResultEntry {
        id: row.next()?,
        task: row.next()?,
        job: JobId(row.next()?),
        kind: row.next()?,
        commit: row.next()?,
        created_at: row.time("created_at")?,
    })
}

fn read_result(row: &Row<'_>) -> Result<StoredResult, StoreError> {
    let mut row = Cells::new(row);
    Ok(StoredResult {
        id: row.next()?,
        job: JobId(row.next()?),
        task: row.next()?,
        kind: row.next()?,
        commit: row.next()?,
        schema: row.next()?,
        created_at: row.time("created_at")?,
        body: row.json("body")?,
    })
}
