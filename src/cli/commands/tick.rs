//! `git tend tick`.

use std::time::Duration;

use serde_json::json;

use crate::cli::app::App;
use crate::cli::error::CommandError;
use crate::cli::exit_code::Exit;
use crate::cli::ui::plain;
use crate::cli::{arguments, draining};
use crate::report::json as documents;

/// Look at commits, files and schedules, enqueue what they call for, and drain
///
/// This is what a cron entry calls. It never asks: tasks whose command is not approved are held.
#[derive(Debug, clap::Args)]
pub struct TickArgs {
    /// How long the drain may take
    #[arg(long, value_name = "DURATION", value_parser = arguments::duration, default_value = "60s")]
    pub budget: Duration,
    /// Print what would be enqueued, and change nothing
    #[arg(short = 'n', long)]
    pub dry_run: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Reconciles and drains.
pub fn tick(args: &TickArgs, app: &App) -> Result<Exit, CommandError> {
    let mut queue = app.queue()?;
    let reconciled = draining::reconcile(app, &mut queue, args.dry_run)?;
    if args.json {
        app.ui.json(&json!({
            "schema": documents::SCHEMA,
            "enqueued": reconciled.enqueued.iter().map(|one| json!({ "task": one.task, "why": one.why, "id": one.id })).collect::<Vec<_>>(),
            "notes": reconciled.notes.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "dry_run": args.dry_run,
        }))?;
    } else {
        for note in &reconciled.notes {
            app.ui.say(plain(&note.to_string()));
        }
        for one in &reconciled.enqueued {
            let verb = if args.dry_run {
                "would enqueue"
            } else {
                "enqueued"
            };
            app.ui
                .say(format!("{verb} {} · {}", plain(&one.task), plain(&one.why)));
        }
    }
    if args.dry_run {
        if reconciled.enqueued.is_empty() && !args.json {
            app.ui.say("nothing to enqueue");
        }
        return Ok(Exit::Fine);
    }
    let request = draining::Request {
        budget: Some(args.budget),
        ..draining::Request::default()
    };
    let summary = draining::drain(app, &mut queue, request)?;
    if !args.json {
        draining::say_who_waits(app, &summary);
    }
    Ok(draining::conclude(app, &summary))
}
