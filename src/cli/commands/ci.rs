//! `git tend ci`.

use std::time::{Duration, Instant};

use crate::cli::app::App;
use crate::cli::error::{CommandError, Context as _};
use crate::cli::exit_code::Exit;
use crate::cli::gates::asked::{OF_A_PUSH, gates};
use crate::cli::gates::running::{Asked, Window, judge};
use crate::cli::gates::{Gate, Judge, Judged, State, Subject, document, say};
use crate::cli::ui::{Role, paint, plain};
use crate::cli::{arguments, scans, trusting};
use crate::gates::exchange::{Published, Shared, publish};
use crate::queue::{Queue, StateKind};
use crate::report::findings::github;
use crate::system::env;
use crate::tasks::Task;

/// Judge a commit as hooks would, in CI
///
/// The tasks of the hooks of commits and pushes, gates or not, on one commit: in the foreground, with the same keys as
/// everywhere, so that what was judged is not run again. What the base does not have fails.
#[derive(Debug, clap::Args)]
pub struct CiArgs {
    /// Only these tasks
    #[arg(value_name = "TASK")]
    pub tasks: Vec<String>,
    /// Compare with the merge-base with this instead of the upstream
    #[arg(long, value_name = "REV")]
    pub base: Option<String>,
    /// Of this commit instead of HEAD
    #[arg(long, value_name = "REV")]
    pub commit: Option<String>,
    /// Take no longer than this
    #[arg(long, value_name = "DURATION", value_parser = arguments::duration)]
    pub budget: Option<Duration>,
    /// Approve the tasks' commands first
    #[arg(long)]
    pub trust: bool,
    /// Add what passed to refs/notes/tend, in a signed commit
    #[arg(long)]
    pub publish: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Judges.
pub fn ci(args: &CiArgs, app: &App) -> Result<Exit, CommandError> {
    let started = Instant::now();
    app.look_for_tools();
    let tasks = wanted(args, app)?;
    if tasks.is_empty() {
        app.ui
            .say("no task is on a hook of commits or pushes here · git tend hooks");
        return Ok(Exit::Fine);
    }
    trusting::require(app, &tasks, args.trust)?;
    let repo = app.repo()?;
    let commit = app.commit(args.commit.as_deref().unwrap_or("HEAD"))?;
    let base = match &args.base {
        Some(rev) => {
            let tip = app.commit(rev)?;
            let base = repo.merge_base(&tip, &commit).context("find the base")?;
            Some(base.ok_or_else(|| {
                CommandError::usage(format!(
                    "{} has no commit in common with {}",
                    plain(rev),
                    commit.short()
                ))
                .hint("a shallow clone may have too little of the history: fetch more of it")
            })?)
        }
        None => None,
    };
    let tree = repo.resolve_tree(&commit).context("read the commit")?;
    let subject = Subject::of_commit(commit.clone(), tree);
    let mut queue = app.queue()?;
    let gates = gates(app, &tasks, subject.tree())?;
    let asked = [(subject, gates)];
    let window = Window {
        started,
        budget: args.budget,
        for_git: false,
    };
    let judge_of = Judge::new(app, None)?.typed(base);
    let mut all = judge(app, &mut queue, &judge_of, &asked, window)?;
    let judged = all.pop().unwrap_or_default();
    let [about] = &asked;
    let published = if args.publish {
        Some(share(app, &queue, &judge_of, about, &judged)?)
    } else {
        None
    };
    tell(args, app, &queue, &about.0, &judged)?;
    if let Some(Published::Added { verdicts, .. }) = published {
        app.ui.say(format!(
            "{verdicts} added to refs/notes/tend · git push origin refs/notes/tend"
        ));
    }
    let passed = judged.iter().all(|it| counts_as_passed(&queue, it));
    Ok(if passed { Exit::Fine } else { Exit::Failed })
}

/// Whether a gate lets CI go on. A task of the program's own that had nothing to do is no gate that failed.
fn counts_as_passed(queue: &Queue, judged: &Judged<'_>) -> bool {
    match &judged.state {
        State::Passed => true,
        State::Unjudged { job: Some(job), .. } if !judged.gate.task.is_gate() => queue
            .job(job)
            .ok()
            .flatten()
            .is_some_and(|job| job.state.kind() == StateKind::Skipped),
        _ => false,
    }
}

/// The tasks that are asked for, or those of the hooks of commits and pushes.
fn wanted<'a>(args: &CiArgs, app: &'a App) -> Result<Vec<&'a Task>, CommandError> {
    let tasks = app.tasks()?;
    if !args.tasks.is_empty() {
        let keys = super::run::known(&args.tasks, tasks, app)?;
        return Ok(tasks
            .iter()
            .filter(|task| keys.contains(&task.key.as_str()))
            .collect());
    }
    let of_commits = |task: &&Task| {
        let on_hook = |hook| task.triggers.hooks.contains(hook);
        let is_gate = |hook| task.triggers.gates.contains(hook);
        task.enabled
            && (OF_A_PUSH.iter().any(|hook| on_hook(hook) || is_gate(hook))
                || on_hook(&crate::config::HookName::PostCommit))
    };
    Ok(tasks.iter().filter(of_commits).collect())
}

fn tell(
    args: &CiArgs,
    app: &App,
    queue: &Queue,
    subject: &Subject,
    judged: &[Judged<'_>],
) -> Result<(), CommandError> {
    if args.json {
        return app.ui.json(&document::json(subject, judged));
    }
    for line in say::lines(judged) {
        app.ui.out(line)?;
    }
    // The others have been told above.
    for one in judged.iter().filter(|one| counts_as_passed(queue, one)) {
        let title = plain(&one.gate.title());
        let state = match one.state {
            State::Passed => "passed",
            _ => "had nothing to do",
        };
        let mark = paint(Role::Good, "✓");
        app.ui.out(format!("{mark} {title} {state}"))?;
    }
    if env::is_set(env::GITHUB_ACTIONS) {
        let document = document::document(scans::name(app), subject, judged, app.now());
        app.ui
            .write_data(|out| github::write(out, &document, github::Options::default()))?;
    }
    Ok(())
}

/// Publishes what passed.
fn share(
    app: &App,
    queue: &Queue,
    judge: &Judge<'_>,
    (subject, gates): &Asked<'_>,
    judged: &[Judged<'_>],
) -> Result<Published, CommandError> {
    let passed: Vec<Gate<'_>> = judged
        .iter()
        .zip(gates)
        .filter(|(judged, _)| matches!(judged.state, State::Passed))
        .map(|(_, gate)| gate.clone())
        .collect();
    let keys = judge.keys(queue, subject, &passed)?;
    let (Some(commit), Some(tree)) = (&subject.commit, subject.tree()) else {
        return Ok(Published::Already);
    };
    let shared: Vec<Shared> = passed
        .iter()
        .zip(keys)
        .filter_map(|(gate, key)| {
            let (key, definition) = key?;
            Some(Shared {
                key,
                task: gate.task.key.clone(),
                definition,
                tree: tree.as_str().to_owned(),
                summary: "passed".to_owned(),
                made_at: app.now(),
            })
        })
        .collect();
    publish(app.repo()?, commit, &shared).context("publish the verdicts")
}
