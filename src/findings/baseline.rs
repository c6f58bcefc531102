//! `tend.baseline.json`: the findings that a project has accepted, in a file that it tracks.
//!
//! One finding is one line, without its line number, so that edits elsewhere change nothing; the lines are sorted. An end
//! mark closes the list: a new entry adds a line and changes none. Two branches that add entries at different places
//! merge without a conflict; with `tend.baseline.json merge=union` in `.gitattributes`, at any place.

mod choice;
mod matching;
#[cfg(test)]
mod tests;

use std::borrow::Borrow;
use std::num::NonZeroU64;

use serde::{Deserialize, Serialize};

pub use choice::{Base, Standpoint, choose};
use matching::{COMPARISONS, Open};

use super::{Finding, Subject};

/// The file's name, at the repository's top.
pub const FILE_NAME: &str = "tend.baseline.json";

/// The version of the format that is written, and the newest that is read.
pub const VERSION: u64 = 1;

/// A message is kept to this many characters of its first line.
const LONGEST_MESSAGE: usize = 200;

/// Why a baseline cannot be read. Lines and columns begin with 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{FILE_NAME}:{line}:{column}: {message}")]
pub struct BaselineError {
    /// Where.
    pub line: usize,
    /// In it, in bytes.
    pub column: usize,
    /// What is wrong.
    pub message: String,
}

/// An accepted finding, or several that are equal.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Where it is; none if it has no place.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// Which tool says it.
    pub tool: String,
    /// The tool's name of what is wrong.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub rule: String,
    /// A function, if it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function: Option<String>,
    /// The digest of a secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// A test that failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test: Option<String>,
    /// A package, with the ecosystem before it: `npm/lodash`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<String>,
    /// The package's advisory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advisory: Option<String>,
    /// The first line of what the tool says, at most 200 characters of it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// The hash of its line ([`super::source::line_hash`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<String>,
    /// How many there are; one if it does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<NonZeroU64>,
}

impl Entry {
    fn of(finding: &Finding) -> Self {
        let first_line = finding.message.lines().next().unwrap_or_default();
        let mut entry = Self {
            path: finding
                .place
                .as_ref()
                .map(|place| place.path.clone())
                .unwrap_or_default(),
            tool: finding.tool.clone(),
            rule: finding.rule.clone(),
            message: first_line.chars().take(LONGEST_MESSAGE).collect(),
            ..Self::default()
        };
        match &finding.subject {
            Subject::Code => entry.line = finding.line.as_ref().map(|line| line.hash.clone()),
            Subject::Dependency(it) => {
                entry.package = Some(format!("{}/{}", it.ecosystem, it.package));
                entry.advisory = Some(it.advisory.clone());
            }
            Subject::Function { name } => entry.function = Some(name.clone()),
            Subject::Secret { digest } => entry.secret = Some(digest.clone()),
            Subject::Test { name } => entry.test = Some(name.clone()),
        }
        entry
    }

    /// How many findings it accepts.
    pub fn accepted(&self) -> u64 {
        self.count.map_or(1, NonZeroU64::get)
    }

    /// Whether another one differs in its count at most.
    fn is_same_kind(&self, other: &Self) -> bool {
        let count = self.count;
        Self {
            count,
            ..other.clone()
        } == *self
    }
}

/// The accepted findings of a project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[allow(dead_code, reason = "reading it checks it")]
    version: Version,
    findings: Vec<Option<Entry>>,
}

#[derive(Deserialize)]
#[serde(try_from = "u64")]
struct Version;

impl TryFrom<u64> for Version {
    type Error = String;

    fn try_from(version: u64) -> Result<Self, String> {
        if (1..=VERSION).contains(&version) {
            return Ok(Self);
        }
        Err(format!(
            "this git-tend reads baselines of version {VERSION}, this is version {version}"
        ))
    }
}

/// Which findings a baseline covers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// For each finding, the number of the entry that accepts it.
    pub covered: Vec<Option<usize>>,
    /// Entries that accept more findings than there are: their numbers, and how many are not there any more. Whether their
    /// tools have looked at their files at all is for the caller to know.
    pub stale: Vec<(usize, u64)>,
}

impl Baseline {
    /// A baseline that accepts these findings.
    pub fn of(findings: &[Finding]) -> Self {
        let mut entries: Vec<Entry> = findings.iter().map(Entry::of).collect();
        entries.sort_unstable();
        let groups = entries.chunk_by(|one, other| one == other);
        let counted = groups.filter_map(|group| {
            let count = NonZeroU64::new(group.len() as u64).filter(|count| count.get() > 1);
            Some(Entry {
                count,
                ..group.first()?.clone()
            })
        });
        Self {
            entries: counted.collect(),
        }
    }

    /// Its entries, sorted; no two are of the same kind.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Reads the file. Entries may be in any order and be there twice, as merging leaves them: the larger number counts.
    pub fn read(text: &str) -> Result<Self, BaselineError> {
        let conflict = |line: &str| {
            ["<<<<<<<", "=======", ">>>>>>>", "|||||||"]
                .iter()
                .any(|mark| line.starts_with(mark))
        };
        if let Some(line) = text.lines().position(conflict) {
            return Err(BaselineError {
                line: line + 1,
                column: 1,
                message: "a merge left a conflict here; keep the lines of both sides".to_owned(),
            });
        }
        let document: Document = serde_json::from_str(text).map_err(|error| {
            let told = error.to_string();
            let at = format!(" at line {} column {}", error.line(), error.column());
            BaselineError {
                line: error.line(),
                column: error.column(),
                message: told.strip_suffix(&at).unwrap_or(&told).to_owned(),
            }
        })?;
        let mut entries: Vec<Entry> = document.findings.into_iter().flatten().collect();
        entries.sort_unstable();
        // The larger numbers come last.
        entries.reverse();
        entries.dedup_by(|one, other| one.is_same_kind(other));
        entries.reverse();
        Ok(Self { entries })
    }

    /// The file's text: the same for the same entries.
    pub fn write(&self) -> String {
        let mut text = format!("{{\n\"version\": {VERSION},\n\"findings\": [\n");
        for entry in &self.entries {
            // Strings and a number: nothing that JSON could not say.
            if let Ok(line) = serde_json::to_string(entry) {
                text.push_str(&line);
                text.push_str(",\n");
            }
        }
        text.push_str("null\n]\n}\n");
        text
    }

    /// Which of these findings are accepted, and which entries accept what is not there any more.
    ///
    /// An entry accepts as many findings as it says: those that are equal; then those of the same line whatever the
    /// message, those that moved to another file if there is no other like it, and those of the same message in the same
    /// file, numbers aside. What is about something else than a place is known by that.
    pub fn matches<F: Borrow<Finding>>(&self, findings: &[F]) -> Coverage {
        let mut open = Open::new(&self.entries, findings);
        for comparison in &COMPARISONS {
            open.compare(comparison);
        }
        open.finish()
    }
}
