//! Tasks: what the configuration defines and what a job executes.

pub mod builtin;
pub mod jobs;
pub mod outcome;
pub mod resolve;
pub mod spec;

pub use resolve::{Task, resolve};
