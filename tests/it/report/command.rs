//! `git tend report --format html`, and `--open`.

use std::fs;

use super::{Project, finding};
use crate::support::until;
use crate::tools::program;

fn project() -> Project {
    let project = Project::new();
    project.finds(&[finding("src/app.py", 3, "low", "one")]);
    project.commit_and_run("Begin", &["lint"]);
    project
}

#[test]
fn a_page_is_written_to_a_file_or_to_a_pipe() {
    let project = project();
    let piped = project.world.tend(["report", "--format", "html"]).code(0);
    assert!(
        piped.stdout.starts_with("<!doctype html>"),
        "{}",
        piped.stdout
    );
    let file = fs::read_to_string(project.page()).unwrap();
    let policy = file
        .split("Content-Security-Policy\" content=\"")
        .nth(1)
        .unwrap();
    let policy = policy.split('"').next().unwrap();
    assert!(
        policy.starts_with("default-src &#39;none&#39;; style-src &#39;sha256-"),
        "{policy}"
    );
    assert!(
        !policy.contains("unsafe") && !policy.contains('*'),
        "{policy}"
    );
    assert_eq!(file.matches("</html>").count(), 1);
    let nowhere = project
        .world
        .tend(["report", "--format", "html", "-o", "no/such/page.html"])
        .code(1);
    assert!(
        nowhere.stderr.contains("no/such/page.html"),
        "{}",
        nowhere.stderr
    );
}

#[test]
fn open_shows_the_page_in_the_browser_of_the_desktop() {
    let project = project();
    let world = &project.world;
    let told = world.folder().join("told");
    let bin = world.folder().join("bin");
    program(
        &bin.join("xdg-open"),
        &format!("#!/bin/sh\nprintf '%s' \"$1\" > '{}'\n", told.display()),
    );
    let path = std::env::join_paths(
        [bin]
            .into_iter()
            .chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
    )
    .unwrap();
    let path = path.to_str().unwrap();
    let opened = world
        .tend_with(&[("PATH", path)], ["report", "--open"])
        .code(0);
    let page = until(10, "the browser is started", || {
        fs::read_to_string(&told).ok().filter(|it| !it.is_empty())
    });
    assert_eq!(
        page,
        world.state_dir().join("report.html").to_str().unwrap()
    );
    assert!(opened.stderr.contains("report.html"), "{}", opened.stderr);
    assert!(fs::read_to_string(page).unwrap().contains("one"));
    let wrong = world.tend(["report", "--open", "--format", "json"]).code(2);
    assert!(
        wrong.stderr.contains("only a page can be opened"),
        "{}",
        wrong.stderr
    );
}

#[test]
fn only_what_is_new_is_listed_if_that_is_wanted() {
    let project = project();
    project.finds(&[
        finding("src/app.py", 3, "low", "one"),
        finding("src/app.py", 4, "low", "two"),
    ]);
    project.commit_and_run("Go on", &["lint"]);
    let of = |arguments: &[&str]| {
        project
            .world
            .tend(["report", "--format", "html"].iter().chain(arguments))
            .code(0)
            .stdout
    };
    let listed = |text: &str| text.matches("<li id=\"f-").count();
    assert_eq!((listed(&of(&[])), listed(&of(&["--new"]))), (2, 1));
    assert_eq!(listed(&of(&["--commit", "HEAD^"])), 1);
}
