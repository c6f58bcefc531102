//! How much nodes matter, and what searches pass over.

use super::*;
use crate::graph::search::Query;

fn found(graph: &Graph, query: &Query) -> Vec<NodeId> {
    let found = graph.search(query, None, day(200), &search::weights());
    ids(&found.unwrap())
}

#[test]
fn what_is_old_and_unread_is_archived_and_found_only_on_request() {
    let mut it = Temporary::new();
    let (old, linked) = (node("a", 1, "An old one"), node("b", 1, "An old one, too"));
    let mut new = node("c", 1, "A newer one");
    new.metadata.timestamp = day(65);
    let others: Vec<Node> = (2..8).map(|nth| node("b", nth, "Some other")).collect();
    let mut update = session(
        "b",
        std::iter::once(linked.clone())
            .chain(others.clone())
            .collect(),
    );
    update.edges = others
        .iter()
        .map(|other| edge(&linked, other, EdgeKind::Semantic))
        .collect();
    it.apply(&[
        session("a", vec![old.clone()]),
        update,
        session("c", vec![new.clone()]),
    ]);
    let refreshed = it.graph.refresh_relevance(day(10)).unwrap();
    assert_eq!((refreshed.nodes, refreshed.archived), (9, 0));
    let all = search::parse("one");
    assert_eq!(found(&it.graph, &all).len(), 3);
    // Two months later: confidence is 0.8, so without edges it lasts 57 days, and with five 74.
    let refreshed = it.graph.refresh_relevance(day(66)).unwrap();
    assert_eq!((refreshed.archived, refreshed.newly_archived), (7, 7));
    let mut visible = found(&it.graph, &all);
    visible.sort_unstable();
    let mut expected = vec![linked.id, new.id];
    expected.sort_unstable();
    assert_eq!(visible, expected);
    let asked = Query {
        with_archived: true,
        ..all.clone()
    };
    let hits = it
        .graph
        .search(&asked, None, day(66), &search::weights())
        .unwrap();
    let marked: Vec<bool> = hits.hits.iter().map(|hit| hit.archived).collect();
    assert_eq!(marked.iter().filter(|archived| **archived).count(), 1);
    assert_eq!(hits.hits.len(), 3);
    // Without words too.
    assert_eq!(found(&it.graph, &Query::default()).len(), 2);
    let everything = Query {
        with_archived: true,
        ..Query::default()
    };
    assert_eq!(found(&it.graph, &everything).len(), 9);
    // Nothing is deleted, and reading brings it back.
    assert_eq!(it.graph.counts().unwrap().nodes, 9);
    assert!(it.graph.note_access(old.id, day(67)).unwrap());
    assert_eq!(found(&it.graph, &all).len(), 3);
    let known = it.graph.relevance_of(old.id).unwrap().unwrap();
    assert_eq!(
        (known.accesses, known.accessed_at, known.archived),
        (1, Some(day(67)), false)
    );
    let refreshed = it.graph.refresh_relevance(day(68)).unwrap();
    assert_eq!((refreshed.archived, refreshed.restored), (6, 0));
    let refreshed = it.graph.refresh_relevance(day(400)).unwrap();
    assert_eq!(refreshed.archived, 9);
    assert!(
        !it.graph.note_access(NodeId(1), day(1)).unwrap(),
        "no such node"
    );
    assert_eq!(it.graph.relevance_of(NodeId(1)).unwrap(), None);
}

#[test]
fn a_new_judgement_changes_how_much_a_node_matters() {
    let mut it = Temporary::new();
    let first = node("a", 1, "One to be judged");
    it.apply(&[session("a", vec![first.clone()])]);
    it.graph.refresh_relevance(day(1)).unwrap();
    let before = it.graph.relevance_of(first.id).unwrap().unwrap();
    let mut judged = first.clone();
    judged.metadata.analyzer_version = "v1-1".to_owned();
    judged.metadata.analyzed_at = day(1);
    judged.content.key_decisions = vec![
        serde_json::from_value(serde_json::json!({"what": "Keep it", "why": "It is small"}))
            .unwrap(),
    ];
    let new = NewNode {
        node: judged,
        cause: crate::graph::node::Cause::PromptUpdate,
        entries: Vec::new(),
    };
    it.graph
        .put(&Clean::promise(vec![new]), &Clean::promise(Vec::new()))
        .unwrap();
    it.graph.refresh_relevance(day(1)).unwrap();
    let after = it.graph.relevance_of(first.id).unwrap().unwrap();
    assert!(after.relevance > before.relevance, "{before:?} {after:?}");
}

#[test]
fn what_is_forgotten_takes_its_relevance_with_it() {
    let mut it = Temporary::new();
    let first = node("a", 1, "One to be forgotten");
    it.apply(&[session("a", vec![first.clone()])]);
    it.graph.refresh_relevance(day(1)).unwrap();
    let file = std::path::Path::new("/sessions/a.jsonl");
    it.graph.files_gone(&[file], day(2)).unwrap();
    let policy = PrunePolicy {
        gone_nodes: Some(jiff::SignedDuration::from_hours(1)),
        ..PrunePolicy::default()
    };
    assert_eq!(it.graph.prune(&policy, day(3)).unwrap().nodes, 1);
    let left: i64 = it
        .graph
        .conn()
        .query_row("SELECT count(*) FROM node_relevance", [], |row| row.get(0))
        .unwrap();
    assert_eq!(left, 0);
}
