//! Jobs in a listing: when, for how long, and why not yet.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::cli::error::{CommandError, Context as _};
use crate::cli::progress::look;
use crate::cli::screen::{Give, Grid, Text};
use crate::cli::ui::Role;
use crate::cli::{estimating, format, tables};
use crate::drain::{Estimate, Record, Rules, slots};
use crate::queue::{Job, JobId, Queue, Run, State, StateKind};
use crate::system::flock;
use crate::triggers::countdown;

/// A job, and what is known about it besides.
#[derive(Clone, Debug)]
pub struct JobLook {
    /// The job.
    pub job: Job,
    /// How long it will take, if its task has run here or says so itself.
    pub expected: Option<Estimate>,
    /// It is said to run, and nobody runs it.
    pub is_lost: bool,
    /// The jobs that it waits for, with their tasks where they are still known.
    pub waits_for: Vec<(JobId, Option<String>)>,
}

/// Finds out what a listing tells about jobs.
pub struct Looker<'a> {
    queue: &'a Queue,
    state_dir: PathBuf,
    rules: Rules,
    /// By the name under which durations are learned.
    known: BTreeMap<String, Record>,
}

impl<'a> Looker<'a> {
    /// For the jobs of a queue in this folder.
    pub fn new(queue: &'a Queue, state_dir: &Path) -> Self {
        Self {
            queue,
            state_dir: state_dir.to_owned(),
            rules: Rules::default(),
            known: BTreeMap::new(),
        }
    }

    /// What is known about a job.
    pub fn look(&mut self, job: Job) -> Result<JobLook, CommandError> {
        let is_live = !job.state.kind().is_terminal();
        let expected = if is_live {
            estimating::expected(self.queue, &job, &self.rules, &mut self.known)?
        } else {
            None
        };
        let mut waits_for = Vec::new();
        if job.state.kind() == StateKind::Blocked {
            let needs = self
                .queue
                .needs(&job.id)
                .context("read what the job needs")?;
            for (id, state) in needs {
                if state.is_some_and(StateKind::is_terminal) {
                    continue;
                }
                let needed = self.queue.job(&id).context("read what the job needs")?;
                waits_for.push((id, needed.map(|needed| tables::title(&needed))));
            }
        }
        Ok(JobLook {
            is_lost: match &job.state {
                State::Running(run) => {
                    let slot = slots::lock_path(&self.state_dir, run.slot);
                    flock::is_held(&slot) == Some(false)
                }
                _ => false,
            },
            expected,
            waits_for,
            job,
        })
    }

    /// The same for several.
    pub fn all(&mut self, jobs: Vec<Job>) -> Result<Vec<JobLook>, CommandError> {
        jobs.into_iter().map(|job| self.look(job)).collect()
    }
}

/// In which order the columns of [`grid`] give way.
const GIVES: [(usize, Give); 13] = [
    (7, Give::Shrink(32)),
    (3, Give::Shrink(28)),
    (6, Give::Leave),
    (2, Give::Leave),
    (7, Give::Shrink(18)),
    (4, Give::Leave),
    (3, Give::Shrink(16)),
    (1, Give::Short),
    (7, Give::Shrink(12)),
    (7, Give::Leave),
    (5, Give::Short),
    (3, Give::Shrink(8)),
    (5, Give::Shrink(6)),
];

/// The jobs as a table.
pub fn grid(jobs: &[JobLook], now: Timestamp, zone: &TimeZone) -> Grid {
    let headings = [
        "ID", "STATE", "PRIORITY", "TASK", "COMMIT", "WHEN", "TAKES", "WHY",
    ];
    let mut grid = Grid::new(&headings).gives(&GIVES);
    for look_at in jobs {
        let job = &look_at.job;
        let (role, mark) = look(job.state.kind());
        grid.row([
            Text::of(Role::Name, &job.id),
            Text::of(role, job.state.kind()),
            Text::new(job.priority.name()),
            Text::new(tables::title(job)),
            Text::new(tables::short_commit(job.input.commit.as_deref())),
            when(look_at, now, zone),
            takes(look_at),
            why(look_at),
        ]);
        grid.short(1, Text::of(role, mark));
        grid.short(5, when_in_short(look_at, now));
    }
    grid
}

fn elapsed(run: &Run, now: Timestamp) -> Duration {
    format::between(run.started_at, now)
}

/// The moment that matters in a job's state.
pub fn when(look: &JobLook, now: Timestamp, zone: &TimeZone) -> Text {
    match &look.job.state {
        State::Running(run) => {
            let gone = elapsed(run, now);
            let text = Text::new("for ").and(format::span(gone));
            match &look.expected {
                Some(expected) => {
                    let role = if gone > expected.q90 {
                        Role::Warning
                    } else {
                        Role::Faint
                    };
                    text.and_of(role, format!(" of ~{}", format::span(expected.q50)))
                }
                None => text,
            }
        }
        State::Queued { run_at } if *run_at > now => Text::new(countdown(*run_at, now, zone)),
        _ => Text::new(tables::when(&look.job, now, zone)),
    }
}

/// The same where there is less room.
fn when_in_short(look: &JobLook, now: Timestamp) -> Text {
    let ago = |moment| format::span(format::between(moment, now));
    match &look.job.state {
        State::Running(run) => match &look.expected {
            Some(expected) => Text::new(format::span(elapsed(run, now)))
                .and_of(Role::Faint, format!("/~{}", format::span(expected.q50))),
            None => Text::new(format::span(elapsed(run, now))),
        },
        State::Queued { run_at } if *run_at > now => Text::new(format!(
            "in {}",
            format::span(format::between(now, *run_at))
        )),
        State::Queued { .. } | State::Blocked { .. } | State::Held { .. } => {
            Text::new(ago(look.job.queued_at))
        }
        State::Done { finished_at }
        | State::Failed { finished_at, .. }
        | State::Ended { finished_at, .. } => Text::new(ago(*finished_at)),
    }
}

/// How long a job that waits will take.
fn takes(look: &JobLook) -> Text {
    match (&look.job.state, &look.expected) {
        (State::Running(_), _) | (_, None) => Text::default(),
        (_, Some(expected)) => Text::of(Role::Faint, format!("~{}", format::span(expected.q50))),
    }
}

/// The reason of a job's state.
pub fn why(look: &JobLook) -> Text {
    let job = &look.job;
    match &job.state {
        State::Running(run) if look.is_lost => Text::of(
            Role::Warning,
            format!("slot {}, but its runner is gone · git tend drain", run.slot),
        ),
        State::Running(run) => {
            let slot = Text::new(format!("slot {}", run.slot));
            let attempt = if job.attempt > 1 {
                let again = format!(
                    "attempt {} of {}",
                    job.attempt,
                    job.max_retries.saturating_add(1)
                );
                Text::of(Role::Warning, again)
            } else {
                Text::default()
            };
            Text::joined([slot, attempt], " · ")
        }
        State::Blocked { .. } if !look.waits_for.is_empty() => {
            let names = look.waits_for.iter().map(|(id, task)| match task {
                Some(task) => Text::new(task).and(" ").and_of(Role::Name, id),
                None => Text::of(Role::Name, id),
            });
            Text::new("waits for ").then(Text::joined(names, ", "))
        }
        State::Queued { .. } if job.attempt > 0 => {
            let error = job.error.as_deref().unwrap_or_default();
            let count = format!("{} of {} retries: ", job.attempt, job.max_retries);
            Text::of(Role::Warning, count).and(error)
        }
        _ => Text::new(tables::why(job)),
    }
}
