//! Tasks and automations with their figures, from the queue and the database of repeated work.

use super::{efficiency, existing, failed_automation};
use crate::cli::app::App;
use crate::cli::error::CommandError;
use crate::cli::metering;
use crate::cli::ui::plain;
use crate::config::costs::Costs;
use crate::metrics::stats::ms_as_f64;
use crate::metrics::task::figures;
use crate::metrics::{Anomaly, Buckets, Metrics};
use crate::optimize::automation::{Automation, Run, RunKind, State, Statistics};
use crate::optimize::db::{AutomationsError, Optimize};
use crate::optimize::monitor::{Verdict, anomalies, judge, since_enabled, watch};
use crate::report::metrics::series::Series;

/// In ms.
const DAY: i64 = 86_400_000;

/// What ran in a period.
#[derive(Debug)]
pub struct Monitored {
    /// The period and its parts.
    pub buckets: Buckets,
    /// Those first that took most of the time.
    pub all: Vec<One>,
}

/// A task, or an automation.
#[derive(Debug)]
pub struct One {
    /// How it did.
    pub series: Series,
    /// The automation, if it is one.
    pub automation: Option<Automation>,
}

impl Monitored {
    /// Every task of this repository, if there is one here, and every automation that ran in the last days.
    pub fn everything(app: &App, days: u16) -> Result<Self, CommandError> {
        let buckets = Buckets::last_days(days, app.now().as_millisecond());
        let mut all = Vec::new();
        if app.located().is_ok() {
            let found = tasks(app, buckets, None)?;
            all.extend(Series::of_tasks(&found).into_iter().map(task));
        }
        if let Some(db) = existing(app)? {
            let automations = db
                .automations()
                .map_err(|error| failed_automation("list the automations", &error))?;
            for automation in automations {
                if automation.state == State::Retired {
                    continue;
                }
                let one = of_automation(&db, automation, &buckets)?;
                if one.series.figures.runs > 0 {
                    all.push(one);
                }
            }
        }
        all.sort_by_key(|one| std::cmp::Reverse(one.series.figures.wall_ms));
        Ok(Self { buckets, all })
    }

    /// What has this name: a task of this repository, an automation, or one of each.
    pub fn named(app: &App, days: u16, name: &str) -> Result<Self, CommandError> {
        let buckets = Buckets::last_days(days, app.now().as_millisecond());
        let mut all: Vec<One> = named_task(app, buckets, name)?.into_iter().collect();
        if let Some(db) = existing(app)? {
            match db.automation(name) {
                Ok(automation) => all.push(of_automation(&db, automation, &buckets)?),
                Err(AutomationsError::NoSuch(_)) => {}
                Err(AutomationsError::Ambiguous { .. }) if !all.is_empty() => {}
                Err(error) => return Err(failed_automation("find the automation", &error)),
            }
        }
        if all.is_empty() {
            return Err(
                CommandError::usage(format!("no task and no automation {}", plain(name)))
                    .hint("git tend optimize list · git tend metrics"),
            );
        }
        Ok(Self { buckets, all })
    }

    /// The series alone.
    pub fn series(&self) -> Vec<Series> {
        self.all.iter().map(|one| one.series.clone()).collect()
    }
}

fn task(series: Series) -> One {
    One {
        series,
        automation: None,
    }
}

fn tasks(app: &App, buckets: Buckets, only: Option<&str>) -> Result<Metrics, CommandError> {
    let queue = app.existing_queue()?;
    metering::figures_in(queue.as_ref(), buckets, only)
}

/// The task of a name: one that ran in the period, or that there is.
fn named_task(app: &App, buckets: Buckets, name: &str) -> Result<Option<One>, CommandError> {
    if app.located().is_err() {
        return Ok(None);
    }
    let key = app.task_key(name);
    let found = tasks(app, buckets, Some(&key))?;
    if let Some(series) = Series::of_tasks(&found).pop() {
        return Ok(Some(task(series)));
    }
    let is_one = app
        .tasks()
        .is_ok_and(|tasks| tasks.iter().any(|task| task.key == key));
    let nothing = || Series::of_task(figures(&key, &[], &buckets), Vec::new());
    Ok(is_one.then(|| task(nothing())))
}

fn of_automation(
    db: &Optimize,
    automation: Automation,
    buckets: &Buckets,
) -> Result<One, CommandError> {
    let runs = live_runs(db, &automation)?;
    let saved = saved_hours(db, &automation, buckets)?;
    let watched = watch(&automation.id, &automation.name, &runs, buckets, saved);
    let verdict = verdict(&automation, &runs, &anomalies(&automation.id, &runs));
    Ok(One {
        series: Series::of_automation(watched, verdict),
        automation: Some(automation),
    })
}

/// What an automation saved in the period; nothing where nobody knows how long it took by hand.
fn saved_hours(
    db: &Optimize,
    automation: &Automation,
    buckets: &Buckets,
) -> Result<Option<f64>, CommandError> {
    const HOUR: f64 = 3_600_000.0;
    let days = buckets.until().saturating_sub(buckets.since()) / DAY;
    let days = u16::try_from(days).unwrap_or(u16::MAX);
    // Hours, not money: what they cost does not matter.
    let costs = Costs::default();
    let all = efficiency::figures(db, automation, None, &costs, days, buckets.until())?;
    Ok(all.saved.map(|it| ms_as_f64(it.saved_ms) / HOUR))
}

/// The runs of an automation where it is used.
pub fn live_runs(db: &Optimize, automation: &Automation) -> Result<Vec<Run>, CommandError> {
    db.runs(&automation.id, RunKind::Live)
        .map_err(|error| failed_automation("read its runs", &error))
}

/// The same, and what all of them say together, with those that are no longer kept one by one.
pub fn live(
    db: &Optimize,
    automation: &Automation,
) -> Result<(Vec<Run>, Statistics), CommandError> {
    let runs = live_runs(db, automation)?;
    let older = db
        .older_runs(&automation.id, RunKind::Live)
        .map_err(|error| failed_automation("read its runs", &error))?;
    let together = Statistics::of(older, &runs);
    Ok((runs, together))
}

/// What is to be done about an automation, if it is enabled.
fn verdict(automation: &Automation, runs: &[Run], anomalies: &[Anomaly]) -> Option<Verdict> {
    let since = since_enabled(runs, automation.enabled_at);
    automation.state.is_live().then(|| judge(&since, anomalies))
}
