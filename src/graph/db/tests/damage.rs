//! Databases that are damaged, of another version, read-only, or shared.

use std::fs;
use std::thread;

use super::*;
use crate::store::{GRAPH, Store, StoreError};

fn filled(dir: &Path) {
    let mut graph = open(dir);
    let update = session("a", vec![node("a", 1, "The only one there is")]);
    graph.apply(&[Clean::promise(update)], day(1)).unwrap();
}

#[test]
fn garbage_is_moved_aside_and_said() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path());
    fs::write(dir.path().join("graph.db"), "not a database".repeat(1000)).unwrap();
    let mut graph = open(dir.path());
    assert!(graph.replaced().is_some());
    assert_eq!(graph.counts().unwrap(), Counts::default());
    assert_eq!(graph.known_files().unwrap(), [], "all is read again");
    let update = session("a", vec![node("a", 1, "The only one there is")]);
    graph.apply(&[Clean::promise(update)], day(1)).unwrap();
    assert_eq!(graph.counts().unwrap().nodes, 1);
}

#[test]
fn damage_that_shows_later_is_an_error_and_can_be_mended() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path());
    {
        // Everything into the file itself: a log would heal it.
        let store = Store::open(dir.path(), &GRAPH, &OpenOptions::new(Access::ReadWrite)).unwrap();
        store
            .conn()
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
            .unwrap();
    }
    let path = dir.path().join("graph.db");
    let mut bytes = fs::read(&path).unwrap();
    // The pages of the schema stay.
    let from = bytes.len() / 4;
    bytes[from..].fill(0xa5);
    fs::write(&path, bytes).unwrap();
    let options = OpenOptions::new(Access::ReadWrite);
    let mended = match Graph::open(dir.path(), &options) {
        Ok(mut graph) if graph.replaced().is_none() => {
            let update = session("b", vec![node("b", 1, "The second of two")]);
            let failed = graph.apply(&[Clean::promise(update)], day(1));
            assert!(
                matches!(failed, Err(GraphError::Store(StoreError::Corrupt { .. }))),
                "{failed:?}"
            );
            drop(graph);
            Graph::replace_damaged(dir.path(), &options).unwrap()
        }
        opened => opened.unwrap(),
    };
    assert!(mended.replaced().is_some());
    assert_eq!(mended.counts().unwrap(), Counts::default());
}

#[test]
fn a_newer_graph_is_read_and_not_written() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path());
    {
        let store = Store::open(dir.path(), &GRAPH, &OpenOptions::new(Access::ReadWrite)).unwrap();
        store
            .conn()
            .pragma_update(None, "user_version", 99)
            .unwrap();
    }
    let refused = Graph::open(dir.path(), &OpenOptions::new(Access::ReadWrite));
    assert!(matches!(
        refused,
        Err(GraphError::Store(StoreError::TooNew { found: 99, .. }))
    ));
    let mut graph = Graph::open(dir.path(), &OpenOptions::new(Access::ReadOnly)).unwrap();
    assert_eq!(graph.newer(), Some(99));
    assert_eq!(graph.counts().unwrap().nodes, 1);
    let update = session("b", Vec::new());
    let refused = graph.apply(&[Clean::promise(update)], day(1));
    assert!(matches!(
        refused,
        Err(GraphError::Store(StoreError::ReadOnly))
    ));
}

#[test]
fn a_folder_that_cannot_be_written_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let missing = dir.path().join("none");
    let refused = Graph::open(&missing, &OpenOptions::new(Access::ReadOnly));
    assert!(matches!(
        refused,
        Err(GraphError::Store(StoreError::NotReady))
    ));
    assert!(!missing.exists());
    filled(dir.path());
    // Whoever runs the tests as root may write everywhere: the copy that is read in place of it is tried besides.
    let store = Store::open_copy(dir.path(), &GRAPH).unwrap();
    let nodes: i64 = store
        .conn()
        .query_row("SELECT count(*) FROM node", [], |row| row.get(0))
        .unwrap();
    assert_eq!(nodes, 1);
    let graph = Graph::open(dir.path(), &OpenOptions::new(Access::ReadOnly)).unwrap();
    assert_eq!(ids(&search::find(&graph, &search::parse("only"))).len(), 1);
}

#[test]
fn many_write_at_once_and_nothing_is_lost() {
    let dir = tempfile::tempdir().unwrap();
    thread::scope(|scope| {
        for worker in 0..4 {
            let dir = dir.path();
            scope.spawn(move || {
                let mut graph = open(dir);
                for nth in 0..10 {
                    let name = format!("w{worker}");
                    let mine = session(&name, vec![node(&name, nth, "One of the worker's own")]);
                    let shared = session("all", vec![node("all", nth, "One that all have")]);
                    let both = [Clean::promise(mine), Clean::promise(shared)];
                    graph.apply(&both, day(1)).unwrap();
                }
            });
        }
    });
    let counts = open(dir.path()).counts().unwrap();
    assert_eq!((counts.nodes, counts.files, counts.versions), (50, 5, 50));
}
