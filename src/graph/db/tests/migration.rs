//! Graphs that an older git-tend wrote.

use super::*;
use crate::store::{GRAPH, Schema, Store};

static FIRST: Schema = Schema {
    migrations: &[include_str!("../../../store/graph.sql")],
    ..GRAPH
};

#[test]
fn a_graph_of_the_first_version_is_brought_up_to_date_with_all_that_is_in_it() {
    let dir = tempfile::tempdir().unwrap();
    drop(Store::open(dir.path(), &FIRST, &OpenOptions::new(Access::ReadWrite)).unwrap());
    // What is written into a graph with tables besides is written into one without them.
    {
        let (other, mut nodes) = (tempfile::tempdir().unwrap(), Vec::new());
        for nth in 0..3 {
            nodes.push(node("s", nth, "One of the first version"));
        }
        let mut graph = open(other.path());
        let update = session("s", nodes);
        graph.apply(&[Clean::promise(update)], day(1)).unwrap();
        graph
            .conn()
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
            .unwrap();
        let old = Store::open(dir.path(), &FIRST, &OpenOptions::new(Access::ReadWrite)).unwrap();
        let from = other.path().join("graph.db");
        old.conn()
            .execute("ATTACH ?1 AS other", [from.to_str().unwrap()])
            .unwrap();
        for table in [
            "session_file",
            "node",
            "node_version",
            "node_file",
            "node_entry",
            "term",
            "model_use",
            "node_text",
        ] {
            let columns = if table == "node_text" {
                "rowid, *"
            } else {
                "*"
            };
            let names = if table == "node_text" {
                "node_text (rowid, summary, decisions, lessons, tags, topics, files)".to_owned()
            } else {
                table.to_owned()
            };
            old.conn()
                .execute(
                    &format!("INSERT INTO {names} SELECT {columns} FROM other.{table}"),
                    [],
                )
                .unwrap();
        }
    }
    let refused = Graph::open(dir.path(), &OpenOptions::new(Access::ReadOnly));
    assert!(
        matches!(
            refused,
            Err(GraphError::Store(crate::store::StoreError::NotReady))
        ),
        "a reader does not migrate"
    );
    let mut graph = open(dir.path());
    assert!(graph.replaced().is_none());
    assert_eq!(graph.counts().unwrap().nodes, 3);
    let found = graph.search(&search::parse("first"), None, day(2), &search::weights());
    assert_eq!(found.unwrap().hits.len(), 3);
    assert_eq!(graph.prompt_versions().unwrap(), []);
    let added = graph.add_prompt_version(1, "aaaaaaaa", "Judge.", "", day(1));
    assert_eq!(added.unwrap(), AddedPrompt::New);
    drop(graph);
    assert_eq!(open(dir.path()).prompt_versions().unwrap().len(), 1);
}
