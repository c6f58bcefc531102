//! Which of the built-in tasks that run tools a repository has something for.
//!
//! Telling it means listing a commit's files, for which no hook has time: whoever has the time keeps the answer in a file,
//! and hooks read that. Before there is an answer, all of them count as having something to do; their first run says
//! otherwise at little cost.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use bstr::ByteSlice as _;
use serde::{Deserialize, Serialize};

use super::parts::applying;
use super::project::Project;
use super::table;
use crate::analyze::files::is_foreign;
use crate::git::Blob;
use crate::git::{GitError, Oid, Repo};
use crate::system::filesystem;

/// The answer for one commit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Applies {
    /// The version of the program that looked: another one may know other tools.
    #[serde(default)]
    version: String,
    /// The commit whose files were looked at.
    commit: String,
    /// The tasks that have something to do.
    tasks: Vec<String>,
}

/// Which tools are known, and by which version of the program.
fn version() -> String {
    format!("{}+{}", env!("CARGO_PKG_VERSION"), table::all().count())
}

fn file(state: &Path) -> PathBuf {
    state.join("applies.json")
}

/// A manifest is read if it is not larger.
const LARGEST: u64 = 4 << 20;

impl Applies {
    /// The answer that was kept last, if there is one.
    pub fn known(state: &Path) -> Option<Self> {
        let known: Self = serde_json::from_slice(&fs::read(file(state)).ok()?).ok()?;
        (known.version == version()).then_some(known)
    }

    /// The answer for a commit: the kept one if it is about that, else a new one, which is kept.
    pub fn of(state: &Path, repo: &Repo, commit: &Oid) -> Result<Self, GitError> {
        if let Some(known) = Self::known(state).filter(|it| it.commit == commit.as_str()) {
            return Ok(known);
        }
        let found = Self {
            version: version(),
            commit: commit.as_str().to_owned(),
            tasks: look(repo, commit)?,
        };
        if let Ok(bytes) = serde_json::to_vec(&found)
            && state.is_dir()
        {
            // Another process may have been faster; that it cannot be kept costs the next one the same look.
            let _ = filesystem::replace(&file(state), &bytes, 0o600);
        }
        Ok(found)
    }

    /// Whether a task has something to do.
    pub fn has(&self, task: &str) -> bool {
        self.tasks.iter().any(|known| known == task)
    }
}

fn look(repo: &Repo, commit: &Oid) -> Result<Vec<String>, GitError> {
    let mut blobs = HashMap::new();
    let mut paths = Vec::new();
    for entry in repo.entries(commit)? {
        if entry.mode.is_file()
            && !is_foreign(entry.path.as_bstr())
            && let Ok(path) = entry.path.to_str()
        {
            paths.push(path.to_owned());
            blobs.insert(path.to_owned(), entry.oid);
        }
    }
    paths.sort();
    let reader = RefCell::new(repo.blobs(LARGEST)?);
    let read = |path: &str| {
        let mut found = None;
        let each = |_: &Oid, blob: Blob<'_>| {
            if let Blob::Bytes(bytes) = blob {
                found = Some(bytes.to_vec());
            }
        };
        reader.borrow_mut().read([blobs.get(path)?], each).ok()?;
        found
    };
    let project = Project {
        paths: &paths,
        read: &read,
        installed: &|_, _| false,
    };
    Ok(applying(&project).into_iter().map(str::to_owned).collect())
}
