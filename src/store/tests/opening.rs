//! Opening, creating and migrating.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::thread;
use std::time::Duration;

use super::{note, notes, open};
use crate::store::{Access, CACHE, OpenOptions, QUEUE, Schema, Store, StoreError};

#[test]
fn the_fast_way_opens_only_what_is_ready() {
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().join("tend");
    assert!(matches!(
        open(&state, Access::Fast),
        Err(StoreError::NotReady)
    ));
    assert!(!state.exists(), "the fast way creates nothing");
    drop(open(&state, Access::ReadWrite).unwrap());
    let mut fast = open(&state, Access::Fast).unwrap();
    note(&mut fast, "one");
    assert_eq!(notes(&fast), 1);
    let mode: String = fast
        .conn()
        .pragma_query_value(None, "journal_mode", |row| row.get(0))
        .unwrap();
    assert_eq!(mode, "wal");
    for (pragma, expected) in [
        ("wal_autocheckpoint", 0),
        ("foreign_keys", 1),
        ("synchronous", 1),
    ] {
        let found: i64 = fast
            .conn()
            .pragma_query_value(None, pragma, |row| row.get(0))
            .unwrap();
        assert_eq!(found, expected, "{pragma}");
    }
}

#[test]
fn only_the_owner_may_read_what_is_created() {
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().join("tend");
    let mut store = open(&state, Access::ReadWrite).unwrap();
    note(&mut store, "one");
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&state), 0o700);
    for name in [
        "queue.db",
        "queue.db-wal",
        "queue.db-shm",
        "open.lock",
        "ballast",
    ] {
        assert_eq!(mode(&state.join(name)), 0o600, "{name}");
    }
}

#[test]
fn racing_creators_all_find_the_tables() {
    for _ in 0..5 {
        let dir = tempfile::tempdir().unwrap();
        let state = dir.path().join("tend");
        let options = OpenOptions::new(Access::ReadWrite);
        thread::scope(|scope| {
            for name in 0..8 {
                let state = &state;
                scope.spawn(move || {
                    let mut store = Store::open(state, &QUEUE, &options).unwrap();
                    note(&mut store, &name.to_string());
                });
            }
        });
        assert_eq!(notes(&open(&state, Access::Fast).unwrap()), 8);
    }
}

#[test]
fn a_newer_schema_is_refused_and_can_still_be_read() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path(), Access::ReadWrite).unwrap();
    note(&mut store, "one");
    store
        .conn()
        .pragma_update(None, "user_version", 99)
        .unwrap();
    drop(store);
    for access in [Access::ReadWrite, Access::Fast] {
        let error = open(dir.path(), access).unwrap_err();
        assert!(
            matches!(error, StoreError::TooNew { found: 99, .. }),
            "{error}"
        );
    }
    let store = open(dir.path(), Access::ReadOnly).unwrap();
    assert_eq!(store.newer(), Some(99));
    assert_eq!(notes(&store), 1);
}

#[test]
fn an_older_schema_is_migrated_and_keeps_its_rows() {
    static OLD: Schema = Schema {
        file: "sample.db",
        lock: "sample.lock",
        ballast: None,
        application_id: 7,
        migrations: &["CREATE TABLE sample (a INTEGER) STRICT"],
    };
    static NEW: Schema = Schema {
        file: "sample.db",
        lock: "sample.lock",
        ballast: None,
        application_id: 7,
        migrations: &[
            "CREATE TABLE sample (a INTEGER) STRICT",
            "ALTER TABLE sample ADD COLUMN b INTEGER NOT NULL DEFAULT 5",
        ],
    };
    let dir = tempfile::tempdir().unwrap();
    let options = OpenOptions::new(Access::ReadWrite);
    // One that was opened before the migration goes on working beside it.
    let old = Store::open(dir.path(), &OLD, &options).unwrap();
    old.conn()
        .execute("INSERT INTO sample VALUES (1)", [])
        .unwrap();
    assert!(matches!(
        Store::open(dir.path(), &NEW, &OpenOptions::new(Access::Fast)),
        Err(StoreError::NotReady)
    ));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| Store::open(dir.path(), &NEW, &options).unwrap());
        }
    });
    let new = Store::open(dir.path(), &NEW, &options).unwrap();
    let b: i64 = new
        .conn()
        .query_row("SELECT b FROM sample", [], |row| row.get(0))
        .unwrap();
    assert_eq!(b, 5);
}

#[test]
fn another_programs_database_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path(), Access::ReadWrite).unwrap();
    store
        .conn()
        .pragma_update(None, "application_id", 42)
        .unwrap();
    drop(store);
    assert!(matches!(
        open(dir.path(), Access::ReadWrite),
        Err(StoreError::Foreign { .. })
    ));
}

#[test]
fn the_cache_is_a_database_of_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let options = OpenOptions::new(Access::ReadWrite);
    let _queue = Store::open(dir.path(), &QUEUE, &options).unwrap();
    let cache = Store::open(dir.path(), &CACHE, &options).unwrap();
    cache
        .conn()
        .execute("INSERT INTO memory VALUES ('lines', 1, x'00')", [])
        .unwrap();
}

#[test]
fn what_is_opened_read_only_cannot_be_written() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = open(dir.path(), Access::ReadWrite).unwrap();
    note(&mut writer, "one");
    let mut reader = open(dir.path(), Access::ReadOnly).unwrap();
    assert_eq!(notes(&reader), 1);
    let refused = reader.write::<(), StoreError>(crate::store::Durability::Normal, |_| Ok(()));
    assert!(matches!(refused, Err(StoreError::ReadOnly)));
    assert!(reader.conn().execute("DELETE FROM event", []).is_err());
}

#[test]
fn read_only_media_are_read_through_a_copy_that_goes_with_the_store() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path(), Access::ReadWrite).unwrap();
    note(&mut store, "only in the log so far");
    drop(store);
    let before = fs::read(dir.path().join("queue.db")).unwrap();
    // Tests may run as root, whom no mode keeps from writing: this is the way taken where the direct one is refused.
    let store = Store::open_copy(dir.path(), &QUEUE).unwrap();
    assert_eq!(notes(&store), 1);
    let copy = store.copy().unwrap().to_owned();
    assert!(copy.join("queue.db").exists());
    drop(store);
    assert!(!copy.exists());
    assert_eq!(fs::read(dir.path().join("queue.db")).unwrap(), before);
}

#[test]
fn nobody_waits_longer_than_allowed_for_a_writer() {
    let dir = tempfile::tempdir().unwrap();
    let writer = open(dir.path(), Access::ReadWrite).unwrap();
    writer.conn().execute_batch("BEGIN IMMEDIATE").unwrap();
    let options = OpenOptions::hook(Duration::from_millis(50));
    let mut hook = Store::open(dir.path(), &QUEUE, &options).unwrap();
    let refused = hook.write::<(), StoreError>(crate::store::Durability::Normal, |_| Ok(()));
    assert!(matches!(refused, Err(StoreError::Busy)));
}

#[test]
fn a_write_that_fails_leaves_nothing_behind() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path(), Access::ReadWrite).unwrap();
    let failed = store.write::<(), StoreError>(crate::store::Durability::Full, |tx| {
        tx.execute("INSERT INTO event (at, kind, data) VALUES (0, 'x', '')", [])?;
        Err(StoreError::Busy)
    });
    assert!(failed.is_err());
    assert_eq!(notes(&store), 0);
    let level: i64 = store
        .conn()
        .pragma_query_value(None, "synchronous", |row| row.get(0))
        .unwrap();
    assert_eq!(level, 1, "synchronous is NORMAL again");
}

#[test]
fn a_full_disk_has_its_own_name_and_the_ballast_is_given_up_once() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path(), Access::ReadWrite).unwrap();
    let pages: i64 = store
        .conn()
        .pragma_query_value(None, "page_count", |row| row.get(0))
        .unwrap();
    store
        .conn()
        .pragma_update(None, "max_page_count", pages)
        .unwrap();
    let full = store.write::<(), StoreError>(crate::store::Durability::Normal, |tx| {
        for _ in 0..100 {
            tx.execute(
                "INSERT INTO event (at, kind, data) VALUES (0, 'x', hex(zeroblob(4000)))",
                [],
            )?;
        }
        Ok(())
    });
    assert!(matches!(full, Err(StoreError::Full)), "{full:?}");
    assert!(dir.path().join("ballast").exists());
    assert!(store.free_ballast());
    assert!(!store.free_ballast());
    drop(store);
    drop(open(dir.path(), Access::ReadWrite).unwrap());
    assert!(dir.path().join("ballast").exists(), "laid down again");
}
