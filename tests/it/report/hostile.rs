//! A repository in which everything that has a name tries to be more than a name.

use std::fs;
use std::os::unix::ffi::OsStrExt as _;

use serde_json::json;

use super::Project;
use crate::support::browser::{Browser, Step};
use crate::support::page::{VICE, assert_is_text};

/// What file systems and git let a path be.
const PATH: &str = "<img src=x onerror=alert(3)>\"'&\u{1b}[31m\u{202e}\nz.py";
const BRANCH: &str = "a<script>alert(4)<!--\"'&b";

#[test]
fn whatever_somebody_else_wrote_is_text() {
    let mut project = Project::new();
    let dependency = json!({"ecosystem": VICE, "package": VICE, "version": VICE, "advisory": VICE, "fixed_in": [VICE]});
    let finding = |more: serde_json::Value| {
        let mut all = json!({
            "rule": VICE, "severity": "high", "message": VICE, "path": PATH, "line": 2, "fix": VICE,
            "url": "javascript:alert(5)", "cwe": [79],
        });
        all.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        all
    };
    let world = &project.world;
    world.write(
        PATH,
        format!("# TODO {VICE}\n# {VICE}\ndef f(x):\n    return x if x else 1\n"),
    );
    world.write("requirements.txt", "a<b>==1\nflask==1\n");
    project.tests(&[("&lt;script&gt;alert(6)&lt;/script&gt;&quot;", false)]);
    project.finds(&[
        finding(json!({})),
        finding(json!({"function": VICE})),
        finding(json!({"test": VICE})),
        finding(json!({"dependency": dependency})),
        finding(json!({"url": "https://e.org/\"onmouseover=alert(7)//<b>"})),
    ]);
    world.git(["checkout", "-qb", BRANCH]);
    project.commit_and_run(VICE, &["codebase_full", "lint", "suite"]);
    project.finds(&[finding(json!({"message": "another"}))]);
    project.world.commit(VICE);
    // Git takes angle brackets out of names itself.
    let author = "Mallory\"'&\u{1b}[31m\u{202e} <m@example.org>";
    project
        .world
        .git(["commit", "-q", "--amend", "--no-edit", "--author", author]);
    project.world.tend(["trust", "--yes"]).code(0);
    project.run(&["codebase_full", "lint", "suite"]);
    // Whatever a database holds.
    let queue = rusqlite::Connection::open(project.world.state_dir().join("queue.db")).unwrap();
    queue
        .execute(
            "UPDATE job SET task = ?1, error = ?1 WHERE state = 'failed'",
            [VICE],
        )
        .unwrap();
    queue
        .execute("UPDATE run SET task = ?1 WHERE seq = 1", [VICE])
        .unwrap();
    queue
        .execute(
            "UPDATE result SET task = ?1 WHERE kind = 'technical_debt_analysis'",
            [VICE],
        )
        .unwrap();
    drop(queue);
    project.world.move_repo("x\u{1b}[31m\u{202e}<b>&\"'");

    let page = project.page();
    assert_is_text(&page);
    let copy = project.world.folder().join("copy.html");
    fs::copy(&page, &copy).unwrap();
    let Some(looked) = Browser::open(&copy)
        .settings(&["light", "dark phone", "no-scripts"])
        .usual()
        .step(Step::new("count", "i i, b b").named("nested"))
        .step(Step::new("text", "h1").named("name"))
        .step(Step::new("text", ".branch").named("branch"))
        .step(Step::new("text", ".about").named("about"))
        .step(Step::new("texts", ".f summary bdi").named("messages"))
        .step(Step::new("texts", ".file .path").named("paths"))
        .step(Step::new("evaluate", "[...document.links].map(a => a.protocol).sort().filter((it, at, all) => it !== all[at - 1])").named("protocols"))
        .run()
    else {
        return;
    };
    looked.assert_usual();
    for look in looked.looks() {
        let setting = &look.setting;
        assert_eq!(look.value("nested"), &json!(0), "{setting}");
        assert_eq!(
            look.value("name"),
            &json!("x\\u{1b}[31m\\u{202e}<b>&\"'"),
            "{setting}"
        );
        assert_eq!(look.value("branch"), &json!(BRANCH), "{setting}");
        let about = look.value("about").as_str().unwrap();
        assert!(about.contains("<script>alert(1)</script>"), "{about}");
        assert!(about.contains("Mallory\"'&\\u{1b}[31m"), "{about}");
        assert_eq!(
            look.value("messages"),
            &json!(["another", "suite::<script>alert(6)</script>\": no"]),
            "{setting}"
        );
        let paths = look.value("paths").as_array().unwrap();
        assert!(
            paths
                .iter()
                .any(|it| it.as_str().unwrap().contains("onerror=alert(3)")),
            "{paths:?}"
        );
    }
    assert_eq!(looked.look("light").value("protocols"), &json!(["file:"]));
}

#[test]
fn names_that_are_no_text_and_broken_results_are_shown_as_far_as_they_go() {
    let project = Project::new();
    let path = std::path::Path::new(std::ffi::OsStr::from_bytes(b"caf\xe9.py"));
    fs::write(project.world.repo().join(path), "def f(): pass\n").unwrap();
    project.finds(&[super::finding("src/app.py", 3, "low", "one")]);
    project.commit_and_run("Begin", &["codebase_full", "lint", "suite"]);
    let queue = rusqlite::Connection::open(project.world.state_dir().join("queue.db")).unwrap();
    for body in [
        "[]",
        "{}",
        "{\"complex\": 7, \"breakdown\": {\"languages\": [null, 3]}}",
        "null",
        "{\"map\": {\"files\": [{\"path\": 3}]}}",
    ] {
        queue
            .execute(
                "UPDATE result SET body = ?1 WHERE kind <> 'findings'",
                [body],
            )
            .unwrap();
        project.page();
    }
    drop(queue);
    let text = fs::read_to_string(project.page()).unwrap();
    assert!(text.contains("one"));
}

#[test]
fn a_line_that_holds_a_secret_is_shown_nowhere() {
    let project = Project::new();
    let secret = ["AKIA", "QYLPMN5HFIQR7XYA"].concat();
    project.world.write(
        "src/keys.py",
        format!("one = 1\nkey = \"{secret}\"\nthree = 3\n"),
    );
    // A neighbour's source lines, and one that is about the same line.
    project.finds(&[
        super::finding("src/keys.py", 1, "low", "a neighbour"),
        super::finding("src/keys.py", 2, "low", "the same line"),
    ]);
    project.commit_and_run("Begin", &["security_scan", "lint", "codebase_full"]);
    let text = fs::read_to_string(project.page()).unwrap();
    assert!(text.contains("secret"), "it was not found");
    assert!(
        text.contains("<li class=\"it\">one = 1"),
        "the neighbour has lines"
    );
    assert!(!text.contains(&secret));
}
