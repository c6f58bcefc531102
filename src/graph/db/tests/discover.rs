//! Looking for connections in a stored graph.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use serde_json::json;

use super::*;
use crate::graph::connect::Policy;
use crate::graph::walk::{Adjacency, Direction};

fn out(it: &Temporary, id: NodeId) -> Vec<(EdgeKind, NodeId)> {
    let edges = it.graph.edges_at(id, Direction::Out, &[], 99).unwrap();
    edges
        .iter()
        .map(|it| (it.kind, it.target_node_id))
        .collect()
}

fn lesson(summary: &str) -> crate::graph::node::Lesson {
    serde_json::from_value(json!({"summary": summary, "confidence": "high"})).unwrap()
}

#[test]
fn every_kind_of_connection_is_found() {
    let mut it = Temporary::new();
    let plain = |session: &str, hour: i64, summary: &str| {
        let mut it = node(session, hour, summary);
        it.semantic.tags = vec![session.to_owned()];
        it.classification.project = format!("/p/{session}");
        it
    };
    let mut alike = plain("alike", 1, "Queue lock race retry");
    alike.semantic.tags = vec!["new".to_owned()];
    let named = plain("named", 2, "Painting walls");
    let mut taught = plain("taught", 3, "Gardening at night");
    taught.lessons.task = vec![lesson("Water the roses before sunrise")];
    let mut failed = plain("failed", 4, "Cooking without fire");
    let error = json!({"tool": "edit", "errorType": "no_match"});
    failed.observations.tool_use_errors = vec![serde_json::from_value(error).unwrap()];
    let related = plain("related", 5, "Swimming upstream");
    let mut skilled = plain("skilled", 6, "Flying kites high");
    skilled.semantic.concepts = vec!["mutex".to_owned(), "wal".to_owned()];
    let mut new = plain("new", 9, "");
    new.content.summary = format!("Queue lock race again {}", named.id);
    new.lessons.task = vec![lesson("Water roses before the sunrise")];
    new.observations.tool_use_errors = failed.observations.tool_use_errors.clone();
    new.semantic.related_projects = vec!["related".to_owned(), "/p/nowhere".to_owned()];
    new.semantic.concepts = skilled.semantic.concepts.clone();
    let all = [&alike, &named, &taught, &failed, &related, &skilled, &new];
    let updates: Vec<FileUpdate> = all
        .iter()
        .map(|node| session(&node.source.session_id, vec![(*node).clone()]))
        .collect();
    it.apply(&updates);
    let found = it
        .graph
        .discover_one(new.id, &Policy::default(), day(1))
        .unwrap();
    assert_eq!(found, 6);
    let expected: BTreeSet<(EdgeKind, NodeId)> = [
        (EdgeKind::Reference, named.id),
        (EdgeKind::LessonApplication, taught.id),
        (EdgeKind::FailurePattern, failed.id),
        (EdgeKind::ProjectRelated, related.id),
        (EdgeKind::TechniqueShared, skilled.id),
        (EdgeKind::Semantic, alike.id),
    ]
    .into();
    assert_eq!(
        out(&it, new.id).into_iter().collect::<BTreeSet<_>>(),
        expected
    );
    // Found once.
    let again = it.graph.discover_one(new.id, &Policy::default(), day(2));
    assert_eq!(again.unwrap(), 0);
    let none = it.graph.discover_one(NodeId(1), &Policy::default(), day(1));
    assert!(matches!(none, Err(GraphError::NoSuchNode(NodeId(1)))));
}

#[test]
fn a_node_is_looked_at_while_it_is_new_and_then_rests() {
    let mut it = Temporary::new();
    let mut nodes: Vec<Node> = (0..5)
        .map(|nth| node("a", nth, "One of several nodes"))
        .collect();
    nodes[0].metadata.analyzed_at = day(-30);
    it.apply(&[session("a", nodes.clone())]);
    let policy = Policy {
        limit: 3,
        ..Policy::default()
    };
    let skip = BTreeSet::from([nodes[4].id]);
    let now = day(1);
    let due = it.graph.due_for_discovery(&policy, &skip, now).unwrap();
    assert_eq!(due, [nodes[3].id, nodes[2].id, nodes[1].id]);
    let done = it.graph.discover(&policy, &skip, now).unwrap();
    assert_eq!(done.nodes, 3);
    assert_eq!(it.graph.due_for_discovery(&policy, &skip, now).unwrap(), []);
    let soon = now + SignedDuration::from_hours(23);
    assert_eq!(
        it.graph.due_for_discovery(&policy, &skip, soon).unwrap(),
        []
    );
    let later = now + SignedDuration::from_hours(24);
    assert_eq!(
        it.graph
            .due_for_discovery(&policy, &skip, later)
            .unwrap()
            .len(),
        3
    );
}

#[test]
fn candidates_are_of_the_last_month_and_older_than_the_node() {
    let mut it = Temporary::new();
    let far = node("far", -31 * 24, "Queue lock race retry");
    let near = node("near", -29 * 24, "Queue lock race retry");
    let new = node("new", 1, "Queue lock race retry");
    let mut younger = node("younger", 2, "Queue lock race retry");
    for node in [&far, &near, &new] {
        let mut node = node.clone();
        node.classification.project = format!("/p/{}", node.source.session_id);
        it.apply(&[session(&node.source.session_id.clone(), vec![node])]);
    }
    younger.classification.project = "/p/younger".to_owned();
    it.apply(&[session("younger", vec![younger])]);
    it.graph
        .discover_one(new.id, &Policy::default(), day(1))
        .unwrap();
    assert_eq!(out(&it, new.id), [(EdgeKind::Semantic, near.id)]);
}
