//! Damaged databases are moved aside, and only when nobody has them open.

use std::fs;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::thread;

use super::{note, notes, open};
use crate::store::{Access, OpenOptions, QUEUE, Store, StoreError};

/// Creates a database whose pages are in its file: a log that holds them all would heal whatever happens to the file.
fn create(dir: &Path) -> Store {
    let store = open(dir, Access::ReadWrite).unwrap();
    checkpoint(&store);
    store
}

fn checkpoint(store: &Store) {
    store
        .conn()
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .unwrap();
}

#[test]
fn garbage_is_moved_aside_and_said() {
    let dir = tempfile::tempdir().unwrap();
    drop(create(dir.path()));
    let garbage = "this is not a database ".repeat(400);
    fs::write(dir.path().join("queue.db"), &garbage).unwrap();
    assert!(matches!(
        open(dir.path(), Access::Fast),
        Err(StoreError::NotReady)
    ));
    let mut store = open(dir.path(), Access::ReadWrite).unwrap();
    let moved = store.replaced().expect("said").to_owned();
    assert_eq!(fs::read_to_string(&moved).unwrap(), garbage);
    assert!(
        moved
            .file_name()
            .unwrap()
            .to_string_lossy()
            .starts_with("queue.db.corrupt-")
    );
    note(&mut store, "goes on");
    drop(store);
    let store = open(dir.path(), Access::ReadWrite).unwrap();
    assert_eq!(store.replaced(), None, "said once");
    assert_eq!(notes(&store), 1);
}

#[test]
fn racing_openers_move_it_aside_once() {
    let dir = tempfile::tempdir().unwrap();
    drop(create(dir.path()));
    fs::write(dir.path().join("queue.db"), "garbage".repeat(1000)).unwrap();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let options = OpenOptions::new(Access::ReadWrite);
                let mut store = Store::open(dir.path(), &QUEUE, &options).unwrap();
                note(&mut store, "one");
            });
        }
    });
    let aside = fs::read_dir(dir.path())
        .unwrap()
        .filter(|entry| {
            let name = entry.as_ref().unwrap().file_name();
            let name = name.to_string_lossy();
            name.contains("corrupt") && name.ends_with('Z')
        })
        .count();
    assert_eq!(aside, 1);
    assert_eq!(notes(&open(dir.path(), Access::Fast).unwrap()), 8);
}

#[test]
fn nobody_takes_a_damaged_database_from_under_another() {
    let dir = tempfile::tempdir().unwrap();
    let other = create(dir.path());
    fs::write(dir.path().join("queue.db"), "garbage".repeat(1000)).unwrap();
    let refused = open(dir.path(), Access::ReadWrite);
    assert!(
        matches!(refused, Err(StoreError::Corrupt { moved_to: None })),
        "{refused:?}"
    );
    drop(other);
    assert!(
        open(dir.path(), Access::ReadWrite)
            .unwrap()
            .replaced()
            .is_some()
    );
}

#[test]
fn damage_found_in_use_is_repaired_on_request_and_soundness_is_respected() {
    let dir = tempfile::tempdir().unwrap();
    let options = OpenOptions::new(Access::ReadWrite);
    let mut store = open(dir.path(), Access::ReadWrite).unwrap();
    for _ in 0..200 {
        note(&mut store, &"x".repeat(3000));
    }
    drop(store);
    let sound = Store::replace_damaged(dir.path(), &QUEUE, &options).unwrap();
    assert_eq!(sound.replaced(), None);
    assert_eq!(notes(&sound), 200);
    checkpoint(&sound);
    drop(sound);
    // The first page, and with it the header, stays; the tables' pages do not.
    let path = dir.path().join("queue.db");
    let length = fs::metadata(&path).unwrap().len();
    let mut file = fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.seek(SeekFrom::Start(3 * 4096)).unwrap();
    let junk = vec![0xa5; usize::try_from(length).unwrap() - 3 * 4096];
    file.write_all(&junk).unwrap();
    drop(file);
    let mended = Store::replace_damaged(dir.path(), &QUEUE, &options).unwrap();
    assert!(mended.replaced().is_some());
    assert_eq!(notes(&mended), 0);
}
