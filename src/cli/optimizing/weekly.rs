//! The optimiser's cycle by the clock: a deferred job of the user's own queue.

use serde_json::json;

use super::cycle;
use crate::cli::app::App;
use crate::cli::error::CommandError;
use crate::cli::own_queue::schedules::{self, Entered};
use crate::cli::own_queue::{job, remember_path};
use crate::cli::own_runner::Done;
use crate::config::Priority;
use crate::config::schedule::Cron;
use crate::tasks::left::Meaning;
use crate::tasks::spec::OwnWork;
use crate::triggers::schedule::{Rule, Schedule};

/// What names its schedule.
const KEY: &str = "optimization";
/// The schedule, if the configuration has one and there is something to read.
fn schedule(app: &App) -> Result<Option<Schedule>, CommandError> {
    let config = &app.loaded()?.config.optimize;
    let Some(cycle) = config.cycle.as_ref().filter(|_| !config.sources.is_empty()) else {
        return Ok(None);
    };
    Ok(Cron::parsed(&cycle.cron).map(|cron| Schedule {
        key: KEY.to_owned(),
        rule: Rule::Cron(Box::new(cron)),
        catch_up: true,
        enabled: cycle.enabled,
        salt: 0,
    }))
}

/// Enters the cycle if it is due; with `dry_run`, nothing is written.
pub fn reconcile(app: &App, dry_run: bool) -> Result<Option<Entered>, CommandError> {
    let Some(schedule) = schedule(app)? else {
        return Ok(None);
    };
    if dry_run && !app.dirs()?.data.join("queue.db").exists() {
        return Ok(None);
    }
    let mut queue = app.user_queue()?;
    let now = app.now();
    schedules::enter_if_due(&schedule, &mut queue, app, dry_run, |_| {
        Ok(vec![job(OwnWork::Optimization, Priority::Deferred, now)])
    })
}

/// Remembers where programs are, for cycles that cron starts.
pub fn remember(app: &App) -> Result<(), CommandError> {
    if schedule(app)?.is_some() {
        remember_path(app)?;
    }
    Ok(())
}

/// Does what the job is for.
pub fn work(app: &App) -> Result<Done, CommandError> {
    let (done, _) = cycle::run(app)?;
    Ok(Done {
        meaning: Meaning::Done,
        result: Some(json!(done)),
    })
}
