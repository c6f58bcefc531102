//! The queue: jobs, their states and their history, kept in SQLite and shared by many short processes.

pub mod job;

pub use job::{
    Category, Exit, Input, Job, JobId, Lane, Need, NewJob, Paths, Run, State, StateKind, Trigger,
};
