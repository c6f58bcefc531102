//! The files of a commit, chosen and read: each with its facts, from the cache or from its blob.

use std::collections::HashMap;

use bstr::{BStr, BString};
use jiff::Timestamp;

use super::cache::{FactCache, Key};
use super::facts::{CAP, Facts, Unread};
use super::files::{Reading, Role, folder, is_left_out, role};
use super::languages::Language;
use crate::git::{Blob, Entry, GitError, Mode, Oid, Repo};

/// A file that was chosen, and what is known of it.
#[derive(Clone, Copy, Debug)]
pub struct File<'t> {
    /// Relative to the top.
    pub path: &'t BStr,
    /// The part it plays.
    pub role: Role,
    /// How it was read.
    pub reading: Reading,
    /// What its blob says.
    pub facts: &'t Facts,
}

/// A regular file that is not left out.
#[derive(Debug)]
struct Chosen {
    path: BString,
    role: Role,
    /// How it is to be read, if at all, and its blob.
    key: Option<Key>,
}

/// Everything that the analysers look at.
#[derive(Debug, Default)]
pub struct Tree {
    /// By path.
    entries: Vec<Chosen>,
    facts: HashMap<Key, Facts>,
    /// Tracked files, all of them.
    pub tracked: u64,
    /// Files in hidden folders and in folders of other people's code.
    pub left_out: Vec<BString>,
    /// Symbolic links: their targets are counted where they are.
    pub links: Vec<BString>,
    /// Submodules: repositories of their own.
    pub submodules: Vec<BString>,
}

impl Tree {
    /// Chooses among the entries of a commit.
    pub fn of(mut entries: Vec<Entry>) -> Self {
        entries.sort_unstable_by(|one, other| one.path.cmp(&other.path));
        let mut tree = Self {
            tracked: entries.len() as u64,
            ..Self::default()
        };
        // What the folder decides is the same for the files that follow in it.
        let mut at = None;
        for entry in entries {
            let path: &BStr = entry.path.as_ref();
            let (left_out, role) = match &at {
                Some((known, decided)) if *known == folder(path) => *decided,
                _ => {
                    let decided = (is_left_out(path), role(path));
                    at = Some((folder(path).to_owned(), decided));
                    decided
                }
            };
            if left_out {
                tree.left_out.push(entry.path);
                continue;
            }
            match entry.mode {
                Mode::Symlink => tree.links.push(entry.path),
                Mode::Gitlink => tree.submodules.push(entry.path),
                Mode::File | Mode::Executable => {
                    let key = Reading::of(path, role).map(|reading| (reading, entry.oid));
                    tree.entries.push(Chosen {
                        path: entry.path,
                        role,
                        key,
                    });
                }
            }
        }
        tree
    }

    /// Reads what the cache does not know, and tells it.
    pub fn read(
        &mut self,
        repo: &Repo,
        cache: &mut FactCache,
        now: Timestamp,
    ) -> Result<(), GitError> {
        let keys = || self.entries.iter().filter_map(|chosen| chosen.key.as_ref());
        let mut wanted: Vec<Key> = keys().cloned().collect();
        wanted.sort_unstable();
        wanted.dedup();
        self.facts = cache.get(&wanted, now);
        // In the order of their paths, which is about the order in which packs store them.
        let mut readings: HashMap<&Oid, Vec<Reading>> = HashMap::new();
        let mut oids = Vec::new();
        for (reading, oid) in keys() {
            if self.facts.contains_key(&(*reading, oid.clone())) {
                continue;
            }
            let wanted = readings.entry(oid).or_insert_with(|| {
                oids.push(oid);
                Vec::new()
            });
            if !wanted.contains(reading) {
                wanted.push(*reading);
            }
        }
        if oids.is_empty() {
            cache.put(&[], now);
            return Ok(());
        }
        let mut fresh = Vec::with_capacity(oids.len());
        repo.blobs(CAP)?.read(oids, |oid, blob| {
            for reading in readings.get(oid).into_iter().flatten() {
                let facts = match blob {
                    Blob::Bytes(bytes) => Facts::of(bytes, *reading),
                    Blob::TooLarge { size } => Facts::too_large(size),
                    Blob::Missing => Facts::missing(),
                };
                fresh.push(((*reading, oid.clone()), facts));
            }
        })?;
        // What is missing today may be here tomorrow.
        let (missing, kept): (Vec<_>, Vec<_>) = fresh
            .into_iter()
            .partition(|(_, facts)| facts.unread == Some(Unread::Missing));
        cache.put(&kept, now);
        self.facts.extend(missing.into_iter().chain(kept));
        Ok(())
    }

    /// The files that were read, by path.
    pub fn files(&self) -> Vec<File<'_>> {
        let mut files = Vec::with_capacity(self.entries.len());
        for chosen in &self.entries {
            if let Some(key) = &chosen.key
                && let Some(facts) = self.facts.get(key)
            {
                files.push(File {
                    path: chosen.path.as_ref(),
                    role: chosen.role,
                    reading: key.0,
                    facts,
                });
            }
        }
        files
    }

    /// The files in a counted language, whether they were read or not.
    pub fn in_a_language(&self) -> impl Iterator<Item = (&BStr, &'static Language)> {
        self.entries.iter().filter_map(|chosen| {
            let path: &BStr = chosen.path.as_ref();
            Some((path, Language::of(path)?))
        })
    }
}
