//! `git tend tick`.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;

use crate::cli::app::App;
use crate::cli::error::{CommandError, Context};
use crate::cli::exit_code::Exit;
use crate::cli::ui::plain;
use crate::cli::{arguments, draining, rounds};
use crate::report::json as documents;

/// In every registered repository: look at commits, files and schedules, enqueue what they call for, and drain
///
/// This is what a cron entry calls. It never asks: tasks whose command is not approved are held. Repositories are
/// registered by install-hooks and install-cron, and visited one after the other within the budget; the next tick begins
/// after the one that was visited last.
#[derive(Debug, clap::Args)]
pub struct TickArgs {
    /// Only the repository it is typed in, registered or not
    #[arg(long)]
    pub here: bool,
    /// How long all of it may take
    #[arg(long, value_name = "DURATION", value_parser = arguments::duration, default_value = "60s")]
    pub budget: Duration,
    /// Print what would be enqueued, and change nothing
    #[arg(short = 'n', long)]
    pub dry_run: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// The git folder of the repository that is expected here
    #[arg(long, value_name = "DIR", hide = true, requires = "here")]
    pub of: Option<PathBuf>,
}

/// Visits every registered repository, or this one.
pub fn tick(args: &TickArgs, app: &App) -> Result<Exit, CommandError> {
    if !args.here {
        return rounds::round(args, app);
    }
    if let Some(expected) = &args.of
        && let Some(what) = vanished(app, expected)?
    {
        app.ui
            .json(&json!({ "schema": documents::SCHEMA, "vanished": what }))?;
        return Ok(Exit::Fine);
    }
    here(args, app)
}

/// What of a registered repository is not there any more: `repository` or `worktree`. Another repository in its place is
/// an error.
fn vanished(app: &App, expected: &Path) -> Result<Option<&'static str>, CommandError> {
    let gone = |path: &Path| match fs::metadata(path) {
        Ok(_) => Ok(false),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Ok(true)
        }
        Err(error) => Err(error).context("look at the repository"),
    };
    if gone(expected)? {
        return Ok(Some("repository"));
    }
    if gone(&app.folder()?)? {
        return Ok(Some("worktree"));
    }
    let found = &app.located()?.common_dir;
    if found == expected {
        Ok(None)
    } else {
        Err(CommandError::refused(format!(
            "it belongs to another repository now: {}",
            plain(&found.to_string_lossy())
        )))
    }
}

/// Reconciles and drains.
fn here(args: &TickArgs, app: &App) -> Result<Exit, CommandError> {
    let mut queue = if args.of.is_some() {
        app.queue_in_passing()?
    } else {
        app.queue()?
    };
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
