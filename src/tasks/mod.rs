//! Tasks: what the configuration defines and what a job executes.

pub mod arguments;
pub mod builtin;
pub mod jobs;
pub mod left;
pub mod outcome;
pub mod resolve;
pub mod selection;
pub mod spec;
pub mod task;

pub use resolve::resolve;
pub use selection::Selection;
pub use task::Task;
