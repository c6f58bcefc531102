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
//!   analysers; [`triggers`] notice commits, changed files and due schedules; [`gates`] say whether git may go on.
//! - [`tools`] runs what a repository has something for and reads it; [`findings`] gives what was found an identity;
//!   [`gates`] keeps verdicts by the key of their inputs.
//! - [`drain`] chooses jobs within a budget and runs them.
//! - [`report`] makes documents of jobs and results; [`notify`] tells people what happened, through channels.
//! - [`metrics`] says how tasks and the queue have done, and what is unusual about it.
//! - [`sessions`] reads what coding agents leave behind; [`graph`] keeps what was learned from it.
//! - [`optimize`] finds work that is repeated, makes automations of it and tries them in a sandbox.
//! - [`agent`] asks a coding agent to judge sessions and to answer questions about them, within what it may cost.
//! - [`cli`] is what the user types and reads.

pub mod agent;
pub mod analyze;
pub mod cli;
pub mod config;
pub mod drain;
pub mod findings;
pub mod gates;
pub mod git;
pub mod graph;
pub mod metrics;
pub mod notify;
pub mod optimize;
pub mod queue;
pub mod report;
pub mod sessions;
pub mod store;
pub mod system;
pub mod tasks;
pub mod tools;
pub mod triggers;
pub mod trust;

use std::ffi::OsString;
use std::process::ExitCode;

/// Does what git-tend starts itself for, if `args` say so: the supervisor of a job, that of a confined script
/// and the process inside with it, and the detached process.
///
/// Comes before everything else: a detached process closes every descriptor it did not open itself, and a supervisor
/// costs each job what it costs to start.
pub fn hidden_verb(args: &[OsString]) -> Option<ExitCode> {
    let (program, rest) = args.split_first()?;
    let (verb, rest) = rest.split_first()?;
    match verb.to_str()? {
        drain::protocol::VERB => Some(drain::exec::main()),
        system::sandbox::VERB => Some(system::sandbox::main()),
        system::sandbox::INNER_VERB => Some(system::sandbox::inner_main(rest)),
        system::detach::VERB => {
            system::detach::become_detached();
            let args = std::iter::once(program).chain(rest).cloned();
            Some(cli::run(args))
        }
        _ => None,
    }
}
