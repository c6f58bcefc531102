//! What a tick does for sessions of coding agents, which belong to no repository: it reads what is new, enters the nights that
//! are due, and lets what waits in the user's own queue go on in the background.

use std::time::Duration;

use serde_json::{Value, json};

use super::nights;
use super::{Reading, planned, read_sessions};
use crate::cli::app::App;
use crate::cli::commands::nightly;
use crate::cli::commands::sessions::scan::{self, told, warn_of_unreadable};
use crate::cli::commands::tick::TickArgs;
use crate::cli::error::CommandError;
use crate::cli::format;
use crate::cli::optimizing::weekly;
use crate::cli::own_queue;
use crate::cli::own_queue::schedules::Entered;
use crate::cli::ui::plain;

/// What came of it, for `--json`.
#[derive(Debug, Default)]
pub struct Seen {
    /// Of reading.
    pub sessions: Value,
    /// Of the nights that were due.
    pub nights: Vec<nights::Entered>,
    /// Of the optimiser's cycle, if it was due.
    pub optimization: Option<Entered>,
    /// Whether a drain of the user's own queue was started.
    pub drained: bool,
}

/// Does what a tick does for sessions. Whatever fails is said, and the tick goes on.
pub fn visit(args: &TickArgs, app: &App) -> Seen {
    let or_said = |error: CommandError| {
        app.ui
            .warn(format!("sessions: {}", plain(&error.to_string())));
    };
    let mut seen = Seen::default();
    match read_or_plan(args, app) {
        Ok(read) => seen.sessions = read,
        Err(error) => or_said(error),
    }
    match nights::reconcile(app, args.dry_run) {
        Ok(entered) => seen.nights = entered,
        Err(error) => or_said(error),
    }
    if !args.json {
        for night in &seen.nights {
            app.ui
                .say(format!("nightly {}", nightly::told(night, args.dry_run)));
        }
    }
    match weekly::reconcile(app, args.dry_run) {
        Ok(entered) => seen.optimization = entered,
        Err(error) => or_said(error),
    }
    if let (Some(_), false) = (seen.optimization, args.json) {
        let would = if args.dry_run { "would be " } else { "" };
        app.ui.say(format!("optimization: {would}enqueued"));
    }
    if !args.dry_run {
        match own_queue::hand_over(app) {
            Ok(drained) => seen.drained = drained,
            Err(error) => or_said(error),
        }
    }
    seen
}

/// Reads what is new, within a quarter of the budget: a first reading of many takes several ticks.
fn read_or_plan(args: &TickArgs, app: &App) -> Result<Value, CommandError> {
    if !app.loaded()?.config.sessions.enabled {
        return Ok(Value::Null);
    }
    if args.dry_run {
        let files = planned(app)?.candidates.len();
        if files > 0 && !args.json {
            let files = format::count(files, "file", "files");
            app.ui.say(format!("sessions: would read {files}"));
        }
        return Ok(json!({ "files": files }));
    }
    let budget: Duration = args.budget / 4;
    let reading = read_sessions(app, Some(budget), &mut |_| {})?;
    let Reading::Done { scanned, enqueued } = reading else {
        return Ok(Value::Null);
    };
    warn_of_unreadable(app, &scanned.unreadable);
    if !args.json && (scanned.read > 0 || scanned.gone > 0) {
        app.ui
            .say(format!("sessions: {}", told(&scanned, enqueued)));
    }
    Ok(scan::document(&scanned, enqueued))
}
