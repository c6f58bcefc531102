//! The text of `python -m unittest -v`.
//!
//! The numbers are those of the last lines, `Ran 17 tests` and `FAILED (failures=5, errors=5)`; how many passed they do not
//! say (and Python 3.12.1 does not count skipped tests among those that ran), so that is the number of lines `... ok`, and no
//! more than what the others leave of those that ran. Failures are taken from the blocks below `======`. A subtest that
//! failed is one failure, as with unittest; an unexpected success is a failure; an expected failure is skipped. Without the
//! last lines the run was killed, and its report is malformed.

use std::collections::BTreeSet;
use std::io::BufRead;

use super::common::{malformed, next_line, plain};
use super::record::{Excerpt, Record};
use super::trace;
use crate::findings::{CaseOutcome, Tests};
use crate::tools::{ReadError, Reading};

const EXPECTED: &str = "unittest's output";
/// The line above a failure.
const DOUBLE: &str = "======================================================================";
/// The line below its name, and above the summary.
const SINGLE: &str = "----------------------------------------------------------------------";

/// Reads a report; the findings' tool is `unittest`.
pub fn read(report: &mut dyn BufRead) -> Result<Reading, ReadError> {
    let mut run = Run::default();
    let (mut bytes, mut is_empty) = (Vec::new(), true);
    while next_line(report, &mut bytes)?.is_some() {
        is_empty &= bytes.iter().all(u8::is_ascii_whitespace);
        let line: String = plain(&String::from_utf8_lossy(&bytes)).collect();
        run.take(&line);
    }
    match () {
        () if is_empty => Err(ReadError::Empty),
        () => run.finish(),
    }
}

#[derive(Default)]
struct Run {
    /// The test that runs, by its first line `test_ok (tests.test_app.TestApp)`.
    running: Option<String>,
    /// How many lines end with `ok`.
    passed: u64,
    /// Whether there are lines of tests at all.
    is_verbose: bool,
    skipped: Vec<(String, CaseOutcome)>,
    failures: Vec<Failure>,
    state: State,
    ran: Option<(u64, f64)>,
    summary: Option<Summary>,
    /// The last line of an error without which nothing runs.
    error: Option<String>,
}

#[derive(Default, PartialEq, Eq, Clone, Copy)]
enum State {
    /// Tests run.
    #[default]
    Running,
    /// Behind `======`.
    Head,
    /// Behind a failure's name: a docstring may follow.
    Name,
    /// Within a failure.
    Body,
}

struct Failure {
    name: String,
    outcome: CaseOutcome,
    text: Excerpt,
}

#[derive(Clone, Copy, Default)]
struct Summary {
    failures: u64,
    errors: u64,
    skipped: u64,
    expected: u64,
    unexpected: u64,
}

impl Run {
    fn take(&mut self, line: &str) {
        if line == DOUBLE {
            self.state = State::Head;
            return;
        }
        if let Some(ran) = ran(line) {
            self.ran = Some(ran);
            self.summary = None;
            self.state = State::Running;
            return;
        }
        if self.ran.is_some()
            && let Some(summary) = summary(line)
        {
            self.summary = Some(summary);
            return;
        }
        match self.state {
            State::Running => self.take_running(line),
            State::Head => self.take_head(line),
            State::Name if line == SINGLE => self.state = State::Body,
            State::Name => {}
            State::Body => {
                if let Some(failure) = self.failures.last_mut() {
                    failure.text.push(line);
                    failure.text.push("\n");
                }
            }
        }
    }

    fn take_head(&mut self, line: &str) {
        self.state = State::Name;
        for (words, outcome) in [
            ("ERROR: ", CaseOutcome::Error),
            ("FAIL: ", CaseOutcome::Failed),
            ("UNEXPECTED SUCCESS: ", CaseOutcome::Failed),
        ] {
            if let Some(name) = line.strip_prefix(words) {
                let mut text = Excerpt::default();
                if words.starts_with("UNEXPECTED") {
                    text.push("it was expected to fail, and passed\n");
                }
                self.failures.push(Failure {
                    name: name.to_owned(),
                    outcome,
                    text,
                });
                return;
            }
        }
        self.state = State::Running;
    }

    fn take_running(&mut self, line: &str) {
        if !line.starts_with(' ') && line.contains("Error: ") {
            self.error = Some(line.to_owned());
        }
        // The reason of `skipped 'why ... ok'` may have the dots too.
        let skipped = line.split_once(" ... skipped ").map(|(head, _)| head);
        let (head, end) = match skipped {
            Some(head) => (head, line.get(head.len() + 5..).unwrap_or_default()),
            None => line.rsplit_once(" ... ").unwrap_or(("", line)),
        };
        // Before Python 3.11 a test with subtests has no line of its own, and the next one follows on the same.
        let named = match head {
            "" => line,
            head => head.rsplit(" ... ").next().unwrap_or(head),
        };
        let is_named = is_test(named);
        if is_named && !named.starts_with(' ') {
            self.running = Some(named.to_owned());
            self.is_verbose = true;
        }
        let outcome = match end.trim_end() {
            "expected failure" => CaseOutcome::Skipped,
            "unexpected success" => CaseOutcome::Failed,
            end if end.starts_with("skipped '") || end.starts_with("skipped \"") => {
                CaseOutcome::Skipped
            }
            // A test may have written an unfinished line.
            end if end.ends_with("ok") => {
                self.passed += u64::from(self.running.take().is_some());
                return;
            }
            _ => return,
        };
        let name = match (is_named, named.starts_with(' ')) {
            (true, true) => Some(named.to_owned()),
            (true, false) | (false, _) => self.running.take(),
        };
        self.skipped.push((name.unwrap_or_default(), outcome));
    }

    fn finish(self) -> Result<Reading, ReadError> {
        let (Some((ran, seconds)), Some(summary)) = (self.ran, self.summary) else {
            return Err(match self.error {
                Some(error) if self.running.is_none() => {
                    ReadError::Refused(error.chars().take(400).collect())
                }
                _ => malformed(EXPECTED, "it ends in the middle"),
            });
        };
        let mut record = Record::new("unittest");
        // The tests among those that ran that failed; a class's set-up is none.
        let mut others = BTreeSet::new();
        let mut total = Tests {
            failed: summary.failures + summary.unexpected,
            errors: summary.errors,
            skipped: summary.skipped + summary.expected,
            seconds,
            ..Tests::default()
        };
        for failure in self.failures {
            let left = match failure.outcome {
                CaseOutcome::Error => &mut total.errors,
                _ => &mut total.failed,
            };
            let Some(less) = left.checked_sub(1) else {
                continue;
            };
            *left = less;
            let text = failure.text.text();
            let place = trace::place(&text, "");
            let name = dotted(&failure.name);
            others.extend(test(&failure.name));
            record.fail(&name, failure.outcome, None, &words(&text), place)?;
        }
        for (name, outcome) in self.skipped {
            match (outcome, total.skipped, total.failed) {
                (CaseOutcome::Skipped, 1.., _) if !name.is_empty() => {
                    total.skipped -= 1;
                    record.count(&dotted(&name), outcome, None);
                }
                // Before Python 3.11 an unexpected success has no block.
                (CaseOutcome::Failed, _, 1..) => {
                    total.failed -= 1;
                    let message = "it was expected to fail, and passed";
                    record.fail(&dotted(&name), outcome, None, message, None)?;
                }
                _ => {}
            }
        }
        for (left, outcome) in [
            (&mut total.failed, CaseOutcome::Failed),
            (&mut total.errors, CaseOutcome::Error),
        ] {
            if *left > 0 {
                *left -= 1;
                record.fail("a test whose name is lost", outcome, None, "", None)?;
            }
        }
        let rest = ran.saturating_sub(others.len() as u64);
        total.passed = if self.is_verbose {
            self.passed.min(rest)
        } else {
            rest.saturating_sub(summary.skipped + summary.expected)
        };
        record.add(&total);
        Ok(record.finish())
    }
}

/// Whether a line begins as a test does: `test_ok (tests.test_app.TestApp.test_ok)`, and a subtest with ` [m] (i=1)` behind.
fn is_test(line: &str) -> bool {
    line.split_once(" (").is_some_and(|(name, rest)| {
        let name = name.trim_start();
        let is_word = |text: &str| !text.contains(char::is_whitespace);
        // A doctest has no class: `merge ()`.
        let class = rest.split_once(')').map(|(class, _)| class);
        !name.is_empty() && is_word(name) && class.is_some_and(is_word)
    })
}

/// The test of a name, without its subtest; nothing for the set-up of a class or a module.
fn test(name: &str) -> Option<String> {
    let name = name.trim();
    let fixtures = [
        "setUpClass",
        "tearDownClass",
        "setUpModule",
        "tearDownModule",
    ];
    let (method, rest) = name.split_once(" (")?;
    if fixtures.contains(&method) {
        return None;
    }
    let (class, _) = rest.split_once(')')?;
    Some(format!("{method} ({class})"))
}

/// `tests.test_app.TestApp::test_ok` of `test_ok (tests.test_app.TestApp.test_ok)`; before Python 3.11 the method's name is
/// not repeated.
fn dotted(name: &str) -> String {
    let name = name.trim();
    let Some((method, rest)) = name.split_once(" (") else {
        return name.to_owned();
    };
    let Some((class, subtest)) = rest.split_once(')') else {
        return name.to_owned();
    };
    // A doctest, and a module that cannot be loaded.
    if class.is_empty() || class.starts_with("unittest.loader.") {
        return method.to_owned();
    }
    let class = class
        .strip_suffix(method)
        .and_then(|class| class.strip_suffix('.'))
        .unwrap_or(class);
    format!("{class}::{method}{subtest}")
}

/// The number and the seconds of `Ran 17 tests in 0.002s`.
fn ran(line: &str) -> Option<(u64, f64)> {
    let (number, seconds) = line.strip_prefix("Ran ")?.split_once(" test")?;
    let seconds = seconds.trim_start_matches('s').strip_prefix(" in ")?;
    let seconds: f64 = seconds.strip_suffix('s')?.parse().ok()?;
    let seconds = Some(seconds).filter(|it| it.is_finite() && *it >= 0.0)?;
    Some((number.parse().ok()?, seconds))
}

/// The numbers of `OK`, `FAILED (failures=5, errors=5)` and `NO TESTS RAN`.
fn summary(line: &str) -> Option<Summary> {
    let mut summary = Summary::default();
    let rest = ["OK", "FAILED", "NO TESTS RAN"]
        .iter()
        .find_map(|word| line.strip_prefix(word))?;
    if rest.is_empty() {
        return Some(summary);
    }
    for part in rest.strip_prefix(" (")?.strip_suffix(')')?.split(", ") {
        let (name, number) = part.split_once('=')?;
        // As many as there are tests: no overflow in sums of them.
        let number = u64::from(number.parse::<u32>().ok()?);
        match name {
            "failures" => summary.failures = number,
            "errors" => summary.errors = number,
            "skipped" => summary.skipped = number,
            "expected failures" => summary.expected = number,
            "unexpected successes" => summary.unexpected = number,
            _ => {}
        }
    }
    Some(summary)
}

/// What was raised comes last in a traceback; it comes first in a message.
fn words(text: &str) -> String {
    let lines = text.lines().collect::<Vec<_>>();
    let last_call = lines.iter().rposition(|line| line.starts_with("  "));
    let raised = last_call
        .and_then(|at| lines.get(at + 1..))
        .unwrap_or_default();
    let raised = raised.join("\n");
    match raised.trim() {
        "" => text.to_owned(),
        raised => format!("{raised}\n\n{}", text.trim()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use proptest::prelude::*;

    use super::super::record::shown;
    use super::*;

    fn of(mut report: &[u8]) -> String {
        shown(&read(&mut report))
    }

    #[test]
    fn python_3_13() {
        insta::assert_snapshot!(of(include_bytes!("../../../fixtures/tools/unittest/3.13.0.txt")), @r#"
        5 passed, 6 failed, 5 errors, 5 skipped, 0 flaky; 16 checked
        error tests.test_app.TestApp::test_err @ /home/dev/ut/tests/test_app.py:15 | ValueError: no
        error tests.test_app.TestSetup::setUpClass @ /home/dev/ut/tests/test_app.py:46 | RuntimeError: class setup
        error tests.test_app.TestTd::test_both @ /home/dev/ut/tests/test_app.py:40 | RuntimeError: td
        error tests.test_app.TestTd::test_pass @ /home/dev/ut/tests/test_app.py:40 | RuntimeError: td
        error tests.test_imp @ /home/dev/ut/tests/test_imp.py:1 | ModuleNotFoundError: No module named 'nothere'
        failed tests.test_app.TestApp::test_fail @ /home/dev/ut/tests/test_app.py:10 | AssertionError: 1 != 2
        failed tests.test_app.TestApp::test_faildoc @ /home/dev/ut/tests/test_app.py:13 | AssertionError: Lists differ: [1, 2] != [1, 3]
        failed tests.test_app.TestApp::test_sub [m] (i=1) @ /home/dev/ut/tests/test_app.py:28 | AssertionError: 1 == 1
        failed tests.test_app.TestApp::test_sub [m] (i=3) @ /home/dev/ut/tests/test_app.py:28 | AssertionError: 1 == 1
        failed tests.test_app.TestTd::test_both @ /home/dev/ut/tests/test_app.py:42 | AssertionError: x
        failed tests.test_app.TestApp::test_xpass @  | it was expected to fail, and passed
        Skipped tests.test_app.TestApp::test_skip
        Skipped tests.test_app.TestApp::test_skipdoc
        Skipped tests.test_app.TestApp::test_subskip (i=1)
        Skipped tests.test_app.TestApp::test_xf
        Skipped tests.test_app.TestSkipAll::setUpClass
        "#);
    }

    #[test]
    fn older_pythons_write_other_lines_for_the_same() {
        insta::assert_snapshot!(of(include_bytes!("../../../fixtures/tools/unittest/3.8.18.txt")), @r#"
        5 passed, 6 failed, 5 errors, 5 skipped, 0 flaky; 16 checked
        error tests.test_app.TestApp::test_err @ /home/dev/ut/tests/test_app.py:15 | ValueError: no
        error tests.test_app.TestSetup::setUpClass @ /home/dev/ut/tests/test_app.py:46 | RuntimeError: class setup
        error tests.test_app.TestTd::test_both @ /home/dev/ut/tests/test_app.py:40 | RuntimeError: td
        error tests.test_app.TestTd::test_pass @ /home/dev/ut/tests/test_app.py:40 | RuntimeError: td
        error tests.test_imp @ /home/dev/ut/tests/test_imp.py:1 | ModuleNotFoundError: No module named 'nothere'
        failed tests.test_app.TestApp::test_fail @ /home/dev/ut/tests/test_app.py:10 | AssertionError: 1 != 2
        failed tests.test_app.TestApp::test_faildoc @ /home/dev/ut/tests/test_app.py:13 | AssertionError: Lists differ: [1, 2] != [1, 3]
        failed tests.test_app.TestApp::test_sub [m] (i=1) @ /home/dev/ut/tests/test_app.py:28 | AssertionError: 1 == 1
        failed tests.test_app.TestApp::test_sub [m] (i=3) @ /home/dev/ut/tests/test_app.py:28 | AssertionError: 1 == 1
        failed tests.test_app.TestTd::test_both @ /home/dev/ut/tests/test_app.py:42 | AssertionError: x
        failed tests.test_app.TestApp::test_xpass @  | it was expected to fail, and passed
        Skipped tests.test_app.TestApp::test_skip
        Skipped tests.test_app.TestApp::test_skipdoc
        Skipped tests.test_app.TestApp::test_subskip
        Skipped tests.test_app.TestApp::test_xf
        "#);
        insta::assert_snapshot!(of(include_bytes!("../../../fixtures/tools/unittest/3.12.1.txt")), @r#"
        5 passed, 6 failed, 5 errors, 5 skipped, 0 flaky; 16 checked
        error tests.test_app.TestApp::test_err @ /home/dev/ut/tests/test_app.py:15 | ValueError: no
        error tests.test_app.TestSetup::setUpClass @ /home/dev/ut/tests/test_app.py:46 | RuntimeError: class setup
        error tests.test_app.TestTd::test_both @ /home/dev/ut/tests/test_app.py:40 | RuntimeError: td
        error tests.test_app.TestTd::test_pass @ /home/dev/ut/tests/test_app.py:40 | RuntimeError: td
        error tests.test_imp @ /home/dev/ut/tests/test_imp.py:1 | ModuleNotFoundError: No module named 'nothere'
        failed tests.test_app.TestApp::test_fail @ /home/dev/ut/tests/test_app.py:10 | AssertionError: 1 != 2
        failed tests.test_app.TestApp::test_faildoc @ /home/dev/ut/tests/test_app.py:13 | AssertionError: Lists differ: [1, 2] != [1, 3]
        failed tests.test_app.TestApp::test_sub [m] (i=1) @ /home/dev/ut/tests/test_app.py:28 | AssertionError: 1 == 1
        failed tests.test_app.TestApp::test_sub [m] (i=3) @ /home/dev/ut/tests/test_app.py:28 | AssertionError: 1 == 1
        failed tests.test_app.TestTd::test_both @ /home/dev/ut/tests/test_app.py:42 | AssertionError: x
        failed tests.test_app.TestApp::test_xpass @  | it was expected to fail, and passed
        Skipped tests.test_app.TestApp::test_skip
        Skipped tests.test_app.TestApp::test_skipdoc
        Skipped tests.test_app.TestApp::test_subskip (i=1)
        Skipped tests.test_app.TestApp::test_xf
        Skipped tests.test_app.TestSkipAll::setUpClass
        "#);
    }

    #[test]
    fn files_that_cannot_be_loaded_crashes_and_no_tests() {
        insta::assert_snapshot!(of(include_bytes!("../../../fixtures/tools/unittest/syntax_error.txt")), @r#"
        0 passed, 0 failed, 1 errors, 0 skipped, 0 flaky; 1 checked
        error tests.test_syn @ /home/dev/utsyn/tests/test_syn.py:1 | SyntaxError: invalid syntax
        "#);
        insta::assert_snapshot!(of(include_bytes!("../../../fixtures/tools/unittest/crash.txt")), @r#"
        its report is not unittest's output: it ends in the middle
        "#);
        insta::assert_snapshot!(of(include_bytes!("../../../fixtures/tools/unittest/none.txt")), @r#"
        0 passed, 0 failed, 0 errors, 0 skipped, 0 flaky; 0 checked
        "#);
    }

    #[test]
    fn what_is_no_report_is_malformed() {
        for (report, expected) in [
            ("", "it wrote no report"),
            (
                "nonsense\n",
                "its report is not unittest's output: it ends in the middle",
            ),
            (
                "Traceback (most recent call last):\n  File \"x\"\nImportError: Start directory is not importable: 'tests'\n",
                "ImportError: Start directory is not importable: 'tests'",
            ),
        ] {
            assert_eq!(of(report.as_bytes()), expected);
        }
        insta::assert_snapshot!(of(b"..F\nRan 3 tests in 0.1s\n\nFAILED (failures=1, errors=99999999999999999999)\n"), @r#"
        its report is not unittest's output: it ends in the middle
        "#);
        insta::assert_snapshot!(of(b"Ran 3 tests in 0.1s\n\nFAILED (failures=4294967295, skipped=4294967295)\n"), @r#"
        0 passed, 4294967295 failed, 0 errors, 4294967295 skipped, 0 flaky; 4294967295 checked
        failed a test whose name is lost @  | it does not say why
        "#);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = read(&mut bytes.as_slice());
        }

        #[test]
        fn a_changed_report_is_read(at in any::<prop::sample::Index>(), with in prop::collection::vec(any::<u8>(), 0..9), cut in 0..40_usize) {
            let mut bytes = include_bytes!("../../../fixtures/tools/unittest/3.13.0.txt").to_vec();
            let at = at.index(bytes.len());
            let end = (at + cut).min(bytes.len());
            bytes.splice(at..end, with);
            let _ = read(&mut bytes.as_slice());
        }
    }
}
