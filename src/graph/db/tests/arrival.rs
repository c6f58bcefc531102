//! The graph does not depend on what arrived first, nor on how often.

use proptest::prelude::*;

use super::*;
use crate::graph::connect::Policy;
use crate::graph::edge::Fork;
use crate::graph::node::Cause;
use crate::graph::walk::{Adjacency, Direction, Walk, neighbours};

fn fork(of: &str, child: &Node, entry: Option<&str>, hour: i64) -> Fork {
    Fork {
        child: child.id,
        child_session: child.source.session_id.clone(),
        parent_session: of.to_owned(),
        entry: entry.map(str::to_owned),
        at: node("x", hour, "At this hour").metadata.timestamp,
    }
}

/// Everything there is to say, in pieces that may come in any order: two sessions and a fork, a judgement, edges.
fn pieces() -> Vec<FileUpdate> {
    let a: Vec<Node> = (1..5)
        .map(|nth| node("a", nth, &format!("Segment {nth} of the queue's lock")))
        .collect();
    let b: Vec<Node> = (10..13)
        .map(|nth| node("b", nth, &format!("Segment {nth} painting the wall")))
        .collect();
    let mut pieces: Vec<FileUpdate> = a
        .iter()
        .chain(&b)
        .map(|node| session(&node.source.session_id, vec![node.clone()]))
        .collect();
    // The fork left in the second segment, although the fourth is the parent's last.
    pieces[4].forks = vec![fork("a", &b[0], Some("2z"), 9)];
    pieces[0].edges = vec![edge(&a[0], &a[1], EdgeKind::Compaction)];
    pieces[1].edges = vec![edge(&a[1], &a[2], EdgeKind::TreeJump)];
    pieces[5].edges = vec![
        edge(&b[0], &b[1], EdgeKind::Resume),
        edge(&b[0], &NodeLike::absent(), EdgeKind::Reference),
    ];
    // The same edge told by somebody else.
    let mut told = edge(&a[0], &a[1], EdgeKind::Compaction);
    told.confidence = 0.5;
    told.metadata.summary = Some("what was said before".to_owned());
    let mut by_user = edge(&a[3], &b[0], EdgeKind::Semantic);
    by_user.created_by = Author::User;
    let mut other = by_user.clone();
    other.created_by = Author::Discovery;
    other.similarity = Some(0.9);
    pieces[2].edges = vec![told, by_user];
    pieces[3].edges = vec![other];
    // The same segment judged, and read from another place.
    let mut judged = session("a", vec![a[1].clone()]);
    judged.nodes[0].node.content.summary = "Judged by a model".to_owned();
    judged.nodes[0].node.metadata.analyzed_at = day(3);
    judged.nodes[0].cause = Cause::PromptUpdate;
    let mut moved = session("a", vec![a[2].clone()]);
    moved.nodes[0].node.source.session_file = "/another/a.jsonl".to_owned();
    moved.nodes[0].node.metadata.analyzed_at = day(-1);
    pieces.extend([judged, moved]);
    pieces
}

struct NodeLike;

impl NodeLike {
    /// A node that never comes.
    fn absent() -> Node {
        node("never", 1, "Never to be seen")
    }
}

fn after(order: &[usize]) -> (String, String) {
    let pieces = pieces();
    let mut it = Temporary::new();
    for &index in order {
        it.apply(&[pieces[index].clone()]);
    }
    let before = it.export();
    let policy = Policy {
        look_back: jiff::SignedDuration::from_hours(24 * 365),
        ..Policy::default()
    };
    it.graph
        .discover(&policy, &std::collections::BTreeSet::new(), day(50))
        .unwrap();
    (before, it.export())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn any_order_and_any_repetition_make_the_same_graph(
        order in Just((0..9_usize).collect::<Vec<_>>()).prop_shuffle(),
        again in prop::collection::vec(0..9_usize, 0..6),
    ) {
        let plain: Vec<usize> = (0..9).collect();
        let mut mixed = again.clone();
        mixed.extend(order);
        mixed.extend(again);
        prop_assert_eq!(after(&mixed), after(&plain));
    }
}

#[test]
fn the_fork_hangs_on_the_node_that_it_left() {
    let pieces = pieces();
    let mut it = Temporary::new();
    it.apply(&pieces[4..7]);
    let child = pieces[4].nodes[0].node.id;
    let parents = |it: &Temporary| -> Vec<(NodeId, f64)> {
        let edges = it
            .graph
            .edges_at(child, Direction::In, &[EdgeKind::Fork], 9)
            .unwrap();
        edges
            .iter()
            .map(|it| (it.source_node_id, it.confidence))
            .collect()
    };
    assert_eq!(parents(&it), [], "the parent is not there yet");
    it.apply(&pieces[2..3]);
    let third = pieces[2].nodes[0].node.id;
    assert_eq!(parents(&it), [(third, 0.5)], "a guess by the time");
    it.apply(&pieces[0..4]);
    let second = pieces[1].nodes[0].node.id;
    assert_eq!(parents(&it), [(second, 1.0)]);
}

#[test]
fn an_edge_waits_for_its_nodes() {
    let mut it = Temporary::new();
    let (a, b) = (
        node("a", 1, "The first of two"),
        node("b", 2, "The second of two"),
    );
    let mut update = session("a", vec![a.clone()]);
    update.edges = vec![edge(&a, &b, EdgeKind::Reference)];
    it.apply(&[update]);
    let near = |it: &Temporary| neighbours(&it.graph, a.id, &Walk::default()).unwrap();
    assert_eq!(near(&it).nodes.len(), 0);
    assert_eq!(it.graph.counts().unwrap().waiting_edges, 1);
    assert!(it.export().contains("\"edges\": []"));
    it.apply(&[session("b", vec![b])]);
    assert_eq!(near(&it).nodes.len(), 1);
    assert_eq!(it.graph.counts().unwrap().waiting_edges, 0);
}
