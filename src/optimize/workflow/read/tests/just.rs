//! Justfiles.

use super::*;
use crate::optimize::workflow::read::justfile;

const FILE: &str = r#"
set shell := ["bash", "-c"]
set positional-arguments
version := `git describe`
text := '''
  not: a recipe
'''
export PATH := env('PATH') + \
  ':/x'
alias b := build

# The first.
default: check test

check: && report
    cargo fmt --check

[private, group('x')]
build profile="debug" *flags: (fetch "all" profile) _ready
    @cargo build \
        --profile {{profile}}

test: b (build "release") && report
    #!/usr/bin/env bash
    cargo test

_ready:
fetch +what:
    -git fetch
report: _ready
    echo done
[windows]
only:
    dir
import? 'more.just'
"#;

#[test]
fn recipes_and_what_they_need() {
    let reading = justfile(FILE, "justfile").unwrap();
    let whole = named(&reading, "just:default");
    assert_eq!(whole.workflow.workers, Some(1));
    assert_eq!(
        order(whole),
        [
            "check <-",
            "_ready (after check) <- check",
            "report (after check) <- _ready (after check)",
            "fetch all profile <-",
            "_ready <-",
            "build <- fetch all profile, _ready",
            "build release <- fetch all profile, _ready",
            "test <- build, build release",
            "_ready (after test) <- test",
            "report (after test) <- _ready (after test)",
            "default <- check, report (after check), test, report (after test)",
        ]
    );
    assert_eq!(
        gathering(whole),
        [
            "_ready (after check)",
            "_ready",
            "_ready (after test)",
            "default"
        ]
    );
    assert_eq!(whole.commands[5], ["cargo build --profile {{profile}}"]);
    assert_eq!(whole.commands[3], ["git fetch"]);
    assert!(whole.commands[7][0].starts_with("#!"));
    // A recipe without a body does nothing itself.
    assert_eq!(
        touched(whole, "_ready"),
        (Some(Vec::new()), Some(Vec::new()))
    );
    assert_eq!(touched(whole, "test"), (None, None));
    let names: Vec<&str> = reading
        .workflows
        .iter()
        .map(|it| it.workflow.name.as_str())
        .collect();
    assert_eq!(names, ["just:default"]);
    assert!(
        reading.notes[0].contains("more.just"),
        "{:?}",
        reading.notes
    );
}

#[test]
fn what_is_wrong_is_said_with_its_line() {
    let cases = [
        ("", "it describes nothing that is run"),
        ("a := 'b'\n", "it describes nothing that is run"),
        ("a: b\n", "line 1: a needs b, and there is no such recipe"),
        ("a: b\nb: a\n", "line 1: these need each other: a → b → a"),
        ("a:\na:\n", "line 2: the recipe a is there twice"),
        ("a\n", "line 1: a recipe without a colon"),
        ("a: (b\n", "line 1: ( is not closed"),
        ("x := 'y\n\n", "line 1: ' is not closed"),
        (
            "  a:\n",
            "line 1: an indented line that belongs to no recipe",
        ),
        ("a: 'b'\n", "line 1: 'b' where a recipe should be"),
    ];
    for (text, said) in cases {
        assert_eq!(refused(justfile(text, "justfile")), said, "{text}");
    }
}

#[test]
fn a_crowd_behind_ands_is_bounded() {
    // Each is run once more for each one that it stands behind.
    let mut text = String::new();
    for at in 0..40 {
        text.push_str(&format!("r{at}: && r{} r{}\n    ls\n", at + 1, at + 1));
    }
    text.push_str("r40:\n    ls\n");
    let read = justfile(&text, "justfile");
    assert!(read.is_ok() || refused(read) == "it has more than 2000 steps");
}
