//! Automations as commands show and find them.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::database::failed;
use super::repository::known_by;
use crate::cli::app::App;
use crate::cli::error::{CommandError, Context as _};
use crate::cli::screen::Text;
use crate::cli::ui::{Role, plain};
use crate::optimize::automation::{Automation, Form, Placed, State};
use crate::optimize::db::{AutomationsError, Optimize};
use crate::optimize::generate::Entry;
use crate::optimize::place::{JUSTFILES, MAKEFILES, alias, just_recipes, make_targets};
use crate::optimize::recipe::describe;
use crate::system::{env, resolve, tilde};

/// What was being done with automations, and what can be done about its failure.
pub fn failed_automation(doing: &str, error: &AutomationsError) -> CommandError {
    match error {
        AutomationsError::Database(error) => failed(doing, error),
        AutomationsError::NoSuch(_) | AutomationsError::Ambiguous { .. } => {
            CommandError::usage(format!("failed to {doing}"))
                .because(error)
                .hint("git tend optimize list")
        }
        _ => CommandError::refused(format!("failed to {doing}")).because(error),
    }
}

/// The automation that a name or the beginning of an id names.
pub fn find(db: &Optimize, name: &str) -> Result<Automation, CommandError> {
    db.automation(name)
        .map_err(|error| failed_automation("find the automation", &error))
}

/// The look of a state.
pub fn state(state: State) -> Text {
    let role = match state {
        State::Generated | State::Retired => Role::Faint,
        State::Tested => Role::Plain,
        State::Enabled | State::Stable => Role::Good,
        State::Testing => Role::Warning,
        State::Unstable => Role::Bad,
    };
    Text::of(role, state.name())
}

/// What a page about an automation begins with: its id, its name and its state.
pub fn head(automation: &Automation) -> Text {
    Text::of(Role::Name, &automation.id)
        .and("  ")
        .and_of(Role::Heading, &automation.name)
        .and("  ")
        .then(state(automation.state))
}

/// A path as people write it.
pub fn written(path: &Path) -> String {
    let home = env::raw(env::HOME).and_then(|home| home.into_string().ok());
    tilde::written(&path.to_string_lossy(), home.as_deref())
}

/// Where an automation was put.
pub fn placed(automation: &Automation) -> String {
    match &automation.placed {
        None => String::new(),
        Some(Placed::GitConfig { git_dir: None, .. }) => {
            format!("git {} (everywhere)", automation.name)
        }
        Some(Placed::GitConfig {
            git_dir: Some(dir), ..
        }) => format!("git {} in {}", automation.name, written(&known_by(dir))),
        Some(Placed::File { path }) => written(path),
    }
}

/// What is put where git, make, just or git-tend find it, for people.
pub fn entry_lines(automation: &Automation) -> Vec<String> {
    let name = &automation.name;
    match &automation.entry {
        Some(Entry::GitAlias { value }) => vec![format!("git config alias.{name} {value:?}")],
        // The text is the block.
        None | Some(Entry::Makefile { .. } | Entry::Justfile { .. }) => Vec::new(),
        Some(Entry::Task {
            run,
            schedule,
            hook,
            gate,
        }) => {
            let mut lines = vec![format!("[task.{name}]"), format!("run = {run:?}")];
            if let Some(schedule) = schedule {
                lines.push(format!("schedule = {schedule:?}"));
            }
            if let Some(hook) = hook {
                let list = if *gate { "gates" } else { "tasks" };
                lines.push(format!("[hooks.{hook}]"));
                lines.push(format!("{list} = [\"{name}\"]"));
            }
            lines
        }
    }
}

/// An automation as JSON.
pub fn document(it: &Automation) -> Value {
    json!({
        "id": it.id,
        "name": it.name,
        "form": it.form,
        "template": it.template,
        "language": it.language,
        "state": it.state,
        "repository": it.scope,
        "parameters": it.parameters,
        "entry": it.entry,
        "text": it.text,
        "digest": it.digest,
        "created_at": moment(Some(it.created_at)),
        "tested_at": moment(it.tested_at),
        "enabled_at": moment(it.enabled_at),
        "placed": it.placed,
    })
}

/// A moment of the database for programs.
pub fn moment(at: Option<i64>) -> Option<jiff::Timestamp> {
    at.and_then(|at| jiff::Timestamp::from_millisecond(at).ok())
}

/// The top of the repository that an automation is put into: the one that the command is about, which must be its own if it
/// belongs to one.
pub fn top(automation: &Automation, app: &App) -> Result<PathBuf, CommandError> {
    let located = app.located()?;
    let here = known_by(&located.common_dir);
    if let Some(scope) = &automation.scope
        && here != Path::new(scope)
    {
        let scope = plain(&written(Path::new(scope)));
        return Err(
            CommandError::usage(format!("{} belongs to {scope}", plain(&automation.name)))
                .hint(format!("git tend -C {scope} …")),
        );
    }
    located
        .worktree
        .clone()
        .ok_or_else(|| CommandError::usage("the repository has no worktree to put it into"))
}

/// The names that are taken where a form is put.
pub fn taken(form: Form, db: &Optimize, app: &App) -> Result<BTreeSet<String>, CommandError> {
    let worktree = app
        .located()
        .ok()
        .and_then(|located| located.worktree.clone());
    let read = |names: &[&str]| {
        let top = worktree.as_ref()?;
        names
            .iter()
            .find_map(|name| std::fs::read(top.join(name)).ok())
    };
    let mut names = match form {
        Form::GitAlias => {
            let git_dir = app.located().ok().map(|located| located.git_dir.clone());
            alias::taken(git_dir.as_deref()).context("list git's commands and aliases")?
        }
        Form::MakeTarget => read(&MAKEFILES)
            .map(|file| make_targets(&file))
            .unwrap_or_default(),
        Form::JustTarget => read(&JUSTFILES)
            .map(|file| just_recipes(&file))
            .unwrap_or_default(),
        Form::Task | Form::Hook | Form::Schedule if worktree.is_some() => {
            app.tasks()?.iter().map(|task| task.key.clone()).collect()
        }
        _ => BTreeSet::new(),
    };
    // Its own name is not in its own way.
    let automations = db
        .automations()
        .map_err(|error| failed_automation("list the automations", &error))?;
    for automation in automations {
        if automation.form == form && automation.placed.is_some() {
            names.remove(&automation.name);
        }
    }
    Ok(names)
}

/// Where an interpreter is: on the search path.
pub fn on_path(program: impl AsRef<OsStr>) -> Result<PathBuf, CommandError> {
    let program = program.as_ref();
    let path = env::raw(env::PATH).unwrap_or_default();
    let folders = resolve::folders(&[], &path);
    resolve::resolve(program, Path::new("/"), &folders, resolve::look).map_err(|error| {
        CommandError::failed(format!("no {} here", plain(&program.to_string_lossy())))
            .because(&error)
    })
}

/// Its steps as people read them.
pub fn steps(automation: &Automation) -> Vec<Text> {
    let steps = automation.recipe.steps.iter().enumerate();
    steps
        .map(|(number, step)| {
            let step = describe(step, &automation.recipe.parameters);
            Text::of(Role::Faint, format!("  {}. ", number + 1)).and(step)
        })
        .collect()
}

/// An option and what it is if nothing is said.
pub fn option(name: &str, default: Option<&str>) -> Text {
    let default = match default {
        Some(default) => format!(" [{default}]"),
        None => " (must be said)".to_owned(),
    };
    Text::of(Role::Name, format!("--{name}")).and(default)
}
