//! What a person sees of a repository with a history.

use serde_json::json;

use super::{Project, finding};
use crate::support::browser::{Browser, Step};
use crate::support::page::EVERYWHERE;

#[test]
fn every_section_is_there_and_reachable_in_every_setting() {
    let project = Project::new();
    let old = finding("src/app.py", 3, "medium", "an old one");
    let gone = finding("src/app.py", 2, "low", "to be fixed");
    project.finds(&[old.clone(), gone]);
    project.commit_and_run("Begin", &["codebase_full", "lint", "suite"]);
    project.tests(&[("tests.a", false), ("tests.b", true)]);
    project.run(&["suite"]);
    project.tests(&[("tests.a", true), ("tests.b", false)]);
    project.finds(&[
        old,
        finding("src/app.py", 4, "high", "a new one\nover two lines"),
    ]);
    project.world.write("src/more.py", "# TODO: more\n");
    project.commit_and_run("Go on", &["codebase_full", "lint", "suite"]);
    let page = project.page();

    let Some(looked) = Browser::open(&page)
        .settings(EVERYWHERE)
        .usual()
        .step(Step::new("texts", "h2").named("sections"))
        .step(Step::new("seen_text", "#findings").named("findings"))
        .step(Step::new("seen_text", "li.new .src").named("source"))
        .step(Step::new("texts", ".f .pill.new").named("new"))
        .step(Step::new("texts", ".tests tbody th").named("tests"))
        .step(Step::new("texts", ".tests .mark").named("kinds"))
        .step(Step::new("texts", "figcaption").named("charts"))
        .step(Step::new("texts", ".card h3").named("cards"))
        .run()
    else {
        return;
    };
    looked.assert_usual();
    for look in looked.looks() {
        assert_eq!(
            look.value("sections"),
            &json!([
                "✗ 2 new findings",
                "Findings",
                "Trends",
                "Tests",
                "Hot spots",
                "Code",
                "Tasks"
            ]),
            "{}",
            look.setting
        );
        let findings = look.value("findings").as_str().unwrap();
        for words in [
            "2 new since",
            "2 fixed",
            "a new one…",
            "over two lines",
            "an old one",
            "lint[high]",
        ] {
            assert!(
                findings.contains(words),
                "{}: no {words} in {findings}",
                look.setting
            );
        }
        assert_eq!(
            look.value("new"),
            &json!(["new", "new"]),
            "{}",
            look.setting
        );
        let source = look.value("source").as_str().unwrap();
        assert!(source.contains("if line and line != '-':"), "{source}");
        assert_eq!(
            look.value("tests"),
            &json!(["suite::tests.b", "suite::tests.a"])
        );
        assert_eq!(look.value("kinds"), &json!(["failing", "flaky"]));
        assert_eq!(
            look.value("charts"),
            &json!([
                "Findings of lint",
                "Findings of suite",
                "Lines of code",
                "Functions",
                "Complex functions",
                "To do"
            ])
        );
        assert_eq!(
            look.value("cards"),
            &json!(["Findings", "Tests", "Complexity", "Debt", "Tasks", "Queue"])
        );
    }
}

#[test]
fn the_keyboard_reaches_everything_that_can_be_done() {
    let project = Project::new();
    project.finds(&[finding("src/app.py", 3, "medium", "one")]);
    project.commit_and_run("Begin", &["lint"]);
    let Some(looked) = Browser::open(&project.page())
        .settings(&["light"])
        .step(Step::new("tab_through", 30).named("stops"))
        .run()
    else {
        return;
    };
    looked.assert_quiet();
    let stops = looked.look("light").value("stops").as_array().unwrap();
    for stop in stops {
        assert_ne!(stop["outlined"], json!(false), "{stop}");
    }
    let names: Vec<&str> = stops.iter().filter_map(|it| it["name"].as_str()).collect();
    assert_eq!(names.first(), Some(&"Skip to the report"), "{names:?}");
    for wanted in ["Findings", "Search", "medium", "Reset"] {
        assert!(
            names.iter().any(|name| name.contains(wanted)),
            "{wanted}: {names:?}"
        );
    }
}

#[test]
fn a_repository_in_which_nothing_was_looked_at_says_so() {
    let project = Project::new();
    project.world.commit("Begin");
    project.world.tend(["run", "--", "true"]).code(0);
    let Some(looked) = Browser::open(&project.page())
        .settings(&["light", "no-scripts"])
        .usual()
        .step(Step::new("seen_text", "main").named("main"))
        .run()
    else {
        return;
    };
    looked.assert_usual();
    let main = looked.look("light").value("main").as_str().unwrap();
    assert!(main.contains("nothing was checked"), "{main}");
    assert!(main.contains("git tend run-all"), "{main}");
}
