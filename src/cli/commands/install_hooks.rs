//! `git tend install-hooks`.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::json;

use crate::cli::app::App;
use crate::cli::audit::record;
use crate::cli::error::{CommandError, Context};
use crate::cli::exit_code::Exit;
use crate::cli::ui::{Role, paint, plain};
use crate::cli::{draining, trusting};
use crate::config::HookName;
use crate::system::{env, process};
use crate::tasks::Task;
use crate::triggers::install::apply;
use crate::triggers::install::events;
use crate::triggers::install::folder::{self, Folder, Owner, set_aside};
use crate::triggers::install::manager::Manager;
use crate::triggers::install::plan::{Action, plan};
use crate::triggers::install::receipt::Receipt;
use crate::triggers::install::shim::{Missing, Shim};
use crate::triggers::registry::Registry;

/// Let git's hooks enqueue what tasks are on
///
/// Only the hooks that have tasks are installed. A hook that is there already is set aside and runs first: its exit
/// code decides. Nothing of ours ever stops git.
#[derive(Debug, clap::Args)]
pub struct InstallHooksArgs {
    /// Print what would change, and change nothing
    #[arg(short = 'n', long)]
    pub dry_run: bool,
    /// What a hook does when there is no git-tend any more
    #[arg(long, value_name = "POLICY", value_parser = ["open", "closed"], default_value = "open")]
    pub if_missing: String,
    /// Write also into a hooks folder outside of the repository, which others may share
    #[arg(long)]
    pub shared: bool,
    /// Approve the tasks' commands
    #[arg(long)]
    pub trust: bool,
}

/// Installs.
pub fn install_hooks(args: &InstallHooksArgs, app: &App) -> Result<Exit, CommandError> {
    app.look_for_tools();
    let tasks = app.tasks()?;
    let wanted = events::wanted(tasks);
    let folder = find(app)?;
    match folder.owner {
        Owner::Repository => {}
        Owner::Elsewhere if args.shared => {}
        Owner::Elsewhere => {
            return Err(CommandError::refused(format!(
                "git looks for hooks in a folder outside of the repository: {}",
                plain(&folder.path.to_string_lossy())
            ))
            .hint("--shared writes there all the same; every repository that shares it will call git tend"));
        }
        Owner::Tracked | Owner::Tool(_) => {
            if !args.dry_run {
                draining::watch_from_here(app)?;
            }
            print_lines(&wanted.into_iter().collect::<Vec<_>>(), &folder, app)?;
            return Ok(Exit::Fine);
        }
    }
    let state = app.state_dir()?;
    let _lock = if args.dry_run {
        None
    } else {
        Some(apply::lock(state).context("install the hooks")?)
    };
    let mut receipt = Receipt::load(state);
    let missing = if args.if_missing == "closed" {
        Missing::Closed
    } else {
        Missing::Open
    };
    let program = process::own_program().context("find this program")?;
    let shim = |hook| Shim {
        hook,
        program: program.clone(),
        missing,
    };
    let seen = folder::look(&folder.path, &receipt);
    let plan = plan(&wanted, &seen, &shim);
    say_plan(&plan, &folder.path, args.dry_run, app);
    if args.dry_run {
        return Ok(Exit::Fine);
    }
    if plan.values().any(Action::changes) {
        apply::is_writable(&folder.path)
            .context(&format!("write into {}", folder.path.display()))?;
    }
    receipt.missing = missing;
    if let Some(path) = env::raw(env::PATH) {
        receipt.set_path(Path::new(&path));
    }
    apply::install(&folder.path, &plan, &shim, &mut receipt, state).context("install the hooks")?;
    if plan.values().any(Action::changes) {
        let hooks: Vec<&str> = receipt.hooks().map(HookName::name).collect();
        record::decision(record::HOOKS_INSTALLED, &json!({ "hooks": hooks }), app);
    }
    if !plan.is_empty() {
        draining::watch_from_here(app)?;
        // What is due is looked at by the schedule too, once there is one.
        let located = app.located()?;
        Registry::new(&app.dirs()?.state)
            .add(&located.common_dir, located.worktree.as_deref(), app.now())
            .context("register the repository")?;
    }
    let commands: Vec<&Task> = tasks.iter().filter(|task| task.enabled).collect();
    let open = trusting::offer(app, &commands, args.trust, "Approve?")?;
    if open.len() < commands.len() {
        trusting::ask_about_upstream(app)?;
    }
    if !open.is_empty() {
        app.ui.say(format!(
            "{} {} not approved and will be held · git tend trust",
            open.join(", "),
            if open.len() == 1 { "is" } else { "are" }
        ));
    }
    Ok(Exit::Fine)
}

/// The folder of the hooks.
pub fn find(app: &App) -> Result<Folder, CommandError> {
    folder::find(app.repo()?).context("find the folder of the hooks")
}

fn say_plan(plan: &BTreeMap<HookName, Action>, folder: &Path, dry_run: bool, app: &App) {
    let say = |would: &str, did: &str| {
        if dry_run {
            format!("would {would}")
        } else {
            did.to_owned()
        }
    };
    let aside = set_aside(folder);
    let aside = aside.file_name().unwrap_or_default().to_string_lossy();
    let mut changes = 0;
    for (hook, action) in plan {
        changes += usize::from(action.changes());
        let words = match action {
            Action::Keep => continue,
            Action::Write => say("install", "installed"),
            Action::Chain(manager) => {
                let install = say("install", "installed");
                format!("{install}; {manager}, now in {aside}/, runs first")
            }
            Action::Refresh => say("bring up to date", "brought up to date"),
            Action::Remove => say("remove", "removed") + ": no task is on it any more",
            Action::LeaveEdited => "left alone: it was edited since it was installed".to_owned(),
            Action::LeaveOdd => "left alone: it is not a file".to_owned(),
        };
        let name = paint(Role::Name, format!("{:<16}", hook.name()));
        app.ui.say(format!("{name} {}", plain(&words)));
    }
    if changes == 0 {
        app.ui.say(if plan.is_empty() {
            "no task is on a hook, and none is due by itself: nothing to install"
        } else {
            "the hooks are as they should be"
        });
    } else if !dry_run {
        app.ui.say(format!(
            "in {} · git tend hooks",
            plain(&folder.to_string_lossy())
        ));
    }
}

/// For folders that are somebody else's to write: what to add to which file.
fn print_lines(wanted: &[HookName], folder: &Folder, app: &App) -> Result<(), CommandError> {
    let (whose, files) = match folder.owner {
        Owner::Tool(manager @ Manager::Husky) => {
            // husky's own folder is generated anew; what it runs lies beside it.
            let files = match folder.path.file_name() {
                Some(name) if name == "_" => folder.path.parent().unwrap_or(&folder.path),
                _ => &folder.path,
            };
            (format!("made by {manager}"), files)
        }
        Owner::Tool(manager) => (format!("made by {manager}"), folder.path.as_path()),
        _ => (
            "tracked: everybody who clones has it".to_owned(),
            folder.path.as_path(),
        ),
    };
    let what = match folder.owner {
        // It writes its hooks anew whenever its configuration changes.
        Owner::Tool(Manager::Lefthook) => "Add to lefthook.yml",
        _ => "Add a line to each of these files (executable, with #!/bin/sh first)",
    };
    app.ui.say(format!(
        "git looks for hooks in {}, which is {whose}: nothing is written there. {what}:",
        plain(&folder.path.to_string_lossy())
    ));
    let top = app.located()?.worktree.clone().unwrap_or_default();
    if folder.owner == Owner::Tool(Manager::Lefthook) {
        for hook in wanted {
            app.ui.write_out(&lefthook_job(*hook))?;
        }
        return Ok(());
    }
    for hook in wanted {
        let file = files.join(hook.name());
        let file = file.strip_prefix(&top).unwrap_or(&file);
        let line = line_to_add(*hook);
        app.ui
            .out(format!("{}: {line}", plain(&file.to_string_lossy())))?;
    }
    Ok(())
}

/// What a tracked hook says to call us: nothing where git-tend is not installed.
pub fn line_to_add(hook: HookName) -> String {
    format!("if command -v git-tend >/dev/null 2>&1; then git-tend hook {hook} \"$@\"; fi")
}

/// The same as a job of lefthook's.
fn lefthook_job(hook: HookName) -> String {
    let line = line_to_add(hook).replace("\"$@\"", "{0}");
    format!("{hook}:\n  jobs:\n    - name: git-tend\n      use_stdin: true\n      run: {line}\n")
}
