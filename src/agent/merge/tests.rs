#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::*;
use crate::graph::node::{Confidence, Frequency, Outcome, Severity, Strictness};

fn answer(value: &Value) -> Answer {
    Answer::read(value, Strictness::Quality).unwrap()
}

fn part(kind: &str, outcome: &str, summary: &str, rest: &Value) -> Answer {
    let or = |name: &str| rest.get(name).cloned().unwrap_or_else(|| json!({}));
    let mut content = json!({"summary": summary, "outcome": outcome});
    for (name, value) in or("content").as_object().unwrap() {
        content[name] = value.clone();
    }
    let semantic = rest.get("semantic").cloned();
    answer(&json!({
        "classification": {"type": kind, "project": "/p"},
        "content": content,
        "lessons": or("lessons"),
        "observations": or("observations"),
        "semantic": semantic.unwrap_or_else(|| json!({"tags": ["queue"]})),
        "daemonMeta": or("daemonMeta"),
    }))
}

#[test]
fn the_end_tells_the_outcome_and_most_parts_the_kind() {
    let of = |kinds: [(&str, &str); 3]| {
        let parts = kinds.map(|(kind, outcome)| {
            part(
                kind,
                outcome,
                "Something was done here at length",
                &json!({}),
            )
        });
        let merged = merge(parts.to_vec()).unwrap();
        (merged.classification.kind, merged.content.outcome)
    };
    assert_eq!(
        of([
            ("qa", "failed"),
            ("coding", "abandoned"),
            ("coding", "success")
        ]),
        (NodeKind::Coding, Outcome::Success)
    );
    assert_eq!(
        of([
            ("qa", "success"),
            ("coding", "success"),
            ("data", "abandoned")
        ]),
        (NodeKind::Qa, Outcome::Abandoned)
    );
    assert_eq!(
        of([("other", "failed"), ("other", "failed"), ("data", "failed")]).0,
        NodeKind::Data
    );
    assert_eq!(of([("other", "failed"); 3]).0, NodeKind::Other);
    assert_eq!(merge(Vec::new()), None);
}

#[test]
fn what_is_the_same_is_one() {
    let one = part(
        "coding",
        "partial",
        "Began to move the lock to the front",
        &json!({
            "content": {
                "keyDecisions": [{"what": "Use a lock", "why": "race", "alternativesConsidered": ["retry"]}],
                "filesTouched": ["a.rs", "b.rs"], "toolsUsed": ["bash"],
                "errorsSeen": [{"type": "E0382", "message": "moved", "resolved": false}],
            },
            "lessons": {"task": [{"summary": "Lock before reading.", "details": "short", "confidence": "low", "tags": ["locks"]}]},
            "observations": {
                "modelsUsed": [{"provider": "acme", "model": "m", "tokensInput": 10, "cost": 0.5}],
                "promptingWins": ["Gave the test"],
                "modelQuirks": [{"model": "acme/m", "observation": "Edits unread files", "frequency": "often", "severity": "low"}],
                "toolUseErrors": [{"tool": "edit", "errorType": "no match", "wasRetried": false}],
            },
            "semantic": {"tags": ["Queue", "rust"], "topics": ["locks"]},
            "daemonMeta": {"decisions": [{"decision": "Took it for coding", "reasoning": "tests are few"}]},
        }),
    );
    let other = part(
        "coding",
        "success",
        "Moved the lock, and all tests pass now",
        &json!({
            "content": {
                "keyDecisions": [{"what": "use a  lock", "why": "two readers raced", "alternativesConsidered": ["Retry", "queue"]}],
                "filesTouched": ["b.rs", "B.rs"], "toolsUsed": ["bash", "edit"],
                "errorsSeen": [{"type": "e0382", "message": "moved", "resolved": true}],
            },
            "lessons": {
                "task": [{"summary": "lock before  reading", "details": "longer details", "confidence": "high", "tags": ["Locks", "db"], "actionable": "do"}],
                "tool": [{"summary": "Lock before reading", "confidence": "low"}],
            },
            "observations": {
                "modelsUsed": [{"provider": "acme", "model": "m", "tokensInput": 5, "cost": 0.25}, {"model": "n"}],
                "promptingWins": ["gave the test."],
                "modelQuirks": [
                    {"model": "acme/m", "observation": "edits unread files", "frequency": "once", "severity": "high", "workaround": "ask"},
                    {"model": "acme/n", "observation": "edits unread files", "frequency": "once"},
                ],
                "toolUseErrors": [{"tool": "edit", "errorType": "no match", "wasRetried": true}],
            },
            "semantic": {"tags": ["queue", "db"], "topics": ["Locks"]},
            "daemonMeta": {"decisions": [{"decision": "Took it for coding", "reasoning": "tests are few"}]},
        }),
    );
    for (first, second) in [(&one, &other), (&other, &one)] {
        let merged = merge(vec![first.clone(), second.clone()]).unwrap();
        let [lesson] = merged.lessons.task.as_slice() else {
            unreachable!()
        };
        assert_eq!(lesson.confidence, Confidence::High);
        assert_eq!(lesson.details, "longer details");
        assert_eq!(lesson.actionable.as_deref(), Some("do"));
        assert_eq!(lesson.tags.len(), 2);
        assert_eq!(merged.lessons.tool.len(), 1);
        let quirks = &merged.observations.model_quirks;
        assert_eq!(quirks.len(), 2);
        let quirk = quirks.iter().find(|it| it.model == "acme/m").unwrap();
        assert_eq!(
            (quirk.severity, quirk.frequency),
            (Severity::High, Frequency::Often)
        );
        assert_eq!(quirk.workaround.as_deref(), Some("ask"));
        let model = merged
            .observations
            .models_used
            .iter()
            .find(|it| it.model == "m")
            .unwrap();
        assert_eq!((model.tokens_input, model.cost), (15, 0.75));
        assert_eq!(merged.observations.prompting_wins.len(), 1);
        let [error] = merged.observations.tool_use_errors.as_slice() else {
            unreachable!()
        };
        assert!(error.was_retried);
        let [seen] = merged.content.errors_seen.as_slice() else {
            unreachable!()
        };
        assert!(seen.resolved);
        let [decision] = merged.content.key_decisions.as_slice() else {
            unreachable!()
        };
        assert_eq!(decision.why, "two readers raced");
        assert_eq!(decision.alternatives_considered.len(), 2);
        assert_eq!(merged.content.files_touched.len(), 3);
        assert_eq!(merged.content.tools_used, ["bash", "edit"]);
        assert_eq!(merged.semantic.tags.len(), 3);
        assert_eq!(merged.semantic.topics.len(), 1);
        assert_eq!(merged.daemon_meta.decisions.len(), 2);
    }
    let merged = merge(vec![one, other]).unwrap();
    assert_eq!(
        merged.content.summary,
        "Began to move the lock to the front Moved the lock, and all tests pass now"
    );
    assert_eq!(merged.semantic.tags, ["Queue", "rust", "db"]);
}

#[test]
fn long_summaries_keep_their_beginning_and_end() {
    let said =
        |letter: &str, length: usize| part("qa", "success", &letter.repeat(length), &json!({}));
    let of = |parts: &[(&str, usize)]| {
        let parts = parts.iter().map(|(letter, length)| said(letter, *length));
        merge(parts.collect()).unwrap().content.summary
    };
    let summary = of(&[("a", 400), ("b", 400), ("c", 150), ("d", 400)]);
    assert!(summary.starts_with("aaa") && summary.ends_with("ddd"));
    assert!(!summary.contains('b') && summary.contains("ccc"));
    assert_eq!(of(&[("a", 2000), ("b", 2000)]).chars().count(), 999);
    assert_eq!(of(&[("a", 499), ("b", 500)]).chars().count(), 1000);
    assert_eq!(
        of(&[("a", 300), ("a", 300), ("a", 300)]).chars().count(),
        300
    );
}

/// An answer of a few words that come again and again.
fn any_answer() -> impl Strategy<Value = Answer> {
    let word = || select(vec!["lock", "Lock.", "read  it", "READ it", "x", "y"]);
    let words = move || prop::collection::vec(word(), 0..4);
    let levels = || select(vec!["high", "medium", "low"]);
    let often = select(vec!["once", "sometimes", "often", "always"]);
    let lesson = (word(), word(), levels(), words()).prop_map(|(summary, details, confidence, tags)| {
        json!({"summary": summary, "details": details, "confidence": confidence, "tags": tags})
    });
    let quirk = (word(), often, levels()).prop_map(|(observation, frequency, severity)| {
        json!({"model": "a/b", "observation": observation, "frequency": frequency, "severity": severity})
    });
    let error = (word(), word(), any::<bool>()).prop_map(
        |(tool, error, retried)| json!({"tool": tool, "errorType": error, "wasRetried": retried}),
    );
    let model = (select(vec!["m", "n"]), 0_u64..1000).prop_map(|(model, tokens)| {
        json!({"provider": "a", "model": model, "tokensInput": tokens, "cost": 0.5})
    });
    let outcome = select(vec!["success", "partial", "failed", "abandoned"]);
    (
        (outcome, "[a-z ]{20,60}[a-z]", words(), words()),
        (
            prop::collection::vec(lesson, 0..4),
            prop::collection::vec(quirk, 0..4),
            prop::collection::vec(error, 0..4),
            prop::collection::vec(model, 0..3),
        ),
    )
        .prop_map(|((outcome, summary, tags, files), (lessons, quirks, errors, models))| {
            let mut tags: Vec<Value> = tags.into_iter().map(Value::from).collect();
            tags.push(json!("all"));
            let summary = format!("It was {summary}");
            part("qa", outcome, &summary, &json!({
                "content": {"filesTouched": files, "keyDecisions": [], "errorsSeen": []},
                "lessons": {"task": lessons},
                "observations": {
                    "modelQuirks": quirks, "toolUseErrors": errors, "modelsUsed": models, "promptingWins": files,
                },
                "semantic": {"tags": tags, "topics": files},
            }))
        })
}

/// A joined list has nothing twice, so what is compared is joined with nothing first.
fn without_doubles(answer: &Answer) -> Answer {
    let mut empty = answer.clone();
    empty.observations.models_used.clear();
    merge(vec![answer.clone(), empty]).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn one_answer_stays_as_it_is(answer in any_answer()) {
        prop_assert_eq!(merge(vec![answer.clone()]), Some(answer));
    }

    #[test]
    fn the_same_twice_says_nothing_new(answer in any_answer()) {
        let once = without_doubles(&answer);
        prop_assert_eq!(&without_doubles(&once), &once);
    }

    #[test]
    fn it_does_not_matter_which_are_merged_first(one in any_answer(), two in any_answer(), three in any_answer()) {
        let all = merge(vec![one.clone(), two.clone(), three.clone()]).unwrap();
        let left = merge(vec![merge(vec![one.clone(), two.clone()]).unwrap(), three.clone()]).unwrap();
        let right = merge(vec![one, merge(vec![two, three]).unwrap()]).unwrap();
        prop_assert_eq!(&left, &all);
        prop_assert_eq!(&right, &all);
    }

    #[test]
    fn nothing_is_lost_or_made_milder(answers in prop::collection::vec(any_answer(), 2..5)) {
        let merged = merge(answers.clone()).unwrap();
        prop_assert_eq!(merged.content.outcome, answers.last().unwrap().content.outcome);
        prop_assert!(merged.content.summary.chars().count() <= MOST_SUMMARY);
        let tokens = |answer: &Answer| -> u64 {
            answer.observations.models_used.iter().map(|it| it.tokens_input).sum()
        };
        prop_assert_eq!(tokens(&merged), answers.iter().map(tokens).sum::<u64>());
        for answer in &answers {
            for lesson in &answer.lessons.task {
                let kept = merged.lessons.task.iter().find(|it| lists::same(&it.summary, &lesson.summary)).unwrap();
                prop_assert!(kept.confidence <= lesson.confidence && kept.details.len() >= lesson.details.len());
            }
            for quirk in &answer.observations.model_quirks {
                let kept = merged.observations.model_quirks.iter();
                let kept = kept.clone().find(|it| lists::same(&it.observation, &quirk.observation)).unwrap();
                prop_assert!(kept.severity >= quirk.severity && kept.frequency >= quirk.frequency);
            }
            for tag in &answer.semantic.tags {
                prop_assert!(merged.semantic.tags.iter().any(|it| lists::same(it, tag)));
            }
        }
    }
}
