//! What a run of a tool came to: four answers, of which only one says that all is well.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Finding, Level, Severity};

/// What a run of a tool, or of several, came to.
///
/// A tool that exits with 0 without having looked at anything is not checked; that is never clean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Everything was looked at, and nothing was found.
    Clean,
    /// Nothing was found, and not everything was looked at.
    NotChecked,
    /// Something was found.
    Findings,
    /// The tool failed; what it found besides is kept.
    ToolError,
}

impl Verdict {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::NotChecked => "not-checked",
            Self::Findings => "findings",
            Self::ToolError => "tool-error",
        }
    }

    /// What several runs came to together: a failed tool outweighs findings, findings outweigh what was not checked. Of
    /// no run at all: not checked.
    pub fn of_all(verdicts: impl IntoIterator<Item = Self>) -> Self {
        verdicts.into_iter().max().unwrap_or(Self::NotChecked)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// S1's status of an analysis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Nothing to worry about.
    Success,
    /// Worth a look.
    Warning,
    /// Worth a look now.
    Error,
}

/// By which rule findings become a status (FRAMEWORK.md §6.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StatusRule {
    /// Error if anything is critical, warning if anything is high.
    Security,
    /// Error at more than 10 errors, warning at more than 20 warnings.
    Quality,
    /// Error if any test failed.
    Tests,
    /// Warning at more than 10 complex functions and large files.
    Performance,
}

impl StatusRule {
    /// The status of these findings.
    pub fn status<'a>(self, findings: impl IntoIterator<Item = &'a Finding>) -> Status {
        let (mut critical, mut high, mut errors, mut warnings) = (false, false, 0_u32, 0_u32);
        let mut all = 0_u32;
        for finding in findings {
            all = all.saturating_add(1);
            critical |= finding.severity == Severity::Critical;
            high |= finding.severity == Severity::High;
            match finding.severity.level() {
                Level::Error => errors = errors.saturating_add(1),
                Level::Warning => warnings = warnings.saturating_add(1),
                Level::Note => {}
            }
        }
        let (error, warning) = match self {
            Self::Security => (critical, high),
            Self::Quality => (errors > 10, warnings > 20),
            Self::Tests => (errors > 0, false),
            Self::Performance => (false, all > 10),
        };
        match (error, warning) {
            (true, _) => Status::Error,
            (false, true) => Status::Warning,
            (false, false) => Status::Success,
        }
    }
}
