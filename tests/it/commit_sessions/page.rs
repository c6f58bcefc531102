//! The section of the report's page about agents' sessions, in a real browser.

use std::fs;

use git_tend::graph::Node;
use git_tend::graph::db::NewNote;
use git_tend::graph::insights::Insight;
use git_tend::graph::insights::effect::{Effect, Side};
use git_tend::graph::ledger::Purpose;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::{LINT, OK, called, commit_as, draft, hooked, insight, know, node};
use crate::support::World;
use crate::support::browser::{Browser, Step};
use crate::support::page::{EVERYWHERE, VICE, assert_is_text};

#[test]
fn there_is_no_section_where_nothing_is_known() {
    let world = hooked(LINT);
    world.tend(["run", "lint", "--quiet"]).code(0);
    let written = || fs::read_to_string(world.page()).unwrap();
    assert!(!written().contains("Agent sessions"));
    let mut elsewhere = node(&world, "s1", 1, "Somewhere else");
    elsewhere.classification.project = "/somewhere/else".to_owned();
    know(&world, vec![elsewhere], &[]);
    called(&world, Purpose::Analysis, OK, Some(0.5), false);
    assert!(!written().contains("Agent sessions"));
    // What nobody judged, and nothing was paid for.
    know(&world, vec![draft(node(&world, "s2", 2, "Here"))], &[]);
    let mut graph = super::graph(&world);
    graph.forget_calls(Timestamp::now()).unwrap();
    drop(graph);
    let written = written();
    assert!(written.contains("No model has judged any of them"));
    assert!(written.contains("Here, as it began") && written.contains("nobody judged it"));
    for absent in ["Kinds of work", "Week by week", "What the analyses cost"] {
        assert!(!written.contains(absent), "{absent}");
    }
}

#[test]
fn a_graph_that_cannot_be_read_fails_no_report() {
    let world = hooked(LINT);
    world.tend(["run", "lint", "--quiet"]).code(0);
    let folder = world.home().join(".data/git-tend");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("graph.db"), "no database".repeat(999)).unwrap();
    let ran = world.tend(["report", "--format", "html"]).code(0);
    assert!(!ran.stdout.contains("Agent sessions"));
    assert!(ran.stderr.contains("graph"), "{}", ran.stderr);
}

/// Keeps insights, of which all but the first and the fourth are told; two of them are measured.
fn tell(world: &World, insights: &[Insight]) {
    let mut graph = super::graph(world);
    let now = Timestamp::now();
    graph.keep_insights(insights).unwrap();
    let note = |at: usize| NewNote {
        text: "a line",
        insight: &insights[at],
        stood: false,
    };
    let file = world.repo().join("AGENTS.md");
    let scope = world.repo().canonicalize().unwrap();
    graph
        .set_insight_notes(&file, scope.to_str().unwrap(), &[note(1), note(2)], now)
        .unwrap();
    let file = world.home().join("CLAUDE.md");
    graph.set_insight_notes(&file, "", &[note(4)], now).unwrap();
    let side = |affected| Side {
        sessions: 40,
        affected,
        occurrences: affected,
    };
    let effects = [
        ("2".to_owned(), Effect::of(side(20), side(2), now, now)),
        ("3".to_owned(), Effect::of(side(2), side(20), now, now)),
    ];
    assert_eq!(graph.keep_effects(&effects, now).unwrap(), ["3"]);
}

/// Everything that a model says of it tries to be more than text.
fn hostile(mut node: Node) -> Node {
    let lesson = json!({"summary": VICE, "confidence": "high", "actionable": VICE, "tags": [VICE]});
    node.lessons = serde_json::from_value(json!({
        "task": vec![lesson.clone(); 9], "model": [lesson],
    }))
    .unwrap();
    node.semantic.tags = vec![VICE.to_owned(); 30];
    VICE.clone_into(&mut node.observations.models_used[0].model);
    VICE.clone_into(&mut node.observations.models_used[0].provider);
    if let Some(signals) = &mut node.signals {
        signals.friction.model_switch_from = Some(VICE.to_owned());
    }
    node
}

#[test]
#[allow(clippy::too_many_lines)] // one page, and all that is on it
fn what_agents_did_is_on_the_page_and_is_text() {
    let world = hooked(LINT);
    world.tend(["run", "lint", "--quiet"]).code(0);
    let commit = commit_as(&world, &[], &["-m", VICE]);
    let mut pieces: Vec<Node> = (1..25)
        .map(|nth| {
            let about = format!("Piece {nth} of much work on the shop");
            let node = node(&world, "s1", nth, &about);
            // Every other one is judged.
            if nth % 2 == 0 { draft(node) } else { node }
        })
        .collect();
    pieces[0].metadata.timestamp -= SignedDuration::from_hours(15 * 24);
    pieces.push(hostile(node(&world, VICE, 30, VICE)));
    pieces.push(draft(node(&world, "s2", 31, &"verylongword".repeat(40))));
    let insights = [
        insight("1", &pieces[1], VICE),
        insight("2", &pieces[1], "Told and better"),
        insight("3", &pieces[1], "Told and worse"),
        insight(
            "4",
            &node(&world, "elsewhere", 1, "Somewhere else"),
            "Not of here",
        ),
        insight(
            "5",
            &node(&world, "elsewhere", 1, "Somewhere else"),
            "Told everywhere",
        ),
    ];
    know(&world, pieces, &[(&commit, "s2"), (&commit, VICE)]);
    tell(&world, &insights);
    called(&world, Purpose::Analysis, OK, Some(0.25), false);
    called(&world, Purpose::Analysis, "timeout", None, false);
    called(&world, Purpose::Analysis, OK, Some(99.0), true);
    called(&world, Purpose::Probe, OK, Some(0.0), false);
    let page = world.page();
    assert_is_text(&page);

    let Some(looked) = Browser::open(&page)
        .settings(EVERYWHERE)
        .usual()
        .step(Step::new("texts", "#sessions > .lead").named("lead"))
        .step(Step::new("texts", ".pieces tbody th").named("titles"))
        .step(Step::new("texts", ".pieces .judged").named("judged"))
        .step(Step::new("texts", ".pieces td:last-child code").named("commits"))
        .step(Step::new("texts", ".outcomes tbody td").named("outcomes"))
        .step(Step::new("texts", ".kinds tbody th, .kinds tbody td").named("kinds"))
        .step(Step::new("texts", "#sessions figcaption").named("charts"))
        .step(Step::new("count", ".weeks tbody tr").named("weeks"))
        .step(Step::new("texts", "#analyses .lead, #analyses .note").named("analyses"))
        .step(Step::new("texts", "#analyses td").named("days"))
        .step(Step::new("texts", "#insights tbody th").named("insights"))
        .step(Step::new("texts", "#insights td:last-child").named("effects"))
        .step(Step::new("texts", "#insights td:nth-last-child(2)").named("told"))
        .run()
    else {
        return;
    };
    looked.assert_usual();
    for look in looked.looks() {
        let lead = look.value("lead").to_string();
        assert!(
            lead.contains("26 pieces of work · 13 judged · 336 570 tokens · $6.50"),
            "{lead}"
        );
        let titles = look.value("titles").as_array().unwrap();
        let title = |at: usize| titles[at].as_str().unwrap();
        assert!(title(0).starts_with("verylongword"), "{titles:?}");
        assert!(title(1).starts_with("<script>alert(1)"), "{titles:?}");
        assert_eq!(title(2), "Piece 24 of much work on the shop, as it began");
        assert_eq!(title(3), "Piece 23 of much work on the shop");
        let judged = look.value("judged").as_array().unwrap();
        assert_eq!(judged[0], "nobody judged it");
        let words = judged[1].as_str().unwrap();
        assert!(
            words.starts_with("coding") && words.contains("10 lessons"),
            "{words}"
        );
        assert!(words.contains("and 2 more"), "{words}");
        let commits = look.value("commits").to_string();
        assert_eq!(commits.matches(&commit[..8]).count(), 2, "{commits}");
        assert_eq!(
            look.value("outcomes"),
            &json!(["13", "13", "336 570", "$6.50"])
        );
        assert_eq!(
            look.value("kinds"),
            &json!([
                "coding",
                "13",
                "168 285",
                "$3.25",
                "not judged",
                "13",
                "168 285",
                "$3.25"
            ])
        );
        assert_eq!(
            look.value("charts"),
            &json!(["Tokens, week by week", "Cost, week by week"])
        );
        assert!((3..=4).contains(&look.value("weeks").as_u64().unwrap()));
        let insights = look.value("insights").to_string();
        for words in [
            "<script>alert(1)",
            "Told and better",
            "Told and worse",
            "Told everywhere",
        ] {
            assert!(insights.contains(words), "{words}: {insights}");
        }
        assert!(!insights.contains("Not of here"), "{insights}");
        assert_eq!(
            look.value("effects"),
            &json!([
                "improved by 90 %in 20 of 40 sessions before, 2 of 40 since",
                "worse by 900 %in 2 of 40 sessions before, 20 of 40 since",
                "not measured yet",
                ""
            ])
        );
        assert_eq!(
            look.value("told"),
            &json!([
                "AGENTS.md",
                "AGENTS.mdtold no more: it got worse",
                "CLAUDE.md",
                ""
            ])
        );
        let analyses = look.value("analyses").to_string();
        for words in [
            "2 calls · 1 of them failed · 1 analysis · 1 answer used again · 2 400 tokens · $0.25",
            "sessions of all repositories",
            "$0.01 was expected of them",
        ] {
            assert!(analyses.contains(words), "{words}: {analyses}");
        }
        assert_eq!(
            look.value("days"),
            &json!(["acme/judge", "2", "1", "1", "1", "2 400", "$0.25"])
        );
    }
}
