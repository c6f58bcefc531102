//! `git tend stop`.

use std::time::{Duration, Instant};

use crate::cli::app::App;
use crate::cli::error::{CommandError, Context};
use crate::cli::exit_code::Exit;
use crate::cli::format;

/// End every drain of this repository
///
/// Without `--force` drains start nothing more and end when their running jobs have ended.
#[derive(Debug, clap::Args)]
pub struct StopArgs {
    /// At once: running jobs are killed and queued again
    #[arg(long)]
    pub force: bool,
}

/// A forced stop needs a drain's pulse and the time to kill its trees; longer than this something is wrong.
const PATIENCE: Duration = Duration::from_secs(10);

/// Stops drains.
pub fn stop(args: &StopArgs, app: &App) -> Result<Exit, CommandError> {
    let Some(_) = app.existing_queue()? else {
        app.ui.say("nothing runs");
        return Ok(Exit::Fine);
    };
    let mut queue = app.queue()?;
    queue
        .request_stop(args.force, app.now())
        .context("record the request")?;
    let running = queue.running().context("list the running jobs")?;
    if running.is_empty() {
        app.ui.say("nothing runs");
        return Ok(Exit::Fine);
    }
    if !args.force {
        let jobs = format::count(running.len(), "running job", "running jobs");
        app.ui.say(format!(
            "drains end after their {jobs} · git tend stop --force ends them at once"
        ));
        return Ok(Exit::Fine);
    }
    let started = Instant::now();
    while started.elapsed() < PATIENCE {
        if queue.running().context("list the running jobs")?.is_empty() {
            app.ui.say(format!(
                "ended {}",
                format::count(running.len(), "job", "jobs")
            ));
            return Ok(Exit::Fine);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Err(CommandError::failed("jobs still run")
        .hint("git tend drain recovers jobs whose runner is gone"))
}
