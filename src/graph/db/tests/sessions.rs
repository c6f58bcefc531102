//! Sessions as a whole.

use super::*;
use crate::graph::search::Filters;
use crate::sessions::{Agent, Session};

fn head(id: &str, agent: Agent) -> Session {
    Session {
        agent,
        id: id.to_owned(),
        folder: Some("/home/u/shop".to_owned()),
        started_at: Some(day(0)),
        parent: None,
        version: None,
        branch: None,
        commit: None,
    }
}

fn listed(graph: &Graph, filter: &SessionFilter) -> Vec<String> {
    let found = graph.sessions(filter).unwrap();
    found.into_iter().map(|it| it.id).collect()
}

fn filled() -> Temporary {
    let mut it = Temporary::new();
    let mut begun = session("begun", vec![]);
    begun.session = Some(head("begun", Agent::Codex));
    it.apply(&[
        session(
            "a",
            vec![
                node("a", 1, "The first piece"),
                node("a", 9, "The last piece"),
            ],
        ),
        session("ab", vec![node("ab", 5, "In between")]),
        begun,
    ]);
    it
}

#[test]
fn a_session_is_what_its_nodes_come_to() {
    let mut it = filled();
    let whole = it.graph.overview("a").unwrap().unwrap();
    assert_eq!(whole.nodes, 2);
    assert_eq!((whole.tokens, whole.cost, whole.minutes), (30, 0.5, 60.0));
    assert_eq!(whole.about.as_deref(), Some("The first piece"));
    assert_eq!(whole.agent, Some(Agent::Pi));
    assert_eq!(whole.project.as_deref(), Some("/home/u/shop"));
    let begun = it.graph.overview("begun").unwrap().unwrap();
    assert_eq!((begun.nodes, begun.about), (0, None));
    assert_eq!(begun.started_at, Some(day(0)));
    assert_eq!(it.graph.overview("nobody").unwrap(), None);
    it.graph
        .files_gone(&[Path::new("/sessions/a.jsonl")], day(1))
        .unwrap();
    assert_eq!(it.graph.overview("a").unwrap().unwrap().gone, 2);
    let files = it.graph.files_of_session("begun").unwrap();
    assert_eq!(files[0].head.as_ref().unwrap().agent, Agent::Codex);
    let file = Path::new("/sessions/begun.jsonl");
    let found = it.graph.session_of_file(file).unwrap();
    assert_eq!(found.as_deref(), Some("begun"));
}

#[test]
fn the_latest_work_comes_first() {
    let it = filled();
    let all = SessionFilter::default();
    assert_eq!(listed(&it.graph, &all), ["a", "ab"]);
    let one = SessionFilter {
        most: Some(1),
        ..all.clone()
    };
    assert_eq!(listed(&it.graph, &one), ["a"]);
    let with_others = SessionFilter {
        without_nodes: true,
        ..all.clone()
    };
    assert_eq!(listed(&it.graph, &with_others), ["a", "ab", "begun"]);
    // By when the last work ended, not by when some began.
    let since = Some(day(0) + jiff::SignedDuration::from_hours(9));
    let late = SessionFilter {
        nodes: Filters {
            since,
            ..Filters::default()
        },
        ..all.clone()
    };
    assert_eq!(listed(&it.graph, &late), ["a"]);
    let codex = SessionFilter {
        nodes: Filters {
            agents: vec![Agent::Codex],
            ..Filters::default()
        },
        without_nodes: true,
        most: None,
    };
    assert_eq!(listed(&it.graph, &codex), ["begun"]);
}

#[test]
fn names_are_found_by_what_they_begin_with() {
    let it = filled();
    let found = |prefix| it.graph.sessions_with_prefix(prefix, 9).unwrap();
    assert_eq!(found("a"), ["a", "ab"]);
    assert_eq!(found("ab"), ["ab"]);
    assert_eq!(found("b"), ["begun"]);
    assert!(found("_").is_empty() && found("A").is_empty());
}

#[test]
fn edges_to_other_sessions_are_among_a_sessions_edges() {
    let mut it = Temporary::new();
    let (one, two, far) = (
        node("s", 1, "The first one"),
        node("s", 2, "The second one"),
        node("t", 1, "The other one"),
    );
    let mut update = session("s", vec![one.clone(), two.clone()]);
    update.edges = vec![
        edge(&one, &two, EdgeKind::Resume),
        edge(&far, &two, EdgeKind::Semantic),
    ];
    it.apply(&[update]);
    let count = |it: &Temporary| it.graph.edges_of_session("s").unwrap().len();
    assert_eq!(count(&it), 1, "the other end is not there yet");
    it.apply(&[session("t", vec![far])]);
    assert_eq!(count(&it), 2);
}
