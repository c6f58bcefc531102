//! The nightly work on the knowledge graph: what is due, and what that enters into the user's own queue.

use jiff::Timestamp;
use serde::Serialize;

use super::analyses;
use crate::cli::app::App;
use crate::cli::error::{CommandError, Context};
use crate::cli::own_queue::schedules;
use crate::cli::prompting;
use crate::config::schedule::Cron;
use crate::config::user::Nightly;
use crate::graph::Graph;
use crate::queue::{NewJob, Queue};
use crate::tasks::spec::AnalysisReason;
use crate::triggers::schedule::{Rule, Schedule};

/// A part of a night's work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// What an older prompt judged is judged again
    Reanalysis,
    /// Connections between pieces of work are looked for
    Connections,
    /// Insights are drawn together, what they changed is measured, what nobody needs fades
    Aggregation,
}

impl Part {
    /// All of them, in the order in which they are done.
    pub const ALL: [Self; 3] = [Self::Reanalysis, Self::Connections, Self::Aggregation];

    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Reanalysis => "reanalysis",
            Self::Connections => "connections",
            Self::Aggregation => "aggregation",
        }
    }

    fn schedule(self, config: &Nightly) -> Option<Schedule> {
        let configured = match self {
            Self::Reanalysis => &config.reanalysis,
            Self::Connections => &config.connections,
            Self::Aggregation => &config.aggregation,
        };
        let configured = configured.as_ref()?;
        Some(Schedule {
            key: format!("nightly {}", self.word()),
            // It was parsed when the configuration was read.
            rule: Rule::Cron(Box::new(Cron::parsed(&configured.cron)?)),
            catch_up: true,
            enabled: configured.enabled,
            salt: 0,
        })
    }
}

/// What a part of the night came to before it is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entered {
    /// Which.
    pub part: Part,
    /// So many jobs are new.
    pub jobs: usize,
    /// So many were refused, for the queue is full.
    pub refused: usize,
    /// Why there is none, if there could have been one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<&'static str>,
}

/// Enters what is due by the user's schedules, once for each time; with `dry_run`, what would be entered.
pub fn reconcile(app: &App, dry_run: bool) -> Result<Vec<Entered>, CommandError> {
    let config = &app.loaded()?.config.nightly;
    let Some(graph) = app.existing_graph()? else {
        return Ok(Vec::new());
    };
    if dry_run && !app.dirs()?.data.join("queue.db").exists() {
        return Ok(Vec::new());
    }
    let mut queue = app.user_queue()?;
    let mut entered = Vec::new();
    for part in Part::ALL {
        let Some(schedule) = part.schedule(config) else {
            continue;
        };
        let mut why = None;
        let due = schedules::enter_if_due(&schedule, &mut queue, app, dry_run, |queue| {
            let (jobs, reason) = jobs(app, &graph, queue, part)?;
            why = reason;
            Ok(jobs)
        })?;
        if let Some(due) = due {
            entered.push(Entered {
                part,
                jobs: due.jobs,
                refused: due.refused,
                why,
            });
        }
    }
    Ok(entered)
}

/// The jobs of one part, and why there is none if there could have been one.
pub fn jobs(
    app: &App,
    graph: &Graph,
    queue: &Queue,
    part: Part,
) -> Result<(Vec<NewJob>, Option<&'static str>), CommandError> {
    let config = &app.loaded()?.config;
    let now = app.now();
    Ok(match part {
        Part::Connections => (vec![analyses::connections(&config.nightly, now)], None),
        Part::Aggregation => (vec![analyses::aggregation(now)], None),
        Part::Reanalysis if !config.agent.enabled => {
            (Vec::new(), Some("the agent is switched off"))
        }
        Part::Reanalysis => {
            let version = prompting::present(app, Some(graph))?.to_string();
            let limit = config.nightly.limit as usize;
            let waiting = analyses::waiting(queue)?;
            let nodes = graph
                .outdated(&version, limit.saturating_add(waiting.len()))
                .context("read what an older prompt judged")?;
            let jobs: Vec<NewJob> = nodes
                .iter()
                .filter(|node| !waiting.contains(&node.id.to_string()))
                .take(limit)
                .map(|node| {
                    analyses::analysis(node, AnalysisReason::PromptUpdate, &config.agent, now)
                })
                .collect();
            let why = jobs.is_empty().then_some("every node is of this prompt");
            (jobs, why)
        }
    })
}

/// When each part comes next, as far as it is known.
pub fn planned(queue: &Queue) -> Result<Vec<(Part, Timestamp)>, CommandError> {
    let schedules = queue.schedules().context("read the nights")?;
    Ok(Part::ALL
        .into_iter()
        .filter_map(|part| {
            let key = format!("nightly {}", part.word());
            let row = schedules.iter().find(|row| row.name == key)?;
            Some((part, row.next_fire?))
        })
        .collect())
}
