//! Gates that git waits for: before a commit, for its message, before a push.

use std::ffi::OsString;
use std::time::{Duration, Instant};

use bstr::ByteSlice as _;
use serde_json::{Value, json};

use super::asked::{OF_A_PUSH, gates, gates_of};
use super::from_git::{message, pushed, staged};
use super::running::{Asked, Window, enter, go_on, judge};
use super::{Gate, Judge, Judged, Looked, State, Subject, say};
use crate::cli::app::App;
use crate::cli::audit::record;
use crate::cli::error::{CommandError, Context as _};
use crate::cli::exit_code::Exit;
use crate::cli::ui::{Role, paint, plain};
use crate::config::HookName;
use crate::config::task::{Coalesce, OnBudget};
use crate::git::Oid;
use crate::queue::{Job, JobId, Queue, QueueError, StateKind};
use crate::store::StoreError;
use crate::system::env;
use crate::tasks::Task;

/// How long git may be held by other processes' transactions.
const PATIENCE: Duration = Duration::from_millis(250);
/// So many commits of a push are named.
const NAMED: usize = 5;

/// Runs the gates of a hook that comes before a commit. What goes wrong with us is said, and stops nobody.
pub fn before_commit(hook: HookName, args: &[OsString], app: &App) -> Exit {
    match try_before_commit(hook, args, app) {
        Ok(exit) => exit,
        Err(error) => {
            app.ui.say(format!(
                "tend: no gate was asked: {} · the push will ask",
                plain(&error.one_line())
            ));
            Exit::Fine
        }
    }
}

fn try_before_commit(hook: HookName, args: &[OsString], app: &App) -> Result<Exit, CommandError> {
    let started = Instant::now();
    // A configuration that is not valid is said by the hook that comes after the commit.
    let Ok(tasks) = gates_of(app, &[hook]) else {
        return Ok(Exit::Fine);
    };
    if tasks.is_empty() {
        return Ok(Exit::Fine);
    }
    if !app.located()?.owned_by_us {
        app.ui
            .say("tend: the gates of this repository are its owner's to run: they refuse");
        return Ok(Exit::Failed);
    }
    let subject = match hook {
        HookName::CommitMsg => message(args, app)?,
        _ => staged(hook, app)?,
    };
    let mut queue = queue(app)?;
    let gates = gates(app, &tasks, subject.tree())?;
    let asked = [(subject, gates)];
    let settings = app.loaded()?.config.hooks.get(&hook).cloned();
    let budget = settings.unwrap_or_default().budget(hook);
    let window = Window {
        started,
        budget: Some(budget),
        for_git: true,
    };
    let judge_of = Judge::new(app, Some(hook))?;
    let mut all = judge(app, &mut queue, &judge_of, &asked, window)?;
    let judged = all.pop().unwrap_or_default();
    say::say(app, &judged);
    let pending = pending(&judged, |task| task.on_budget != OnBudget::Warn);
    let [(subject, gates)] = &asked;
    drop_older(app, &mut queue, subject, gates)?;
    if !pending.is_empty() && !env::is_set(env::CI) {
        go_on(app, &queue, &pending).context("go on in the background")?;
    }
    let stops = judged.iter().any(|judged| match &judged.state {
        State::Passed => false,
        State::Failed(_) => true,
        State::Pending { .. } | State::Held { .. } | State::Unjudged { .. } => {
            judged.gate.task.on_budget == OnBudget::Fail
        }
    });
    record_gates(hook, stops, &[(subject, &judged)], &mut queue, app);
    let waits = judged.iter().any(|it| !matches!(it.state, State::Passed));
    if stops {
        app.ui.say(format!(
            "{} nothing is committed · git commit --no-verify goes past the gates, git push asks them again",
            paint(Role::Bad, "tend:"),
        ));
        return Ok(Exit::Failed);
    }
    if waits && hook != HookName::CommitMsg {
        app.ui
            .say("tend: git push waits for the verdict · git tend wait");
    }
    Ok(Exit::Fine)
}

/// Runs what a push asks for; `tips` is nothing if it is not known what is pushed. Without a verdict nothing is pushed,
/// whatever the reason.
pub fn before_push(tips: Option<&[Oid]>, app: &App) -> Exit {
    match try_before_push(tips, app) {
        Ok(exit) => exit,
        Err(error) => {
            app.ui.say(format!(
                "tend: nothing is pushed: no gate could be asked: {} · git push --no-verify",
                plain(&error.one_line())
            ));
            Exit::Failed
        }
    }
}

fn try_before_push(tips: Option<&[Oid]>, app: &App) -> Result<Exit, CommandError> {
    let started = Instant::now();
    let tasks = match gates_of(app, &OF_A_PUSH) {
        Ok(tasks) => tasks,
        // Whether there are gates, nobody can tell: where none are written, none are passed over.
        Err(_) if !mentions_gates(app) => return Ok(Exit::Fine),
        Err(error) => return Err(error),
    };
    if tasks.is_empty() {
        return Ok(Exit::Fine);
    }
    let tips = tips.ok_or_else(|| CommandError::failed("git's list of refs is not understood"))?;
    if tips.is_empty() {
        return Ok(Exit::Fine);
    }
    if !app.located()?.owned_by_us {
        app.ui
            .say("tend: the gates of this repository are its owner's to run: they refuse");
        return Ok(Exit::Failed);
    }
    let subjects = pushed(tips, app)?;
    let mut queue = queue(app)?;
    let mut asked: Vec<Asked<'_>> = Vec::new();
    for subject in subjects {
        let gates = gates(app, &tasks, subject.tree())?;
        asked.push((subject, gates));
    }
    let settings = app.loaded()?.config.hooks.get(&HookName::PrePush).cloned();
    let window = Window {
        started,
        budget: Some(settings.unwrap_or_default().budget(HookName::PrePush)),
        for_git: true,
    };
    let judge_of = Judge::new(app, Some(HookName::PrePush))?;
    let all = judge(app, &mut queue, &judge_of, &asked, window)?;
    let judged: Vec<(&Subject, Vec<Judged<'_>>)> =
        asked.iter().map(|(subject, _)| subject).zip(all).collect();
    let has_refused =
        |judged: &[Judged<'_>]| judged.iter().any(|it| !matches!(it.state, State::Passed));
    let stood: Vec<(&Subject, &[Judged<'_>])> = judged
        .iter()
        .map(|(subject, judged)| (*subject, judged.as_slice()))
        .collect();
    let stops = stood.iter().any(|(_, judged)| has_refused(judged));
    record_gates(HookName::PrePush, stops, &stood, &mut queue, app);
    let refused: Vec<(&Subject, Vec<Judged<'_>>)> = judged
        .into_iter()
        .filter(|(_, judged)| has_refused(judged))
        .collect();
    if refused.is_empty() {
        return Ok(Exit::Fine);
    }
    let mut waiting: Vec<JobId> = Vec::new();
    for (subject, judged) in refused.iter().take(NAMED) {
        if asked.len() > 1 {
            app.ui
                .say(format!("{}:", paint(Role::Heading, name(subject))));
        }
        say::say(app, judged);
    }
    if refused.len() > NAMED {
        app.ui.say(format!("and {} more", refused.len() - NAMED));
    }
    for (_, judged) in &refused {
        waiting.extend(pending(judged, |_| true));
    }
    if !waiting.is_empty() && !env::is_set(env::CI) {
        go_on(app, &queue, &waiting).context("go on in the background")?;
    }
    let what = match (refused.first(), waiting.is_empty()) {
        (Some((subject, _)), false) => {
            format!("git tend wait --commit {} && git push", name(subject))
        }
        _ => "git push --no-verify goes past the gates".to_owned(),
    };
    app.ui.say(format!(
        "{} nothing is pushed · {what}",
        paint(Role::Bad, "tend:")
    ));
    Ok(Exit::Failed)
}

/// Writes into the audit trail how the gates stood that git asked, and whether it was held up.
fn record_gates(
    hook: HookName,
    refused: bool,
    stood: &[(&Subject, &[Judged<'_>])],
    queue: &mut Queue,
    app: &App,
) {
    let gates: Vec<Value> = stood
        .iter()
        .flat_map(|(subject, judged)| judged.iter().map(move |judged| (subject, judged)))
        .map(|(subject, judged)| {
            json!({
                "task": judged.gate.title(),
                "state": judged.state.name(),
                "about": subject.commit.as_ref().map_or(subject.key(), |commit| commit.as_str()),
            })
        })
        .collect();
    let data = json!({ "hook": hook.name(), "refused": refused, "gates": gates });
    record::record(queue, record::GATES, &data, app);
}

/// Whether the word is in one of the files of the configuration.
fn mentions_gates(app: &App) -> bool {
    let Ok(files) = app.config_files() else {
        return false;
    };
    [files.user, files.project, files.local]
        .into_iter()
        .flatten()
        .filter_map(|file| std::fs::read(file).ok())
        .any(|text| text.contains_str("gates"))
}

fn name(subject: &Subject) -> &str {
    match &subject.commit {
        Some(commit) => commit.short(),
        None => subject.key().get(..7).unwrap_or_default(),
    }
}

/// Asks the gates about a commit that has just been made, or found, and enters what nobody has judged: what bypassed the
/// hook before it, and what another process staged in between. Returns what was entered: titles, and whether it is held.
pub fn after_commit(
    hook: HookName,
    queue: &mut Queue,
    app: &App,
) -> Result<Vec<(String, bool)>, CommandError> {
    let tasks = gates_of(app, &OF_A_PUSH)?;
    let head = app.repo()?.head().context("read HEAD")?;
    let Some(commit) = head.oid().filter(|_| !tasks.is_empty()) else {
        return Ok(Vec::new());
    };
    let tree = app.repo()?.resolve_tree(commit).context("read HEAD")?;
    let subject = Subject::of_commit(commit.clone(), tree);
    let gates = gates(app, &tasks, subject.tree())?;
    let looked = Judge::new(app, Some(hook))?.look(queue, &subject, &gates)?;
    let known = queue
        .jobs_judging(subject.key())
        .context("list what is under way")?;
    drop_older(app, queue, &subject, &gates)?;
    let mut entered = Vec::new();
    for (gate, looked) in gates.iter().zip(looked) {
        let Looked::Open(job) = looked else { continue };
        // What came to no verdict a moment ago would come to none again.
        if known
            .iter()
            .any(|it| it.task == job.task && it.name == job.name && has_run(it))
        {
            continue;
        }
        let is_held = job.held.is_some();
        let ids = enter(app, queue, &[*job])?;
        let is_new = ids
            .iter()
            .flatten()
            .any(|id| known.iter().all(|it| it.id != *id));
        if is_new {
            entered.push((gate.title(), is_held));
        }
    }
    Ok(entered)
}

/// Whether a job has ended by itself.
fn has_run(job: &Job) -> bool {
    matches!(
        job.state.kind(),
        StateKind::Done | StateKind::Failed | StateKind::Skipped
    )
}

fn queue(app: &App) -> Result<Queue, CommandError> {
    match app.queue_at_once(PATIENCE) {
        Ok(queue) => Ok(queue),
        // Once, for all the commits that follow.
        Err(QueueError::Store(StoreError::NotReady)) => app.queue(),
        Err(error) => Err(CommandError::failed("failed to open the queue").because(&error)),
    }
}

fn pending(judged: &[Judged<'_>], wanted: impl Fn(&Task) -> bool) -> Vec<JobId> {
    let jobs = judged.iter().filter_map(|judged| match &judged.state {
        State::Pending { job, .. } if wanted(judged.gate.task) => Some(job.clone()),
        _ => None,
    });
    jobs.collect()
}

/// Takes out what waits to judge an earlier state of this worktree: the newest is what will be pushed. What a push, or
/// somebody who waits, has asked for stays.
fn drop_older(
    app: &App,
    queue: &mut Queue,
    subject: &Subject,
    gates: &[Gate<'_>],
) -> Result<(), CommandError> {
    let worktree = app.located()?.worktree.clone();
    let tasks: Vec<&str> = gates
        .iter()
        .map(|gate| gate.task)
        .filter(|task| task.coalesce == Coalesce::Latest)
        .map(|task| task.key.as_str())
        .collect();
    let of_commits = |job: &Job| {
        let hook = job.trigger_data.get("hook").and_then(|hook| hook.as_str());
        hook.is_some_and(|hook| hook != HookName::PrePush.name())
    };
    let live = queue.live_judging().context("list what waits")?;
    let older: Vec<JobId> = live
        .into_iter()
        .filter(|job| {
            tasks.contains(&job.task.as_str())
                && job.state.kind() == StateKind::Queued
                && job.input.worktree == worktree
                && job.input_key.as_deref() != Some(subject.key())
                && of_commits(job)
        })
        .map(|job| job.id)
        .collect();
    if older.is_empty() {
        return Ok(());
    }
    queue
        .supersede(&older, "a newer state is judged instead", app.now())
        .context("take out what is older")?;
    Ok(())
}
