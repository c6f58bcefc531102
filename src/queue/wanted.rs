//! What is wanted of a job: how two wants of twins become one, and how a want is kept while its twin runs.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::row::{self, RawRerun, Stored};
use super::{Input, JobId, Lane, NewJob, State, Trigger};
use crate::config::Priority;
use crate::store::StoreError;

/// A job that is needed first, as a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Edge {
    pub(super) needed: JobId,
    /// It waits for the rerun of that job, not for the run under way.
    pub(super) after_rerun: bool,
}

/// A [`NewJob`] whose needs are rows, and since when it is wanted.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Wanted {
    /// Its `needs` have become `edges` and are empty.
    pub(super) job: NewJob,
    pub(super) edges: Vec<Edge>,
    pub(super) queued_at: Timestamp,
    /// Whether reconciliation would notice the need again, whatever the trigger became.
    pub(super) recreatable: bool,
}

impl Wanted {
    pub(super) fn new(job: &NewJob, edges: Vec<Edge>, now: Timestamp) -> Self {
        let mut job = NewJob {
            needs: Vec::new(),
            ..job.clone()
        };
        // What a person asked for runs as critical.
        if job.user_triggered {
            job.priority = Priority::Critical;
        }
        Self {
            recreatable: job.trigger.can_be_recreated() && !job.user_triggered && !job.acknowledged,
            job,
            edges,
            queued_at: now,
        }
    }

    /// What a row stands for. Its edges are rows already.
    pub(super) fn of(stored: &Stored) -> Self {
        let job = stored.job.clone();
        let held = match job.state {
            State::Held { reason } => Some(reason),
            _ => None,
        };
        Self {
            edges: Vec::new(),
            queued_at: job.queued_at,
            recreatable: stored.recreatable,
            job: NewJob {
                task: job.task,
                name: job.name,
                lane: job.lane,
                priority: job.priority,
                user_triggered: job.user_triggered,
                trigger: job.trigger,
                trigger_data: job.trigger_data,
                unique_key: stored.unique_key.clone(),
                input: job.input,
                input_key: job.input_key,
                spec: job.spec,
                run_at: stored.run_at,
                deadline: job.deadline,
                timeout: job.timeout,
                max_retries: job.max_retries,
                retry_delay: job.retry_delay,
                acknowledged: job.acknowledged,
                held,
                needs: Vec::new(),
            },
        }
    }

    /// One want of two: about what the newer is about, with the paths of both, as soon and as firmly as either.
    #[must_use]
    pub(super) fn merged(self, newer: Self) -> Self {
        let (old, new) = (self.job, newer.job);
        // The trigger that nobody would notice again is the one to remember.
        let keeps_trigger = !self.recreatable && newer.recreatable;
        let (trigger, trigger_data) = if keeps_trigger {
            (old.trigger, old.trigger_data)
        } else {
            (new.trigger, new.trigger_data)
        };
        // A further change starts the wait for quiet anew; nothing else may put a job off.
        let debounced = old.trigger == Trigger::Change && new.trigger == Trigger::Change;
        let run_at = if debounced {
            old.run_at.max(new.run_at)
        } else {
            old.run_at.min(new.run_at)
        };
        let mut edges = self.edges;
        for edge in newer.edges {
            match edges.iter_mut().find(|known| known.needed == edge.needed) {
                Some(known) => known.after_rerun |= edge.after_rerun,
                None => edges.push(edge),
            }
        }
        Self {
            edges,
            queued_at: self.queued_at.min(newer.queued_at),
            recreatable: self.recreatable && newer.recreatable,
            job: NewJob {
                priority: old.priority.min(new.priority),
                user_triggered: old.user_triggered || new.user_triggered,
                acknowledged: old.acknowledged || new.acknowledged,
                trigger,
                trigger_data,
                input: Input {
                    paths: old.input.paths.merged(new.input.paths),
                    ..new.input
                },
                run_at,
                deadline: old.deadline.zip(new.deadline).map(|(a, b)| a.max(b)),
                ..new
            },
        }
    }
}

/// The form in which a want waits in the row of its running twin; the paths have a column of their own.
#[derive(Serialize, Deserialize)]
struct Rerun {
    name: Option<String>,
    lane: Lane,
    priority: i64,
    user_triggered: bool,
    acknowledged: bool,
    recreatable: bool,
    trigger: Trigger,
    trigger_data: Value,
    commit: Option<String>,
    base: Option<String>,
    // Bytes: a path need not be UTF-8.
    worktree: Option<Vec<u8>>,
    input_key: Option<String>,
    spec: Value,
    run_at: Timestamp,
    deadline: Option<Timestamp>,
    timeout: Duration,
    max_retries: u32,
    retry_delay: Duration,
    held: Option<String>,
    edges: Vec<Edge>,
    queued_at: Timestamp,
}

impl Wanted {
    /// The form for the running twin's row.
    pub(super) fn to_rerun(&self) -> Result<RawRerun, StoreError> {
        let job = &self.job;
        let rerun = Rerun {
            name: job.name.clone(),
            lane: job.lane,
            priority: job.priority.value(),
            user_triggered: job.user_triggered,
            acknowledged: job.acknowledged,
            recreatable: self.recreatable,
            trigger: job.trigger,
            trigger_data: job.trigger_data.clone(),
            commit: job.input.commit.clone(),
            base: job.input.base.clone(),
            worktree: job
                .input
                .worktree
                .as_deref()
                .map(|path| row::path_bytes(path).to_vec()),
            input_key: job.input_key.clone(),
            spec: job.spec.clone(),
            run_at: job.run_at,
            deadline: job.deadline,
            timeout: job.timeout,
            max_retries: job.max_retries,
            retry_delay: job.retry_delay,
            held: job.held.clone(),
            edges: self.edges.clone(),
            queued_at: self.queued_at,
        };
        Ok(RawRerun {
            text: serde_json::to_string(&rerun)
                .map_err(|error| StoreError::value("rerun_input", error))?,
            paths: row::paths_bytes(&job.input.paths),
        })
    }

    /// The want that waits in the row of its running twin.
    pub(super) fn from_rerun(twin: &Stored, raw: &RawRerun) -> Result<Self, StoreError> {
        let rerun: Rerun = serde_json::from_str(&raw.text)
            .map_err(|_| StoreError::value("rerun_input", &raw.text))?;
        Ok(Self {
            edges: rerun.edges,
            queued_at: rerun.queued_at,
            recreatable: rerun.recreatable,
            job: NewJob {
                task: twin.job.task.clone(),
                name: rerun.name,
                lane: rerun.lane,
                priority: Priority::from_value(rerun.priority),
                user_triggered: rerun.user_triggered,
                trigger: rerun.trigger,
                trigger_data: rerun.trigger_data,
                unique_key: twin.unique_key.clone(),
                input: Input {
                    commit: rerun.commit,
                    base: rerun.base,
                    paths: row::paths_from(raw.paths.clone()),
                    worktree: rerun.worktree.map(row::path_from),
                },
                input_key: rerun.input_key,
                spec: rerun.spec,
                run_at: rerun.run_at,
                deadline: rerun.deadline,
                timeout: rerun.timeout,
                max_retries: rerun.max_retries,
                retry_delay: rerun.retry_delay,
                acknowledged: rerun.acknowledged,
                held: rerun.held,
                needs: Vec::new(),
            },
        })
    }
}
