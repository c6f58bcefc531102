//! Gates that take longer than git is to wait: it goes on in time, and the push waits for the verdict.

use std::time::{Duration, Instant};

use super::*;

/// Says when it runs, and goes on until a file is there; then it looks.
const UNTIL_TOLD: &str = r#"["sh", "-c", "echo $0 >> '[RUNS]'/$0; until test -e '[RUNS]/go'; do sleep 0.05; done; ! grep -rn BAD src", "[NAME]"]"#;
/// The same, and does not listen when it is asked to end.
const STUBBORN: &str = r#"["sh", "-c", "trap '' TERM; echo $0 >> '[RUNS]'/$0; until test -e '[RUNS]/go'; do sleep 0.05; done; ! grep -rn BAD src", "[NAME]"]"#;
/// Takes a minute whatever happens.
const MINUTE: &str = r#"["sh", "-c", "echo $0 >> '[RUNS]'/$0; sleep 60", "[NAME]"]"#;

/// Budget and grace are a second each; the rest is what a busy machine and the watching take. What is not ended takes a minute.
const LONGEST: Duration = Duration::from_secs(10);

fn bench(run: &str, settings: &str) -> Bench {
    let bench = Bench::new(&[]);
    let gates = [("slow", run, settings)];
    let text = bench.config(&gates, &["pre-commit", "pre-push"], "1s", "");
    begin_with(&bench, &text);
    bench.with_remote();
    bench
}

/// Commits a configuration, and has nothing of that judged.
fn begin_with(bench: &Bench, text: &str) {
    bench.stage("tend.toml", text);
    let mut command = bench.world.command("git");
    command.env("TEND", "0").args(["commit", "-m", "gates"]);
    bench.ran(&mut command).code(0);
    bench.world.tend(["trust", "--yes"]).code(0);
}

#[track_caller]
fn in_time(run: impl FnOnce() -> Ran) -> Ran {
    let started = Instant::now();
    let ran = run();
    let took = started.elapsed();
    assert!(took < LONGEST, "{took:?}: {}", ran.stderr);
    ran
}

/// The jobs of the gate, by their states.
fn states(bench: &Bench) -> Vec<String> {
    crate::hooks::jobs(&bench.world, "slow")
        .iter()
        .map(|job| job["state"].as_str().unwrap().to_owned())
        .collect()
}

fn go(bench: &Bench) {
    fs::write(bench.runs_folder().join("go"), "").unwrap();
    bench.quiet();
}

#[track_caller]
fn the_commit_goes_and_the_push_waits(run: &str) {
    let bench = bench(run, "");
    bench.stage("src/a.txt", "fine too\n");
    let started = Instant::now();
    let ran = in_time(|| bench.try_git(&["commit", "-m", "slow"])).code(0);
    let took = started.elapsed();
    assert!(took >= Duration::from_secs(1), "it was started: {took:?}");
    assert!(ran.stderr.contains("… slow"), "{}", ran.stderr);
    assert!(ran.stderr.contains("git push waits"), "{}", ran.stderr);
    until(20, "it goes on without git", || {
        (states(&bench) == ["running"]).then_some(())
    });
    let status = bench.world.tend(["queue"]).code(0);
    assert!(status.stdout.contains("slow"), "{}", status.stdout);
    let tip = head(&bench.world);
    let ran = in_time(|| bench.push_refused(&["origin", "main"], "… slow"));
    assert!(ran.stderr.contains(&tip[..7]), "{}", ran.stderr);
    assert_ne!(bench.on_remote("main"), Some(tip.clone()));
    go(&bench);
    let runs = bench.runs("slow");
    in_time(|| bench.pushes(&["origin", "main"]));
    assert_eq!(bench.runs("slow"), runs, "the verdict was kept");
    assert_eq!(bench.on_remote("main"), Some(tip));
}

#[test]
fn one_that_ends_when_it_is_asked_to() {
    the_commit_goes_and_the_push_waits(UNTIL_TOLD);
}

#[test]
fn one_that_does_not_end_when_it_is_asked_to() {
    the_commit_goes_and_the_push_waits(STUBBORN);
}

#[test]
fn one_that_takes_a_minute() {
    let bench = bench(MINUTE, "");
    bench.stage("src/a.txt", "fine too\n");
    let ran = in_time(|| bench.try_git(&["commit", "-m", "slow"])).code(0);
    assert!(ran.stderr.contains("… slow"), "{}", ran.stderr);
    in_time(|| bench.push_refused(&["origin", "main"], "… slow"));
    bench.world.tend(["stop", "--force"]).code(0);
    bench.quiet();
}

#[test]
fn the_verdict_may_be_a_bad_one() {
    let bench = bench(UNTIL_TOLD, "");
    bench.stage("src/a.txt", "BAD\n");
    in_time(|| bench.try_git(&["commit", "-m", "slow"])).code(0);
    go(&bench);
    let runs = bench.runs("slow");
    bench.push_refused(&["origin", "main"], "✗ slow");
    assert_eq!(bench.runs("slow"), runs);
}

#[test]
fn a_drain_brings_the_verdict_as_well() {
    let bench = bench(UNTIL_TOLD, "");
    bench.stage("src/a.txt", "fine too\n");
    let mut command = bench.world.command("git");
    command.env("CI", "1").args(["commit", "-m", "in CI"]);
    let ran = in_time(|| bench.ran(&mut command)).code(0);
    assert!(ran.stderr.contains("… slow"), "{}", ran.stderr);
    assert!(!drains(&bench.world), "nothing is left running in CI");
    assert_eq!(states(&bench), ["queued"]);
    let mut command = bench.world.command("git");
    command.env("CI", "1").args(["push", "origin", "main"]);
    let ran = in_time(|| bench.ran(&mut command));
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(!drains(&bench.world), "nothing is left running in CI");
    fs::write(bench.runs_folder().join("go"), "").unwrap();
    bench.world.tend(["drain", "--quiet"]).code(0);
    bench.pushes(&["origin", "main"]);
}

#[test]
fn the_commit_is_stopped_if_the_task_says_so() {
    let bench = bench(UNTIL_TOLD, "on_budget = \"fail\"");
    bench.stage("src/a.txt", "fine too\n");
    let before = head(&bench.world);
    let ran = in_time(|| bench.try_git(&["commit", "-m", "slow"]));
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(
        ran.stderr.contains("nothing is committed"),
        "{}",
        ran.stderr
    );
    assert_eq!(head(&bench.world), before);
    // The verdict is wanted all the same: the next attempt finds it.
    until(20, "it goes on without git", || {
        (states(&bench) == ["running"]).then_some(())
    });
    go(&bench);
    let runs = bench.runs("slow");
    in_time(|| bench.passes(&["commit", "-m", "judged meanwhile"]));
    assert_eq!(bench.runs("slow"), runs);
}

#[test]
fn the_commit_goes_with_a_warning_if_the_task_says_so() {
    let bench = bench(UNTIL_TOLD, "on_budget = \"warn\"");
    bench.stage("src/a.txt", "fine too\n");
    let ran = in_time(|| bench.try_git(&["commit", "-m", "slow"])).code(0);
    assert!(ran.stderr.contains("… slow"), "{}", ran.stderr);
    in_time(|| bench.push_refused(&["origin", "main"], "… slow"));
    go(&bench);
    in_time(|| bench.pushes(&["origin", "main"]));
}

#[test]
fn one_that_is_slow_does_not_hide_that_another_failed() {
    let bench = Bench::new(&[]);
    // However little the queue runs at a time otherwise.
    let gates = [("slow", UNTIL_TOLD, ""), TREE[0]];
    let slots = "[queue]\nslots = 1\n";
    let text = bench.config(&gates, &["pre-commit"], "1s", slots);
    begin_with(&bench, &text);
    bench.stage("src/a.txt", "BAD\n");
    in_time(|| bench.stops(&["commit", "-m", "bad"], &TREE));
}

#[test]
fn a_gate_that_never_ran_is_started() {
    // Of this one nobody knows how long it takes.
    let bench = Bench::of(World::unborn(), &TREE, "2s", "");
    bench.stage("src/a.txt", "BAD\n");
    bench.stops(&["commit", "-m", "bad"], &TREE);
}

#[test]
fn a_gate_that_was_too_slow_once_is_tried_again() {
    let bench = bench(UNTIL_TOLD, "on_budget = \"fail\"");
    bench.stage("src/a.txt", "fine too\n");
    for _ in 0..3 {
        in_time(|| bench.try_git(&["commit", "-m", "slow"])).code(1);
    }
    go(&bench);
    bench.passes(&["commit", "-m", "quick now"]);
}

#[test]
fn what_was_judged_for_an_earlier_state_is_not_waited_for() {
    let bench = bench(UNTIL_TOLD, "");
    for text in ["one\n", "two\n", "three\n"] {
        bench.stage("src/a.txt", text);
        in_time(|| bench.try_git(&["commit", "-m", "slow"])).code(0);
    }
    go(&bench);
    bench.pushes(&["origin", "main"]);
    let open = ["queued", "running", "blocked"];
    let states = states(&bench);
    assert!(
        states.iter().all(|state| !open.contains(&state.as_str())),
        "{states:?}"
    );
}

#[test]
fn a_reader_of_gits_output_does_not_wait_for_what_goes_on() {
    let bench = bench(UNTIL_TOLD, "");
    bench.stage("src/a.txt", "fine too\n");
    // `output` reads until the last process that holds the pipes is gone.
    in_time(|| bench.try_git(&["commit", "-m", "slow"])).code(0);
    until(20, "it goes on", || drains(&bench.world).then_some(()));
    go(&bench);
}
