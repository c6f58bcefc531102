//! `gitleaks … --report-format json`.
//!
//! The report holds the secrets themselves. None of them leaves this file: a finding has a keyed digest, which tells the
//! same secret again and tells nobody what it is.

use std::io::BufRead;

use serde::Deserialize;

use super::common::{Number, clean_text};
use super::json::json;
use crate::findings::{Finding, Place, Severity, Subject};
use crate::tools::reading::{ReadError, Reading};

const EXPECTED: &str = "gitleaks' JSON";
/// What `--redact` leaves of a secret.
const REDACTED: &str = "REDACTED";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Leak {
    #[serde(rename = "RuleID", default)]
    rule_id: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    start_line: Number,
    #[serde(default)]
    end_line: Number,
    #[serde(default)]
    start_column: Number,
    #[serde(default)]
    end_column: Number,
    #[serde(default)]
    secret: String,
    #[serde(default)]
    file: String,
}

/// Reads a report. `key` keys the digests of secrets: those under different keys cannot be compared.
pub fn read_with(key: &[u8; 32], report: &mut dyn BufRead) -> Result<Reading, ReadError> {
    // Before version 8.16, no leak was written as `null`.
    let leaks: Option<Vec<Leak>> = json(report, EXPECTED)?;
    let mut reading = Reading::default();
    for leak in leaks.unwrap_or_default() {
        reading.push(finding(key, &leak))?;
    }
    Ok(reading)
}

fn finding(key: &[u8; 32], leak: &Leak) -> Finding {
    let rule = without(&leak.secret, &leak.rule_id);
    let description = without(&leak.secret, &clean_text(&leak.description));
    let message = match (description.as_str(), rule.as_str()) {
        ("", "") => "a secret".to_owned(),
        ("", rule) => format!("a secret ({rule})"),
        _ => description,
    };
    let mut finding = Finding::new("gitleaks", &rule, Severity::High, message);
    // Columns count from the secret's line on; gitleaks' last one is inside.
    finding.place = (!leak.file.is_empty()).then(|| Place {
        path: leak.file.clone(),
        line: leak.start_line.from_one(),
        column: leak.start_column.from_one(),
        end_line: leak
            .end_line
            .from_one()
            .filter(|last| Some(*last) >= leak.start_line.from_one()),
        end_column: leak
            .end_column
            .from_one()
            .and_then(|column| column.checked_add(1)),
    });
    if !leak.secret.is_empty() && leak.secret != REDACTED {
        finding.subject = Subject::Secret {
            digest: digest(key, &leak.secret),
        };
    }
    finding.fix =
        Some("take it back where it was issued, and keep it out of the repository".to_owned());
    finding
}

/// A secret's keyed BLAKE3, 32 hexadecimal digits.
fn digest(key: &[u8; 32], secret: &str) -> String {
    let digest = blake3::keyed_hash(key, secret.as_bytes()).to_hex();
    digest.chars().take(32).collect()
}

/// A text in which a rule's author, or a rule that captures too much, may have put the secret.
fn without(secret: &str, text: &str) -> String {
    let secret = secret.trim();
    if secret.is_empty() {
        text.to_owned()
    } else {
        text.replace(secret, "…")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use insta::assert_snapshot;

    use super::*;
    use crate::tools::readers::testing::survives_anything;

    #[test]
    fn no_secret_leaves_the_reader() {
        let mut report = include_bytes!("../../../fixtures/tools/gitleaks/report.json").as_slice();
        let reading = read_with(&[7; 32], &mut report);
        assert!(!format!("{reading:?}").contains("5f1c9b"));
        assert_snapshot!(crate::tools::readers::testing::lines(&reading), @r"
        high generic-api-key | src/settings.py 3:2-3:39 | secret 32 | Detected a Generic API Key, potentially exposing access to various ser | take it back where it was issued, and keep it out of the repository
        high own-rule | b.env -:---:- | secret 32 | found … again | take it back where it was issued, and keep it out of the repository
        checked None, version -
        ");
    }

    #[test]
    fn the_same_secret_has_the_same_digest_under_the_same_key() {
        let one = digest(&[1; 32], "x");
        assert_eq!(one, digest(&[1; 32], "x"));
        assert_ne!(one, digest(&[2; 32], "x"));
        let redacted = r#"[{"RuleID": "r", "Secret": "REDACTED", "File": "a"}]"#;
        let reading = read_with(&[1; 32], &mut redacted.as_bytes()).unwrap();
        assert_eq!(reading.findings[0].subject, Subject::Code);
        assert_eq!(
            read_with(&[1; 32], &mut "null".as_bytes()).unwrap(),
            Reading::default()
        );
        assert!(read_with(&[1; 32], &mut "{}".as_bytes()).is_err());
    }

    survives_anything!(
        |report: &mut dyn BufRead| read_with(&[7; 32], report),
        "../../../fixtures/tools/gitleaks/report.json"
    );
}
