//! `git tend pause`.

use std::time::Duration;

use crate::cli::app::App;
use crate::cli::error::{CommandError, Context};
use crate::cli::exit_code::Exit;
use crate::cli::{arguments, format};

/// Hold new drains for a while
///
/// Jobs are still enqueued; running ones go on. What you type yourself (`run`, `run-all`) is not held.
#[derive(Debug, clap::Args)]
pub struct PauseArgs {
    /// How long, such as `30m` or `2h`
    #[arg(value_name = "DURATION", value_parser = arguments::duration, required_unless_present = "resume")]
    pub duration: Option<Duration>,
    /// Let drains go on
    #[arg(long, conflicts_with = "duration")]
    pub resume: bool,
}

/// Pauses or resumes.
pub fn pause(args: &PauseArgs, app: &App) -> Result<Exit, CommandError> {
    let now = app.now();
    let until = match args.duration {
        Some(duration) => Some(
            now.checked_add(duration)
                .map_err(|_| CommandError::usage("a pause that long reaches past the calendar"))?,
        ),
        None => None,
    };
    app.queue()?.pause(until, now).context("record the pause")?;
    match until {
        Some(until) => app.ui.say(format!(
            "drains are held until {} · git tend pause --resume",
            format::moment(until, now, &app.zone())
        )),
        None => app.ui.say("drains go on"),
    }
    Ok(Exit::Fine)
}
