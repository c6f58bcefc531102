//! Versions of nodes.

use super::*;
use crate::graph::node::{Cause, NodeRef, diff};

fn judged(node: &Node, summary: &str, days: i64) -> NewNode {
    let mut node = node.clone();
    node.content.summary = summary.to_owned();
    node.metadata.analyzed_at = day(days);
    node.metadata.analyzer_version = "v2-1".to_owned();
    NewNode {
        node,
        cause: Cause::PromptUpdate,
        entries: Vec::new(),
    }
}

fn put(graph: &mut Graph, nodes: Vec<NewNode>) -> Applied {
    graph
        .put(&Clean::promise(nodes), &Clean::promise(Vec::new()))
        .unwrap()
}

#[test]
fn all_versions_are_kept_and_the_newest_is_shown() {
    let mut it = Temporary::new();
    let first = node("s", 1, "Read from the session");
    it.apply(&[session("s", vec![first.clone()])]);
    put(&mut it.graph, vec![judged(&first, "Judged by a model", 5)]);
    let stored = it.graph.node(first.id).unwrap().unwrap();
    assert_eq!(stored.node.version, 2);
    assert_eq!(stored.cause, Cause::PromptUpdate);
    assert_eq!(
        stored.node.previous_versions,
        [NodeRef {
            id: first.id,
            version: 1
        }]
    );
    assert_eq!(
        stored.files,
        [std::path::PathBuf::from("/sessions/s.jsonl")]
    );
    let old = NodeRef {
        id: first.id,
        version: 1,
    };
    let old = it.graph.version(old).unwrap().unwrap();
    assert!(!old.current);
    assert_eq!(old.node.content.summary, "Read from the session");
    let paths: Vec<String> = diff(&old.node, &stored.node)
        .into_iter()
        .map(|it| it.path)
        .collect();
    assert_eq!(
        paths,
        [
            "content.summary",
            "metadata.analyzedAt",
            "metadata.analyzerVersion"
        ]
    );
    // Words of the old version find nothing any more.
    let query = |text| search::parse(text);
    assert_eq!(ids(&search::find(&it.graph, &query("session"))), []);
    assert_eq!(ids(&search::find(&it.graph, &query("judged"))), [first.id]);
}

#[test]
fn reading_a_session_again_does_not_bury_a_judgement() {
    let mut it = Temporary::new();
    let first = node("s", 1, "Read from the session");
    let update = session("s", vec![first.clone()]);
    it.apply(std::slice::from_ref(&update));
    put(&mut it.graph, vec![judged(&first, "Judged by a model", 5)]);
    let before = it.export();
    let mut again = update;
    again.nodes[0].node.metadata.analyzed_at = day(9);
    again.nodes[0].node.source.session_file = "/moved/s.jsonl".to_owned();
    let applied = it.apply(&[again]);
    assert_eq!((applied.nodes, applied.versions), (0, 0));
    assert_eq!(it.export(), before);
}

#[test]
fn an_older_version_that_comes_late_takes_its_place() {
    let mut it = Temporary::new();
    let first = node("s", 1, "Read from the session");
    put(&mut it.graph, vec![judged(&first, "The latest of all", 9)]);
    put(&mut it.graph, vec![judged(&first, "The first of all", 3)]);
    let versions = it.graph.versions(first.id).unwrap();
    let shown: Vec<(u32, &str, bool)> = versions
        .iter()
        .map(|it| {
            (
                it.node.version,
                it.node.content.summary.as_str(),
                it.current,
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            (1, "The first of all", false),
            (2, "The latest of all", true)
        ]
    );
}

#[test]
fn what_is_no_node_is_refused_and_nothing_of_its_file_is_kept() {
    let mut it = Temporary::new();
    let mut bad = node("s", 2, "short");
    bad.content.summary = "no".to_owned();
    let update = session("s", vec![node("s", 1, "The first of two"), bad]);
    let refused = it.graph.apply(&[Clean::promise(update)], day(1));
    let message = refused.unwrap_err().to_string();
    assert!(
        message.contains("content.summary is 2 characters long"),
        "{message}"
    );
    assert_eq!(it.graph.counts().unwrap(), Counts::default());
    let good = node("s", 1, "The first of two");
    let mut update = session("s", vec![good.clone()]);
    update.edges = vec![edge(&good, &good, EdgeKind::Branch)];
    let refused = it.graph.apply(&[Clean::promise(update)], day(1));
    assert!(refused.unwrap_err().to_string().contains("to itself"));
    assert_eq!(it.graph.counts().unwrap(), Counts::default());
}

#[test]
fn ids_are_found_by_their_beginning() {
    let mut it = Temporary::new();
    let mut nodes = Vec::new();
    for (nth, id) in [0x00ff_u64, 0x7fff << 48, 0x8000 << 48, 0xffff << 48]
        .into_iter()
        .enumerate()
    {
        let mut node = node("s", i64::try_from(nth).unwrap(), "One among several");
        node.id = NodeId(id);
        nodes.push(node);
    }
    it.apply(&[session("s", nodes)]);
    let found = |digits: &str| -> Vec<u64> {
        let ids = it.graph.ids_with_prefix(digits, 10).unwrap();
        ids.into_iter().map(|it| it.0).collect()
    };
    assert_eq!(found("8"), [0x8000 << 48]);
    assert_eq!(found("ffff"), [0xffff << 48]);
    assert_eq!(found("00000000000000ff"), [0xff]);
    assert_eq!(found(""), [0xff, 0x7fff << 48, 0x8000 << 48, 0xffff << 48]);
    assert!(found("xyz").is_empty());
    assert!(found("00000000000000ff0").is_empty());
}

#[test]
fn a_sessions_nodes_are_listed_in_their_newest_versions() {
    let mut it = Temporary::new();
    let nodes: Vec<Node> = (1..4).map(|nth| node("s", nth, "Read from it")).collect();
    it.apply(&[session("s", nodes.clone())]);
    put(
        &mut it.graph,
        vec![judged(&nodes[1], "Judged by a model", 5)],
    );
    let found = it.graph.nodes_of_session("s").unwrap();
    assert_eq!(found.len(), 3);
    assert_eq!(found[1].version, 2);
}

#[test]
fn judged_nodes_of_other_instructions_are_outdated_and_a_new_judgement_keeps_the_old_ones() {
    let mut it = Temporary::new();
    let drafted = |nth, summary| {
        let mut node = node("s", nth, summary);
        node.metadata.analyzer_version = "draft".to_owned();
        node
    };
    let (first, second) = (
        drafted(1, "The first of them"),
        drafted(2, "The second one"),
    );
    let gone = drafted(3, "Its file is gone");
    it.apply(&[session("s", vec![first.clone(), second.clone()])]);
    it.apply(&[session("gone", vec![gone.clone()])]);
    assert_eq!(
        it.graph.outdated("v3-1", 9).unwrap(),
        [],
        "nobody judged them"
    );
    let all = [&first, &second, &gone];
    put(
        &mut it.graph,
        all.map(|node| judged(node, "Judged by a model", 5))
            .to_vec(),
    );
    let file = std::path::Path::new("/sessions/gone.jsonl");
    it.graph.files_gone(&[file], day(6)).unwrap();
    let ids = |graph: &Graph, version, most| -> Vec<NodeId> {
        let found = graph.outdated(version, most).unwrap();
        found.into_iter().map(|node| node.id).collect()
    };
    assert_eq!(ids(&it.graph, "v3-1", 9), [second.id, first.id]);
    assert_eq!(ids(&it.graph, "v3-1", 1), [second.id]);
    assert_eq!(ids(&it.graph, "v2-1", 9), []);
    let found = it.graph.outdated("v3-1", 1).unwrap();
    assert_eq!(found[0].version, 2, "as it is numbered in the graph");
    // It is judged anew, twice with the same words.
    let mut again = judged(&second, "Judged by a better model", 7);
    again.node.metadata.analyzer_version = "v3-1".to_owned();
    let applied = put(&mut it.graph, vec![again.clone()]);
    assert_eq!((applied.nodes, applied.versions), (0, 1));
    again.node.metadata.analyzed_at = day(8);
    let applied = put(&mut it.graph, vec![again]);
    assert_eq!((applied.nodes, applied.versions), (0, 0));
    let versions = it.graph.versions(second.id).unwrap();
    let shown: Vec<(u32, Cause, &str)> = versions
        .iter()
        .map(|it| (it.node.version, it.cause, it.node.content.summary.as_str()))
        .collect();
    assert_eq!(
        shown,
        [
            (1, Cause::Initial, "The second one"),
            (2, Cause::PromptUpdate, "Judged by a model"),
            (3, Cause::PromptUpdate, "Judged by a better model"),
        ]
    );
    assert_eq!(ids(&it.graph, "v3-1", 9), [first.id]);
}
