//! What a reader makes of a tool's output.

use std::io;

use crate::findings::{Finding, Tests, Unchecked};

/// More findings of one run are no list that anybody reads, and no output of a tool that works.
pub const MOST_FINDINGS: usize = 250_000;

/// What a reader makes of a tool's output.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// In the order of the output. Paths are as the tool wrote them.
    pub findings: Vec<Finding>,
    /// How many files (of an audit: dependencies, of a test run: tests) were looked at, if the output tells it.
    pub checked: Option<u64>,
    /// What was not, and why.
    pub unchecked: Vec<Unchecked>,
    /// Of a test run.
    pub tests: Option<Tests>,
    /// The tool's version, if the output tells it.
    pub version: Option<String>,
}

impl Reading {
    /// Adds a finding, as long as there are not too many.
    pub fn push(&mut self, finding: Finding) -> Result<(), ReadError> {
        if self.findings.len() >= MOST_FINDINGS {
            return Err(ReadError::TooMany);
        }
        self.findings.push(finding);
        Ok(())
    }

    /// Adds what another call of the same tool found.
    pub fn merge(&mut self, other: Self) -> Result<(), ReadError> {
        for finding in other.findings {
            self.push(finding)?;
        }
        self.checked = match (self.checked, other.checked) {
            (Some(one), Some(two)) => Some(one.saturating_add(two)),
            (one, two) => one.or(two),
        };
        self.unchecked.extend(other.unchecked);
        match (&mut self.tests, other.tests) {
            (Some(tests), Some(more)) => tests.merge(more),
            (tests @ None, more) => *tests = more,
            (Some(_), None) => {}
        }
        self.version = self.version.take().or(other.version);
        Ok(())
    }
}

/// Why an output could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// There is none.
    #[error("it wrote no report")]
    Empty,
    /// It is not what it should be.
    #[error("its report is not {expected}: {message}")]
    Malformed {
        /// What it should be, such as "bandit's JSON".
        expected: &'static str,
        /// What is wrong, and where.
        message: String,
    },
    /// The report is the tool's own word that it failed.
    #[error("{0}")]
    Refused(String),
    /// See [`MOST_FINDINGS`].
    #[error("it reports more than {MOST_FINDINGS} findings")]
    TooMany,
    /// It could not be read at all.
    #[error("its report cannot be read: {0}")]
    Io(#[from] io::Error),
}
