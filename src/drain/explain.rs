//! Why a job stands where it stands and starts or waits: what `git tend explain` prints.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::admission::{Admission, Situation, admit};
use super::budget::Room;
use super::candidate::Candidate;
use super::estimate::{Estimate, Record, millis};
use super::rank::Rank;
use super::reason::spoken;
use super::rules::Rules;
use crate::queue::JobId;

/// Every part of the decision about one job.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// The job.
    pub id: JobId,
    /// Its task.
    pub task: String,
    /// Opportunities since it was enqueued.
    pub missed: i64,
    /// Its place in the order.
    pub rank: Rank,
    /// The sum of the rank's parts.
    pub points: i32,
    /// Ties are broken by this.
    pub queued_at: Timestamp,
    /// How long it will take.
    pub estimate: Estimate,
    /// Runs of the task that ended by themselves, of those the estimate looks at.
    pub completed: usize,
    /// Failures among the last ten of them.
    pub failed_of_last_ten: usize,
    /// Runs in a row that were cut, up to now.
    pub cuts: u32,
    /// What is left of the window; `None` without a budget.
    #[serde(rename = "left_ms", serialize_with = "maybe_millis")]
    pub left: Option<Duration>,
    /// The window's grace.
    #[serde(rename = "grace_ms", serialize_with = "maybe_millis")]
    pub grace: Option<Duration>,
    /// `start`, `probe`, `detach` or `wait`.
    pub verdict: &'static str,
    /// What keeps it waiting, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The budget of its detached run.
    #[serde(
        rename = "detached_budget_ms",
        serialize_with = "maybe_millis",
        skip_serializing_if = "Option::is_none"
    )]
    pub detached_budget: Option<Duration>,
}

#[allow(clippy::ref_option)] // the signature that serde asks for
fn maybe_millis<S: serde::Serializer>(
    duration: &Option<Duration>,
    to: S,
) -> Result<S::Ok, S::Error> {
    match duration {
        Some(duration) => millis(duration, to),
        None => to.serialize_none(),
    }
}

/// Explains a job that no planner holds.
pub fn explain(
    job: &Candidate,
    record: &Record,
    situation: &Situation<'_>,
    rules: &Rules,
) -> Explanation {
    let rank = Rank::of(job, record, situation.now, rules);
    Explanation::of(job, record, rank, situation, rules)
}

impl Explanation {
    pub(super) fn of(
        job: &Candidate,
        record: &Record,
        rank: Rank,
        situation: &Situation<'_>,
        rules: &Rules,
    ) -> Self {
        let (verdict, reason, detached_budget) = match admit(job, record, situation, rules) {
            Admission::Start => ("start", None, None),
            Admission::Probe => ("probe", None, None),
            Admission::RunDetachedAlone { budget } => ("detach", None, Some(budget)),
            Admission::Wait(reason) => ("wait", Some(reason.to_string()), None),
        };
        Self {
            id: job.id.clone(),
            task: job.task.clone(),
            missed: job.missed,
            rank,
            points: rank.points(),
            queued_at: job.queued_at,
            estimate: record.estimate(job.expect).capped(job.timeout),
            completed: record.completed,
            failed_of_last_ten: record.failed,
            cuts: record.cuts.count,
            left: match situation.budget.remaining(situation.elapsed) {
                Room::Unlimited => None,
                Room::Left(left) => Some(left),
                Room::Over => Some(Duration::ZERO),
            },
            grace: situation.budget.grace(),
            verdict,
            reason,
            detached_budget,
        }
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Rank {
            native,
            band,
            deadline,
            failing,
            stale,
            quick,
        } = self.rank;
        writeln!(f, "job       {} ({})", self.id, self.task)?;
        write!(f, "band      {}", band.name())?;
        if band != native {
            write!(
                f,
                ", raised from {} after {} missed opportunities",
                native.name(),
                self.missed
            )?;
        }
        writeln!(f)?;
        writeln!(
            f,
            "rank      {:+} = deadline {deadline:+}, failing often {failing:+} ({} of the last 10), stale {stale:+}, quick {quick:+}",
            self.points, self.failed_of_last_ten
        )?;
        writeln!(f, "then      first come, first served: {}", self.queued_at)?;
        writeln!(
            f,
            "estimate  half of the runs within {}, nine of ten within {} (from {})",
            spoken(self.estimate.q50),
            spoken(self.estimate.q90),
            self.estimate.source
        )?;
        if self.cuts > 0 {
            writeln!(f, "cuts      {} in a row", self.cuts)?;
        }
        match (self.left, self.grace) {
            (Some(left), Some(grace)) => writeln!(
                f,
                "window    {} left, {} of grace",
                spoken(left),
                spoken(grace)
            )?,
            _ => writeln!(f, "window    no budget")?,
        }
        write!(f, "verdict   ")?;
        match (&self.reason, self.detached_budget) {
            (Some(reason), _) => write!(f, "waits: {reason}"),
            (None, Some(budget)) => write!(f, "runs detached, with {}", spoken(budget)),
            (None, None) if self.verdict == "probe" => f.write_str("is tried: it may be cut"),
            (None, None) => f.write_str("starts"),
        }
    }
}
