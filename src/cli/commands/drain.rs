//! `git tend drain`.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::json;

use crate::cli::app::App;
use crate::cli::error::{CommandError, Context};
use crate::cli::exit_code::Exit;
use crate::cli::own_queue;
use crate::cli::ui::plain;
use crate::cli::{arguments, background, draining};
use crate::drain::Summary;
use crate::queue::StateKind;
use crate::report::json as documents;

/// Run what fits in a budget
///
/// New commits, changed files and due schedules are enqueued first. Without a budget: everything that is ready. Wall time stays within budget + max(1 s, 20 %); what does not end by then
/// is queued again.
#[derive(Debug, clap::Args)]
pub struct DrainArgs {
    /// How long it may take
    #[arg(long, value_name = "DURATION", value_parser = arguments::duration)]
    pub budget: Option<Duration>,
    /// Run at most N jobs at once
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub slots: Option<u32>,
    /// Only this job; may be repeated
    #[arg(long, value_name = "JOB")]
    pub only: Vec<String>,
    /// Go on in the background
    #[arg(long)]
    pub detach: bool,
    /// For one job that no window holds
    #[arg(long, hide = true)]
    pub dedicated: bool,
    /// Somebody reads what they come to: nothing is put off until later
    #[arg(long, hide = true)]
    pub awaited: bool,
    /// As the one drain that hooks hand their jobs to
    #[arg(long, hide = true, requires = "budget")]
    pub background: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Drains.
pub fn drain(args: &DrainArgs, app: &App) -> Result<Exit, CommandError> {
    if app.global.user {
        return own(args, app);
    }
    if let (true, Some(budget)) = (args.background, args.budget) {
        return background::run(app, budget, false);
    }
    let mut queue = app.queue()?;
    let mut only = BTreeSet::new();
    for prefix in &args.only {
        only.insert(app.find_job(prefix)?.1.id);
    }
    if args.detach {
        return detach(args, app);
    }
    if only.is_empty() {
        for note in draining::reconcile(app, &mut queue, false)?.notes {
            app.ui.say(plain(&note.to_string()));
        }
    }
    let request = draining::Request {
        budget: args.budget,
        only: (!only.is_empty()).then_some(only),
        slots: args.slots,
        user: false,
        dedicated: args.dedicated,
        gates: false,
        awaited: args.awaited,
        in_place: false,
    };
    let summary = draining::drain(app, &mut queue, request)?;
    told(args, &summary, app)
}

/// Drains the user's own queue. The budget is for beginning jobs: one that was cut off would have been paid for nothing.
fn own(args: &DrainArgs, app: &App) -> Result<Exit, CommandError> {
    let mut queue = app.user_queue()?;
    let mut only = BTreeSet::new();
    for prefix in &args.only {
        only.insert(app.find_job(prefix)?.1.id);
    }
    let _lock = if args.background {
        let lock = own_queue::background(&app.dirs()?.data).context("take the drain's lock")?;
        if lock.is_none() {
            return Ok(Exit::Fine);
        }
        lock
    } else {
        None
    };
    let run = own_queue::Run {
        only: (!only.is_empty()).then_some(only),
        begins: args.budget,
    };
    let summary = own_queue::drain(app, &mut queue, run)?;
    told(args, &summary, app)
}

fn told(args: &DrainArgs, summary: &Summary, app: &App) -> Result<Exit, CommandError> {
    if args.json {
        let ended: serde_json::Map<String, serde_json::Value> = StateKind::ALL
            .iter()
            .filter_map(|state| Some((state.name().to_owned(), json!(summary.ended.get(state)?))))
            .collect();
        let waiting: Vec<_> = summary
            .waiting
            .iter()
            .map(|(id, why)| json!({ "id": id, "why": why }))
            .collect();
        app.ui.json(&json!({
            "schema": documents::SCHEMA,
            "ended": ended,
            "recovered": summary.recovered,
            "waiting": waiting,
        }))?;
    } else {
        let total: u32 = summary.ended.values().sum();
        if total == 0 && summary.waiting.is_empty() && summary.stopped.is_none() {
            app.ui.say("nothing to do");
        }
        draining::say_who_waits(app, summary);
    }
    Ok(draining::conclude(app, summary))
}

fn detach(args: &DrainArgs, app: &App) -> Result<Exit, CommandError> {
    let budget = args
        .budget
        .map(|budget| format!("{}ms", budget.as_millis()));
    let slots = args.slots.map(|slots| slots.to_string());
    let mut words: Vec<&str> = Vec::new();
    if let Some(budget) = &budget {
        words.extend(["--budget", budget]);
    }
    if let Some(slots) = &slots {
        words.extend(["--slots", slots]);
    }
    for id in &args.only {
        words.extend(["--only", id]);
    }
    background::start(app, &words).context("start the detached drain")?;
    app.ui.say("draining in the background · git tend status");
    Ok(Exit::Fine)
}
