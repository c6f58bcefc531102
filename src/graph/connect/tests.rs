#![allow(clippy::unwrap_used)]

use serde_json::json;

use super::*;
use crate::graph::node::samples::{day, node};

fn lesson(summary: &str, tags: &[&str]) -> Lesson {
    serde_json::from_value(json!({"summary": summary, "confidence": "high", "tags": tags})).unwrap()
}

fn only_recent(profiles: Vec<Profile>) -> Candidates {
    Candidates {
        recent: profiles,
        ..Candidates::default()
    }
}

#[test]
fn stop_words_are_in_order() {
    assert!(STOP_WORDS.is_sorted());
    assert_eq!(
        content_words("Implemented the QUEUE's lock, with a lock-file; I used x"),
        ["file", "lock", "queue"].map(str::to_owned).into()
    );
}

#[test]
fn likeness_is_weighed() {
    let mut a = node("a", 2, "queue lock race");
    let mut b = node("b", 1, "queue lock retry");
    a.semantic.tags = vec!["Rust".to_owned(), "sqlite".to_owned()];
    b.semantic.tags = vec!["rust".to_owned()];
    a.semantic.topics = vec!["locks".to_owned()];
    b.semantic.topics = vec!["locks".to_owned()];
    let score = similarity(&Profile::of(&a), &Profile::of(&b));
    // 0.4 · 1/2 + 0.3 · 1 + 0.3 · 2/4
    assert!((score - 0.65).abs() < 1e-9, "{score}");
    let empty = node("c", 1, "of the and");
    let mut bare = empty.clone();
    bare.semantic.tags.clear();
    let bare = Profile::of(&bare);
    assert!(similarity(&bare, &bare).abs() < 1e-9);
}

#[test]
fn only_what_is_alike_enough_is_connected_and_each_pair_once() {
    let mut a = node("a", 9, "queue lock race");
    a.content.summary = format!("queue lock race, see {}", NodeId(0xab));
    let b = node("b", 1, "queue lock retry");
    let mut far = node("c", 2, "painting the wall");
    far.semantic.tags = vec!["paint".to_owned()];
    let profile = Profile::of(&a);
    assert_eq!(profile.names(), &BTreeSet::from([NodeId(0xab)]));
    let mut named = Profile::of(&b);
    named.id = NodeId(0xab);
    let with = Candidates {
        recent: vec![named, Profile::of(&b), Profile::of(&far), profile.clone()],
        named: BTreeSet::from([NodeId(0xab)]),
        ..Candidates::default()
    };
    let edges = connections(&profile, &with, &Policy::default(), day(1));
    let shown: Vec<(NodeId, EdgeKind)> = edges
        .iter()
        .map(|it| (it.target_node_id, it.kind))
        .collect();
    assert_eq!(
        shown,
        [
            (NodeId(0xab), EdgeKind::Reference),
            (b.id, EdgeKind::Semantic)
        ]
    );
    assert!(edges[1].similarity.unwrap() >= 0.2);
    // Whoever is connected stays as they are.
    let again = Candidates {
        connected: edges.iter().map(|it| it.target_node_id).collect(),
        ..with
    };
    assert_eq!(
        connections(&profile, &again, &Policy::default(), day(1)),
        []
    );
}

#[test]
fn a_lesson_is_learned_again_from_the_same_level() {
    let mut a = node("a", 9, "one thing and more");
    let mut b = node("b", 1, "another matter entirely");
    a.semantic.tags = vec!["x".to_owned()];
    a.lessons.task = vec![lesson("Lock the queue before reading", &[])];
    b.lessons.task = vec![
        lesson("Paint slowly", &[]),
        lesson("Lock queue before each reading", &[]),
    ];
    let with = |lessons: &Node| Candidates {
        lessons: vec![Profile::of(lessons)],
        ..Candidates::default()
    };
    let policy = Policy::default();
    let edges = connections(&Profile::of(&a), &with(&b), &policy, day(1));
    assert_eq!(edges.len(), 1);
    assert_eq!(edges[0].kind, EdgeKind::LessonApplication);
    assert_eq!(edges[0].metadata.lesson_id.as_deref(), Some("task[1]"));
    b.lessons.user = std::mem::take(&mut b.lessons.task);
    assert_eq!(
        connections(&Profile::of(&a), &with(&b), &policy, day(1)),
        []
    );
}

#[test]
fn techniques_are_shared_between_projects() {
    let mut a = node("a", 9, "one thing and more");
    let mut b = node("b", 1, "another matter entirely");
    a.semantic.tags = vec!["x".to_owned()];
    a.semantic.concepts = vec!["Mutex".to_owned(), "write-ahead log".to_owned()];
    b.lessons.skill = vec![lesson("s", &["mutex", "write-ahead log", "paint"])];
    let policy = Policy::default();
    let found = |a: &Node, b: &Node| {
        connections(
            &Profile::of(a),
            &only_recent(vec![Profile::of(b)]),
            &policy,
            day(1),
        )
    };
    assert_eq!(found(&a, &b), [], "of one project");
    b.classification.project = "/elsewhere".to_owned();
    let edges = found(&a, &b);
    assert_eq!(edges[0].kind, EdgeKind::TechniqueShared);
    assert_eq!(
        edges[0].metadata.reason.as_deref(),
        Some("both use mutex, write-ahead log")
    );
}

#[test]
fn ids_in_text_stand_for_themselves() {
    let mut a = node(
        "a",
        9,
        "see 00000000000000ab and 00000000000000acd, x00000000000000ae",
    );
    a.lessons.user = vec![lesson("as in (00000000000000af-v2).", &[])];
    a.content.key_decisions = vec![
        serde_json::from_value(json!({"what": "00000000000000AA", "why": a.id.to_string()}))
            .unwrap(),
    ];
    assert_eq!(names(&a), BTreeSet::from([NodeId(0xab), NodeId(0xaf)]));
}
