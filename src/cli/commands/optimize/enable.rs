//! `git tend optimize enable`.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::cli::app::App;
use crate::cli::audit::record;
use crate::cli::draining;
use crate::cli::edited_file::EditedFile;
use crate::cli::error::{CommandError, Context as _};
use crate::cli::exit_code::Exit;
use crate::cli::optimizing::{failed_automation, open, registry};
use crate::cli::trusting;
use crate::cli::ui::{Ui, plain};
use crate::optimize::automation::{Automation, Change, Placed};
use crate::optimize::generate::Entry;
use crate::optimize::place::{self, alias};

/// Put a tested automation where git, make, just or git-tend find it
///
/// An alias into the repository's git configuration (--global: into yours), a target into the Makefile or justfile, a task with
/// its hook or schedule into tend.local.toml; a change of a file is shown first, and taken out again by `disable`, byte for byte.
/// A script is only marked as enabled. Coding agents cannot enable anything for their user.
#[derive(Debug, clap::Args)]
pub struct EnableArgs {
    /// The automation, by its name or the beginning of its id
    #[arg(value_name = "AUTOMATION")]
    pub automation: String,
    /// Put an alias into your own git configuration
    #[arg(long)]
    pub global: bool,
    /// Put it into this file
    #[arg(long, value_name = "FILE", conflicts_with = "global")]
    pub file: Option<PathBuf>,
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
}

/// Enables an automation.
pub fn enable(args: &EnableArgs, app: &App) -> Result<Exit, CommandError> {
    trusting::check_who_types(app)?;
    let mut db = open(app)?;
    let automation = registry::find(&db, &args.automation)?;
    let id = automation.id.clone();
    automation.state.after(Change::Enable).map_err(|error| {
        CommandError::refused(format!("{} stays as it is", plain(&automation.name)))
            .because(&error)
            .hint(format!("git tend optimize test {id}"))
    })?;
    let placed = match put(args, &automation, app)? {
        Put::There(placed) => Some(placed),
        Put::Nowhere => None,
        Put::Declined => {
            app.ui.say("nothing was written");
            return Ok(Exit::Refused);
        }
    };
    let now = app.now().as_millisecond();
    let error = |error| failed_automation("register that it is enabled", &error);
    db.edit_automation(&id, |it| {
        it.placed.clone_from(&placed);
        Ok(())
    })
    .map_err(error)?;
    let automation = db
        .change_automation(&id, Change::Enable, now)
        .map_err(error)?;
    if app.located().is_ok() {
        record::decision(
            record::TRUSTED,
            &json!({ "automation": id, "name": automation.name }),
            app,
        );
    }
    app.ui.say(format!("enabled {}", plain(&automation.name)));
    next(&automation, app)
}

/// What came of putting it there.
enum Put {
    /// It is there.
    There(Placed),
    /// A script stands for itself.
    Nowhere,
    /// The user said no.
    Declined,
}

/// Puts it there.
fn put(args: &EnableArgs, automation: &Automation, app: &App) -> Result<Put, CommandError> {
    match &automation.entry {
        None => Ok(Put::Nowhere),
        Some(Entry::GitAlias { value }) => {
            let git_dir = if args.global {
                None
            } else {
                registry::top(automation, app)?;
                Some(app.located()?.common_dir.clone())
            };
            let into = git_dir
                .as_deref()
                .map_or(alias::Where::User, alias::Where::Repository);
            if !agreed(
                args,
                &format!("Set git's alias {}?", plain(&automation.name)),
                app,
            )? {
                return Ok(Put::Declined);
            }
            alias::set(into, &automation.name, value).context("set the alias")?;
            Ok(Put::There(Placed::GitConfig {
                git_dir,
                value: value.clone(),
            }))
        }
        Some(entry) => {
            let top = registry::top(automation, app)?;
            let path = match &args.file {
                Some(file) => app.folder()?.join(file),
                None => usual(&top, place::candidates(entry)),
            };
            let file = EditedFile::open(&path, Some(&top))?;
            let old = file.bytes.as_deref().unwrap_or_default();
            let new = place::with(old, automation).map_err(|error| {
                CommandError::refused(format!("{} was not changed", file.name())).because(&error)
            })?;
            file.show(Some(&new), app);
            if !agreed(args, "Write it?", app)? {
                return Ok(Put::Declined);
            }
            file.write(Some(&new))?;
            app.ui.say(format!("wrote {}", file.name()));
            Ok(Put::There(Placed::File { path: file.path }))
        }
    }
}

/// The first that is there, else the last.
fn usual(top: &Path, names: &[&str]) -> PathBuf {
    let there = names.iter().find(|name| top.join(name).exists());
    top.join(there.or(names.last()).unwrap_or(&"tend.local.toml"))
}

fn agreed(args: &EnableArgs, question: &str, app: &App) -> Result<bool, CommandError> {
    if args.yes {
        return Ok(true);
    }
    if !Ui::can_ask() {
        return Err(CommandError::refused("nobody can be asked here")
            .hint("git tend optimize enable --yes does it without asking"));
    }
    Ok(app.ui.ask(question))
}

/// What is still to be done for it to run.
fn next(automation: &Automation, app: &App) -> Result<Exit, CommandError> {
    let Some(Entry::Task { schedule, hook, .. }) = &automation.entry else {
        app.ui.say(match &automation.entry {
            Some(Entry::GitAlias { .. }) => format!("git {} runs it", automation.name),
            Some(Entry::Makefile { .. }) => format!("make {} runs it", automation.name),
            Some(Entry::Justfile { .. }) => format!("just {} runs it", automation.name),
            _ => format!("git tend optimize exec {} runs it", automation.id),
        });
        return Ok(Exit::Fine);
    };
    // The configuration was read before the task was in it.
    let app = app.again();
    let tasks = app.tasks()?;
    if let Some(task) = tasks.iter().find(|task| task.key == automation.name) {
        let approvals = draining::approvals(&app)?;
        if trusting::unapproved(&app, &approvals, task).is_some() {
            trusting::approve(&app, &[task])?;
            app.ui.say(format!(
                "approved the command of {}",
                plain(&automation.name)
            ));
        }
    }
    let state = app.state_dir()?;
    match (schedule, hook) {
        (Some(schedule), _) => app.ui.say(format!(
            "it runs at {schedule} in `git tend tick` · git tend install-cron, if that was not done"
        )),
        (None, Some(hook)) if !state.join("hooks.json").exists() => {
            app.ui.say(format!(
                "it runs in {hook} · git tend install-hooks, if that was not done"
            ));
        }
        (None, Some(hook)) => app.ui.say(format!("it runs in {hook}")),
        (None, None) => app
            .ui
            .say(format!("git tend run {} runs it", automation.name)),
    }
    Ok(Exit::Fine)
}
