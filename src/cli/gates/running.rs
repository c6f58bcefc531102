//! Running what has to be run for gates, within the time that there is.

use std::collections::BTreeSet;
use std::io;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::{Gate, Judge, Judged, Looked, State as Stands, Subject, state_by_job};
use crate::cli::app::App;
use crate::cli::background;
use crate::cli::draining::{self, Request};
use crate::cli::error::{CommandError, Context as _};
use crate::queue::{JobId, NewJob, Queue, State, StateKind};
use crate::tasks::spec::RunSpec;

/// A verdict needs the base's where it has findings: one round for each, and one for what another process changed meanwhile.
const ROUNDS: u32 = 3;

/// What is asked: gates about a subject.
pub type Asked<'t> = (Subject, Vec<Gate<'t>>);

/// The time that there is.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// Since when.
    pub started: Instant,
    /// How long; as long as it takes if nothing is said.
    pub budget: Option<Duration>,
    /// Whether git waits: then nothing is waited for that cannot be started.
    pub for_git: bool,
}

impl Window {
    fn left(&self) -> Option<Duration> {
        Some(self.budget?.saturating_sub(self.started.elapsed()))
    }
}

/// Looks up how gates stand and runs what has to be run, as far as time allows.
pub fn judge<'t>(
    app: &App,
    queue: &mut Queue,
    judge: &Judge<'_>,
    asked: &[Asked<'t>],
    window: Window,
) -> Result<Vec<Vec<Judged<'t>>>, CommandError> {
    let mut ran: Vec<(Twin, JobId)> = Vec::new();
    for round in 0.. {
        let mut looked: Vec<Vec<Looked>> = Vec::new();
        for (subject, gates) in asked {
            looked.push(judge.look(queue, subject, gates)?);
        }
        let open: Vec<NewJob> = looked
            .iter()
            .flatten()
            .filter_map(|looked| match looked {
                Looked::Open(job) => Some((**job).clone()),
                Looked::Settled(_) => None,
            })
            .collect();
        // What ended without a verdict would end so again.
        let known = |job: &NewJob| {
            let twin = twin_of(job);
            let found = ran.iter().find(|(known, _)| *known == twin);
            found.map(|(_, id)| id.clone())
        };
        let fresh: Vec<NewJob> = open
            .iter()
            .filter(|job| known(job).is_none())
            .cloned()
            .collect();
        let news = !fresh.is_empty();
        let mut entered = enter(app, queue, &fresh)?.into_iter();
        let ids: Vec<Option<JobId>> = open
            .iter()
            .map(|job| known(job).or_else(|| entered.next().flatten()))
            .collect();
        let time = window.left().is_none_or(|left| !left.is_zero());
        if open.is_empty() || !news || !time || round == ROUNDS {
            return states(queue, asked, looked, &ids);
        }
        let only: BTreeSet<JobId> = ids.iter().flatten().cloned().collect();
        let pairs = open.iter().zip(ids);
        ran.extend(pairs.filter_map(|(job, id)| Some((twin_of(job), id?))));
        let request = Request {
            budget: window.left(),
            only: Some(only),
            user: true,
            gates: window.for_git,
            ..Request::default()
        };
        draining::drain(app, queue, request)?;
    }
    Ok(Vec::new())
}

/// Enters jobs; `None` for one that the full queue refused.
pub(super) fn enter(
    app: &App,
    queue: &mut Queue,
    open: &[NewJob],
) -> Result<Vec<Option<JobId>>, CommandError> {
    if open.is_empty() {
        return Ok(Vec::new());
    }
    let limit = app.loaded()?.config.queue.max_jobs.get() as usize;
    let live = queue.live_judging().context("list what is under way")?;
    let mut ids = Vec::new();
    for job in open {
        // One that is under way is joined, not followed by another.
        let wanted = twin_of(job);
        let twin = live.iter().find(|live| {
            let twin = Twin::of(&live.task, &live.spec, live.input_key.as_deref());
            twin == wanted && is_at_it(&live.state, app.now())
        });
        if let Some(twin) = twin {
            ids.push(Some(twin.id.clone()));
            continue;
        }
        let entered = queue
            .enqueue(std::slice::from_ref(job), limit, app.now())
            .map_err(|error| draining::enqueue_error(&error))?;
        ids.push(entered.into_iter().next().and_then(|one| one.id));
    }
    Ok(ids)
}

/// Whether a job will be run as it is: what was not approved may be by now, and what was put off is wanted now.
fn is_at_it(state: &State, now: Timestamp) -> bool {
    match state {
        State::Held { .. } => false,
        State::Queued { run_at } => *run_at <= now,
        _ => true,
    }
}

/// What is asked of a job that judges.
#[derive(PartialEq, Eq)]
struct Twin {
    task: String,
    folder: Option<String>,
    subject: Option<String>,
}

impl Twin {
    fn of(task: &str, spec: &serde_json::Value, subject: Option<&str>) -> Self {
        Self {
            task: task.to_owned(),
            folder: RunSpec::of(spec).ok().map(|spec| spec.root),
            subject: subject.map(str::to_owned),
        }
    }
}

fn twin_of(job: &NewJob) -> Twin {
    Twin::of(&job.task, &job.spec, job.input_key.as_deref())
}

fn states<'t>(
    queue: &Queue,
    asked: &[Asked<'t>],
    looked: Vec<Vec<Looked>>,
    ids: &[Option<JobId>],
) -> Result<Vec<Vec<Judged<'t>>>, CommandError> {
    let mut ids = ids.iter();
    let mut all = Vec::new();
    for ((_, gates), looked) in asked.iter().zip(looked) {
        let mut judged = Vec::new();
        for (gate, looked) in gates.iter().zip(looked) {
            let state = match looked {
                Looked::Settled(state) => state,
                Looked::Open(_) => match ids.next().and_then(Option::as_ref) {
                    Some(id) => state_by_job(queue, id)?,
                    None => Stands::Unjudged {
                        job: None,
                        why: "the queue is full".to_owned(),
                    },
                },
            };
            judged.push(Judged {
                gate: gate.clone(),
                state,
            });
        }
        all.push(judged);
    }
    Ok(all)
}

/// Has these jobs run by a process that nobody waits for.
pub fn go_on(app: &App, queue: &Queue, ids: &[JobId]) -> io::Result<()> {
    let mut budget = Duration::from_secs(60);
    let mut words: Vec<&str> = vec!["--awaited"];
    for id in ids {
        match queue.job(id) {
            // Somebody is at it.
            Ok(Some(job)) if job.state.kind() == StateKind::Running => continue,
            // They may run one after the other, and nobody waits.
            Ok(Some(job)) => budget = budget.saturating_add(job.timeout),
            Ok(None) | Err(_) => {}
        }
        words.extend(["--only", &id.0]);
    }
    if words.len() == 1 {
        return Ok(());
    }
    let budget = format!("{}ms", budget.as_millis());
    words.extend(["--budget", &budget]);
    background::start(app, &words)
}
