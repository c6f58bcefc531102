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
    /// It has one for each folder, and there is none.
    pub nowhere: bool,
}

impl<'t> Gate<'t> {
    /// The gate of a task that has one job.
    pub const fn of(task: &'t Task) -> Self {
        Self {
            task,
            folder: None,
            nowhere: false,
        }
    }

    /// The gates of a task that has one job for each of these folders. Without any there is one that nothing can pass:
    /// what nobody looks at is not judged.
    pub fn in_folders(task: &'t Task, folders: Vec<String>) -> Vec<Self> {
        if folders.is_empty() {
            return vec![Self {
                nowhere: true,
                ..Self::of(task)
            }];
        }
        let gates = folders.into_iter().map(|folder| Self {
            folder: Some(folder),
            ..Self::of(task)
        });
        gates.collect()
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
