//! What `digest` tells of agents' work.

use std::fs;

use git_tend::graph::insights::Standing;
use git_tend::graph::ledger::Purpose;
use git_tend::graph::node::Outcome;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{LINT, OK, called, draft, graph, hooked, insight, know, node};
use crate::support::World;
use crate::support::page::VICE;

fn digest(world: &World, args: &[&str]) -> Value {
    let ran = world.tend(["digest", "--json"].iter().chain(args)).code(0);
    assert_eq!(ran.stderr, "");
    ran.json()
}

fn lessons(lessons: &[(&str, &str)]) -> Value {
    let all = lessons.iter().map(
        |(summary, confidence)| json!({"summary": summary, "confidence": confidence, "actionable": "do so"}),
    );
    json!({ "task": all.collect::<Vec<_>>() })
}

#[test]
fn nothing_is_told_where_nothing_is_known() {
    let world = hooked(LINT);
    world.tend(["digest"]).code(0);
    let nothing = digest(&world, &["--peek"]);
    assert_eq!(nothing["empty"], true, "{nothing:#}");
    assert_eq!(
        (&nothing["agents"], &nothing["analyses"]),
        (&json!(null), &json!(null))
    );
    assert!(!world.home().join(".data/git-tend/graph.db").exists());

    let mut elsewhere = node(&world, "s1", 1, "Somewhere else");
    elsewhere.classification.project = "/somewhere/else".to_owned();
    elsewhere.lessons = serde_json::from_value(lessons(&[("not here", "high")])).unwrap();
    know(&world, vec![elsewhere], &[]);
    called(&world, Purpose::Probe, OK, Some(0.0), false);
    let nothing = digest(&world, &["--peek"]);
    assert_eq!(nothing["empty"], true, "{nothing:#}");
    assert_eq!(nothing["agents"]["pieces"], 0);
    let text = world.tend(["digest"]).code(0).stdout;
    assert!(text.starts_with("nothing since"), "{text}");
}

#[test]
#[allow(clippy::too_many_lines)] // one story
fn what_agents_did_is_told_once_and_what_is_read_late_the_next_time() {
    let world = hooked(LINT);
    let mut judged = node(&world, "s1", 1, "What was judged");
    judged.content.outcome = Outcome::Success;
    let surest = [
        ("b sure", "high"),
        ("a guess", "low"),
        ("c", "medium"),
        ("d", "medium"),
        ("e", "medium"),
        ("f", "low"),
    ];
    judged.lessons = serde_json::from_value(lessons(&surest)).unwrap();
    let mut guessed = draft(node(&world, "s1", 2, "What is guessed"));
    guessed.content.outcome = Outcome::Success;
    guessed.lessons = serde_json::from_value(lessons(&[("a draft's own", "high")])).unwrap();
    let partly = draft(node(&world, "s1", 3, "Done in part"));
    let mut old = node(&world, "s1", 4, "Last month");
    old.metadata.timestamp -= SignedDuration::from_hours(30 * 24);
    old.metadata.analyzed_at = old.metadata.timestamp;
    let id = judged.id.to_string();
    let insights = ["1", "2", "3"].map(|id| insight(id, &judged, &format!("{VICE} {id}")));
    know(&world, vec![judged, guessed, partly, old], &[]);
    called(&world, Purpose::Analysis, OK, Some(0.25), false);
    called(&world, Purpose::Analysis, OK, Some(99.0), true);
    let mut graph = graph(&world);
    graph.keep_insights(&insights).unwrap();
    for (id, standing) in [
        ("1", Standing::Worse),
        ("2", Standing::Disabled),
        ("3", Standing::Enabled),
    ] {
        let now = Timestamp::now();
        graph.set_insight_standing(id, standing, now).unwrap();
    }
    drop(graph);

    let text = world
        .tend_with(&[("COLUMNS", "140")], ["digest", "--peek"])
        .code(0)
        .stdout;
    for line in [
        "◦ 3 pieces of work by coding agents · git tend sessions list\n",
        "  2 success (1 guessed) · 1 partial (guessed) · 38 835 tokens · $0.75\n",
        "◦ 6 lessons from agents' work\n",
        &format!("  b sure · task, high · git tend sessions show {id}\n"),
        "  … 1 more\n",
        "~ 2 insights from sessions told to agents no more\n",
        "to judge sessions of all your repositories: 1 call · 1 analysis · 1 answer used again · 1 200 tokens · $0.25\n",
    ] {
        assert!(text.contains(line), "{line:?} is not in\n{text}");
    }
    let first = digest(&world, &[]);
    assert_eq!(first["empty"], false);
    let agents = &first["agents"];
    assert_eq!(
        (&agents["pieces"], &agents["judged"]),
        (&json!(3), &json!(1))
    );
    assert_eq!(
        (&agents["tokens"], &agents["cost"]),
        (&json!(38835), &json!(0.75))
    );
    assert_eq!(
        agents["outcomes"],
        json!({"success": {"judged": 1, "guessed": 1}, "partial": {"judged": 0, "guessed": 1}})
    );
    let told = agents["lessons"].as_array().unwrap();
    assert_eq!((told.len(), &agents["more_lessons"]), (5, &json!(1)));
    assert_eq!(
        told[0],
        json!({"node": id, "level": "task", "summary": "b sure", "confidence": "high", "actionable": "do so"})
    );
    assert!(!agents.to_string().contains("a draft's own"));
    assert_eq!(
        first["analyses"],
        json!({
            "scope": "user", "calls": 1, "analyses": 1, "failed": 0, "unfinished": 0, "reused": 1, "tokens": 1200,
            "cost": 0.25, "expected_cost": 0.0,
        })
    );

    let mut off: Vec<_> = agents["insights"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["id"].as_str(), it["standing"].as_str()))
        .collect();
    off.sort_unstable();
    assert_eq!(
        off,
        [(Some("1"), Some("worse")), (Some("2"), Some("disabled"))]
    );

    let second = digest(&world, &["--peek"]);
    assert_eq!(second["empty"], true, "{second:#}");
    // Both ended before they were asked for last: the one was read late, the other is history.
    let late = node(&world, "s2", 5, "What was read late");
    let mut history = node(&world, "s3", 6, "What was long ago");
    history.metadata.timestamp -= SignedDuration::from_hours(50);
    history.metadata.analyzed_at = history.metadata.timestamp;
    know(&world, vec![late, history], &[]);
    let third = digest(&world, &[]);
    assert_eq!(third["agents"]["pieces"], 1, "{third:#}");
    assert_eq!(digest(&world, &["--peek"])["empty"], true);
    let asked = digest(&world, &["--since", "3d"]);
    assert_eq!(asked["agents"]["pieces"], 5);
}

#[test]
fn a_graph_that_cannot_be_read_fails_no_digest() {
    let world = hooked(LINT);
    let folder = world.home().join(".data/git-tend");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("graph.db"), "no database".repeat(999)).unwrap();
    let ran = world.tend(["digest", "--json"]).code(0);
    assert_eq!(ran.json()["agents"], json!(null));
    assert!(ran.stderr.contains("graph"), "{}", ran.stderr);
}

#[test]
fn lessons_are_text_and_as_wide_as_the_screen() {
    let world = hooked(LINT);
    let mut judged = node(&world, "s1", 1, "What was judged");
    let long = "verylongword".repeat(40);
    let words = [VICE, &long].map(|words| (words, "high"));
    judged.lessons = serde_json::from_value(lessons(&words)).unwrap();
    know(&world, vec![judged], &[]);
    let text = world
        .tend_with(&[("COLUMNS", "60")], ["digest"])
        .code(0)
        .stdout;
    assert!(text.contains("<script>alert(1)"), "{text}");
    assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text}");
    let widest = text.lines().map(|line| line.chars().count()).max();
    assert!(widest <= Some(60), "{text}");
}
