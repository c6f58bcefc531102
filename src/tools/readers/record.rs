//! What the readers of test reports share: a record of the tests as they are read, and excerpts of long texts.

use crate::findings::{Case, CaseOutcome, Finding, Place, Severity, Subject, Tests};
use crate::tools::{ReadError, Reading};

/// So many bytes are kept of the beginning and of the end of what a test wrote: messages come first, tracebacks may come
/// last.
const KEPT: usize = 16 << 10;

/// The tests of a report as they are read. Those that failed become findings with rule `failed` or `error`.
#[derive(Debug)]
pub struct Record {
    tool: &'static str,
    reading: Reading,
    tests: Tests,
}

impl Record {
    /// An empty one; `tool` is the findings' tool.
    pub fn new(tool: &'static str) -> Self {
        Self {
            tool,
            reading: Reading::default(),
            tests: Tests::default(),
        }
    }

    /// A test that did not fail.
    pub fn count(&mut self, name: &str, outcome: CaseOutcome, seconds: Option<f64>) {
        self.tests.count(Case {
            name: clean_name(name),
            outcome,
            seconds,
        });
    }

    /// A test that failed, or could not be run to its end; `message` as the tool wrote it.
    pub fn fail(
        &mut self,
        name: &str,
        outcome: CaseOutcome,
        seconds: Option<f64>,
        message: &str,
        place: Option<Place>,
    ) -> Result<(), ReadError> {
        let rule = match outcome {
            CaseOutcome::Error => "error",
            _ => "failed",
        };
        let mut message = without_thread(super::common::clean_text(message));
        if message.is_empty() {
            "it does not say why".clone_into(&mut message);
        }
        let mut finding = Finding::new(self.tool, rule, Severity::High, message);
        finding.subject = Subject::Test {
            name: clean_name(name),
        };
        finding.place = place;
        self.reading.push(finding)?;
        self.count(name, outcome, seconds);
        Ok(())
    }

    /// Adds to a counter what has no name of its own.
    pub fn add(&mut self, more: &Tests) {
        self.tests.merge(more.clone());
    }

    /// Something that was to be run and was not.
    pub fn not_run(&mut self, what: &str, reason: &str) {
        self.reading.unchecked.push(crate::findings::Unchecked {
            what: clean_name(what),
            reason: reason.to_owned(),
        });
    }

    /// So far.
    pub fn tests(&self) -> &Tests {
        &self.tests
    }

    /// All of it. Tests that were left out were not looked at: where all were, nothing was.
    pub fn finish(mut self) -> Reading {
        self.reading.checked = Some(self.tests.total().saturating_sub(self.tests.skipped));
        self.reading.tests = Some(self.tests);
        self.reading
    }
}

/// `thread 'main' (22690) panicked at` without the number, which is another one in each run.
fn without_thread(message: String) -> String {
    let number = message
        .split_once("' (")
        .filter(|(before, _)| before.starts_with("thread '"))
        .and_then(|(before, rest)| Some((before, rest.split_once(") panicked at ")?)))
        .filter(|(_, (number, _))| number.bytes().all(|it| it.is_ascii_digit()));
    match number {
        Some((before, (_, rest))) => format!("{before}' panicked at {rest}"),
        None => message,
    }
}

/// A test's name on one line.
fn clean_name(name: &str) -> String {
    super::common::clean_text(name).replace(['\n', '\t'], " ")
}

/// The character boundary at or before `at`.
fn floor(text: &str, at: usize) -> usize {
    let at = at.min(text.len());
    (0..=at)
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0)
}

/// The beginning and the end of a text that may be long.
#[derive(Debug, Default)]
pub struct Excerpt {
    head: String,
    tail: String,
    is_cut: bool,
}

impl Excerpt {
    /// Adds to its end.
    pub fn push(&mut self, text: &str) {
        let room = KEPT.saturating_sub(self.head.len());
        // Once something went to the tail, the head is closed: what follows would be out of order.
        let (head, rest) = if self.tail.is_empty() && !self.is_cut {
            text.split_at(floor(text, room))
        } else {
            ("", text)
        };
        self.head.push_str(head);
        let at = floor(rest, rest.len().saturating_sub(KEPT));
        self.is_cut |= at > 0;
        self.tail.push_str(rest.split_at(at).1);
        if self.tail.len() > 2 * KEPT {
            let at = floor(&self.tail, self.tail.len() - KEPT);
            self.tail.drain(..at);
            self.is_cut = true;
        }
    }

    /// Whether nothing was added.
    pub fn is_empty(&self) -> bool {
        self.head.is_empty() && self.tail.is_empty()
    }

    /// The text, with a line `…` where something is left out.
    pub fn text(&self) -> String {
        let cut = if self.is_cut { "\n…\n" } else { "" };
        format!("{}{cut}{}", self.head, self.tail)
    }
}

/// For tests of readers: a report on a few lines.
#[cfg(test)]
pub fn shown(reading: &Result<Reading, ReadError>) -> String {
    let reading = match reading {
        Ok(reading) => reading,
        Err(error) => return error.to_string(),
    };
    let tests = reading.tests.clone().unwrap_or_default();
    let mut shown = format!(
        "{} passed, {} failed, {} errors, {} skipped, {} flaky; {} checked",
        tests.passed,
        tests.failed,
        tests.errors,
        tests.skipped,
        tests.flaky,
        reading.checked.unwrap_or_default(),
    );
    for finding in &reading.findings {
        let Subject::Test { name } = &finding.subject else {
            continue;
        };
        let place = finding.place.clone().unwrap_or_default();
        let numbers = [place.line, place.column].into_iter().flatten();
        let place = numbers.fold(place.path, |place, number| format!("{place}:{number}"));
        let message = finding.message.lines().next().unwrap_or_default();
        shown.push_str(&format!("\n{} {name} @ {place} | {message}", finding.rule));
    }
    for case in &tests.cases {
        if matches!(case.outcome, CaseOutcome::Skipped | CaseOutcome::Flaky) {
            shown.push_str(&format!("\n{:?} {}", case.outcome, case.name));
        }
    }
    for unchecked in &reading.unchecked {
        shown.push_str(&format!("\n? {}: {}", unchecked.what, unchecked.reason));
    }
    shown
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_excerpt_has_the_beginning_and_the_end(parts in prop::collection::vec(("[aä€\n]{1,9}", 0..3_000_usize), 0..12)) {
            let parts: Vec<String> = parts.iter().map(|(part, times)| part.repeat(*times)).collect();
            let mut excerpt = Excerpt::default();
            for part in &parts {
                excerpt.push(part);
            }
            let (whole, text) = (parts.concat(), excerpt.text());
            prop_assert!(text.len() < 4 * KEPT);
            if whole.len() <= KEPT {
                prop_assert_eq!(&text, &whole);
            } else {
                let head = floor(&whole, KEPT - 9);
                let tail = floor(&whole, whole.len() - KEPT / 2);
                prop_assert!(text.starts_with(&whole[..head]));
                prop_assert!(text.ends_with(&whole[tail..]));
            }
        }
    }

    #[test]
    fn a_failure_is_counted_and_found() {
        let mut record = Record::new("junit");
        record.count("a", CaseOutcome::Passed, Some(1.0));
        let failed = record.fail("b\nc", CaseOutcome::Error, None, "\u{1b}[31m", None);
        assert!(failed.is_ok());
        let reading = record.finish();
        assert_eq!(reading.checked, Some(2));
        let found = reading
            .findings
            .first()
            .map(|it| (it.rule.as_str(), it.message.as_str(), it.subject.clone()));
        let subject = Subject::Test {
            name: "b c".to_owned(),
        };
        assert_eq!(found, Some(("error", "it does not say why", subject)));
    }
}
