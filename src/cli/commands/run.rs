//! `git tend run`.

use std::collections::{BTreeSet, HashSet};
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};

use crate::cli::app::App;
use crate::cli::error::{CommandError, Context};
use crate::cli::exit_code::Exit;
use crate::cli::ui::{Role, paint, plain};
use crate::cli::{arguments, draining, trusting};
use crate::config::nearest;
use crate::config::pattern::Pattern;
use crate::findings::stored::KIND;
use crate::findings::{ScanHead, Status, Verdict};
use crate::queue::{
    Category, How, Input, Job, JobId, NewJob, Queue, ResultFilter, State, StateKind, Trigger,
};
use crate::report::json as documents;
use crate::report::scan::lines as scan_lines;
use crate::tasks::jobs::{self, Occasion};
use crate::tasks::{Task, resolve};

/// Run tasks now, or any command
///
/// The jobs are enqueued as urgent and run at once, with what they need. The load of the machine does not hold them.
#[derive(Debug, clap::Args)]
pub struct RunArgs {
    /// Tasks of tend.toml, or built-in ones
    #[arg(value_name = "TASK", required_unless_present = "command")]
    pub tasks: Vec<String>,
    /// Only enqueue; once this exits 0 the jobs are never lost
    #[arg(long, conflicts_with_all = ["output", "budget"])]
    pub enqueue: bool,
    /// Run on this commit instead of HEAD
    #[arg(long, value_name = "REV")]
    pub commit: Option<String>,
    #[command(flatten)]
    #[allow(missing_docs)] // a comment here would be taken for help text
    pub how: HowArgs,
    /// A command and its arguments, run in place
    #[arg(last = true, value_name = "CMD")]
    pub command: Vec<String>,
}

// No doc comment: the help of `run` and `run-all` would begin with it.
#[derive(Debug, clap::Args)]
#[allow(missing_docs)]
pub struct HowArgs {
    /// Stop waiting after this; what has not ended is queued again
    #[arg(long, value_name = "DURATION", value_parser = arguments::duration)]
    pub budget: Option<Duration>,
    /// Approve the tasks' commands first
    #[arg(long)]
    pub trust: bool,
    /// Write the jobs and their results to FILE as JSON
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Runs or enqueues.
pub fn run(args: &RunArgs, app: &App) -> Result<Exit, CommandError> {
    let tasks = app.tasks()?;
    let wanted = known(&args.tasks, tasks, app)?;
    let commit = commit(args.commit.as_deref(), app)?;
    let wanted_tasks: Vec<&Task> = tasks
        .iter()
        .filter(|task| wanted.contains(&task.key.as_str()))
        .collect();
    trusting::require(app, &with_needs(&wanted_tasks, tasks), args.how.trust)?;
    let occasion = occasion(app, commit, args.enqueue)?;
    let mut batch = jobs::jobs_for(tasks, &wanted, &occasion, &|_, _| None, &|pattern| {
        folders(app, pattern)
    });
    if !args.command.is_empty() {
        batch.push(typed(app, &args.command, &occasion)?);
    }
    submit(app, &batch, &args.how, args.enqueue)
}

/// Enqueues a batch and, unless that is all, runs it to its end.
pub fn submit(
    app: &App,
    batch: &[NewJob],
    how: &HowArgs,
    enqueue_only: bool,
) -> Result<Exit, CommandError> {
    let mut queue = app.queue()?;
    let limit = app.loaded()?.config.queue.max_jobs.get() as usize;
    let enqueued = match queue.enqueue(batch, limit, app.now()) {
        Ok(enqueued) => enqueued,
        Err(error) => return Err(draining::enqueue_error(&error)),
    };
    let names: Vec<String> = batch
        .iter()
        .map(|job| job.name.clone().unwrap_or_else(|| job.task.clone()))
        .collect();
    let refused = draining::report_enqueued(app, &names, &enqueued);
    let mut ids: Vec<JobId> = Vec::new();
    for one in &enqueued {
        ids.extend(one.id.clone().filter(|id| !ids.contains(id)));
    }
    if enqueue_only {
        if how.json {
            app.ui.json(&documents::jobs(&reread(&queue, &ids)?))?;
        } else {
            for (name, one) in names.iter().zip(&enqueued) {
                if let Some(id) = &one.id {
                    let how = match one.how {
                        How::New => "enqueued",
                        How::Coalesced => "already waits",
                        How::Rerun => "runs now and will run again",
                        How::Refused => continue,
                    };
                    app.ui.say(format!("{id} {} {how}", plain(name)));
                }
            }
        }
        return Ok(refused);
    }
    if ids.is_empty() {
        return Ok(refused);
    }
    let request = draining::Request {
        budget: how.budget,
        only: Some(ids.iter().cloned().collect::<BTreeSet<_>>()),
        user: true,
        ..draining::Request::default()
    };
    let summary = draining::drain(app, &mut queue, request)?;
    let ended = reread(&queue, &ids)?;
    if how.json || how.output.is_some() {
        let document = document(&queue, &ended)?;
        if how.json {
            app.ui.json(&document)?;
        }
        if let Some(path) = &how.output {
            let path = app.folder()?.join(path);
            std::fs::write(&path, format!("{document:#}\n"))
                .context(&format!("write {}", path.display()))?;
        }
    }
    let done: Vec<Job> = ended
        .iter()
        .filter(|job| job.state.kind() == StateKind::Done)
        .cloned()
        .collect();
    let alarming = show_results(app, &queue, &done, !how.json)?;
    Ok(match exit(app, &ended, &summary, refused) {
        // A test failed, or something critical was found.
        Exit::Fine if alarming => Exit::Failed,
        exit => exit,
    })
}

fn exit(app: &App, ended: &[Job], summary: &crate::drain::Summary, refused: Exit) -> Exit {
    for job in ended {
        match &job.state {
            State::Held { reason } => {
                app.ui
                    .say(format!("⏸ {} is held: {}", plain(&job.task), plain(reason)));
            }
            // No drain's event told of it: it ended with the job that it needs.
            State::Failed {
                category: Category::DependencyFailed,
                error,
                ..
            } => {
                app.ui.say(format!(
                    "{} {} · {}",
                    paint(Role::Bad, "✗"),
                    plain(job.name.as_ref().unwrap_or(&job.task)),
                    plain(error)
                ));
            }
            State::Queued { .. } | State::Blocked { .. } | State::Running(_)
                if summary.stopped.is_none() =>
            {
                app.ui.say(format!(
                    "… {} waits · git tend explain {}",
                    plain(&job.task),
                    job.id
                ));
            }
            _ => {}
        }
    }
    let failed = ended
        .iter()
        .any(|job| job.state.kind() == StateKind::Failed);
    match draining::conclude(app, summary) {
        Exit::Fine | Exit::Failed if failed => Exit::Failed,
        Exit::Fine => refused,
        other => other,
    }
}

/// The few lines that a person wants to read of each analysis and each scan. Returns whether a scan's status is an error.
fn show_results(app: &App, queue: &Queue, jobs: &[Job], shown: bool) -> Result<bool, CommandError> {
    let (mut entries, mut alarming, mut found) = (Vec::new(), false, false);
    for job in jobs {
        entries.extend(queue.results_of_job(&job.id).context("read the results")?);
    }
    // What the repository is made of comes first; what two analyses say, one of them need not say again.
    entries.sort_by_key(|entry| {
        (
            entry.kind != "codebase_analysis",
            entry.kind == KIND,
            entry.id,
        )
    });
    let mut said = HashSet::new();
    for entry in &entries {
        let Some(text) = queue.result_text(entry.id).context("read the result")? else {
            continue;
        };
        if entry.kind == KIND {
            let scan: ScanHead = serde_json::from_str(&text).context("read the findings")?;
            alarming |= scan.status == Status::Error;
            found |= scan.verdict == Verdict::Findings;
            for line in scan_lines(&entry.task, &scan).iter().filter(|_| shown) {
                let text = plain(&line.text);
                app.ui.out(if line.is_warning {
                    format!("  {}", paint(Role::Warning, text))
                } else {
                    format!("  {text}")
                })?;
            }
            continue;
        }
        let body: Value = serde_json::from_str(&text).context("read the result")?;
        for line in crate::analyze::summary::of_result(&body) {
            if shown && said.insert(line.clone()) {
                app.ui.out(format!("  {}", plain(&line)))?;
            }
        }
    }
    if found && shown {
        app.ui.say("git tend findings shows what was found");
    }
    Ok(alarming)
}

fn document(queue: &Queue, jobs: &[Job]) -> Result<Value, CommandError> {
    let mut lines = Vec::new();
    for job in jobs {
        let mut line = json!(documents::JobLine::from(job));
        let filter = ResultFilter {
            job: Some(job.id.clone()),
            ..ResultFilter::default()
        };
        let results = queue.results(&filter).context("read the results")?;
        if let Some(fields) = line.as_object_mut() {
            fields.insert(
                "results".to_owned(),
                results.iter().map(documents::result).collect(),
            );
        }
        lines.push(line);
    }
    Ok(json!({ "schema": documents::SCHEMA, "jobs": lines }))
}

fn reread(queue: &Queue, ids: &[JobId]) -> Result<Vec<Job>, CommandError> {
    let mut jobs = Vec::new();
    for id in ids {
        jobs.extend(queue.job(id).context("read the job")?);
    }
    Ok(jobs)
}

/// The tasks' own names; an unknown one is an error with the nearest name.
pub fn known<'t>(
    names: &[String],
    tasks: &'t [Task],
    app: &App,
) -> Result<Vec<&'t str>, CommandError> {
    let mut found = Vec::new();
    for name in names {
        let key = app.task_key(name);
        let Some(task) = tasks.iter().find(|task| task.key == key) else {
            let error = CommandError::usage(format!("no task {}", plain(name)));
            let all: Vec<&str> = tasks.iter().map(|task| task.key.as_str()).collect();
            return Err(match nearest(name, all.iter().copied()) {
                Some(near) => error.hint(format!("did you mean {near}?")),
                None => error.hint(format!("the tasks here: {}", all.join(", "))),
            });
        };
        found.push(task.key.as_str());
    }
    Ok(found)
}

/// The tasks and everything that they need.
pub fn with_needs<'t>(wanted: &[&'t Task], tasks: &'t [Task]) -> Vec<&'t Task> {
    let mut found: Vec<&Task> = Vec::new();
    let mut open: Vec<&Task> = wanted.to_vec();
    while let Some(task) = open.pop() {
        if !found.iter().any(|one| one.key == task.key) {
            open.extend(tasks.iter().filter(|other| task.needs.contains(&other.key)));
            found.push(task);
        }
    }
    found.sort_by(|a, b| a.key.cmp(&b.key));
    found
}

fn commit(rev: Option<&str>, app: &App) -> Result<Option<String>, CommandError> {
    match rev {
        None => app.head_commit(),
        Some(rev) => Ok(Some(app.commit(rev)?.as_str().to_owned())),
    }
}

/// The occasion of what a person types.
pub fn occasion(
    app: &App,
    commit: Option<String>,
    acknowledged: bool,
) -> Result<Occasion, CommandError> {
    Ok(Occasion {
        trigger: Trigger::Manual,
        trigger_data: json!({}),
        input: Input {
            commit,
            worktree: app.located()?.worktree.clone(),
            ..Input::default()
        },
        user_triggered: true,
        run_at: app.now(),
        acknowledged,
    })
}

/// The folders of HEAD that a task with one job a folder runs in.
pub fn folders(app: &App, pattern: &Pattern) -> Vec<String> {
    let entries = || {
        let repo = app.repo().ok()?;
        repo.entries(&repo.resolve_commit("HEAD").ok()?).ok()
    };
    let entries = entries().unwrap_or_default();
    jobs::matching_folders(pattern, entries.iter().map(|entry| entry.path.as_slice()))
}

/// A job for a command that was typed, in the folder where it was typed.
fn typed(app: &App, command: &[String], occasion: &Occasion) -> Result<NewJob, CommandError> {
    let located = app.located()?;
    let folder = app.folder()?;
    let below = located
        .worktree
        .as_ref()
        .and_then(|top| {
            folder
                .canonicalize()
                .ok()?
                .strip_prefix(top)
                .ok()
                .map(std::path::Path::to_path_buf)
        })
        .unwrap_or_default();
    let folder = below.to_str().ok_or_else(|| {
        CommandError::usage("commands cannot be enqueued in a folder whose name is not UTF-8")
    })?;
    Ok(jobs::ad_hoc(
        command,
        folder,
        &resolve::ad_hoc(&app.loaded()?.config),
        occasion,
    ))
}
