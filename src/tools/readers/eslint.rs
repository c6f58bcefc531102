//! `eslint --format json` and `--format json-with-metadata` (which also says where each rule is explained), of eslint 7 to 10.
//!
//! A file that cannot be parsed has one message without a rule that is `fatal`: it is a finding, and the rest of the file
//! was not looked at. A file that is named and ignored has a warning that says so: that is no finding.

use std::collections::BTreeMap;
use std::io::BufRead;

use serde::Deserialize;

use super::common::{Number, clean_text};
use super::list::{self, Shape};
use crate::findings::{Finding, Place, Severity, Unchecked};
use crate::tools::{ReadError, Reading};

const TOOL: &str = "eslint";
const SHAPE: Shape = Shape {
    expected: "eslint's JSON",
    list: "results",
    besides: "metadata",
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    file_path: String,
    messages: Vec<Message>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    rule_id: Option<String>,
    #[serde(default)]
    severity: Number,
    fatal: Option<bool>,
    #[serde(rename = "message", default)]
    text: String,
    #[serde(default)]
    line: Number,
    #[serde(default)]
    column: Number,
    #[serde(default)]
    end_line: Number,
    #[serde(default)]
    end_column: Number,
    fix: Option<serde::de::IgnoredAny>,
    suggestions: Option<Vec<Suggestion>>,
}

#[derive(Deserialize)]
struct Suggestion {
    #[serde(default)]
    desc: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    rules_meta: Option<BTreeMap<String, Rule>>,
}

#[derive(Deserialize)]
struct Rule {
    docs: Option<Docs>,
}

#[derive(Deserialize)]
struct Docs {
    url: Option<String>,
}

/// Reads the report. `checked` counts the files that were neither ignored nor impossible to parse.
pub fn read(report: &mut dyn BufRead) -> Result<Reading, ReadError> {
    let mut reading = Reading::default();
    let mut checked = 0_u64;
    let metadata: Metadata = list::read(report, SHAPE, |file: File| {
        let mut is_checked = true;
        for message in &file.messages {
            let is_fatal = message.fatal == Some(true);
            if is_fatal || message.says_ignored() {
                is_checked = false;
                reading.unchecked.push(Unchecked {
                    what: file.file_path.clone(),
                    reason: clean_text(&message.text),
                });
            }
            if !message.says_ignored() {
                reading.push(finding(&file.file_path, message))?;
            }
        }
        checked += u64::from(is_checked);
        Ok(())
    })?;
    reading.checked = Some(checked);
    let rules = metadata.rules_meta.unwrap_or_default();
    for finding in &mut reading.findings {
        let docs = rules.get(&finding.rule).and_then(|it| it.docs.as_ref());
        finding.url = docs.and_then(|it| it.url.as_deref()).map(clean_text);
    }
    Ok(reading)
}

impl Message {
    /// "File ignored by default", "… because of a matching ignore pattern", "… because no matching configuration was
    /// supplied", "… because outside of base path": the one kind of message without a line.
    fn says_ignored(&self) -> bool {
        self.rule_id.is_none()
            && self.fatal != Some(true)
            && self.line.from_one().is_none()
            && self.text.starts_with("File ignored")
    }

    fn fix(&self) -> Option<String> {
        if self.fix.is_some() {
            return Some("`eslint --fix` mends it".to_owned());
        }
        let suggestion = self.suggestions.as_ref()?.first()?;
        Some(clean_text(&suggestion.desc)).filter(|it| !it.is_empty())
    }
}

fn finding(path: &str, message: &Message) -> Finding {
    let severity = match message.severity.0 {
        Some(1) if message.fatal != Some(true) => Severity::Medium,
        _ => Severity::High,
    };
    Finding {
        place: Some(Place {
            path: path.to_owned(),
            line: message.line.from_one(),
            column: message.column.from_one(),
            end_line: message.end_line.from_one(),
            end_column: message.end_column.from_one(),
        }),
        fix: message.fix(),
        ..Finding::new(
            TOOL,
            &clean_text(message.rule_id.as_deref().unwrap_or_default()),
            severity,
            clean_text(&message.text),
        )
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::tools::readers::testing::{shown, told};

    fn read_file(name: &str) -> String {
        told(read, name)
    }

    #[test]
    fn version_8_with_a_syntax_error_and_an_ignored_file() {
        insta::assert_snapshot!(read_file("eslint/v8.json"), @r#"
        checked Some(2)
        high /home/dev/proj/src/a.js 1:7-1:8 no-unused-vars | 'x' is assigned a value but never used.
        medium /home/dev/proj/src/a.js 2:27-2:29 eqeqeq | Expected '===' and instead saw '=='.
        high /home/dev/proj/src/bad.js 1:7--:-  | Parsing error: Unexpected token =
        unchecked /home/dev/proj/ignored/a.js: File ignored because of a matching ignore pattern. Use "--no-ignore" to override.
        unchecked /home/dev/proj/src/bad.js: Parsing error: Unexpected token =
        "#);
    }

    #[test]
    fn version_9_with_metadata() {
        insta::assert_snapshot!(read_file("eslint/v9-metadata.json"), @r#"
        checked Some(3)
        high /home/dev/proj/src/a.js 1:7-1:8 no-unused-vars | 'x' is assigned a value but never used. | Remove unused variable 'x'. | https://eslint.org/docs/latest/rules/no-unused-vars
        medium /home/dev/proj/src/a.js 2:27-2:29 eqeqeq | Expected '===' and instead saw '=='. | Use '===' instead of '=='. | https://eslint.org/docs/latest/rules/eqeqeq
        high /home/dev/proj/src/bad.js 1:7--:-  | Parsing error: Unexpected token =
        medium /home/dev/proj/src/unused.js 1:1--:-  | Unused eslint-disable directive (no problems were reported from 'eqeqeq'). | `eslint --fix` mends it
        unchecked /home/dev/proj/ignored/a.js: File ignored because of a matching ignore pattern. Use "--no-ignore" to disable file ignore settings or use "--no-warn-ignored" to suppress this warning.
        unchecked /home/dev/proj/src/bad.js: Parsing error: Unexpected token =
        unchecked /home/dev/proj/src/t.ts: File ignored because no matching configuration was supplied.
        "#);
    }

    #[test]
    fn version_10() {
        insta::assert_snapshot!(read_file("eslint/v10.json"), @r#"
        checked Some(4)
        high /home/dev/proj/src/a.js 1:7-1:8 no-unused-vars | 'x' is assigned a value but never used. | Remove unused variable 'x'.
        medium /home/dev/proj/src/a.js 2:27-2:29 eqeqeq | Expected '===' and instead saw '=='. | Use '===' instead of '=='.
        high /home/dev/proj/src/bad.js 1:7--:-  | Parsing error: Unexpected token =
        medium /home/dev/proj/src/unused.js 1:1--:-  | Unused eslint-disable directive (no problems were reported from 'eqeqeq'). | `eslint --fix` mends it
        unchecked /home/dev/proj/src/bad.js: Parsing error: Unexpected token =
        "#);
    }

    fn read_text(report: &str) -> String {
        match read(&mut report.as_bytes()) {
            Ok(reading) => shown(&reading),
            Err(error) => format!("error: {error}"),
        }
    }

    #[test]
    fn no_files_are_none_checked() {
        assert_eq!(read_text("[]"), "checked Some(0)");
    }
}
