//! What automations save, on the page of a repository.

use std::fs;
use std::path::Path;

use git_tend::optimize::automation::{Automation, Change, Form, Run, RunKind};
use git_tend::optimize::db::Optimize;
use git_tend::optimize::generate::{Options, generate};
use git_tend::optimize::recipe::{Piece, Recipe, Shape, Simple, Word};
use git_tend::store::{Access, OpenOptions};
use jiff::Timestamp;
use serde_json::json;

use super::{Project, finding};
use crate::support::World;
use crate::support::browser::{Browser, Step};
use crate::support::page::{EVERYWHERE, VICE, assert_is_text};

const DAY: i64 = 86_400_000;

/// Registers an automation that passed, was enabled and ran so often, once a day.
fn automate(world: &World, name: &str, scope: Option<&Path>, runs: i64, ok: bool) {
    let data = world.home().join(".data/git-tend");
    fs::create_dir_all(&data).unwrap();
    let mut db = Optimize::open(&data, &OpenOptions::new(Access::ReadWrite)).unwrap();
    let said = format!("{runs} {ok}");
    let words = ["echo", &said].map(|it| Word(vec![Piece::Text(it.into())]));
    let recipe = Recipe {
        name: "say-it".to_owned(),
        steps: vec![Shape::Pipeline(vec![Simple {
            words: words.into(),
            redirects: Vec::new(),
        }])],
        parameters: Vec::new(),
        repository: scope.map(|it| it.to_str().unwrap().to_owned()),
        risky: false,
        interactive: false,
    };
    let now = Timestamp::now().as_millisecond();
    let generated = generate(&recipe, Form::ShellScript, &Options::default()).unwrap();
    let mut it = Automation::new(generated, recipe, now - 40 * DAY);
    name.clone_into(&mut it.name);
    let it = db.put_automation(it, 100).unwrap();
    let passed = Change::Tried {
        success: 1.0,
        idempotent: true,
    };
    for change in [passed, Change::Enable] {
        db.change_automation(&it.id, change, now - 39 * DAY)
            .unwrap();
    }
    for ago in (0..runs).rev() {
        let run = Run {
            at: now - ago * DAY,
            kind: RunKind::Live,
            case: None,
            ok,
            exit: Some(i32::from(!ok)),
            ms: 1500,
            cpu_ms: None,
            peak_rss_kib: None,
            error: None,
        };
        db.note_run(&it.id, &run).unwrap();
    }
}

fn project() -> Project {
    let project = Project::new();
    project.finds(&[finding("src/app.py", 3, "medium", "one")]);
    project.commit_and_run("Begin", &["lint"]);
    project
}

#[test]
fn automations_of_the_repository_have_a_section_and_those_of_others_have_not() {
    let project = project();
    let here = fs::canonicalize(project.world.repo()).unwrap();
    automate(&project.world, "sync-all", Some(&here), 9, true);
    automate(&project.world, "check-it", None, 6, false);
    let other = Path::new("/elsewhere/secret-project");
    automate(&project.world, "secret-work", Some(other), 5, true);
    let page = project.page();
    let written = fs::read_to_string(&page).unwrap();
    assert!(!written.contains("secret"), "of another repository");

    let Some(looked) = Browser::open(&page)
        .settings(EVERYWHERE)
        .usual()
        .step(Step::new("texts", "nav a").named("sections"))
        .step(Step::new("texts", "#saved tbody th bdi").named("names"))
        .step(Step::new("texts", "#saved tbody th .mark").named("states"))
        .step(Step::new("texts", "#saved tbody tr:first-child .n").named("figures"))
        .step(Step::new("count", "#saved .bars").named("drawn"))
        .step(Step::new("seen_text", "#saved > p").named("lead"))
        .run()
    else {
        return;
    };
    looked.assert_usual();
    for look in looked.looks() {
        let setting = &look.setting;
        let sections = look.value("sections").as_array().unwrap();
        assert!(sections.contains(&json!("Repeated work")), "{setting}");
        let names = look.value("names").as_array().unwrap();
        assert_eq!(names.len(), 2, "{setting}: {names:?}");
        for name in ["sync-all", "check-it"] {
            assert!(names.contains(&json!(name)), "{setting}: {names:?}");
        }
        let states = look.value("states").as_array().unwrap();
        assert!(states.contains(&json!("stable")), "{states:?}");
        assert!(states.contains(&json!("unstable")), "{states:?}");
        let lead = look.value("lead").as_str().unwrap();
        assert!(lead.contains("2 automations"), "{lead}");
        assert!(lead.contains("15 runs, 6 failed"), "{lead}");
        // The other never succeeded: it has no durations.
        assert_eq!(look.value("drawn"), &json!(1), "{setting}");
        let figures = look.value("figures").as_array().unwrap();
        assert!(figures.contains(&json!("1.5s")), "{figures:?}");
        assert!(
            figures.contains(&json!("–")),
            "what nobody knows: {figures:?}"
        );
    }
}

#[test]
fn names_of_automations_are_text() {
    let project = project();
    automate(&project.world, VICE, None, 3, true);
    let page = project.page();
    let written = assert_is_text(&page);
    assert!(written.contains("id=\"saved\""));
    let Some(looked) = Browser::open(&page)
        .settings(&["light", "dark phone", "no-scripts"])
        .usual()
        .step(Step::new("texts", "#saved tbody th bdi").named("names"))
        .run()
    else {
        return;
    };
    looked.assert_usual();
    let names = looked.look("light").value("names");
    let name = names[0].as_str().unwrap();
    assert!(name.starts_with("<script>alert(1)</script>"), "{name}");
}

#[test]
fn a_database_that_cannot_be_read_is_told_and_fails_no_report() {
    let project = project();
    automate(&project.world, "sync-all", None, 3, true);
    let file = project.world.home().join(".data/git-tend/optimize.db");
    fs::write(&file, "this is no database".repeat(500)).unwrap();
    let world = &project.world;
    let ran = world.tend(["report", "--format", "html", "-o", "page.html"]);
    let ran = ran.code(0);
    assert!(ran.stderr.contains("repeated work"), "{}", ran.stderr);
    let written = fs::read_to_string(world.repo().join("page.html")).unwrap();
    assert!(!written.contains("id=\"saved\""));
    assert!(written.contains("id=\"tasks\""));
}
