//! `git tend optimize efficiency`.

use jiff::Timestamp;
use serde_json::json;

use crate::cli::app::App;
use crate::cli::error::{CommandError, Context as _};
use crate::cli::exit_code::Exit;
use crate::cli::optimizing::efficiency::{Since, course, figures};
use crate::cli::optimizing::efficiency_page::{self, Moment};
use crate::cli::optimizing::{existing, failed_automation};
use crate::cli::sessions_view::document;
use crate::cli::ui::plain;
use crate::optimize::automation::{Automation, State};
use crate::optimize::db::{AutomationsError, Optimize};
use crate::queue::MeasuredRun;
use crate::report::json::SCHEMA;

/// Of how many days one automation is told, …
const ONE: u16 = 30;
/// … and of how many all of them.
const ALL: u16 = 7;

/// What automations save: time, what came back of what they cost, and whether they get slower
///
/// What it took by hand (as histories or `optimize baseline` say) less what runs took, less what failed runs took. A second
/// figure counts no more runs a week than were done by hand. What it costs is configured under [optimize.costs]. Of a task of
/// the queue the course is told: trend, halves of the period, successes. Where there is too little to say anything, that is said.
#[derive(Debug, clap::Args)]
pub struct EfficiencyArgs {
    /// An automation, by its name or the beginning of its id, or a task; all automations unless it is said
    #[arg(value_name = "AUTOMATION")]
    pub name: Option<String>,
    /// The last N days: by default 30 of one, 7 of all
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=3660))]
    pub days: Option<u16>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Tells what automations save.
pub fn efficiency(args: &EfficiencyArgs, app: &App) -> Result<Exit, CommandError> {
    let db = existing(app)?;
    match &args.name {
        Some(name) => one(args, name, db.as_ref(), app),
        None => all(args, db.as_ref(), app),
    }
}

fn all(args: &EfficiencyArgs, db: Option<&Optimize>, app: &App) -> Result<Exit, CommandError> {
    let days = args.days.unwrap_or(ALL);
    let costs = app.loaded()?.config.optimize.costs;
    let now = app.now();
    let mut rows = Vec::new();
    if let Some(db) = db {
        let mut automations = db
            .automations()
            .map_err(|error| failed_automation("list the automations", &error))?;
        automations.retain(|it| it.state != State::Retired);
        let since = Since::of(db, &automations)?;
        for automation in automations {
            let now = now.as_millisecond();
            let of = figures(db, &automation, since.as_ref(), &costs, days, now)?;
            rows.push((automation, of));
        }
    }
    // Those first that saved most.
    rows.sort_by_key(|(_, it)| std::cmp::Reverse(it.saved_ever.map(|it| it.saved_ms)));
    if args.json {
        let automations: Vec<_> = rows
            .iter()
            .map(|(automation, of)| efficiency_page::document(automation, of))
            .collect();
        let document = json!({ "schema": SCHEMA, "days": days, "automations": automations });
        document::print(&document, app)?;
        return Ok(Exit::Fine);
    }
    if rows.is_empty() {
        app.ui.say("no automation yet · git tend optimize identify");
        return Ok(Exit::Fine);
    }
    let width = app.ui.columns().unwrap_or(usize::MAX);
    app.ui
        .lines(&efficiency_page::list(&rows, &moment(app), width))?;
    app.ui.say(format!(
        "runs, failures, medians and what was saved are of {days} days · git tend optimize efficiency ID tells more"
    ));
    Ok(Exit::Fine)
}

fn one(
    args: &EfficiencyArgs,
    name: &str,
    db: Option<&Optimize>,
    app: &App,
) -> Result<Exit, CommandError> {
    let days = args.days.unwrap_or(ONE);
    let found = db.map(|db| (db, db.automation(name)));
    match found {
        Some((db, Ok(automation))) => automation_of(args, &automation, db, days, app),
        Some((_, Err(error @ AutomationsError::NoSuch(_)))) => {
            task(args, name, days, app)?.ok_or_else(|| failed_automation("find it", &error))
        }
        Some((_, Err(error))) => Err(failed_automation("find the automation", &error)),
        None => task(args, name, days, app)?.ok_or_else(|| {
            CommandError::usage(format!(
                "no automation and no task is called {}",
                plain(name)
            ))
            .hint("git tend optimize identify")
        }),
    }
}

fn automation_of(
    args: &EfficiencyArgs,
    automation: &Automation,
    db: &Optimize,
    days: u16,
    app: &App,
) -> Result<Exit, CommandError> {
    let costs = app.loaded()?.config.optimize.costs;
    let since = Since::of(db, std::slice::from_ref(automation))?;
    let now = app.now().as_millisecond();
    let of = figures(db, automation, since.as_ref(), &costs, days, now)?;
    if args.json {
        let mut all = efficiency_page::document(automation, &of);
        if let Some(fields) = all.as_object_mut() {
            fields.insert("schema".to_owned(), json!(SCHEMA));
        }
        document::print(&all, app)?;
        return Ok(Exit::Fine);
    }
    let width = app.ui.columns().unwrap_or(usize::MAX);
    let lines = efficiency_page::one(automation, &of, &moment(app), width);
    app.ui.lines(&lines)?;
    Ok(Exit::Fine)
}

/// Of a task, if there is one of this name, or runs of one.
fn task(
    args: &EfficiencyArgs,
    name: &str,
    days: u16,
    app: &App,
) -> Result<Option<Exit>, CommandError> {
    if app.located().is_err() {
        return Ok(None);
    }
    let key = app.task_key(name);
    let runs: Vec<MeasuredRun> = match app.existing_queue()? {
        Some(queue) => queue
            .measured_runs(Timestamp::UNIX_EPOCH)
            .context("read the runs of tasks")?,
        None => Vec::new(),
    };
    let is_known = runs.iter().any(|run| run.task == key);
    if !is_known && !app.tasks()?.iter().any(|task| task.key == key) {
        return Ok(None);
    }
    let course = course(&runs, &key, days, app.now().as_millisecond());
    if args.json {
        let mut all = efficiency_page::task_document(&key, &course);
        if let Some(fields) = all.as_object_mut() {
            fields.insert("schema".to_owned(), json!(SCHEMA));
        }
        document::print(&all, app)?;
    } else {
        let width = app.ui.columns().unwrap_or(usize::MAX);
        app.ui.lines(&efficiency_page::task(&key, &course, width))?;
    }
    Ok(Some(Exit::Fine))
}

fn moment(app: &App) -> Moment {
    Moment {
        now: app.now(),
        zone: app.zone(),
    }
}
