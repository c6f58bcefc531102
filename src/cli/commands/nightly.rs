//! `git tend nightly`.

use std::collections::BTreeSet;

use serde_json::json;

use crate::cli::app::App;
use crate::cli::error::{CommandError, Context as _};
use crate::cli::exit_code::Exit;
use crate::cli::own_queue::{self, Run};
use crate::cli::sessions::nights::{self, Entered, Part};
use crate::cli::{draining, format};
use crate::queue::JobId;
use crate::report::json as documents;

/// Do the nightly work on the knowledge graph of sessions, now
///
/// What an older prompt judged is judged again (at most `[nightly] limit` of them, within what the agent may cost), connections
/// are looked for, and insights are drawn together. `git tend tick` does each part at its own time. What is not begun within
/// `[nightly] budget` stays in your queue.
#[derive(Debug, clap::Args)]
pub struct NightlyArgs {
    /// Only these parts
    #[arg(value_name = "PART", value_enum)]
    pub parts: Vec<Part>,
    /// Print what would be entered, and change nothing
    #[arg(short = 'n', long)]
    pub dry_run: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Does a night's work.
pub fn nightly(args: &NightlyArgs, app: &App) -> Result<Exit, CommandError> {
    let graph = app.graph_to_read()?;
    if !args.dry_run {
        own_queue::remember_path(app)?;
    }
    let config = &app.loaded()?.config;
    let mut queue = app.user_queue()?;
    let now = app.now();
    let room = config.queue.max_jobs.get() as usize;
    let mut entered = Vec::new();
    let mut only: BTreeSet<JobId> = BTreeSet::new();
    let mut exit = Exit::Fine;
    for part in Part::ALL {
        if !args.parts.is_empty() && !args.parts.contains(&part) {
            continue;
        }
        let (jobs, why) = nights::jobs(app, &graph, &queue, part)?;
        let mut one = Entered {
            part,
            jobs: jobs.len(),
            refused: 0,
            why,
        };
        if !args.dry_run {
            let all = queue
                .enqueue(&jobs, room, now)
                .map_err(|error| draining::enqueue_error(&error))?;
            let ids = all.iter().filter_map(|one| one.id.clone());
            only.extend(ids);
            one.refused = all.iter().filter(|one| one.id.is_none()).count();
            if one.refused > 0 {
                exit = Exit::Refused;
            }
        }
        if !args.json {
            app.ui.say(told(&one, args.dry_run));
        }
        entered.push(one);
    }
    // The child processes write to it.
    drop(graph);
    if !args.dry_run && !only.is_empty() {
        let run = Run {
            only: Some(only.clone()),
            begins: Some(config.nightly.budget.get()),
        };
        let summary = own_queue::drain(app, &mut queue, run)?;
        exit = exit.or(draining::conclude(app, &summary));
        let mut left = 0;
        for id in &only {
            let job = queue.job(id).context("read the job")?;
            left += usize::from(job.is_some_and(|job| !job.state.kind().is_terminal()));
        }
        if left > 0 && !args.json {
            let wait = format::count(left, "job waits", "jobs wait");
            app.ui.say(format!("{wait} · git tend queue --user"));
        }
    }
    if args.json {
        app.ui.json(&json!({
            "schema": documents::SCHEMA,
            "dry_run": args.dry_run,
            "parts": entered,
        }))?;
    }
    Ok(exit)
}

/// What a part enters, in a line.
pub fn told(entered: &Entered, dry_run: bool) -> String {
    let part = entered.part.word();
    if let (0, Some(why)) = (entered.jobs, entered.why) {
        return format!("{part}: nothing to do: {why}");
    }
    let jobs = format::count(entered.jobs, "job", "jobs");
    let verb = if dry_run { "would enter " } else { "" };
    let refused = if entered.refused > 0 {
        format!(", {} refused: your queue is full", entered.refused)
    } else {
        String::new()
    };
    format!("{part}: {verb}{jobs}{refused}")
}
