//! `git tend trust`.

use serde_json::json;

use crate::cli::app::App;
use crate::cli::audit::record;
use crate::cli::error::{CommandError, Context};
use crate::cli::exit_code::Exit;
use crate::cli::ui::{Role, Ui, paint, plain};
use crate::cli::{draining, trusting};
use crate::report::json as documents;
use crate::tasks::Task;
use crate::tasks::spec::Action;
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
    /// Take the approval of these tasks, or refs, back
    #[arg(long, requires = "tasks")]
    pub revoke: bool,
    /// Also run tasks on commits that arrive on this ref, such as origin/main
    #[arg(long = "ref", value_name = "REF", conflicts_with_all = ["list", "revoke", "tasks", "commit"])]
    pub reference: Option<String>,
    /// Run tasks on this commit, wherever it came from
    #[arg(long, value_name = "REV", conflicts_with_all = ["list", "revoke", "tasks"])]
    pub commit: Option<String>,
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
    if let Some(name) = &args.reference {
        return trust_ref(name, app);
    }
    if let Some(rev) = &args.commit {
        return trust_commit(rev, app);
    }
    app.look_for_tools();
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
        .filter(|task| match args.tasks.as_slice() {
            // What the repository has nothing for is not asked about.
            [] => task.enabled || !matches!(task.action, Action::Tools { .. }),
            named => named.contains(&task.key),
        })
        .filter(|task| trusting::unapproved(app, &approvals, task).is_some())
        .collect();
    if open.is_empty() {
        app.ui.say("no command to approve");
        trusting::ask_about_upstream(app)?;
        trusting::release(app)?;
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

/// Trusts what arrives on a ref.
fn trust_ref(name: &str, app: &App) -> Result<Exit, CommandError> {
    if app.commit_named(name).is_none() {
        return Err(CommandError::usage(format!("no ref {}", plain(name))));
    }
    trusting::check_who_types(app)?;
    draining::approvals_file(app)?
        .answer_for_ref(name, true)
        .context("record the approval")?;
    record::decision(record::TRUSTED, &json!({ "refs": [name] }), app);
    app.ui.say(format!(
        "tasks run on commits that arrive on {}",
        plain(name)
    ));
    trusting::release(app)?;
    Ok(Exit::Fine)
}

/// Trusts one commit.
fn trust_commit(rev: &str, app: &App) -> Result<Exit, CommandError> {
    let commit = app.commit(rev)?.as_str().to_owned();
    trusting::check_who_types(app)?;
    draining::approvals_file(app)?
        .approve_commit(&commit)
        .context("record the approval")?;
    record::decision(record::TRUSTED, &json!({ "commits": [commit] }), app);
    app.ui.say(format!("tasks run on {commit}"));
    trusting::release(app)?;
    Ok(Exit::Fine)
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
        app.ui.json(&json!({
            "schema": documents::SCHEMA,
            "approved": approved,
            "refs": approvals.trusted_refs().collect::<Vec<_>>(),
        }))?;
    } else if approvals.list().is_empty() && approvals.trusted_refs().next().is_none() {
        app.ui.say("nothing is approved here");
    } else {
        for (task, approval) in approvals.list() {
            app.ui.out(format!(
                "{} {}",
                paint(Role::Name, plain(task)),
                plain(&quoted(&approval.definition.argv))
            ))?;
            for path in approval.scripts.keys() {
                app.ui.out(format!("  runs {}", plain(path)))?;
            }
        }
        for name in approvals.trusted_refs() {
            app.ui
                .out(format!("commits that arrive on {}", plain(name)))?;
        }
    }
    Ok(Exit::Fine)
}

fn revoke(tasks: &[String], app: &App) -> Result<Exit, CommandError> {
    let names: Vec<&str> = tasks.iter().map(String::as_str).collect();
    let revoked = draining::approvals_file(app)?
        .revoke(&names)
        .context("record the change")?;
    let mut refs = Vec::new();
    for name in &names {
        let was_task = revoked.iter().any(|one| one == name);
        let was_ref = !was_task
            && draining::approvals_file(app)?
                .revoke_ref(name)
                .context("record the change")?;
        if was_ref {
            refs.push(*name);
        }
        if was_task || was_ref {
            app.ui.say(format!("revoked {}", plain(name)));
        } else {
            app.ui.say(format!("{} was not approved", plain(name)));
        }
    }
    if !revoked.is_empty() || !refs.is_empty() {
        let data = json!({ "tasks": revoked, "refs": refs });
        record::decision(record::REVOKED, &data, app);
    }
    Ok(Exit::Fine)
}
