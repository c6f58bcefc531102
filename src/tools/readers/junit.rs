//! The XML of `JUnit`, of which every test runner writes a dialect of its own: pytest, surefire, gradle, nextest, jest-junit,
//! vitest, mocha, `node --test`, go-junit-report, `PHPUnit`.
//!
//! Test cases are counted one by one; what `testsuite` and `testsuites` say about them is not believed (node says nothing,
//! surefire counts reruns, pytest counts subtests). A document that breaks off is malformed, never a smaller number. No
//! entity is known but the five of XML, so none can expand.
//!
//! What the dialects make of a case:
//! - `skipped` with a failure is node's to-do, and skipped.
//! - `flakyFailure` and `flakyError` without a failure is a flaky test; `rerunFailure` and `rerunError` say no more than
//!   the failure beside them.
//! - pytest counts each report of a phase: a test that passes and whose teardown breaks is one passed and one error, a test
//!   with two failing subtests is two or three failed. So do we, to have the numbers that its users see. A rerun (of
//!   pytest-rerunfailures) is an empty case before the one that counts.
//! - A node test with subtests is a suite, and no case.
//! - A file that node could not run to its end is an error, as is a case that was cancelled.

use std::borrow::Cow;
use std::collections::HashSet;
use std::io::{self, BufRead};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::common::{malformed, plain, skip_blank};
use super::record::{Excerpt, Record};
use super::trace;
use crate::findings::{CaseOutcome, Place};
use crate::tools::{ReadError, Reading};

const EXPECTED: &str = "JUnit's XML";

/// Nobody nests suites as deep.
const DEEPEST: usize = 256;

/// Types of failures that are no assertions: of node, and of nextest.
const ENDED_OTHERWISE: &[&str] = &[
    "cancelledByParent",
    "testTimeoutFailure",
    "uncaughtException",
    "unhandledRejection",
    "hookFailed",
    "test abort",
    "test timeout",
    "execution failure",
];

/// What is kept of a buffer that a large text has grown.
const SPARE: usize = 1 << 20;

/// Reads a report; the findings' tool is `junit`.
pub fn read(report: &mut dyn BufRead) -> Result<Reading, ReadError> {
    if !skip_blank(report)? {
        return Err(ReadError::Empty);
    }
    let mut xml = Reader::from_reader(report);
    let mut document = Document::new();
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        buffer.shrink_to(SPARE);
        match xml.read_event_into(&mut buffer).map_err(broken)? {
            Event::Start(element) => document.open(&element)?,
            Event::Empty(element) => {
                document.open(&element)?;
                document.close()?;
            }
            Event::End(_) => document.close()?,
            Event::Text(text) => document.text(&text)?,
            Event::CData(text) => document.text(&text)?,
            Event::GeneralRef(reference) => match reference.resolve_char_ref() {
                Ok(Some(c)) => document.text(c.encode_utf8(&mut [0; 4]))?,
                _ => document.text(&unescaped(&format!("&{};", &*reference)))?,
            },
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
            Event::Eof => return document.finish(),
        }
    }
}

fn broken(error: quick_xml::Error) -> ReadError {
    match error {
        quick_xml::Error::Io(error) => ReadError::Io(io::Error::new(error.kind(), error)),
        error => malformed(EXPECTED, error),
    }
}

/// Text with entities in the place of which there are characters; one that XML does not know stays as it is.
fn unescaped(raw: &str) -> String {
    quick_xml::escape::unescape(raw).map_or_else(|_| raw.to_owned(), Cow::into_owned)
}

/// Where in the document the reader is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Element {
    Suites,
    Suite,
    Case,
    /// `failure` and its like, of a case or of a suite.
    Verdict,
    /// Within a verdict, such as surefire's `stackTrace`.
    Trace,
    /// `properties`, `system-out` and all that is in them.
    Silent,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Failure,
    Error,
    Skipped,
    Flaky,
    Rerun,
}

#[derive(Debug)]
struct Verdict {
    kind: Kind,
    /// Its attribute `type`.
    reason: String,
    message: String,
    text: Excerpt,
}

#[derive(Debug, Default)]
struct Case {
    name: String,
    class: String,
    seconds: Option<f64>,
    status: String,
    declared: Option<Place>,
    /// The first that says that it failed.
    failure: Option<Verdict>,
    is_skipped: bool,
    is_flaky: bool,
    /// Of pytest: how many reports of failures, and of errors beyond those of a teardown.
    failures: u32,
    errors: u32,
    teardowns: u32,
}

/// A case of pytest that passed, unless the next one is its rerun.
#[derive(Debug)]
struct Passed {
    name: String,
    seconds: Option<f64>,
    is_rerun: bool,
}

struct Document {
    record: Record,
    open: Vec<Element>,
    suites: Vec<String>,
    case: Option<Case>,
    verdict: Option<Verdict>,
    is_read: bool,
    is_pytest: bool,
    /// pytest's cases that failed: their teardown may break too, in a case of the same name.
    failed: HashSet<String>,
    passed: Option<Passed>,
}

impl Document {
    fn new() -> Self {
        Self {
            record: Record::new("junit"),
            open: Vec::new(),
            suites: Vec::new(),
            case: None,
            verdict: None,
            is_read: false,
            is_pytest: false,
            failed: HashSet::new(),
            passed: None,
        }
    }

    fn open(&mut self, element: &BytesStart<'_>) -> Result<(), ReadError> {
        if self.open.len() >= DEEPEST {
            return Err(malformed(EXPECTED, "its elements are nested too deep"));
        }
        let name = element.local_name();
        let opened = match (self.open.last(), name.as_ref()) {
            (None, "testsuites") if !self.is_read => Element::Suites,
            (None, "testsuite") if !self.is_read => Element::Suite,
            (None, name) => {
                return Err(malformed(EXPECTED, format!("it begins with <{name}>")));
            }
            (Some(Element::Suites | Element::Suite), "testsuite") => Element::Suite,
            (Some(Element::Suites | Element::Suite), "testcase") => Element::Case,
            (Some(Element::Suites | Element::Suite), "failure" | "error") => Element::Verdict,
            (Some(Element::Case), name) if kind(name).is_some() => Element::Verdict,
            (Some(Element::Verdict | Element::Trace), name)
                if !["system-out", "system-err"].contains(&name) =>
            {
                Element::Trace
            }
            (Some(_), _) => Element::Silent,
        };
        match opened {
            Element::Suites => self.is_pytest = attribute(element, "name")? == "pytest tests",
            Element::Suite => {
                let name = attribute(element, "name")?;
                self.is_pytest |= name == "pytest";
                self.suites.push(name);
            }
            Element::Case => self.case = Some(self.case(element)?),
            Element::Verdict => self.verdict = verdict(element)?,
            Element::Trace | Element::Silent => {}
        }
        self.open.push(opened);
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), ReadError> {
        match (self.open.last(), &mut self.verdict) {
            (Some(Element::Verdict | Element::Trace), Some(verdict)) => verdict.text.push(text),
            (None, _) if !text.trim().is_empty() => {
                return Err(malformed(EXPECTED, "there is text outside of its elements"));
            }
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self) -> Result<(), ReadError> {
        match self.open.pop() {
            Some(Element::Suite) => {
                self.suites.pop();
            }
            Some(Element::Case) => {
                if let Some(case) = self.case.take() {
                    self.end_case(case)?;
                }
            }
            Some(Element::Verdict) => {
                if let Some(verdict) = self.verdict.take() {
                    self.end_verdict(verdict)?;
                }
            }
            _ => {}
        }
        self.is_read |= self.open.is_empty();
        Ok(())
    }

    fn case(&self, element: &BytesStart<'_>) -> Result<Case, ReadError> {
        let line = attribute(element, "line")?.trim().parse::<u32>().ok();
        let line = if self.is_pytest {
            line.and_then(|line| line.checked_add(1))
        } else {
            line.filter(|line| *line > 0)
        };
        let declared = Some(attribute(element, "file")?).filter(|file| !file.is_empty());
        let seconds = attribute(element, "time")?;
        Ok(Case {
            name: attribute(element, "name")?,
            class: attribute(element, "classname")?,
            // Surefire writes 1,234.5.
            seconds: seconds.replace(',', "").trim().parse().ok(),
            status: attribute(element, "status")?,
            declared: declared.map(|path| Place {
                path,
                line,
                ..Place::default()
            }),
            ..Case::default()
        })
    }

    fn end_verdict(&mut self, verdict: Verdict) -> Result<(), ReadError> {
        let Some(case) = &mut self.case else {
            let name = self.suites.join(" > ");
            let text: String = plain(&verdict.text.text()).collect();
            let place = trace::place(&text, &name);
            let message = message(&verdict.message, &text);
            return self
                .record
                .fail(&name, CaseOutcome::Error, None, &message, place);
        };
        match verdict.kind {
            Kind::Skipped if self.is_pytest => {
                case.is_skipped = true;
                self.record
                    .count(&case.full_name(&[]), CaseOutcome::Skipped, case.seconds);
            }
            Kind::Skipped => case.is_skipped = true,
            Kind::Flaky => case.is_flaky = true,
            Kind::Rerun => {}
            Kind::Failure | Kind::Error if self.is_pytest => {
                let outcome = match verdict.kind {
                    Kind::Failure => CaseOutcome::Failed,
                    _ => CaseOutcome::Error,
                };
                match outcome {
                    CaseOutcome::Failed => case.failures += 1,
                    _ if verdict.message.starts_with("failed on teardown") => case.teardowns += 1,
                    _ => case.errors += 1,
                }
                let text: String = plain(&decoded(&verdict.text.text())).collect();
                let place = trace::place(&text, &case.class).or_else(|| case.declared.clone());
                let short = decoded(&verdict.message);
                let message = message(&short, &text);
                let name = case.full_name(&[]);
                self.record
                    .fail(&name, outcome, case.seconds, &message, place)?;
            }
            Kind::Failure | Kind::Error => {
                case.failure.get_or_insert(verdict);
            }
        }
        Ok(())
    }

    fn end_case(&mut self, case: Case) -> Result<(), ReadError> {
        if self.is_pytest {
            self.end_pytest(&case);
            return Ok(());
        }
        let name = case.full_name(&self.suites);
        let outcome = match (&case.failure, case.status.as_str()) {
            _ if case.is_skipped => CaseOutcome::Skipped,
            (Some(failure), _) => {
                let text: String = plain(&failure.text.text()).collect();
                let is_file = is_script(&case.name);
                let outcome = match failure.kind {
                    Kind::Error => CaseOutcome::Error,
                    _ if is_file || ENDED_OTHERWISE.contains(&failure.reason.as_str()) => {
                        CaseOutcome::Error
                    }
                    _ => CaseOutcome::Failed,
                };
                let file = is_file.then(|| Place {
                    path: case.name.clone(),
                    ..Place::default()
                });
                let place = trace::place(&text, &case.class).or(case.declared).or(file);
                let message = message(&failure.message, &text);
                return self
                    .record
                    .fail(&name, outcome, case.seconds, &message, place);
            }
            (None, _) if case.is_flaky => CaseOutcome::Flaky,
            // googletest, and those that leave out `skipped`.
            (None, "notrun" | "disabled" | "skipped" | "ignored" | "pending") => {
                CaseOutcome::Skipped
            }
            (None, "failed" | "error") => {
                return self.record.fail(
                    &name,
                    CaseOutcome::Failed,
                    case.seconds,
                    "",
                    case.declared,
                );
            }
            (None, _) if name.is_empty() => {
                self.not_ended();
                return Ok(());
            }
            (None, _) => CaseOutcome::Passed,
        };
        self.record.count(&name, outcome, case.seconds);
        Ok(())
    }

    fn end_pytest(&mut self, case: &Case) {
        let name = case.full_name(&[]);
        let passed = self.passed.take();
        let is_rerun = passed.as_ref().is_some_and(|it| it.name == name);
        if !is_rerun && let Some(passed) = passed {
            self.count_passed(&passed);
        }
        if case.failures + case.errors > 0 {
            self.failed.insert(name);
        } else if case.is_skipped {
            // It is counted already.
        } else if name.is_empty() {
            self.not_ended();
        } else if case.teardowns == 0 {
            self.passed = Some(Passed {
                name,
                seconds: case.seconds,
                is_rerun,
            });
        } else if !self.failed.contains(&name) {
            self.record.count(&name, CaseOutcome::Passed, None);
        }
    }

    fn count_passed(&mut self, passed: &Passed) {
        let outcome = if passed.is_rerun {
            CaseOutcome::Flaky
        } else {
            CaseOutcome::Passed
        };
        self.record.count(&passed.name, outcome, passed.seconds);
    }

    /// pytest's case without a name: the test that ran when somebody interrupted it.
    fn not_ended(&mut self) {
        self.record.not_run("a test", "it was not run to its end");
    }

    fn finish(mut self) -> Result<Reading, ReadError> {
        if !self.open.is_empty() {
            return Err(malformed(EXPECTED, "it ends in the middle"));
        }
        if !self.is_read {
            return Err(malformed(EXPECTED, "it has no element testsuites"));
        }
        if let Some(passed) = self.passed.take() {
            self.count_passed(&passed);
        }
        Ok(self.record.finish())
    }
}

impl Case {
    /// `class::name`; where there is no class, as in node's, the suites' names stand for it.
    fn full_name(&self, suites: &[String]) -> String {
        // A path of this machine is no name that lasts; its place has it.
        let name = if is_script(&self.name) {
            self.name
                .rsplit(['/', '\\'])
                .next()
                .unwrap_or_default()
                .to_owned()
        } else {
            self.name.clone()
        };
        let group = match self.class.as_str() {
            // node's for all.
            "" | "test" => suites.join(" > "),
            class => class.to_owned(),
        };
        match () {
            () if group.is_empty() || group == name => name,
            () if name.is_empty() => group,
            () => format!("{group}::{name}"),
        }
    }
}

fn kind(name: &str) -> Option<Kind> {
    Some(match name {
        "failure" => Kind::Failure,
        "error" => Kind::Error,
        "skipped" => Kind::Skipped,
        "flakyFailure" | "flakyError" => Kind::Flaky,
        "rerunFailure" | "rerunError" => Kind::Rerun,
        _ => return None,
    })
}

fn verdict(element: &BytesStart<'_>) -> Result<Option<Verdict>, ReadError> {
    let Some(kind) = kind(element.local_name().as_ref()) else {
        return Ok(None);
    };
    Ok(Some(Verdict {
        kind,
        reason: attribute(element, "type")?,
        message: attribute(element, "message")?,
        text: Excerpt::default(),
    }))
}

/// The value of an attribute, empty if there is none.
fn attribute(element: &BytesStart<'_>, name: &str) -> Result<String, ReadError> {
    let mut attributes = element.attributes();
    for attribute in attributes.with_checks(false) {
        let attribute = attribute.map_err(|error| malformed(EXPECTED, error))?;
        if attribute.key.as_ref() == name {
            return Ok(unescaped(&attribute.value));
        }
    }
    Ok(String::new())
}

/// Some runners put the message in front of the trace, some put only the trace there, some repeat it.
fn message<'a>(message: &'a str, text: &'a str) -> Cow<'a, str> {
    let (message, text) = (message.trim(), text.trim());
    match () {
        () if message.is_empty() || text.contains(message) && !starts_with_code(text) => {
            Cow::Borrowed(text)
        }
        () if text.is_empty() || message.contains(text) => Cow::Borrowed(message),
        () => Cow::Owned(format!("{message}\n\n{text}")),
    }
}

/// Whether a text is pytest's excerpt of the code, behind which the message comes too late.
fn starts_with_code(text: &str) -> bool {
    text.lines().any(|line| line.starts_with("E  "))
}

/// pytest's writing of characters that XML does not have: `#x1B`.
fn decoded(text: &str) -> Cow<'_, str> {
    if !text.contains("#x") {
        return Cow::Borrowed(text);
    }
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("#x") {
        decoded.push_str(before);
        let control = after
            .get(..2)
            .and_then(|digits| u8::from_str_radix(digits, 16).ok())
            .filter(u8::is_ascii_control);
        match (control, after.get(2..)) {
            (Some(control), Some(after)) => {
                decoded.push(char::from(control));
                rest = after;
            }
            _ => {
                decoded.push_str("#x");
                rest = after;
            }
        }
    }
    decoded.push_str(rest);
    Cow::Owned(decoded)
}

/// Whether a case of node is a file.
fn is_script(name: &str) -> bool {
    name.contains(['/', '\\'])
        && name.rsplit_once('.').is_some_and(|(_, extension)| {
            ["js", "mjs", "cjs", "ts", "mts", "cts", "jsx", "tsx"].contains(&extension)
        })
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
    fn pytest_counts_as_its_summary_does() {
        insta::assert_snapshot!(of(include_bytes!("../../../fixtures/tools/pytest/phases.xml")), @r#"
        7 passed, 8 failed, 3 errors, 2 skipped, 0 flaky; 18 checked
        failed test_app::test_bad @ test_app.py:5 | AssertionError: red  end
        failed test_app::test_deep @ helper.py:3 | ValueError: deep
        error test_app::test_err @ /home/dev/pt/test_app.py:11 | failed on setup with "file /home/dev/pt/test_app.py, line 11
        error test_app::test_td_pass @ test_app.py:15 | failed on teardown with "RuntimeError: teardown broke"
        failed test_app::test_td_fail @ test_app.py:17 | assert 1 == 2
        error test_app::test_td_fail @ test_app.py:15 | failed on teardown with "RuntimeError: teardown broke"
        failed test_app::test_xpass_strict @  | [XPASS(strict)]
        failed test_app.TestLogin::test_in @ test_app.py:25 | AssertionError: assert 'a' in 'b'
        failed test_app.TestU::test_sub @ test_app.py:30 | AssertionError: 1 == 1
        failed test_app.TestU::test_u @ test_app.py:31 | AssertionError: Lists differ: [1] != [2]
        failed test_app.TestU::test_ux @  | Failed: Unexpected success
        Skipped test_app::test_skip
        Skipped test_app::test_xf
        "#);
        insta::assert_snapshot!(of(include_bytes!("../../../fixtures/tools/pytest/subtests.xml")), @r#"
        1 passed, 3 failed, 0 errors, 0 skipped, 0 flaky; 4 checked
        failed test_subs::test_two @ test_subs.py:4 | assert 0 == 1
        failed test_subs::test_two @ test_subs.py:4 | assert 2 == 1
        failed test_subs::test_two @ test_subs.py:1 | contains 2 failed subtests
        "#);
        insta::assert_snapshot!(of(include_bytes!("../../../fixtures/tools/pytest/reruns.xml")), @r#"
        1 passed, 1 failed, 0 errors, 0 skipped, 1 flaky; 2 checked
        failed test_s::test_b @ test_s.py:6 | assert 0
        Flaky test_s::test_a
        "#);
    }

    #[test]
    fn pytest_that_was_interrupted_or_found_nothing_passes_nothing() {
        insta::assert_snapshot!(of(include_bytes!("../../../fixtures/tools/pytest/interrupted.xml")), @r#"
        1 passed, 0 failed, 0 errors, 0 skipped, 0 flaky; 1 checked
        ? a test: it was not run to its end
        "#);
        insta::assert_snapshot!(of(include_bytes!("../../../fixtures/tools/pytest/syntax_error.xml")), @r#"
        0 passed, 0 failed, 1 errors, 0 skipped, 0 flaky; 1 checked
        error test_syn @ /home/dev/pt2/test_syn.py:1 | collection failure
        "#);
        insta::assert_snapshot!(of(include_bytes!("../../../fixtures/tools/pytest/none.xml")), @r#"
        0 passed, 0 failed, 0 errors, 0 skipped, 0 flaky; 0 checked
        "#);
        insta::assert_snapshot!(of(include_bytes!("../../../fixtures/tools/pytest/all_skipped.xml")), @r#"
        0 passed, 0 failed, 0 errors, 1 skipped, 0 flaky; 0 checked
        Skipped test_s::test_a
        "#);
    }

    #[test]
    fn node_has_no_suites_for_files() {
        insta::assert_snapshot!(of(include_bytes!("../../../fixtures/tools/node/junit.xml")), @r#"
        4 passed, 2 failed, 4 errors, 3 skipped, 0 flaky; 10 checked
        failed math > inner::adds @ /home/dev/nt/a.test.js:2:78 | Error [ERR_TEST_FAILURE]: 2 == 3
        error hook::h1 @  | [Error [ERR_TEST_FAILURE]: test did not finish before its parent and was cancelled] { code: 'ERR_TEST_FAILURE', failureType: 'cancelledByParent', cause: 'test did not finish before its parent and was cancelled' }
        error hook::h2 @  | [Error [ERR_TEST_FAILURE]: test did not finish before its parent and was cancelled] { code: 'ERR_TEST_FAILURE', failureType: 'cancelledByParent', cause: 'test did not finish before its parent and was cancelled' }
        failed parent::child bad @ /home/dev/nt/a.test.js:4:75 | red
        error never @  | Error [ERR_TEST_FAILURE]: Promise resolution is still pending but the event loop has already resolved
        error syn.test.js @ /home/dev/nt/syn.test.js | [Error: test failed] { code: 'ERR_TEST_FAILURE', failureType: 'testCodeFailure', cause: 'test failed', exitCode: 1, signal: null }
        Skipped math::sk
        Skipped math::td
        Skipped td2
        "#);
    }

    #[test]
    fn javascript_runners() {
        insta::assert_snapshot!(of(include_bytes!("../../../fixtures/tools/mocha/xunit.xml")), @r#"
        3 passed, 2 failed, 0 errors, 2 skipped, 0 flaky; 5 checked
        failed math inner::adds @ a.spec.js:2:78 | 2 == 3
        failed hook::"before all" hook for "h1" @ a.spec.js:4:47 | before
        Skipped math::sk
        Skipped math::pend
        "#);
        insta::assert_snapshot!(of(include_bytes!("../../../fixtures/tools/jest/junit.xml")), @r#"
        5 passed, 6 failed, 2 errors, 2 skipped, 0 flaky; 13 checked
        failed math inner adds @ /home/dev/jt/a.spec.js:2:62 | Error: expect(received).toBe(expected) // Object.is equality
        failed math throws @ /home/dev/jt/lib.js:1:32 | TypeError: red
        failed hook h1 @ /home/dev/jt/a.spec.js:10:50 | Error: before
        failed hook h2 @ /home/dev/jt/a.spec.js:10:50 | Error: before
        error Test suite failed to run::syn.spec.js @  | ● Test suite failed to run
        failed Test suite failed to run::syn.spec.js @  | {"code":"BABEL_PARSE_ERROR","reasonCode":"MissingSemicolon","loc":{"line":1,"column":20,"index":20},"pos":20}
        error Test suite failed to run::empty.spec.js @  | ● Test suite failed to run
        failed Test suite failed to run::empty.spec.js @  | {"message":"Your test suite must contain at least one test.","stack":"Error: Your test suite must contain at least one test.\n    at onResult (/home/dev/node_modules/@jest/core/build/index.js:1054:18)\n    at /home/dev/node_modules/@jest/core/build/index.js:1125:165\n    at /home/dev/node_modules/emittery/index.js:363:13\n    at Array.map (<anonymous>)\n    at Emittery.emit (/home/dev/node_modules/emittery/index.js:361:23)"}
        Skipped math sk
        Skipped all skipped s1
        "#);
        insta::assert_snapshot!(of(include_bytes!("../../../fixtures/tools/vitest/junit.xml")), @r#"
        5 passed, 5 failed, 0 errors, 6 skipped, 0 flaky; 10 checked
        failed a.test.js::math > inner > adds @ a.test.js:4:62 | AssertionError: expected 2 to be 3 // Object.is equality
        failed a.test.js::math > throws @ lib.js:1:30 | [31mred[0m
        failed a.test.js::hook @ a.test.js:10:50 | Error: before
        failed empty.test.js @  | Error: No test suite found in file /home/dev/vt/empty.test.js
        failed syn.test.js @  | Error: Failed to parse source for import analysis because the content contains invalid JS syntax. If you are using JSX, make sure to name the file with the .jsx or .tsx extension.
        Skipped a.test.js::math > sk
        Skipped a.test.js::math > td
        Skipped a.test.js::math > dyn skip
        Skipped a.test.js::hook > h1
        Skipped a.test.js::hook > h2
        Skipped a.test.js::all skipped > s1
        "#);
    }

    #[test]
    fn java_runners() {
        insta::assert_snapshot!(of(include_bytes!("../../../fixtures/tools/surefire/AppTest.xml")), @r#"
        2 passed, 1 failed, 1 errors, 2 skipped, 1 flaky; 4 checked
        failed com.ex.AppTest::bad @ com/ex/AppTest.java:7 | java.lang.AssertionError: sum expected:<4> but was:<3>
        error com.ex.AppTest::err @ com/ex/AppTest.java:8 | java.lang.IllegalStateException: big
        Skipped com.ex.AppTest::assume
        Skipped com.ex.AppTest::skip
        Flaky com.ex.AppTest::flaky
        "#);
        insta::assert_snapshot!(of(include_bytes!("../../../fixtures/tools/surefire/BeforeTest.xml")), @r#"
        0 passed, 0 failed, 1 errors, 0 skipped, 0 flaky; 1 checked
        error com.ex.BeforeTest @ com/ex/BeforeTest.java:4 | java.lang.RuntimeException: before class
        "#);
        insta::assert_snapshot!(of(include_bytes!("../../../fixtures/tools/gradle/AppTest.xml")), @r#"
        1 passed, 3 failed, 0 errors, 2 skipped, 0 flaky; 4 checked
        failed com.ex.AppTest::bad @ com/ex/AppTest.java:7 | java.lang.AssertionError: sum expected:<4> but was:<3>
        failed com.ex.AppTest::err @ com/ex/AppTest.java:8 | java.lang.IllegalStateException: big
        failed com.ex.AppTest::flaky @ com/ex/AppTest.java:9 | java.lang.AssertionError: once
        Skipped com.ex.AppTest::assume
        Skipped com.ex.AppTest::skip
        "#);
    }

    #[test]
    fn nextest() {
        insta::assert_snapshot!(of(include_bytes!("../../../fixtures/tools/nextest/junit.xml")), @r#"
        7 passed, 4 failed, 1 errors, 2 skipped, 0 flaky; 12 checked
        failed ct::tests::res @  | Error: "bad result"
        failed ct::tests::spno @ src/lib.rs:30:32 | note: test did not panic as expected at src/lib.rs:30:32
        failed ct::tests::bad @ src/lib.rs:26:44 | thread 'tests::bad' panicked at src/lib.rs:26:44:
        failed ct::tests::spwrong @ src/lib.rs:31:60 | thread 'tests::spwrong' panicked at src/lib.rs:31:60:
        error ct::seg::z_abort @  | process aborted with signal 6 (SIGABRT)
        Skipped ct::tests::ign
        Skipped ct::tests::ign2
        "#);
    }

    #[test]
    fn other_dialects() {
        insta::assert_snapshot!(of(br#"<?xml version="1.0"?>
            <testsuites><testsuite name="/app/phpunit.xml" tests="9"><testsuite name="Unit"><testsuite name="AppTest" file="/app/tests/AppTest.php">
              <testcase name="testOk" class="AppTest" classname="AppTest" file="/app/tests/AppTest.php" line="7" assertions="1" time="1,234.5"/>
              <testcase name="testBad" class="AppTest" classname="AppTest" file="/app/tests/AppTest.php" line="9"><failure type="E">AppTest::testBad&#10;Failed asserting that 1 is 2.

/app/tests/AppTest.php:11</failure></testcase>
              <testsuite name="AppTest::testMany"><testcase name="testMany with data set #0" classname="AppTest"><skipped/></testcase></testsuite>
            </testsuite></testsuite></testsuite></testsuites>"#), @r#"
        1 passed, 1 failed, 0 errors, 1 skipped, 0 flaky; 2 checked
        failed AppTest::testBad @ /app/tests/AppTest.php:11 | AppTest::testBad
        Skipped AppTest::testMany with data set #0
        "#);
        insta::assert_snapshot!(of(br#"<testsuites><testsuite name="example.com/m" tests="3" failures="1">
              <testcase classname="example.com/m" name="TestSub/a b" time="0.000"><failure message="Failed">    a_test.go:6: &lt;no&gt; &unknown; &#x41;</failure><system-out>a_test.go:1: not this</system-out></testcase>
              <testcase classname="m" name="off" status="notrun"/><error message="the suite broke"/>
            </testsuite></testsuites>"#), @r#"
        0 passed, 1 failed, 1 errors, 1 skipped, 0 flaky; 2 checked
        failed example.com/m::TestSub/a b @ a_test.go:6 | Failed
        error example.com/m @  | the suite broke
        Skipped m::off
        "#);
    }

    #[test]
    fn a_report_that_breaks_off_is_no_smaller_number() {
        for report in [
            include_bytes!("../../../fixtures/tools/pytest/phases.xml").as_slice(),
            include_bytes!("../../../fixtures/tools/surefire/AppTest.xml"),
            include_bytes!("../../../fixtures/tools/node/junit.xml"),
        ] {
            let whole = report.trim_ascii_end();
            for length in (1..whole.len()).step_by(13) {
                let read = read(&mut whole.get(..length).unwrap());
                assert!(
                    matches!(read, Err(ReadError::Malformed { .. })),
                    "{length}: {read:?}"
                );
            }
        }
    }

    #[test]
    fn what_is_no_report_is_malformed() {
        for (report, expected) in [
            ("  \n", "it wrote no report"),
            (
                "{}",
                "its report is not JUnit's XML: there is text outside of its elements",
            ),
            (
                "<html/>",
                "its report is not JUnit's XML: it begins with <html>",
            ),
            (
                "<?xml version='1.0'?>",
                "its report is not JUnit's XML: it has no element testsuites",
            ),
            (
                "<testsuites><testsuite/>",
                "its report is not JUnit's XML: it ends in the middle",
            ),
            (
                "<testsuite/><testsuite/>",
                "its report is not JUnit's XML: it begins with <testsuite>",
            ),
        ] {
            assert_eq!(of(report.as_bytes()), expected);
        }
        let deep = "<testsuite>".repeat(1_000_000);
        assert!(of(deep.as_bytes()).ends_with("nested too deep"));
        let latin = of(b"<testsuite><testcase name='\xe9'/></testsuite>");
        assert!(
            latin.starts_with("its report is not JUnit's XML"),
            "{latin}"
        );
    }

    #[test]
    fn entities_do_not_expand() {
        let report = br#"<!DOCTYPE a [<!ENTITY b "bbbbbbbb"><!ENTITY c "&b;&b;"><!ENTITY d SYSTEM "file:///etc/passwd">]>
            <testsuite><testcase name="n"><failure message="&c;">&d;</failure></testcase></testsuite>"#;
        assert!(of(report).contains("&c;"), "{}", of(report));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = read(&mut bytes.as_slice());
        }

        #[test]
        fn a_changed_report_is_read(at in any::<prop::sample::Index>(), with in prop::collection::vec(any::<u8>(), 0..9), cut in 0..40_usize) {
            let mut bytes = include_bytes!("../../../fixtures/tools/surefire/AppTest.xml").to_vec();
            let at = at.index(bytes.len());
            let end = (at + cut).min(bytes.len());
            bytes.splice(at..end, with);
            let _ = read(&mut bytes.as_slice());
        }
    }
}
