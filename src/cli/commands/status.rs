//! `git tend status`, and `git tend` alone.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::cli::app::App;
use crate::cli::error::{CommandError, Context};
use crate::cli::exit_code::Exit;
use crate::cli::gates::asked::{OF_A_PUSH, gates, gates_of};
use crate::cli::gates::{Judge, Looked, State, Subject};
use crate::cli::ui::{Role, paint, plain};
use crate::cli::{format, tables};
use crate::queue::{Counts, Filter, Job, JobId, Queue, Schedule, Source, StateKind, Which};
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
    gates: Vec<GateSeen>,
}

/// A gate about HEAD that has not passed.
struct GateSeen {
    task: String,
    /// `failed`, `held` or `pending`.
    state: &'static str,
    job: Option<JobId>,
    what: String,
}

impl Seen {
    /// `which` are the jobs to be listed.
    fn of(queue: &Queue, which: Which, app: &App) -> Result<Self, CommandError> {
        let listed = Filter {
            which,
            limit: (which == Which::Live).then_some(LISTED),
            ..Filter::default()
        };
        let gates = Self::gates(queue, app)?;
        queue
            .at_one_moment(|queue| {
                Ok(Self {
                    gates,
                    counts: queue.counts(app.day_start())?,
                    listed: queue.list(&listed)?,
                    schedules: queue.schedules()?,
                    paused: queue.paused_until(app.now())?,
                })
            })
            .context("read the queue")
    }

    /// Gates that are pending, and those that HEAD does not pass.
    fn gates(queue: &Queue, app: &App) -> Result<Vec<GateSeen>, CommandError> {
        let tasks = gates_of(app, &OF_A_PUSH)?;
        if tasks.is_empty() {
            return Ok(Vec::new());
        }
        let live = queue.live_judging().context("list what is judged")?;
        let mut seen: Vec<GateSeen> = live
            .into_iter()
            .map(|job| GateSeen {
                what: job.input.commit.as_deref().map_or_else(
                    || "what was staged".to_owned(),
                    |commit| tables::short_commit(Some(commit)),
                ),
                task: job.task,
                state: match job.state.kind() {
                    StateKind::Held => "held",
                    _ => "pending",
                },
                job: Some(job.id),
            })
            .collect();
        let repo = app.repo()?;
        let head = repo.head().context("read HEAD")?;
        let Some(commit) = head.oid() else {
            return Ok(seen);
        };
        let tree = repo.resolve_tree(commit).context("read HEAD")?;
        let subject = Subject::of_commit(commit.clone(), tree);
        let gates = gates(app, &tasks, subject.tree())?;
        let looked = Judge::new(app, None)?.see(queue, &subject, &gates, &mut Vec::new())?;
        for (gate, looked) in gates.iter().zip(looked) {
            if let Looked::Settled(State::Failed(failure)) = looked {
                seen.push(GateSeen {
                    task: gate.title(),
                    state: "failed",
                    what: format!("{}: {}", commit.short(), failure.summary),
                    job: match failure.source {
                        Source::Job(job) => Some(job),
                        Source::Signer(_) => None,
                    },
                });
            }
        }
        Ok(seen)
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
            "gates": self.gates.iter().map(|gate| json!({
                "task": gate.task, "state": gate.state, "job": gate.job, "what": gate.what,
            })).collect::<Vec<_>>(),
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
        for state in ["pending", "held", "failed"] {
            let count = self.gates.iter().filter(|gate| gate.state == state).count();
            if count > 0 {
                let gates = if count == 1 { "gate" } else { "gates" };
                words.push(format!("{count} {gates} {state}"));
            }
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
        if !self.gates.is_empty() {
            text.push('\n');
            let mut table = tables::table(&["GATE", "STATE", "WHAT", ""]);
            for gate in &self.gates {
                let role = if gate.state == "failed" {
                    Role::Bad
                } else {
                    Role::Warning
                };
                let job = gate.job.as_ref();
                table.add_row([
                    plain(&gate.task),
                    paint(role, gate.state),
                    plain(&gate.what),
                    job.map_or_else(String::new, |job| format!("git tend show {job}")),
                ]);
            }
            text.push_str(&tables::render(&table));
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
