//! Finding nodes.

use jiff::tz::TimeZone;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::graph::search::{Filters, Query, Weights};

pub(super) fn parse(text: &str) -> Query {
    Query::parse(text, day(100), &TimeZone::UTC).unwrap()
}

pub(super) fn weights() -> Weights {
    Weights::default()
}

pub(super) fn find(graph: &Graph, query: &Query) -> Hits {
    graph
        .search(query, None, day(100), &Weights::default())
        .unwrap()
}

fn filled() -> (Temporary, [Node; 3]) {
    let mut it = Temporary::new();
    let mut a = node("a", 1, "Locked the queue before reading");
    a.content.tools_used = vec!["bash".to_owned(), "edit".to_owned()];
    a.content.files_touched = vec!["src/queue/claim.rs".to_owned()];
    a.semantic.topics = vec!["concurrency".to_owned()];
    a.content.key_decisions =
        vec![serde_json::from_value(json!({"what": "flock", "why": "no daemon"})).unwrap()];
    let mut b = node("b", 2, "Painted the wall of the queue");
    b.classification.project = "/home/u/shop/front".to_owned();
    b.classification.kind = crate::graph::node::NodeKind::Debugging;
    b.content.outcome = crate::graph::node::Outcome::Failed;
    b.observations.models_used[0].model = "m-2".to_owned();
    b.lessons.task = vec![
        serde_json::from_value(json!({"summary": "Paint slowly", "confidence": "low"})).unwrap(),
    ];
    let mut c = node(
        "c",
        3,
        "Wrote about paint, at length, for the blog of the house",
    );
    c.classification.project = "/home/u/Blog".to_owned();
    c.source.agent = Some(crate::sessions::Agent::Codex);
    it.apply(&[
        session("a", vec![a.clone()]),
        session("b", vec![b.clone()]),
        session("c", vec![c.clone()]),
    ]);
    (it, [a, b, c])
}

#[test]
fn a_beginning_of_any_length_finds_the_same() {
    let (it, [_, _, c]) = filled();
    for length in 1..=5 {
        let beginning: String = "blogs".chars().take(length).collect();
        let found = ids(&find(&it.graph, &parse(&format!("{beginning}* house"))));
        assert_eq!(found, [c.id], "{beginning}");
    }
    assert_eq!(ids(&find(&it.graph, &parse("bx* house"))), []);
}

#[test]
fn words_of_every_column_are_found_in_every_form() {
    let (it, [a, b, c]) = filled();
    let found = |text: &str| ids(&find(&it.graph, &parse(text)));
    assert_eq!(found("locking queues"), [a.id], "stems");
    assert_eq!(found("flock daemon"), [a.id]);
    assert_eq!(found("concurrency"), [a.id]);
    assert_eq!(found("claim"), [a.id]);
    assert_eq!(found("\"queue before\""), [a.id]);
    assert_eq!(found("\"before queue\""), []);
    assert_eq!(found("concurr*"), [a.id]);
    let mut both = found("paint");
    both.sort();
    let mut expected = vec![b.id, c.id];
    expected.sort();
    assert_eq!(both, expected);
    assert_eq!(found("paint locking"), []);
}

#[test]
fn filters_hold_together() {
    let (it, [a, b, c]) = filled();
    let found = |text: &str| ids(&find(&it.graph, &parse(text)));
    assert_eq!(found(""), [c.id, b.id, a.id], "newest first");
    assert_eq!(found("project:/home/u/shop"), [b.id, a.id]);
    assert_eq!(found("project:/home/u/sho"), []);
    assert_eq!(found("project:SHOP"), [a.id]);
    assert_eq!(found("project:blog project:front"), [c.id, b.id]);
    assert_eq!(found("tool:bash"), [a.id]);
    assert_eq!(found("model:m-2"), [b.id]);
    assert_eq!(found("model:acme/m-1"), [c.id, a.id]);
    assert_eq!(found("model:acme"), [c.id, b.id, a.id]);
    assert_eq!(found("model:acme/m*"), [c.id, b.id, a.id]);
    assert_eq!(found("type:debugging"), [b.id]);
    assert_eq!(found("outcome:failed outcome:partial queue"), [b.id]);
    assert_eq!(found("agent:codex"), [c.id]);
    let since = format!("since:{}", b.metadata.timestamp);
    assert_eq!(found(&since), [c.id, b.id]);
    let until = format!("until:{}", b.metadata.timestamp);
    assert_eq!(found(&until), [a.id]);
}

#[test]
fn snippets_show_the_match_in_about_a_hundred_characters() {
    let mut it = Temporary::new();
    let filler = "and so on for a long while ".repeat(30);
    let it_is = format!("{filler}\nthe <b>needle</b>\u{1}\u{2} lies here {filler}");
    it.apply(&[session("a", vec![node("a", 1, &it_is)])]);
    let hits = find(&it.graph, &parse("needle"));
    let text = hits.hits[0].snippet.render("", "");
    assert!((60..=104).contains(&text.chars().count()), "{text}");
    let marked = hits.hits[0].snippet.render("[", "]");
    assert!(marked.contains("the <b>[needle]</b> lies here"), "{marked}");
    let matches: Vec<&str> = hits.hits[0]
        .snippet
        .pieces
        .iter()
        .filter(|piece| piece.1)
        .map(|piece| piece.0.as_str())
        .collect();
    assert_eq!(matches, ["needle"]);
}

#[test]
fn limits_are_kept_and_said() {
    let mut it = Temporary::new();
    let nodes: Vec<Node> = (0..30)
        .map(|nth| node("a", nth, "One more of the same kind"))
        .collect();
    it.apply(&[session("a", nodes)]);
    for text in ["", "same"] {
        let hits = find(&it.graph, &parse(text));
        assert_eq!((hits.hits.len(), hits.more), (20, true), "{text}");
        let all = it
            .graph
            .search(&parse(text), Some(9_999), day(100), &Weights::default())
            .unwrap();
        assert_eq!((all.hits.len(), all.more), (30, false), "{text}");
    }
}

#[test]
fn connected_and_fitting_nodes_come_first() {
    let mut it = Temporary::new();
    let nodes: Vec<Node> = (0..4)
        .map(|nth| node("a", nth, "Something with needle in it"))
        .collect();
    let mut update = session("a", nodes.clone());
    update.edges = vec![
        edge(&nodes[1], &nodes[2], EdgeKind::Continuation),
        edge(&nodes[1], &nodes[3], EdgeKind::Reference),
    ];
    it.apply(&[update]);
    let found = ids(&find(&it.graph, &parse("needle")));
    assert_eq!(found[0], nodes[1].id);
    assert_eq!(found[3], nodes[0].id);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn whatever_is_typed_is_no_error_of_the_index(text in r#"([a-z"*:(){}^+\-,&|!\\'\x00é\u{301} ]|AND|OR|NOT|NEAR|summary:|queue){0,24}"#) {
        thread_local! {
            static FILLED: (Temporary, [Node; 3]) = filled();
        }
        FILLED.with(|(it, _)| {
            if let Ok(query) = Query::parse(&text, day(100), &TimeZone::UTC) {
                let found = it.graph.search(&query, None, day(100), &Weights::default());
                prop_assert!(found.is_ok(), "{text:?}: {found:?}");
                let found = it.graph.facts(&Query { filters: Filters::default(), ..query.clone() }, None, None);
                prop_assert!(found.is_ok(), "{text:?}: {found:?}");
                let plain = Query { filters: Filters::default(), ..query };
                let found = it.graph.search_messages(&plain, None, None, day(100));
                prop_assert!(found.is_ok(), "{text:?}: {found:?}");
            }
            Ok(())
        })?;
    }
}

#[test]
fn what_the_index_takes_for_no_word_finds_nothing_but_fails_not() {
    let (it, _) = filled();
    // Many words, long words, words of combining marks only.
    for text in [
        "a ".repeat(500),
        "x".repeat(100_000),
        "\u{301}\u{302}".to_owned(),
        "ᄀ ﷺ ½ ²".to_owned(),
    ] {
        find(&it.graph, &parse(&text));
    }
}
