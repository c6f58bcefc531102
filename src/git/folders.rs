//! The folders of a commit, of which those that are known need not be opened.

use std::collections::HashMap;

use bstr::{BStr, BString, ByteSlice};

use super::error::GitError;
use super::oid::Oid;
use super::repo::Repo;
use super::tree::{Entry, MAX_DEPTH, SCAN, ls_tree_record, mode_of};

/// A folder of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    /// Relative to the top; empty for the top itself.
    pub path: BString,
    /// Its tree: equal trees have equal contents, all the way down. None for a folder of the index.
    pub tree: Option<Oid>,
    /// What is in it but for folders, in git's order, with paths relative to it.
    pub files: Vec<Entry>,
}

impl Repo {
    /// The folders of a commit, by depth first. One for which `is_known` says so is left out with all that is below it.
    pub fn folders(
        &self,
        commit: &Oid,
        mut is_known: impl FnMut(&BStr, &Oid) -> bool,
    ) -> Result<Vec<Folder>, GitError> {
        if let Some(library) = self.library()
            && let Some(tree) = git2::Oid::from_str(commit.as_str())
                .and_then(|id| library.find_commit(id)?.tree())
                .ok()
        {
            let mut folders = Vec::new();
            let path = BStr::new("");
            if descend(library, &tree, 0, path, &mut is_known, &mut folders).is_some() {
                return Ok(folders);
            }
        }
        self.folders_by_plumbing(commit, is_known)
    }

    fn folders_by_plumbing(
        &self,
        commit: &Oid,
        mut is_known: impl FnMut(&BStr, &Oid) -> bool,
    ) -> Result<Vec<Folder>, GitError> {
        let top = self.commit(commit)?.tree;
        if is_known(BStr::new(""), &top) {
            return Ok(Vec::new());
        }
        let said = self
            .git(["ls-tree", "-r", "-t", "-z", "--full-tree"])
            .arg(commit.as_str())
            .timeout(SCAN)
            .run()?;
        let mut folders = vec![Folder {
            path: BString::default(),
            tree: Some(top),
            files: Vec::new(),
        }];
        // Where each opened folder is; what is not in here is known.
        let mut opened: HashMap<BString, usize> = HashMap::from([(BString::default(), 0)]);
        for record in said.split_str("\0").filter(|record| !record.is_empty()) {
            let (mode, oid, path) = ls_tree_record(record).ok_or_else(|| GitError::Unreadable {
                question: format!("ls-tree ({:?})", record.as_bstr()),
            })?;
            let (parent, name) = path.rsplit_once_str("/").unwrap_or((b"", path));
            let Some(at) = opened.get(BStr::new(parent)).copied() else {
                continue;
            };
            match mode {
                Some(mode) => {
                    if let Some(folder) = folders.get_mut(at) {
                        folder.files.push(Entry {
                            path: name.into(),
                            mode,
                            oid,
                        });
                    }
                }
                None if is_known(path.into(), &oid) => {}
                None => {
                    opened.insert(path.into(), folders.len());
                    folders.push(Folder {
                        path: path.into(),
                        tree: Some(oid),
                        files: Vec::new(),
                    });
                }
            }
        }
        Ok(folders)
    }
}

/// `None` when an object is missing, or folders are nested too deep.
fn descend(
    library: &git2::Repository,
    tree: &git2::Tree<'_>,
    depth: usize,
    path: &BStr,
    is_known: &mut impl FnMut(&BStr, &Oid) -> bool,
    folders: &mut Vec<Folder>,
) -> Option<()> {
    if depth > MAX_DEPTH {
        return None;
    }
    let oid = Oid::from(tree.id());
    if is_known(path, &oid) {
        return Some(());
    }
    let at = folders.len();
    folders.push(Folder {
        path: path.to_owned(),
        tree: Some(oid),
        files: Vec::new(),
    });
    let mut files = Vec::new();
    for entry in tree {
        if let Some(mode) = mode_of(&entry) {
            files.push(Entry {
                path: entry.name_bytes().into(),
                mode,
                oid: entry.id().into(),
            });
        } else {
            let mut below = path.to_owned();
            if !below.is_empty() {
                below.push(b'/');
            }
            below.extend_from_slice(entry.name_bytes());
            let subtree = library.find_tree(entry.id()).ok()?;
            descend(
                library,
                &subtree,
                depth + 1,
                below.as_ref(),
                is_known,
                folders,
            )?;
        }
    }
    folders.get_mut(at)?.files = files;
    Some(())
}
