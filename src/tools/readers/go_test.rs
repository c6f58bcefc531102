//! The JSON lines of `go test -json`, and what go writes between them: errors of the compiler, and before Go 1.24 the line
//! `FAIL package [build failed]`.
//!
//! Tests are counted as gotestsum counts them: a test, each of its subtests and the subtests of those are one each, since
//! each can pass or fail by itself. A test that fails because of a subtest is counted, and no finding of its own.
//!
//! Go loses the end of a test that wrote an unfinished line (golang/go#38063). Of a package that passed, such tests passed;
//! of one that failed, the end is looked for within the output, and a test that has none is an error: it is what ran when
//! the process died. A package that failed without a test that failed is an error.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::BufRead;

use serde::Deserialize;

use super::common::{malformed, next_line, plain};
use super::record::{Excerpt, Record};
use super::trace;
use crate::findings::{CaseOutcome, Place};
use crate::tools::{ReadError, Reading};

const EXPECTED: &str = "go test's JSON";

/// Nobody nests subtests as deep.
const DEEPEST: usize = 64;

/// Reads a report, with what go wrote to standard error among it; the findings' tool is `go-test`.
pub fn read(report: &mut dyn BufRead) -> Result<Reading, ReadError> {
    let mut run = Run::default();
    let mut record = Record::new("go-test");
    let (mut line, mut events, mut is_empty) = (Vec::new(), 0_u64, true);
    while let Some(is_cut) = next_line(report, &mut line)? {
        is_empty &= line.iter().all(u8::is_ascii_whitespace);
        let event = match line.first() {
            Some(b'{') if !is_cut => serde_json::from_slice::<Event<'_>>(&line).ok(),
            _ => None,
        };
        match event.filter(|event| !event.action.is_empty()) {
            Some(event) => {
                events += 1;
                run.take(&mut record, &event)?;
            }
            None => run.said(&mut record, &String::from_utf8_lossy(&line))?,
        }
    }
    if is_empty {
        return Err(ReadError::Empty);
    }
    if events == 0 && record.tests().total() == 0 {
        return Err(run.refused());
    }
    run.finish(&mut record)?;
    Ok(record.finish())
}

/// A line of the report; `cmd/test2json` and `cmd/go` describe it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Event<'a> {
    #[serde(borrow, default)]
    action: Cow<'a, str>,
    #[serde(borrow, default)]
    package: Cow<'a, str>,
    #[serde(borrow, default)]
    test: Cow<'a, str>,
    #[serde(borrow, default)]
    output: Cow<'a, str>,
    /// Seconds.
    #[serde(default)]
    elapsed: Option<f64>,
    /// Of `build-output`: the package and its variant, such as `m/bad [m/bad.test]`.
    #[serde(borrow, default)]
    import_path: Cow<'a, str>,
    #[serde(borrow, default)]
    failed_build: Cow<'a, str>,
}

#[derive(Default)]
struct Run {
    packages: HashMap<String, Package>,
    /// What the compiler says, by the package that it says it of.
    builds: HashMap<String, Excerpt>,
    /// The package whose errors the compiler is writing.
    building: String,
    /// What go says that is about no package.
    said: Excerpt,
}

#[derive(Default)]
struct Package {
    /// Tests without an end, in the order of their names.
    running: BTreeMap<String, Running>,
    /// Tests of which a subtest failed.
    blamed: BTreeSet<String>,
    has_failed: bool,
    is_ended: bool,
    output: Excerpt,
}

#[derive(Default)]
struct Running {
    output: Excerpt,
    /// The end that its output says it has.
    end: Option<CaseOutcome>,
}

impl Run {
    fn take(&mut self, record: &mut Record, event: &Event<'_>) -> Result<(), ReadError> {
        if event.action == "build-output" {
            let package = event.import_path.split(' ').next().unwrap_or_default();
            let build = self.builds.entry(package.to_owned()).or_default();
            if !event.output.starts_with("# ") {
                build.push(&event.output);
            }
            return Ok(());
        }
        if event.package.is_empty() {
            return Ok(());
        }
        let package = match self.packages.get_mut(&*event.package) {
            Some(package) => package,
            None => self.packages.entry(event.package.to_string()).or_default(),
        };
        let end = match &*event.action {
            "run" if !event.test.is_empty() => {
                package.running.entry(event.test.to_string()).or_default();
                return Ok(());
            }
            "output" => {
                package.write(event);
                return Ok(());
            }
            "pass" => CaseOutcome::Passed,
            "fail" => CaseOutcome::Failed,
            "skip" => CaseOutcome::Skipped,
            _ => return Ok(()),
        };
        if event.test.is_empty() {
            let build = match event.failed_build.split(' ').next() {
                Some(failed) if !failed.is_empty() => self.builds.get(failed),
                _ => self.builds.get(&*event.package),
            };
            return package.end(record, &event.package, end, build);
        }
        let running = package.running.remove(&*event.test).unwrap_or_default();
        let seconds = event.elapsed;
        package.end_test(
            record,
            (&event.package, &event.test),
            &running,
            end,
            seconds,
        )
    }

    /// A line that is no event.
    fn said(&mut self, record: &mut Record, line: &str) -> Result<(), ReadError> {
        if let Some(package) = line.strip_prefix("# ") {
            let package = package.split(' ').next().unwrap_or_default();
            package.clone_into(&mut self.building);
            return Ok(());
        }
        let mut columns = line.split('\t');
        if columns.next() == Some("FAIL")
            && let Some((name, _)) = columns
                .next()
                .and_then(|rest| rest.split_once(" ["))
                .filter(|(_, why)| why.ends_with("failed]"))
        {
            let build = self.builds.get(name);
            let package = self.packages.entry(name.to_owned()).or_default();
            package.output.push(line);
            return package.end(record, name, CaseOutcome::Failed, build);
        }
        let text = match self.building.as_str() {
            "" => &mut self.said,
            building => match self.builds.get_mut(building) {
                Some(text) => text,
                None => self.builds.entry(building.to_owned()).or_default(),
            },
        };
        text.push(line);
        text.push("\n");
        Ok(())
    }

    /// Why there is no event at all.
    fn refused(self) -> ReadError {
        let said = match self.builds.into_iter().min_by(|one, two| one.0.cmp(&two.0)) {
            Some((_, build)) => build.text(),
            None => self.said.text(),
        };
        let said: String = plain(&said).collect();
        match said.lines().map(str::trim).find(|line| is_word_of_go(line)) {
            Some(line) => ReadError::Refused(line.chars().take(400).collect()),
            None => malformed(EXPECTED, "it has no event"),
        }
    }

    /// Packages without an end: go itself was killed.
    fn finish(self, record: &mut Record) -> Result<(), ReadError> {
        let open: BTreeMap<String, Package> = self
            .packages
            .into_iter()
            .filter(|(_, package)| !package.is_ended)
            .collect();
        for (name, mut package) in open {
            package.end_running(record, &name, false)?;
            record.not_run(&name, "its tests were not run to their end");
        }
        Ok(())
    }
}

/// Whether a line is go's own: `go: no such tool`, `x.go:2:8: expected`, `no packages to test`.
fn is_word_of_go(line: &str) -> bool {
    line.starts_with("go: ")
        || line.starts_with("no packages")
        || line.starts_with("flag provided")
        || line.contains(".go:")
        || line.contains("go.mod")
}

impl Package {
    fn write(&mut self, event: &Event<'_>) {
        if event.test.is_empty() {
            self.output.push(&event.output);
            return;
        }
        for (words, end) in [
            ("--- PASS: ", CaseOutcome::Passed),
            ("--- FAIL: ", CaseOutcome::Failed),
            ("--- SKIP: ", CaseOutcome::Skipped),
        ] {
            let named = event.output.split_once(words);
            if let Some((name, _)) = named.and_then(|(_, rest)| rest.rsplit_once(" ("))
                && let Some(running) = self.running.get_mut(name)
            {
                running.end = Some(end);
            }
        }
        if let Some(running) = self.running.get_mut(&*event.test)
            && !is_frame(&event.output)
        {
            running.output.push(&event.output);
        }
    }

    fn end_test(
        &mut self,
        record: &mut Record,
        (package, test): (&str, &str),
        running: &Running,
        end: CaseOutcome,
        seconds: Option<f64>,
    ) -> Result<(), ReadError> {
        let name = format!("{package}::{test}");
        if !matches!(end, CaseOutcome::Failed | CaseOutcome::Error) {
            record.count(&name, end, seconds);
            return Ok(());
        }
        self.has_failed = true;
        let mut above = test;
        for _ in 0..DEEPEST {
            let Some((parent, _)) = above.rsplit_once('/') else {
                break;
            };
            self.blamed.insert(parent.to_owned());
            above = parent;
        }
        if self.blamed.contains(test) {
            record.count(&name, end, seconds);
            return Ok(());
        }
        let output: String = plain(&running.output.text()).collect();
        let place = trace::place(&output, "").map(|place| in_package(place, package));
        let message = match output.trim() {
            "" if end == CaseOutcome::Error => "it did not end",
            output => output,
        };
        record.fail(&name, end, seconds, message, place)
    }

    fn end_running(
        &mut self,
        record: &mut Record,
        name: &str,
        has_passed: bool,
    ) -> Result<(), ReadError> {
        // Subtests come before their parents, as in the report.
        for (test, running) in std::mem::take(&mut self.running).into_iter().rev() {
            let end = if has_passed {
                CaseOutcome::Passed
            } else {
                running.end.unwrap_or(CaseOutcome::Error)
            };
            self.end_test(record, (name, &test), &running, end, None)?;
        }
        Ok(())
    }

    fn end(
        &mut self,
        record: &mut Record,
        name: &str,
        end: CaseOutcome,
        build: Option<&Excerpt>,
    ) -> Result<(), ReadError> {
        let is_first = !std::mem::replace(&mut self.is_ended, true);
        self.end_running(record, name, end == CaseOutcome::Passed)?;
        if end != CaseOutcome::Failed || self.has_failed || !is_first {
            return Ok(());
        }
        let words = build.unwrap_or(&self.output).text();
        let words: String = plain(&words).collect();
        let place = trace::place(&words, "");
        record.fail(name, CaseOutcome::Error, None, &words, place)
    }
}

/// Whether a line is the runner's own: `=== RUN   TestOK`, `    --- FAIL: TestSub/a (0.00s)`.
fn is_frame(line: &str) -> bool {
    let line = line.trim_start();
    ["=== ", "--- PASS: ", "--- FAIL: ", "--- SKIP: "]
        .iter()
        .any(|frame| line.starts_with(frame))
}

/// Tests name files without their folder, which the package's path ends with.
fn in_package(place: Place, package: &str) -> Place {
    if place.path.contains(['/', '\\']) {
        place
    } else {
        Place {
            path: format!("{package}/{}", place.path),
            ..place
        }
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
    fn tests_of_before_and_after_go_1_24() {
        insta::assert_snapshot!(of(include_bytes!("../../../fixtures/tools/go-test/go1.19.jsonl")), @r#"
        11 passed, 10 failed, 3 errors, 2 skipped, 0 flaky; 24 checked
        failed example.com/m::TestFail @ example.com/m/a_test.go:6 | a_test.go:6: 1 + 1 = 2, want 3
        failed example.com/m::TestSub/b_c @ example.com/m/a_test.go:10 | a_test.go:10: no
        failed example.com/m::TestFake @  | it does not say why
        failed example.com/m::FuzzX/seed#0 @ example.com/m/a_test.go:21 | a_test.go:21: fuzz one
        failed example.com/m::ExampleAdd @  | got:
        error example.com/m/bad @ bad/s_test.go:3:28 | bad/s_test.go:3:28: undefined: undefined
        error example.com/m/main @  | exit status 3
        failed example.com/m/exit::TestE @ /home/dev/go/exit/s_test.go:4 | panic: unexpected call to os.Exit(0) during test [recovered]
        failed example.com/m/panics::TestP/in @ /home/dev/go/panics/s_test.go:4 | panic: assignment to entry in nil map [recovered]
        error example.com/m/vet @ vet/s_test.go:3:27 | vet/s_test.go:3:27: fmt.Printf format %d has arg "x" of wrong type string
        Skipped example.com/m::TestSkip
        Skipped example.com/m::TestSub/d/e
        "#);
        insta::assert_snapshot!(of(include_bytes!("../../../fixtures/tools/go-test/go1.24.jsonl")), @r#"
        0 passed, 0 failed, 2 errors, 0 skipped, 0 flaky; 2 checked
        error example.com/m/bad @ bad/s_test.go:3:28 | bad/s_test.go:3:28: undefined: undefined
        error example.com/m/sub::TestSlow @  | panic: test timed out after 1s
        "#);
    }

    #[test]
    fn go_that_does_not_get_to_tests() {
        for (report, expected) in [
            ("", "it wrote no report"),
            (
                "go: warning: \"./...\" matched no packages\nno packages to test\n",
                "go: warning: \"./...\" matched no packages",
            ),
            (
                "go: go.mod file not found in current directory",
                "go: go.mod file not found in current directory",
            ),
            (
                "nonsense\n",
                "its report is not go test's JSON: it has no event",
            ),
            (
                "{\"a\":1}\n{\n",
                "its report is not go test's JSON: it has no event",
            ),
        ] {
            assert_eq!(of(report.as_bytes()), expected);
        }
        insta::assert_snapshot!(of(b"# x\nx_test.go:2:8: expected ')', found 'EOF'\nFAIL\tx [setup failed]\n"), @r#"
        0 passed, 0 failed, 1 errors, 0 skipped, 0 flaky; 1 checked
        error x @ x_test.go:2:8 | x_test.go:2:8: expected ')', found 'EOF'
        "#);
        insta::assert_snapshot!(of(br#"{"Action":"skip","Package":"x","Elapsed":0}
            "#), @r#"
        0 passed, 0 failed, 0 errors, 0 skipped, 0 flaky; 0 checked
        "#);
    }

    #[test]
    fn a_run_that_was_killed_is_not_checked() {
        let whole = include_bytes!("../../../fixtures/tools/go-test/go1.19.jsonl");
        insta::assert_snapshot!(of(whole.get(..9_000).unwrap()), @r#"
        8 passed, 4 failed, 2 errors, 2 skipped, 0 flaky; 14 checked
        failed example.com/m::TestFail @ example.com/m/a_test.go:6 | a_test.go:6: 1 + 1 = 2, want 3
        failed example.com/m::TestSub/b_c @ example.com/m/a_test.go:10 | a_test.go:10: no
        failed example.com/m::TestFake @  | it does not say why
        error example.com/m::FuzzX/seed#0 @ example.com/m/a_test.go:21 | a_test.go:21: fuzz one
        Skipped example.com/m::TestSkip
        Skipped example.com/m::TestSub/d/e
        ? example.com/m: its tests were not run to their end
        "#);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = read(&mut bytes.as_slice());
        }

        #[test]
        fn a_changed_report_is_read(at in any::<prop::sample::Index>(), with in prop::collection::vec(any::<u8>(), 0..9), cut in 0..40_usize) {
            let mut bytes = include_bytes!("../../../fixtures/tools/go-test/go1.19.jsonl").to_vec();
            let at = at.index(bytes.len());
            let end = (at + cut).min(bytes.len());
            bytes.splice(at..end, with);
            let _ = read(&mut bytes.as_slice());
        }
    }
}
