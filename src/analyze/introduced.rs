//! Since when something has been in a file: the commit from which on every version of the file shows it.
//!
//! Git's blame compares neighbouring versions line by line. What is looked for here is found in a version by itself (a
//! marker by its words, a secret by its digest), so it is enough to go back from version to version until one does not
//! show it. Each version is read once, however many things are looked for.

use std::collections::{BTreeMap, HashMap, HashSet};

use bstr::{BStr, BString};
use serde::{Deserialize, Serialize};

use crate::git::history::{CommitFacts, HistoryOptions, Id, Range};
use crate::git::{Blob, GitError, Oid, Repo};

/// What something is recognised by.
pub type Mark = [u8; 16];

/// A file that is in the commit now, with what is looked for in it.
#[derive(Clone, Debug)]
pub struct Wanted<'s> {
    /// Its path.
    pub path: &'s BStr,
    /// Its content.
    pub oid: &'s Oid,
    /// What its content shows.
    pub marks: Vec<Mark>,
}

/// Where something came into a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Since {
    /// The commit.
    pub commit: Vec<u8>,
    /// When it was committed, in seconds since 1970.
    pub seconds: i64,
}

/// What is known of one file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    oid: Vec<u8>,
    since: BTreeMap<Mark, Option<Since>>,
}

/// Since when everything has been where it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Introduced {
    /// The commit that was looked at.
    commit: Vec<u8>,
    files: BTreeMap<BString, Known>,
}

/// What is needed to find out.
pub struct Search<'a, F> {
    /// The repository.
    pub repo: &'a Repo,
    /// The commit that the files are in.
    pub commit: &'a Oid,
    /// How many threads read versions.
    pub threads: usize,
    /// Larger versions show nothing.
    pub cap: u64,
    /// What a version shows.
    pub marks_of: F,
}

/// More versions of a file are not gone back.
const FURTHEST: usize = 1000;

/// How many versions of each file are read at a time.
const STEP: usize = 8;

impl Introduced {
    /// Since when something has been in a file; `None` where the history does not tell.
    pub fn since(&self, path: &BStr, mark: &Mark) -> Option<&Since> {
        self.files.get(path)?.since.get(mark)?.as_ref()
    }
}

/// A version of a file that is looked for, newest first.
struct Version {
    commit: Id,
    seconds: i64,
    blob: Option<Id>,
}

/// A file whose past is open.
struct Open<'s> {
    wanted: &'s Wanted<'s>,
    versions: Vec<Version>,
    /// Marks that every version so far showed.
    left: HashSet<Mark>,
    since: BTreeMap<Mark, Option<Since>>,
    /// How many versions were gone back.
    at: usize,
}

impl<F: Fn(&[u8]) -> Vec<Mark> + Sync> Search<'_, F> {
    /// Finds out about all files. What an earlier search found is used where it still holds.
    pub fn run(
        &self,
        wanted: &[Wanted<'_>],
        known: Option<Introduced>,
    ) -> Result<Introduced, GitError> {
        let known = known.unwrap_or_default();
        let base = Oid::from_bytes(&known.commit).ok().filter(|base| {
            let held = self.repo.is_ancestor(base, self.commit);
            held.unwrap_or(false)
        });
        let mut result = Introduced {
            commit: self.commit.to_bytes(),
            files: BTreeMap::new(),
        };
        let mut open: Vec<Open<'_>> = Vec::new();
        for wanted in wanted {
            let before = known.files.get(wanted.path);
            let oid = wanted.oid.to_bytes();
            let holds = |before: &&Known| {
                // Of a history that was rewritten, nothing holds.
                base.is_some()
                    && before.oid == oid
                    && wanted
                        .marks
                        .iter()
                        .all(|mark| before.since.contains_key(mark))
            };
            if let Some(before) = before.filter(holds) {
                result.files.insert(wanted.path.to_owned(), before.clone());
            } else {
                open.push(Open {
                    wanted,
                    versions: Vec::new(),
                    left: wanted.marks.iter().copied().collect(),
                    since: wanted.marks.iter().map(|mark| (*mark, None)).collect(),
                    at: 0,
                });
            }
        }
        if !open.is_empty() {
            self.collect_versions(&mut open, base.as_ref())?;
            self.go_back(&mut open)?;
        }
        for file in open {
            let mut since = file.since;
            // What every version since the earlier search shows was there already then.
            if let Some(before) = base.as_ref().and(known.files.get(file.wanted.path)) {
                for mark in &file.left {
                    if let Some(found) = before.since.get(mark) {
                        since.insert(*mark, found.clone());
                    }
                }
            }
            let oid = file.wanted.oid.to_bytes();
            result
                .files
                .insert(file.wanted.path.to_owned(), Known { oid, since });
        }
        Ok(result)
    }

    /// One pass over the history, in which renamed files are followed where their content did not change.
    fn collect_versions(&self, open: &mut [Open<'_>], base: Option<&Oid>) -> Result<(), GitError> {
        let mut followed: HashMap<BString, Vec<usize>> = HashMap::new();
        for (at, file) in open.iter().enumerate() {
            followed
                .entry(file.wanted.path.to_owned())
                .or_default()
                .push(at);
        }
        let tips = std::slice::from_ref(self.commit);
        let exclude = base.map(std::slice::from_ref).unwrap_or_default();
        let range = Range { tips, exclude };
        self.repo
            .history(range, HistoryOptions::default(), |commit| {
                note(commit, open, &mut followed);
            })
    }

    fn go_back(&self, open: &mut [Open<'_>]) -> Result<(), GitError> {
        let mut shown: HashMap<Id, HashSet<Mark>> = HashMap::new();
        loop {
            let mut wanted: Vec<Id> = Vec::new();
            for file in &*open {
                wanted.extend(file.next().iter().filter_map(|version| version.blob));
            }
            wanted.sort_unstable();
            wanted.dedup();
            wanted.retain(|id| !shown.contains_key(id));
            let oids: Vec<Oid> = wanted
                .iter()
                .filter_map(|id| Oid::from_bytes(id.as_bytes()).ok())
                .collect();
            let marks_of = &self.marks_of;
            let read =
                self.repo
                    .read_blobs(&oids, self.cap, self.threads, |_, blob| match blob {
                        Blob::Bytes(bytes) => marks_of(bytes).into_iter().collect(),
                        Blob::TooLarge { .. } | Blob::Missing => HashSet::new(),
                    })?;
            shown.extend(wanted.into_iter().zip(read));
            let mut moved = false;
            for file in &mut *open {
                moved |= file.advance(&shown);
            }
            if !moved {
                return Ok(());
            }
        }
    }
}

impl Open<'_> {
    /// The versions to be read next.
    fn next(&self) -> &[Version] {
        if self.left.is_empty() || self.at >= FURTHEST {
            return &[];
        }
        let end = self.versions.len().min(self.at + STEP);
        self.versions.get(self.at..end).unwrap_or_default()
    }

    /// Goes back over versions that were read; whether there were any.
    fn advance(&mut self, shown: &HashMap<Id, HashSet<Mark>>) -> bool {
        let none = HashSet::new();
        let count = self.next().len();
        for at in self.at..self.at + count {
            let Some(version) = self.versions.get(at) else {
                break;
            };
            let marks = version
                .blob
                .and_then(|blob| shown.get(&blob))
                .unwrap_or(&none);
            self.left.retain(|mark| marks.contains(mark));
            for mark in &self.left {
                let since = Since {
                    commit: version.commit.as_bytes().to_vec(),
                    seconds: version.seconds,
                };
                self.since.insert(*mark, Some(since));
            }
        }
        self.at += count;
        count > 0
    }
}

/// Notes the versions that one commit made. Commits come newest first: a file that this one created from another is
/// followed under the other's name in all that come after.
fn note(
    commit: &CommitFacts<'_>,
    open: &mut [Open<'_>],
    followed: &mut HashMap<BString, Vec<usize>>,
) {
    let mut created: Vec<(Id, Vec<usize>)> = Vec::new();
    for change in commit.changes.clone() {
        let Some(files) = followed.get(change.path) else {
            continue;
        };
        for at in files {
            if let Some(file) = open.get_mut(*at) {
                file.versions.push(Version {
                    commit: commit.id,
                    seconds: commit.committed,
                    blob: change.after(),
                });
            }
        }
        if change.before().is_none()
            && let Some(blob) = change.after()
            && let Some(files) = followed.remove(change.path)
        {
            created.push((blob, files));
        }
    }
    if created.is_empty() {
        return;
    }
    for change in commit.changes.clone() {
        if change.after().is_some() {
            continue;
        }
        let Some(blob) = change.before() else {
            continue;
        };
        if let Some(at) = created.iter().position(|(created, _)| *created == blob) {
            let (_, files) = created.swap_remove(at);
            followed
                .entry(change.path.to_owned())
                .or_default()
                .extend(files);
        }
    }
}
