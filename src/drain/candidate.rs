//! A job as the planner sees it: what decides when it starts, and nothing else.

use std::time::Duration;

use jiff::Timestamp;

use crate::config::Priority;
use crate::queue::{Job, JobId, State};
use crate::tasks::spec::{RunSpec, history_key};

/// A job that waits in the queue.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// Identity.
    pub id: JobId,
    /// Its task.
    pub task: String,
    /// Whose runs tell how long it takes: those of its task, or of a variant.
    pub history: String,
    /// The stored band.
    pub priority: Priority,
    /// Whether a person asked for it.
    pub user_triggered: bool,
    /// Counted starts.
    pub attempt: u32,
    /// When it was first enqueued.
    pub queued_at: Timestamp,
    /// Not before.
    pub run_at: Timestamp,
    /// Past this it expires instead of starting.
    pub deadline: Option<Timestamp>,
    /// Opportunities (drains of the repository) since it was enqueued.
    pub missed: i64,
    /// Longest run.
    pub timeout: Duration,
    /// Whether a budget may cut it.
    pub interruptible: bool,
    /// The task's own first estimate.
    pub expect: Option<Duration>,
    /// It was lost beside other jobs and is tried without them, to learn which of them brings the machine down.
    pub retry_alone: bool,
}

impl Candidate {
    /// Takes what counts from a queued job; `opportunity` is the repository's counter. `None` in any other state.
    pub fn of(job: &Job, spec: &RunSpec, opportunity: i64, retry_alone: bool) -> Option<Self> {
        let State::Queued { run_at } = job.state else {
            return None;
        };
        Some(Self {
            id: job.id.clone(),
            task: job.task.clone(),
            history: history_key(&job.task, spec),
            priority: job.priority,
            user_triggered: job.user_triggered,
            attempt: job.attempt,
            queued_at: job.queued_at,
            run_at,
            deadline: job.deadline,
            missed: opportunity.saturating_sub(job.missed_from).max(0),
            timeout: job.timeout,
            interruptible: spec.interruptible,
            expect: spec.expect,
            retry_alone,
        })
    }

    /// The band before anything was learned: user-triggered work runs as critical.
    pub fn native_band(&self) -> Priority {
        if self.user_triggered {
            Priority::Critical
        } else {
            self.priority
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// A job of normal priority that may start at noon of the first of March 2026.
    pub(in crate::drain) fn job(id: &str, task: &str) -> Candidate {
        let noon = "2026-03-01T12:00:00Z".parse().unwrap();
        Candidate {
            id: JobId(id.to_owned()),
            task: task.to_owned(),
            history: task.to_owned(),
            priority: Priority::Normal,
            user_triggered: false,
            attempt: 0,
            queued_at: noon,
            run_at: noon,
            deadline: None,
            missed: 0,
            timeout: Duration::from_secs(3600),
            interruptible: true,
            expect: None,
            retry_alone: false,
        }
    }
}
