//! Chooses jobs within a budget and runs them.
//!
//! The planner is pure: [`budget`] says what there is room for, [`estimate`] how long a task takes, [`rank`] who comes
//! first, [`admission`] whether a job may start, and [`planner`] puts them together. `now` is an argument everywhere.
//!
//! The [`runner`] does what the plan says. It holds a [`slots`] lock while a job runs, makes the job ready ([`launch`],
//! [`workspace`]), starts it through [`supervise`], and records its end ([`finish`]); [`recovery`] takes back jobs whose
//! runner is gone. [`exec`] is the other side, the supervisor process, which applies the [`limits`] and decides by
//! [`watch`]. They speak [`protocol`].
//! first, [`load_gate`] whether the machine has time, [`admission`] whether a job may start and [`reason`] why not;
//! [`planner`] puts them together and [`explain`](mod@explain) shows it. `now` is an argument everywhere, and the numbers
//! are in [`rules`].

pub mod admission;
pub mod budget;
pub mod candidate;
pub mod estimate;
pub mod event;
pub mod exec;
pub mod explain;
pub mod files;
pub mod finish;
pub mod housekeeping;
pub mod judging;
pub mod launch;
pub mod limits;
pub mod load_gate;
pub mod place;
pub mod planner;
pub mod protocol;
pub mod rank;
pub mod reason;
pub mod recovery;
pub mod rules;
pub mod runner;
#[cfg(test)]
mod simulation;
pub mod slots;
pub mod supervise;
pub mod watch;
pub mod workspace;

pub use admission::{Admission, Detaching, Running, Situation};
pub use budget::{Budget, Room};
pub use candidate::Candidate;
pub use estimate::{Estimate, Record, Sample, SampleKind, Source as EstimateSource};
pub use explain::{Explanation, explain};
pub use load_gate::{Load, LoadGate};
pub use planner::{Detach, Histories, Plan, Planner, Start};
pub use rank::Rank;
pub use reason::Reason;
pub use rules::Rules;
pub use runner::{Drain, Options, Summary};
