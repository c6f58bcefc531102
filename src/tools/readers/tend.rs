//! git-tend's own JSON, for analysers of the user's own: small enough to be written with `printf`.
//!
//! An analyser prints one report, or findings one after the other (JSON lines), or both: what it looked at may come last.
//! An analyser that finds nothing says how many things it looked at, since saying nothing is not clean:
//!
//! ```text
//! {"rule": "todo", "severity": "note", "message": "TODO without a name", "path": "src/a.py", "line": 3}
//! {"schema": 1, "tool": "todo", "checked": 12}
//! ```
//!
//! A whole one:
//!
//! ```python
//! #!/usr/bin/env python3
//! import json, re, sys
//!
//! for path in sys.argv[1:]:
//!     for number, line in enumerate(open(path, encoding="utf-8"), 1):
//!         if found := re.search(r"\bTODO\b(?!\()", line):
//!             print(json.dumps({
//!                 "rule": "todo", "severity": "note", "message": "TODO without a name",
//!                 "path": path, "line": number, "column": found.start() + 1,
//!             }))
//! print(json.dumps({"schema": 1, "tool": "todo", "checked": len(sys.argv) - 1}))
//! ```

use std::fmt;
use std::io::BufRead;
use std::marker::PhantomData;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, Error, IgnoredAny, IntoDeserializer, MapAccess, SeqAccess,
    Visitor,
};
use serde_json::Value;

use super::common::{Number, clean_text, malformed, skip_blank};
use crate::findings::{self, Confidence, Finding, Place, Subject};
use crate::tools::reading::MOST_FINDINGS;
use crate::tools::{ReadError, Reading};

/// What findings say they are from where the report does not name a tool.
pub const TOOL: &str = "tend";
/// The version of the format.
pub const VERSION: i64 = 1;
const EXPECTED: &str = "git-tend's JSON";

/// One JSON value of an analyser's output: a report or a finding.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(title = "Output of an analyser for git-tend", inline)]
#[allow(dead_code)] // What is published; what is read is `Said`, whose errors say more than "no variant matches".
enum Output {
    Report(Report),
    Finding(Box<Problem>),
}

/// What an analyser looked at and what it found. Findings may also stand by themselves, one JSON object each.
#[derive(Default, Deserialize, JsonSchema)]
#[schemars(extend("not" = {"required": ["message"]}))]
struct Report {
    /// The version of this format: 1.
    #[serde(default)]
    #[schemars(with = "Option<i64>", extend("const" = 1))]
    schema: Number,
    /// The analyser's name.
    tool: Option<String>,
    /// The analyser's version.
    version: Option<String>,
    /// How many things (files, packages) were looked at. Without findings and without this, a run is not clean but not
    /// checked.
    #[serde(default)]
    #[schemars(with = "Option<u64>")]
    checked: Number,
    /// What was to be looked at and was not.
    #[serde(default, deserialize_with = "bounded")]
    #[schemars(with = "Vec<NotChecked>")]
    unchecked: Vec<NotChecked>,
    /// What was found.
    #[serde(default, deserialize_with = "bounded")]
    #[schemars(with = "Vec<Problem>")]
    findings: Vec<Problem>,
    /// Why the analyser failed, if it did. Its findings do not count then.
    error: Option<String>,
}

/// Something that was to be looked at and was not.
#[derive(Deserialize, JsonSchema)]
struct NotChecked {
    /// A path, or a package with its version.
    what: String,
    /// Why.
    #[serde(default)]
    reason: String,
}

/// Something that was found.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "Finding")]
struct Problem {
    /// The analyser's name of what is wrong. It makes a finding the same one in the next run.
    rule: Option<String>,
    /// How bad it is; `warning` if it is not said.
    severity: Option<Severity>,
    /// What is wrong, in a sentence.
    message: String,
    /// The file, relative to the folder that the analyser runs in, or absolute.
    path: Option<String>,
    /// The first line.
    #[serde(default)]
    #[schemars(with = "Option<u32>", range(min = 1))]
    line: Number,
    /// Its first column.
    #[serde(default)]
    #[schemars(with = "Option<u32>", range(min = 1))]
    column: Number,
    /// The last line.
    #[serde(default)]
    #[schemars(with = "Option<u32>", range(min = 1))]
    end_line: Number,
    /// The column behind the last one.
    #[serde(default)]
    #[schemars(with = "Option<u32>", range(min = 1))]
    end_column: Number,
    /// Where to read more.
    url: Option<String>,
    /// What would mend it, in a sentence.
    fix: Option<String>,
    /// Weaknesses by their numbers in the Common Weakness Enumeration.
    cwe: Option<Vec<u32>>,
    /// How sure the analyser is.
    confidence: Option<Sureness>,
    /// The function that the finding is about as a whole, such as `Parser.read`: it stays the same finding wherever the
    /// function moves.
    function: Option<String>,
    /// The test that failed.
    test: Option<String>,
    /// The dependency that has a known fault.
    dependency: Option<Dependency>,
}

/// How bad a finding is: one of git-tend's own names, or `error` (high), `warning` (medium), `note` (low).
#[derive(Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Severity {
    Critical,
    High,
    Error,
    Medium,
    #[default]
    Warning,
    Low,
    Note,
    Info,
}

/// How sure an analyser is.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "Confidence")]
enum Sureness {
    Low,
    Medium,
    High,
}

/// A known fault of something the project depends on.
#[derive(Deserialize, JsonSchema)]
struct Dependency {
    /// The type of a package URL: `pypi`, `npm`, `cargo`, `golang`, `maven`.
    #[serde(default)]
    ecosystem: String,
    /// Its name there.
    package: String,
    /// The version that is used.
    version: Option<String>,
    /// The advisory, such as `GHSA-xxxx-xxxx-xxxx` or `CVE-2026-1234`.
    advisory: String,
    /// The advisory's other names.
    #[serde(default)]
    aliases: Vec<String>,
    /// Versions without the fault.
    #[serde(default)]
    fixed_in: Vec<String>,
    /// Whether the project names the package itself.
    direct: Option<bool>,
}

/// The JSON Schema (draft 2020-12) of one JSON value of an analyser's output.
pub fn schema() -> Value {
    schemars::schema_for!(Output).to_value()
}

/// Reads the output: reports and findings, one after the other.
pub fn read(report: &mut dyn BufRead) -> Result<Reading, ReadError> {
    if !skip_blank(report)? {
        return Err(ReadError::Empty);
    }
    let mut reading = Reading::default();
    let mut tool = None;
    for said in serde_json::Deserializer::from_reader(report).into_iter::<Said>() {
        match said {
            Ok(Said::Finding(problem)) => reading.push((*problem).into())?,
            Ok(Said::Report(report)) => {
                tool = tool.or(report.tool.as_deref().map(clean_text));
                report.add_to(&mut reading)?;
            }
            Err(error) if error.is_io() => return Err(ReadError::Io(error.into())),
            Err(error) => return Err(malformed(EXPECTED, error)),
        }
    }
    if let Some(tool) = tool.filter(|it| !it.is_empty()) {
        for finding in &mut reading.findings {
            finding.tool.clone_from(&tool);
        }
    }
    Ok(reading)
}

/// A value of the output: a report if its first known field is one of a report's, as the two have no field in common.
enum Said {
    Report(Report),
    Finding(Box<Problem>),
}

/// The fields of [`Report`].
const OF_REPORT: [&str; 7] = [
    "schema",
    "tool",
    "version",
    "checked",
    "unchecked",
    "findings",
    "error",
];
/// The fields of [`Problem`].
const OF_PROBLEM: [&str; 14] = [
    "rule",
    "severity",
    "message",
    "path",
    "line",
    "column",
    "end_line",
    "end_column",
    "url",
    "fix",
    "cwe",
    "confidence",
    "function",
    "test",
];

impl<'de> Deserialize<'de> for Said {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(SaidVisitor)
    }
}

struct SaidVisitor;

impl<'de> Visitor<'de> for SaidVisitor {
    type Value = Said;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a report or a finding")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Said, A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            let is_report = OF_REPORT.contains(&key.as_str());
            if !is_report && key != "dependency" && !OF_PROBLEM.contains(&key.as_str()) {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let fields = MapAccessDeserializer::new(Fields {
                first: Some(key),
                rest: map,
            });
            return if is_report {
                Report::deserialize(fields).map(Said::Report)
            } else {
                Problem::deserialize(fields).map(|it| Said::Finding(Box::new(it)))
            };
        }
        Err(A::Error::custom(
            "an object with no field of a report or a finding",
        ))
    }
}

/// The fields of an object whose first known name was read already.
struct Fields<A> {
    first: Option<String>,
    rest: A,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Fields<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        match self.first.take() {
            Some(first) => seed.deserialize(first.into_deserializer()).map(Some),
            None => self.rest.next_key_seed(seed),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.rest.next_value_seed(seed)
    }
}

impl Report {
    fn add_to(self, reading: &mut Reading) -> Result<(), ReadError> {
        if let Some(version) = self.schema.0.filter(|it| *it != VERSION) {
            let message = format!("its schema is {version}, and {VERSION} is what is known here");
            return Err(malformed(EXPECTED, message));
        }
        if let Some(error) = self.error {
            return Err(ReadError::Refused(clean_text(&error)));
        }
        reading.checked = match (reading.checked, self.checked.count()) {
            (Some(one), Some(more)) => Some(one.saturating_add(more)),
            (one, more) => one.or(more),
        };
        let version = self.version.as_deref().map(clean_text);
        reading.version = reading.version.take().or(version);
        let unchecked = self.unchecked.into_iter().map(|it| findings::Unchecked {
            what: clean_text(&it.what),
            reason: clean_text(&it.reason),
        });
        reading.unchecked.extend(unchecked);
        self.findings
            .into_iter()
            .try_for_each(|problem| reading.push(problem.into()))
    }
}

impl From<Problem> for Finding {
    fn from(problem: Problem) -> Self {
        let clean =
            |text: Option<String>| text.map(|it| clean_text(&it)).filter(|it| !it.is_empty());
        let subject = match (problem.dependency, problem.function, problem.test) {
            (Some(dependency), _, _) => Subject::Dependency(dependency.into()),
            (_, Some(name), _) => Subject::Function {
                name: clean_text(&name),
            },
            (_, _, Some(name)) => Subject::Test {
                name: clean_text(&name),
            },
            (None, None, None) => Subject::Code,
        };
        let line = problem.line.from_one();
        let place = problem.path.filter(|it| !it.is_empty()).map(|path| Place {
            path,
            line,
            column: problem.column.from_one().filter(|_| line.is_some()),
            end_line: problem.end_line.from_one(),
            end_column: problem.end_column.from_one(),
        });
        Self {
            confidence: problem.confidence.map(Into::into),
            subject,
            place,
            url: clean(problem.url),
            fix: clean(problem.fix),
            cwe: problem.cwe.unwrap_or_default(),
            ..Self::new(
                TOOL,
                &clean(problem.rule).unwrap_or_default(),
                problem.severity.unwrap_or_default().into(),
                clean_text(&problem.message),
            )
        }
    }
}

impl From<Severity> for findings::Severity {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Critical => Self::Critical,
            Severity::High | Severity::Error => Self::High,
            Severity::Medium | Severity::Warning => Self::Medium,
            Severity::Low | Severity::Note => Self::Low,
            Severity::Info => Self::Info,
        }
    }
}

impl From<Sureness> for Confidence {
    fn from(sureness: Sureness) -> Self {
        match sureness {
            Sureness::Low => Self::Low,
            Sureness::Medium => Self::Medium,
            Sureness::High => Self::High,
        }
    }
}

impl From<Dependency> for findings::Dependency {
    fn from(dependency: Dependency) -> Self {
        let clean = |names: Vec<String>| names.iter().map(|it| clean_text(it)).collect();
        Self {
            ecosystem: clean_text(&dependency.ecosystem),
            package: clean_text(&dependency.package),
            version: dependency.version.as_deref().map(clean_text),
            advisory: clean_text(&dependency.advisory),
            aliases: clean(dependency.aliases),
            fixed_in: clean(dependency.fixed_in),
            direct: dependency.direct,
        }
    }
}

/// A list of which no more is kept than is read of a whole run, and one more by which that shows.
fn bounded<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    struct Bounded<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for Bounded<T> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list")
        }

        fn visit_unit<E>(self) -> Result<Vec<T>, E> {
            Ok(Vec::new())
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Vec<T>, A::Error> {
            let mut list = Vec::new();
            while list.len() <= MOST_FINDINGS {
                match sequence.next_element()? {
                    Some(element) => list.push(element),
                    None => return Ok(list),
                }
            }
            while sequence.next_element::<IgnoredAny>()?.is_some() {}
            Ok(list)
        }
    }

    deserializer.deserialize_any(Bounded(PhantomData))
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
    fn lines_of_an_example() {
        insta::assert_snapshot!(read_file("tend/todo.jsonl"), @r#"
        checked Some(2)
        low td.py 1:10--:- todo | TODO without a name
        "#);
    }

    #[test]
    fn a_whole_report() {
        insta::assert_snapshot!(read_file("tend/report.json"), @r#"
        checked Some(12)
        high src/a.py 3:5-4:1 no-sql | SQL is built from text | bind the value | https://example.org/no-sql
        medium src/a.py 10:---:- too-long | 300 lines | Function { name: "Parser.read" }
        critical requirements.txt -:---:-  | known fault | Dependency(Dependency { ecosystem: "pypi", package: "jinja2", version: Some("2.0"), advisory: "GHSA-1", aliases: ["CVE-1"], fixed_in: ["2.1"], direct: Some(true) })
        info  -:---:-  | it fails | Test { name: "tests.test_app::test_ok" }
        unchecked src/broken.py: cannot be parsed
        "#);
    }

    fn read_text(report: &str) -> String {
        match read(&mut report.as_bytes()) {
            Ok(reading) => shown(&reading),
            Err(error) => format!("error: {error}"),
        }
    }

    #[test]
    fn nothing_found_needs_a_number() {
        assert_eq!(
            read_text(r#"{"schema": 1, "tool": "x", "checked": 3}"#),
            "checked Some(3)"
        );
        assert_eq!(
            read_text(r#"{"findings": [], "$comment": {}}"#),
            "checked None"
        );
        assert_eq!(
            read_text(r#"{"findings": null, "unchecked": null}"#),
            "checked None"
        );
    }

    #[test]
    fn authors_are_told_what_is_wrong() {
        for (report, told) in [
            ("", "it wrote no report"),
            (
                "{\"schema\": 2}",
                "its schema is 2, and 1 is what is known here",
            ),
            ("{\"error\": \"no network\"}", "error: no network"),
            (
                "{\"message\": \"x\", \"severity\": \"worse\"}",
                "unknown variant `worse`, expected one of `critical`",
            ),
            ("{\"rule\": \"x\"}", "missing field `message`"),
            ("{\"foo\": 1}", "no field of a report or a finding"),
            ("{\"message\": \"x\"} done", "expected"),
            ("[]", "invalid type"),
        ] {
            let error = read_text(report);
            assert!(
                error.starts_with("error: ") && error.contains(told),
                "{error}"
            );
        }
    }

    /// The schema has the fields that decide what a value is, and requires what is needed.
    #[test]
    fn the_schema_is_what_is_read() {
        let schema = schema();
        let fields = |name: &str| -> Vec<String> {
            let fields = schema["$defs"][name]["properties"].as_object().unwrap();
            fields.keys().cloned().collect()
        };
        assert_eq!(fields("Report"), OF_REPORT);
        let mut of_problem = OF_PROBLEM.to_vec();
        of_problem.push("dependency");
        assert_eq!(fields("Finding"), of_problem);
        assert_eq!(
            schema["$defs"]["Finding"]["required"],
            serde_json::json!(["message"])
        );
        assert_eq!(
            schema["$defs"]["Report"]["not"]["required"],
            serde_json::json!(["message"])
        );
        assert_eq!(
            schema["$defs"]["Report"]["properties"]["schema"]["const"],
            VERSION
        );
    }
}
