//! The section of the report's page about agents' sessions, in a real browser.

use std::fs;

use super::{LINT, commit_as, hooked, know, node};
use crate::support::World;
use crate::support::browser::{Browser, Step};

const VICE: &str =
    "<script>alert(1)</script><img src=x onerror=alert(2)>\"'`&amp;{{x}}\u{1b}[31m\u{202e}\nz";

fn page(world: &World) -> std::path::PathBuf {
    world
        .tend(["report", "--format", "html", "-o", "page.html"])
        .code(0);
    world.repo().join("page.html")
}

#[test]
fn there_is_no_section_where_nothing_is_known() {
    let world = hooked(LINT);
    world.tend(["run", "lint", "--quiet"]).code(0);
    let written = fs::read_to_string(page(&world)).unwrap();
    assert!(!written.contains("Agent sessions"));
    let mut elsewhere = node(&world, "s1", 1, "Somewhere else");
    elsewhere.classification.project = "/somewhere/else".to_owned();
    know(&world, vec![elsewhere], &[]);
    let written = fs::read_to_string(page(&world)).unwrap();
    assert!(!written.contains("Agent sessions"));
}

#[test]
fn what_agents_did_is_on_the_page_and_is_text() {
    let world = hooked(LINT);
    world.tend(["run", "lint", "--quiet"]).code(0);
    let commit = commit_as(&world, &[], &["-m", VICE]);
    let mut pieces: Vec<_> = (1..25)
        .map(|nth| {
            node(
                &world,
                "s1",
                nth,
                &format!("Piece {nth} of much work on the shop"),
            )
        })
        .collect();
    let mut hostile = node(&world, VICE, 30, VICE);
    hostile.observations.models_used[0].model = VICE.to_owned();
    hostile.observations.models_used[0].provider = VICE.to_owned();
    if let Some(signals) = &mut hostile.signals {
        signals.friction.model_switch_from = Some(VICE.to_owned());
    }
    pieces.push(hostile);
    pieces.push(node(&world, "s2", 31, &"verylongword".repeat(40)));
    know(&world, pieces, &[(&commit, "s2"), (&commit, VICE)]);
    let page = page(&world);
    let written = fs::read_to_string(&page).unwrap();
    assert!(!written.contains("<script>alert") && !written.contains("<img src=x"));
    assert!(!written.contains(['\u{1b}', '\u{202e}']));

    let Some(looked) = Browser::open(&page)
        .settings(&[
            "light",
            "dark",
            "light phone",
            "light 320x640",
            "dark forced-colors",
            "print",
        ])
        .step(Step::new("axe", true))
        .step(Step::new("overflow", true))
        .step(Step::new("texts", "#sessions .lead").named("lead"))
        .step(Step::new("texts", "#sessions tbody th").named("titles"))
        .step(Step::new("texts", "#sessions td:last-child code").named("commits"))
        .step(Step::new("texts", "#sessions .narrow td").named("models"))
        .run()
    else {
        return;
    };
    looked.assert_quiet();
    looked.assert_accessible();
    looked.assert_no_overflow();
    for look in looked.looks() {
        let lead = look.value("lead").to_string();
        assert!(
            lead.contains("26 pieces of work · 336 570 tokens · $6.50"),
            "{lead}"
        );
        let titles = look.value("titles").as_array().unwrap();
        assert!(
            titles[0].as_str().unwrap().starts_with("verylongword"),
            "{titles:?}"
        );
        assert!(
            titles[1].as_str().unwrap().starts_with("<script>alert(1)"),
            "{titles:?}"
        );
        assert_eq!(titles[2], "Piece 24 of much work on the shop");
        let commits = look.value("commits").to_string();
        assert_eq!(commits.matches(&commit[..8]).count(), 2, "{commits}");
    }
}
