//! Runs of an automation, and what they say together.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::metrics::stats::Sorted;

/// How many runs of an automation are kept one by one; older ones are summed.
pub const KEPT_RUNS: usize = 1000;
/// How many kinds of errors are told.
const TOP_ERRORS: usize = 5;
/// How long the text of an error is, in characters.
const ERROR_LENGTH: usize = 100;

/// Where an automation ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunKind {
    /// In the sandbox, for a case.
    Sandbox,
    /// Where it is used.
    Live,
}

impl RunKind {
    /// The word in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sandbox => "sandbox",
            Self::Live => "live",
        }
    }
}

/// One run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// When it began, in ms UTC.
    pub at: i64,
    /// Where it ran.
    pub kind: RunKind,
    /// The case that was tried.
    pub case: Option<String>,
    /// Whether it succeeded: for a case, whether it ended as it was to.
    pub ok: bool,
    /// What it exited with; none if it was killed.
    pub exit: Option<i32>,
    /// How long it took, in ms.
    pub ms: u64,
    /// CPU time of the processes that it waited for, in ms; none if nobody measured it.
    pub cpu_ms: Option<u64>,
    /// The largest resident memory of any one process, in KiB; none if nobody measured it.
    pub peak_rss_kib: Option<u64>,
    /// What it said about its failure, as [`error_text`] has it.
    pub error: Option<String>,
}

/// Runs that are no longer kept one by one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summed {
    /// How many.
    pub count: u64,
    /// How many of them succeeded.
    pub ok: u64,
    /// How long they took together, in ms.
    pub total_ms: u64,
    /// The shortest, in ms; none without runs.
    pub min_ms: Option<u64>,
    /// The longest, in ms.
    pub max_ms: Option<u64>,
}

impl Summed {
    /// Adds a run.
    pub fn add(&mut self, ok: bool, ms: u64) {
        self.count = self.count.saturating_add(1);
        self.ok = self.ok.saturating_add(u64::from(ok));
        self.total_ms = self.total_ms.saturating_add(ms);
        self.min_ms = Some(self.min_ms.map_or(ms, |it| it.min(ms)));
        self.max_ms = Some(self.max_ms.map_or(ms, |it| it.max(ms)));
    }
}

/// What runs say together. Times are of all runs, quantiles of those that are kept one by one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Statistics {
    /// How many there were.
    pub count: u64,
    /// How many succeeded.
    pub ok: u64,
    /// How many did not.
    pub failed: u64,
    /// `ok / count`; none without runs.
    pub success_rate: Option<f64>,
    /// The mean, in ms.
    pub average_ms: Option<f64>,
    /// The shortest, in ms.
    pub min_ms: Option<u64>,
    /// The longest, in ms.
    pub max_ms: Option<u64>,
    /// The median, in ms.
    pub median_ms: Option<f64>,
    /// Nineteen of twenty took no longer, in ms.
    #[serde(default)]
    pub p95_ms: Option<f64>,
    /// When the last one began, in ms UTC.
    pub last_at: Option<i64>,
    /// The most frequent errors among the runs that are kept, and how often: five at most.
    pub errors: Vec<(String, u64)>,
}

impl Statistics {
    /// Of runs, and those before them.
    pub fn of<'a>(older: Summed, runs: impl IntoIterator<Item = &'a Run>) -> Self {
        let mut all = older;
        let mut times = Vec::new();
        let mut errors: BTreeMap<&str, u64> = BTreeMap::new();
        let mut last_at = None;
        for run in runs {
            all.add(run.ok, run.ms);
            times.push(rate(run.ms, 1));
            last_at = last_at.max(Some(run.at));
            if let Some(error) = run.error.as_deref().filter(|_| !run.ok) {
                *errors.entry(error).or_default() += 1;
            }
        }
        let mut errors: Vec<(String, u64)> = errors
            .into_iter()
            .map(|(error, count)| (error.to_owned(), count))
            .collect();
        errors.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
        errors.truncate(TOP_ERRORS);
        let times: Sorted = times.into_iter().collect();
        Self {
            count: all.count,
            ok: all.ok,
            failed: all.count.saturating_sub(all.ok),
            success_rate: (all.count > 0).then(|| rate(all.ok, all.count)),
            average_ms: (all.count > 0).then(|| rate(all.total_ms, all.count)),
            min_ms: all.min_ms,
            max_ms: all.max_ms,
            median_ms: times.median(),
            p95_ms: times.quantile(0.95),
            last_at,
            errors,
        }
    }
}

/// A part of a whole that is not 0.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of runs and of their milliseconds stay far below 2^52"
)]
pub(super) fn rate(part: u64, whole: u64) -> f64 {
    part as f64 / whole.max(1) as f64
}

/// What a run said about its failure, so that the same failure has the same text: its last line that says anything, of
/// which 100 characters are kept, with `#` for each number.
///
/// The last line, for tools tell first what they do and last why they stop.
pub fn error_text(said: &str) -> Option<String> {
    let line = said.lines().map(str::trim).rfind(|line| !line.is_empty())?;
    let mut text = String::new();
    let mut length = 0;
    let mut before = ' ';
    for c in line.chars() {
        let c = match c {
            c if c.is_ascii_digit() => '#',
            c if c.is_whitespace() || c.is_control() => ' ',
            c => c,
        };
        if (c == '#' || c == ' ') && c == before {
            continue;
        }
        if length == ERROR_LENGTH {
            break;
        }
        text.push(c);
        length += 1;
        before = c;
    }
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(at: i64, ok: bool, ms: u64, error: Option<&str>) -> Run {
        Run {
            at,
            kind: RunKind::Live,
            case: None,
            ok,
            exit: Some(i32::from(!ok)),
            ms,
            cpu_ms: None,
            peak_rss_kib: None,
            error: error.and_then(error_text),
        }
    }

    #[test]
    fn runs_are_summed_up() {
        let mut older = Summed::default();
        older.add(true, 50);
        let runs = [
            run(1, true, 10, None),
            run(3, false, 20, Some("warning\nerror at line 17\n\n")),
            run(2, false, 40, Some("error at line 2")),
        ];
        let all = Statistics::of(older, &runs);
        assert_eq!((all.count, all.ok, all.failed), (4, 2, 2));
        assert_eq!(all.success_rate, Some(0.5));
        assert_eq!(all.average_ms, Some(30.0));
        assert_eq!((all.min_ms, all.max_ms), (Some(10), Some(50)));
        assert_eq!(all.median_ms, Some(20.0));
        assert_eq!(all.p95_ms, Some(38.0));
        assert_eq!(all.last_at, Some(3));
        assert_eq!(all.errors, [("error at line #".to_owned(), 2)]);
        assert_eq!(Statistics::of(Summed::default(), []), Statistics::default());
    }

    #[test]
    fn five_errors_of_a_hundred_characters_are_told() {
        let runs: Vec<Run> = (0_u8..7)
            .map(|n| {
                let letter = char::from(b'a' + n).to_string();
                run(i64::from(n), false, 1, Some(&letter.repeat(300)))
            })
            .collect();
        let errors = Statistics::of(Summed::default(), &runs).errors;
        assert_eq!(errors.len(), 5);
        assert!(errors.iter().all(|(error, _)| error.chars().count() == 100));
        assert_eq!(error_text(" \n\t\n"), None);
    }
}
