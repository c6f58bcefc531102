//! `git tend log`.

mod output;
mod trail;

use jiff::Timestamp;

use crate::cli::app::App;
use crate::cli::arguments::{self, Since};
use crate::cli::error::CommandError;
use crate::cli::exit_code::Exit;

/// Print the output of a job's newest run; without a job, what happened here
///
/// What happened: each step in the life of each job, hooks that fired, how gates stood, and what was decided: approvals,
/// pauses, stops, retries.
#[derive(Debug, clap::Args)]
pub struct LogArgs {
    /// The job's id, or an unambiguous beginning of it
    #[arg(value_name = "JOB")]
    pub job: Option<String>,
    /// Go on printing: until the run ends, or until Ctrl-C
    #[arg(short, long)]
    pub follow: bool,
    /// Print the file's name instead of its content
    #[arg(long, requires = "job")]
    pub path: bool,
    /// At most N of what happened, the newest
    #[arg(
        short = 'n',
        long,
        value_name = "N",
        default_value_t = 50,
        conflicts_with = "job"
    )]
    pub limit: usize,
    /// Only what happened to jobs of TASK
    #[arg(long, value_name = "TASK", conflicts_with = "job")]
    pub task: Option<String>,
    /// Only what happened since then: `1d`, `2h`, `2026-11-20`
    #[arg(long, value_name = "WHEN", value_parser = arguments::since, conflicts_with = "job")]
    pub since: Option<Since>,
    /// Print JSON, one object a line
    #[arg(long, conflicts_with = "job")]
    pub json: bool,
}

/// Prints a log, or the trail.
pub fn log(args: &LogArgs, app: &App) -> Result<Exit, CommandError> {
    match &args.job {
        Some(job) => output::print(job, args.follow, args.path, app),
        None => trail::print(args, app),
    }
}

/// The moment that was typed.
pub fn moment(since: Since, now: Timestamp, app: &App) -> Result<Timestamp, CommandError> {
    since
        .moment(now, &app.zone())
        .ok_or_else(|| CommandError::usage("that is beyond the calendar"))
}
