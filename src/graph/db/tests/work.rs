//! What agents did for a repository, since when.

use super::*;
use crate::graph::node::{Lesson, Outcome};
use crate::graph::work::Sum;
use crate::sessions::draft::DRAFTED;

/// A draft whose words nobody judged; it is made when the segment ends.
fn draft(session: &str, nth: i64) -> Node {
    let mut node = node(session, nth, "Work in the shop");
    node.metadata.analyzer_version = DRAFTED.to_owned();
    node.metadata.analyzed_at = node.metadata.timestamp;
    node.metadata.duration_minutes = 0.0;
    node
}

fn lesson(summary: &str) -> Lesson {
    serde_json::from_value(serde_json::json!({"summary": summary, "confidence": "high"})).unwrap()
}

#[test]
fn pieces_tell_what_each_took_and_whether_it_was_judged() {
    let mut it = Temporary::new();
    let mut judged = node("a", 1, "Work in the shop, judged");
    judged.content.outcome = Outcome::Failed;
    let mut twice = draft("a", 2);
    let mut other = twice.observations.models_used[0].clone();
    other.model = "m-2".to_owned();
    twice.observations.models_used.push(other);
    let mut nothing = draft("a", 3);
    nothing.observations.models_used.clear();
    it.apply(&[session(
        "a",
        vec![judged.clone(), twice.clone(), nothing.clone()],
    )]);
    let pieces = it
        .graph
        .pieces(&[judged.id, twice.id, nothing.id, NodeId(1)])
        .unwrap();
    let told: Vec<_> = pieces
        .iter()
        .map(|it| (it.id, it.is_judged, it.outcome, it.tokens, it.cost))
        .collect();
    let outcome = twice.content.outcome;
    assert_eq!(
        told,
        [
            (nothing.id, false, outcome, 0, 0),
            (twice.id, false, outcome, 30, 500_000_000),
            (judged.id, true, Outcome::Failed, 15, 250_000_000),
        ]
    );
    assert_eq!(Sum::of(&pieces).guessed(), 2);
}

#[test]
fn pieces_since_are_those_that_ended_or_were_entered_since() {
    let mut it = Temporary::new();
    let folders = ["/home/u/shop".to_owned()];
    let early: Vec<Node> = (1..4).map(|nth| draft("a", nth)).collect();
    let mut elsewhere = draft("b", 3);
    elsewhere.classification.project = "/home/u/other".to_owned();
    it.apply(&[
        session("a", early.clone()),
        session("b", vec![elsewhere.clone()]),
    ]);
    let ids = |it: &Temporary, since, folders: &[String]| -> Vec<NodeId> {
        let found = it.graph.pieces_since("r", folders, since, 9).unwrap();
        found.into_iter().map(|it| it.id).collect()
    };
    let second = early[1].metadata.timestamp;
    let ended = WorkSince::Ended(second);
    assert_eq!(ids(&it, ended, &folders), [early[2].id]);
    assert_eq!(ids(&it, ended, &[]), [], "not every piece is somewhere");

    // Read late: it ended before what was told already.
    let number = it.graph.newest_number().unwrap();
    let since = |ended| WorkSince::Entered { number, ended };
    assert!(!it.graph.is_news(since(second), day(900)).unwrap());
    it.apply(&[session("c", vec![draft("c", 2)])]);
    assert!(it.graph.is_news(since(second), day(900)).unwrap());
    let late = draft("c", 2).id;
    assert_eq!(ids(&it, since(day(0)), &folders), [late]);
    assert_eq!(ids(&it, since(second), &folders), [], "history is no news");

    // Somewhere else, with a commit here.
    let mut update = session("b", vec![elsewhere.clone()]);
    update.commits = vec![CommitLink {
        repository: "r".to_owned(),
        commit: "c1".to_owned(),
        session: "b".to_owned(),
        node: None,
        how: How::Hook,
        at: elsewhere.metadata.timestamp,
    }];
    it.apply(&[update]);
    assert_eq!(ids(&it, ended, &[]), [elsewhere.id]);
    assert!(ids(&it, ended, &folders).contains(&elsewhere.id));
}

#[test]
fn only_what_was_judged_since_has_taught_something() {
    let mut it = Temporary::new();
    let folders = ["/home/u/shop".to_owned()];
    let mut unjudged = draft("a", 1);
    unjudged.lessons.task = vec![lesson("a draft's own")];
    let mut judged = node("a", 2, "Work in the shop, judged");
    judged.metadata.analyzed_at = day(50);
    judged.lessons.task = vec![lesson("run it")];
    it.apply(&[session("a", vec![unjudged, judged.clone()])]);
    let learned = |since| it.graph.learned_since("r", &folders, since, 9).unwrap();
    let found = learned(day(49));
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].node, found[0].lessons.task.len()), (judged.id, 1));
    assert_eq!(learned(day(50)), []);
    assert_eq!(learned(day(0)).len(), 1, "no draft taught anything");
}
