//! Insights, where they stand, and what came of it.

use std::path::Path;

use serde_json::json;

use super::*;
use crate::graph::insights::effect::{Effect, Side};
use crate::graph::insights::{InsightKind, Standing};
use crate::graph::node::Severity;

fn quirky(name: &str, nth: i64) -> Node {
    let mut value = json!(node(name, nth, "One that was judged"));
    value["observations"]["modelQuirks"] = json!([{
        "model": "acme/m-1", "observation": "Forgets imports", "frequency": "often", "workaround": "Ask",
    }]);
    value["observations"]["toolUseErrors"] = json!([
        {"tool": "edit", "errorType": "No match", "model": "acme/m-1"},
        {"tool": "edit", "errorType": "no match", "model": "acme/m-1"},
    ]);
    serde_json::from_value(value).unwrap()
}

#[test]
fn they_are_drawn_from_all_nodes_and_kept() {
    let mut it = Temporary::new();
    let mut draft = quirky("d", 1);
    draft.metadata.analyzer_version = "draft".to_owned();
    it.apply(&[
        session("a", vec![quirky("a", 1), quirky("a", 2)]),
        session("d", vec![draft]),
    ]);
    let failure = &it.graph.failure_patterns(1).unwrap()[0];
    let id = failure.id.clone();
    assert!(it.graph.note_failure(&id, Some("Read it first")).unwrap());
    let insights = it.graph.gather_insights().unwrap();
    let told: Vec<_> = insights
        .iter()
        .map(|it| (it.kind, it.frequency, it.workaround.as_deref()))
        .collect();
    assert_eq!(
        told,
        [
            (InsightKind::ToolError, 6, Some("Read it first")),
            (InsightKind::Quirk, 2, Some("Ask")),
        ]
    );
    assert_eq!(insights[0].severity, Severity::Medium);
    it.graph.keep_insights(&insights).unwrap();
    it.graph.keep_insights(&insights).unwrap();
    assert_eq!(it.graph.kept_insights(None, 9).unwrap(), insights);
    let quirks = it.graph.kept_insights(Some(InsightKind::Quirk), 9).unwrap();
    assert_eq!(quirks, insights[1..]);
    it.graph.keep_insights(&[]).unwrap();
    assert_eq!(it.graph.kept_insights(None, 9).unwrap(), []);
}

#[test]
fn what_stands_in_a_file_stands_since_it_came() {
    let mut it = Temporary::new();
    it.apply(&[session("a", vec![quirky("a", 1)])]);
    let insights = it.graph.gather_insights().unwrap();
    let new = |nth: usize, stood| NewNote {
        text: "- a line",
        insight: &insights[nth],
        stood,
    };
    let file = Path::new("/shop/AGENTS.md");
    let graph = &mut it.graph;
    graph
        .set_insight_notes(file, "/shop", &[new(0, false)], day(1))
        .unwrap();
    graph
        .set_insight_notes(file, "/shop", &[new(0, true), new(1, false)], day(2))
        .unwrap();
    let notes = graph.insight_notes().unwrap();
    let since =
        |notes: &[Note], id: &str| notes.iter().find(|it| it.insight.id == id).unwrap().since;
    assert_eq!(since(&notes, &insights[0].id), day(1));
    assert_eq!(since(&notes, &insights[1].id), day(2));
    assert_eq!(
        (notes[0].scope.as_str(), notes[0].file.as_path()),
        ("/shop", file)
    );
    // It was taken out by somebody, and comes again.
    graph
        .set_insight_notes(file, "/shop", &[new(0, false)], day(3))
        .unwrap();
    let notes = graph.insight_notes().unwrap();
    assert_eq!((notes.len(), notes[0].since), (1, day(3)));
    graph.set_insight_notes(file, "/shop", &[], day(4)).unwrap();
    assert_eq!(graph.insight_notes().unwrap(), []);
}

#[test]
fn what_made_things_worse_is_switched_off_unless_a_person_decided() {
    let mut it = Temporary::new();
    let side = |affected| Side {
        sessions: 50,
        affected,
        occurrences: affected,
    };
    let bad = Effect::of(side(5), side(25), day(1), day(9));
    let good = Effect::of(side(25), side(5), day(1), day(9));
    let graph = &mut it.graph;
    graph
        .set_insight_standing("wanted", Standing::Enabled, day(1))
        .unwrap();
    let measured = [
        ("bad".to_owned(), bad),
        ("good".to_owned(), good),
        ("wanted".to_owned(), bad),
    ];
    assert_eq!(graph.keep_effects(&measured, day(9)).unwrap(), ["bad"]);
    assert_eq!(
        graph.keep_effects(&measured, day(9)).unwrap(),
        [""; 0],
        "once"
    );
    let standings = graph.insight_standings().unwrap();
    assert_eq!(standings.get("bad"), Some(&Standing::Worse));
    assert_eq!(standings.get("good"), None);
    assert_eq!(standings.get("wanted"), Some(&Standing::Enabled));
    let later = Effect::of(side(25), side(25), day(20), day(29));
    graph
        .keep_effects(&[("bad".to_owned(), later)], day(29))
        .unwrap();
    assert_eq!(graph.insight_effects().unwrap()["bad"], later);
    graph
        .set_insight_standing("bad", Standing::Disabled, day(30))
        .unwrap();
    assert!(graph.insight_standings().unwrap()["bad"].is_off());
}

#[test]
fn sessions_are_seen_with_all_their_nodes() {
    let mut it = Temporary::new();
    let mut draft = quirky("d", 30);
    draft.metadata.analyzer_version = "draft".to_owned();
    it.apply(&[
        session("a", vec![quirky("a", 1), quirky("a", 30)]),
        session("b", vec![quirky("b", 30)]),
        session("d", vec![draft]),
    ]);
    let seen = it.graph.sessions_seen(day(0)).unwrap();
    assert_eq!(seen.len(), 3);
    // Its first node is older than what is asked for.
    let seen = it.graph.sessions_seen(day(1)).unwrap();
    assert_eq!(seen.len(), 2);
    let judged: Vec<bool> = seen.iter().map(|it| it.is_judged).collect();
    assert_eq!(judged, [true, false]);
    let ids: Vec<usize> = seen.iter().map(|it| it.insights.len()).collect();
    assert_eq!(ids, [2, 1], "failures of tools are seen in drafts too");
    assert!(seen[0].insights.values().any(|times| *times == 2));
    assert!(seen[0].models.contains("acme/m-1"));
}
