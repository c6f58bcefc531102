#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use proptest::prelude::*;

use super::*;

use crate::optimize::workflow::{
    Analysis, Origin, Period, Step, StepRun, Touched, Workflow, analyse,
};

const WEEK: i64 = 7 * 86_400_000;

fn known(paths: &[&str]) -> Touched {
    Touched::Known(paths.iter().map(|&path| path.to_owned()).collect())
}

fn step(name: &str, seconds: f64, needs: &[usize], reads: &[&str], writes: &[&str]) -> Step {
    Step {
        name: name.to_owned(),
        needs: needs.to_vec(),
        ms: Some(seconds * 1000.0),
        reads: known(reads),
        writes: known(writes),
        runs: Vec::new(),
        gathers: false,
    }
}

fn analysed(workflow: &Workflow) -> Analysis {
    let period = Period {
        since: 0,
        until: 4 * WEEK,
    };
    analyse(workflow, 3, period).unwrap()
}

fn shown(workflow: &Workflow, width: usize, by_vy: bool) -> String {
    let lines = lines(workflow, &analysed(workflow), by_vy, width);
    let lines = lines.iter().map(|line| format!("{}\n", line.bare()));
    lines.collect()
}

/// A repository's checks, one after the other.
fn checks() -> Workflow {
    let mut steps = vec![
        step("generate", 12.0, &[], &["schema/**"], &["gen/**"]),
        step("lint", 25.0, &[0], &["src/**"], &["lint.xml"]),
        step(
            "unit-tests",
            95.0,
            &[1],
            &["src/**", "gen/**"],
            &["unit.xml"],
        ),
        step("docs", 48.0, &[2], &["docs/**"], &["site/**"]),
        step("spelling", 6.0, &[3], &["docs/**"], &[]),
    ];
    for (at, step) in steps.iter_mut().enumerate() {
        let ms = [12_000, 25_000, 95_000, 48_000, 6_000][at];
        step.runs = (0..8)
            .map(|round: i64| StepRun {
                at: round * WEEK / 2 + i64::try_from(at).unwrap() * 100_000 + 100_000,
                ms,
                ok: !(at == 4 && round % 3 == 0),
                input: Some(format!("input {}", if at == 3 { round / 5 } else { round })),
                about: Some(format!("commit {round}")),
            })
            .collect();
    }
    Workflow {
        name: "checks".to_owned(),
        origin: Origin::Tasks,
        steps,
        workers: Some(2),
    }
}

/// What a service runs, of which little is known.
fn service() -> Workflow {
    let blind = |name: &str, ms: Option<f64>, needs: &[usize]| Step {
        name: name.to_owned(),
        needs: needs.to_vec(),
        ms,
        ..Step::default()
    };
    Workflow {
        name: "ci".to_owned(),
        origin: Origin::GithubActions {
            file: ".github/workflows/ci.yml".to_owned(),
        },
        steps: vec![
            blind("build (ubuntu-latest, stable)", Some(240_000.0), &[]),
            blind("build (macos-latest, stable)", Some(410_000.0), &[]),
            blind("test", Some(300_000.0), &[0, 1]),
            blind("deploy", None, &[2]),
        ],
        workers: None,
    }
}

fn makefile() -> Workflow {
    Workflow {
        name: "Makefile".to_owned(),
        origin: Origin::Make {
            file: "Makefile".to_owned(),
        },
        steps: vec![
            step("parser.o", 4.2, &[], &["parser.c"], &["parser.o"]),
            step("lexer.o", 3.1, &[], &["lexer.c"], &["lexer.o"]),
            step("docs", 2.4, &[], &["docs"], &["manual.pdf", "log"]),
            step("tags", 0.4, &[], &["parser.c", "lexer.c"], &["log"]),
            step("main.o", 6.5, &[], &["main.c"], &["main.o"]),
            step(
                "prog",
                0.9,
                &[0, 1, 4],
                &["parser.o", "lexer.o", "main.o"],
                &["prog"],
            ),
        ],
        workers: Some(1),
    }
}

#[test]
fn tasks_in_a_row() {
    insta::assert_snapshot!(shown(&checks(), 80, false), @r"
    checks · the repository's tasks · 5 steps · up to 2 at once
    It takes 3m 06s and could take 1m 47s: 42 % less.

    Steps
      step         takes  can start  can wait  runs
      generate       12s        0ms         –     8
      lint           25s        12s         –     8
      unit-tests  1m 35s        37s         –     8  ◀ 51 % of the critical path
      docs           48s     2m 12s         –     8
      spelling      6.0s         3m         –     8

    Critical path
      generate → lint → unit-tests → docs → spelling
      3m 06s in this order, however many steps run at once

    What to change
      1. Stop waiting for steps that share no files, and run 3 at once
         - unit-tests waits for generate instead of lint
         - docs need not wait for unit-tests
         saves 1m 19s a run · measured over 8 runs
      2. Begin with what fails most for its time: spelling
         - spelling need not wait for docs
         saves 36s a week · from 3 rounds with a failure
      3. Keep the results of docs
         saves 48s a week · 4 of 8 runs had an input that had succeeded before
      4. Split unit-tests into two that run at once, if it can be split
         saves up to 34s a run · measured over 8 runs

    How it would run
      generate    ▇▇▇▇▇▇▇
      docs        ▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇
      spelling    ▇▇▇▇
      lint               ▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇
      unit-tests         ▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇
                  0                                                           1m 47s

    Can run at once
      lint + unit-tests + docs + spelling · 1m 35s instead of 2m 54s
      generate + lint + docs + spelling · 48s instead of 1m 31s

    Notes
      Only files are compared: keep an order that is there for another reason, such
      as tests before a release
      As it runs now, a failure is known after 3m 06s on average (3 rounds)
    ");
}

#[test]
fn jobs_of_which_little_is_known() {
    insta::assert_snapshot!(shown(&service(), 60, true), @r"
    ci · .github/workflows/ci.yml · 4 steps
      all that are ready at once
    The original's score: 90 of 100 (steps 20 + bottlenecks 40 +
    variance 30)
    Times leave out deploy: nobody has timed it.

    Steps
      step                            takes  can wait
      build (ubuntu-latest, stable)      4m    2m 50s
      build (macos-latest, stable)   6m 50s         –  ◀ 58 %
      test                               5m         –  ◀ 42 %
      deploy                              ?         –

    Critical path
      build (macos-latest, stable) → test → deploy
      11m in this order, however many steps run at once

    What to change
      1. Split build (macos-latest, stable) into two that run at
         once, if it can be split
         saves up to 2m 50s a run · 3 durations only stated, 1
         step not timed
      2. Split test into two that run at once, if it can be
         split
         saves up to 2m 30s a run · 3 durations only stated, 1
         step not timed

    How it runs
      build (ubuntu-latest, s…  ▇▇▇▇▇▇▇▇▇▇▇
      build (macos-latest, st…  ▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇
      test                                        ▇▇▇▇▇▇▇▇▇▇▇▇▇▇
      deploy                                                   ·
                                0                            11m

    Can run at once
      build (ubuntu-latest, stable) + build (macos-latest,
      stable) · 6m 50s instead of 10m

    Notes
      3 of 3 waits kept: what their steps read and write is not
      known
    ");
}

#[test]
fn a_makefile_made_in_parallel() {
    insta::assert_snapshot!(shown(&makefile(), 100, false), @r"
    Makefile · 6 steps · one at a time
    It takes 17s and could take 7.4s: 58 % less.

    Steps
      step      takes  can start  can wait    runs
      parser.o   4.2s        0ms      2.3s  stated
      lexer.o    3.1s        0ms      3.4s  stated
      docs       2.4s        0ms      5.0s  stated
      tags      400ms        0ms      7.0s  stated
      main.o     6.5s        0ms         –  stated  ◀ 88 % of the critical path
      prog      900ms       6.5s         –  stated

    Critical path
      main.o → prog
      7.4s in this order, however many steps run at once

    What to change
      1. Run up to 3 steps at once: make -j3
         saves 7.3s a run · 6 durations only stated
      2. Begin with main.o whenever there is a choice
         saves 2.8s a run · 6 durations only stated

    How it would run
      parser.o  ▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇
      lexer.o   ▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇
      main.o    ▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇
      docs                                           ▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇
      tags                                                                       ▇▇▇▇▇
      prog                                                                                   ▇▇▇▇▇▇▇▇▇▇▇
                0                                                                                   7.4s

    Can run at once
      parser.o + lexer.o + docs + main.o · 6.5s instead of 16s
      parser.o + lexer.o + tags + main.o · 6.5s instead of 14s
      docs + prog · 2.4s instead of 3.3s
      tags + prog · 900ms instead of 1.3s

    Notes
      docs and tags use the same files, at least one writes them, and neither waits for the other
    ");
}

#[test]
fn what_is_no_terminal_has_any_width() {
    let text = shown(&checks(), usize::MAX, false);
    assert!(
        text.lines().all(|line| line.chars().count() < 200),
        "{text}"
    );
}

#[test]
fn a_document_has_names() {
    let workflow = checks();
    let document = document(&workflow, &analysed(&workflow));
    assert_eq!(document["critical_path"]["steps"][2], "unit-tests");
    assert_eq!(
        document["advice"][0]["needs"][0],
        serde_json::json!({ "first": "lint", "then": "unit-tests" })
    );
    assert_eq!(document["advice"][0]["saving"]["per"], "run");
    assert_eq!(
        document["advice"][1]["steps"],
        serde_json::json!(["spelling"])
    );
    assert_eq!(document["steps"][2]["bottleneck"]["high"], true);
    assert_eq!(document["until"], "1970-01-29T00:00:00Z");
    assert!(!document.to_string().contains("-0.0"));
}

proptest! {
    #[test]
    fn no_line_is_too_wide(name in "\\PC{0,30}", ms in prop::option::of(0.0..1e9_f64), width in 1_usize..140) {
        for mut workflow in [checks(), service(), makefile()] {
            workflow.steps[0].name.clone_from(&name);
            workflow.steps[1].ms = ms;
                let analysis = analysed(&workflow);
            for by_vy in [false, true] {
                for line in lines(&workflow, &analysis, by_vy, width) {
                    prop_assert!(line.columns() <= width.max(3), "{width}: {:?}", line.bare());
                }
            }
        }
    }
}
