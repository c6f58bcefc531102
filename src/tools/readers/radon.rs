//! `radon cc -j`: the cyclomatic complexity of Python's functions, methods and classes.
//!
//! radon names only files that have any of these, and says nothing of files that are not there: of a report without files
//! nothing can be said to have been looked at.

use std::collections::BTreeMap;
use std::fmt;
use std::io::BufRead;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::common::{Number, clean_text, malformed, skip_blank};
use crate::findings::{Finding, Place, Severity, Subject, Unchecked};
use crate::tools::{ReadError, Reading};

const TOOL: &str = "radon";
const EXPECTED: &str = "radon's JSON";
/// More than this is a finding: S1's threshold, where radon's rank C begins.
pub const THRESHOLD: u64 = 10;

#[derive(Deserialize)]
struct Block {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    name: String,
    classname: Option<String>,
    #[serde(default)]
    complexity: Number,
    #[serde(default)]
    lineno: Number,
    #[serde(default)]
    col_offset: Number,
    #[serde(default)]
    endline: Number,
}

/// What is kept of a file: its blocks beyond the threshold, or why there are none.
enum File {
    Blocks(Vec<Block>),
    Error(String),
}

/// Reads the report. `checked` counts the files that it names.
pub fn read(report: &mut dyn BufRead) -> Result<Reading, ReadError> {
    if !skip_blank(report)? {
        return Err(ReadError::Empty);
    }
    // One entry a file; the blocks that are no findings are dropped as they are read.
    let files: BTreeMap<String, File> =
        serde_json::from_reader(report).map_err(|error| malformed(EXPECTED, error))?;
    let mut reading = Reading::default();
    let mut checked = 0;
    for (path, file) in files {
        match file {
            File::Error(reason) => reading.unchecked.push(Unchecked { what: path, reason }),
            File::Blocks(blocks) => {
                checked += 1;
                for block in blocks {
                    reading.push(block.finding(&path))?;
                }
            }
        }
    }
    reading.checked = Some(checked);
    Ok(reading)
}

impl Block {
    fn is_finding(&self) -> bool {
        self.complexity.count().is_some_and(|it| it > THRESHOLD)
    }

    fn finding(self, path: &str) -> Finding {
        let complexity = self.complexity.count().unwrap_or_default();
        let (rank, severity) = rank(complexity);
        let name = match &self.classname {
            Some(class) => clean_text(&format!("{class}.{}", self.name)),
            None => clean_text(&self.name),
        };
        let kind = match self.kind.as_str() {
            kind @ ("method" | "class") => kind,
            _ => "function",
        };
        let message =
            format!("{kind} {name} has a cyclomatic complexity of {complexity} (rank {rank})");
        Finding {
            subject: Subject::Function { name },
            place: Some(Place {
                path: path.to_owned(),
                line: self.lineno.from_one(),
                column: self.col_offset.from_zero(),
                end_line: self.endline.from_one(),
                end_column: None,
            }),
            ..Finding::new(TOOL, "cyclomatic-complexity", severity, message)
        }
    }
}

/// radon's rank of a complexity: C "moderate - slightly complex", D "more than moderate - more complex", E "high - complex,
/// alarming", F "very high - error-prone, unstable".
const fn rank(complexity: u64) -> (char, Severity) {
    match complexity {
        0..=5 => ('A', Severity::Info),
        6..=10 => ('B', Severity::Info),
        11..=20 => ('C', Severity::Medium),
        21..=30 => ('D', Severity::Medium),
        31..=40 => ('E', Severity::High),
        _ => ('F', Severity::High),
    }
}

impl<'de> Deserialize<'de> for File {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FileVisitor)
    }
}

struct FileVisitor;

impl<'de> Visitor<'de> for FileVisitor {
    type Value = File;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of functions or an error")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<File, A::Error> {
        let mut blocks = Vec::new();
        while let Some(block) = sequence.next_element::<Block>()? {
            if block.is_finding() {
                blocks.push(block);
            }
        }
        Ok(File::Blocks(blocks))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<File, A::Error> {
        let mut error = None;
        while let Some(key) = map.next_key::<String>()? {
            if key == "error" {
                error = Some(clean_text(&map.next_value::<String>()?));
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(File::Error(
            error.unwrap_or_else(|| "radon does not say why".to_owned()),
        ))
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
    fn methods_are_qualified_and_errors_are_not_checked() {
        insta::assert_snapshot!(read_file("radon/cc.json"), @r#"
        checked Some(2)
        high cx.py 20:1-21:- cyclomatic-complexity | function big has a cyclomatic complexity of 31 (rank E) | Function { name: "big" }
        medium cx.py 1:1-15:- cyclomatic-complexity | class Parser has a cyclomatic complexity of 12 (rank C) | Function { name: "Parser" }
        medium cx.py 2:5-15:- cyclomatic-complexity | method Parser.read has a cyclomatic complexity of 11 (rank C) | Function { name: "Parser.read" }
        unchecked pkg/bad.py: invalid syntax (<unknown>, line 1)
        "#);
    }

    #[test]
    fn more_than_ten_is_a_finding() {
        let report =
            r#"{"a.py": [{"name": "f", "complexity": 10}, {"name": "g", "complexity": 11}]}"#;
        let reading = read(&mut report.as_bytes()).unwrap();
        let message = "function g has a cyclomatic complexity of 11 (rank C)";
        assert_eq!(
            reading
                .findings
                .iter()
                .map(|it| &it.message)
                .collect::<Vec<_>>(),
            [message]
        );
    }
}
