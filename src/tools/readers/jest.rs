//! The JSON of `jest --json`, which vitest's `--reporter=json` writes too.
//!
//! A file that cannot be loaded, or that fails although none of its tests does, is an error: a hook, a syntax error, a
//! worker that crashed, a file without tests. Vitest has no such entry for a file whose worker crashed: its tests stay
//! `pending`, which with jest means skipped, and with vitest that they were not run.

use std::fmt;
use std::io::BufRead;

use serde::Deserialize;
use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

use super::common::{Number, malformed, plain, skip_blank};
use super::record::Record;
use super::trace;
use crate::findings::{CaseOutcome, Place};
use crate::tools::{ReadError, Reading};

const EXPECTED: &str = "jest's JSON";

/// Reads a report; the findings' tool is `jest`.
pub fn read(report: &mut dyn BufRead) -> Result<Reading, ReadError> {
    if !skip_blank(report)? {
        return Err(ReadError::Empty);
    }
    let mut sink = Sink {
        record: Record::new("jest"),
        has_results: false,
        was_interrupted: false,
        refused: None,
    };
    let mut json = serde_json::Deserializer::from_reader(report);
    let read = Document(&mut sink)
        .deserialize(&mut json)
        .and_then(|()| json.end());
    if let Some(refused) = sink.refused {
        return Err(refused);
    }
    read.map_err(|error| {
        if error.is_io() {
            ReadError::Io(error.into())
        } else {
            malformed(EXPECTED, error)
        }
    })?;
    if !sink.has_results {
        return Err(malformed(EXPECTED, "it has no testResults"));
    }
    if sink.was_interrupted {
        sink.record.not_run("the run", "it was interrupted");
    }
    Ok(sink.record.finish())
}

struct Sink {
    record: Record,
    has_results: bool,
    was_interrupted: bool,
    /// What ended the reading that is no fault of the JSON.
    refused: Option<ReadError>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    assertion_results: Option<Vec<Test>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Test {
    #[serde(default)]
    ancestor_titles: Option<Vec<String>>,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    full_name: Option<String>,
    #[serde(default)]
    status: Option<String>,
    /// Milliseconds.
    #[serde(default)]
    duration: Option<f64>,
    #[serde(default)]
    failure_messages: Option<Vec<Option<String>>>,
    #[serde(default)]
    retry_reasons: Option<Vec<IgnoredAny>>,
    #[serde(default)]
    location: Option<Location>,
    /// Only vitest has it.
    #[serde(default)]
    meta: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Location {
    #[serde(default)]
    line: Number,
    #[serde(default)]
    column: Number,
}

/// The whole report.
struct Document<'a>(&'a mut Sink);

impl<'de> DeserializeSeed<'de> for Document<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Document<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "testResults" => {
                    map.next_value_seed(Files(self.0))?;
                    self.0.has_results = true;
                }
                "wasInterrupted" => self.0.was_interrupted = map.next_value::<bool>()?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// Its list of files, of which one at a time is kept.
struct Files<'a>(&'a mut Sink);

impl<'de> DeserializeSeed<'de> for Files<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Files<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of test files")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<(), A::Error> {
        while let Some(file) = sequence.next_element::<File>()? {
            if let Err(error) = count(&mut self.0.record, file) {
                self.0.refused = Some(error);
                return Err(A::Error::custom("too much"));
            }
        }
        Ok(())
    }
}

fn count(record: &mut Record, file: File) -> Result<(), ReadError> {
    let path = file.name.unwrap_or_default();
    let mut has_failed = false;
    for test in file.assertion_results.unwrap_or_default() {
        has_failed |= test.status.as_deref() == Some("failed");
        count_test(record, test, &path)?;
    }
    if has_failed || file.status.as_deref() != Some("failed") {
        return Ok(());
    }
    // A path of this machine is no name that lasts; the place has it.
    let name = path.rsplit(['/', '\\']).next().unwrap_or_default();
    let message = file.message.unwrap_or_default();
    let message = message.trim_start();
    let message = message
        .strip_prefix("● Test suite failed to run")
        .unwrap_or(message);
    let plain: String = plain(message).collect();
    let place = syntax_error(&plain, &path)
        .or_else(|| trace::place(&plain, ""))
        .filter(|place| place.path.ends_with(name))
        .unwrap_or_default();
    let place = Place {
        path: path.clone(),
        ..place
    };
    let place = Some(place).filter(|place| !place.path.is_empty());
    record.fail(name, CaseOutcome::Error, None, message, place)
}

fn count_test(record: &mut Record, test: Test, path: &str) -> Result<(), ReadError> {
    let mut name = test.ancestor_titles.unwrap_or_default();
    name.extend(test.title.or(test.full_name));
    let name = name.join(" > ");
    let seconds = test.duration.map(|milliseconds| milliseconds / 1000.0);
    let messages = test.failure_messages.unwrap_or_default();
    let was_retried = test.retry_reasons.is_some_and(|it| !it.is_empty());
    let outcome = match test.status.as_deref() {
        // Vitest keeps the messages of the tries before.
        Some("passed") if was_retried || !messages.is_empty() => CaseOutcome::Flaky,
        Some("passed") => CaseOutcome::Passed,
        Some("pending") if test.meta.is_some() => {
            record.not_run(&name, "it was not run");
            return Ok(());
        }
        Some("pending" | "skipped" | "todo" | "disabled") => CaseOutcome::Skipped,
        Some("failed") => {
            let message = messages
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join("\n\n");
            let location = test.location.and_then(|location| {
                Some(Place {
                    path: path.to_owned(),
                    line: Some(location.line.from_one()?),
                    column: location.column.from_one(),
                    ..Place::default()
                })
            });
            let file = || Place {
                path: path.to_owned(),
                ..Place::default()
            };
            let plain: String = plain(&message).collect();
            let place = trace::place(&plain, "")
                .or(location)
                .or_else(|| Some(file()).filter(|place| !place.path.is_empty()));
            return record.fail(&name, CaseOutcome::Failed, seconds, &message, place);
        }
        status => {
            let reason = format!("its status is {}", status.unwrap_or("missing"));
            record.not_run(&name, &reason);
            return Ok(());
        }
    };
    record.count(&name, outcome, seconds);
    Ok(())
}

/// Babel's `SyntaxError: /path/a.spec.js: Missing semicolon. (1:20)`.
fn syntax_error(message: &str, path: &str) -> Option<Place> {
    let line = message
        .lines()
        .find(|line| !path.is_empty() && line.contains("SyntaxError: ") && line.contains(path))?;
    let (line, column) = line
        .strip_suffix(')')?
        .rsplit_once('(')?
        .1
        .split_once(':')?;
    Some(Place {
        path: path.to_owned(),
        line: line.parse().ok(),
        // Babel counts columns from 0.
        column: column.parse().ok().and_then(|it: u32| it.checked_add(1)),
        ..Place::default()
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
    fn jest() {
        insta::assert_snapshot!(of(include_bytes!("../../../fixtures/tools/jest/all.json")), @r#"
        4 passed, 4 failed, 2 errors, 3 skipped, 0 flaky; 10 checked
        failed math > inner > adds @ /home/dev/jt/a.spec.js:2:62 | Error: expect(received).toBe(expected) // Object.is equality
        failed math > throws @ /home/dev/jt/lib.js:1:32 | TypeError: red
        failed hook > h1 @ /home/dev/jt/a.spec.js:10:50 | Error: before
        failed hook > h2 @ /home/dev/jt/a.spec.js:10:50 | Error: before
        error syn.spec.js @ /home/dev/jt/syn.spec.js:1:21 | Jest encountered an unexpected token
        error empty.spec.js @ /home/dev/jt/empty.spec.js | Your test suite must contain at least one test.
        Skipped math > sk
        Skipped math > td
        Skipped all skipped > s1
        "#);
        insta::assert_snapshot!(of(include_bytes!("../../../fixtures/tools/jest/crash.json")), @r#"
        1 passed, 0 failed, 1 errors, 0 skipped, 0 flaky; 2 checked
        error a.test.js @ /home/dev/js/a.test.js | A jest worker process (pid=18540) was terminated by another process: signal=SIGSEGV, exitCode=null. Operating system logs may contain more information on why this occurred.
        "#);
    }

    #[test]
    fn vitest() {
        insta::assert_snapshot!(of(include_bytes!("../../../fixtures/tools/vitest/all.json")), @r#"
        5 passed, 2 failed, 2 errors, 6 skipped, 1 flaky; 9 checked
        failed math > inner > adds @ /home/dev/vt/a.test.js:4:62 | AssertionError: expected 2 to be 3 // Object.is equality
        failed math > throws @ /home/dev/vt/lib.js:1:30 | TypeError: red
        error empty.test.js @ /home/dev/vt/empty.test.js | No test suite found in file /home/dev/vt/empty.test.js
        error syn.test.js @ /home/dev/vt/syn.test.js | Failed to parse source for import analysis because the content contains invalid JS syntax. If you are using JSX, make sure to name the file with the .jsx or .tsx extension.
        Skipped math > sk
        Skipped math > td
        Skipped math > dyn skip
        Skipped hook > h1
        Skipped hook > h2
        Skipped all skipped > s1
        Flaky flaky
        "#);
        insta::assert_snapshot!(of(include_bytes!("../../../fixtures/tools/vitest/crash.json")), @r#"
        1 passed, 0 failed, 0 errors, 0 skipped, 0 flaky; 1 checked
        ? a: it was not run
        ? b: it was not run
        "#);
        insta::assert_snapshot!(of(include_bytes!("../../../fixtures/tools/vitest/none.json")), @r#"
        0 passed, 0 failed, 0 errors, 0 skipped, 0 flaky; 0 checked
        "#);
    }

    #[test]
    fn what_is_no_report_is_malformed() {
        for report in [
            "[]",
            "{\"success\":true}",
            "{\"testResults\":[{",
            "{\"testResults\":[]} x",
            "{\"testResults\":7}",
            "nonsense",
        ] {
            let read = read(&mut report.as_bytes());
            assert!(
                matches!(read, Err(ReadError::Malformed { .. })),
                "{report}: {read:?}"
            );
        }
        assert_eq!(of(b" \n"), "it wrote no report");
        let whole = include_bytes!("../../../fixtures/tools/jest/all.json").trim_ascii_end();
        for length in (1..whole.len()).step_by(97) {
            let read = read(&mut whole.get(..length).unwrap());
            assert!(
                matches!(read, Err(ReadError::Malformed { .. })),
                "{length}: {read:?}"
            );
        }
    }

    #[test]
    fn other_states() {
        insta::assert_snapshot!(of(br#"{"wasInterrupted":true,"testResults":[{"status":"passed","assertionResults":[
            {"title":"a","status":"disabled"},{"fullName":"b","status":"focused"},{"status":null,"title":null},
            {"title":"c","status":"passed","duration":-4,"retryReasons":["x"]},{"title":"d","status":"failed","location":{"line":-1}}]},
            {"name":"C:\\\\x\\\\b.test.js","status":"failed","message":null,"assertionResults":null}]}"#), @r#"
        1 passed, 1 failed, 1 errors, 1 skipped, 1 flaky; 3 checked
        failed d @  | it does not say why
        error b.test.js @ C:\\x\\b.test.js | it does not say why
        Skipped a
        Flaky c
        ? b: its status is focused
        ? : its status is missing
        ? the run: it was interrupted
        "#);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = read(&mut bytes.as_slice());
        }

        #[test]
        fn a_changed_report_is_read(at in any::<prop::sample::Index>(), with in prop::collection::vec(any::<u8>(), 0..9), cut in 0..40_usize) {
            let mut bytes = include_bytes!("../../../fixtures/tools/vitest/all.json").to_vec();
            let at = at.index(bytes.len());
            let end = (at + cut).min(bytes.len());
            bytes.splice(at..end, with);
            let _ = read(&mut bytes.as_slice());
        }
    }
}
