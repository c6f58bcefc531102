//! GitLab.

use super::*;
use crate::optimize::workflow::read::gitlab_ci;

const CI: &str = r"
stages: [check, build, test, deploy]
default:
  image: rust
.cargo: &cargo
  before_script: [rustc --version]
  artifacts: {paths: [target/]}
lint:
  stage: check
  script: cargo fmt --check
build:
  extends: .cargo
  stage: build
  script:
    - cargo build
unit:
  stage: test
  parallel: 2
  script: [cargo test]
  dependencies: [build]
early:
  stage: test
  needs: []
  script: [pytest]
matrix:
  stage: test
  needs: [{job: build, artifacts: false}, {job: gone, optional: true}]
  parallel:
    matrix:
      - DB: [pg, lite]
        OS: x
  script: [!reference [.cargo, before_script], cargo test]
deploy:
  stage: deploy
  script: [./deploy]
  when: manual
";

#[test]
fn stages_order_jobs_unless_they_say_what_they_need() {
    let reading = gitlab_ci(CI, ".gitlab-ci.yml").unwrap();
    let whole = named(&reading, ".gitlab-ci.yml");
    assert_eq!(
        order(whole),
        [
            "lint <-",
            "build <- lint",
            "unit 1/2 <- build",
            "unit 2/2 <- build",
            "early <-",
            "matrix: [pg, x] <- build",
            "matrix: [lite, x] <- build",
            "deploy <- unit 1/2, unit 2/2, early, matrix: [pg, x], matrix: [lite, x]",
        ]
    );
    assert_eq!(whole.commands[1], ["rustc --version", "cargo build"]);
    assert_eq!(whole.commands[5], ["rustc --version", "cargo test"]);
}

#[test]
fn a_stage_of_jobs_that_wait_for_nothing_does_not_hide_those_before() {
    let text = "stages: [a, b, c]\none: {stage: a, script: x}\ntwo: {stage: b, needs: [], script: x}\nthree: {stage: c, script: x}\n";
    let reading = gitlab_ci(text, "x").unwrap();
    assert_eq!(
        order(named(&reading, "x")),
        ["one <-", "two <-", "three <- one, two"]
    );
}

#[test]
fn what_a_job_is_handed_is_what_it_reads() {
    let reading = gitlab_ci(CI, ".gitlab-ci.yml").unwrap();
    let whole = named(&reading, ".gitlab-ci.yml");
    let some = |it: &[&str]| Some(it.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>());
    assert_eq!(touched(whole, "lint"), (some(&[]), some(&[])));
    assert_eq!(
        touched(whole, "build"),
        (some(&[]), some(&["artifact:build"]))
    );
    assert_eq!(
        touched(whole, "unit 1/2"),
        (some(&["artifact:build"]), some(&[]))
    );
    assert_eq!(touched(whole, "early"), (some(&[]), some(&[])));
    assert_eq!(touched(whole, "matrix: [pg, x]"), (some(&[]), some(&[])));
    assert_eq!(touched(whole, "deploy"), (None, None));
}

#[test]
fn what_is_in_other_files_is_noted() {
    let text = "include: x.yml\na:\n  extends: .other\n  script: cargo test\n  needs: [far]\n";
    let reading = gitlab_ci(text, "x").unwrap();
    assert_eq!(reading.notes.len(), 3, "{:?}", reading.notes);
    assert_eq!(touched(named(&reading, "x"), "a"), (None, None));
}

#[test]
fn what_is_wrong_is_said_with_its_line() {
    let cases = [
        ("", "it describes nothing that is run"),
        ("stages: [a]\n", "it describes nothing that is run"),
        (
            "a:\n  script: x\n  extends: .b\n",
            "line 3: .b is extended, and there is no such job",
        ),
        (
            ".b: {extends: .c}\n.c: {extends: .b}\na: {extends: .b, script: x}\n",
            "line 2: these need each other: .b → .c → .b",
        ),
        (
            "a: {stage: far, script: x}\n",
            "line 1: a is of the stage far, and there is no such stage",
        ),
        (
            "a: {script: x, needs: [b]}\n",
            "line 1: a needs b, and there is no such job",
        ),
        (
            "a: {script: x, needs: [b]}\nb: {script: x, needs: [a]}\n",
            "line 1: these need each other: a → b → a",
        ),
        (
            "a: &a [*a]\n",
            "line 1: an alias stands inside what it names",
        ),
        ("a: *b\n", "line 1: nothing before it is called &b"),
    ];
    for (text, said) in cases {
        let found = refused(gitlab_ci(text, "x"));
        if said.contains("&b") {
            assert!(found.starts_with("line 1"), "{found}");
        } else {
            assert_eq!(found, said, "{text}");
        }
    }
}
