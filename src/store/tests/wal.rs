//! The write-ahead log stays small although SQLite never checkpoints it.

use std::fs;

use super::{note, notes, open};
use crate::store::Access;
use crate::store::write::WAL_LIMIT;

#[test]
fn the_log_is_bounded_over_many_short_writers() {
    let dir = tempfile::tempdir().unwrap();
    drop(open(dir.path(), Access::ReadWrite).unwrap());
    let wal = dir.path().join("queue.db-wal");
    let mut largest = 0;
    for number in 0..300 {
        let mut store = open(dir.path(), Access::Fast).unwrap();
        note(&mut store, &number.to_string().repeat(200));
        drop(store);
        largest = largest.max(fs::metadata(&wal).map_or(0, |wal| wal.len()));
    }
    assert!(largest < WAL_LIMIT + 64 * 1024, "{largest}");
    assert_eq!(notes(&open(dir.path(), Access::Fast).unwrap()), 300);
}

#[test]
fn closing_does_not_checkpoint_a_small_log() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path(), Access::ReadWrite).unwrap();
    note(&mut store, "one");
    drop(store);
    let wal = fs::metadata(dir.path().join("queue.db-wal")).unwrap();
    assert!(wal.len() > 0 && wal.len() < WAL_LIMIT);
}

#[test]
fn a_reader_in_the_way_only_postpones_the_truncation() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path(), Access::ReadWrite).unwrap();
    note(&mut store, "one");
    let reader = open(dir.path(), Access::ReadOnly).unwrap();
    reader.conn().execute_batch("BEGIN").unwrap();
    assert_eq!(notes(&reader), 1);
    for _ in 0..200 {
        note(&mut store, &"x".repeat(4000));
    }
    let wal = dir.path().join("queue.db-wal");
    assert!(fs::metadata(&wal).unwrap().len() > WAL_LIMIT);
    reader.conn().execute_batch("COMMIT").unwrap();
    note(&mut store, "last");
    assert!(fs::metadata(&wal).unwrap().len() < WAL_LIMIT);
    assert_eq!(notes(&store), 202);
}
