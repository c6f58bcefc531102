//! A verdict as a line of a note.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::config::TaskName;
use crate::git::Oid;

/// The form of the lines that this version writes, and the only one that it reads.
const SCHEMA: u32 = 1;

/// What a line has at most, in bytes: a summary is a sentence.
pub(super) const LONGEST: usize = 8 * 1024;

/// A passing verdict as it travels. Only passes travel: a failure is each machine's own to find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shared {
    /// What was judged: 64 hexadecimal digits of BLAKE3.
    pub key: String,
    /// The task that judged.
    pub task: String,
    /// Everything in the key but the files: 64 hexadecimal digits of BLAKE3.
    pub definition: String,
    /// The tree of the commit.
    pub tree: String,
    /// What the task said, in a sentence.
    pub summary: String,
    /// When it was judged.
    pub made_at: Timestamp,
}

/// Why a line, or what would become one, is no verdict about a commit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAVerdict {
    /// It is not JSON, or not with these fields.
    #[error("it is not of the form of a verdict")]
    Malformed,
    /// Another version of git-tend wrote it.
    #[error("it is of form {0}, which this version does not know")]
    Schema(u32),
    /// It has too many bytes.
    #[error("it has more than {LONGEST} bytes")]
    TooLong,
    /// A field has a value that it cannot have.
    #[error("its {0} is not one")]
    Field(&'static str),
    /// It is about other files.
    #[error("it is about the tree {tree}, not the commit's")]
    OtherTree {
        /// Which tree it is about.
        tree: String,
    },
}

/// The fields in the order in which they are written: sorted lines are sorted by task, then by time.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    schema: u32,
    task: Cow<'a, str>,
    made_at: Timestamp,
    summary: Cow<'a, str>,
    tree: Cow<'a, str>,
    key: Cow<'a, str>,
    definition: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Version {
    schema: u32,
}

impl Shared {
    /// The line about a commit with this tree, without its end.
    pub(super) fn to_line(&self, tree: &Oid) -> Result<Vec<u8>, NotAVerdict> {
        self.check(tree)?;
        let line = serde_json::to_vec(&Line {
            schema: SCHEMA,
            task: (&self.task).into(),
            made_at: self.made_at,
            summary: (&self.summary).into(),
            tree: (&self.tree).into(),
            key: (&self.key).into(),
            definition: (&self.definition).into(),
        })
        .map_err(|_| NotAVerdict::Malformed)?;
        if line.len() > LONGEST {
            return Err(NotAVerdict::TooLong);
        }
        Ok(line)
    }

    /// Reads a line about a commit with this tree.
    pub(super) fn from_line(line: &[u8], tree: &Oid) -> Result<Self, NotAVerdict> {
        if line.len() > LONGEST {
            return Err(NotAVerdict::TooLong);
        }
        let malformed = |_| NotAVerdict::Malformed;
        let Version { schema } = serde_json::from_slice(line).map_err(malformed)?;
        if schema != SCHEMA {
            return Err(NotAVerdict::Schema(schema));
        }
        let line: Line<'_> = serde_json::from_slice(line).map_err(malformed)?;
        let shared = Self {
            key: line.key.into_owned(),
            task: line.task.into_owned(),
            definition: line.definition.into_owned(),
            tree: line.tree.into_owned(),
            summary: line.summary.into_owned(),
            made_at: line.made_at,
        };
        shared.check(tree)?;
        Ok(shared)
    }

    fn check(&self, tree: &Oid) -> Result<(), NotAVerdict> {
        if self.task.parse::<TaskName>().is_err() {
            return Err(NotAVerdict::Field("task"));
        }
        for (name, digest) in [("key", &self.key), ("definition", &self.definition)] {
            let digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
            if digest.len() != 64 || !digest.bytes().all(digit) {
                return Err(NotAVerdict::Field(name));
            }
        }
        if self.tree != tree.as_str() {
            return Err(NotAVerdict::OtherTree {
                tree: self.tree.escape_debug().take(64).collect(),
            });
        }
        Ok(())
    }
}
