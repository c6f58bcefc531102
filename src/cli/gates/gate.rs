//! A gate, and how it stands.

use crate::findings::Finding;
use crate::queue::{JobId, Source};
use crate::tasks::Task;
use crate::tasks::task::Root;

/// A task in one folder, asked about a subject.
#[derive(Clone, Debug)]
pub struct Gate<'t> {
    /// The task.
    pub task: &'t Task,
    /// Where, if it has one job for each folder.
    pub folder: Option<String>,
}

impl<'t> Gate<'t> {
    /// The gates of a task whose folders are among `folders`, if it has one job for each.
    pub fn of(task: &'t Task, folders: impl FnOnce() -> Vec<String>) -> Vec<Self> {
        match task.root {
            Root::One(_) => vec![Self { task, folder: None }],
            Root::Each(_) => folders()
                .into_iter()
                .map(|folder| Self {
                    task,
                    folder: Some(folder),
                })
                .collect(),
        }
    }

    /// What people call it.
    pub fn title(&self) -> String {
        match &self.folder {
            Some(folder) => format!("{} ({folder})", self.task.key),
            None => self.task.key.clone(),
        }
    }

    /// The folder it runs in, below the top.
    pub fn root(&self) -> &str {
        match (&self.folder, &self.task.root) {
            (Some(folder), _) | (None, Root::One(folder)) => folder,
            (None, Root::Each(_)) => "",
        }
    }
}

/// How a gate stands.
#[derive(Clone, Debug)]
pub enum State {
    /// Nothing was found that counts.
    Passed,
    /// Something was.
    Failed(Box<Failure>),
    /// It is being looked at, or will be.
    Pending {
        /// By this job.
        job: JobId,
        /// Why it is not done.
        why: String,
    },
    /// It waits for the user's approval.
    Held {
        /// By this job, if there is one.
        job: Option<JobId>,
        /// Of what.
        why: String,
    },
    /// There is no verdict, and nothing is under way: not checked, or a tool failed.
    Unjudged {
        /// The job that came to none, if there is one.
        job: Option<JobId>,
        /// Why.
        why: String,
    },
}

impl State {
    /// Its name for programs.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed(_) => "failed",
            Self::Pending { .. } => "pending",
            Self::Held { .. } => "held",
            Self::Unjudged { .. } => "not-checked",
        }
    }
}

/// What was found that counts.
#[derive(Clone, Debug)]
pub struct Failure {
    /// In a sentence.
    pub summary: String,
    /// What.
    pub found: Found,
    /// How many findings the base has too, or that are suppressed.
    pub known: usize,
    /// Who says so.
    pub source: Source,
}

/// What was found.
#[derive(Clone, Debug)]
pub enum Found {
    /// These findings, which are new.
    Findings(Vec<Finding>),
    /// A command failed that says nothing that can be read.
    Output {
        /// The end of what it said.
        tail: String,
    },
}

/// A gate and how it stands.
#[derive(Clone, Debug)]
pub struct Judged<'t> {
    /// The gate.
    pub gate: Gate<'t>,
    /// How it stands.
    pub state: State,
}
