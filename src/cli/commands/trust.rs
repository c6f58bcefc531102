//! `git tend trust`.

use serde_json::json;

use crate::cli::app::App;
use crate::cli::error::{CommandError, Context};
use crate::cli::exit_code::Exit;
use crate::cli::ui::{Role, Ui, paint, plain};
use crate::cli::{draining, trusting};
use crate::report::json as documents;
use crate::tasks::Task;
use crate::tasks::spec::quoted;

/// Show and approve the commands of tasks
///
/// A tend.toml can arrive with a pull; what it would run is shown before it runs. Approvals are kept outside the
/// repository and are about what a task means: editing a comment asks nothing again.
#[derive(Debug, clap::Args)]
pub struct TrustArgs {
    /// Only these tasks
    #[arg(value_name = "TASK")]
    pub tasks: Vec<String>,
    /// Approve what is shown without asking
    #[arg(short, long, conflicts_with_all = ["list", "revoke"])]
    pub yes: bool,
    /// List what is approved
    #[arg(long, conflicts_with = "revoke")]
    pub list: bool,
    /// Take the approval of these tasks back
    #[arg(long, requires = "tasks")]
    pub revoke: bool,
    /// Print JSON, with `--list`
    #[arg(long, requires = "list")]
    pub json: bool,
}

/// Approves, lists or revokes.
pub fn trust(args: &TrustArgs, app: &App) -> Result<Exit, CommandError> {
    if args.list {
        return list(args.json, app);
    }
    if args.revoke {
        return revoke(&args.tasks, app);
    }
    let tasks = app.tasks()?;
    if let Some(unknown) = args
        .tasks
        .iter()
        .find(|name| !tasks.iter().any(|task| task.key == **name))
    {
        return Err(
            CommandError::usage(format!("no task {}", plain(unknown))).hint("git tend config show")
        );
    }
    let approvals = draining::approvals(app)?;
    let open: Vec<&Task> = tasks
        .iter()
        .filter(|task| args.tasks.is_empty() || args.tasks.contains(&task.key))
        .filter(|task| draining::unapproved(&approvals, task).is_some())
        .collect();
    if open.is_empty() {
        app.ui.say("nothing to approve");
        return Ok(Exit::Fine);
    }
    trusting::check_who_types(app)?;
    for task in &open {
        trusting::show(app, &approvals, task);
    }
    if !args.yes && !Ui::can_ask() {
        return Err(CommandError::refused("nobody can be asked here").hint("git tend trust --yes"));
    }
    if args.yes || app.ui.ask("Approve?") {
        trusting::approve(app, &open)?;
        app.ui.say(format!("approved {}", open.len()));
        Ok(Exit::Fine)
    } else {
        app.ui.say("nothing approved");
        Ok(Exit::Refused)
    }
}

fn list(as_json: bool, app: &App) -> Result<Exit, CommandError> {
    let approvals = draining::approvals(app)?;
    if as_json {
        let approved: Vec<_> = approvals
            .list()
            .iter()
            .map(|(task, approval)| {
                json!({
                    "task": task,
                    "definition": approval.definition,
                    "fingerprint": approval.definition.fingerprint(),
                    "approved_at": approval.approved_at,
                })
            })
            .collect();
        app.ui
            .json(&json!({ "schema": documents::SCHEMA, "approved": approved }))?;
    } else if approvals.list().is_empty() {
        app.ui.say("nothing is approved here");
    } else {
        for (task, approval) in approvals.list() {
            app.ui.out(format!(
                "{} {}",
                paint(Role::Name, plain(task)),
                plain(&quoted(&approval.definition.argv))
            ))?;
        }
    }
    Ok(Exit::Fine)
}

fn revoke(tasks: &[String], app: &App) -> Result<Exit, CommandError> {
    let names: Vec<&str> = tasks.iter().map(String::as_str).collect();
    let revoked = draining::approvals_file(app)?
        .revoke(&names)
        .context("record the change")?;
    for name in &names {
        if revoked.iter().any(|one| one == name) {
            app.ui.say(format!("revoked {}", plain(name)));
        } else {
            app.ui.say(format!("{} was not approved", plain(name)));
        }
    }
    Ok(Exit::Fine)
}
