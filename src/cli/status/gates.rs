//! Gates that have not passed, as `status` shows them.

use crate::cli::app::App;
use crate::cli::error::{CommandError, Context};
use crate::cli::gates::asked::{OF_A_PUSH, gates, gates_of};
use crate::cli::gates::{Judge, Looked, State, Subject};
use crate::cli::tables;
use crate::queue::{JobId, Queue, Source, StateKind};

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
    let repo = app.repo()?;
    let head = repo.head().context("read HEAD")?;
    let Some(commit) = head.oid() else {
        return Ok(seen);
    };
    let tree = repo.resolve_tree(commit).context("read HEAD")?;
    let subject = Subject::of_commit(commit.clone(), tree);
    let gates = gates(app, &tasks, subject.tree())?;
    let looked = Judge::new(app, None)?.see(queue, &subject, &gates, &mut Vec::new())?;
    for (gate, looked) in gates.iter().zip(looked) {
        if let Looked::Settled(State::Failed(failure)) = looked {
            seen.push(GateSeen {
                task: gate.title(),
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
