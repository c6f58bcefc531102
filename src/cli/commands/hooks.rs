//! `git tend hooks`.

use std::path::Path;

use serde_json::json;

use crate::cli::app::App;
use crate::cli::commands::install_hooks;
use crate::cli::error::CommandError;
use crate::cli::exit_code::Exit;
use crate::cli::tables;
use crate::cli::ui::plain;
use crate::config::HookName;
use crate::report::json as documents;
use crate::tasks::Task;
use crate::triggers::install::events;
use crate::triggers::install::folder::{self, Folder, Found, Owner, Seen};
use crate::triggers::install::receipt::Receipt;

/// Which hooks are installed, by whom, and what each will run
#[derive(Debug, clap::Args)]
pub struct HooksArgs {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// One hook, for people and programs.
struct Line {
    hook: HookName,
    installed: String,
    before: Option<String>,
    tasks: Vec<String>,
    gates: Vec<String>,
    wanted: bool,
}

/// Shows them.
pub fn hooks(args: &HooksArgs, app: &App) -> Result<Exit, CommandError> {
    app.look_for_tools();
    let tasks = app.tasks()?;
    let folder = install_hooks::find(app)?;
    let receipt = Receipt::load(app.state_dir()?);
    let wanted = events::wanted(tasks);
    let seen = folder::look(&folder.path, &receipt);
    let lines: Vec<Line> = seen
        .iter()
        .map(|(hook, seen)| Line {
            hook: *hook,
            installed: installed(seen, &folder, *hook),
            before: match &seen.before {
                Found::Foreign(manager) => Some(manager.to_string()),
                _ => None,
            },
            tasks: names(tasks, |task| task.triggers.hooks.contains(hook)),
            gates: names(tasks, |task| task.triggers.gates.contains(hook)),
            wanted: wanted.contains(hook),
        })
        .collect();
    if args.json {
        app.ui.json(&json!({
            "schema": documents::SCHEMA,
            "folder": folder.path.to_string_lossy(),
            "owner": owner(&folder),
            "hooks": lines.iter().map(|line| json!({
                "hook": line.hook.name(),
                "installed": line.installed,
                "before": line.before,
                "tasks": line.tasks,
                "gates": line.gates,
                "wanted": line.wanted,
            })).collect::<Vec<_>>(),
        }))?;
        return Ok(Exit::Fine);
    }
    app.ui.out(format!(
        "{} ({})\n",
        plain(&folder.path.to_string_lossy()),
        owner(&folder)
    ))?;
    let mut table = tables::table(&["HOOK", "INSTALLED", "RUNS FIRST", "TASKS", "GATES"]);
    for line in &lines {
        if line.installed == "-" && !line.wanted && line.tasks.is_empty() {
            continue;
        }
        table.add_row([
            line.hook.name().to_owned(),
            plain(&line.installed),
            line.before.clone().unwrap_or_else(|| "-".to_owned()),
            plain(&listed(&line.tasks)),
            plain(&listed(&line.gates)),
        ]);
    }
    app.ui.write_out(&tables::render(&table))?;
    if lines
        .iter()
        .any(|line| line.wanted && !line.installed.starts_with("git-tend"))
    {
        app.ui
            .say("some hooks that tasks are on are not ours · git tend install-hooks");
    }
    Ok(Exit::Fine)
}

fn owner(folder: &Folder) -> String {
    match folder.owner {
        Owner::Repository => "this repository's".to_owned(),
        Owner::Tracked => "tracked files: hooks there are edited by hand".to_owned(),
        Owner::Tool(manager) => format!("made by {manager}: hooks there are edited by hand"),
        Owner::Elsewhere => "outside of this repository".to_owned(),
    }
}

fn installed(seen: &Seen, folder: &Folder, hook: HookName) -> String {
    match &seen.now {
        Found::Nothing => "-".to_owned(),
        Found::Ours(shim) if !shim.program.exists() => {
            format!(
                "git-tend, which is not at {} any more",
                shim.program.display()
            )
        }
        Found::Ours(_) => "git-tend".to_owned(),
        Found::OursOld => "git-tend, of an earlier version".to_owned(),
        Found::OursEdited => "git-tend, edited".to_owned(),
        Found::Foreign(manager) if calls_us(&folder.path, hook) => {
            let caller = match folder.owner {
                Owner::Tool(tool) => tool,
                _ => *manager,
            };
            format!("git-tend, called by {caller}")
        }
        Found::Foreign(manager) if seen.before != Found::Nothing => {
            format!("{manager}, written over ours")
        }
        Found::Foreign(manager) => manager.to_string(),
        Found::Odd => "not a file".to_owned(),
    }
}

/// Whether a hook that is edited by hand has our line. husky's own files run those beside its folder.
fn calls_us(folder: &Path, hook: HookName) -> bool {
    let words = format!("git-tend hook {hook}");
    [Some(folder), folder.parent()]
        .into_iter()
        .flatten()
        .any(|folder| {
            std::fs::read_to_string(folder.join(hook.name()))
                .is_ok_and(|text| text.contains(&words))
        })
}

fn names(tasks: &[Task], is_on: impl Fn(&Task) -> bool) -> Vec<String> {
    let on = tasks.iter().filter(|task| task.enabled && is_on(task));
    on.map(|task| task.key.clone()).collect()
}

fn listed(names: &[String]) -> String {
    if names.is_empty() {
        "-".to_owned()
    } else {
        names.join(", ")
    }
}
