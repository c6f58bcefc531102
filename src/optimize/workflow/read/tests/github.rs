//! GitHub Actions.

use super::*;
use crate::optimize::workflow::read::github_actions;

const CI: &str = r"
name: CI
on: [push]
permissions: {contents: read}
jobs:
  lint:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - name: Format
        run: cargo fmt --check
      - run: |
          set -euo pipefail
          # the whole of it
          cargo clippy -- -D warnings
  build:
    needs: lint
    strategy:
      max-parallel: 2
      matrix:
        os: [ubuntu, macos]
        rust: [stable, nightly]
        exclude:
          - {os: macos, rust: nightly}
        include:
          - {os: ubuntu, rust: stable, extra: yes}
          - {os: windows, rust: stable}
    name: Build on ${{ matrix.os }}
    runs-on: ${{ matrix.os }}-latest
    outputs:
      version: ${{ steps.v.outputs.version }}
    steps:
      - uses: actions/checkout@v4
      - run: cargo build
      - uses: actions/upload-artifact@v4
        with:
          name: bin-${{ matrix.os }}
  test:
    needs: [build]
    runs-on: ubuntu-latest
    steps:
      - uses: actions/download-artifact@v4
        with: {name: bin-ubuntu}
      - run: cargo test
  note:
    needs: [lint, build]
    runs-on: ubuntu-latest
    steps:
      - run: echo ${{ needs.build.outputs.version }}
      - run: echo again
  deploy:
    needs: [test]
    environment: production
    runs-on: ubuntu-latest
    steps:
      - run: ./deploy
  docs:
    uses: ./.github/workflows/docs.yml
";

#[test]
fn jobs_are_steps_and_a_matrix_is_as_many() {
    let reading = github_actions(CI, ".github/workflows/ci.yml").unwrap();
    let whole = named(&reading, "ci.yml");
    assert_eq!(whole.workflow.workers, None);
    let build = "build (ubuntu, stable, yes), build (ubuntu, nightly), build (macos, stable), build (windows, stable)";
    assert_eq!(
        order(whole),
        [
            "lint <-",
            "build (ubuntu, stable, yes) <- lint",
            "build (ubuntu, nightly) <- lint",
            "build (macos, stable) <- lint, build (ubuntu, stable, yes)",
            "build (windows, stable) <- lint, build (ubuntu, nightly)",
            &format!("test <- {build}"),
            &format!("note <- lint, {build}"),
            "deploy <- test",
            "docs <-",
        ]
    );
    assert!(whole.titles[2].contains(&"Build on ubuntu".to_owned()));
    assert_eq!(whole.commands[5], ["cargo test"]);
    assert!(
        reading.notes.iter().any(|it| it.contains("max-parallel")),
        "{:?}",
        reading.notes
    );
    assert!(
        reading
            .notes
            .iter()
            .any(|it| it.contains("docs is a workflow of its own"))
    );
}

#[test]
fn what_jobs_have_of_each_other_is_what_they_touch() {
    let reading = github_actions(CI, "ci.yml").unwrap();
    let whole = named(&reading, "ci.yml");
    let some = |it: &[&str]| Some(it.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>());
    assert_eq!(touched(whole, "lint"), (some(&[]), some(&["output:lint"])));
    assert_eq!(
        touched(whole, "build (ubuntu, nightly)"),
        (some(&[]), some(&["artifact:bin-ubuntu", "output:build"]))
    );
    assert_eq!(touched(whole, "test").0, some(&["artifact:bin-ubuntu"]));
    assert_eq!(touched(whole, "note").0, some(&["output:build"]));
    // Its order is meant, and what a script does nobody knows.
    assert_eq!(touched(whole, "deploy"), (None, None));
    assert_eq!(touched(whole, "docs"), (None, None));
}

#[test]
fn a_job_whose_order_may_be_meant_is_not_known() {
    let with = |more: &str| {
        format!(
            "jobs:\n  a:\n    steps:\n      - run: cargo build\n  b:\n    needs: a\n{more}    steps:\n      - run: cargo test\n"
        )
    };
    let known = |text: &str| {
        let reading = github_actions(text, "ci.yml").unwrap();
        touched(named(&reading, "ci.yml"), "b").1.is_some()
    };
    assert!(known(&with("")));
    for more in [
        "    if: github.ref == 'refs/heads/main'\n",
        "    environment: staging\n",
        "    concurrency: one\n",
        "    permissions: {contents: write}\n",
        "    permissions: write-all\n",
        "    env: {TOKEN: \"${{ secrets.TOKEN }}\"}\n",
    ] {
        assert!(!known(&with(more)), "{more}");
    }
    for run in [
        "./run",
        "cargo run",
        "make test",
        "git push",
        "npm run build",
        "echo $(curl example.org)",
        "if true; then ls; fi",
    ] {
        assert!(!known(&with("").replace("cargo test", run)), "{run}");
    }
    let cached = "      - uses: actions/cache@v4\n        with: {path: target, key: \"cargo-${{ hashFiles('x') }}\"}\n";
    let text = with("").replace("    steps:\n", &format!("    steps:\n{cached}"));
    assert!(!known(&text), "the first warms the cache of the second");
}

#[test]
fn the_steps_of_a_job_are_a_workflow_of_their_own() {
    let reading = github_actions(CI, "ci.yml").unwrap();
    let lint = named(&reading, "ci.yml:lint");
    assert_eq!(lint.workflow.workers, Some(1));
    assert_eq!(
        order(lint),
        [
            "Run actions/checkout@v4 <-",
            "Format <- Run actions/checkout@v4",
            "Run set -euo pipefail <- Format",
        ]
    );
}

#[test]
fn anchors_and_the_old_truth_of_on_are_read() {
    let text = "true: push\njobs:\n  a: &a\n    steps: [{run: cargo build}]\n  b:\n    <<: *a\n    needs: a\n";
    let reading = github_actions(text, "x.yml").unwrap();
    assert_eq!(order(named(&reading, "x.yml")), ["a <-", "b <- a"]);
}

#[test]
fn only_a_run_can_tell_some_matrices() {
    let text = "jobs:\n  a:\n    strategy: {matrix: \"${{ fromJSON(needs.x.outputs.m) }}\"}\n    steps: [{run: ls}]\n";
    let reading = github_actions(text, "x.yml").unwrap();
    assert_eq!(order(named(&reading, "x.yml")), ["a <-"]);
    assert!(reading.notes[0].contains("line 3"), "{:?}", reading.notes);
}

#[test]
fn what_is_wrong_is_said_with_its_line() {
    let cases = [
        ("", "it describes nothing that is run"),
        ("on: push\n", "it describes nothing that is run"),
        ("- a\n", "line 1: a workflow is a mapping with `jobs`"),
        ("jobs: [a]\n", "line 1: `jobs` is no mapping"),
        ("jobs:\n  a: x\n", "line 2: the job a is no mapping"),
        (
            "jobs:\n  a:\n    needs: b\n",
            "line 3: a needs b, and there is no such job",
        ),
        ("jobs:\n  a: {}\n  a: {}\n", "line 3: \"a\" is there twice"),
        (
            "jobs:\n  a: {needs: c}\n  b: {needs: a}\n  c: {needs: b}\n",
            "line 2: these need each other: a → c → b → a",
        ),
        (
            "jobs:\n  a: {needs: a}\n",
            "line 2: these need each other: a → a",
        ),
    ];
    for (text, said) in cases {
        assert_eq!(refused(github_actions(text, "ci.yml")), said, "{text}");
    }
    let broken = refused(github_actions("jobs:\n  a: [\n", "ci.yml"));
    assert!(broken.starts_with("line "), "{broken}");
}
