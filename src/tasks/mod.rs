//! Tasks: what the configuration defines and what a job executes.

pub mod spec;
