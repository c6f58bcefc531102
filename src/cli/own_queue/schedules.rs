//! What enters the user's own queue by the clock, each once for each time that it was due.

use jiff::Timestamp;

use crate::cli::app::App;
use crate::cli::error::{CommandError, Context as _};
use crate::queue::{Fired, How, NewJob, Queue};
use crate::triggers::schedule::{Schedule, Step, Stored, decide};

/// What came of a schedule that was due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entered {
    /// So many jobs are new, or would be.
    pub jobs: usize,
    /// So many were refused, for the queue is full.
    pub refused: usize,
}

/// Enters the jobs of a schedule if it is due and nobody did it already. With `dry_run` nothing is written.
pub fn enter_if_due(
    schedule: &Schedule,
    queue: &mut Queue,
    app: &App,
    dry_run: bool,
    jobs: impl FnOnce(&Queue) -> Result<Vec<NewJob>, CommandError>,
) -> Result<Option<Entered>, CommandError> {
    let now = app.now();
    let stored = queue.schedules().context("read your schedules")?;
    let stored = stored.into_iter().find(|row| row.name == schedule.key);
    let stored = stored.map(|row| Stored {
        rule: row.expression,
        next_fire: row.next_fire,
        last_fire: row.last_fire,
    });
    let (scheduled_for, next) = match decide(schedule, stored.as_ref(), now, &app.zone()) {
        Step::Keep => return Ok(None),
        Step::Plan { next } | Step::Skip { next, .. } => {
            if !dry_run {
                plan(queue, schedule, next)?;
            }
            return Ok(None);
        }
        Step::Fire {
            scheduled_for,
            next,
            ..
        } => (scheduled_for, next),
    };
    let jobs = jobs(queue)?;
    if dry_run {
        return Ok(Some(Entered {
            jobs: jobs.len(),
            refused: 0,
        }));
    }
    if stored.is_none_or(|row| row.rule != schedule.text()) {
        plan(queue, schedule, Some(scheduled_for))?;
    }
    let room = app.loaded()?.config.queue.max_jobs.get() as usize;
    // What finds no room waits for the next time: the rest of this one is done.
    let jobs = jobs.get(..jobs.len().min(room)).unwrap_or_default();
    let fired = queue
        .fire(&schedule.key, scheduled_for, next, jobs, room, now)
        .context("enter what is due")?;
    Ok(match fired {
        Fired::Already => None,
        Fired::Now(all) => Some(Entered {
            jobs: super::new(&all),
            refused: all.iter().filter(|one| one.how == How::Refused).count(),
        }),
    })
}

fn plan(
    queue: &mut Queue,
    schedule: &Schedule,
    next: Option<Timestamp>,
) -> Result<(), CommandError> {
    queue
        .set_schedule(&schedule.key, &schedule.text(), next)
        .context("plan what is due next")
}
