//! Approvals as a person meets them: what is shown, when it is asked, and who may answer.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::app::App;
use super::audit::record;
use super::commands::run;
use super::draining;
use super::error::{CommandError, Context};
use super::format;
use super::permission::{self, Permission};
use super::ui::{Role, Ui, paint, plain};
use crate::queue::{Filter, StateKind, Which};
use crate::system::env;
use crate::system::git_command::GitCommand;
use crate::tasks::Task;
use crate::tasks::spec::{Action, RunSpec, quoted};
use crate::tasks::task::Root;
use crate::tools::parts;
use crate::trust::agent::may_approve;
use crate::trust::approvals::{Approvals, ApprovalsFile, Scripts, Status};
use crate::trust::scripts;

/// How much of a changed script is shown.
const SHOWN_LINES: usize = 200;

/// Why a task may not run as it lies in the worktree, its scripts included; `None` if it may.
pub fn unapproved(app: &App, approvals: &Approvals, task: &Task) -> Option<String> {
    let fingerprint = task.fingerprint()?;
    match approvals.status(&task.key, &fingerprint, &scripts(app, task)) {
        Status::Approved => None,
        Status::New | Status::DefinitionChanged => {
            Some(permission::not_approved(&task.key, &task.action))
        }
        Status::ScriptsChanged(paths) => Some(format!(
            "{} is not as it was approved · git tend trust {}",
            paths.join(", "),
            task.key
        )),
    }
}

/// The scripts that a task names, as they lie in the worktree.
fn scripts(app: &App, task: &Task) -> Scripts {
    let top = app
        .located()
        .ok()
        .and_then(|located| located.worktree.as_deref());
    let (Action::Command { argv }, Some(top)) = (&task.action, top) else {
        return Scripts::new();
    };
    let argv: Vec<String> = argv
        .iter()
        .chain(task.fix.iter().flatten())
        .cloned()
        .collect();
    let argv = argv.as_slice();
    match &task.root {
        Root::One(folder) => scripts::present(argv, folder, top),
        Root::Each(pattern) => run::folders(app, pattern)
            .iter()
            .flat_map(|folder| scripts::present(argv, folder, top))
            .collect(),
    }
}

/// Tasks asked for by name: what is not approved is asked about, and refused (exit code 3) where that fails.
pub fn require(app: &App, tasks: &[&Task], trust: bool) -> Result<(), CommandError> {
    let open = offer(app, tasks, trust, "Approve and run?")?;
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
pub fn offer(
    app: &App,
    tasks: &[&Task],
    trust: bool,
    question: &str,
) -> Result<Vec<String>, CommandError> {
    if tasks.iter().all(|task| task.definition().is_none()) {
        return Ok(Vec::new());
    }
    let approvals = draining::approvals(app)?;
    let open: Vec<&Task> = tasks
        .iter()
        .copied()
        .filter(|task| unapproved(app, &approvals, task).is_some())
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
    if trust || (asks && app.ui.ask(question)) {
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

/// Records the approval of tasks as they are now, and lets held jobs go on.
pub fn approve(app: &App, tasks: &[&Task]) -> Result<(), CommandError> {
    let file = draining::approvals_file(app)?;
    let mut definitions = Vec::new();
    let names: Vec<&str> = tasks.iter().map(|task| task.key.as_str()).collect();
    for task in tasks {
        if let Some(definition) = task.definition() {
            let scripts = scripts(app, task);
            keep_copies(app, &file, &scripts);
            definitions.push((task.key.clone(), definition, scripts));
        }
    }
    file.approve(definitions, app.now())
        .context("record the approval")?;
    record::decision(record::TRUSTED, &json!({ "tasks": names }), app);
    release(app)
}

/// Lets the held jobs go on that may run now, and says why others may not.
pub fn release(app: &App) -> Result<(), CommandError> {
    let Some(queue) = app.existing_queue()? else {
        return Ok(());
    };
    let held = queue
        .list(&Filter {
            which: Which::In(StateKind::Held),
            ..Filter::default()
        })
        .context("list the held jobs")?;
    drop(queue);
    let permission = Permission::new(app);
    let mut free = BTreeSet::new();
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    for job in &held {
        let Ok(spec) = RunSpec::of(&job.spec) else {
            continue;
        };
        match permission.held_at_start(job, &spec) {
            None => {
                free.insert(job.id.clone());
            }
            Some(reason) => *reasons.entry(reason).or_default() += 1,
        }
    }
    if !free.is_empty() {
        let released = app
            .queue()?
            .release_held(|job| free.contains(&job.id), app.now())
            .context("release the held jobs")?;
        let count = format::count(released.len(), "held job", "held jobs");
        app.ui.say(format!("{count} queued · git tend drain"));
    }
    for (reason, count) in reasons {
        let stay = if count == 1 { "stays" } else { "stay" };
        let count = format::count(count, "job", "jobs");
        app.ui
            .say(format!("{count} {stay} held: {}", plain(&reason)));
    }
    Ok(())
}

/// Asks, once, whether what arrives from the branch's upstream may be run on.
pub fn ask_about_upstream(app: &App) -> Result<(), CommandError> {
    if !Ui::can_ask() || check_who_types(app).is_err() {
        return Ok(());
    }
    let head = app.repo()?.head().context("read HEAD")?;
    let upstream = match head.branch() {
        Some(branch) => app.repo()?.upstream(branch).context("find the upstream")?,
        None => None,
    };
    let Some(upstream) = upstream else {
        return Ok(());
    };
    let name = upstream.strip_prefix("refs/remotes/").unwrap_or(&upstream);
    if draining::approvals(app)?.was_asked_about(name) {
        return Ok(());
    }
    let trusted = app.ui.ask(&format!(
        "Also run tasks on commits that arrive on {}?",
        plain(name)
    ));
    draining::approvals_file(app)?
        .answer_for_ref(name, trusted)
        .context("record the answer")?;
    if trusted {
        record::decision(record::TRUSTED, &json!({ "refs": [name] }), app);
    }
    Ok(())
}

/// Copies of approved scripts lie beside the approvals, so that a change can be shown.
fn keep_copies(app: &App, file: &ApprovalsFile, scripts: &Scripts) {
    let top = app
        .located()
        .ok()
        .and_then(|located| located.worktree.as_deref());
    for (path, hash) in scripts {
        if let Some(text) = top.and_then(|top| std::fs::read(top.join(path)).ok()) {
            // Without the copy only the hashes can be shown.
            let _ = file.keep_script(hash, &text);
        }
    }
}

/// Shows a task's command, or what is different from what was approved.
pub fn show(app: &App, approvals: &Approvals, task: &Task) {
    let Some(definition) = task.definition() else {
        return;
    };
    let scripts = scripts(app, task);
    let approval = approvals.list().get(&task.key);
    let state = if approval.is_some() { "changed" } else { "new" };
    app.ui.say(format!(
        "{} {}",
        paint(Role::Name, plain(&task.key)),
        paint(Role::Warning, state)
    ));
    match &task.action {
        Action::Builtin { .. } | Action::Fix { .. } | Action::Own { .. } => {}
        Action::Command { argv } => {
            app.ui.say(format!("  {}", plain(&quoted(argv))));
            if let Some(fix) = &task.fix {
                app.ui.say(format!("  fix: {}", plain(&quoted(fix))));
            }
        }
        Action::Tools { name, only } => {
            let tools = parts::names(name, only);
            app.ui.say(format!(
                "  runs those of {} that are for this repository; tests, plugins and build scripts of the repository may run with them",
                plain(&tools.join(", "))
            ));
        }
    }
    let Some(approval) = approval else {
        for (name, value) in &task.env {
            app.ui.say(format!("  {}={}", plain(name), plain(value)));
        }
        for path in scripts.keys() {
            app.ui.say(format!("  runs {}", plain(path)));
        }
        return;
    };
    for change in approvals.diff(&task.key, &definition, &Scripts::new()) {
        if change.what.starts_with("script ") {
            continue;
        }
        if let Some(before) = change.before {
            let line = format!("  - {}: {}", plain(&change.what), plain(&before));
            app.ui.say(paint(Role::Bad, line));
        }
        if let Some(after) = change.after {
            let line = format!("  + {}: {}", plain(&change.what), plain(&after));
            app.ui.say(paint(Role::Good, line));
        }
    }
    for (path, hash) in &scripts {
        match approval.scripts.get(path) {
            Some(before) if before == hash => {}
            Some(before) => show_script(app, path, before),
            None => app
                .ui
                .say(paint(Role::Good, format!("  + runs {}", plain(path)))),
        }
    }
}

/// How a script differs from the one that was approved.
fn show_script(app: &App, path: &str, before: &str) {
    app.ui.say(format!("  {} changed:", plain(path)));
    let top = app
        .located()
        .ok()
        .and_then(|located| located.worktree.as_deref());
    let copy = draining::approvals_file(app)
        .ok()
        .map(|file| file.script(before));
    let (Some(top), Some(copy)) = (top, copy.filter(|copy| copy.exists())) else {
        app.ui.say("    the approved text is not kept any more");
        return;
    };
    let compared = GitCommand::in_folder(top)
        .args([
            "diff",
            "--no-index",
            "--no-color",
            "--no-ext-diff",
            "--unified=2",
            "--",
        ])
        .arg(&copy)
        .arg(top.join(path))
        .output();
    let text = compared.map(|output| output.stdout).unwrap_or_default();
    let text = String::from_utf8_lossy(&text).into_owned();
    let lines: Vec<&str> = text
        .lines()
        .skip_while(|line| !line.starts_with("@@"))
        .collect();
    for line in lines.iter().take(SHOWN_LINES) {
        let role = match line.chars().next() {
            Some('+') => Role::Good,
            Some('-') => Role::Bad,
            _ => Role::Faint,
        };
        app.ui.say(paint(role, format!("    {}", plain(line))));
    }
    if lines.len() > SHOWN_LINES {
        app.ui
            .say(format!("    … {} more lines", lines.len() - SHOWN_LINES));
    }
}
