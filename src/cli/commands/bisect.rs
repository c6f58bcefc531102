//! `git tend bisect`.

use std::collections::BTreeSet;

use serde_json::json;

use super::run::known;
use crate::cli::app::App;
use crate::cli::bisecting::{Report, Search, Stand, begin, say};
use crate::cli::draining::{self, Request};
use crate::cli::error::{CommandError, Context};
use crate::cli::exit_code::Exit;
use crate::cli::trusting;
use crate::cli::ui::plain;
use crate::drain::runner::Stopped;
use crate::queue::{BisectionEnd, Queue, State};
use crate::report::json as documents;
use crate::tasks::Task;

/// So many searches are listed.
const LISTED: usize = 20;

/// Find the commit that broke a task
///
/// The commits between a good one and a bad one are judged by deferred jobs, whenever something drains; verdicts that are
/// known are not made again. Without a task: what is under way, and what was found.
#[derive(Debug, clap::Args)]
pub struct BisectArgs {
    /// A task of tend.toml, or a built-in one
    #[arg(value_name = "TASK")]
    pub task: Option<String>,
    /// A commit where it is fine [default: the newest ancestor that is known to pass]
    #[arg(long, value_name = "REV", requires = "task")]
    pub good: Option<String>,
    /// A commit where it is not [default: HEAD]
    #[arg(long, value_name = "REV", requires = "task")]
    pub bad: Option<String>,
    /// Run the jobs now, until it is found
    #[arg(long, requires = "task")]
    pub now: bool,
    /// End the task's searches
    #[arg(long, requires = "task", conflicts_with_all = ["good", "bad", "now"])]
    pub stop: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Begins, lists or stops.
pub fn bisect(args: &BisectArgs, app: &App) -> Result<Exit, CommandError> {
    let Some(name) = &args.task else {
        return list(args, app);
    };
    if args.stop {
        return stop(args, name, app);
    }
    let tasks = app.tasks()?;
    let wanted = known(std::slice::from_ref(name), tasks, app)?;
    let task: &Task = tasks
        .iter()
        .find(|task| wanted.contains(&task.key.as_str()))
        .ok_or_else(|| CommandError::usage(format!("no task {}", plain(name))))?;
    trusting::require(app, &[task], false)?;
    let mut queue = app.queue()?;
    let ends = (args.good.as_deref(), args.bad.as_deref());
    let ids = begin(app, &mut queue, task, ends)?;
    let mut exit = Exit::Fine;
    for id in &ids {
        let ended = if args.now {
            now(app, &mut queue, *id)?
        } else {
            Ended::of(&Search::advance(app, &mut queue, *id)?)
        };
        exit = match (ended, exit) {
            (Ended::Found, exit) => exit,
            (Ended::UnderWay, exit) if !args.now => exit,
            (Ended::Interrupted, _) => Exit::Interrupted,
            (Ended::UnderWay, Exit::Fine) => Exit::Refused,
            (_, Exit::Fine | Exit::Refused) => Exit::Failed,
            (_, exit) => exit,
        };
    }
    let mut reports = Vec::new();
    for id in ids {
        if let Some(bisection) = queue.bisection(id).context("read the bisection")? {
            reports.push(Report::of(app, &queue, bisection)?);
        }
    }
    print(args, app, &reports)?;
    Ok(exit)
}

/// How it stands after what was done.
enum Ended {
    Found,
    NotFound,
    UnderWay,
    Interrupted,
}

impl Ended {
    fn of(stand: &Stand) -> Self {
        match stand {
            Stand::Ended(BisectionEnd::Found { .. }) => Self::Found,
            Stand::Ended(_) | Stand::Gone => Self::NotFound,
            Stand::Waits(_) | Stand::Full | Stand::Busy => Self::UnderWay,
        }
    }
}

/// Runs the jobs of a search, one after the other, until it is over or held.
fn now(app: &App, queue: &mut Queue, id: i64) -> Result<Ended, CommandError> {
    let mut last = None;
    loop {
        let stand = Search::advance(app, queue, id)?;
        let Stand::Waits(job) = &stand else {
            return Ok(Ended::of(&stand));
        };
        if last.as_ref() == Some(job) {
            // It was left: held, snoozed, or paused.
            return Ok(Ended::UnderWay);
        }
        if let Some(job) = queue.job(job).context("read the job")? {
            if matches!(job.state, State::Held { .. }) {
                return Ok(Ended::UnderWay);
            }
            let suspects = queue
                .bisection(id)
                .context("read the bisection")?
                .and_then(|bisection| Search::suspects(app, queue, &bisection));
            let left = suspects.map_or_else(String::new, |left| format!("{left} left · "));
            let title = job.name.as_deref().unwrap_or(&job.task);
            app.ui.say(format!("{left}{}", plain(title)));
        }
        let request = Request {
            only: Some(BTreeSet::from([job.clone()])),
            user: true,
            gates: true,
            ..Request::default()
        };
        let summary = draining::drain(app, queue, request)?;
        match summary.stopped {
            Some(Stopped::Signal) => return Ok(Ended::Interrupted),
            Some(_) => return Ok(Ended::UnderWay),
            None => {}
        }
        last = Some(job.clone());
    }
}

fn list(args: &BisectArgs, app: &App) -> Result<Exit, CommandError> {
    let mut reports = Vec::new();
    if let Some(queue) = app.existing_queue()? {
        for bisection in queue.bisections(LISTED).context("list the bisections")? {
            reports.push(Report::of(app, &queue, bisection)?);
        }
    }
    if reports.is_empty() && !args.json {
        app.ui.say("nothing is searched for · git tend bisect TASK");
    }
    print(args, app, &reports)?;
    Ok(Exit::Fine)
}

fn print(args: &BisectArgs, app: &App, reports: &[Report]) -> Result<(), CommandError> {
    if !args.json {
        return say(app, reports);
    }
    let all: Vec<_> = reports.iter().map(Report::json).collect();
    app.ui
        .json(&json!({ "schema": documents::SCHEMA, "bisections": all }))
}

fn stop(args: &BisectArgs, name: &str, app: &App) -> Result<Exit, CommandError> {
    let key = app.task_key(name);
    let mut queue = app.queue()?;
    let mut stopped = Vec::new();
    for bisection in queue
        .bisections_under_way()
        .context("list the bisections")?
    {
        if bisection.asked.task != key {
            continue;
        }
        Search::stop(app, &mut queue, bisection.id)?;
        if let Some(bisection) = queue
            .bisection(bisection.id)
            .context("read the bisection")?
        {
            stopped.push(Report::of(app, &queue, bisection)?);
        }
    }
    if stopped.is_empty() && !args.json {
        app.ui
            .say(format!("no search for {} is under way", plain(&key)));
    }
    print(args, app, &stopped)?;
    Ok(Exit::Fine)
}
