//! `git tend install-cron`.

use std::ffi::OsString;
use std::fs::File;
use std::path::Path;

use crate::cli::app::App;
use crate::cli::cron_checks;
use crate::cli::error::{CommandError, Context};
use crate::cli::exit_code::Exit;
use crate::cli::ui::plain;
use crate::system::{env, filesystem, host, process, resolve, user};
use crate::triggers::cron_entry::{self, Command, Every, log_file};
use crate::triggers::crontab::{self, CrontabError};
use crate::triggers::registry::Registry;
use crate::triggers::scheduler::{Crontab, SchedulerError};

/// Let cron run `git tend tick` every few minutes, and register this repository
///
/// One entry in your crontab serves all your repositories; each is registered by typing this in it. Nothing else in the
/// crontab changes, and `git tend uninstall-cron` takes the entry out again.
#[derive(Debug, clap::Args)]
pub struct InstallCronArgs {
    /// How often: minutes that divide an hour, or hours that divide a day
    #[arg(long, value_name = "DURATION", default_value_t = Every::DEFAULT)]
    pub every: Every,
    /// What starts it
    #[arg(long, value_name = "NAME", value_parser = scheduler, default_value = "crontab")]
    pub scheduler: Scheduler,
    /// Print what would change, and change nothing
    #[arg(short = 'n', long)]
    pub dry_run: bool,
}

/// What can start a tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheduler {
    /// The user's crontab.
    Crontab,
}

/// The scheduler of a name.
pub fn scheduler(name: &str) -> Result<Scheduler, String> {
    match name {
        "crontab" => Ok(Scheduler::Crontab),
        _ => Err("there is `crontab`, and no other yet".to_owned()),
    }
}

/// Puts the entry in, and registers the repository.
pub fn install_cron(args: &InstallCronArgs, app: &App) -> Result<Exit, CommandError> {
    let Scheduler::Crontab = args.scheduler;
    let state = &app.dirs()?.state;
    let command = find()?;
    let _lock = if args.dry_run {
        None
    } else {
        Some(alone(state)?)
    };
    let before = command.read().map_err(|error| refused(&error))?;
    let entry = entry(args.every, state)?;
    let after = crontab::install(before.as_deref(), &entry).map_err(|error| unfit(&error))?;
    let installed = before.as_deref() == Some(after.as_slice());
    let shown = plain(&String::from_utf8_lossy(&entry));
    match (installed, args.dry_run) {
        (true, _) => app.ui.say(format!(
            "the crontab has the entry already: every {}",
            args.every
        )),
        (false, true) => app.ui.say(format!("would write into the crontab: {shown}")),
        (false, false) => {
            command.write(&after).map_err(|error| refused(&error))?;
            app.ui.say(format!("wrote into the crontab: {shown}"));
            if !cron_checks::daemon_seems_to_run() {
                app.ui
                    .warn("no cron daemon seems to run: nothing will happen until one does");
            }
        }
    }
    register(args, app, state)?;
    Ok(Exit::Fine)
}

/// Enters the repository that this is typed in, if it is typed in one.
fn register(args: &InstallCronArgs, app: &App, state: &Path) -> Result<(), CommandError> {
    let Ok(located) = app.located() else {
        if app.global.directory.is_some() {
            // It was named: then it should be there.
            app.located()?;
        }
        app.ui
            .say("no repository here to be registered; type it again in one");
        return Ok(());
    };
    // Refuses one that belongs to another user.
    app.state_dir()?;
    let registry = Registry::new(state);
    let path = plain(&located.common_dir.to_string_lossy());
    if args.dry_run {
        let known = registry.list().context("read the registry")?;
        if !known.iter().any(|one| one.common_dir == located.common_dir) {
            app.ui.say(format!("would register {path}"));
        }
        return Ok(());
    }
    if registry
        .set_damaged_aside()
        .context("read the registry")?
        .is_some()
    {
        app.ui.warn(format!(
            "the registry of repositories was damaged and moved to {}: type this again in your other repositories",
            plain(&registry.damaged_path().to_string_lossy())
        ));
    }
    let added = registry
        .add(&located.common_dir, located.worktree.as_deref(), app.now())
        .context("register the repository")?;
    app.ui.say(if added {
        format!("registered {path}")
    } else {
        format!("{path} is registered")
    });
    Ok(())
}

/// The entry as it would be written now.
fn entry(every: Every, state: &Path) -> Result<Vec<u8>, CommandError> {
    let program = process::own_program().context("find this program")?;
    if !program.is_file() {
        return Err(CommandError::refused(format!(
            "this program is not at {} any more",
            plain(&program.to_string_lossy())
        ))
        .hint("it was replaced while it ran: type it again"));
    }
    let program = resolve::lasting(&program, &env::raw("PATH").unwrap_or_default());
    // The folders are where these say, and schedules are in the user's local time; cron knows at best one of them.
    let variables: Vec<(&str, OsString)> = [
        env::HOME,
        env::XDG_CACHE_HOME,
        env::XDG_CONFIG_HOME,
        env::XDG_DATA_HOME,
        env::XDG_STATE_HOME,
        env::TZ,
    ]
    .into_iter()
    .filter_map(|name| Some((name, env::raw(name)?)))
    .filter(|(name, value)| {
        !value.is_empty() && (*name == env::TZ || Path::new(value).is_absolute())
    })
    .collect();
    let command = Command {
        program: &program,
        variables: &variables,
        log: &log_file(state),
    };
    let seed = cron_entry::seed(&host::name(), user::effective_uid());
    cron_entry::entry(every, seed, command)
        .map_err(|error| CommandError::refused("failed to write the entry").because(&error))
}

/// Keeps others of us from the crontab, which has no lock of its own between its reading and its writing.
///
/// Makes the state folder, which the shell that cron starts needs as well: it opens the log before we run.
pub fn alone(state: &Path) -> Result<File, CommandError> {
    filesystem::private_dir(state).context("create the state folder")?;
    let lock = filesystem::lock_file(&state.join("crontab.lock")).context("open the lock")?;
    fs4::FileExt::lock(&lock).context("lock the crontab")?;
    Ok(lock)
}

/// The `crontab` command.
pub fn find() -> Result<Crontab, CommandError> {
    Crontab::find().map_err(|error| refused(&error))
}

/// A crontab that cannot be read or written, as the user sees it.
pub fn refused(error: &SchedulerError) -> CommandError {
    let doing = CommandError::refused("the crontab stays as it is").because(error);
    match error {
        SchedulerError::NotInstalled => doing.hint(
            "install cron with the system's package manager, or let something else run `git tend tick` every few minutes",
        ),
        _ => doing,
    }
}

/// A crontab that our block does not fit into.
pub fn unfit(error: &CrontabError) -> CommandError {
    CommandError::refused("the crontab stays as it is")
        .because(error)
        .hint("crontab -e")
}
