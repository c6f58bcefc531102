//! The output of a job's newest run.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::time::Duration;

use crate::cli::app::App;
use crate::cli::error::{CommandError, Context};
use crate::cli::exit_code::Exit;
use crate::drain::place;
use crate::queue::{Job, Queue, State};

/// How often a followed log is looked at.
const PULSE: Duration = Duration::from_millis(100);

/// Prints it, or where it is.
pub(super) fn print(
    job: &str,
    follows: bool,
    names: bool,
    app: &App,
) -> Result<Exit, CommandError> {
    let (queue, job) = app.find_job(job)?;
    let path = newest_log(&queue, &job, app)?;
    if names {
        app.ui.out(path.to_string_lossy())?;
        return Ok(Exit::Fine);
    }
    let mut file = File::open(&path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => CommandError::failed(format!("the log of {} is gone", job.id))
            .hint("logs are kept as long as `[retention] results` says"),
        _ => CommandError::failed(format!("failed to read {}", path.display())).because(&error),
    })?;
    let mut buffer = vec![0; 64 * 1024];
    loop {
        // Asked before reading, so that what was written before the end is printed after it.
        let goes_on = follows
            && queue
                .job(&job.id)
                .context("read the job")?
                .is_some_and(|now| {
                    matches!(now.state, State::Running(_)) && now.fence == job.fence
                });
        loop {
            let count = file.read(&mut buffer).context("read the log")?;
            if count == 0 {
                break;
            }
            app.ui.bytes_out(buffer.get(..count).unwrap_or_default())?;
        }
        if !goes_on {
            return Ok(Exit::Fine);
        }
        std::thread::sleep(PULSE);
    }
}

fn newest_log(queue: &Queue, job: &Job, app: &App) -> Result<PathBuf, CommandError> {
    if matches!(job.state, State::Running(_)) {
        return Ok(place::log_path(app.state_dir()?, &job.id, job.fence));
    }
    queue
        .runs(&job.id)
        .context("read the job's runs")?
        .into_iter()
        .rev()
        .find_map(|run| run.log)
        .ok_or_else(|| {
            if job.state.kind().is_terminal() {
                CommandError::failed(format!("{} did not run", job.id))
                    .hint(format!("git tend show {}", job.id))
            } else {
                CommandError::failed(format!("{} has not run yet", job.id))
                    .hint(format!("git tend explain {}", job.id))
            }
        })
}
