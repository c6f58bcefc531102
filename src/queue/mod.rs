//! The queue: jobs, their states and their history, kept in SQLite and shared by many short processes.
//!
//! Its public functions speak of jobs, keys, states and JSON; no type of SQLite's shows, so that the same operations
//! can be offered by another database.

pub mod bisections;
pub mod claim;
pub mod commit_sessions;
pub mod control;
pub mod digest;
mod ending;
pub mod enqueue;
mod error;
pub mod events;
pub mod files;
pub mod history;
mod insert;
pub mod job;
pub mod measured;
mod needs;
mod open;
pub mod outbox;
pub mod query;
pub mod recover;
pub mod retention;
mod row;
pub mod schedules;
pub mod settle;
pub mod state;
pub mod verdicts;
mod wanted;
pub mod watermark;

pub use bisections::{Bisection, BisectionEnd, BisectionStep, NewBisection, StepCame};
pub use claim::Lease;
pub use commit_sessions::CommitSession;
pub use control::{Cancelled, Retried, Stop};
pub use digest::{Mark, Spent, TaskEnd};
pub use enqueue::{Enqueued, How, unique_key};
pub use error::QueueError;
pub use events::{Event, EventFilter};
pub use files::FileStat;
pub use history::{Execution, ExecutionKind};
pub use job::{
    Category, Exit, Input, Job, JobId, Lane, Need, NewJob, Paths, Run, State, StateKind, Trigger,
};
pub use measured::{Came, Drained, Lookups, MeasuredRun, RunAbout, RunTotal, WaitingChange};
pub use open::Queue;
pub use outbox::{
    Attempted, Backlog, Delivery, Memory, NewNotice, OpenNotice, OutMessage, Posted, Told,
};
pub use query::{
    Counts, Filter, Found, ResultEntry, ResultFilter, RunRow, Statistics, StoredResult,
    TaskStatistics, Which,
};
pub use recover::{Cause, Reclaimed, Running};
pub use retention::{Policy, Pruned};
pub use schedules::{Fired, Schedule};
pub use settle::{NewResult, Next, RunRecord, Settled, Settlement};
pub use verdicts::{NewVerdict, Source, Verdict};
pub use watermark::Watermark;

#[cfg(test)]
mod tests;
