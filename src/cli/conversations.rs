//! The sessions of coding agents in one repository, for the analysers that sum them up.

use std::cell::OnceCell;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use jiff::tz::TimeZone;

use crate::analyze::conversation::{Conversations, Prompt, Told};
use crate::git::{Located, Repo};
use crate::graph::{Graph, GraphError};
use crate::store::{Access, OpenOptions, StoreError};
use crate::system::zone;

/// How long another process's transaction is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// The sessions in the worktrees of a repository. The graph is opened when something is asked first.
#[derive(Debug)]
pub struct SessionsHere<'a> {
    located: &'a Located,
    data: Option<&'a Path>,
    opened: OnceCell<Result<Option<Here>, String>>,
}

/// The graph, and which of its folders are the repository's.
#[derive(Debug)]
struct Here {
    graph: Graph,
    folders: Vec<String>,
}

impl<'a> SessionsHere<'a> {
    /// Of this repository, in the graph below the user's data folder.
    pub const fn new(located: &'a Located, data: Option<&'a Path>) -> Self {
        Self {
            located,
            data,
            opened: OnceCell::new(),
        }
    }

    fn here(&self) -> Result<Option<&Here>, String> {
        let opened = self.opened.get_or_init(|| {
            let Some(graph) = self.data.map(open).transpose()?.flatten() else {
                return Ok(None);
            };
            let worktrees = Repo::open(self.located)
                .and_then(|repo| repo.worktrees())
                .map_err(|error| error.to_string())?;
            let listed = worktrees.into_iter().filter(|it| !it.bare);
            // Of a submodule, git lists the repository instead of its worktree. Where only the repository is named, the
            // worktree is whatever folder was looked from.
            let own = self.located.worktree.iter().cloned();
            let own = own.filter(|top| top.join(".git").exists());
            let worktrees = Worktrees::new(listed.map(|it| it.path).chain(own));
            let folders = graph.session_folders().map_err(|error| failed(&error))?;
            let folders = folders
                .into_iter()
                .filter(|folder| worktrees.have(Path::new(folder)))
                .collect();
            Ok(Some(Here { graph, folders }))
        });
        opened.as_ref().map(Option::as_ref).map_err(Clone::clone)
    }

    fn ask<T>(
        &self,
        question: impl FnOnce(&Graph, &[String]) -> Result<T, GraphError>,
    ) -> Result<Option<T>, String> {
        let here = self.here()?;
        here.map(|here| question(&here.graph, &here.folders))
            .transpose()
            .map_err(|error| failed(&error))
    }
}

impl Conversations for SessionsHere<'_> {
    fn zone(&self) -> TimeZone {
        zone::local()
    }

    fn mark(&self) -> Result<Option<String>, String> {
        self.ask(Graph::mark_of)
    }

    fn prompts(&self) -> Result<Vec<Prompt>, String> {
        self.ask(Graph::prompts_of).map(Option::unwrap_or_default)
    }

    fn told(&self) -> Result<Option<Told>, String> {
        self.ask(Graph::told_of)
    }
}

/// The graph, if there is one; nothing is made.
fn open(data: &Path) -> Result<Option<Graph>, String> {
    if !data.join("graph.db").exists() {
        return Ok(None);
    }
    let options = OpenOptions {
        access: Access::ReadOnly,
        busy: PATIENCE,
        allow_network_fs: false,
    };
    let opened = Graph::open(data, &options).or_else(|error| match error {
        // One of an older git-tend: it takes a writer to bring it up to date.
        GraphError::Store(StoreError::NotReady) => {
            let access = Access::ReadWrite;
            Graph::open(data, &OpenOptions { access, ..options })
        }
        error => Err(error),
    });
    opened.map(Some).map_err(|error| failed(&error))
}

fn failed(error: &GraphError) -> String {
    format!("read the graph of sessions: {error}")
}

/// The worktrees of a repository.
#[derive(Debug)]
struct Worktrees {
    /// Their tops as the system names them, without links.
    tops: Vec<PathBuf>,
}

impl Worktrees {
    fn new(tops: impl Iterator<Item = PathBuf>) -> Self {
        Self {
            tops: tops.map(|top| resolved(&top)).collect(),
        }
    }

    /// Whether a folder is one of them or below, and not in a repository within. A folder that is gone is where it was.
    fn have(&self, folder: &Path) -> bool {
        if !folder.is_absolute() {
            return false;
        }
        let folder = resolved(folder);
        for place in folder.ancestors() {
            if self.tops.iter().any(|top| top == place) {
                return true;
            }
            if place.join(".git").exists() {
                return false;
            }
        }
        false
    }
}

/// The path without links and dots, as far as it exists; the rest as it is written.
fn resolved(path: &Path) -> PathBuf {
    for place in path.ancestors() {
        if let Ok(there) = place.canonicalize() {
            let rest = path.strip_prefix(place).unwrap_or(Path::new(""));
            let is_name = |part: &Component<'_>| matches!(part, Component::Normal(_));
            return there.join(rest.components().filter(is_name).collect::<PathBuf>());
        }
    }
    path.to_path_buf()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn folders_belong_to_the_worktree_that_they_are_in() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        for made in [
            "shop/.git",
            "shop/src",
            "shop/vendor/lib/.git",
            "shop/vendor/lib/src",
            "shop-2",
            "other",
        ] {
            fs::create_dir_all(at(made)).unwrap();
        }
        symlink(at("shop"), at("link")).unwrap();
        symlink(at("other"), at("shop/out")).unwrap();
        let here = Worktrees::new([at("link"), at("shop/trees/gone")].into_iter());
        for (path, is_here) in [
            ("shop", true),
            ("shop/src", true),
            ("link/src", true),
            ("shop/src/gone/for/good", true),
            ("shop/trees/gone/src", true),
            ("shop-2", false),
            ("other", false),
            ("shop/out", false),
            ("shop/vendor/lib", false),
            ("shop/vendor/lib/src", false),
            ("shop/vendor", true),
        ] {
            assert_eq!(here.have(&at(path)), is_here, "{path}");
        }
        assert!(!here.have(Path::new("shop")) && !here.have(Path::new("C:\\shop")));
    }
}
