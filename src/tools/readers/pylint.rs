//! `pylint --output-format=json2` of pylint 3 and later, and the older `json`; with or without `--verbose`.
//!
//! What pylint calls `modulesLinted` is no number of files: it counts two entries for its own settings, one for a
//! configuration file, modules that cannot be found, and modules of the same name once. A run that looks at nothing has
//! two or three of them and a score of 10. So the number is taken from the progress that `--verbose` writes before the
//! report (pylint 4), and without it three are left out: it is then too small rather than too large.

use std::collections::BTreeSet;
use std::io::{BufRead, Read};

use serde::Deserialize;

use super::common::{LONGEST_LINE, Number, clean_text, malformed, next_line};
use super::list::{self, Shape};
use crate::findings::{Confidence, Finding, Place, Severity, Unchecked};
use crate::tools::{ReadError, Reading};

const TOOL: &str = "pylint";
const SHAPE: Shape = Shape {
    expected: "pylint's JSON",
    list: "messages",
    besides: "statistics",
};
/// Entries of `modulesLinted` that are no modules, at most: "Command line", "Command line or configuration file", and the
/// configuration file.
const SETTINGS: u64 = 3;

#[derive(Deserialize)]
struct Message {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    symbol: String,
    #[serde(rename = "message", default)]
    text: String,
    #[serde(rename = "messageId", alias = "message-id", default)]
    id: String,
    #[serde(default)]
    confidence: String,
    path: String,
    #[serde(default)]
    line: Number,
    #[serde(default)]
    column: Number,
    #[serde(rename = "endLine", default)]
    end_line: Number,
    #[serde(rename = "endColumn", default)]
    end_column: Number,
}

#[derive(Default, Deserialize)]
struct Statistics {
    #[serde(rename = "modulesLinted", default)]
    modules: Number,
}

/// What a message says about the run besides what it says about the code.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Nothing.
    Code,
    /// The file could not be parsed.
    Unreadable,
    /// The file is not there.
    Missing,
    /// pylint or a plugin of it failed on the file: that is nothing about the code.
    Crash,
    /// A plugin could not be loaded: its checks were not made.
    Plugin,
}

/// Reads the report.
pub fn read(report: &mut dyn BufRead) -> Result<Reading, ReadError> {
    let (started, first) = skip_progress(report)?;
    let mut reading = Reading::default();
    let (mut paths, mut unread, mut skipped, mut crash) = (BTreeSet::new(), 0, 0, None);
    let mut unchecked = BTreeSet::new();
    let mut report = first.as_slice().chain(report);
    let statistics: Statistics = list::read(&mut report, SHAPE, |message: Message| {
        let kind = message.says();
        if kind != Kind::Code && unchecked.insert((message.path.clone(), kind == Kind::Plugin)) {
            unread += u64::from(matches!(kind, Kind::Unreadable | Kind::Crash));
            skipped += u64::from(kind != Kind::Plugin);
            reading.unchecked.push(Unchecked {
                what: message.path.clone(),
                reason: clean_text(&message.text),
            });
        }
        match kind {
            Kind::Crash => {
                crash.get_or_insert_with(|| clean_text(&message.text));
                return Ok(());
            }
            Kind::Code if !message.is_about_settings() => {
                paths.insert(message.path.clone());
            }
            _ => {}
        }
        reading.push(finding(&message))
    })?;
    if let Some(crash) = crash.filter(|_| reading.findings.is_empty()) {
        return Err(ReadError::Refused(crash));
    }
    let linted = |modules: u64| {
        let least = modules.saturating_sub(SETTINGS).saturating_sub(skipped);
        least.max(paths.len() as u64)
    };
    reading.checked = started
        .map(|modules| modules.saturating_sub(unread))
        .or_else(|| statistics.modules.count().map(linted));
    Ok(reading)
}

/// Reads the lines before the JSON: how many modules they say are looked at, and the first line of the JSON.
fn skip_progress(report: &mut dyn BufRead) -> Result<(Option<u64>, Vec<u8>), ReadError> {
    let (mut started, mut words, mut line) = (None, None, Vec::new());
    while let Some(is_cut) = next_line(report, &mut line)? {
        if is_cut {
            let message = format!("a line is longer than {LONGEST_LINE} bytes");
            return Err(malformed(SHAPE.expected, message));
        }
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_start_matches('\u{feff}').trim();
        if text.starts_with(['{', '[']) && !is_progress(text) {
            line.push(b'\n');
            return Ok((started, line));
        }
        // Written as text whatever the format. pylint goes on without its configuration, which is another check than
        // the one that was asked for.
        if let Some((_, message)) = text.split_once(": F0011: ") {
            return Err(ReadError::Refused(clean_text(message)));
        }
        let modules = text.strip_prefix("Linting ");
        if let Some(modules) = modules.and_then(|it| it.strip_suffix(" modules.")) {
            started = modules.parse().ok();
        } else if !text.is_empty() && !is_progress(text) {
            words = Some(clean_text(text));
        }
    }
    Err(words.map_or(ReadError::Empty, ReadError::Refused))
}

/// `app.py (1 of 3)`, also of a file that is called `{{name}}.py`.
fn is_progress(line: &str) -> bool {
    let counted = |line: &str| {
        let (_, count) = line.strip_suffix(')')?.rsplit_once(" (")?;
        let (one, all) = count.split_once(" of ")?;
        Some(one.parse::<u64>().is_ok() && all.parse::<u64>().is_ok())
    };
    line == "Get ASTs." || line.starts_with("AST for ") || counted(line) == Some(true)
}

impl Message {
    fn says(&self) -> Kind {
        let is_crash = self.text.contains("Fatal error while checking");
        match (self.id.as_str(), self.symbol.as_str()) {
            ("E0001" | "F0010", _) | (_, "syntax-error") => Kind::Unreadable,
            ("F0002", _) | (_, "astroid-error") => Kind::Crash,
            ("F0001", _) | (_, "fatal") if is_crash => Kind::Crash,
            ("F0001", _) | (_, "fatal") => Kind::Missing,
            ("E0013", _) | (_, "bad-plugin-value") => Kind::Plugin,
            _ => Kind::Code,
        }
    }

    /// "Command line", "Command line or configuration file": no path.
    fn is_about_settings(&self) -> bool {
        self.path.is_empty() || self.path.starts_with("Command line")
    }

    /// Plugins of others use the numbers from 51 on and are not explained there.
    fn url(&self) -> Option<String> {
        let folder = match self.kind.as_str() {
            "info" => "information",
            kind @ ("fatal" | "error" | "warning" | "refactor" | "convention") => kind,
            _ => return None,
        };
        let checker: u32 = self.id.get(1..3)?.parse().ok()?;
        let is_name = |it: &str| {
            !it.is_empty()
                && it
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        };
        (checker < 51 && is_name(&self.symbol)).then(|| {
            format!(
                "https://pylint.readthedocs.io/en/stable/user_guide/messages/{folder}/{}.html",
                self.symbol
            )
        })
    }
}

fn finding(message: &Message) -> Finding {
    let severity = match message.kind.as_str() {
        "fatal" | "error" => Severity::High,
        "refactor" | "convention" => Severity::Low,
        "info" => Severity::Info,
        _ => Severity::Medium,
    };
    let confidence = match message.confidence.as_str() {
        "HIGH" => Some(Confidence::High),
        "CONTROL_FLOW" | "INFERENCE" => Some(Confidence::Medium),
        "INFERENCE_FAILURE" => Some(Confidence::Low),
        _ => None,
    };
    let rule = match message.symbol.as_str() {
        "" => &message.id,
        symbol => symbol,
    };
    let line = message.line.from_one();
    Finding {
        confidence,
        place: (!message.is_about_settings()).then(|| Place {
            path: message.path.clone(),
            line,
            column: message.column.from_zero().filter(|_| line.is_some()),
            end_line: message.end_line.from_one(),
            end_column: message.end_column.from_zero(),
        }),
        url: message.url(),
        ..Finding::new(TOOL, &clean_text(rule), severity, clean_text(&message.text))
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
    fn json2_with_progress() {
        insta::assert_snapshot!(read_file("pylint/json2.json"), @r#"
        checked Some(2)
        high missing.py 1:1--:- fatal | No module named missing.py | https://pylint.readthedocs.io/en/stable/user_guide/messages/fatal/fatal.html
        high pkg/bad.py 1:13--:- syntax-error | Parsing failed: 'invalid syntax (pkg.bad, line 1)' | https://pylint.readthedocs.io/en/stable/user_guide/messages/error/syntax-error.html
        high latin.py 1:1--:- syntax-error | Parsing failed: 'invalid or missing encoding declaration for '/home/dev/proj/latin.py'' | https://pylint.readthedocs.io/en/stable/user_guide/messages/error/syntax-error.html
        low pkg/app.py 1:1--:- missing-module-docstring | Missing module docstring | https://pylint.readthedocs.io/en/stable/user_guide/messages/convention/missing-module-docstring.html
        low pkg/app.py 2:1-2:26 multiple-imports | Multiple imports on one line (subprocess, pickle) | https://pylint.readthedocs.io/en/stable/user_guide/messages/convention/multiple-imports.html
        low pkg/app.py 5:1-5:12 missing-class-docstring | Missing class docstring | https://pylint.readthedocs.io/en/stable/user_guide/messages/convention/missing-class-docstring.html
        medium pkg/app.py 6:5-6:13 dangerous-default-value | Dangerous default value {} as argument | https://pylint.readthedocs.io/en/stable/user_guide/messages/warning/dangerous-default-value.html
        medium pkg/app.py 10:9-11:32 bare-except | No exception type(s) specified | https://pylint.readthedocs.io/en/stable/user_guide/messages/warning/bare-except.html
        medium pkg/app.py 9:32-9:42 unspecified-encoding | Using open without explicitly specifying an encoding | https://pylint.readthedocs.io/en/stable/user_guide/messages/warning/unspecified-encoding.html
        high pkg/app.py 11:20-11:32 no-member | Instance of 'Store' has no 'missing' member | https://pylint.readthedocs.io/en/stable/user_guide/messages/error/no-member.html
        medium pkg/app.py 6:26-6:33 unused-argument | Unused argument 'default' | https://pylint.readthedocs.io/en/stable/user_guide/messages/warning/unused-argument.html
        medium pkg/app.py 6:40-6:45 unused-argument | Unused argument 'cache' | https://pylint.readthedocs.io/en/stable/user_guide/messages/warning/unused-argument.html
        medium pkg/app.py 6:50-6:51 unused-argument | Unused argument 'a' | https://pylint.readthedocs.io/en/stable/user_guide/messages/warning/unused-argument.html
        medium pkg/app.py 6:55-6:56 unused-argument | Unused argument 'b' | https://pylint.readthedocs.io/en/stable/user_guide/messages/warning/unused-argument.html
        low pkg/app.py 12:5-12:20 missing-function-docstring | Missing function or method docstring | https://pylint.readthedocs.io/en/stable/user_guide/messages/convention/missing-function-docstring.html
        low pkg/app.py 18:1-18:11 missing-function-docstring | Missing function or method docstring | https://pylint.readthedocs.io/en/stable/user_guide/messages/convention/missing-function-docstring.html
        medium pkg/app.py 19:5-19:14 eval-used | Use of eval | https://pylint.readthedocs.io/en/stable/user_guide/messages/warning/eval-used.html
        medium pkg/app.py 18:12-18:20 unused-argument | Unused argument 'argument' | https://pylint.readthedocs.io/en/stable/user_guide/messages/warning/unused-argument.html
        medium pkg/app.py 20:5-20:6 unused-variable | Unused variable 'x' | https://pylint.readthedocs.io/en/stable/user_guide/messages/warning/unused-variable.html
        medium pkg/app.py 1:1-1:10 unused-import | Unused import os | https://pylint.readthedocs.io/en/stable/user_guide/messages/warning/unused-import.html
        medium pkg/app.py 2:1-2:26 unused-import | Unused import subprocess | https://pylint.readthedocs.io/en/stable/user_guide/messages/warning/unused-import.html
        unchecked missing.py: No module named missing.py
        unchecked pkg/bad.py: Parsing failed: 'invalid syntax (pkg.bad, line 1)'
        unchecked latin.py: Parsing failed: 'invalid or missing encoding declaration for '/home/dev/proj/latin.py''
        "#);
    }

    #[test]
    fn json2_without_progress_counts_too_few() {
        insta::assert_snapshot!(read_file("pylint/json2-quiet.json"), @r#"
        checked Some(1)
        high pkg/bad.py 1:13--:- syntax-error | Parsing failed: 'invalid syntax (pkg.bad, line 1)' | https://pylint.readthedocs.io/en/stable/user_guide/messages/error/syntax-error.html
        low pkg/app.py 1:1--:- missing-module-docstring | Missing module docstring | https://pylint.readthedocs.io/en/stable/user_guide/messages/convention/missing-module-docstring.html
        low pkg/app.py 2:1-2:26 multiple-imports | Multiple imports on one line (subprocess, pickle) | https://pylint.readthedocs.io/en/stable/user_guide/messages/convention/multiple-imports.html
        low pkg/app.py 5:1-5:12 missing-class-docstring | Missing class docstring | https://pylint.readthedocs.io/en/stable/user_guide/messages/convention/missing-class-docstring.html
        medium pkg/app.py 6:5-6:13 dangerous-default-value | Dangerous default value {} as argument | https://pylint.readthedocs.io/en/stable/user_guide/messages/warning/dangerous-default-value.html
        low pkg/app.py 6:5-6:13 too-many-arguments | Too many arguments (6/5) | https://pylint.readthedocs.io/en/stable/user_guide/messages/refactor/too-many-arguments.html
        low pkg/app.py 6:5-6:13 too-many-positional-arguments | Too many positional arguments (6/5) | https://pylint.readthedocs.io/en/stable/user_guide/messages/refactor/too-many-positional-arguments.html
        medium pkg/app.py 10:9-11:32 bare-except | No exception type(s) specified | https://pylint.readthedocs.io/en/stable/user_guide/messages/warning/bare-except.html
        medium pkg/app.py 9:32-9:42 unspecified-encoding | Using open without explicitly specifying an encoding | https://pylint.readthedocs.io/en/stable/user_guide/messages/warning/unspecified-encoding.html
        high pkg/app.py 11:20-11:32 no-member | Instance of 'Store' has no 'missing' member | https://pylint.readthedocs.io/en/stable/user_guide/messages/error/no-member.html
        medium pkg/app.py 6:26-6:33 unused-argument | Unused argument 'default' | https://pylint.readthedocs.io/en/stable/user_guide/messages/warning/unused-argument.html
        medium pkg/app.py 6:40-6:45 unused-argument | Unused argument 'cache' | https://pylint.readthedocs.io/en/stable/user_guide/messages/warning/unused-argument.html
        medium pkg/app.py 6:50-6:51 unused-argument | Unused argument 'a' | https://pylint.readthedocs.io/en/stable/user_guide/messages/warning/unused-argument.html
        medium pkg/app.py 6:55-6:56 unused-argument | Unused argument 'b' | https://pylint.readthedocs.io/en/stable/user_guide/messages/warning/unused-argument.html
        low pkg/app.py 12:5-12:20 missing-function-docstring | Missing function or method docstring | https://pylint.readthedocs.io/en/stable/user_guide/messages/convention/missing-function-docstring.html
        low pkg/app.py 18:1-18:11 missing-function-docstring | Missing function or method docstring | https://pylint.readthedocs.io/en/stable/user_guide/messages/convention/missing-function-docstring.html
        medium pkg/app.py 19:5-19:14 eval-used | Use of eval | https://pylint.readthedocs.io/en/stable/user_guide/messages/warning/eval-used.html
        medium pkg/app.py 18:12-18:20 unused-argument | Unused argument 'argument' | https://pylint.readthedocs.io/en/stable/user_guide/messages/warning/unused-argument.html
        medium pkg/app.py 20:5-20:6 unused-variable | Unused variable 'x' | https://pylint.readthedocs.io/en/stable/user_guide/messages/warning/unused-variable.html
        medium pkg/app.py 1:1-1:10 unused-import | Unused import os | https://pylint.readthedocs.io/en/stable/user_guide/messages/warning/unused-import.html
        medium pkg/app.py 2:1-2:26 unused-import | Unused import subprocess | https://pylint.readthedocs.io/en/stable/user_guide/messages/warning/unused-import.html
        unchecked pkg/bad.py: Parsing failed: 'invalid syntax (pkg.bad, line 1)'
        "#);
    }

    #[test]
    fn old_json() {
        insta::assert_snapshot!(read_file("pylint/json.json"), @r#"
        checked None
        high missing.py 1:1--:- fatal | No module named missing.py | https://pylint.readthedocs.io/en/stable/user_guide/messages/fatal/fatal.html
        high pkg/bad.py 1:13--:- syntax-error | Parsing failed: 'invalid syntax (<unknown>, line 1)' | https://pylint.readthedocs.io/en/stable/user_guide/messages/error/syntax-error.html
        low pkg/app.py 1:1--:- missing-module-docstring | Missing module docstring | https://pylint.readthedocs.io/en/stable/user_guide/messages/convention/missing-module-docstring.html
        low pkg/app.py 2:1-2:26 multiple-imports | Multiple imports on one line (subprocess, pickle) | https://pylint.readthedocs.io/en/stable/user_guide/messages/convention/multiple-imports.html
        low pkg/app.py 5:1-5:12 missing-class-docstring | Missing class docstring | https://pylint.readthedocs.io/en/stable/user_guide/messages/convention/missing-class-docstring.html
        low pkg/app.py 6:50-6:51 invalid-name | Argument name "a" doesn't conform to snake_case naming style | https://pylint.readthedocs.io/en/stable/user_guide/messages/convention/invalid-name.html
        low pkg/app.py 6:55-6:56 invalid-name | Argument name "b" doesn't conform to snake_case naming style | https://pylint.readthedocs.io/en/stable/user_guide/messages/convention/invalid-name.html
        medium pkg/app.py 6:5-6:13 dangerous-default-value | Dangerous default value {} as argument | https://pylint.readthedocs.io/en/stable/user_guide/messages/warning/dangerous-default-value.html
        low pkg/app.py 6:5-6:13 too-many-arguments | Too many arguments (6/5) | https://pylint.readthedocs.io/en/stable/user_guide/messages/refactor/too-many-arguments.html
        medium pkg/app.py 10:9-11:32 bare-except | No exception type(s) specified | https://pylint.readthedocs.io/en/stable/user_guide/messages/warning/bare-except.html
        medium pkg/app.py 9:32-9:42 unspecified-encoding | Using open without explicitly specifying an encoding | https://pylint.readthedocs.io/en/stable/user_guide/messages/warning/unspecified-encoding.html
        high pkg/app.py 11:20-11:32 no-member | Instance of 'Store' has no 'missing' member | https://pylint.readthedocs.io/en/stable/user_guide/messages/error/no-member.html
        medium pkg/app.py 6:26-6:33 unused-argument | Unused argument 'default' | https://pylint.readthedocs.io/en/stable/user_guide/messages/warning/unused-argument.html
        medium pkg/app.py 6:40-6:45 unused-argument | Unused argument 'cache' | https://pylint.readthedocs.io/en/stable/user_guide/messages/warning/unused-argument.html
        medium pkg/app.py 6:50-6:51 unused-argument | Unused argument 'a' | https://pylint.readthedocs.io/en/stable/user_guide/messages/warning/unused-argument.html
        medium pkg/app.py 6:55-6:56 unused-argument | Unused argument 'b' | https://pylint.readthedocs.io/en/stable/user_guide/messages/warning/unused-argument.html
        low pkg/app.py 12:5-12:20 missing-function-docstring | Missing function or method docstring | https://pylint.readthedocs.io/en/stable/user_guide/messages/convention/missing-function-docstring.html
        low pkg/app.py 13:19-13:20 invalid-name | Argument name "x" doesn't conform to snake_case naming style | https://pylint.readthedocs.io/en/stable/user_guide/messages/convention/invalid-name.html
        low pkg/app.py 18:1-18:11 missing-function-docstring | Missing function or method docstring | https://pylint.readthedocs.io/en/stable/user_guide/messages/convention/missing-function-docstring.html
        medium pkg/app.py 19:5-19:14 eval-used | Use of eval | https://pylint.readthedocs.io/en/stable/user_guide/messages/warning/eval-used.html
        low pkg/app.py 20:5-20:6 invalid-name | Variable name "x" doesn't conform to snake_case naming style | https://pylint.readthedocs.io/en/stable/user_guide/messages/convention/invalid-name.html
        medium pkg/app.py 18:12-18:20 unused-argument | Unused argument 'argument' | https://pylint.readthedocs.io/en/stable/user_guide/messages/warning/unused-argument.html
        medium pkg/app.py 20:5-20:6 unused-variable | Unused variable 'x' | https://pylint.readthedocs.io/en/stable/user_guide/messages/warning/unused-variable.html
        medium pkg/app.py 1:1-1:10 unused-import | Unused import os | https://pylint.readthedocs.io/en/stable/user_guide/messages/warning/unused-import.html
        medium pkg/app.py 2:1-2:26 unused-import | Unused import subprocess | https://pylint.readthedocs.io/en/stable/user_guide/messages/warning/unused-import.html
        unchecked missing.py: No module named missing.py
        unchecked pkg/bad.py: Parsing failed: 'invalid syntax (<unknown>, line 1)'
        "#);
    }

    #[test]
    fn a_plugin_that_is_missing_did_not_check() {
        insta::assert_snapshot!(read_file("pylint/bad-plugin.json"), @r#"
        checked Some(1)
        high /home/dev/bad2.rc 1:1--:- unrecognized-option | Unrecognized option found: bogus | https://pylint.readthedocs.io/en/stable/user_guide/messages/error/unrecognized-option.html
        medium /home/dev/bad2.rc 1:1--:- unknown-option-value | Unknown option value for '--disable', expected a valid pylint message and got 'no-such-message' | https://pylint.readthedocs.io/en/stable/user_guide/messages/warning/unknown-option-value.html
        high  -:---:- bad-plugin-value | Plugin 'nonexistent_plugin' is impossible to load, is it installed ? ('No module named 'nonexistent_plugin'') | https://pylint.readthedocs.io/en/stable/user_guide/messages/error/bad-plugin-value.html
        unchecked Command line or configuration file: Plugin 'nonexistent_plugin' is impossible to load, is it installed ? ('No module named 'nonexistent_plugin'')
        "#);
    }

    #[test]
    fn everything_ignored_is_none_checked() {
        assert_eq!(read_file("pylint/all-ignored.json"), "checked Some(0)");
        assert_eq!(
            read_file("pylint/all-ignored-quiet.json"),
            "checked Some(0)"
        );
    }

    #[test]
    fn failures_are_in_its_own_words() {
        let crash = read_file("pylint/crash.json");
        assert!(
            crash.starts_with("error: ok.py: Fatal error while checking 'ok.py'."),
            "{crash}"
        );
        let config =
            "error: error while parsing the configuration: File contains no section headers.";
        assert_eq!(read_file("pylint/bad-config.txt"), config);
        let nothing = read_file("pylint/nothing-enabled.txt");
        assert_eq!(nothing, "error: No files to lint: exiting.");
    }

    #[test]
    fn progress_on_files_with_braces_is_no_json() {
        let report = "Get ASTs.\nLinting 2 modules.\n{{x}}/a.py (1 of 2)\n[b].py (2 of 2)\n{\n\"messages\": []}\n";
        let reading = read(&mut report.as_bytes()).unwrap();
        assert_eq!(reading.checked, Some(2));
    }
}
