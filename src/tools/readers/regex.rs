//! Text of any analyser, one finding a line, by a regular expression with named groups.

use std::io::BufRead;

use regex::{Captures, Regex};

use super::common::{Number, clean_text, next_line, plain};
use crate::findings::{Finding, Place, Severity};
use crate::tools::{ReadError, Reading};

/// What the findings say they are from; whoever called the analyser knows better.
pub const TOOL: &str = "regex";
/// The groups that mean something.
pub const GROUPS: [&str; 8] = [
    "file",
    "line",
    "column",
    "end_line",
    "end_column",
    "severity",
    "rule",
    "message",
];
/// A line is matched up to so many characters.
const LONGEST_LINE: usize = 16_384;

/// Whether an expression can be used, for whoever reads it from a configuration; in words for people if not.
pub fn check(expression: &str) -> Result<(), String> {
    compile(expression).map(drop)
}

fn compile(expression: &str) -> Result<Regex, String> {
    let regex = Regex::new(expression).map_err(|error| error.to_string())?;
    let known = GROUPS.join(", ");
    let names = || regex.capture_names().flatten();
    if let Some(unknown) = names().find(|name| !GROUPS.contains(name)) {
        return Err(format!(
            "there is no group `{unknown}`; the groups are {known}"
        ));
    }
    if !names().any(|name| name == "message") {
        return Err("it needs a group `(?<message>...)`".to_owned());
    }
    Ok(regex)
}

/// Reads the text: a finding for each line in which the expression matches. Escape sequences are taken out before.
/// Nothing tells how much was looked at.
pub fn read(expression: &str, report: &mut dyn BufRead) -> Result<Reading, ReadError> {
    let regex = compile(expression)
        .map_err(|error| ReadError::Refused(format!("its expression cannot be used: {error}")))?;
    let (mut reading, mut line) = (Reading::default(), Vec::new());
    while next_line(report, &mut line)?.is_some() {
        let text = String::from_utf8_lossy(&line);
        let text: String = plain(&text).take(LONGEST_LINE).collect();
        if let Some(groups) = regex.captures(&text) {
            reading.push(finding(&groups))?;
        }
    }
    Ok(reading)
}

fn finding(groups: &Captures<'_>) -> Finding {
    let text = |name| groups.name(name).map(|it| it.as_str().trim());
    let number = |name| Number(text(name).and_then(|it| it.parse().ok())).from_one();
    let line = number("line");
    Finding {
        place: text("file")
            .filter(|path| !path.is_empty())
            .map(|path| Place {
                path: path.to_owned(),
                line,
                column: number("column").filter(|_| line.is_some()),
                end_line: number("end_line"),
                end_column: number("end_column"),
            }),
        ..Finding::new(
            TOOL,
            &clean_text(text("rule").unwrap_or_default()),
            text("severity").map_or(Severity::Medium, severity),
            clean_text(text("message").unwrap_or_default()),
        )
    }
}

/// The severity that a tool's word means: our own names, those of linters, and the first letters of both (`E`, `W`, `F`, `C`
/// and `R` as pylint and flake8 have them). Unknown words are warnings.
pub fn severity(word: &str) -> Severity {
    match word.to_ascii_lowercase().as_str() {
        "critical" | "blocker" | "crit" | "emerg" | "alert" => Severity::Critical,
        "high" | "error" | "err" | "fatal" | "major" | "e" | "f" => Severity::High,
        "low" | "note" | "minor" | "style" | "convention" | "refactor" | "notice" | "c" | "r"
        | "n" => Severity::Low,
        "info" | "information" | "informational" | "hint" | "help" | "debug" | "i" => {
            Severity::Info
        }
        _ => Severity::Medium,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::tools::readers::testing::shown;

    #[test]
    fn one_finding_a_line() {
        let expression = r"^(?<file>[^:]+):(?<line>\d+):(?<column>\d+): (?<severity>\w)(?<rule>\d+): (?<message>.*)$";
        let report = "************* Module app\n\u{1b}[1mapp.py:3:7:\u{1b}[0m W0611: Unused import\r\nb.py:0:1: E1: x\n\n";
        let reading = read(expression, &mut report.as_bytes()).unwrap();
        insta::assert_snapshot!(shown(&reading), @r#"
        checked None
        medium app.py 3:7--:- 0611 | Unused import
        high b.py -:---:- 1 | x
        "#);
    }

    #[test]
    fn long_lines_are_cut() {
        let report = "x".repeat(5 << 20);
        let reading = read("(?<message>x+)", &mut report.as_bytes()).unwrap();
        assert_eq!(reading.findings.len(), 1);
    }

    #[test]
    fn expressions_are_checked() {
        assert_eq!(check("(?<file>a)(?P<message>b)"), Ok(()));
        for (expression, error) in [
            ("(?<message>", "unclosed group"),
            (
                "(?<path>a)(?<message>b)",
                "no group `path`; the groups are file, line",
            ),
            ("(?<file>a)", "needs a group `(?<message>...)`"),
            (r"(?<message>(\w{999}){999})", "size limit"),
        ] {
            let told = check(expression).unwrap_err();
            assert!(told.contains(error), "{told}");
        }
    }
}
