//! The numbers that planning is built on, in one place.
//!
//! The rules that keep every task alive can be switched off one by one: the simulation does so, to show that each of
//! them is needed.

use std::time::Duration;

/// The numbers of the planner. [`Rules::default`] is what runs outside the tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Missed opportunities after which a job is raised one band (and one more for as many again).
    pub band_after: Option<i64>,
    /// Opportunities without a run of the task after which a job is tried although it does not seem to fit.
    pub probe_after: Option<i64>,
    /// Opportunities for which a killed run counts as a duration.
    pub killed_counts_for: Option<i64>,
    /// Cuts in a row after which a task without a completed run is not tried in the same windows any more.
    pub cuts_allowed: u32,
    /// Whether such a task is tried again nevertheless, less and less often, where it can never run detached.
    ///
    /// Two runs that were slow by chance would otherwise bar a task for ever from windows that hold most of its runs:
    /// in the simulation one task in fifteen whose 90th percentile just fits starts its life that way.
    pub backs_off: bool,
    /// Missed opportunities after which a job that no window holds gets a detached run of its own.
    pub alone_after: i64,
    /// How long a job waits for a window that holds it although those that come do not.
    ///
    /// The nightly window may not come for a week: laptops sleep. After this time, and [`Rules::alone_after`], the job
    /// is treated as one that no window holds. Only this rule counts in hours, because what it waits for comes by the
    /// clock; when the clock lies, a job runs detached a few days earlier or later.
    pub patience: Option<Duration>,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            band_after: Some(10),
            probe_after: Some(10),
            killed_counts_for: Some(3),
            cuts_allowed: 2,
            backs_off: true,
            alone_after: 10,
            patience: Some(Duration::from_secs(3 * 24 * 3600)),
        }
    }
}

/// The first estimate of a task that says nothing about itself.
pub const UNKNOWN: Duration = Duration::from_secs(5);
