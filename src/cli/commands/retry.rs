//! `git tend retry`.

use crate::cli::app::App;
use crate::cli::error::{CommandError, Context};
use crate::cli::exit_code::Exit;
use crate::queue::{Filter, Job, Queue, Retried, StateKind, Which};
use crate::report::json;

/// Queue jobs again that ended without success
#[derive(Debug, clap::Args)]
pub struct RetryArgs {
    /// The jobs' ids, or unambiguous beginnings of them
    #[arg(value_name = "JOB", required_unless_present = "failed")]
    pub jobs: Vec<String>,
    /// Every failed job
    #[arg(long, conflicts_with = "jobs")]
    pub failed: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Queues jobs again.
pub fn retry(args: &RetryArgs, app: &App) -> Result<Exit, CommandError> {
    let (mut queue, jobs) = if args.failed {
        let queue = app.queue()?;
        let filter = Filter {
            which: Which::In(StateKind::Failed),
            ..Filter::default()
        };
        let mut jobs = queue.list(&filter).context("list the failed jobs")?;
        // A job that failed because of another can only follow it.
        jobs.sort_by_key(|job| job.queued_at);
        (queue, jobs)
    } else {
        app.find_jobs(&args.jobs)?
    };
    let mut again = Vec::new();
    let mut refused = false;
    for job in &jobs {
        match queue
            .retry(&job.id, app.now())
            .context("queue the job again")?
        {
            Retried::Again(_) => again.push(reread(&queue, job)?),
            Retried::Twin(twin) => {
                app.ui
                    .say(format!("{} · {twin} stands for it already", job.id));
                again.extend(queue.job(&twin).context("read the job")?);
            }
            Retried::NotRetriable(state) => {
                refused |= !args.failed;
                app.ui
                    .warn(format!("{} is {state}: not queued again", job.id));
            }
            Retried::NeedUnmet(need) => {
                refused = true;
                app.ui.warn(format!(
                    "{} needs {need}, which did not succeed: retry that one first",
                    job.id
                ));
            }
        }
    }
    if args.json {
        app.ui.json(&json::jobs(&again))?;
    } else if !again.is_empty() {
        let ids: Vec<_> = again.iter().map(|job| job.id.to_string()).collect();
        app.ui
            .say(format!("queued again: {} · git tend drain", ids.join(" ")));
    } else if args.failed && !refused {
        app.ui.say("no failed jobs");
    }
    Ok(if refused { Exit::Refused } else { Exit::Fine })
}

fn reread(queue: &Queue, job: &Job) -> Result<Job, CommandError> {
    Ok(queue
        .job(&job.id)
        .context("read the job")?
        .unwrap_or_else(|| job.clone()))
}
