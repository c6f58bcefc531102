//! Why a file is not read.

use thiserror::Error;

use super::{LARGEST, MOST_STEPS};

/// So many names of a circle are shown.
const SHOWN: usize = 12;

/// Why a file is not read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ReadError {
    /// It is larger than [`LARGEST`].
    #[error("it is larger than {} KiB", LARGEST / 1024)]
    TooLarge,
    /// A line does not say what it should.
    #[error("line {line}: {what}")]
    Line {
        /// Which, from 1.
        line: usize,
        /// What is wrong with it.
        what: String,
    },
    /// There are more than [`MOST_STEPS`].
    #[error("it has more than {MOST_STEPS} steps")]
    TooMany,
    /// Steps need each other.
    #[error("line {line}: these need each other: {}", shown(names))]
    Circle {
        /// Where one of them is.
        line: usize,
        /// Each needs the one behind it, and the last the first.
        names: Vec<String>,
    },
    /// It describes nothing.
    #[error("it describes nothing that is run")]
    Nothing,
}

impl ReadError {
    pub(super) fn at(line: usize, what: impl Into<String>) -> Self {
        Self::Line {
            line,
            what: what.into(),
        }
    }
}

fn shown(names: &[String]) -> String {
    let mut text = names
        .iter()
        .take(SHOWN)
        .cloned()
        .collect::<Vec<_>>()
        .join(" → ");
    if names.len() > SHOWN {
        text.push_str(" → …");
    }
    if let Some(first) = names.first() {
        text.push_str(" → ");
        text.push_str(first);
    }
    text
}
