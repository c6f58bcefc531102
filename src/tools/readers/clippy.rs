//! `cargo clippy --message-format=json`: one JSON object a line, of cargo, rustc and clippy.
//!
//! What is said about a file for the library and again for its tests is one finding. A crate with an error was not looked
//! at to its end: late lints do not run, and what depends on it is not built.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io::BufRead;

use serde::Deserialize;

use super::common::{LONGEST_LINE, Number, clean_text, malformed, next_line};
use crate::findings::{Finding, Place, Severity, Unchecked};
use crate::tools::{ReadError, Reading};

const TOOL: &str = "clippy";
const EXPECTED: &str = "cargo's JSON lines";
/// A fix with a longer replacement is told without it.
const LONGEST_REPLACEMENT: usize = 80;

#[derive(Deserialize)]
struct Line {
    reason: String,
    #[serde(default)]
    package_id: String,
    target: Option<Target>,
    message: Option<Message>,
    success: Option<bool>,
}

#[derive(Deserialize)]
struct Target {
    #[serde(default)]
    name: String,
    #[serde(default)]
    src_path: String,
}

#[derive(Deserialize)]
struct Message {
    #[serde(rename = "message", default)]
    text: String,
    code: Option<Code>,
    #[serde(default)]
    level: String,
    #[serde(default)]
    spans: Vec<Span>,
    #[serde(default)]
    children: Vec<Child>,
}

#[derive(Deserialize)]
struct Code {
    #[serde(default)]
    code: String,
}

#[derive(Deserialize)]
struct Span {
    #[serde(default)]
    file_name: String,
    #[serde(default)]
    line_start: Number,
    #[serde(default)]
    line_end: Number,
    #[serde(default)]
    column_start: Number,
    #[serde(default)]
    column_end: Number,
    #[serde(default)]
    is_primary: bool,
    suggested_replacement: Option<String>,
    expansion: Option<Box<Expansion>>,
}

#[derive(Deserialize)]
struct Expansion {
    span: Span,
}

#[derive(Deserialize)]
struct Child {
    #[serde(default)]
    message: String,
    #[serde(default)]
    level: String,
    #[serde(default)]
    spans: Vec<Span>,
}

#[derive(Default)]
struct Build {
    reading: Reading,
    seen: HashSet<(String, String, Option<Place>)>,
    /// Targets that were built, by the files they begin with.
    built: BTreeSet<String>,
    /// Targets with errors, by the same, with their names and first errors.
    broken: BTreeMap<String, (String, String)>,
    crash: Option<String>,
    success: Option<bool>,
}

/// Reads the report. `checked` counts the targets of the project itself (libraries, programs, tests, …) that were built
/// without an error.
pub fn read(report: &mut dyn BufRead) -> Result<Reading, ReadError> {
    let (mut build, mut line, mut is_empty) = (Build::default(), Vec::new(), true);
    while let Some(is_cut) = next_line(report, &mut line)? {
        if line.trim_ascii().is_empty() {
            continue;
        }
        is_empty = false;
        if is_cut {
            let message = format!("a line is longer than {LONGEST_LINE} bytes");
            return Err(malformed(EXPECTED, message));
        }
        match serde_json::from_slice(&line) {
            Ok(line) => build.add(line)?,
            // Build scripts and procedural macros may print what they like.
            Err(_) if !line.trim_ascii_start().starts_with(b"{\"reason\"") => {}
            Err(error) => return Err(malformed(EXPECTED, error)),
        }
    }
    if is_empty {
        return Err(ReadError::Empty);
    }
    build.finish()
}

impl Build {
    fn add(&mut self, line: Line) -> Result<(), ReadError> {
        let root = line.target.as_ref().map(|it| it.src_path.clone());
        match (line.reason.as_str(), line.message) {
            ("build-finished", _) => self.success = Some(line.success == Some(true)),
            // Dependencies come from a registry or from another repository; nobody lints them.
            ("compiler-artifact", _) if line.package_id.contains("path+") => {
                self.built.extend(root);
            }
            ("compiler-message", Some(message)) => {
                let name = line.target.map(|it| it.name).unwrap_or_default();
                self.message(&message, &root.unwrap_or_default(), &name)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn message(&mut self, message: &Message, root: &str, name: &str) -> Result<(), ReadError> {
        let text = clean_text(&message.text);
        if message.is_summary(&text) {
            return Ok(());
        }
        if message.level.starts_with("error") {
            let what = clean_text(name);
            self.broken
                .entry(root.to_owned())
                .or_insert_with(|| (what, text.clone()));
        }
        if message.level.contains("internal compiler error") {
            self.crash.get_or_insert(text);
            return Ok(());
        }
        let rule = message.rule();
        let place = message.place();
        if self
            .seen
            .insert((rule.clone(), text.clone(), place.clone()))
        {
            self.reading.push(Finding {
                place,
                url: message.url(&rule),
                fix: message.fix(),
                ..Finding::new(TOOL, &rule, message.severity(), text)
            })?;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Reading, ReadError> {
        if let Some(crash) = self.crash.filter(|_| self.reading.findings.is_empty()) {
            return Err(ReadError::Refused(crash));
        }
        let Some(success) = self.success else {
            return Err(malformed(EXPECTED, "it ends before the build does"));
        };
        let checked = self
            .built
            .iter()
            .filter(|it| !self.broken.contains_key(*it));
        self.reading.checked = Some(checked.count() as u64);
        let is_unexplained = !success && self.broken.is_empty();
        let unchecked = self.broken.into_values().map(|(name, error)| Unchecked {
            what: name,
            reason: format!("it does not compile: {error}"),
        });
        self.reading.unchecked.extend(unchecked);
        if is_unexplained {
            self.reading.unchecked.push(Unchecked {
                what: "the build".to_owned(),
                reason: "it failed".to_owned(),
            });
        }
        Ok(self.reading)
    }
}

impl Message {
    /// "aborting due to 2 previous errors", "3 warnings emitted", "Some errors have detailed explanations": about other
    /// messages, not about the code.
    fn is_summary(&self, text: &str) -> bool {
        self.level == "failure-note"
            || (self.code.is_none()
                && self.spans.is_empty()
                && (text.starts_with("aborting due to ")
                    || text.ends_with(" warning emitted")
                    || text.ends_with(" warnings emitted")))
    }

    fn rule(&self) -> String {
        let code = self.code.as_ref().map(|it| it.code.as_str());
        clean_text(code.unwrap_or_default())
    }

    fn severity(&self) -> Severity {
        match self.level.as_str() {
            "warning" => Severity::Medium,
            "note" | "help" => Severity::Low,
            _ => Severity::High,
        }
    }

    fn place(&self) -> Option<Place> {
        let primary = self.spans.iter().find(|it| it.is_primary)?;
        let span = primary.within_project().unwrap_or(primary);
        Some(Place {
            path: span.file_name.clone(),
            line: span.line_start.from_one(),
            column: span.column_start.from_one(),
            end_line: span.line_end.from_one(),
            end_column: span.column_end.from_one(),
        })
    }

    /// clippy tells it itself; the errors of rustc have an index; its lints have none that is complete.
    fn url(&self, rule: &str) -> Option<String> {
        let told = self.children.iter().find_map(|child| {
            let (_, url) = child.message.split_once("for further information visit ")?;
            Some(clean_text(url))
        });
        let is_error = rule.strip_prefix('E').is_some_and(|number| {
            number.len() == 4 && number.bytes().all(|it| it.is_ascii_digit())
        });
        told.or_else(|| {
            is_error.then(|| format!("https://doc.rust-lang.org/error_codes/{rule}.html"))
        })
    }

    /// The first help that replaces something, with the replacement if it is one and short.
    fn fix(&self) -> Option<String> {
        let replaces = |child: &&Child| {
            child.level == "help"
                && child
                    .spans
                    .iter()
                    .any(|it| it.suggested_replacement.is_some())
        };
        let child = self.children.iter().find(replaces)?;
        let help = clean_text(&child.message);
        let replacement = match child.spans.as_slice() {
            [span] => span.suggested_replacement.as_deref().map(clean_text),
            _ => None,
        };
        Some(match replacement {
            Some(code)
                if !code.is_empty()
                    && code.len() <= LONGEST_REPLACEMENT
                    && !code.contains('\n') =>
            {
                format!("{help}: `{code}`")
            }
            _ => help,
        })
    }
}

impl Span {
    /// Where the macro that the code comes from was called: the outermost place that is in the project, so that each call
    /// is a finding of its own, as rustc prints it. Paths in the project are relative.
    fn within_project(&self) -> Option<&Self> {
        let (mut span, mut found) = (Some(self), None);
        while let Some(here) = span {
            found = Some(here).filter(|it| it.is_ours()).or(found);
            span = here.expansion.as_ref().map(|it| &it.span);
        }
        found
    }

    fn is_ours(&self) -> bool {
        let path = &self.file_name;
        !path.is_empty()
            && !path.starts_with(['/', '\\', '<'])
            && !path.starts_with("..")
            && path.get(1..2) != Some(":")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::tools::readers::testing::{fixture, shown, told};

    fn read_file(name: &str) -> String {
        told(read, name)
    }

    #[test]
    fn lints_of_a_library_and_its_tests_are_told_once() {
        insta::assert_snapshot!(read_file("clippy/warn.jsonl"), @r#"
        checked Some(3)
        medium src/lib.rs 2:5-2:30 unused_imports | unused import: `std::collections::HashMap` | remove the whole `use` item
        medium src/lib.rs 29:17-29:20 deprecated | use of deprecated function `old`
        medium src/lib.rs 16:9-16:15 unused_variables | unused variable: `unused` | if this is intentional, prefix it with an underscore: `_unused`
        medium src/lib.rs 37:18-37:19 unused_variables | unused variable: `y` | if this is intentional, prefix it with an underscore: `_y`
        medium src/lib.rs 45:5-45:15 unused_variables | unused variable: `unused_in_macro`
        medium src/lib.rs 46:5-46:15 unused_variables | unused variable: `unused_in_macro`
        medium src/lib.rs 35:1-35:10 clippy::items_after_test_module | items after a test module | move the items to before the test module was defined | https://rust-lang.github.io/rust-clippy/rust-1.95.0/index.html#items_after_test_module
        medium src/lib.rs 18:5-18:20 clippy::needless_return | unneeded `return` statement | remove `return` | https://rust-lang.github.io/rust-clippy/rust-1.95.0/index.html#needless_return
        medium src/lib.rs 15:22-15:30 clippy::ptr_arg | writing `&Vec` instead of `&[_]` involves a new object where a slice will do | change this to: `&[u8]` | https://rust-lang.github.io/rust-clippy/rust-1.95.0/index.html#ptr_arg
        medium src/lib.rs 22:5-22:51 clippy::format_in_format_args | `format!` in `println!` args | https://rust-lang.github.io/rust-clippy/rust-1.95.0/index.html#format_in_format_args
        medium src/lib.rs 23:13-23:49 clippy::map_clone | you are using an explicit closure for copying elements | consider calling the dedicated `copied` method: `vec![1, 2].iter().copied()` | https://rust-lang.github.io/rust-clippy/rust-1.95.0/index.html#map_clone
        medium src/lib.rs 23:39-23:48 clippy::clone_on_copy | using `clone` on type `i32` which implements the `Copy` trait | try dereferencing it: `*x` | https://rust-lang.github.io/rust-clippy/rust-1.95.0/index.html#clone_on_copy
        medium src/lib.rs 23:13-23:23 clippy::useless_vec | useless use of `vec!` | you can use an array directly: `[1, 2]` | https://rust-lang.github.io/rust-clippy/rust-1.95.0/index.html#useless_vec
        medium src/lib.rs 24:25-24:38 invalid_nan_comparisons | incorrect NaN comparison, NaN cannot be directly compared to itself | use `f32::is_nan()` or `f64::is_nan()` instead
        medium src/lib.rs 37:65-37:78 clippy::assertions_on_constants | this assertion is always `true` | https://rust-lang.github.io/rust-clippy/rust-1.95.0/index.html#assertions_on_constants
        medium src/bin/main.rs 1:17-1:18 unused_variables | unused variable: `q` | if this is intentional, prefix it with an underscore: `_q`
        medium tests/it.rs 1:23-1:24 unused_variables | unused variable: `z` | if this is intentional, prefix it with an underscore: `_z`
        "#);
    }

    #[test]
    fn compile_errors_are_findings() {
        insta::assert_snapshot!(read_file("clippy/broken.jsonl"), @r#"
        checked Some(0)
        high src/lib.rs 1:5-1:9 E0432 | unresolved import `nope` | https://doc.rust-lang.org/error_codes/E0432.html
        high src/lib.rs 2:20-2:23 E0308 | mismatched types | https://doc.rust-lang.org/error_codes/E0308.html
        high src/lib.rs 3:31-3:34 E0308 | mismatched types | https://doc.rust-lang.org/error_codes/E0308.html
        unchecked brokenc: it does not compile: unresolved import `nope`
        "#);
    }

    #[test]
    fn a_broken_member_hides_no_other() {
        insta::assert_snapshot!(read_file("clippy/ws.jsonl"), @r#"
        checked Some(1)
        medium a/src/lib.rs 1:18-1:19 unused_variables | unused variable: `x` | if this is intentional, prefix it with an underscore: `_x`
        high b/src/lib.rs 1:13-1:13  | this file contains an unclosed delimiter
        unchecked wsb: it does not compile: this file contains an unclosed delimiter
        "#);
    }

    fn read_text(report: &str) -> String {
        match read(&mut report.as_bytes()) {
            Ok(reading) => shown(&reading),
            Err(error) => format!("error: {error}"),
        }
    }

    const FINISHED: &str = "{\"reason\":\"build-finished\",\"success\":true}\n";

    #[test]
    fn a_clean_build_is_counted() {
        assert_eq!(read_file("clippy/ok.jsonl"), "checked Some(1)");
        assert_eq!(read_text(FINISHED), "checked Some(0)");
    }

    #[test]
    fn a_build_that_does_not_end_is_no_report() {
        let text = String::from_utf8(fixture("clippy/ok.jsonl")).unwrap();
        let (first, _) = text.split_once('\n').unwrap();
        assert!(read_text(first).starts_with("error: its report is not cargo's JSON lines"));
    }

    #[test]
    fn code_of_others_macros_is_where_they_are_called() {
        let message = r#"{"reason":"compiler-message","message":{"message":"m","level":"warning","spans":[
            {"is_primary":true,"file_name":"/rustc/1/library/core/src/macros/mod.rs","line_start":5,"expansion":{"span":
            {"file_name":"src/macros.rs","line_start":7,"expansion":{"span":
            {"file_name":"src/lib.rs","line_start":9,"column_start":2,"expansion":{"span":
            {"file_name":"/home/dev/.cargo/registry/src/x/lib.rs","line_start":1,"expansion":null}}}}}}}]}}"#;
        let report = format!(
            "{}\nprinted by a build script\n{FINISHED}",
            message.replace('\n', "")
        );
        assert_eq!(
            read_text(&report),
            "checked Some(0)\nmedium src/lib.rs 9:2--:-  | m"
        );
    }

    #[test]
    fn a_crash_of_the_compiler_is_no_finding() {
        let message = r#"{"reason":"compiler-message","message":{"message":"it panicked","level":"error: internal compiler error"}}"#;
        assert_eq!(
            read_text(&format!("{message}\n{FINISHED}")),
            "error: it panicked"
        );
    }
}
