//! `git tend wait`.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use crate::cli::app::App;
use crate::cli::error::{CommandError, Context as _};
use crate::cli::exit_code::Exit;
use crate::cli::gates::asked::{OF_A_PUSH, gates, gates_of};
use crate::cli::gates::running::{Window, judge};
use crate::cli::gates::{Judge, State, Subject, document, say};
use crate::cli::ui::{Role, paint, plain};
use crate::cli::{arguments, draining, scans};
use crate::queue::{Filter, JobId, Queue, Which};
use crate::report::findings::{State as EntryState, one_line};

/// Wait for the verdicts of a commit
///
/// Runs the gates that nobody has run yet, and waits for every job about the commit. Exits with 0 if all gates passed and
/// nothing new was found.
#[derive(Debug, clap::Args)]
pub struct WaitArgs {
    /// Of this commit instead of HEAD
    #[arg(long, value_name = "REV")]
    pub commit: Option<String>,
    /// Wait no longer than this
    #[arg(long, value_name = "DURATION", value_parser = arguments::duration)]
    pub timeout: Option<Duration>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Waits.
pub fn wait(args: &WaitArgs, app: &App) -> Result<Exit, CommandError> {
    let started = Instant::now();
    let repo = app.repo()?;
    let rev = args.commit.as_deref().unwrap_or("HEAD");
    let commit = app.commit(rev)?;
    let tree = repo.resolve_tree(&commit).context("read the commit")?;
    let subject = Subject::of_commit(commit.clone(), tree);
    let mut queue = app.queue()?;
    let tasks = gates_of(app, &OF_A_PUSH)?;
    let gates = gates(app, &tasks, subject.tree())?;
    let asked = [(subject, gates)];
    let window = Window {
        started,
        budget: args.timeout,
        for_git: false,
    };
    let mut all = judge(app, &mut queue, &Judge::new(app, None)?, &asked, window)?;
    let judged = all.pop().unwrap_or_default();
    let [(subject, _)] = &asked;

    // What follows the commit without holding anything.
    let jobs = live_jobs(&queue, commit.as_str())?;
    let others: BTreeSet<String> = jobs.iter().map(|(_, task)| task.clone()).collect();
    if !jobs.is_empty() {
        let request = draining::Request {
            budget: args.timeout.map(|it| it.saturating_sub(started.elapsed())),
            only: Some(jobs.into_iter().map(|(id, _)| id).collect()),
            user: true,
            ..draining::Request::default()
        };
        draining::drain(app, &mut queue, request)?;
    }
    let unfinished = live_jobs(&queue, commit.as_str())?;
    let found = found(app, commit.as_str(), &others)?;

    let mut verdict = document::together(&judged);
    if verdict == "passed" && !unfinished.is_empty() {
        verdict = "pending";
    }
    if verdict == "passed" && !found.is_empty() {
        verdict = "failed";
    }
    if args.json {
        let mut json = document::json(subject, &judged);
        json["verdict"] = verdict.into();
        json["new"] = serde_json::to_value(&found).unwrap_or_default();
        json["unfinished"] = unfinished.iter().map(|(id, _)| id.0.clone()).collect();
        app.ui.json(&json)?;
    } else {
        for line in say::lines(&judged) {
            app.ui.out(line)?;
        }
        for finding in &found {
            app.ui.out(format!("  {}", one_line(finding)))?;
        }
        for (id, task) in &unfinished {
            app.ui.out(format!(
                "{} {} is not done · git tend explain {id}",
                paint(Role::Warning, "…"),
                plain(task)
            ))?;
        }
        let passed = judged.iter().filter(|it| matches!(it.state, State::Passed));
        let (passed, all) = (passed.count(), judged.len());
        let role = if verdict == "passed" {
            Role::Good
        } else {
            Role::Bad
        };
        let gates = match all {
            0 => "it has no gates".to_owned(),
            all => format!("{passed} of {all} gates passed"),
        };
        app.ui.out(format!(
            "{} {} · {gates}",
            commit.short(),
            paint(role, verdict)
        ))?;
    }
    Ok(if verdict == "passed" {
        Exit::Fine
    } else {
        Exit::Failed
    })
}

/// The jobs about a commit that have not ended, with their tasks; those that wait for approval are not waited for.
fn live_jobs(queue: &Queue, commit: &str) -> Result<Vec<(JobId, String)>, CommandError> {
    let filter = Filter {
        which: Which::Live,
        commit: Some(commit.to_owned()),
        ..Filter::default()
    };
    let jobs = queue.list(&filter).context("list the commit's jobs")?;
    Ok(jobs
        .into_iter()
        .filter(|job| !matches!(job.state, crate::queue::State::Held { .. }))
        .map(|job| (job.id, job.task))
        .collect())
}

/// What these tasks found that the base does not have.
fn found(
    app: &App,
    commit: &str,
    tasks: &BTreeSet<String>,
) -> Result<Vec<crate::findings::Finding>, CommandError> {
    let scanned = scans::tasks_with_findings(app)?;
    let tasks: Vec<String> = tasks
        .iter()
        .filter(|task| scanned.contains(*task))
        .cloned()
        .collect();
    if tasks.is_empty() {
        return Ok(Vec::new());
    }
    let document = scans::document(app, Some(commit), &tasks)?;
    Ok(document
        .entries
        .into_iter()
        .filter(|entry| entry.is_open() && entry.state == EntryState::New)
        .map(|entry| entry.finding)
        .collect())
}
