//! `bandit -f json`.
//!
//! Bandit exits with 0 when it could not read a file; its `errors` say which, and those files are unchecked.

use std::io::BufRead;

use serde::Deserialize;

use super::common::{Number, clean_text};
use super::json::{Keys, json, list};
use crate::findings::{Confidence, Finding, Place, Severity, Unchecked};
use crate::tools::reading::{ReadError, Reading};

const EXPECTED: &str = "bandit's JSON";

#[derive(Deserialize)]
struct Report {
    results: Vec<Issue>,
    #[serde(default, deserialize_with = "list")]
    errors: Vec<Skipped>,
    /// By file; `_totals` besides.
    #[serde(default)]
    metrics: Option<Keys>,
}

#[derive(Deserialize)]
struct Issue {
    filename: String,
    #[serde(default)]
    test_id: String,
    #[serde(default, rename = "issue_severity")]
    severity: String,
    #[serde(default, rename = "issue_confidence")]
    confidence: String,
    #[serde(default, rename = "issue_text")]
    text: String,
    #[serde(rename = "issue_cwe")]
    cwe: Option<Weakness>,
    more_info: Option<String>,
    #[serde(default)]
    line_number: Number,
    #[serde(default, deserialize_with = "list")]
    line_range: Vec<Number>,
    #[serde(default)]
    col_offset: Number,
    #[serde(default)]
    end_col_offset: Number,
}

#[derive(Deserialize)]
struct Weakness {
    #[serde(default)]
    id: Number,
}

#[derive(Deserialize)]
struct Skipped {
    filename: String,
    #[serde(default)]
    reason: String,
}

/// Reads a report.
pub fn read(report: &mut dyn BufRead) -> Result<Reading, ReadError> {
    let report: Report = json(report, EXPECTED)?;
    let mut reading = Reading {
        checked: report
            .metrics
            .map(|metrics| checked(&metrics, &report.errors)),
        ..Reading::default()
    };
    for issue in report.results {
        reading.push(finding(issue))?;
    }
    reading.unchecked = report
        .errors
        .into_iter()
        .map(|skipped| Unchecked {
            what: plain(&skipped.filename).to_owned(),
            reason: clean_text(&skipped.reason),
        })
        .collect();
    Ok(reading)
}

/// Files that it read, without those that it could not make anything of.
fn checked(metrics: &Keys, errors: &[Skipped]) -> u64 {
    let failed = errors
        .iter()
        .filter(|skipped| metrics.0.contains(&skipped.filename))
        .count();
    let files = metrics.0.iter().filter(|name| *name != "_totals").count();
    files.saturating_sub(failed) as u64
}

fn finding(issue: Issue) -> Finding {
    let mut finding = Finding::new(
        "bandit",
        &issue.test_id,
        severity(&issue.severity),
        message(&issue.test_id, &issue.text),
    );
    finding.confidence = confidence(&issue.confidence);
    let line = issue.line_number.from_one();
    // A call that spans lines may be reported at its second one, and its columns count from the first one.
    let first = issue
        .line_range
        .iter()
        .filter_map(|line| line.from_one())
        .min();
    let last = issue
        .line_range
        .iter()
        .filter_map(|line| line.from_one())
        .max();
    let is_whole = first == line;
    finding.place = Some(Place {
        path: plain(&issue.filename).to_owned(),
        line,
        column: issue
            .col_offset
            .from_zero()
            .filter(|_| is_whole && line.is_some()),
        end_line: last.filter(|last| Some(*last) >= line),
        end_column: issue
            .end_col_offset
            .from_zero()
            .filter(|column| is_whole && *column > 1),
    });
    finding.url = issue.more_info.filter(|url| url.starts_with("https://"));
    finding.cwe = issue
        .cwe
        .and_then(|weakness| weakness.id.from_one())
        .into_iter()
        .collect();
    finding
}

/// What is said of a hard-coded password (B105, B106, B107) ends with the password; it is neither stored nor printed.
pub(super) fn message(rule: &str, said: &str) -> String {
    match (rule, said.split_once(": '")) {
        ("B105" | "B106" | "B107", Some((said, _))) => clean_text(said),
        _ => clean_text(said),
    }
}

fn severity(word: &str) -> Severity {
    match word.to_ascii_uppercase().as_str() {
        "HIGH" => Severity::High,
        "LOW" => Severity::Low,
        "UNDEFINED" => Severity::Info,
        _ => Severity::Medium,
    }
}

/// Bandit's word for how sure it is; it says `UNDEFINED`, too.
pub(super) fn confidence(word: &str) -> Option<Confidence> {
    match word.to_ascii_uppercase().as_str() {
        "HIGH" => Some(Confidence::High),
        "MEDIUM" => Some(Confidence::Medium),
        "LOW" => Some(Confidence::Low),
        _ => None,
    }
}

/// Bandit puts `./` before every path, also before one that has it.
fn plain(path: &str) -> &str {
    path.trim_start_matches("./")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use insta::assert_snapshot;

    use super::*;
    use crate::tools::readers::testing::{read_fixture, survives_anything};

    #[test]
    fn what_it_skipped_is_unchecked() {
        let lines = read_fixture!(read, "../../../fixtures/tools/bandit/report.json");
        assert_snapshot!(lines, @r"
        low B403 | High | app.py 1:1-1:26 | CWE [502] | Consider possible security implications associated with pickle module. | https://bandit.readthedocs.io/en/1.9.4/blacklists/blacklist_imports.html#b403-import-pickle
        low B105 | Medium | app.py 2:12-2:21 | CWE [259] | Possible hardcoded password | https://bandit.readthedocs.io/en/1.9.4/plugins/b105_hardcoded_password_string.html
        low B101 | High | app.py 4:5-4:13 | CWE [703] | Use of assert detected. The enclosed code will be removed when compili | https://bandit.readthedocs.io/en/1.9.4/plugins/b101_assert_used.html
        high B602 | High | app.py 5:12-5:50 | CWE [78] | subprocess call with shell=True identified, security issue. | https://bandit.readthedocs.io/en/1.9.4/plugins/b602_subprocess_popen_with_shell_equals_true.html
        medium B301 | High | app.py 5:52-5:67 | CWE [502] | Pickle and modules that wrap it can be unsafe when used to deserialize | https://bandit.readthedocs.io/en/1.9.4/blacklists/blacklist_calls.html#b301-pickle
        checked Some(1), version -
        unchecked bad.py: syntax error while parsing AST from file
        unchecked missing.py: No such file or directory
        ");
    }

    #[test]
    fn a_missing_file_is_not_clean() {
        let lines = read_fixture!(read, "../../../fixtures/tools/bandit/missing.json");
        assert_snapshot!(lines, @r"
        checked Some(0), version -
        unchecked missing.py: No such file or directory
        ");
    }

    #[test]
    fn passwords_are_not_repeated() {
        let reading =
            read(&mut include_bytes!("../../../fixtures/tools/bandit/report.json").as_slice());
        let text = format!("{reading:?}");
        assert!(text.contains("Possible hardcoded password") && !text.contains("hunter2"));
    }

    #[test]
    fn odd_numbers_are_none() {
        let text = r#"{"results": [{"filename": "a.py", "line_number": -1, "col_offset": -1, "line_range": [0, null, 9e9],
            "issue_cwe": {"id": "x"}, "issue_severity": "NEW", "issue_text": "\u001b[31mred\u0000"}]}"#;
        let lines = crate::tools::readers::testing::lines(&read(&mut text.as_bytes()));
        assert_snapshot!(lines, @r"
        medium  | a.py -:---:- | red
        checked None, version -
        ");
    }

    survives_anything!(read, "../../../fixtures/tools/bandit/report.json");
}
