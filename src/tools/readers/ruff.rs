//! `ruff check --output-format json`, from 0.1 on.
//!
//! A file that cannot be opened (`E902`, `io-error`) or parsed (`E999`, `invalid-syntax`) is a finding, and was not looked
//! at. The report says nothing of files without findings.

use std::collections::BTreeSet;
use std::io::BufRead;

use serde::Deserialize;

use super::common::{Number, clean_text};
use super::list::{self, Shape};
use crate::findings::{Finding, Place, Severity, Unchecked};
use crate::tools::{ReadError, Reading};

const TOOL: &str = "ruff";

#[derive(Deserialize)]
struct Diagnostic {
    code: Option<String>,
    name: Option<String>,
    #[serde(default)]
    message: String,
    filename: Option<String>,
    location: Option<Location>,
    end_location: Option<Location>,
    #[serde(default)]
    cell: Number,
    fix: Option<Fix>,
    url: Option<String>,
}

#[derive(Clone, Copy, Default, Deserialize)]
struct Location {
    #[serde(default)]
    row: Number,
    #[serde(default)]
    column: Number,
}

#[derive(Deserialize)]
struct Fix {
    message: Option<String>,
}

/// Reads the report.
pub fn read(report: &mut dyn BufRead) -> Result<Reading, ReadError> {
    let mut reading = Reading::default();
    let (mut unchecked, mut crash) = (BTreeSet::new(), None);
    let shape = Shape::bare("ruff's JSON");
    let () = list::read(report, shape, |diagnostic: Diagnostic| {
        let message = clean_text(&diagnostic.message);
        let rule = diagnostic.rule();
        let file = diagnostic.filename.clone().unwrap_or_default();
        let not_looked_at = ["E902", "io-error", "E999", "invalid-syntax", "syntax-error"];
        if (not_looked_at.contains(&rule) || rule == "panic") && unchecked.insert(file.clone()) {
            reading.unchecked.push(Unchecked {
                what: file,
                reason: message.clone(),
            });
        }
        if rule == "panic" {
            crash.get_or_insert(message);
            return Ok(());
        }
        reading.push(finding(&diagnostic, message))
    })?;
    match crash.filter(|_| reading.findings.is_empty()) {
        Some(crash) => Err(ReadError::Refused(crash)),
        None => Ok(reading),
    }
}

impl Diagnostic {
    /// Older versions know syntax errors by no code at all.
    fn rule(&self) -> &str {
        let name = self.name.as_deref();
        self.code.as_deref().or(name).unwrap_or("invalid-syntax")
    }
}

fn finding(diagnostic: &Diagnostic, message: String) -> Finding {
    let rule = diagnostic.rule();
    let start = diagnostic.location.unwrap_or_default();
    let end = diagnostic.end_location.unwrap_or_default();
    // Lines of a notebook are counted in its cell, and are no lines of the file.
    let (message, line) = match (diagnostic.cell.count(), start.row.from_one()) {
        (Some(cell), Some(row)) => (format!("cell {cell}, line {row}: {message}"), None),
        (_, row) => (message, row),
    };
    let within = |number: Option<u32>| number.filter(|_| line.is_some());
    Finding {
        place: diagnostic.filename.clone().map(|path| Place {
            path,
            line,
            column: within(start.column.from_one()),
            end_line: within(end.row.from_one()),
            end_column: within(end.column.from_one()),
        }),
        url: diagnostic.url.as_deref().map(clean_text),
        fix: diagnostic
            .fix
            .as_ref()
            .and_then(|fix| fix.message.as_deref())
            .map(clean_text)
            .filter(|it| !it.is_empty()),
        ..Finding::new(TOOL, &clean_text(rule), severity(rule), message)
    }
}

/// How bad a rule is. ruff calls everything an error, so it goes by the linter that a rule is taken from, as that linter
/// would say:
///
/// - high: what cannot run or is certain to fail: syntax and files (`E9`), pylint's errors (`PLE`), Pyflakes' broken format
///   strings, comparisons, statements in the wrong place and undefined names (`F5`, `F6`, `F7`, `F82`);
/// - medium: what is probably wrong: the rest of Pyflakes, complexity (`C90`), pylint's warnings (`PLW`) and the linters
///   for faults: Airflow, async, bugbear, blind except, Django, time zones, `FastAPI`, gettext, logging, numpy, pandas,
///   blanket ignores, ruff's own, Bandit's, `sys.version`;
/// - low: style, naming, documentation, simpler or newer ways, and everything unknown.
pub fn severity(rule: &str) -> Severity {
    const HIGH: [&str; 6] = ["E9", "PLE", "F5", "F6", "F7", "F82"];
    const MEDIUM: [&str; 20] = [
        "AIR", "ASYNC", "B", "BLE", "C90", "DJ", "DTZ", "F", "FAST", "G", "INT", "LOG", "NPY",
        "PD", "PGH", "PLW", "RUF", "S", "TRIO", "YTT",
    ];
    let family = rule.trim_end_matches(|c: char| c.is_ascii_digit());
    match rule {
        "invalid-syntax" | "syntax-error" | "io-error" => Severity::High,
        _ if HIGH.iter().any(|it| rule.starts_with(it)) => Severity::High,
        _ if MEDIUM.contains(&family) || rule.starts_with("C90") => Severity::Medium,
        _ => Severity::Low,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::tools::readers::testing::told;

    fn read_file(name: &str) -> String {
        told(read, name)
    }

    #[test]
    fn version_0_17() {
        insta::assert_snapshot!(read_file("ruff/0.17.json"), @r#"
        checked None
        high /home/dev/proj/latin.py 1:1-1:1 E902 | stream did not contain valid UTF-8 | https://docs.astral.sh/ruff/rules/io-error
        high /home/dev/proj/missing.py 1:1-1:1 E902 | No such file or directory (os error 2) | https://docs.astral.sh/ruff/rules/io-error
        high /home/dev/proj/nul.py 1:6-1:7 invalid-syntax | Got unexpected token
        high /home/dev/proj/nul.py 1:7-2:1 invalid-syntax | Expected a statement
        low /home/dev/proj/pkg/app.py 1:1-2:26 I001 | Import block is un-sorted or un-formatted | Organize imports | https://docs.astral.sh/ruff/rules/unsorted-imports
        medium /home/dev/proj/pkg/app.py 1:8-1:10 F401 | `os` imported but unused | Remove unused import: `os` | https://docs.astral.sh/ruff/rules/unused-import
        medium /home/dev/proj/pkg/app.py 2:8-2:18 F401 | `subprocess` imported but unused | Remove unused import: `subprocess` | https://docs.astral.sh/ruff/rules/unused-import
        medium /home/dev/proj/pkg/app.py 6:46-6:48 B006 | Do not use mutable data structures for argument defaults | Replace with `None`; initialize within function | https://docs.astral.sh/ruff/rules/mutable-argument-default
        low /home/dev/proj/pkg/app.py 10:9-10:15 E722 | Do not use bare `except` | https://docs.astral.sh/ruff/rules/bare-except
        medium /home/dev/proj/pkg/app.py 20:5-20:6 F841 | Local variable `x` is assigned to but never used | Remove assignment to unused variable `x` | https://docs.astral.sh/ruff/rules/unused-variable
        high /home/dev/proj/pkg/bad.py 1:12-1:13 invalid-syntax | Expected a parameter or the end of the parameter list
        high /home/dev/proj/pkg/bad.py 1:13-2:1 invalid-syntax | Expected `)`, found newline
        unchecked /home/dev/proj/latin.py: stream did not contain valid UTF-8
        unchecked /home/dev/proj/missing.py: No such file or directory (os error 2)
        unchecked /home/dev/proj/nul.py: Got unexpected token
        unchecked /home/dev/proj/pkg/bad.py: Expected a parameter or the end of the parameter list
        "#);
    }

    #[test]
    fn version_0_1() {
        insta::assert_snapshot!(read_file("ruff/0.1.json"), @r#"
        checked None
        high /home/dev/proj/latin.py 1:1-1:1 E902 | stream did not contain valid UTF-8 | https://docs.astral.sh/ruff/rules/io-error
        high /home/dev/proj/nul.py 1:6-1:7 E999 | SyntaxError: Got unexpected token | https://docs.astral.sh/ruff/rules/syntax-error
        medium /home/dev/proj/pkg/app.py 1:8-1:10 F401 | `os` imported but unused | Remove unused import: `os` | https://docs.astral.sh/ruff/rules/unused-import
        low /home/dev/proj/pkg/app.py 2:1-2:26 E401 | Multiple imports on one line | https://docs.astral.sh/ruff/rules/multiple-imports-on-one-line
        medium /home/dev/proj/pkg/app.py 2:8-2:18 F401 | `subprocess` imported but unused | Remove unused import: `subprocess` | https://docs.astral.sh/ruff/rules/unused-import
        low /home/dev/proj/pkg/app.py 10:9-10:15 E722 | Do not use bare `except` | https://docs.astral.sh/ruff/rules/bare-except
        medium /home/dev/proj/pkg/app.py 20:5-20:6 F841 | Local variable `x` is assigned to but never used | Remove assignment to unused variable `x` | https://docs.astral.sh/ruff/rules/unused-variable
        high /home/dev/proj/pkg/bad.py 1:12-1:13 E999 | SyntaxError: Unexpected token ':' | https://docs.astral.sh/ruff/rules/syntax-error
        unchecked /home/dev/proj/latin.py: stream did not contain valid UTF-8
        unchecked /home/dev/proj/nul.py: SyntaxError: Got unexpected token
        unchecked /home/dev/proj/pkg/bad.py: SyntaxError: Unexpected token ':'
        "#);
    }

    #[test]
    fn lines_of_notebooks_are_lines_of_cells() {
        insta::assert_snapshot!(read_file("ruff/notebook.json"), @r#"
        checked None
        medium /home/dev/proj/n.ipynb -:---:- F401 | cell 1, line 1: `os` imported but unused | Remove unused import: `os` | https://docs.astral.sh/ruff/rules/unused-import
        "#);
    }

    #[test]
    fn severities_go_by_the_linter() {
        for (rule, expected) in [
            ("F401", Severity::Medium),
            ("F821", Severity::High),
            ("F632", Severity::High),
            ("FA100", Severity::Low),
            ("E902", Severity::High),
            ("E501", Severity::Low),
            ("PLE0604", Severity::High),
            ("PLW0602", Severity::Medium),
            ("C901", Severity::Medium),
            ("C408", Severity::Low),
            ("S602", Severity::Medium),
            ("SIM102", Severity::Low),
            ("", Severity::Low),
        ] {
            assert_eq!(severity(rule), expected, "{rule}");
        }
    }

    #[test]
    fn a_crash_is_no_finding() {
        let report = r#"[{"code": "panic", "message": "Fatal error while linting: boom", "filename": "a.py"}]"#;
        let reading = read(&mut report.as_bytes());
        assert!(matches!(reading, Err(ReadError::Refused(_))), "{reading:?}");
    }
}
