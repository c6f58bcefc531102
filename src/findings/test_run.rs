//! How tests went: numbers for all, names for those that did not just pass.

use serde::{Deserialize, Serialize};

/// So many tests are named as the slowest.
pub const SLOWEST: usize = 20;

/// How tests went. Each test is counted once.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tests {
    /// Those that passed, flaky ones included.
    pub passed: u64,
    /// Those whose assertion failed.
    pub failed: u64,
    /// Those that could not be run to their end: an error in a fixture, a file that cannot be loaded, a crash.
    pub errors: u64,
    /// Those that were left out, expected failures and to-dos included.
    pub skipped: u64,
    /// Those that failed first and passed when they were run again.
    pub flaky: u64,
    /// The seconds that they say they took together.
    pub seconds: f64,
    /// Those that did not just pass: failed, errors, skipped, flaky.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cases: Vec<Case>,
    /// The slowest, slowest first, at most [`SLOWEST`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub slowest: Vec<Case>,
}

impl Tests {
    /// All of them.
    pub const fn total(&self) -> u64 {
        self.passed
            .saturating_add(self.failed)
            .saturating_add(self.errors)
            .saturating_add(self.skipped)
    }

    /// Counts a test.
    pub fn count(&mut self, case: Case) {
        let counter = match case.outcome {
            CaseOutcome::Passed => &mut self.passed,
            CaseOutcome::Failed => &mut self.failed,
            CaseOutcome::Error => &mut self.errors,
            CaseOutcome::Skipped => &mut self.skipped,
            CaseOutcome::Flaky => {
                self.flaky = self.flaky.saturating_add(1);
                &mut self.passed
            }
        };
        *counter = counter.saturating_add(1);
        if let Some(seconds) = case.seconds.filter(|it| it.is_finite() && *it >= 0.0) {
            self.seconds += seconds;
            self.slow(&case, seconds);
        }
        if case.outcome != CaseOutcome::Passed {
            self.cases.push(case);
        }
    }

    fn slow(&mut self, case: &Case, seconds: f64) {
        let slower = |other: &Case| other.seconds.unwrap_or_default() >= seconds;
        let at = self.slowest.partition_point(slower);
        if at < SLOWEST {
            self.slowest.insert(at, case.clone());
            self.slowest.truncate(SLOWEST);
        }
    }

    /// Adds the tests of another run.
    pub fn merge(&mut self, other: Self) {
        let add = |one: &mut u64, two: u64| *one = one.saturating_add(two);
        add(&mut self.passed, other.passed);
        add(&mut self.failed, other.failed);
        add(&mut self.errors, other.errors);
        add(&mut self.skipped, other.skipped);
        add(&mut self.flaky, other.flaky);
        self.seconds += other.seconds;
        self.cases.extend(other.cases);
        for case in other.slowest {
            let seconds = case.seconds.unwrap_or_default();
            self.slow(&case, seconds);
        }
    }
}

/// One test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// Its suite or class and its name, as [`super::Subject::Test`] has it.
    pub name: String,
    /// How it went.
    pub outcome: CaseOutcome,
    /// How long it took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
}

/// How a test went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CaseOutcome {
    /// As it should.
    Passed,
    /// An assertion failed.
    Failed,
    /// It could not be run to its end.
    Error,
    /// It was left out.
    Skipped,
    /// It failed, was run again, and passed.
    Flaky,
}
