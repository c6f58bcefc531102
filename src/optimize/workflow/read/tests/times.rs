//! How long steps took.

use super::*;
use crate::optimize::workflow::read::{Times, github_actions, gitlab_ci, median};

fn workflow() -> Read {
    let text = "jobs:\n  a: {name: The A, steps: [{run: cargo build}, {name: Test, run: cargo test}]}\n  b: {needs: a, uses: ./x.yml}\n";
    github_actions(text, "ci.yml").unwrap().workflows[0].clone()
}

#[test]
fn names_and_seconds() {
    let mut read = workflow();
    let times = Times::read(r#"{"a": [2, 4, 9], "b": 1.5, "other": 3}"#).unwrap();
    assert_eq!(times.apply(&mut read), 2);
    let ms: Vec<_> = read.workflow.steps.iter().map(|it| it.ms).collect();
    assert_eq!(ms, [Some(4000.0), Some(1500.0)]);
}

#[test]
fn a_time_of_a_job_is_that_of_all_that_a_matrix_makes_of_it() {
    let github = "jobs:\n  a:\n    strategy: {matrix: {os: [linux, mac]}}\n    steps: [{run: ls}]\n  b: {needs: a, steps: [{run: ls}]}\n";
    let gitlab = "a: {parallel: 2, script: [ls]}\nb: {needs: [a], script: [ls]}\n";
    let times = |one: &str| Times::read(&format!(r#"{{"a": 2, "{one}": 5, "b": 1}}"#)).unwrap();
    for (mut read, one) in [
        (
            github_actions(github, "ci.yml").unwrap().workflows[0].clone(),
            "a (mac)",
        ),
        (
            gitlab_ci(gitlab, ".gitlab-ci.yml").unwrap().workflows[0].clone(),
            "a 2/2",
        ),
    ] {
        assert_eq!(times(one).apply(&mut read), 3);
        let ms: Vec<_> = read.workflow.steps.iter().map(|it| it.ms).collect();
        assert_eq!(ms, [Some(2000.0), Some(5000.0), Some(1000.0)], "{one}");
    }
}

const RUN: &str = r#"{"jobs": [
    {"name": "The A", "startedAt": "2026-01-01T00:00:00Z", "completedAt": "2026-01-01T00:01:00Z", "conclusion": "success",
     "steps": [{"name": "Test", "startedAt": "2026-01-01T00:00:10Z", "completedAt": "2026-01-01T00:00:40Z", "conclusion": "success"}]},
    {"name": "b / one", "startedAt": "2026-01-01T00:01:00Z", "completedAt": "2026-01-01T00:02:00Z", "conclusion": "success"},
    {"name": "b / two", "startedAt": "2026-01-01T00:01:30Z", "completedAt": "2026-01-01T00:03:00Z", "conclusion": "failure"},
    {"name": "c", "startedAt": "2026-01-01T00:01:30Z", "completedAt": "0001-01-01T00:00:00Z", "conclusion": "skipped"}]}"#;

#[test]
fn what_gh_prints() {
    let mut read = workflow();
    let times = Times::read(RUN).unwrap();
    assert_eq!(times.apply(&mut read), 2);
    let [a, b] = &read.workflow.steps[..] else {
        panic!()
    };
    assert_eq!(
        (a.ms, a.runs.len(), a.runs[0].ok),
        (Some(60_000.0), 1, true)
    );
    assert_eq!(
        (b.ms, b.runs.len(), b.runs[0].ok),
        (Some(120_000.0), 1, false)
    );
    let text =
        "jobs:\n  a: {name: The A, steps: [{run: cargo build}, {name: Test, run: cargo test}]}\n";
    let mut steps = github_actions(text, "ci.yml").unwrap().workflows[1].clone();
    // A job goes by its own name there.
    assert_eq!(
        Times::read(&RUN.replace("The A", "a (x)"))
            .unwrap()
            .apply(&mut steps),
        1
    );
    assert_eq!(steps.workflow.steps[1].ms, Some(30_000.0));
}

#[test]
fn what_gitlab_says() {
    let mut read = workflow();
    let text = r#"[{"name": "a", "duration": 12.5, "stage": "test", "status": "success", "finished_at": "2026-01-01T00:00:00.000Z"},
                   {"name": "b", "duration": null, "status": "skipped"}]"#;
    assert_eq!(Times::read(text).unwrap().apply(&mut read), 1);
    assert_eq!(read.workflow.steps[0].ms, Some(12_500.0));
}

#[test]
fn anything_else_is_refused() {
    for (text, said) in [
        ("", "EOF"),
        ("3", "a number"),
        ("[3]", "a number"),
        ("{\"a\": -1}", "\"a\""),
        ("[{\"x\": 1}]", "no name"),
    ] {
        let error = Times::read(text).unwrap_err().to_string();
        assert!(error.contains(said), "{text}: {error}");
    }
}

#[test]
fn medians() {
    assert_eq!(median(&[]), None);
    assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
    assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
}
