//! Workflows: steps that need each other, how long they take, and what would make the whole faster.
//!
//! A [`Workflow`] is read from the tasks of a repository, from files of CI services, from Makefiles and justfiles, or is a
//! sequence that was mined; what can be said about it is a pure function of it: [`analyse`]. It knows how early and late
//! steps can begin ([`critical`]), who would do what when ([`schedule`](mod@schedule)), what of the stated order is needed
//! ([`order`]), what could run at the same time ([`parallel`]), which work was done again for nothing ([`cache`], [`waste`]),
//! and puts it together ([`plan`], [`advice`]) with a score ([`score`]; [`vy`] is the original's). What steps touch that
//! nobody states is seen when they are run ([`seen`]).

pub mod advice;
mod analysis;
pub mod bits;
pub mod cache;
pub mod critical;
pub mod early;
mod error;
pub mod graph;
pub mod order;
pub mod parallel;
mod period;
pub mod plan;
pub mod schedule;
pub mod score;
pub mod seen;
pub mod touch;
pub mod vy;
pub mod waste;

pub mod read;

use serde::{Deserialize, Serialize};

pub use advice::{Advice, Basis, Change, Saving};
pub use analysis::{Analysis, analyse};
pub use error::WorkflowError;
pub use period::Period;

#[cfg(test)]
mod tests;

/// Where a workflow was read from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "from")]
pub enum Origin {
    /// The repository's tasks.
    Tasks,
    /// A file of GitHub Actions, relative to the top.
    GithubActions {
        /// Which.
        file: String,
    },
    /// GitLab's CI file.
    GitlabCi {
        /// Which.
        file: String,
    },
    /// A Makefile.
    Make {
        /// Which.
        file: String,
    },
    /// A justfile.
    Just {
        /// Which.
        file: String,
    },
    /// A sequence that was found in histories.
    Mined {
        /// The proposal's or the automation's id.
        id: String,
    },
}

/// Steps that need each other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Workflow {
    /// What it is called.
    pub name: String,
    /// Where it was read.
    pub origin: Origin,
    /// Its steps; what one needs is named by its place. There are no circles: who reads a file that has one refuses it.
    pub steps: Vec<Step>,
    /// How many steps are at work at once, as it is run now; none for as many as are ready.
    pub workers: Option<usize>,
}

/// A step.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Its name, unique within the workflow.
    pub name: String,
    /// The places of the steps that must have ended before it begins, as the workflow says it.
    pub needs: Vec<usize>,
    /// How long it takes, in ms: the median of what was measured, or what was said; none if nothing is known.
    pub ms: Option<f64>,
    /// What it reads, as far as it is said or certain.
    pub reads: Touched,
    /// What it writes.
    pub writes: Touched,
    /// Its runs, oldest first, where they are known.
    pub runs: Vec<StepRun>,
    /// Whether it stands for all that it needs, as a goal of make does: it is not done before that is, whatever it touches.
    #[serde(default)]
    pub gathers: bool,
}

/// Paths that a step touches.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Touched {
    /// Nobody knows: it may be anything.
    #[default]
    Unknown,
    /// These and nothing else: paths or globs relative to the top, `/` between folders.
    Known(Vec<String>),
}

/// A run of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepRun {
    /// When it ended, in ms UTC.
    pub at: i64,
    /// How long it took, in ms.
    pub ms: u64,
    /// Whether it succeeded.
    pub ok: bool,
    /// What it depended on, as one digest, where that is known: the same digest is the same work again.
    pub input: Option<String>,
    /// What the run was for, such as a commit: runs of different steps for the same thing belong together.
    pub about: Option<String>,
}
