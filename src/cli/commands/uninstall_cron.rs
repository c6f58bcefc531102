//! `git tend uninstall-cron`.

use crate::cli::app::App;
use crate::cli::commands::install_cron::{Scheduler, alone, find, refused, scheduler, unfit};
use crate::cli::error::CommandError;
use crate::cli::exit_code::Exit;
use crate::triggers::crontab::{self, Uninstalled};
use crate::triggers::scheduler::SchedulerError;

/// Take the entry of install-cron out of the crontab
///
/// The crontab is as it was before. Repositories stay registered: the next install-cron finds them again.
#[derive(Debug, clap::Args)]
pub struct UninstallCronArgs {
    /// What starts it
    #[arg(long, value_name = "NAME", value_parser = scheduler, default_value = "crontab")]
    pub scheduler: Scheduler,
    /// Print what would change, and change nothing
    #[arg(short = 'n', long)]
    pub dry_run: bool,
}

/// Takes the entry out.
pub fn uninstall_cron(args: &UninstallCronArgs, app: &App) -> Result<Exit, CommandError> {
    let Scheduler::Crontab = args.scheduler;
    let command = find()?;
    let _lock = if args.dry_run {
        None
    } else {
        Some(alone(&app.dirs()?.state)?)
    };
    let before = command.read().map_err(|error| refused(&error))?;
    let left =
        crontab::uninstall(before.as_deref().unwrap_or_default()).map_err(|error| unfit(&error))?;
    if left == Uninstalled::Unchanged {
        app.ui.say("the crontab has no entry of git-tend");
        return Ok(Exit::Fine);
    }
    if args.dry_run {
        app.ui.say("would take the entry out of the crontab");
        return Ok(Exit::Fine);
    }
    let written = match left {
        Uninstalled::Unchanged => Ok(()),
        Uninstalled::Nothing => command.remove(),
        Uninstalled::Text(mut text) => match command.write(&text) {
            // A crontab without an end that was there before, and that this `crontab` does not take.
            Err(SchedulerError::Failed { .. }) if !text.ends_with(b"\n") && !text.is_empty() => {
                text.push(b'\n');
                command.write(&text)
            }
            other => other,
        },
    };
    written.map_err(|error| refused(&error))?;
    app.ui.say("took the entry out of the crontab");
    Ok(Exit::Fine)
}
