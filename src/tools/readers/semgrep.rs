//! `semgrep scan --json`.
//!
//! It exits with 0 for findings, too. Its fingerprints are `requires login` for whoever is not logged in: they tell nothing.

use std::io::BufRead;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::advisory::cwe_numbers;
use super::bandit::confidence;
use super::common::{Number, clean_text};
use super::json::{Texts, json, list};
use crate::findings::{Finding, Place, Severity, Unchecked};
use crate::tools::reading::{ReadError, Reading};

const EXPECTED: &str = "semgrep's JSON";

#[derive(Deserialize)]
struct Report {
    results: Vec<Match>,
    #[serde(default, deserialize_with = "list")]
    errors: Vec<Problem>,
    paths: Option<Paths>,
    version: Option<String>,
}

#[derive(Deserialize)]
struct Match {
    check_id: String,
    path: String,
    #[serde(default)]
    start: Point,
    #[serde(default)]
    end: Point,
    extra: Extra,
}

#[derive(Default, Deserialize)]
struct Point {
    #[serde(default)]
    line: Number,
    #[serde(default)]
    col: Number,
}

#[derive(Deserialize)]
struct Extra {
    #[serde(default)]
    message: String,
    #[serde(default)]
    severity: String,
    #[serde(default)]
    metadata: Metadata,
    fix: Option<String>,
    /// Whether a `nosemgrep` comment is beside it.
    is_ignored: Option<bool>,
}

/// Whatever a rule's author wrote.
#[derive(Default, Deserialize)]
struct Metadata {
    #[serde(default)]
    cwe: Texts,
    #[serde(default)]
    confidence: Texts,
    #[serde(default)]
    source: Texts,
    #[serde(default)]
    references: Texts,
}

#[derive(Deserialize)]
struct Paths {
    #[serde(default, deserialize_with = "list")]
    scanned: Vec<IgnoredAny>,
}

#[derive(Deserialize)]
struct Problem {
    #[serde(default)]
    level: String,
    path: Option<String>,
    message: Option<String>,
    short_msg: Option<String>,
    long_msg: Option<String>,
}

/// Reads a report.
pub fn read(report: &mut dyn BufRead) -> Result<Reading, ReadError> {
    let report: Report = json(report, EXPECTED)?;
    let mut reading = Reading {
        checked: report.paths.map(|paths| paths.scanned.len() as u64),
        version: report.version.map(|version| clean_text(&version)),
        ..Reading::default()
    };
    for found in report.results {
        if found.extra.is_ignored != Some(true) {
            reading.push(finding(found))?;
        }
    }
    for problem in report.errors {
        let message = said(&problem);
        match problem.path {
            // Some files are parsed in part only, which is a warning: what the rest holds is not known.
            Some(path) => reading.unchecked.push(Unchecked {
                what: path,
                reason: message,
            }),
            None if problem.level != "error" => {}
            None if reading.findings.is_empty() => return Err(ReadError::Refused(message)),
            None => reading.unchecked.push(Unchecked {
                what: "semgrep".to_owned(),
                reason: message,
            }),
        }
    }
    Ok(reading)
}

/// The first line of what it says: lines of the file and carets follow.
fn said(problem: &Problem) -> String {
    let texts = [&problem.short_msg, &problem.message, &problem.long_msg];
    let mut texts = texts.into_iter().flatten().map(|text| clean_text(text));
    let text = texts.find(|text| !text.is_empty());
    match (text, &problem.long_msg) {
        (Some(short), Some(long)) if !long.contains(&short) && problem.short_msg.is_some() => {
            clean_text(&format!("{short}: {long}"))
        }
        (Some(text), _) => {
            let line = text.lines().next().unwrap_or_default();
            line.trim_end_matches(':').to_owned()
        }
        (None, _) => "it could not be looked at".to_owned(),
    }
}

fn finding(found: Match) -> Finding {
    let Extra {
        message,
        severity: word,
        metadata,
        fix,
        ..
    } = found.extra;
    let mut finding = Finding::new(
        "semgrep",
        &clean_text(&found.check_id),
        severity(&word),
        clean_text(&message),
    );
    finding.confidence = metadata.confidence.iter().find_map(confidence);
    finding.cwe = cwe_numbers(metadata.cwe.iter());
    let mut links = metadata.source.iter().chain(metadata.references.iter());
    finding.url = links
        .find(|link| link.starts_with("https://") && !link.contains(char::is_whitespace))
        .map(str::to_owned);
    finding.fix = fix
        .map(|fix| clean_text(&fix))
        .filter(|fix| !fix.is_empty() && !fix.contains('\n'))
        .map(|fix| format!("write {fix}"));
    finding.place = Some(Place {
        path: found.path,
        line: found.start.line.from_one(),
        column: found.start.col.from_one(),
        end_line: found.end.line.from_one(),
        end_column: found.end.col.from_one(),
    });
    finding
}

/// Its words, those of before 2024 and those of since.
fn severity(word: &str) -> Severity {
    match word.to_ascii_uppercase().as_str() {
        "CRITICAL" => Severity::Critical,
        "ERROR" | "HIGH" => Severity::High,
        "INFO" | "LOW" => Severity::Low,
        "INVENTORY" | "EXPERIMENT" => Severity::Info,
        _ => Severity::Medium,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use insta::assert_snapshot;

    use super::*;
    use crate::tools::readers::testing::{read_fixture, survives_anything};

    #[test]
    fn findings_have_the_rules_words() {
        let lines = read_fixture!(read, "../../../fixtures/tools/semgrep/report.json");
        assert_snapshot!(lines, @r#"
        low info-rule | app.py 4:5-4:13 | assert
        high shell-true | High | app.py 5:12-5:50 | CWE [78] | shell=True with "ls " + x | write subprocess.call(["ls " + x]) | https://example.org/a
        checked Some(2), version 1.182.0
        "#);
    }

    #[test]
    fn a_file_that_is_parsed_in_part_is_unchecked() {
        let lines = read_fixture!(read, "../../../fixtures/tools/semgrep/partly.json");
        assert_snapshot!(lines, @r"
        checked Some(1), version 1.182.0
        unchecked bad.js: Syntax error at line bad.js:1
        ");
    }

    #[test]
    fn rules_that_are_none_are_an_error() {
        let lines = read_fixture!(read, "../../../fixtures/tools/semgrep/invalid.json");
        assert_snapshot!(lines, @"refused: Invalid rule schema: One of these properties is missing: 'message'");
    }

    #[test]
    fn nothing_scanned_is_none_checked() {
        let lines = read_fixture!(read, "../../../fixtures/tools/semgrep/nothing.json");
        assert_snapshot!(lines, @"checked Some(0), version 1.182.0");
    }

    survives_anything!(read, "../../../fixtures/tools/semgrep/report.json");
}
