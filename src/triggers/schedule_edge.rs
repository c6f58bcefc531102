//! Schedules: one row for each cron expression and interval of the configuration, fired when it is due.

use std::collections::BTreeMap;
use std::error::Error;

use jiff::Timestamp;
use serde_json::json;

use super::note::Note;
use super::reconcile::{Batch, Call, Context, Reconciled};
use super::schedule::{Rule, Schedule, Step, Stored, decide};
use crate::config::Workspace;
use crate::config::task::CatchUp;
use crate::git::{Oid, Repo};
use crate::queue::{Fired, Input, Queue, Trigger};
use crate::tasks::Task;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Fires what is due, stores what is planned, and forgets what is not configured any more.
pub(super) fn reconcile(
    queue: &mut Queue,
    repo: &Repo,
    context: &Context<'_>,
    seen: &mut Reconciled,
) -> Outcome<()> {
    let stored: BTreeMap<String, Stored> = queue
        .schedules()?
        .into_iter()
        .map(|row| {
            let stored = Stored {
                rule: row.expression,
                next_fire: row.next_fire,
                last_fire: row.last_fire,
            };
            (row.name, stored)
        })
        .collect();
    let schedules: Vec<(&Task, Schedule)> = context
        .tasks
        .iter()
        .flat_map(|task| of_task(task, repo).map(move |schedule| (task, schedule)))
        .collect();
    let head = repo.head()?.oid().cloned();
    for (task, schedule) in &schedules {
        let mut one = One {
            queue,
            repo,
            context,
            task,
            schedule,
            stored: stored.get(&schedule.key),
        };
        one.reconcile(head.as_ref(), seen)?;
    }
    if !context.dry_run {
        let names: Vec<&str> = schedules
            .iter()
            .map(|(_, schedule)| schedule.key.as_str())
            .collect();
        queue.retain_schedules(&names)?;
    }
    Ok(())
}

/// One schedule.
struct One<'a> {
    queue: &'a mut Queue,
    repo: &'a Repo,
    context: &'a Context<'a>,
    task: &'a Task,
    schedule: &'a Schedule,
    stored: Option<&'a Stored>,
}

impl One<'_> {
    fn reconcile(&mut self, head: Option<&Oid>, seen: &mut Reconciled) -> Outcome<()> {
        let (now, zone) = (self.context.now, self.context.zone);
        match decide(self.schedule, self.stored, now, zone) {
            Step::Keep => Ok(()),
            Step::Plan { next } => self.plan(next),
            Step::Skip { missed, next } => {
                seen.notes.push(self.missed(missed, false));
                self.plan(next)
            }
            // Before the first commit there is nothing to look at: it stays due.
            Step::Fire { .. } if head.is_none() && needs_commit(self.task) => Ok(()),
            Step::Fire {
                scheduled_for,
                missed,
                next,
            } => {
                let mut batch = Batch::default();
                let call = Call {
                    trigger: Trigger::Schedule,
                    data: json!({
                        "schedule": self.schedule.key,
                        "scheduled_for": scheduled_for,
                        "missed": missed,
                    }),
                    input: Input {
                        commit: head.map(|oid| oid.as_str().to_owned()),
                        worktree: self.repo.located().worktree.clone(),
                        ..Input::default()
                    },
                    run_at: now,
                };
                batch.add(self.context.jobs(self.repo, self.task, call));
                if missed > 0 {
                    seen.notes.push(self.missed(missed, true));
                }
                if self.context.dry_run {
                    seen.would_add(batch.jobs(), "due");
                    return Ok(());
                }
                self.fire(scheduled_for, next, &batch, seen)
            }
        }
    }

    fn fire(
        &mut self,
        scheduled_for: Timestamp,
        next: Option<Timestamp>,
        batch: &Batch,
        seen: &mut Reconciled,
    ) -> Outcome<()> {
        let text = self.schedule.text();
        if self.stored.is_none_or(|row| row.rule != text) {
            self.plan(Some(scheduled_for))?;
        }
        let limit = self.context.limit();
        let now = self.context.now;
        let key = &self.schedule.key;
        let fired = self
            .queue
            .fire(key, scheduled_for, next, batch.jobs(), limit, now)?;
        if let Fired::Now(entered) = fired {
            seen.add(batch.jobs(), &entered, "due");
        }
        Ok(())
    }

    fn plan(&mut self, next: Option<Timestamp>) -> Outcome<()> {
        if !self.context.dry_run {
            let text = self.schedule.text();
            self.queue.set_schedule(&self.schedule.key, &text, next)?;
        }
        Ok(())
    }

    fn missed(&self, fires: u32, caught_up: bool) -> Note {
        Note::Missed {
            task: self.task.key.clone(),
            fires,
            caught_up,
        }
    }
}

/// Whether a job of the task looks at a commit, not at the files in place.
fn needs_commit(task: &Task) -> bool {
    match task.workspace {
        Workspace::Commit | Workspace::None => true,
        Workspace::Worktree | Workspace::Index => false,
    }
}

/// The schedules of one task: a cron expression, an interval, or both.
fn of_task(task: &Task, repo: &Repo) -> impl Iterator<Item = Schedule> {
    let cron = task
        .triggers
        .schedule
        .as_ref()
        // It was parsed when the configuration was read.
        .and_then(crate::config::schedule::Cron::parsed)
        .map(|cron| (format!("{} (cron)", task.key), Rule::Cron(Box::new(cron))));
    let every = task
        .triggers
        .every
        .map(|every| (task.key.clone(), Rule::Every(every)));
    cron.into_iter().chain(every).map(|(key, rule)| Schedule {
        salt: salt(&key, repo),
        key,
        rule,
        catch_up: task.catch_up == CatchUp::One,
        enabled: task.enabled,
    })
}

/// Differs between repositories and between tasks, and stays.
fn salt(key: &str, repo: &Repo) -> u64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(repo.located().common_dir.as_os_str().as_encoded_bytes());
    hasher.update(key.as_bytes());
    let bytes = *hasher.finalize().as_bytes();
    bytes
        .iter()
        .take(8)
        .fold(0, |number, byte| number << 8 | u64::from(*byte))
}
