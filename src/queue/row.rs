//! Between rows and values.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use bstr::{BString, ByteSlice};
use jiff::Timestamp;
use rusqlite::types::FromSql;
use rusqlite::{Connection, Params, Row};
use serde_json::Value;

use super::{Category, Exit, Input, Job, JobId, Paths, QueueError, Run, State, StateKind};
use crate::config::Priority;
use crate::store::StoreError;

/// The live states, in the words of the partial indexes: the planner uses an index only where its own condition is
/// repeated.
macro_rules! live {
    () => {
        "state IN ('blocked', 'queued', 'held', 'running')"
    };
}

/// The states that wait.
macro_rules! waiting {
    () => {
        "state IN ('blocked', 'queued', 'held', 'running') AND state <> 'running'"
    };
}

/// What [`Stored::read`] reads, in its order.
macro_rules! columns {
    () => {
        "seq, id, task, name, lane, priority, user_triggered, acknowledged, origin, origin_data, recreatable, \
         unique_key, commit_id, base_id, paths, worktree, input_key, spec, state, run_at, deadline, timeout, attempt, \
         max_retries, retry_delay, losses, retry_alone, fence, pending_dependencies, missed_from, queued_at, \
         started_at, finished_at, run_id, slot, category, error, reason, exit_code, result, rerun_input, rerun_paths"
    };
}

pub(super) use {columns, live, waiting};

/// A row of `job`: the job, and what only the queue needs to know of it.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub(super) seq: i64,
    pub(super) job: Job,
    pub(super) unique_key: Option<String>,
    pub(super) recreatable: bool,
    pub(super) run_at: Timestamp,
    pub(super) pending: u32,
    pub(super) rerun: Option<RawRerun>,
}

/// The twin that was wanted while the job runs, undecoded.
#[derive(Clone, Debug)]
pub(super) struct RawRerun {
    pub(super) text: String,
    pub(super) paths: Option<Vec<u8>>,
}

impl Stored {
    /// Reads a row of [`columns`].
    pub(super) fn read(row: &Row<'_>) -> Result<Self, StoreError> {
        let mut row = Cells::new(row);
        let seq = row.next()?;
        let id = JobId(row.next()?);
        let task = row.next()?;
        let name = row.next()?;
        let lane = row.word("lane")?;
        let priority = Priority::from_value(row.next()?);
        let user_triggered = row.next()?;
        let acknowledged = row.next()?;
        let trigger = row.word("origin")?;
        let trigger_data = row.json("origin_data")?;
        let recreatable = row.next()?;
        let unique_key = row.next()?;
        let input = Input {
            commit: row.next()?,
            base: row.next()?,
            paths: paths_from(row.next()?),
            worktree: row.path()?,
        };
        let input_key = row.next()?;
        let spec = row.json("spec")?;
        let kind: StateKind = row.word("state")?;
        let run_at = row.time("run_at")?;
        let deadline = row.optional_time("deadline")?;
        let timeout = row.span()?;
        let attempt = row.next()?;
        let max_retries = row.next()?;
        let retry_delay = row.span()?;
        let losses = row.next()?;
        let retry_alone = row.next()?;
        let fence = row.next()?;
        let pending = row.next()?;
        let missed_from = row.next()?;
        let queued_at = row.time("queued_at")?;
        let started_at = row.optional_time("started_at")?;
        let finished_at = row.optional_time("finished_at")?;
        let run_id: Option<String> = row.next()?;
        let slot: Option<u32> = row.next()?;
        let category = row.optional_word("category")?;
        let error: Option<String> = row.next()?;
        let reason: Option<String> = row.next()?;
        let exit_code = row.next()?;
        let result = row.next()?;
        let rerun_input: Option<String> = row.next()?;
        let rerun_paths = row.next()?;

        let state = Life {
            kind,
            run_at,
            pending,
            started_at,
            finished_at,
            run_id,
            slot,
            category,
            error: error.clone(),
            reason,
        }
        .state()?;
        Ok(Self {
            seq,
            unique_key,
            recreatable,
            run_at,
            pending,
            rerun: rerun_input.map(|text| RawRerun {
                text,
                paths: rerun_paths,
            }),
            job: Job {
                id,
                task,
                name,
                lane,
                priority,
                user_triggered,
                trigger,
                trigger_data,
                input,
                spec,
                state,
                deadline,
                timeout,
                attempt,
                max_retries,
                retry_delay,
                losses,
                retry_alone,
                fence,
                missed_from,
                queued_at,
                started_at,
                error,
                exit_code,
                result,
                acknowledged,
                input_key,
            },
        })
    }

    /// The row of a job.
    pub(super) fn by_id(conn: &Connection, id: &JobId) -> Result<Option<Self>, QueueError> {
        let sql = concat!("SELECT ", columns!(), " FROM job WHERE id = ?1");
        first(conn, sql, [&id.0], Self::read)
    }

    pub(super) fn kind(&self) -> StateKind {
        self.job.state.kind()
    }
}

/// The columns that belong to single states.
struct Life {
    kind: StateKind,
    run_at: Timestamp,
    pending: u32,
    started_at: Option<Timestamp>,
    finished_at: Option<Timestamp>,
    run_id: Option<String>,
    slot: Option<u32>,
    category: Option<Category>,
    error: Option<String>,
    reason: Option<String>,
}

impl Life {
    /// The state with its data. The CHECK constraints keep what a state needs together with it.
    fn state(self) -> Result<State, StoreError> {
        let kind = self.kind;
        let incomplete = || StoreError::value("state", kind);
        let finished_at = || self.finished_at.ok_or_else(incomplete);
        let exit = match kind {
            StateKind::Blocked => {
                return Ok(State::Blocked {
                    pending: self.pending,
                });
            }
            StateKind::Queued => {
                return Ok(State::Queued {
                    run_at: self.run_at,
                });
            }
            StateKind::Held => {
                return Ok(State::Held {
                    reason: self.reason.ok_or_else(incomplete)?,
                });
            }
            StateKind::Running => {
                return Ok(State::Running(Run {
                    run_id: self.run_id.ok_or_else(incomplete)?,
                    slot: self.slot.ok_or_else(incomplete)?,
                    started_at: self.started_at.ok_or_else(incomplete)?,
                }));
            }
            StateKind::Done => {
                return Ok(State::Done {
                    finished_at: finished_at()?,
                });
            }
            StateKind::Failed => {
                return Ok(State::Failed {
                    finished_at: finished_at()?,
                    category: self.category.ok_or_else(incomplete)?,
                    error: self.error.unwrap_or_default(),
                });
            }
            StateKind::Cancelled => Exit::Cancelled,
            StateKind::Expired => Exit::Expired,
            StateKind::Superseded => Exit::Superseded,
            StateKind::Dropped => Exit::Dropped,
            StateKind::Skipped => Exit::Skipped,
        };
        Ok(State::Ended {
            finished_at: finished_at()?,
            exit,
            reason: self.reason.unwrap_or_default(),
        })
    }
}

/// Every row of a statement.
pub(super) fn all<T, P: Params>(
    conn: &Connection,
    sql: &str,
    params: P,
    read: impl Fn(&Row<'_>) -> Result<T, StoreError>,
) -> Result<Vec<T>, QueueError> {
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    let mut values = Vec::new();
    while let Some(row) = rows.next()? {
        values.push(read(row)?);
    }
    Ok(values)
}

/// The first row of a statement, if there is one.
pub(super) fn first<T, P: Params>(
    conn: &Connection,
    sql: &str,
    params: P,
    read: impl Fn(&Row<'_>) -> Result<T, StoreError>,
) -> Result<Option<T>, QueueError> {
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    Ok(rows.next()?.map(read).transpose()?)
}

/// Runs a statement that changes rows; returns how many.
pub(super) fn change<P: Params>(
    conn: &Connection,
    sql: &str,
    params: P,
) -> Result<usize, QueueError> {
    Ok(conn.prepare_cached(sql)?.execute(params)?)
}

/// The cells of a row, from left to right.
pub(super) struct Cells<'a, 'stmt> {
    row: &'a Row<'stmt>,
    at: usize,
}

impl<'a, 'stmt> Cells<'a, 'stmt> {
    pub(super) fn new(row: &'a Row<'stmt>) -> Self {
        Self { row, at: 0 }
    }

    pub(super) fn next<T: FromSql>(&mut self) -> Result<T, StoreError> {
        let value = self.row.get(self.at)?;
        self.at += 1;
        Ok(value)
    }

    /// A number that cannot be negative, such as `count(*)`.
    pub(super) fn count(&mut self) -> Result<u64, StoreError> {
        let value: i64 = self.next()?;
        Ok(u64::try_from(value).unwrap_or(0))
    }

    pub(super) fn time(&mut self, column: &'static str) -> Result<Timestamp, StoreError> {
        time(column, self.next()?)
    }

    pub(super) fn optional_time(
        &mut self,
        column: &'static str,
    ) -> Result<Option<Timestamp>, StoreError> {
        let value: Option<i64> = self.next()?;
        value.map(|ms| time(column, ms)).transpose()
    }

    pub(super) fn word<T: FromStr>(&mut self, column: &'static str) -> Result<T, StoreError> {
        let text: String = self.next()?;
        text.parse().map_err(|_| StoreError::value(column, text))
    }

    pub(super) fn optional_word<T: FromStr>(
        &mut self,
        column: &'static str,
    ) -> Result<Option<T>, StoreError> {
        let text: Option<String> = self.next()?;
        text.map(|text| text.parse().map_err(|_| StoreError::value(column, text)))
            .transpose()
    }

    pub(super) fn json(&mut self, column: &'static str) -> Result<Value, StoreError> {
        let text: String = self.next()?;
        serde_json::from_str(&text).map_err(|_| StoreError::value(column, text))
    }

    pub(super) fn path(&mut self) -> Result<Option<PathBuf>, StoreError> {
        let bytes: Option<Vec<u8>> = self.next()?;
        Ok(bytes.map(path_from))
    }

    fn span(&mut self) -> Result<Duration, StoreError> {
        self.count().map(Duration::from_millis)
    }
}

fn time(column: &'static str, ms: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_millisecond(ms).map_err(|_| StoreError::value(column, ms))
}

/// A moment as it is stored.
pub(super) fn ms(at: Timestamp) -> i64 {
    at.as_millisecond()
}

/// A span as it is stored.
pub(super) fn span(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

/// How many rows at most, as SQLite counts.
pub(super) fn bound(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

pub(super) fn path_bytes(path: &Path) -> &[u8] {
    path.as_os_str().as_bytes()
}

pub(super) fn path_from(bytes: Vec<u8>) -> PathBuf {
    PathBuf::from(OsString::from_vec(bytes))
}

/// Paths as they are stored: each with a NUL after it, for an empty set is not the same as everything.
pub(super) fn paths_bytes(paths: &Paths) -> Option<Vec<u8>> {
    let Paths::Some(paths) = paths else {
        return None;
    };
    let mut bytes = Vec::with_capacity(paths.iter().map(|path| path.len() + 1).sum());
    for path in paths {
        bytes.extend_from_slice(path);
        bytes.push(0);
    }
    Some(bytes)
}

pub(super) fn paths_from(bytes: Option<Vec<u8>>) -> Paths {
    bytes.map_or(Paths::All, |bytes| {
        Paths::Some(
            bytes
                .split_str("\0")
                .filter(|path| !path.is_empty())
                .map(BString::from)
                .collect(),
        )
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn paths_survive_storage(
            paths in prop::option::of(prop::collection::btree_set(
                prop::collection::vec(1_u8..=255, 1..12).prop_map(BString::from), 0..8))
        ) {
            let paths = paths.map_or(Paths::All, Paths::Some);
            prop_assert_eq!(paths_from(paths_bytes(&paths)), paths);
        }
    }
}
