//! `git tend queue`.

use crate::cli::app::App;
use crate::cli::error::{CommandError, Context};
use crate::cli::exit_code::Exit;
use crate::cli::tables;
use crate::queue::{Filter, StateKind, Which};
use crate::report::json;

/// List the jobs that wait or run
///
/// Running jobs come first, then waiting ones in the order of their band and age; `explain JOB` tells the rest.
#[derive(Debug, clap::Args)]
pub struct QueueArgs {
    /// Also the jobs that ended, as long as retention holds them
    #[arg(short, long, conflicts_with = "state")]
    pub all: bool,
    /// Only jobs in this state
    #[arg(long, value_name = "STATE", value_parser = parse_state)]
    pub state: Option<StateKind>,
    /// Only jobs of this task
    #[arg(long, value_name = "TASK")]
    pub task: Option<String>,
    /// At most so many
    #[arg(short = 'n', long, value_name = "N")]
    pub limit: Option<usize>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

fn parse_state(text: &str) -> Result<StateKind, String> {
    StateKind::ALL
        .into_iter()
        .find(|state| state.name() == text)
        .ok_or_else(|| {
            let names: Vec<_> = StateKind::ALL.iter().map(|state| state.name()).collect();
            format!("one of {}", names.join(", "))
        })
}

/// Lists jobs.
pub fn queue(args: &QueueArgs, app: &App) -> Result<Exit, CommandError> {
    let filter = Filter {
        which: match (args.all, args.state) {
            (_, Some(state)) => Which::In(state),
            (true, None) => Which::All,
            (false, None) => Which::Live,
        },
        task: args.task.clone(),
        commit: None,
        limit: args.limit,
    };
    let jobs = match app.existing_queue()? {
        Some(queue) => queue.list(&filter).context("list the jobs")?,
        None => Vec::new(),
    };
    if args.json {
        app.ui.json(&json::jobs(&jobs))?;
    } else if jobs.is_empty() {
        app.ui.say(if args.all {
            "no jobs"
        } else {
            "nothing waits or runs"
        });
    } else {
        app.ui
            .write_out(&tables::jobs(&jobs, app.now(), &app.zone()))?;
    }
    Ok(Exit::Fine)
}
