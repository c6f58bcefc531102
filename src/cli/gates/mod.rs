//! Gates: tasks whose verdict about a tree, or a commit message, is asked for by git, by `wait` and by `ci`.
//!
//! [`Judge`] looks up what is known and says what has to be run; whoever asks decides how long it may take. What is
//! compared with the base is compared here, for the verdicts themselves know of no base.

mod about;
pub mod asked;
pub mod document;
pub mod explain;
mod from_git;
mod from_job;
mod gate;
pub mod hooks;
mod judge;
pub mod running;
pub mod say;
mod subject;

pub use from_job::state_by_job;
pub use gate::{Failure, Found, Gate, Judged, State};
pub use judge::{Judge, Looked};
pub use subject::{Subject, What};
