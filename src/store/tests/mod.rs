//! The door to the databases, tried.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod damage;
mod opening;
mod wal;

use std::path::Path;
use std::time::Duration;

use super::{Access, Durability, OpenOptions, QUEUE, Store, StoreError};

fn open(dir: &Path, access: Access) -> Result<Store, StoreError> {
    let options = OpenOptions {
        busy: Duration::from_millis(200),
        ..OpenOptions::new(access)
    };
    Store::open(dir, &QUEUE, &options)
}

/// Writes a row that is easy to count.
fn note(store: &mut Store, text: &str) {
    store
        .write::<_, StoreError>(Durability::Normal, |tx| {
            tx.execute(
                "INSERT INTO event (at, kind, data) VALUES (0, 'note', ?1)",
                [text],
            )?;
            Ok(())
        })
        .unwrap();
}

fn notes(store: &Store) -> i64 {
    store
        .conn()
        .query_row("SELECT count(*) FROM event", [], |row| row.get(0))
        .unwrap()
}
