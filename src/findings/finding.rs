//! One form for what every tool says.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How bad a finding is, least first: S1's scale for security, onto which `tools/` maps each tool's own words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Style, convention, a hint.
    Low,
    /// Probably wrong, or wrong in a way that does little.
    Medium,
    /// Wrong.
    High,
    /// Wrong, and others can make use of it.
    Critical,
}

impl Severity {
    /// All of them, worst first.
    pub const ALL: [Self; 5] = [
        Self::Critical,
        Self::High,
        Self::Medium,
        Self::Low,
        Self::Info,
    ];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// The same on the scale of three that linters and SARIF use.
    pub const fn level(self) -> Level {
        match self {
            Self::Critical | Self::High => Level::Error,
            Self::Medium => Level::Warning,
            Self::Low | Self::Info => Level::Note,
        }
    }

    /// The severity of a CVSS base score, by the qualitative scale of CVSS 3.1 (section 5) and 4.0.
    pub fn of_score(score: f64) -> Self {
        match score {
            score if score >= 9.0 => Self::Critical,
            score if score >= 7.0 => Self::High,
            score if score >= 4.0 => Self::Medium,
            score if score > 0.0 => Self::Low,
            _ => Self::Info,
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// How bad a finding is, on the scale of three that linters and SARIF use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// S1 calls it info.
    Note,
    /// Probably wrong.
    Warning,
    /// Wrong.
    Error,
}

impl Level {
    /// SARIF's name of it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// How sure a tool is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// Perhaps.
    Low,
    /// Probably.
    Medium,
    /// Certainly.
    High,
}

/// Where a finding is. Lines and columns begin with 1; columns are counted as the tool counts them. 0 in a tool's output,
/// where it means "no line", is no line here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// Relative to the repository's top, with `/`. As the tool wrote it until `tools` has made it relative.
    pub path: String,
    /// The first line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Its first column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    /// The last line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_line: Option<u32>,
    /// The column behind the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_column: Option<u32>,
}

/// What a finding is about: what its identity hangs on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Subject {
    /// A place in a file.
    #[default]
    Code,
    /// A known fault of something the project depends on.
    Dependency(Dependency),
    /// A function as a whole: it stays itself wherever it moves.
    Function {
        /// Qualified within its file, such as `Parser.read`.
        name: String,
    },
    /// Something that must not be known.
    Secret {
        /// Its keyed digest.
        digest: String,
    },
    /// A test that failed.
    Test {
        /// Its suite or class, and its name, such as `tests.test_app.TestLogin::test_ok`.
        name: String,
    },
}

/// A known fault of something the project depends on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Dependency {
    /// The type of a package URL: `pypi`, `npm`, `cargo`, `golang`, `maven`.
    pub ecosystem: String,
    /// Its name there, normalised as the ecosystem normalises names.
    pub package: String,
    /// The version that is used, if the tool tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// One name of the advisory, chosen among all of them: GHSA before CVE before others (`RUSTSEC`, `PYSEC`), the
    /// smallest of several.
    pub advisory: String,
    /// Its other names, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// Versions without the fault.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fixed_in: Vec<String>,
    /// Whether the project names it itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direct: Option<bool>,
}

/// What a finding's line was when it was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LineIdentity {
    /// The blob that the file was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blob: Option<String>,
    /// BLAKE3 of the line without its white space, 16 hexadecimal digits.
    pub hash: String,
}

/// Since when a finding is known.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FirstSeen {
    /// When it was found first.
    pub at: Timestamp,
    /// In which commit; none if in changed files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
}

/// What a tool says about one thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Its identity: made at first sight and handed on from scan to scan; empty until then.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// Which tool says it.
    pub tool: String,
    /// The tool's name of what is wrong, such as `B602` or `no-unused-vars`; empty if it has none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub rule: String,
    /// How bad it is.
    pub severity: Severity,
    /// How sure the tool is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<Confidence>,
    /// What is wrong, in the tool's words, without control characters of terminals; lines may be several.
    pub message: String,
    /// What it is about.
    #[serde(default)]
    pub subject: Subject,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// What was there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<LineIdentity>,
    /// Where to read more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// What would mend it, in a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
    /// Weaknesses by their numbers in the Common Weakness Enumeration.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cwe: Vec<u32>,
    /// Since when it is known; nothing before it has an identity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_seen: Option<FirstSeen>,
}

impl Finding {
    /// A finding of which no more is known.
    pub fn new(tool: &str, rule: &str, severity: Severity, message: String) -> Self {
        Self {
            id: String::new(),
            tool: tool.to_owned(),
            rule: rule.to_owned(),
            severity,
            confidence: None,
            message,
            subject: Subject::Code,
            place: None,
            line: None,
            url: None,
            fix: None,
            cwe: Vec::new(),
            first_seen: None,
        }
    }
}
