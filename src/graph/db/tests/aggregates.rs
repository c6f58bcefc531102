//! Totals that are kept up are those that would be counted.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::graph::node::Cause;
use crate::graph::patterns::{Patterns, of_nodes};

/// A node whose totals depend on a number in every way.
fn varied(session: &str, nth: i64, seed: u64) -> Node {
    let mut it = node(session, nth, "One of many segments");
    let model = format!("m-{}", seed % 3);
    let pick = |of: u64| usize::try_from(seed % of).unwrap();
    let error = |tool: &str, kind: &str, model: &str| {
        serde_json::from_value(json!({"tool": tool, "errorType": kind, "model": model})).unwrap()
    };
    it.observations.tool_use_errors = vec![
        error("edit", "no_match", &format!("acme/{model}")),
        error("edit", "no_match", ""),
        error("bash", "exit_1", "acme/m-9"),
        error("edit", "no_match", &format!("acme/{model}")),
    ]
    .split_off(pick(4));
    it.observations.models_used[0].model = model.clone();
    it.observations.models_used[0].cost = 0.1 * f64::from(u32::try_from(seed % 7).unwrap());
    let mut second = it.observations.models_used[0].clone();
    second.cache_read = seed;
    it.observations.models_used.extend(vec![second; pick(3)]);
    let quirk =
        json!({"model": format!("acme/{model}"), "observation": "odd", "frequency": "once"});
    it.observations.model_quirks = vec![serde_json::from_value(quirk).unwrap(); pick(2)];
    let lesson = |summary: &str, tag: &str| {
        serde_json::from_value(
            json!({"summary": summary, "confidence": "low", "tags": [tag, "all", tag]}),
        )
        .unwrap()
    };
    it.lessons.task = vec![
        lesson(" Lock first ", "locks"),
        lesson("Lock first", "queue"),
    ]
    .split_off(pick(3).min(2));
    it.lessons.user = vec![lesson("Lock first", "user")].split_off(pick(2));
    it.metadata.analyzed_at = day(i64::try_from(seed).unwrap());
    it
}

fn recounted(graph: &Graph) -> Patterns {
    let mut nodes = Vec::new();
    let found = graph.search(
        &search::parse(""),
        Some(500),
        day(100),
        &crate::graph::search::Weights::default(),
    );
    for hit in found.unwrap().hits {
        nodes.push(graph.node(hit.node.id).unwrap().unwrap().node);
    }
    of_nodes(&nodes)
}

#[derive(Clone, Debug)]
enum Step {
    Put { session: u8, nth: i64, seed: u64 },
    Forget { session: u8 },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => (0..3_u8, 0..4_i64, 0..60_u64).prop_map(|(session, nth, seed)| Step::Put { session, nth, seed }),
        1 => (0..3_u8).prop_map(|session| Step::Forget { session }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn kept_totals_are_the_recounted_ones(steps in prop::collection::vec(step(), 1..25)) {
        let mut it = Temporary::new();
        let policy = PrunePolicy {
            gone_nodes: Some(jiff::SignedDuration::ZERO),
            ..PrunePolicy::default()
        };
        for step in steps {
            match step {
                Step::Put { session: name, nth, seed } => {
                    let name = format!("s{name}");
                    let mut update = session(&name, vec![varied(&name, nth, seed)]);
                    update.nodes[0].cause = Cause::PromptUpdate;
                    it.apply(&[update]);
                }
                Step::Forget { session } => {
                    let path = format!("/sessions/s{session}.jsonl");
                    it.graph.files_gone(&[Path::new(&path)], day(100)).unwrap();
                    it.graph.prune(&policy, day(101)).unwrap();
                }
            }
            prop_assert_eq!(it.graph.patterns(1).unwrap(), recounted(&it.graph));
        }
        let before = it.graph.patterns(1).unwrap();
        it.graph.rebuild().unwrap();
        prop_assert_eq!(it.graph.patterns(1).unwrap(), before);
    }
}

#[test]
fn figures_of_models_are_exact() {
    let mut it = Temporary::new();
    // Ten cents ten times are a dollar, whatever binary fractions say.
    let nodes: Vec<Node> = (0..10)
        .map(|nth| {
            let mut it = node("a", nth, "One of many segments");
            it.observations.models_used[0].cost = 0.1;
            it
        })
        .collect();
    it.apply(&[session("a", nodes)]);
    let [model] = it.graph.model_stats().unwrap().try_into().unwrap();
    assert_eq!(model.model, "acme/m-1");
    assert!((model.total_cost - 1.0).abs() < f64::EPSILON);
    assert_eq!(model.total_tokens, 150);
    assert_eq!(model.total_sessions, 1);
}

#[test]
fn a_pattern_is_what_occurs_twice_and_keeps_its_note() {
    let mut it = Temporary::new();
    it.apply(&[session("a", vec![varied("a", 1, 2)])]);
    assert_eq!(it.graph.failure_patterns(2).unwrap(), []);
    it.apply(&[session("b", vec![varied("b", 2, 2)])]);
    let patterns = it.graph.failure_patterns(2).unwrap();
    assert_eq!(patterns.len(), 2);
    assert_eq!(patterns[0].pattern, "Error 'exit_1' in tool 'bash'");
    assert_eq!(patterns[0].models, ["acme/m-9"]);
    assert_eq!(
        patterns[0].example_nodes,
        [varied("b", 2, 0).id, varied("a", 1, 0).id]
    );
    let id = patterns[0].id.clone();
    assert!(it.graph.note_failure(&id, Some("quote it")).unwrap());
    assert!(!it.graph.note_failure("nothing", None).unwrap());
    it.graph.rebuild().unwrap();
    let noted = it.graph.failure_patterns(2).unwrap();
    assert_eq!(noted[0].learning_opportunity.as_deref(), Some("quote it"));
}
