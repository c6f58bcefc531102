//! `git tend status`, and `git tend` alone.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::cli::app::App;
use crate::cli::error::{CommandError, Context};
use crate::cli::exit_code::Exit;
use crate::cli::ui::{Role, paint, plain};
use crate::cli::{format, tables};
use crate::queue::{Counts, Filter, Job, Queue, Schedule, StateKind, Which};
use crate::report::json as documents;
use crate::triggers::countdown;

/// What runs, what waits, what is due
#[derive(Debug, Default, clap::Args)]
pub struct StatusArgs {
    /// One line, for a prompt
    #[arg(long, conflicts_with_all = ["json", "watch"])]
    pub short: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Again every second, until interrupted
    #[arg(long, conflicts_with = "json")]
    pub watch: bool,
}

/// How many waiting jobs are listed.
const LISTED: usize = 10;

/// Shows the state of the queue.
pub fn status(args: &StatusArgs, app: &App) -> Result<Exit, CommandError> {
    let queue = app.existing_queue()?;
    if args.json {
        app.ui.json(&match &queue {
            Some(queue) => Seen::of(queue, Which::In(StateKind::Running), app)?.document(),
            None => Seen::default().document(),
        })?;
        return Ok(Exit::Fine);
    }
    loop {
        let seen = match &queue {
            Some(queue) => Seen::of(queue, Which::Live, app)?,
            None => Seen::default(),
        };
        if args.short {
            let line = seen.short();
            if !line.is_empty() {
                app.ui.out(line)?;
            }
            return Ok(Exit::Fine);
        }
        let text = if queue.is_some() {
            seen.text(app)
        } else {
            "nothing has been enqueued here yet · git tend run-all\n".to_owned()
        };
        if !args.watch {
            app.ui.write_out(&text)?;
            return Ok(Exit::Fine);
        }
        app.ui.repaint(&text)?;
        std::thread::sleep(Duration::from_secs(1));
    }
}

/// What there is to tell.
#[derive(Default)]
struct Seen {
    counts: Counts,
    listed: Vec<Job>,
    schedules: Vec<Schedule>,
    paused: Option<Timestamp>,
}

impl Seen {
    /// `which` are the jobs to be listed.
    fn of(queue: &Queue, which: Which, app: &App) -> Result<Self, CommandError> {
        let listed = Filter {
            which,
            limit: (which == Which::Live).then_some(LISTED),
            ..Filter::default()
        };
        queue
            .at_one_moment(|queue| {
                Ok(Self {
                    counts: queue.counts(app.day_start())?,
                    listed: queue.list(&listed)?,
                    schedules: queue.schedules()?,
                    paused: queue.paused_until(app.now())?,
                })
            })
            .context("read the queue")
    }

    fn count(&self, state: StateKind) -> u64 {
        self.counts.by_state.get(&state).copied().unwrap_or(0)
    }

    fn document(&self) -> Value {
        let states: serde_json::Map<String, Value> = StateKind::ALL
            .iter()
            .filter(|state| !state.is_terminal() || **state == StateKind::Failed)
            .map(|state| (state.name().to_owned(), json!(self.count(*state))))
            .collect();
        let running: Vec<_> = self.listed.iter().map(documents::JobLine::from).collect();
        let schedules: Vec<_> = self
            .schedules
            .iter()
            .map(|schedule| json!({ "task": schedule.name, "next": schedule.next_fire, "last": schedule.last_fire }))
            .collect();
        json!({
            "schema": documents::SCHEMA,
            "jobs": states,
            "done_today": self.counts.done_today,
            "failed_today": self.counts.failed_today,
            "oldest_queued_at": self.counts.oldest_queued,
            "average_duration_ms": self.counts.average_duration.map(|span| u64::try_from(span.as_millis()).unwrap_or(u64::MAX)),
            "running": running,
            "schedules": schedules,
            "paused_until": self.paused,
        })
    }

    fn short(&self) -> String {
        let parts = [
            (StateKind::Running, "running"),
            (StateKind::Queued, "queued"),
            (StateKind::Blocked, "blocked"),
            (StateKind::Held, "held"),
        ];
        let mut words: Vec<String> = parts
            .iter()
            .filter(|(state, _)| self.count(*state) > 0)
            .map(|(state, word)| format!("{} {word}", self.count(*state)))
            .collect();
        if self.counts.failed_today > 0 {
            words.push(format!("{} failed today", self.counts.failed_today));
        }
        if self.paused.is_some() {
            words.push("paused".to_owned());
        }
        words.join(" · ")
    }

    fn text(&self, app: &App) -> String {
        let (now, zone) = (app.now(), app.zone());
        let mut text = match self.short() {
            words if words.is_empty() => "nothing waits or runs".to_owned(),
            words => words,
        };
        if self.counts.done_today > 0 {
            text.push_str(&format!(" · {} done today", self.counts.done_today));
        }
        if let Some(average) = self.counts.average_duration {
            text.push_str(&format!(" · {} each on average", format::span(average)));
        }
        text.push('\n');
        if let Some(until) = self.paused {
            text.push_str(&format!(
                "{} until {} · git tend pause --resume\n",
                paint(Role::Warning, "paused"),
                format::moment(until, now, &zone)
            ));
        }
        if !self.listed.is_empty() {
            text.push('\n');
            text.push_str(&tables::jobs(&self.listed, now, &zone));
            let states = StateKind::ALL.iter().filter(|state| !state.is_terminal());
            let live: u64 = states.map(|state| self.count(*state)).sum();
            let more = live.saturating_sub(self.listed.len() as u64);
            if more > 0 {
                text.push_str(&format!("… {more} more · git tend queue\n"));
            }
        }
        let mut due: Vec<(&str, Timestamp)> = self
            .schedules
            .iter()
            .filter_map(|schedule| Some((schedule.name.as_str(), schedule.next_fire?)))
            .collect();
        due.sort_by_key(|(_, next)| *next);
        if !due.is_empty() {
            text.push('\n');
            let mut table = tables::table(&["SCHEDULED", "NEXT"]);
            for (name, next) in due {
                table.add_row([plain(name), countdown(next, now, &zone)]);
            }
            text.push_str(&tables::render(&table));
        }
        let failed = self.count(StateKind::Failed);
        if failed > 0 {
            text.push_str(&format!(
                "\n{} · git tend queue --state failed · git tend retry --failed\n",
                paint(
                    Role::Bad,
                    format::count(
                        usize::try_from(failed).unwrap_or(usize::MAX),
                        "failed job",
                        "failed jobs"
                    )
                )
            ));
        }
        text
    }
}
