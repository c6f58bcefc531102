//! Level-triggered: compares what is with what was seen, and enqueues what the difference calls for.
//!
//! Hooks only make this happen sooner. Each source is looked at by itself: one that cannot be read is said, and the
//! others are looked at all the same.

use std::error::Error;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::commit_edge::HeadEvent;
use super::commits::Span;
use super::hook::{Response, Subject};
use super::note::Note;
use super::{commit_edge, file_edge, schedule_edge};
use crate::config::pattern::Pattern;
use crate::config::{Config, HookName};
use crate::git::Repo;
use crate::queue::{
    Enqueued, How, Input, JobId, Need, NewJob, Paths, Queue, QueueError, StateKind, Trigger,
};
use crate::store::StoreError;
use crate::tasks::Task;
use crate::tasks::jobs::{self, Occasion, matching_folders};

/// What reconciliation needs to know.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The tasks, switched-off ones included.
    pub tasks: &'a [Task],
    /// The configuration.
    pub config: &'a Config,
    /// Why a job of a task must wait for approval, if it must.
    pub held: &'a dyn Fn(&Task, &Input) -> Option<String>,
    /// The present.
    pub now: Timestamp,
    /// The zone of cron expressions.
    pub zone: &'a TimeZone,
    /// Only say what would be done.
    pub dry_run: bool,
    /// The hook on whose account this happens.
    pub hook: Option<HookName>,
}

impl Context<'_> {
    /// The largest number of waiting jobs.
    pub(super) fn limit(&self) -> usize {
        self.config.queue.max_jobs.get() as usize
    }

    /// The jobs of one task, with those of what it needs.
    pub(super) fn jobs(&self, repo: &Repo, task: &Task, call: Call) -> Vec<NewJob> {
        let input = call.input.clone();
        let occasion = Occasion {
            trigger: call.trigger,
            trigger_data: call.data,
            input: call.input,
            user_triggered: false,
            run_at: call.run_at,
            acknowledged: false,
        };
        jobs::jobs_for(self.tasks, &[&task.key], &occasion, self.held, &|pattern| {
            folders(repo, &input, pattern)
        })
    }
}

/// What calls for a task.
pub(super) struct Call {
    pub(super) trigger: Trigger,
    /// Detail of the trigger.
    pub(super) data: Value,
    pub(super) input: Input,
    pub(super) run_at: Timestamp,
}

/// The folders of a task with one job a folder: of those that its pattern matches the ones in which something changed.
fn folders(repo: &Repo, input: &Input, pattern: &Pattern) -> Vec<String> {
    // Without a commit there is nothing to run on; a commit that is gone takes its jobs with it.
    let entries = input
        .commit
        .as_ref()
        .and_then(|commit| commit.parse().ok())
        .and_then(|commit| repo.entries(&commit).ok())
        .unwrap_or_default();
    let mut found = matching_folders(pattern, entries.iter().map(|entry| entry.path.as_slice()));
    if let Paths::Some(changed) = &input.paths {
        found.retain(|folder| {
            changed.iter().any(|path| {
                path.strip_prefix(folder.as_bytes())
                    .is_some_and(|rest| rest.starts_with(b"/"))
            })
        });
    }
    found
}

/// The jobs of one transaction.
#[derive(Default)]
pub(super) struct Batch(Vec<NewJob>);

impl Batch {
    /// Adds the jobs of one task, whose needs count from the first of them.
    pub(super) fn add(&mut self, jobs: Vec<NewJob>) {
        let first = self.0.len();
        self.0.extend(jobs.into_iter().map(|mut job| {
            for need in &mut job.needs {
                if let Need::Batch(index) = need {
                    *index += first;
                }
            }
            job
        }));
    }

    pub(super) fn jobs(&self) -> &[NewJob] {
        &self.0
    }
}

/// A job that reconciliation asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The task.
    pub task: String,
    /// Why, for people.
    pub why: String,
    /// The row that stands for it; `None` in a dry run, and when it was refused.
    pub id: Option<JobId>,
    /// Whether it waits for approval.
    pub held: bool,
}

/// What was seen and done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reconciled {
    /// The jobs.
    pub enqueued: Vec<Wanted>,
    /// What a person should know.
    pub notes: Vec<Note>,
    /// Whether something could not be written because other processes were at it.
    pub busy: bool,
}

impl Reconciled {
    /// Records what became of jobs that were asked for.
    pub(super) fn add(&mut self, jobs: &[NewJob], entered: &[Enqueued], why: &str) {
        for (job, entered) in jobs.iter().zip(entered) {
            if entered.how == How::Refused {
                self.notes.push(Note::Refused {
                    task: job.task.clone(),
                });
            } else {
                self.enqueued.push(Wanted {
                    task: job.task.clone(),
                    why: why.to_owned(),
                    id: entered.id.clone(),
                    held: entered.state == StateKind::Held,
                });
            }
        }
    }

    /// Records what would be asked for.
    pub(super) fn would_add(&mut self, jobs: &[NewJob], why: &str) {
        self.enqueued.extend(jobs.iter().map(|job| Wanted {
            task: job.task.clone(),
            why: why.to_owned(),
            id: None,
            held: job.held.is_some(),
        }));
    }

    fn source(&mut self, source: &'static str, looked: Result<(), Box<dyn Error>>) {
        if let Err(error) = looked {
            self.busy |= matches!(
                error.downcast_ref(),
                Some(QueueError::Store(StoreError::Busy))
            );
            let mut text = error.to_string();
            let mut cause = error.source();
            while let Some(next) = cause {
                text.push_str(&format!(": {next}"));
                cause = next.source();
            }
            self.notes.push(Note::Failed {
                source,
                error: text,
            });
        }
    }
}

/// Looks at commits, files and schedules, in this order, and at jobs that are of no use any more.
pub fn reconcile(queue: &mut Queue, repo: &Repo, context: &Context<'_>) -> Reconciled {
    let mut seen = Reconciled::default();
    let looked = commit_edge::reconcile(queue, repo, context, &HeadEvent::Found, &mut seen);
    seen.source("commits", looked);
    let looked = file_edge::reconcile(queue, repo, context, &mut seen);
    seen.source("files", looked);
    let looked = schedule_edge::reconcile(queue, repo, context, &mut seen);
    seen.source("schedules", looked);
    if !context.dry_run {
        let looked = sweep(queue, repo, context, &mut seen);
        seen.source("jobs", looked);
    }
    seen
}

/// Does what a hook of git leads to: looks at HEAD, and enqueues what the hook itself calls for.
pub fn reconcile_hook(
    queue: &mut Queue,
    repo: &Repo,
    context: &Context<'_>,
    response: &Response,
) -> Reconciled {
    let mut seen = Reconciled::default();
    if let Some(event) = &response.head {
        let looked = commit_edge::reconcile(queue, repo, context, event, &mut seen);
        seen.source("commits", looked);
    }
    let called = |task: &Task| commit_edge::is_called_by(task, response.tasks);
    if context.tasks.iter().any(called) && !seen.busy {
        let looked = enqueue_for_hook(queue, repo, context, response, &mut seen);
        seen.source("the hook's tasks", looked);
    }
    seen
}

/// Whether a hook's response can call for anything: else nothing needs to be opened.
pub fn is_of_interest(tasks: &[Task], response: &Response) -> bool {
    tasks.iter().any(|task| {
        commit_edge::is_called_by(task, response.tasks)
            || (response.head.is_some() && commit_edge::follows_commits(task))
    })
}

fn enqueue_for_hook(
    queue: &mut Queue,
    repo: &Repo,
    context: &Context<'_>,
    response: &Response,
    seen: &mut Reconciled,
) -> Result<(), Box<dyn Error>> {
    let spans = match &response.subject {
        Subject::Commits(spans) => spans.clone(),
        Subject::Head { base } => match repo.head()?.oid() {
            Some(tip) => vec![Span {
                commit: tip.clone(),
                base: match base {
                    Some(base) => Some(base.clone()),
                    None => repo.commit(tip)?.parents.into_iter().next(),
                },
            }],
            None => Vec::new(),
        },
    };
    let Some(latest) = spans.last() else {
        return Ok(());
    };
    let batch = commit_edge::jobs_on(repo, context, response.tasks, Trigger::Hook, latest, &spans);
    let why = format!("commit {}", latest.commit.short());
    let entered = queue.enqueue(batch.jobs(), context.limit(), context.now)?;
    seen.add(batch.jobs(), &entered, &why);
    Ok(())
}

/// Takes out the waiting jobs whose deadline passed or whose commit is gone.
fn sweep(
    queue: &mut Queue,
    repo: &Repo,
    context: &Context<'_>,
    seen: &mut Reconciled,
) -> Result<(), Box<dyn Error>> {
    let jobs = queue.expire(context.now)?.len();
    if jobs > 0 {
        seen.notes.push(Note::Expired { jobs });
    }
    let jobs = commit_edge::supersede_gone(queue, repo, context.now)?;
    if jobs > 0 {
        seen.notes.push(Note::Superseded { jobs });
    }
    Ok(())
}
