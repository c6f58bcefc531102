//! `git tend fix`.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde_json::json;

use crate::cli::app::App;
use crate::cli::audit::record;
use crate::cli::error::{CommandError, Context};
use crate::cli::exit_code::Exit;
use crate::cli::patches::{self, Left, Wanted};
use crate::cli::ui::{Role, paint, plain};
use crate::config::nearest;
use crate::git::patch::{self, Applied, PatchError};
use crate::report::json as documents;
use crate::system::{env, filesystem};
use crate::tasks::Task;
use crate::tools::fixers;

/// So long are patches kept that did not apply.
const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Mend what tasks find: fixers run in a workspace and leave a patch
///
/// What is mended is what is staged; nothing of the repository is touched until `--apply` puts the patch into the index
/// and the worktree, into both or into neither. Without names: every task whose fixer is known and approved. Where
/// standard output is no terminal, it gets the patch.
#[derive(Debug, clap::Args)]
pub struct FixArgs {
    /// Tasks; or jobs: the patches that they left, or else their tasks
    #[arg(value_name = "TASK|JOB")]
    pub names: Vec<String>,
    /// Apply the patch to the index and the worktree
    #[arg(long)]
    pub apply: bool,
    /// Mend what is staged; this is the default
    #[arg(long, conflicts_with = "commit")]
    pub staged: bool,
    /// Mend the files of this commit instead
    #[arg(long, value_name = "REV")]
    pub commit: Option<String>,
    /// Mend all files, not only those that differ from HEAD
    #[arg(long)]
    pub all: bool,
    /// Approve the tasks' commands first
    #[arg(long)]
    pub trust: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Mends, shows and applies.
pub fn fix(args: &FixArgs, app: &App) -> Result<Exit, CommandError> {
    if args.names.is_empty() {
        // What a repository has nothing for is not run.
        app.look_for_tools();
    }
    let left = match stored(&args.names, app)? {
        Some(left) => left,
        None => {
            let tasks = wanted(args, app)?;
            if tasks.is_empty() {
                app.ui.say("no task here has a fixer that is known · write `fix = [\"PROGRAM\", …]` in its table");
                return present(args, app, &Left::default());
            }
            let wanted = Wanted {
                commit: args.commit.as_deref(),
                all: args.all,
                index: index(app)?,
                named: !args.names.is_empty(),
            };
            patches::make(app, &tasks, &wanted)?
        }
    };
    present(args, app, &left)
}

/// The patches that jobs have left; nothing if tasks are to run.
fn stored(names: &[String], app: &App) -> Result<Option<Left>, CommandError> {
    if names.is_empty() || names.iter().any(|name| is_task(name, app).unwrap_or(false)) {
        return Ok(None);
    }
    let mut left = Left::default();
    for name in names {
        // If it is neither, what the tasks are called says more.
        let Ok((queue, job)) = app.find_job(name) else {
            return Ok(None);
        };
        match patches::of_job(&queue, &job)? {
            Some(patch) => left.add(job, patch)?,
            None => return Ok(None),
        }
    }
    Ok(Some(left))
}

fn is_task(name: &str, app: &App) -> Result<bool, CommandError> {
    let key = app.task_key(name);
    Ok(app.tasks()?.iter().any(|task| task.key == key))
}

/// The tasks that are to be mended, approved.
fn wanted<'a>(args: &FixArgs, app: &'a App) -> Result<Vec<&'a Task>, CommandError> {
    let tasks = app.tasks()?;
    if args.names.is_empty() {
        let all: Vec<&Task> = tasks
            .iter()
            .filter(|task| task.enabled && fixers::of_task(task).is_some())
            .collect();
        let open = crate::cli::trusting::offer(app, &all, args.trust, "Approve and run?")?;
        for key in &open {
            app.ui.say(format!(
                "{} is left out: not approved · git tend trust {0}",
                plain(key)
            ));
        }
        return Ok(all
            .into_iter()
            .filter(|task| !open.contains(&task.key))
            .collect());
    }
    let mut found: Vec<&Task> = Vec::new();
    for name in &args.names {
        let task = named(name, tasks, app)?;
        if fixers::of_task(task).is_none() {
            return Err(
                CommandError::usage(format!("no fixer of {} is known", plain(&task.key))).hint(
                    format!(
                        "write `fix = [\"PROGRAM\", …]` in [task.{}]",
                        plain(&task.key)
                    ),
                ),
            );
        }
        if !found.iter().any(|other| other.key == task.key) {
            found.push(task);
        }
    }
    crate::cli::trusting::require(app, &found, args.trust)?;
    Ok(found)
}

/// A task by its name, or by one of its jobs.
fn named<'a>(name: &str, tasks: &'a [Task], app: &App) -> Result<&'a Task, CommandError> {
    let find = |key: &str| tasks.iter().find(|task| task.key == key);
    if let Some(task) = find(&app.task_key(name)) {
        return Ok(task);
    }
    if let Some(task) = app.find_job(name).ok().and_then(|(_, job)| find(&job.task)) {
        return Ok(task);
    }
    let error = CommandError::usage(format!("no task or job {}", plain(name)));
    let all = tasks.iter().map(|task| task.key.as_str());
    Err(match nearest(name, all) {
        Some(near) => error.hint(format!("did you mean {near}?")),
        None => error.hint("git tend config show"),
    })
}

/// The index that git would commit.
fn index(app: &App) -> Result<PathBuf, CommandError> {
    let located = app.located()?;
    Ok(
        match env::raw(env::GIT_INDEX_FILE).filter(|it| !it.is_empty()) {
            // Git reads it from the top of the worktree.
            Some(file) => located
                .worktree
                .as_deref()
                .unwrap_or(Path::new(""))
                .join(file),
            None => located.git_dir.join("index"),
        },
    )
}

/// Says what the patch is, and applies it if that is wanted.
fn present(args: &FixArgs, app: &App, left: &Left) -> Result<Exit, CommandError> {
    let exit = if left.failed {
        Exit::Failed
    } else {
        Exit::Fine
    };
    for (job, patch) in &left.patches {
        for file in &patch.files {
            let counts = match (file.added, file.removed) {
                (Some(added), Some(removed)) => format!(
                    "{} {}",
                    paint(Role::Good, format!("+{added}")),
                    paint(Role::Bad, format!("−{removed}"))
                ),
                _ => "binary".to_owned(),
            };
            let tools = if file.tools.is_empty() {
                job.task.clone()
            } else {
                file.tools.join(", ")
            };
            app.ui.say(format!(
                "{}  {counts}  {}",
                plain(&file.path),
                plain(&tools)
            ));
        }
    }
    let state = if left.bytes.is_empty() {
        app.ui.say("nothing to fix");
        "nothing"
    } else if args.apply && (left.failed || left.interrupted.is_some()) {
        app.ui
            .say("nothing is applied: not every fixer did its work");
        "left"
    } else if args.apply {
        match apply(app, left)? {
            Applied::Now => {
                let files: usize = left
                    .patches
                    .iter()
                    .map(|(_, patch)| patch.files.len())
                    .sum();
                record::aside(record::PATCH_APPLIED, &json!({ "files": files }), app);
                app.ui
                    .say(paint(Role::Good, "applied to the index and the worktree"));
                "applied"
            }
            Applied::Before => {
                app.ui.say("it is already applied");
                "already applied"
            }
        }
    } else {
        "left"
    };
    if args.json {
        app.ui.json(&document(left, state))?;
    } else if state == "left" {
        patches::show(app, &left.bytes)?;
        let ids: Vec<String> = left
            .patches
            .iter()
            .filter(|(_, patch)| !patch.files.is_empty())
            .map(|(job, _)| job.id.to_string())
            .collect();
        app.ui
            .say(format!("git tend fix {} --apply applies it", ids.join(" ")));
    }
    Ok(left.interrupted.unwrap_or(exit))
}

fn apply(app: &App, left: &Left) -> Result<Applied, CommandError> {
    let located = app.located()?;
    let error = match patch::apply(located, &index(app)?, &left.bytes) {
        Ok(applied) => return Ok(applied),
        Err(error) => error,
    };
    let PatchError::Conflicts { index, worktree } = &error else {
        let failed = CommandError::failed("failed to apply the patch").because(&error);
        return Err(match error {
            PatchError::Locked(_) => failed.hint("run it again when the other process has ended"),
            _ => failed,
        });
    };
    let mut failed = CommandError::failed("the patch does not apply: nothing was changed");
    for (files, what) in [
        (index, "what is staged is not what was mended"),
        (worktree, "changes that are not staged are in its way"),
    ] {
        for file in files {
            failed
                .causes
                .push(format!("{}: {what}", plain(&file.to_string())));
        }
    }
    let kept = keep(app, left)?;
    Err(failed
        .hint(format!(
            "the patch is in {}",
            plain(&kept.to_string_lossy())
        ))
        .hint("stage or stash what is in its way, then git tend fix --apply"))
}

/// Keeps a patch in a file for whoever wants to apply it by hand.
fn keep(app: &App, left: &Left) -> Result<PathBuf, CommandError> {
    let folder = app.state_dir()?.join("patches");
    filesystem::private_dir(&folder).context("make the folder for patches")?;
    let old = |modified: SystemTime| modified.elapsed().is_ok_and(|age| age > KEPT);
    for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
        let modified = entry.metadata().and_then(|found| found.modified());
        if modified.is_ok_and(old) {
            let _ = fs::remove_file(entry.path());
        }
    }
    let ids: Vec<String> = left
        .patches
        .iter()
        .take(4)
        .map(|(job, _)| job.id.to_string())
        .collect();
    let path = folder.join(format!("{}.patch", ids.join("-")));
    filesystem::replace(&path, &left.bytes, 0o600).context("keep the patch")?;
    Ok(path)
}

fn document(left: &Left, state: &str) -> serde_json::Value {
    let patches: Vec<_> = left
        .patches
        .iter()
        .map(|(job, patch)| json!({ "job": documents::JobLine::from(job), "patch": patch }))
        .collect();
    let others: Vec<_> = left.others.iter().map(documents::JobLine::from).collect();
    json!({ "schema": documents::SCHEMA, "state": state, "patches": patches, "without": others })
}
