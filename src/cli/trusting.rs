//! Approvals as a person meets them: what is shown, when it is asked, and who may answer.

use super::app::App;
use super::draining;
use super::error::{CommandError, Context};
use super::ui::{Role, Ui, paint, plain};
use crate::system::env;
use crate::tasks::Task;
use crate::tasks::spec::{Action, quoted};
use crate::trust::agent::may_approve;
use crate::trust::approvals::{Approvals, Scripts};

/// Tasks asked for by name: what is not approved is asked about, and refused (exit code 3) where that fails.
pub fn require(app: &App, tasks: &[&Task], trust: bool) -> Result<(), CommandError> {
    let open = offer(app, tasks, trust)?;
    match open.first() {
        None => Ok(()),
        Some(first) => Err(CommandError::refused(format!(
            "{} not approved",
            match open.len() {
                1 => format!("the command of {first} is"),
                _ => format!("the commands of {} are", open.join(", ")),
            }
        ))
        .hint(format!("git tend trust {first} shows and approves it"))),
    }
}

/// Shows what is not approved and asks, or takes `--trust` for an answer; returns what stays unapproved.
pub fn offer(app: &App, tasks: &[&Task], trust: bool) -> Result<Vec<String>, CommandError> {
    if tasks.iter().all(|task| task.definition().is_none()) {
        return Ok(Vec::new());
    }
    let approvals = draining::approvals(app)?;
    let open: Vec<&Task> = tasks
        .iter()
        .copied()
        .filter(|task| draining::unapproved(&approvals, task).is_some())
        .collect();
    if open.is_empty() {
        return Ok(Vec::new());
    }
    if trust {
        check_who_types(app)?;
    }
    let asks = !trust && Ui::can_ask() && check_who_types(app).is_ok();
    if trust || asks {
        for task in &open {
            show(app, &approvals, task);
        }
    }
    if trust || (asks && app.ui.ask("Approve and run?")) {
        approve(app, &open)?;
        return Ok(Vec::new());
    }
    Ok(open.iter().map(|task| task.key.clone()).collect())
}

/// A coding agent cannot approve for its user.
pub fn check_who_types(app: &App) -> Result<(), CommandError> {
    let allowed = app.loaded()?.config.trust.allow_agents;
    may_approve(env::agent_is_typing(), allowed)
        .map_err(|error| CommandError::refused("a coding agent is typing").because(&error))
}

/// Records the approval of tasks, and lets their held jobs go on.
pub fn approve(app: &App, tasks: &[&Task]) -> Result<(), CommandError> {
    let definitions = tasks
        .iter()
        .filter_map(|task| Some((task.key.clone(), task.definition()?, Scripts::new())));
    draining::approvals_file(app)?
        .approve(definitions, app.now())
        .context("record the approval")?;
    if app.existing_queue()?.is_some() {
        let mut queue = app.queue()?;
        for task in tasks {
            let released = queue
                .release_held(&task.key, app.now())
                .context("release the held jobs")?;
            if released > 0 {
                app.ui.say(format!(
                    "{released} held of {} queued · git tend drain",
                    plain(&task.key)
                ));
            }
        }
    }
    Ok(())
}

/// Shows a task's command, or what is different from what was approved.
pub fn show(app: &App, approvals: &Approvals, task: &Task) {
    let Action::Command { argv } = &task.action else {
        return;
    };
    let known = approvals.list().contains_key(&task.key);
    let state = if known { "changed" } else { "new" };
    app.ui.say(format!(
        "{} {}",
        paint(Role::Name, plain(&task.key)),
        paint(Role::Warning, state)
    ));
    app.ui.say(format!("  {}", plain(&quoted(argv))));
    if !known {
        for (name, value) in &task.env {
            app.ui.say(format!("  {}={}", plain(name), plain(value)));
        }
        return;
    }
    let Some(definition) = task.definition() else {
        return;
    };
    for change in approvals.diff(&task.key, &definition, &Scripts::new()) {
        if let Some(before) = change.before {
            app.ui.say(paint(
                Role::Bad,
                format!("  - {}: {}", plain(&change.what), plain(&before)),
            ));
        }
        if let Some(after) = change.after {
            app.ui.say(paint(
                Role::Good,
                format!("  + {}: {}", plain(&change.what), plain(&after)),
            ));
        }
    }
}
