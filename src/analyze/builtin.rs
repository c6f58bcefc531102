//! What `git-tend __task NAME` runs: a built-in analyser in a process of its own.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::cache::FactCache;
use super::codebase;
use super::summary::summary;
use crate::git::{GitError, Located, Oid, Repo};

/// The quick analysis of the whole codebase.
pub const CODEBASE_QUICK: &str = "codebase_quick";

/// The `type` of a task's stored result: the seed's names of what its analysers leave.
pub fn result_type(task: &str) -> String {
    match task {
        CODEBASE_QUICK => "codebase_analysis".to_owned(),
        other => format!("{other}_analysis"),
    }
}

/// The analysers there are.
pub const NAMES: [&str; 1] = [CODEBASE_QUICK];

/// Why an analyser gave no result.
#[derive(Debug, thiserror::Error)]
pub enum BuiltinError {
    /// No analyser has this name.
    #[error("find a built-in task named {0:?}")]
    Unknown(String),
    /// The repository could not be read.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The result could not be turned into JSON.
    #[error("write the result as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

/// Runs an analyser on a commit (on HEAD if none is named) and returns its result.
///
/// Facts are kept in `cache_dir`; without one, or when it cannot be used, everything is read anew.
pub fn run(
    name: &str,
    located: &Located,
    commit: Option<&Oid>,
    cache_dir: Option<&Path>,
    now: Timestamp,
) -> Result<Value, BuiltinError> {
    if name != CODEBASE_QUICK {
        return Err(BuiltinError::Unknown(name.to_owned()));
    }
    let repo = Repo::open(located)?;
    let commit = match commit {
        Some(oid) => Some(oid.clone()),
        None => repo.head()?.oid().cloned(),
    };
    let mut cache = cache_dir.map_or_else(FactCache::in_memory, FactCache::open);
    let codebase = codebase::analyze(&repo, commit.as_ref(), &mut cache, now)?;
    let lines = summary(&codebase);
    let mut value = serde_json::to_value(codebase)?;
    if let Some(fields) = value.as_object_mut() {
        fields.insert("summary".to_owned(), lines.into());
    }
    Ok(value)
}

/// What is stored of a run: the result, or `{"error": …}`, so that the other analysers' results stand beside it.
pub fn stored(result: &Result<Value, BuiltinError>) -> Value {
    match result {
        Ok(value) => value.clone(),
        Err(error) => json!({ "error": format!("failed to {error}") }),
    }
}

/// Writes a result where the runner expects it: whole, or not at all.
pub fn write(path: &Path, value: &Value) -> io::Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let temporary = Path::new(&name);
    let mut file = File::create(temporary)?;
    serde_json::to_writer(&mut file, value)?;
    file.write_all(b"\n")?;
    fs::rename(temporary, path)
}
