//! Tasks and automations side by side.

use std::cmp::Reverse;

use serde::Serialize;

use crate::metrics::{Anomaly, Metrics, TaskFigures};
use crate::optimize::monitor::{Verdict, Watched};

/// What something is that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A task of the repository.
    Task,
    /// An automation of the user's.
    Automation,
}

impl Kind {
    /// The word in output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Task => "task",
            Self::Automation => "automation",
        }
    }
}

/// How a task or an automation did in a period.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Which of both it is.
    pub kind: Kind,
    /// The automation's id.
    pub id: Option<String>,
    /// Counts, percentiles, memory and the series, under its name.
    pub figures: TaskFigures,
    /// What its failed runs said, and how often; of automations alone, for logs tell it of tasks.
    pub errors: Vec<(String, u64)>,
    /// What is unusual, newest first, if it was noticed in the period.
    pub anomalies: Vec<Anomaly>,
    /// The original design's rank of an automation, where it is known what it saves.
    pub rank: Option<f64>,
    /// What is to be done about it, if it is an automation that is enabled.
    pub verdict: Option<Verdict>,
}

impl Series {
    /// A task.
    pub fn of_task(figures: TaskFigures, anomalies: Vec<Anomaly>) -> Self {
        Self {
            kind: Kind::Task,
            id: None,
            figures,
            errors: Vec::new(),
            anomalies,
            rank: None,
            verdict: None,
        }
    }

    /// The tasks of a period.
    pub fn of_tasks(metrics: &Metrics) -> Vec<Self> {
        let tasks = metrics.tasks.iter().map(|figures| {
            let anomalies = metrics.anomalies.iter();
            let anomalies = anomalies.filter(|it| it.task() == figures.task);
            Self::of_task(figures.clone(), anomalies.cloned().collect())
        });
        tasks.collect()
    }

    /// An automation.
    pub fn of_automation(watched: Watched, verdict: Option<Verdict>) -> Self {
        Self {
            kind: Kind::Automation,
            id: Some(watched.id),
            figures: watched.figures,
            errors: watched.errors,
            anomalies: watched.anomalies,
            rank: watched.rank,
            verdict,
        }
    }

    /// Those first that took most of the time.
    pub fn sort(all: &mut [Self]) {
        all.sort_by_key(|it| Reverse(it.figures.wall_ms));
    }
}
