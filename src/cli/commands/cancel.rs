//! `git tend cancel`.

use crate::cli::app::App;
use crate::cli::error::{CommandError, Context};
use crate::cli::exit_code::Exit;
use crate::queue::{Cancelled, StateKind};
use crate::report::json;

/// Cancel jobs, also running ones
#[derive(Debug, clap::Args)]
pub struct CancelArgs {
    /// The jobs' ids, or unambiguous beginnings of them
    #[arg(value_name = "JOB", required = true)]
    pub jobs: Vec<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Cancels jobs.
pub fn cancel(args: &CancelArgs, app: &App) -> Result<Exit, CommandError> {
    let (mut queue, jobs) = app.find_jobs(&args.jobs)?;
    let mut changed = Vec::new();
    for job in &jobs {
        match queue
            .cancel(&job.id, "cancelled by the user", app.now())
            .context("cancel the job")?
        {
            Cancelled::Applied {
                was,
                dependency_failed,
            } => {
                let running = if was == StateKind::Running {
                    " · its processes are being ended"
                } else {
                    ""
                };
                app.ui.say(format!("cancelled {}{running}", job.id));
                for dependent in dependency_failed {
                    app.ui
                        .say(format!("{dependent} needed it and failed with it"));
                }
                changed.extend(queue.job(&job.id).context("read the job")?);
            }
            Cancelled::AlreadyOver(state) => app.ui.say(format!("{} is {state} already", job.id)),
        }
    }
    if args.json {
        app.ui.json(&json::jobs(&changed))?;
    }
    Ok(Exit::Fine)
}
