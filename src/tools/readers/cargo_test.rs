//! The text of `cargo test`, with what cargo writes to standard error among it.
//!
//! Each binary of tests begins with `running 3 tests` and ends with `test result:`, whose numbers are the ones that count.
//! Names are taken from the lines between, which what tests print can disturb; a `test result:` line that does not come to
//! the announced number is something that a test printed. A binary without a valid one died, however it exited: that is an
//! error, and so is one that has no harness and failed.

use std::collections::{BTreeSet, HashMap};
use std::io::BufRead;

use super::common::{malformed, next_line, plain};
use super::record::{Excerpt, Record};
use super::trace;
use crate::findings::{CaseOutcome, Place, Tests};
use crate::tools::{ReadError, Reading};

const EXPECTED: &str = "cargo test's output";

/// Reads a report; the findings' tool is `cargo-test`.
pub fn read(report: &mut dyn BufRead) -> Result<Reading, ReadError> {
    let mut run = Run::default();
    let (mut bytes, mut is_empty) = (Vec::new(), true);
    while next_line(report, &mut bytes)?.is_some() {
        is_empty &= bytes.iter().all(u8::is_ascii_whitespace);
        let line: String = plain(&String::from_utf8_lossy(&bytes)).collect();
        run.take(&line)?;
    }
    match () {
        () if is_empty => Err(ReadError::Empty),
        () => run.finish(),
    }
}

struct Run {
    record: Record,
    /// What is being run, such as `ct (src/lib.rs)` or `doctests of ct`.
    target: String,
    binary: Option<Binary>,
    /// Whether any binary was announced.
    any_target: bool,
    /// Whether a test of the target failed.
    has_failed: bool,
    /// Of a target that died, what is known of it.
    death: Option<String>,
    /// The first error of cargo or rustc before anything ran, with some lines below it.
    error: Excerpt,
    error_lines: u32,
    /// What stands below `error: test failed`.
    end: Option<Excerpt>,
}

impl Default for Run {
    fn default() -> Self {
        Self {
            record: Record::new("cargo-test"),
            target: String::new(),
            binary: None,
            any_target: false,
            has_failed: false,
            death: None,
            error: Excerpt::default(),
            error_lines: 0,
            end: None,
        }
    }
}

/// A binary of tests from `running 3 tests` on.
#[derive(Default)]
struct Binary {
    announced: u64,
    passed: u64,
    ignored: Vec<String>,
    failed: BTreeSet<String>,
    /// What the failed ones wrote.
    outputs: HashMap<String, Excerpt>,
    /// The one whose output this is.
    writing: Option<String>,
    /// Whether the list of names below `failures:` is being read.
    in_list: bool,
}

impl Run {
    fn take(&mut self, line: &str) -> Result<(), ReadError> {
        let trimmed = line.trim();
        if let Some(target) = target(line) {
            self.end_target()?;
            self.target = target;
            self.any_target = true;
            return Ok(());
        }
        if trimmed.starts_with("error: test failed, to rerun pass")
            || trimmed.starts_with("error: doctest failed, to rerun pass")
        {
            self.end_binary()?;
            self.end = Some(Excerpt::default());
            return Ok(());
        }
        if let Some(end) = &mut self.end {
            end.push(line);
            end.push("\n");
            return Ok(());
        }
        if let Some(announced) = announced(line) {
            // Doctests of several editions run in several rounds under one heading.
            self.end_binary()?;
            self.bury("")?;
            self.any_target = true;
            self.binary = Some(Binary {
                announced,
                ..Binary::default()
            });
            return Ok(());
        }
        if let Some(binary) = &mut self.binary {
            if let Some(counted) = result(trimmed).filter(|it| it.total() == binary.announced) {
                let binary = std::mem::take(binary);
                self.binary = None;
                return self.count(binary, &counted);
            }
            binary.take(line);
        } else if !self.any_target {
            self.take_error(line);
        }
        Ok(())
    }

    fn take_error(&mut self, line: &str) {
        let is_error = line.starts_with("error");
        if self.error_lines == 0 && !is_error || self.error_lines > 12 {
            return;
        }
        self.error_lines += 1;
        self.error.push(line);
        self.error.push("\n");
    }

    /// Counts a binary that came to its end.
    fn count(&mut self, mut binary: Binary, counted: &Tests) -> Result<(), ReadError> {
        let mut left = counted.failed;
        for name in &std::mem::take(&mut binary.failed) {
            if left == 0 {
                break;
            }
            left -= 1;
            self.fail(&binary, name)?;
        }
        for number in 0..left.min(u64::from(u8::MAX)) {
            let name = format!("failure {}", number + 1);
            self.fail(&binary, &name)?;
        }
        let mut rest = counted.clone();
        rest.failed = left.saturating_sub(u64::from(u8::MAX));
        for name in binary.ignored {
            if rest.skipped == 0 {
                break;
            }
            rest.skipped -= 1;
            let name = self.full_name(&name);
            self.record.count(&name, CaseOutcome::Skipped, None);
        }
        self.record.add(&rest);
        self.has_failed |= counted.failed > 0;
        Ok(())
    }

    fn fail(&mut self, binary: &Binary, name: &str) -> Result<(), ReadError> {
        let text = binary.outputs.get(name).map(Excerpt::text);
        let text = text.unwrap_or_default();
        let place = doctest(name).or_else(|| trace::place(&text, ""));
        let message = words(&text);
        let name = self.full_name(name);
        self.record
            .fail(&name, CaseOutcome::Failed, None, message, place)
    }

    /// A test's name in all of the workspace: `ct::tests::bad`. A doctest has its file's path in it.
    fn full_name(&self, name: &str) -> String {
        match self.target.split_once(" (") {
            Some((binary, _)) => format!("{binary}::{name}"),
            None => name.to_owned(),
        }
    }

    /// A binary without a valid result died.
    fn end_binary(&mut self) -> Result<(), ReadError> {
        let Some(mut binary) = self.binary.take() else {
            return Ok(());
        };
        let ended = binary.passed + binary.failed.len() as u64 + binary.ignored.len() as u64;
        for name in &std::mem::take(&mut binary.failed) {
            self.fail(&binary, name)?;
        }
        for name in &binary.ignored {
            let name = self.full_name(name);
            self.record.count(&name, CaseOutcome::Skipped, None);
        }
        let passed = Tests {
            passed: binary.passed,
            ..Tests::default()
        };
        self.record.add(&passed);
        self.death = Some(format!(
            "it ended in the middle: {ended} of {} tests were run",
            binary.announced
        ));
        Ok(())
    }

    /// An error of a target that died; `how` is what cargo says of that.
    fn bury(&mut self, how: &str) -> Result<(), ReadError> {
        let Some(death) = self.death.take() else {
            return Ok(());
        };
        let message = format!("{death} {how}");
        let target = self.target.clone();
        self.record
            .fail(&target, CaseOutcome::Error, None, &message, None)
    }

    fn end_target(&mut self) -> Result<(), ReadError> {
        self.end_binary()?;
        let end = self.end.take().map(|end| end.text());
        // The path of the binary is another one after each change.
        let how = end.as_deref().and_then(|end| {
            let line = end
                .lines()
                .find(|line| line.contains("process didn't exit successfully"))?;
            Some(line.rsplit_once("` ")?.1)
        });
        let has_failed = std::mem::take(&mut self.has_failed);
        if end.is_some() && !has_failed && self.death.is_none() {
            self.death = Some("it failed".to_owned());
        }
        self.bury(how.unwrap_or_default())
    }

    fn finish(mut self) -> Result<Reading, ReadError> {
        self.end_target()?;
        if self.any_target {
            return Ok(self.record.finish());
        }
        match self.error.text().trim() {
            "" => Err(malformed(EXPECTED, "no tests were run")),
            error => Err(ReadError::Refused(first_words(error))),
        }
    }
}

/// An error and where it is, on one line: the code below it needs more room than a reason has.
fn first_words(error: &str) -> String {
    let mut lines = error.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or_default();
    let mut words = first.to_owned();
    for line in lines.take(3) {
        words.push(' ');
        words.push_str(line);
        if line.starts_with("-->") {
            break;
        }
    }
    words.chars().take(400).collect()
}

impl Binary {
    fn take(&mut self, line: &str) {
        if let Some(name) = line.strip_prefix("---- ").and_then(|rest| {
            rest.strip_suffix(" stdout ----")
                .or(rest.strip_suffix(" stderr ----"))
        }) {
            self.failed.insert(name.to_owned());
            self.writing = Some(name.to_owned());
            self.in_list = false;
            return;
        }
        if line == "failures:" {
            self.in_list = true;
            return;
        }
        if self.in_list
            && let Some(name) = line.strip_prefix("    ")
        {
            self.failed.insert(name.trim_end().to_owned());
            return;
        }
        if let Some(writing) = &self.writing {
            let output = self.outputs.entry(writing.clone()).or_default();
            output.push(line);
            output.push("\n");
            return;
        }
        let named = line.strip_prefix("test ");
        let Some((name, end)) = named.and_then(|rest| rest.split_once(" ... ")) else {
            return;
        };
        let name = name.strip_suffix(" - should panic").unwrap_or(name);
        match end.trim_end() {
            "ok" => self.passed = self.passed.saturating_add(1),
            "FAILED" => {
                self.failed.insert(name.to_owned());
            }
            end if end == "ignored" || end.starts_with("ignored, ") => {
                self.ignored.push(name.to_owned());
            }
            _ => {}
        }
    }
}

/// The target of `     Running unittests src/lib.rs (target/debug/deps/ct-c4066ebb79ee0019)` and `   Doc-tests ct`.
fn target(line: &str) -> Option<String> {
    let rest = line.strip_prefix("   ")?.trim_start();
    if let Some(name) = rest.strip_prefix("Doc-tests ") {
        return Some(format!("doctests of {name}"));
    }
    let (name, binary) = rest.strip_prefix("Running ")?.split_once(" (")?;
    let binary = binary.strip_suffix(')')?;
    let name = name.strip_prefix("unittests ").unwrap_or(name);
    // Members of a workspace have paths of the same names; the binary's name tells them apart.
    let stem = binary.rsplit(['/', '\\']).next()?;
    let stem = stem.rsplit_once('-').map_or(stem, |(stem, _)| stem);
    Some(format!("{stem} ({name})"))
}

/// How many tests `running 3 tests` announces.
fn announced(line: &str) -> Option<u64> {
    let rest = line.strip_prefix("running ")?;
    let number = rest.strip_suffix(" tests").or(rest.strip_suffix(" test"))?;
    number.parse().ok()
}

/// The numbers of `test result: ok. 3 passed; 0 failed; 2 ignored; 0 measured; 0 filtered out; finished in 0.00s`. What is
/// measured has passed.
fn result(line: &str) -> Option<Tests> {
    let (_, numbers) = line.strip_prefix("test result: ")?.split_once(". ")?;
    let mut tests = Tests::default();
    for part in numbers.split("; ") {
        let (number, word) = part.trim().split_once(' ')?;
        if word.starts_with("in ") {
            tests.seconds = word
                .trim_start_matches("in ")
                .trim_end_matches('s')
                .parse()
                .unwrap_or(0.0);
            continue;
        }
        let Ok(number) = number.parse::<u64>() else {
            continue;
        };
        match word {
            "passed" | "measured" => tests.passed = tests.passed.saturating_add(number),
            "failed" => tests.failed = number,
            "ignored" => tests.skipped = number,
            _ => {}
        }
    }
    if !tests.seconds.is_finite() || tests.seconds < 0.0 {
        tests.seconds = 0.0;
    }
    Some(tests)
}

/// The place of the doctest `src/lib.rs - add (line 7)`.
fn doctest(name: &str) -> Option<Place> {
    let (path, rest) = name.split_once(" - ")?;
    let line = rest.rsplit_once("(line ")?.1.strip_suffix(')')?;
    Some(Place {
        path: path.to_owned(),
        line: line.parse().ok(),
        ..Place::default()
    })
}

/// What a test wrote, from its panic on and without the backtrace; all of it if it did not panic.
fn words(output: &str) -> &str {
    let output = match output.find("\nthread '") {
        Some(at) => output.get(at..).unwrap_or(output),
        None => output,
    };
    match output.find("\nstack backtrace:") {
        Some(at) => output.get(..at).unwrap_or(output),
        None => output,
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
    fn binaries_that_fail_die_and_have_no_harness() {
        insta::assert_snapshot!(of(include_bytes!("../../../fixtures/tools/cargo-test/all.txt")), @r#"
        10 passed, 5 failed, 3 errors, 3 skipped, 0 flaky; 18 checked
        failed ct::tests::bad @ src/lib.rs:26:44 | thread 'tests::bad' panicked at src/lib.rs:26:44:
        failed ct::tests::res @  | Error: "bad result"
        failed ct::tests::spno @ src/lib.rs:30:32 | note: test did not panic as expected at src/lib.rs:30:32
        failed ct::tests::spwrong @ src/lib.rs:31:60 | thread 'tests::spwrong' panicked at src/lib.rs:31:60:
        error custom (tests/custom.rs) @  | it failed (exit status: 3)
        error exit0 (tests/exit0.rs) @  | it ended in the middle: 1 of 2 tests were run
        error seg (tests/seg.rs) @  | it ended in the middle: 1 of 2 tests were run (signal: 6, SIGABRT: process abort signal)
        failed src/lib.rs - add (line 7) @ src/lib.rs:7 | thread 'main' panicked at src/lib.rs:5:1:
        Skipped ct::tests::ign
        Skipped ct::tests::ign2
        Skipped src/lib.rs - add (line 10)
        "#);
    }

    #[test]
    fn one_thread_lets_output_into_the_lines() {
        insta::assert_snapshot!(of(include_bytes!("../../../fixtures/tools/cargo-test/one_thread.txt")), @r#"
        3 passed, 4 failed, 0 errors, 2 skipped, 0 flaky; 7 checked
        failed ct::tests::bad @ src/lib.rs:26:44 | thread 'tests::bad' panicked at src/lib.rs:26:44:
        failed ct::tests::res @  | Error: "bad result"
        failed ct::tests::spno @ src/lib.rs:30:32 | note: test did not panic as expected at src/lib.rs:30:32
        failed ct::tests::spwrong @ src/lib.rs:31:60 | thread 'tests::spwrong' panicked at src/lib.rs:31:60:
        Skipped ct::tests::ign
        Skipped ct::tests::ign2
        "#);
    }

    #[test]
    fn tests_that_do_not_compile() {
        insta::assert_snapshot!(of(include_bytes!("../../../fixtures/tools/cargo-test/syntax_error.txt")), @r#"
        error: this file contains an unclosed delimiter --> tests/syn.rs:1:6
        "#);
    }

    #[test]
    fn cargo_that_does_not_get_to_tests() {
        for (report, expected) in [
            ("", "it wrote no report"),
            (
                "error: could not find `Cargo.toml` in `/tmp` or any parent directory\n",
                "error: could not find `Cargo.toml` in `/tmp` or any parent directory",
            ),
            (
                "error: failed to parse manifest at `/x/Cargo.toml`\n\nCaused by:\n  no targets specified in the manifest\n",
                "error: failed to parse manifest at `/x/Cargo.toml` Caused by: no targets specified in the manifest",
            ),
            (
                "nonsense\n",
                "its report is not cargo test's output: no tests were run",
            ),
        ] {
            assert_eq!(of(report.as_bytes()), expected);
        }
    }

    #[test]
    fn a_run_that_was_killed_is_an_error() {
        let whole = include_bytes!("../../../fixtures/tools/cargo-test/all.txt");
        insta::assert_snapshot!(of(whole.get(..700).unwrap()), @r#"
        3 passed, 4 failed, 1 errors, 2 skipped, 0 flaky; 8 checked
        failed ct::tests::bad @  | it does not say why
        failed ct::tests::res @  | Error: "bad result"
        failed ct::tests::spno @  | it does not say why
        failed ct::tests::spwrong @  | it does not say why
        error ct (src/lib.rs) @  | it ended in the middle: 9 of 9 tests were run
        Skipped ct::tests::ign
        Skipped ct::tests::ign2
        "#);
        insta::assert_snapshot!(of(b"running 2 tests\ntest result: ok. 18446744073709551615 passed; 18446744073709551615 failed\n"), @r#"
        0 passed, 0 failed, 1 errors, 0 skipped, 0 flaky; 1 checked
        error  @  | it ended in the middle: 0 of 2 tests were run
        "#);
        insta::assert_snapshot!(of(b"running 300 tests\n\ntest result: FAILED. 0 passed; 300 failed; 0 ignored\n").lines().next().unwrap(), @r#"
        0 passed, 300 failed, 0 errors, 0 skipped, 0 flaky; 300 checked
        "#);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = read(&mut bytes.as_slice());
        }

        #[test]
        fn a_changed_report_is_read(at in any::<prop::sample::Index>(), with in prop::collection::vec(any::<u8>(), 0..9), cut in 0..40_usize) {
            let mut bytes = include_bytes!("../../../fixtures/tools/cargo-test/all.txt").to_vec();
            let at = at.index(bytes.len());
            let end = (at + cut).min(bytes.len());
            bytes.splice(at..end, with);
            let _ = read(&mut bytes.as_slice());
        }
    }
}
