//! Workflows of which nothing can be said.

use thiserror::Error;

/// Why a workflow cannot be analysed; fits "failed to look through the workflow: …".
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum WorkflowError {
    /// Steps wait for each other.
    #[error("these steps wait for each other: {}", .steps.join(" → "))]
    Circle {
        /// Their names, each before the one that waits for it; the last one is the first.
        steps: Vec<String>,
    },
    /// A step needs a place at which there is no step.
    #[error("step {step} needs step number {place}, and there are {count}")]
    Missing {
        /// The step.
        step: String,
        /// The place, counted from 0.
        place: usize,
        /// How many steps there are.
        count: usize,
    },
    /// A duration that is none.
    #[error("step {step} takes {ms} ms, which is no duration")]
    Duration {
        /// The step.
        step: String,
        /// What was said, as text.
        ms: String,
    },
    /// There are too many steps.
    #[error("it has {count} steps; at most {most} are looked at")]
    TooMany {
        /// How many.
        count: usize,
        /// How many are taken.
        most: usize,
    },
}
