//! What a task found in one run: the body of the result that is stored.

use std::{fmt, io};

use jiff::Timestamp;
use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Finding, Status, Tests, Verdict};

/// What a task found in one run: S1's `AnalysisResult`, and what a verdict needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scan {
    /// S1's name of the analysis: `security`, `code`, `dependencies`, `tests`, or the name of a task of the user's own.
    pub analysis_type: String,
    /// See [`super::verdict::StatusRule`].
    pub status: Status,
    /// When it was finished.
    pub timestamp: Timestamp,
    /// How long it took, in seconds.
    pub duration: f64,
    /// What all its tools came to together.
    pub verdict: Verdict,
    /// In a sentence.
    pub summary: String,
    /// What to do, most useful first.
    pub recommendations: Vec<String>,
    /// Numbers by name: findings by severity, files checked.
    pub metrics: Map<String, Value>,
    /// Whether it looked at files that no commit has.
    #[serde(default)]
    pub dirty: bool,
    /// Each run of a tool.
    pub tools: Vec<ToolReport>,
    /// Sorted by path, line, tool, rule.
    pub findings: Vec<Finding>,
}

/// A scan without its findings, which may be many.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct ScanHead {
    /// See [`Scan::status`].
    pub status: Status,
    /// See [`Scan::timestamp`].
    pub timestamp: Timestamp,
    /// See [`Scan::verdict`].
    pub verdict: Verdict,
    /// See [`Scan::summary`].
    pub summary: String,
    /// See [`Scan::metrics`].
    pub metrics: Map<String, Value>,
    /// See [`Scan::dirty`].
    #[serde(default)]
    pub dirty: bool,
    /// See [`Scan::tools`].
    pub tools: Vec<ToolReport>,
}

impl ScanHead {
    /// Reads the head of a stored scan and stops where its findings begin, which stand last.
    pub fn read(reader: impl io::Read) -> Result<Self, serde_json::Error> {
        let mut fields = Map::new();
        let mut reader = serde_json::Deserializer::from_reader(io::BufReader::new(reader));
        let read = reader.deserialize_map(UntilFindings(&mut fields));
        let head = serde_json::from_value(Value::Object(fields));
        // That the object is not read to its end is no error; where something else is wrong, that says more.
        match (head, read) {
            (Ok(head), _) => Ok(head),
            (Err(_), Err(error)) if !error.is_syntax() => Err(error),
            (Err(error), _) => Err(error),
        }
    }
}

/// Takes the fields of an object, up to the one named `findings`.
struct UntilFindings<'a>(&'a mut Map<String, Value>);

impl<'de> Visitor<'de> for UntilFindings<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a scan")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            if key == "findings" {
                break;
            }
            self.0.insert(key, map.next_value()?);
        }
        Ok(())
    }
}

/// One run of a tool in one folder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToolReport {
    /// Its name.
    pub tool: String,
    /// Its version, as it prints it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The folder it ran in, or the one file that it looked at, relative to the repository's top; empty for the top.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub folder: String,
    /// What it came to.
    pub verdict: Verdict,
    /// Why it is not checked, or what went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The command that installs it, where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub install: Option<String>,
    /// How many things it looked at, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checked: Option<u64>,
    /// What it was to look at and did not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unchecked: Vec<Unchecked>,
    /// How many findings it has.
    pub findings: u64,
    /// How the tests went, of a test runner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tests: Option<Tests>,
    /// Its exit code, if it exited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
    /// How long it ran, in seconds.
    pub seconds: f64,
}

/// Something that a tool did not look at although it was to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Unchecked {
    /// A path, or a package with its version.
    pub what: String,
    /// Why.
    pub reason: String,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const HEAD: &str = r#"{"analysis_type": "code", "status": "success", "timestamp": "2026-01-01T00:00:00Z",
        "verdict": "findings", "summary": "x", "metrics": {"low": 2}, "dirty": true, "tools": []"#;

    #[test]
    fn findings_are_not_read() {
        let text = format!(r#"{HEAD}, "findings": [this is not even JSON"#);
        let head = ScanHead::read(text.as_bytes()).unwrap();
        assert_eq!((head.dirty, head.metrics["low"].as_u64()), (true, Some(2)));
        let whole = format!("{HEAD}}}");
        assert_eq!(ScanHead::read(whole.as_bytes()).unwrap(), head);
    }

    #[test]
    fn what_is_no_scan_is_an_error() {
        for text in [
            "",
            "[]",
            "{}",
            "{\"status\"",
            r#"{"findings": []}"#,
            "\u{0}",
        ] {
            assert!(ScanHead::read(text.as_bytes()).is_err(), "{text}");
        }
    }
}
