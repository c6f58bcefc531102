//! Gates that have not passed, as `status` shows them.

use crate::cli::app::App;
use crate::cli::error::{CommandError, Context};
use crate::cli::gates::asked::{OF_A_PUSH, gates, gates_of};
use crate::cli::gates::{Judge, Looked, State, Subject};
use crate::cli::tables;
use crate::git::Oid;
use crate::queue::{JobId, Queue, Source, StateKind};
use crate::tasks::Task;

/// A gate that has not passed.
#[derive(Clone, Debug)]
pub struct GateSeen {
    /// Which.
    pub task: String,
    /// `failed`, `held` or `pending`.
    pub state: &'static str,
    /// The job that judges, or has judged.
    pub job: Option<JobId>,
    /// What it is about, and what was found.
    pub what: String,
}

/// The gates as they were seen last: looking at them takes longer than everything else, and they change only with the
/// queue and HEAD.
#[derive(Default)]
pub struct Gates {
    seen: Option<(i64, Option<String>, Vec<GateSeen>)>,
}

impl Gates {
    /// Those that are pending, and those that HEAD does not pass.
    pub fn see(&mut self, queue: &Queue, app: &App) -> Result<Vec<GateSeen>, CommandError> {
        let version = queue.changes_of_others().context("read the queue")?;
        let head = app.head_commit()?;
        match &self.seen {
            Some((then, at, gates)) if *then == version && *at == head => Ok(gates.clone()),
            _ => {
                let gates = look(queue, app)?;
                self.seen = Some((version, head, gates.clone()));
                Ok(gates)
            }
        }
    }
}

fn look(queue: &Queue, app: &App) -> Result<Vec<GateSeen>, CommandError> {
    let tasks = gates_of(app, &OF_A_PUSH)?;
    if tasks.is_empty() {
        return Ok(Vec::new());
    }
    let live = queue.live_judging().context("list what is judged")?;
    let mut seen: Vec<GateSeen> = live
        .into_iter()
        .map(|job| GateSeen {
            what: job.input.commit.as_deref().map_or_else(
                || "what was staged".to_owned(),
                |commit| tables::short_commit(Some(commit)),
            ),
            task: job.task,
            state: match job.state.kind() {
                StateKind::Held => "held",
                _ => "pending",
            },
            job: Some(job.id),
        })
        .collect();
    let head = app.repo()?.head().context("read HEAD")?;
    let Some(commit) = head.oid() else {
        return Ok(seen);
    };
    for (task, state) in stand(queue, app, &tasks, commit)? {
        if let State::Failed(failure) = state {
            seen.push(GateSeen {
                task,
                state: "failed",
                what: format!("{}: {}", commit.short(), failure.summary),
                job: match failure.source {
                    Source::Job(job) => Some(job),
                    Source::Signer(_) => None,
                },
            });
        }
    }
    Ok(seen)
}

/// How the gates of a push stand at a commit, as far as that is known: by name, state and reason.
pub fn settled(
    queue: &Queue,
    app: &App,
    commit: &Oid,
) -> Result<Vec<(String, &'static str, String)>, CommandError> {
    let tasks = gates_of(app, &OF_A_PUSH)?;
    if tasks.is_empty() {
        return Ok(Vec::new());
    }
    let all = stand(queue, app, &tasks, commit)?;
    let told = all.into_iter().map(|(task, state)| {
        let name = state.name();
        let what = match state {
            State::Passed => String::new(),
            State::Failed(failure) => failure.summary,
            State::Pending { why, .. } | State::Held { why, .. } | State::Unjudged { why, .. } => {
                why
            }
        };
        (task, name, what)
    });
    Ok(told.collect())
}

/// How each gate stands at a commit; one that nobody has asked about yet is not judged.
fn stand(
    queue: &Queue,
    app: &App,
    tasks: &[&Task],
    commit: &Oid,
) -> Result<Vec<(String, State)>, CommandError> {
    let tree = app
        .repo()?
        .resolve_tree(commit)
        .context("read the commit")?;
    let subject = Subject::of_commit(commit.clone(), tree);
    let gates = gates(app, tasks, subject.tree())?;
    let looked = Judge::new(app, None)?.see(queue, &subject, &gates, &mut Vec::new())?;
    let states = gates.iter().zip(looked).map(|(gate, looked)| {
        let state = match looked {
            Looked::Settled(state) => state,
            Looked::Open(_) => State::Unjudged {
                job: None,
                why: "nobody has asked yet".to_owned(),
            },
        };
        (gate.title(), state)
    });
    Ok(states.collect())
}
