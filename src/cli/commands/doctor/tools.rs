//! The tools of the built-in tasks, as the doctor sees them.

use super::{Check, Level, check};
use crate::cli::app::App;
use crate::system::env;
use crate::tasks::spec::Action;
use crate::tools::adapter::Part;
use crate::tools::outfit::{self, Fitting};
use crate::tools::parts::role_of;
use crate::tools::version::Versions;
use crate::tools::workplace::Workplace;

/// Which tools the repository has something for, with their versions, and which of them are missing.
pub(super) fn tools(app: &App) -> Vec<Check> {
    let (Ok(tasks), Ok(located), Ok(state)) = (app.tasks(), app.located(), app.state_dir()) else {
        return Vec::new();
    };
    let running = tasks.iter().filter(|task| task.enabled);
    let parts: Vec<Part> = running
        .filter_map(|task| match &task.action {
            Action::Tools { name, only } if only.is_empty() => role_of(name).map(|role| role.part),
            _ => None,
        })
        .collect();
    let Some(top) = located.worktree.as_ref().filter(|_| !parts.is_empty()) else {
        return Vec::new();
    };
    let search = env::raw(env::PATH).unwrap_or_default();
    let place = match Workplace::new(top, "", &crate::tasks::Selection::default(), search) {
        Ok(place) => place,
        Err(error) => {
            let message = format!("failed to list the files: {error}");
            return vec![check("tools", Level::Warning, message)];
        }
    };
    let mut versions = Versions::open(state);
    let found = outfit::of(&place, &parts, &mut versions);
    if state.is_dir() {
        versions.save();
    }
    let (present, missing): (Vec<&Fitting>, Vec<&Fitting>) =
        found.iter().partition(|tool| tool.installed.is_some());
    let mut checks = Vec::new();
    if !present.is_empty() {
        let names: Vec<String> = present
            .iter()
            .map(|tool| match &tool.installed {
                Some(Some(version)) => format!("{} {version}", tool.name),
                _ => tool.name.to_owned(),
            })
            .collect();
        checks.push(check("tools", Level::Good, names.join(", ")));
    }
    for tool in missing {
        let message = format!("{} is not installed · {}", tool.name, tool.install);
        checks.push(check("tools", Level::Warning, message));
    }
    checks
}
