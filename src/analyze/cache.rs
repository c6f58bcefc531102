//! Facts kept between runs, by blob: one commit costs what it changed.
//!
//! The cache can only save time. One that cannot be opened, read or written is as good as none.

use std::collections::HashMap;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, Transaction, params};

use super::facts::{Facts, VERSION};
use super::files::Reading;
use crate::git::Oid;
use crate::store::{Access, CACHE, Durability, OpenOptions, Store, StoreError};

/// A blob, and how it is read.
pub type Key = (Reading, Oid);

/// Facts that no run asked for within this time are dropped.
const KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);

/// How precisely it is known when a fact was last asked for: each mark is a write.
const MARKED: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Facts by blob.
#[derive(Default)]
pub struct FactCache {
    store: Option<Store>,
    memory: HashMap<Key, Facts>,
    /// Found in the database, and last marked long ago.
    to_mark: Vec<Key>,
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
            store: store.ok(),
            ..Self::default()
        }
    }

    /// One that forgets everything in the end.
    pub fn in_memory() -> Self {
        Self::default()
    }

    /// What is known of these blobs.
    pub fn get(&mut self, keys: &[Key], now: Timestamp) -> HashMap<Key, Facts> {
        let Some(store) = &self.store else {
            let known = keys
                .iter()
                .filter_map(|key| Some((key.clone(), self.memory.get(key)?.clone())));
            return known.collect();
        };
        match read(store, keys, now) {
            Ok((found, to_mark)) => {
                self.to_mark = to_mark;
                found
            }
            Err(error) => {
                tracing::debug!("the cache is not readable: {error}");
                HashMap::new()
            }
        }
    }

    /// Keeps what was found out, in one transaction, and drops what nobody asks for any more.
    pub fn put(&mut self, facts: &[(Key, Facts)], now: Timestamp) {
        let to_mark = std::mem::take(&mut self.to_mark);
        let Some(store) = &mut self.store else {
            self.memory.extend(facts.iter().cloned());
            return;
        };
        if facts.is_empty() && to_mark.is_empty() {
            return;
        }
        let written: Result<(), StoreError> = store.write(Durability::Normal, |tx| {
            write(tx, facts, now)?;
            mark(tx, &to_mark, now)?;
            Ok(())
        });
        if let Err(error) = written {
            tracing::debug!("the cache is not writable: {error}");
        }
    }
}

fn analyzer(reading: Reading) -> String {
    format!("codebase/{}", reading.name())
}

/// Half the size of the digits.
fn blob(oid: &Oid) -> Vec<u8> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => byte - b'0',
        _ => byte.wrapping_sub(b'a').wrapping_add(10),
    };
    let pairs = oid.as_str().as_bytes().chunks_exact(2);
    pairs
        .map(|pair| pair.iter().fold(0, |value, byte| value << 4 | digit(*byte)))
        .collect()
}

fn read(
    store: &Store,
    keys: &[Key],
    now: Timestamp,
) -> rusqlite::Result<(HashMap<Key, Facts>, Vec<Key>)> {
    let stale = (now - MARKED).as_millisecond();
    let mut names = HashMap::new();
    let mut found = HashMap::with_capacity(keys.len());
    let mut to_mark = Vec::new();
    let tx = store.conn().unchecked_transaction()?;
    let mut select = tx.prepare_cached(
        "SELECT body, last_used FROM fact WHERE analyzer = ?1 AND version = ?2 AND oid = ?3",
    )?;
    for key in keys {
        let name: &String = names.entry(key.0).or_insert_with(|| analyzer(key.0));
        let row = select
            .query_row(params![name, VERSION, blob(&key.1)], |row| {
                let body = row.get_ref(0)?.as_str()?;
                // What cannot be read is found out again.
                Ok((serde_json::from_str(body).ok(), row.get::<_, i64>(1)?))
            })
            .optional()?;
        if let Some((Some(facts), last_used)) = row {
            if last_used < stale {
                to_mark.push(key.clone());
            }
            found.insert(key.clone(), facts);
        }
    }
    Ok((found, to_mark))
}

fn write(tx: &Transaction<'_>, facts: &[(Key, Facts)], now: Timestamp) -> rusqlite::Result<()> {
    let mut insert = tx.prepare_cached(
        "INSERT OR REPLACE INTO fact (analyzer, version, oid, body, last_used)
         VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for ((reading, oid), facts) in facts {
        let Ok(body) = serde_json::to_string(facts) else {
            continue;
        };
        insert.execute(params![
            analyzer(*reading),
            VERSION,
            blob(oid),
            body,
            now.as_millisecond()
        ])?;
    }
    tx.execute(
        "DELETE FROM fact WHERE last_used < ?1",
        [(now - KEPT).as_millisecond()],
    )?;
    Ok(())
}

fn mark(tx: &Transaction<'_>, keys: &[Key], now: Timestamp) -> rusqlite::Result<()> {
    let mut update = tx.prepare_cached(
        "UPDATE fact SET last_used = ?4 WHERE analyzer = ?1 AND version = ?2 AND oid = ?3",
    )?;
    for (reading, oid) in keys {
        update.execute(params![
            analyzer(*reading),
            VERSION,
            blob(oid),
            now.as_millisecond()
        ])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::fs;

    use super::*;

    fn key(digit: char) -> Key {
        let oid = digit.to_string().repeat(40).parse().unwrap();
        (Reading::Source, oid)
    }

    fn facts(lines: u64) -> Facts {
        Facts {
            lines,
            ..Facts::default()
        }
    }

    fn day(n: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + n * 86_400).unwrap()
    }

    #[test]
    fn facts_survive_the_process_and_are_kept_apart_by_reading() {
        let folder = tempfile::tempdir().unwrap();
        for _ in 0..2 {
            let mut cache = FactCache::open(folder.path());
            cache.put(&[(key('a'), facts(1)), (key('f'), facts(2))], day(0));
        }
        let mut cache = FactCache::open(folder.path());
        let python = (Reading::Python, key('a').1);
        let found = cache.get(&[key('a'), key('b'), key('f'), python], day(0));
        assert_eq!(
            found,
            HashMap::from([(key('a'), facts(1)), (key('f'), facts(2))])
        );
    }

    #[test]
    fn what_is_asked_for_stays_and_the_rest_goes() {
        let folder = tempfile::tempdir().unwrap();
        let mut cache = FactCache::open(folder.path());
        cache.put(&[(key('a'), facts(1)), (key('b'), facts(2))], day(0));
        assert_eq!(cache.get(&[key('a')], day(60)).len(), 1);
        cache.put(&[(key('c'), facts(3))], day(60));
        cache.put(&[(key('d'), facts(4))], day(100));
        let found = cache.get(&[key('a'), key('b'), key('c')], day(100));
        assert_eq!(found.len(), 2);
        assert!(!found.contains_key(&key('b')));
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
        cache.put(&[(key('a'), facts(1))], day(0));
        assert_eq!(cache.get(&[key('a')], day(0)).len(), 1);
        // Nor one that cannot be created.
        let file = folder.path().join("file");
        fs::write(&file, b"").unwrap();
        let mut none = FactCache::open(&file.join("below"));
        none.put(&[(key('a'), facts(1))], day(0));
        assert_eq!(none.get(&[key('a')], day(0)).len(), 1);
    }

    #[test]
    fn digits_are_kept_as_bytes() {
        let oid: Oid = "0123456789abcdef0123456789abcdef01234567".parse().unwrap();
        assert_eq!(blob(&oid)[..5], [0x01, 0x23, 0x45, 0x67, 0x89]);
        assert_eq!(blob(&oid).len(), 20);
    }
}
