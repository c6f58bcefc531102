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

/// Every exit code but 0.
pub const NOT_ZERO: [i32; 255] = {
    let mut numbers = [0; 255];
    let mut at = 0;
    let mut number = 1;
    while at < numbers.len() {
        numbers[at] = number;
        number += 1;
        at += 1;
    }
    numbers
};

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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;
    use crate::findings::{Finding, Severity, Unchecked};

    const CODES: Codes = Codes {
        clean: &[0],
        found: &[1],
        nothing: &[Nothing {
            code: Some(5),
            says: "no tests",
            because: "no tests were collected",
        }],
    };

    fn reading(findings: usize, checked: Option<u64>, unchecked: usize) -> Reading {
        let finding = Finding::new("t", "r", Severity::Low, "m".to_owned());
        let not = Unchecked {
            what: "a.py".to_owned(),
            reason: "syntax error".to_owned(),
        };
        Reading {
            findings: vec![finding; findings],
            checked,
            unchecked: vec![not; unchecked],
            ..Reading::default()
        }
    }

    fn judged(code: i32, said: &str, reading: &Result<Reading, ReadError>) -> (Verdict, String) {
        let judged = judge(CODES, &Ended::Exited(code), said, reading, None);
        (judged.verdict, judged.reason.unwrap_or_default())
    }

    #[test]
    fn the_report_decides_and_the_code_confirms() {
        use Verdict::{Clean, Findings, NotChecked, ToolError};
        let empty = || Err(ReadError::Empty);
        for (code, said, reading, verdict, reason) in [
            (0, "", Ok(reading(0, Some(3), 0)), Clean, ""),
            (1, "", Ok(reading(2, Some(3), 0)), Findings, ""),
            // Some tools exit with 0 whatever they found.
            (0, "", Ok(reading(2, None, 0)), Findings, ""),
            (
                0,
                "",
                Ok(reading(0, Some(0), 0)),
                NotChecked,
                "it looked at nothing",
            ),
            (0, "", Ok(reading(0, None, 0)), NotChecked, "does not say"),
            (
                0,
                "",
                Ok(reading(0, Some(3), 2)),
                NotChecked,
                "a.py: syntax error, and 1 more",
            ),
            (
                1,
                "",
                Ok(reading(0, Some(3), 0)),
                ToolError,
                "reported none",
            ),
            (
                1,
                "oops\n\n",
                empty(),
                ToolError,
                "it wrote no report: oops",
            ),
            (0, "", empty(), ToolError, "no report"),
            (
                2,
                "bad option",
                Ok(reading(2, Some(3), 0)),
                ToolError,
                "exited with 2: bad option",
            ),
            (
                5,
                "no tests ran",
                empty(),
                NotChecked,
                "no tests were collected",
            ),
            (5, "else", empty(), ToolError, "exited with 5: else"),
            (
                1,
                "see the log",
                Err(ReadError::Refused("no network".to_owned())),
                ToolError,
                "no network",
            ),
        ] {
            let (was, why) = judged(code, said, &reading);
            assert_eq!(was, verdict, "{code} {said}: {why}");
            assert!(why.contains(reason), "{code} {said}: {why}");
        }
    }

    proptest! {
        #[test]
        fn clean_means_that_everything_was_looked_at(
            code in -2..7, findings in 0_usize..3, checked in proptest::option::of(0_u64..3),
            unchecked in 0_usize..3, expected in proptest::option::of(0_u64..3),
        ) {
            let read = Ok(reading(findings, checked, unchecked));
            let verdict = judge(CODES, &Ended::Exited(code), "", &read, expected).verdict;
            let is_clean = code == 0 && findings == 0 && unchecked == 0
                && checked.or(expected).is_some_and(|count| count > 0);
            prop_assert_eq!(verdict == Verdict::Clean, is_clean);
        }

        #[test]
        fn what_did_not_end_by_itself_is_an_error(signal in 1..65) {
            let read = Ok(reading(0, Some(3), 0));
            for ended in [
                Ended::Signalled(signal),
                Ended::TimedOut,
                Ended::TooMuch,
                Ended::NotStarted("x".to_owned()),
            ] {
                prop_assert_eq!(judge(CODES, &ended, "", &read, None).verdict, Verdict::ToolError);
            }
        }
    }
}
