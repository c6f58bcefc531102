#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use serde_json::{Value, json};

use super::samples::{day, node};
use super::*;

/// A node with something in every field, as another program would write it.
fn full() -> Value {
    let lesson = json!({
        "level": "task", "summary": "Lock before reading", "details": "Two writers met", "confidence": "high",
        "tags": ["locks"], "actionable": "take the lock", "novel": {"z": 1, "a": [true, null]},
    });
    json!({
        "id": "00000000000000ab", "version": 3, "previousVersions": ["00000000000000ab-v1", "00000000000000ab-v2"],
        "source": {
            "sessionFile": "/s/a.jsonl",
            "segment": {"startEntryId": "a", "endEntryId": "b", "entryCount": 12, "odd": 1},
            "computer": "here", "sessionId": "s", "agent": "claude-code", "parentSession": "/s/p.jsonl", "odd": 2,
        },
        "classification": {
            "type": "debugging", "project": "/p", "isNewProject": true, "hadClearGoal": false, "language": "rust",
            "frameworks": ["tokio"], "odd": 3,
        },
        "content": {
            "summary": "Found the race in the queue", "outcome": "partial",
            "keyDecisions": [{"what": "lock", "why": "race", "alternativesConsidered": ["retry"], "odd": 4}],
            "filesTouched": ["src/a.rs"], "toolsUsed": ["bash"],
            "errorsSeen": [{"type": "EIO", "message": "no", "resolved": true, "odd": 5}], "odd": 6,
        },
        "lessons": {
            "project": [], "task": [lesson], "user": [], "model": [], "tool": [], "skill": [], "subagent": [], "odd": 7,
        },
        "observations": {
            "modelsUsed": [{
                "provider": "acme", "model": "m", "tokensInput": 1, "tokensOutput": 2, "cacheRead": 3, "cacheWrite": 4,
                "cost": 0.5, "odd": 8,
            }],
            "promptingWins": ["clear"], "promptingFailures": ["vague"],
            "modelQuirks": [{
                "model": "acme/m", "observation": "repeats", "frequency": "often", "workaround": "stop it",
                "severity": "medium", "odd": 9,
            }],
            "toolUseErrors": [{
                "tool": "edit", "errorType": "no_match", "context": "c", "model": "acme/m", "wasRetried": true, "odd": 10,
            }],
            "odd": 11,
        },
        "metadata": {
            "tokensUsed": 10, "cost": 0.5, "durationMinutes": 12.5, "timestamp": "2026-01-02T03:04:05.123456789Z",
            "analyzedAt": "2026-01-03T00:00:00Z", "analyzerVersion": "v1-a1b2c3d4", "odd": 12,
        },
        "semantic": {
            "tags": ["locks"], "topics": ["concurrency"], "relatedProjects": ["/q"], "concepts": ["mutex"], "odd": 13,
        },
        "daemonMeta": {
            "decisions": [{
                "timestamp": "2026-01-03T00:00:00Z", "decision": "d", "reasoning": "r", "needsReview": true, "odd": 14,
            }],
            "analysisLog": "/l", "rlmUsed": true, "codemapAvailable": false, "segmentTokenCount": 99, "odd": 15,
        },
        "signals": {
            "friction": {
                "score": 0.5, "rephrasingCount": 1, "contextChurnCount": 2, "abandonedRestart": true, "toolLoopCount": 3,
                "modelSwitchFrom": "acme/l", "silentTermination": true, "odd": 16,
            },
            "delight": {
                "score": 0.25, "resilientRecovery": true, "oneShotSuccess": false, "explicitPraise": true, "odd": 17,
            },
            "manualFlags": [{"type": "bug", "message": "look", "timestamp": "2026-01-02T03:04:05Z", "odd": 18}],
            "odd": 19,
        },
        "odd": [20, {"b": 1, "a": 2}],
    })
}

#[test]
fn a_node_of_another_program_is_written_back_as_it_was() {
    let node: Node = serde_json::from_value(full()).unwrap();
    assert_eq!(node.faults(Strictness::Quality), []);
    assert_eq!(serde_json::to_value(&node).unwrap(), full());
    // Bringing unknown fields into an order changes none.
    assert_eq!(serde_json::to_value(node.canonical()).unwrap(), full());
}

#[test]
fn only_what_was_said_makes_another_version() {
    let first = node("s", 1, "Built the thing");
    let mut same = first.clone();
    same.version = 9;
    same.metadata.analyzed_at = day(5);
    same.source.session_file = "/elsewhere".to_owned();
    same.source.computer = "there".to_owned();
    assert_eq!(first.digest().unwrap(), same.digest().unwrap());
    same.extra.insert("odd".to_owned(), json!({"a": 1, "b": 2}));
    let mut other = same.clone();
    other
        .extra
        .insert("odd".to_owned(), json!({"b": 2, "a": 1}));
    assert_ne!(first.digest().unwrap(), same.digest().unwrap());
    assert_eq!(
        same.canonical().digest().unwrap(),
        other.canonical().digest().unwrap()
    );
}

#[test]
fn every_fault_is_named_with_its_place() {
    let mut value = full();
    value["content"]["summary"] = json!("short");
    value["content"]["outcome"] = json!("great");
    value["lessons"]["task"][0]["confidence"] = json!(3);
    value["observations"]["modelQuirks"][0]["model"] = json!("m");
    value["observations"]["modelsUsed"][0]["tokensInput"] = json!(-1);
    value["semantic"]["tags"] = json!([" "]);
    value["classification"]
        .as_object_mut()
        .unwrap()
        .remove("type");
    let faults: Vec<String> = Answer::read(&value, Strictness::Stored)
        .unwrap_err()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        faults,
        [
            "classification.type is missing",
            "content.summary is 5 characters long, at least 10 are needed",
            "content.outcome is `great`, not one of success, partial, failed, abandoned",
            "lessons.task[0].confidence is a number, not a text",
            "observations.modelsUsed[0].tokensInput is -1, not a whole number up to 1000000000000",
            "observations.modelQuirks[0].model has no `/`: `provider/model` is needed",
            "semantic.tags is empty, at least one tag is needed",
        ]
    );
    let mut node: Node = serde_json::from_value(full()).unwrap();
    node.metadata.cost = f64::INFINITY;
    node.content.summary = "Only fifteen ok".to_owned();
    let faults = node.faults(Strictness::Quality);
    assert_eq!(faults.len(), 2, "{faults:?}");
    assert_eq!(faults[0].path, "metadata.cost");
}

#[test]
fn faults_of_something_else_altogether_are_bounded() {
    let tags: Vec<Value> = (0..10_000).map(Value::from).collect();
    let faults = Answer::read(&json!({"semantic": {"tags": tags}}), Strictness::Stored);
    assert!(faults.unwrap_err().len() <= 51);
}

#[test]
fn a_partial_answer_is_kept_for_review() {
    let answer = json!({
        "classification": {"type": "qa", "project": "/p", "language": 5},
        "content": {"summary": "  Ran all the tests  ", "outcome": "success"},
    });
    let faults = Answer::read(&answer, Strictness::Stored).unwrap_err();
    let kept = Answer::salvage(&answer, &faults, day(1)).unwrap();
    assert_eq!(kept.classification.kind, NodeKind::Qa);
    assert_eq!(kept.content.summary, "Ran all the tests");
    assert_eq!(kept.content.outcome, Outcome::Partial);
    let [decision] = kept.daemon_meta.decisions.as_slice() else {
        unreachable!()
    };
    assert_eq!(decision.needs_review, Some(true));
    assert!(decision.reasoning.contains("language"));
    let judged = node("s", 1, "Counted from the session").judged(kept, "v2-1", day(1));
    assert_eq!(judged.faults(Strictness::Stored), []);
    for hopeless in [
        json!(null),
        json!([]),
        json!({"content": {"summary": "no"}}),
    ] {
        assert_eq!(Answer::salvage(&hopeless, &[], day(1)), None);
    }
}

#[test]
fn a_judgement_keeps_what_was_counted() {
    let mut counted = node("s", 1, "Counted from the session");
    counted.content.tools_used = vec!["bash".to_owned()];
    let answer = Answer::read(&full(), Strictness::Quality).unwrap();
    let judged = counted.judged(answer, "v2-x", day(9));
    assert_eq!(judged.content.summary, "Found the race in the queue");
    assert_eq!(judged.content.tools_used, ["bash"]);
    assert_eq!(judged.content.files_touched, ["src/a.rs"]);
    assert_eq!(judged.classification.project, "/home/u/shop");
    assert_eq!(
        judged.observations.models_used,
        counted.observations.models_used
    );
    assert_eq!(judged.observations.tool_use_errors, []);
    assert_eq!(judged.observations.model_quirks.len(), 1);
    assert_eq!(judged.metadata.tokens_used, 15);
    assert_eq!(judged.metadata.analyzer_version, "v2-x");
}

#[test]
fn a_difference_names_paths() {
    let old = node("s", 1, "Built the thing");
    let mut new = old.clone();
    new.version = 2;
    new.content.summary = "Built the other thing".to_owned();
    new.semantic.tags.push("more".to_owned());
    new.classification.language = Some("rust".to_owned());
    new.source.agent = None;
    let changes = diff(&old, &new);
    let shown: Vec<(&str, ChangeKind)> = changes
        .iter()
        .map(|it| (it.path.as_str(), it.kind))
        .collect();
    assert_eq!(
        shown,
        [
            ("source.agent", ChangeKind::Removed),
            ("classification.language", ChangeKind::Added),
            ("content.summary", ChangeKind::Changed),
            ("semantic.tags[1]", ChangeKind::Added),
        ]
    );
    assert_eq!(changes[2].new, Some(json!("Built the other thing")));
    assert_eq!(diff(&old, &old), []);
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    let name = prop_oneof![
        Just("content".to_owned()),
        Just("classification".to_owned()),
        Just("summary".to_owned()),
        Just("semantic".to_owned()),
        Just("tags".to_owned()),
        ".{0,3}",
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((name.clone(), inner), 0..5)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_answer_is_read_or_refused(value in any_json()) {
        if let Err(faults) = Answer::read(&value, Strictness::Quality) {
            prop_assert!(!faults.is_empty());
            if let Some(kept) = Answer::salvage(&value, &faults, day(0)) {
                let judged = node("s", 1, "Counted from the session").judged(kept, "v1-1", day(1));
                prop_assert_eq!(judged.faults(Strictness::Stored), vec![]);
            }
        }
    }
}
