//! Which file a fork's parent is looked for in.

use std::path::{Path, PathBuf};

use crate::sessions::model::{Agent, Lineage, Session};
use crate::sessions::read::place;

/// What a fork says of its parent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The file that it lay in when the fork was made; an absolute path, and perhaps of another machine.
    pub path: Option<PathBuf>,
    /// Its id.
    pub id: Option<String>,
}

/// Of which session a session says that it is a fork; none if it says nothing. Those that another session started are no
/// forks: nothing in them is a copy.
pub fn wanted(session: &Session) -> Option<Wanted> {
    match session.parent.as_ref()? {
        Lineage::ForkOfFile(path) => {
            // A file moves, and is of other systems than ours: its name stays.
            let file = path.rsplit(['/', '\\']).next().unwrap_or_default();
            let name = file.strip_suffix(".jsonl").unwrap_or(file);
            let path = Path::new(path);
            Some(Wanted {
                path: path.is_absolute().then(|| path.to_owned()),
                id: (!name.is_empty()).then(|| place::session_id(Agent::Pi, name).to_owned()),
            })
        }
        Lineage::ForkOf(id) => Some(Wanted {
            path: None,
            id: Some(id.clone()),
        }),
        Lineage::SubAgentOf(_) => None,
    }
}

impl Wanted {
    /// The files to look for the parent in, the likeliest first; none is `own`, the fork's. `by_id` gives those of a session
    /// that were found on this machine.
    pub fn files(&self, own: &Path, by_id: impl Fn(&str) -> Vec<PathBuf>) -> Vec<PathBuf> {
        let mut found = self.id.as_deref().map(by_id).unwrap_or_default();
        found.sort();
        let mut files: Vec<PathBuf> = Vec::new();
        for path in self.path.iter().cloned().chain(found) {
            if path != own && !files.contains(&path) {
                files.push(path);
            }
        }
        files
    }
}
