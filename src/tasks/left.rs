//! What a child process of a job leaves for the drain that started it: results, and what they mean for the job.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

/// The exit code of a child that has no room for what it would leave: that says nothing about its work.
pub const NO_SPACE: u8 = 28;

/// Nothing larger is read.
const LARGEST: u64 = 256 << 20;

/// What is left, with results of whatever form `B`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Left<B> {
    /// The last one is what the job is remembered by.
    pub results: Vec<LeftResult<B>>,
    /// What they mean for the job, where its exit code does not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meaning: Option<Meaning>,
}

/// One result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LeftResult<B> {
    /// Its type, such as `codebase_analysis` or `findings`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The commit it is about.
    #[serde(default, skip_serializing_if = "Commit::is_the_jobs")]
    pub about: Commit,
    /// The result.
    pub body: B,
}

impl<B: Serialize> LeftResult<B> {
    /// The same with its body as any JSON.
    pub fn into_value(self) -> Result<LeftResult<Value>, String> {
        Ok(LeftResult {
            kind: self.kind,
            about: self.about,
            body: serde_json::to_value(self.body).map_err(|error| error.to_string())?,
        })
    }
}

/// Which commit a result is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Commit {
    /// The job's.
    #[default]
    Job,
    /// Another one: the worktree had moved on.
    Other(String),
    /// None: some files were changed.
    Changes,
}

impl Commit {
    fn is_the_jobs(&self) -> bool {
        *self == Self::Job
    }
}

/// What results mean for their job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "reason", rename_all = "lowercase")]
pub enum Meaning {
    /// The work is done, whatever the exit code of the tool was.
    Done,
    /// There was nothing to do.
    Nothing(String),
    /// What it needs is not installed.
    Missing(String),
    /// A tool failed: another attempt may go better.
    Failed(String),
    /// The agent failed.
    Agent(AgentFailure),
    /// Not now: it waits, and nothing was lost.
    Later(Postponed),
}

/// How the agent failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentFailure {
    /// What went wrong.
    pub message: String,
    /// How often such a failure is worth another attempt.
    pub retries: u32,
    /// Whether it did not end in time.
    pub timed_out: bool,
}

/// Until when, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Postponed {
    /// Not before.
    pub until: Timestamp,
    /// For people.
    pub reason: String,
}

impl<B: Serialize> Left<B> {
    /// Writes it where the drain expects it: whole, or not at all.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        let mut name = path.as_os_str().to_owned();
        name.push(".new");
        let temporary = Path::new(&name);
        let mut file = BufWriter::new(File::create(temporary)?);
        serde_json::to_writer(&mut file, self)?;
        file.write_all(b"\n")?;
        file.flush()?;
        fs::rename(temporary, path)
    }
}

/// Reads what is left, results as the text that they are; nothing when there is none, or none that can be read.
pub fn read(path: &Path) -> Option<Left<Box<RawValue>>> {
    let length = fs::metadata(path).ok()?.len();
    if length > LARGEST {
        return None;
    }
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_left_arrives() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("left");
        assert!(read(&path).is_none());
        for about in [
            Commit::Job,
            Commit::Changes,
            Commit::Other("abc".to_owned()),
        ] {
            let left = Left {
                results: vec![LeftResult {
                    kind: "findings".to_owned(),
                    about: about.clone(),
                    body: json!({ "b": [1], "a": 1.5 }),
                }],
                meaning: Some(Meaning::Missing("`x` is not installed".to_owned())),
            };
            left.write(&path).unwrap();
            let read = read(&path).unwrap();
            assert_eq!(read.meaning, left.meaning);
            assert_eq!(read.results[0].about, about);
            assert_eq!(read.results[0].body.get(), r#"{"b":[1],"a":1.5}"#);
        }
        // As analysers leave it, and as a crash does.
        fs::write(&path, r#"{"results":[{"type":"x","body":1}]}"#).unwrap();
        assert_eq!(read(&path).unwrap().results[0].about, Commit::Job);
        fs::write(&path, r#"{"results":[{"type":"#).unwrap();
        assert!(read(&path).is_none());
    }
}
