//! From how a call ended and what it wrote to one of the four verdicts. The report decides, the exit code confirms.

use super::adapter::{Nothing, Tool};
use super::readers::common::plain;
use super::reading::{ReadError, Reading};
use crate::findings::Verdict;

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// By itself.
    Exited(i32),
    /// A signal ended it.
    Signalled(i32),
    /// It ran longer than it may.
    TimedOut,
    /// It wrote more than it may.
    TooMuch,
    /// It could not be started.
    NotStarted(String),
}

/// Which exit codes a tool has, and what else it says.
#[derive(Clone, Copy, Debug)]
pub struct Codes {
    /// See [`Tool::clean`].
    pub clean: &'static [i32],
    /// See [`Tool::found`].
    pub found: &'static [i32],
    /// See [`Tool::nothing`].
    pub nothing: &'static [Nothing],
}

impl From<&Tool> for Codes {
    fn from(tool: &Tool) -> Self {
        Self {
            clean: tool.clean,
            found: tool.found,
            nothing: tool.nothing,
        }
    }
}

/// A verdict, and why it is not clean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// The verdict.
    pub verdict: Verdict,
    /// For people, without the tool's name; nothing for clean and for findings.
    pub reason: Option<String>,
}

impl Judged {
    /// Not checked, for this reason.
    pub fn nothing(reason: &str) -> Self {
        Self::new(Verdict::NotChecked, reason.to_owned())
    }

    /// A failure of the tool.
    pub fn failed(reason: &str) -> Self {
        Self::new(Verdict::ToolError, reason.to_owned())
    }

    /// Whether the tool failed.
    pub fn is_failure(&self) -> bool {
        self.verdict == Verdict::ToolError
    }

    /// What this call and another one of the same tool came to together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        if other.verdict > self.verdict {
            other
        } else {
            self
        }
    }

    fn new(verdict: Verdict, reason: impl Into<Option<String>>) -> Self {
        Self {
            verdict,
            reason: reason.into(),
        }
    }
}

/// Judges one run of a tool, which may have been several calls.
///
/// `said` is the end of what it wrote besides its report. `expected` is how many things it was to look at, as far as that
/// was known before; it serves where the report does not tell how many it did look at.
pub fn judge(
    codes: Codes,
    ended: &Ended,
    said: &str,
    reading: &Result<Reading, ReadError>,
    expected: Option<u64>,
) -> Judged {
    let code = match ended {
        Ended::Exited(code) => *code,
        Ended::Signalled(signal) => {
            return Judged::new(
                Verdict::ToolError,
                format!("it was killed by signal {signal}"),
            );
        }
        Ended::TimedOut => {
            return Judged::new(
                Verdict::ToolError,
                "it ran longer than its time-out".to_owned(),
            );
        }
        Ended::TooMuch => {
            return Judged::new(
                Verdict::ToolError,
                "it wrote more than its limit".to_owned(),
            );
        }
        Ended::NotStarted(why) => {
            return Judged::new(
                Verdict::ToolError,
                format!("it could not be started: {why}"),
            );
        }
    };
    let has_findings = reading.as_ref().is_ok_and(|it| !it.findings.is_empty());
    let nothing = codes.nothing.iter().find(|nothing| {
        nothing.code.is_none_or(|expected| expected == code) && said.contains(nothing.says)
    });
    if let Some(nothing) = nothing.filter(|_| !has_findings) {
        return Judged::new(Verdict::NotChecked, nothing.because.to_owned());
    }
    let is_clean = codes.clean.contains(&code);
    if !is_clean && !codes.found.contains(&code) {
        return Judged::new(Verdict::ToolError, failed(code, said, reading));
    }
    let reading = match reading {
        Ok(reading) => reading,
        // The tool's own words about its failure need no others.
        Err(ReadError::Refused(message)) => {
            return Judged::new(Verdict::ToolError, message.clone());
        }
        Err(error) => return Judged::new(Verdict::ToolError, with_words(&error.to_string(), said)),
    };
    let unchecked = reading.unchecked.len() as u64;
    if has_findings {
        return Judged::new(Verdict::Findings, None);
    }
    if unchecked > 0 {
        return Judged::new(Verdict::NotChecked, not_looked_at(reading));
    }
    if !is_clean {
        let reason = format!("it exited with {code}, which means findings, and reported none");
        return Judged::new(Verdict::ToolError, with_words(&reason, said));
    }
    match reading.checked.or(expected) {
        Some(0) => Judged::new(Verdict::NotChecked, "it looked at nothing".to_owned()),
        None => Judged::new(
            Verdict::NotChecked,
            "it does not say that it looked at anything".to_owned(),
        ),
        Some(_) => Judged::new(Verdict::Clean, None),
    }
}

fn failed(code: i32, said: &str, reading: &Result<Reading, ReadError>) -> String {
    match reading {
        // The tool's own words about its failure are better than its code.
        Err(ReadError::Refused(message)) => message.clone(),
        _ => with_words(&format!("it exited with {code}"), said),
    }
}

fn with_words(reason: &str, said: &str) -> String {
    match last_words(said) {
        Some(words) => format!("{reason}: {words}"),
        None => reason.to_owned(),
    }
}

/// The last line of what a tool wrote that says something, shortened.
fn last_words(said: &str) -> Option<String> {
    let said: String = plain(said).collect();
    let line = said
        .lines()
        .rev()
        .map(str::trim)
        .find(|line| line.chars().any(char::is_alphabetic))?;
    Some(line.chars().take(200).collect())
}

fn not_looked_at(reading: &Reading) -> Option<String> {
    let first = reading.unchecked.first()?;
    let more = reading.unchecked.len() - 1;
    Some(match more {
        0 => format!("{}: {}", first.what, first.reason),
        _ => format!("{}: {}, and {more} more", first.what, first.reason),
    })
}
