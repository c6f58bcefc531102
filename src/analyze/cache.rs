//! What is kept between runs: facts by folder, facts by commit, and what an analyser remembers.
//!
//! The cache can only save time. One that cannot be opened, read or written is as good as none.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bstr::BString;
use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, Row, Transaction, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::git::Oid;
use crate::store::{Access, CACHE, Durability, OpenOptions, Store, StoreError};

/// Facts about commits are dropped after this time: those in use are found out again.
const KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);

/// A row of either kind: what is kept of one folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The folder's tree, if everything of it was found out.
    pub tree: Option<Vec<u8>>,
    /// The facts.
    pub body: Vec<u8>,
}

/// Pages by folder.
pub type Pages = BTreeMap<BString, Page>;

/// Which facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// What every look at a tree needs.
    Quick,
    /// What costs more to find out.
    Deep,
}

impl Layer {
    const fn read(self) -> &'static str {
        match self {
            Self::Quick => "SELECT folder, tree, files FROM page WHERE version = ?1",
            Self::Deep => "SELECT folder, tree, facts FROM deep_page WHERE version = ?1",
        }
    }

    const fn write(self) -> &'static str {
        match self {
            Self::Quick => {
                "INSERT OR REPLACE INTO page (folder, version, tree, files) VALUES (?1, ?2, ?3, ?4)"
            }
            Self::Deep => {
                "INSERT OR REPLACE INTO deep_page (folder, version, tree, facts)
                 VALUES (?1, ?2, ?3, ?4)"
            }
        }
    }

    const fn forget(self) -> &'static str {
        match self {
            Self::Quick => "DELETE FROM page WHERE folder = ?1",
            Self::Deep => "DELETE FROM deep_page WHERE folder = ?1",
        }
    }

    const fn forget_others(self) -> &'static str {
        match self {
            Self::Quick => "DELETE FROM page WHERE version <> ?1",
            Self::Deep => "DELETE FROM deep_page WHERE version <> ?1",
        }
    }
}

/// What is kept between runs.
#[derive(Default)]
pub struct FactCache {
    dir: PathBuf,
    store: Option<Store>,
    /// Whether an answer showed that the database is damaged.
    damaged: Cell<bool>,
}

impl FactCache {
    /// The cache of a state directory. A damaged one is moved aside and begun anew.
    pub fn open(dir: &Path) -> Self {
        let options = OpenOptions::new(Access::ReadWrite);
        let store = match Store::open(dir, &CACHE, &options) {
            Err(StoreError::Corrupt { .. }) => Store::replace_damaged(dir, &CACHE, &options),
            opened => opened,
        };
        if let Err(error) = &store {
            tracing::debug!("no cache: {error}");
        }
        Self {
            dir: dir.to_owned(),
            store: store.ok(),
            damaged: Cell::new(false),
        }
    }

    /// One that keeps nothing.
    pub fn none() -> Self {
        Self::default()
    }

    /// The pages of a layer that facts of this version are on.
    pub fn pages(&self, layer: Layer, version: i64) -> Pages {
        self.ask(|store| {
            let mut select = store.conn().prepare(layer.read())?;
            let page = |row: &Row<'_>| {
                let page = Page {
                    tree: row.get(1)?,
                    body: row.get(2)?,
                };
                Ok((BString::from(row.get::<_, Vec<u8>>(0)?), page))
            };
            select.query_map([version], page)?.collect()
        })
        .unwrap_or_default()
    }

    /// Writes pages and drops others, in one transaction: the pages of a layer always show one commit.
    pub fn put_pages(&mut self, layer: Layer, version: i64, pages: &Pages, gone: &[BString]) {
        if pages.is_empty() && gone.is_empty() {
            return;
        }
        self.tell(|tx| {
            tx.execute(layer.forget_others(), [version])?;
            let mut write = tx.prepare_cached(layer.write())?;
            for (folder, page) in pages {
                write.execute(params![
                    folder.as_slice(),
                    version,
                    page.tree.as_deref(),
                    page.body
                ])?;
            }
            let mut forget = tx.prepare_cached(layer.forget())?;
            for folder in gone {
                forget.execute([folder.as_slice()])?;
            }
            Ok(())
        });
    }

    /// What was found out about a commit; what cannot be read is found out again.
    pub fn commit_fact<T: DeserializeOwned>(
        &self,
        analyzer: &str,
        version: i64,
        commit: &Oid,
    ) -> Option<T> {
        let body: Vec<u8> = self
            .ask(|store| {
                store
                    .conn()
                    .prepare_cached(
                        "SELECT body FROM commit_fact
                         WHERE analyzer = ?1 AND version = ?2 AND oid = ?3",
                    )?
                    .query_row(params![analyzer, version, commit.to_bytes()], |row| {
                        row.get(0)
                    })
                    .optional()
            })
            .flatten()?;
        postcard::from_bytes(&body).ok()
    }

    /// Keeps what was found out about commits, and drops what was found out long ago.
    pub fn put_commit_facts<T: Serialize>(
        &mut self,
        analyzer: &str,
        version: i64,
        facts: &[(Oid, T)],
        now: Timestamp,
    ) {
        if facts.is_empty() {
            return;
        }
        let now_ms = now.as_millisecond();
        self.tell(|tx| {
            let mut insert = tx.prepare_cached(
                "INSERT OR REPLACE INTO commit_fact (analyzer, version, oid, body, found_at)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?;
            for (commit, fact) in facts {
                if let Ok(body) = postcard::to_allocvec(fact) {
                    insert.execute(params![analyzer, version, commit.to_bytes(), body, now_ms])?;
                }
            }
            tx.execute(
                "DELETE FROM commit_fact WHERE found_at < ?1",
                [(now - KEPT).as_millisecond()],
            )?;
            Ok(())
        });
    }

    /// What an analyser remembers.
    pub fn memory(&self, name: &str, version: i64) -> Option<Vec<u8>> {
        self.ask(|store| {
            store
                .conn()
                .prepare_cached("SELECT body FROM memory WHERE name = ?1 AND version = ?2")?
                .query_row(params![name, version], |row| row.get(0))
                .optional()
        })
        .flatten()
    }

    /// Lets an analyser remember something instead of what it remembered.
    pub fn remember(&mut self, name: &str, version: i64, body: &[u8]) {
        self.tell(|tx| {
            tx.prepare_cached(
                "INSERT OR REPLACE INTO memory (name, version, body) VALUES (?1, ?2, ?3)",
            )?
            .execute(params![name, version, body])?;
            Ok(())
        });
    }

    fn ask<T>(&self, question: impl FnOnce(&Store) -> rusqlite::Result<T>) -> Option<T> {
        match question(self.store.as_ref()?) {
            Ok(answer) => Some(answer),
            Err(error) => {
                let error = StoreError::from(error);
                tracing::debug!("the cache is not readable: {error}");
                self.damaged
                    .set(self.damaged.get() || matches!(error, StoreError::Corrupt { .. }));
                None
            }
        }
    }

    /// Begins anew where an answer showed that the database is damaged: else each run would find everything out again.
    fn mend(&mut self) {
        if !self.damaged.replace(false) {
            return;
        }
        self.store = None;
        let options = OpenOptions::new(Access::ReadWrite);
        self.store = Store::replace_damaged(&self.dir, &CACHE, &options)
            .inspect_err(|error| tracing::debug!("no cache: {error}"))
            .ok();
    }

    fn tell(&mut self, work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<()>) {
        self.mend();
        let Some(store) = &mut self.store else {
            return;
        };
        let written: Result<(), StoreError> = store.write(Durability::Normal, |tx| Ok(work(tx)?));
        if let Err(error) = written {
            tracing::debug!("the cache is not writable: {error}");
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::fs;

    use super::*;

    fn page(tree: u8) -> Page {
        Page {
            tree: Some(vec![tree]),
            body: vec![tree; 3],
        }
    }

    fn pages(of: &[(&str, u8)]) -> Pages {
        of.iter()
            .map(|(folder, tree)| (BString::from(*folder), page(*tree)))
            .collect()
    }

    fn day(n: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + n * 86_400).unwrap()
    }

    #[test]
    fn pages_survive_the_process_and_layers_are_apart() {
        let folder = tempfile::tempdir().unwrap();
        let mut cache = FactCache::open(folder.path());
        cache.put_pages(Layer::Quick, 1, &pages(&[("", 1), ("a", 2)]), &[]);
        cache.put_pages(Layer::Deep, 7, &pages(&[("a", 3)]), &[]);
        let mut cache = FactCache::open(folder.path());
        assert_eq!(cache.pages(Layer::Quick, 1), pages(&[("", 1), ("a", 2)]));
        assert_eq!(cache.pages(Layer::Quick, 2), Pages::new());
        assert_eq!(cache.pages(Layer::Deep, 7), pages(&[("a", 3)]));
        cache.put_pages(Layer::Quick, 1, &pages(&[("", 4)]), &["a".into()]);
        assert_eq!(cache.pages(Layer::Quick, 1), pages(&[("", 4)]));
        cache.put_pages(Layer::Quick, 2, &pages(&[("b", 5)]), &[]);
        assert_eq!(cache.pages(Layer::Quick, 1), Pages::new());
    }

    #[test]
    fn facts_of_commits_stay_while_they_are_young() {
        let folder = tempfile::tempdir().unwrap();
        let mut cache = FactCache::open(folder.path());
        let oid = |digit: char| -> Oid { digit.to_string().repeat(40).parse().unwrap() };
        cache.put_commit_facts("a", 1, &[(oid('a'), 3_u32)], day(0));
        cache.put_commit_facts("a", 1, &[(oid('b'), 4_u32)], day(80));
        assert_eq!(cache.commit_fact::<u32>("a", 1, &oid('a')), Some(3));
        assert_eq!(cache.commit_fact::<u32>("b", 1, &oid('a')), None);
        cache.put_commit_facts("a", 1, &[(oid('c'), 5_u32)], day(100));
        assert_eq!(cache.commit_fact::<u32>("a", 1, &oid('a')), None);
        assert_eq!(cache.commit_fact::<u32>("a", 1, &oid('b')), Some(4));
    }

    #[test]
    fn memories_are_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let mut cache = FactCache::open(folder.path());
        cache.remember("history", 1, b"one");
        cache.remember("history", 1, b"two");
        assert_eq!(cache.memory("history", 1), Some(b"two".to_vec()));
        assert_eq!(cache.memory("history", 2), None);
    }

    #[test]
    fn a_damaged_cache_is_no_error() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(
            folder.path().join("cache.db"),
            b"not a database".repeat(1000),
        )
        .unwrap();
        let mut cache = FactCache::open(folder.path());
        cache.remember("a", 1, b"b");
        assert_eq!(cache.memory("a", 1), Some(b"b".to_vec()));
        // One whose damage shows in an answer only is begun anew when something is to be kept.
        let large = Page {
            tree: None,
            body: vec![7; 10_000],
        };
        let pages: Pages = (0..200)
            .map(|nth| (BString::from(format!("{nth}")), large.clone()))
            .collect();
        cache.put_pages(Layer::Quick, 1, &pages, &[]);
        drop(cache);
        let path = folder.path().join("cache.db");
        let mut bytes = fs::read(&path).unwrap();
        let some = bytes.len() / 8;
        bytes[some..].fill(0x5a);
        fs::write(&path, bytes).unwrap();
        let mut cache = FactCache::open(folder.path());
        assert_eq!(cache.pages(Layer::Quick, 1), Pages::new());
        cache.put_pages(Layer::Quick, 1, &pages, &[]);
        drop(cache);
        assert_eq!(FactCache::open(folder.path()).pages(Layer::Quick, 1), pages);
        // Nor is one that cannot be created.
        let file = folder.path().join("file");
        fs::write(&file, b"").unwrap();
        let mut none = FactCache::open(&file.join("below"));
        none.remember("a", 1, b"b");
        assert_eq!(none.memory("a", 1), None);
    }
}
