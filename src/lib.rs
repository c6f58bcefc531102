//! Everything slow that a repository needs, kept off the commit path, without a daemon.
//!
//! The folders tell the life of a job in order. Each may use those before it, never those after it
//! (`tests/it/architecture.rs` checks it):
//!
//! - [`system`], [`git`] and [`store`] are the doors to the machine: clock, environment and processes; git2 and git's
//!   plumbing; SQLite.
//! - [`config`] reads `tend.toml` and its layers; [`trust`] keeps what the user approved.
//! - [`queue`] keeps the jobs: it knows keys, states and JSON payloads only.
//! - [`tasks`] turns configuration into jobs and outcomes into what happens next; [`analyze`] holds the built-in
//!   analysers; [`triggers`] notice commits, changed files and due schedules.
//! - [`drain`] chooses jobs within a budget and runs them.
//! - [`report`] makes documents of jobs and results.
//! - [`cli`] is what the user types and reads.

pub mod analyze;
pub mod config;
pub mod drain;
pub mod git;
pub mod queue;
pub mod store;
pub mod system;
pub mod tasks;
pub mod triggers;
pub mod trust;
