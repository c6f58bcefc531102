//! Only new findings count, unless the task says that all do.

use super::*;

const FINDINGS: [Gate<'static>; 1] = [ALL[3]];

/// A repository with a finding that no gate has judged.
fn with_old_finding(settings: &str) -> Bench {
    let settings = format!("{READ}\n{settings}");
    let bench = Bench::new(&[("findings", REPORT, &settings)]);
    bench.stage("src/old.txt", "BAD and old\n");
    bench
        .world
        .git(["commit", "--quiet", "--no-verify", "-m", "old"]);
    bench
}

#[test]
fn what_the_first_parent_has_does_not_count() {
    let bench = with_old_finding("");
    bench.stage("src/a.txt", "fine too\n");
    bench.passes(&["commit", "-m", "good"]);
    // Moved down, in a file that changed: it is the same one.
    bench.stage("src/old.txt", "above\nBAD and old\nbelow\n");
    bench.passes(&["commit", "-m", "around it"]);
    bench.world.git(["mv", "src/old.txt", "src/renamed.txt"]);
    bench.passes(&["commit", "-m", "renamed"]);
    bench.stage("src/renamed.txt", "BAD and old\nBAD and new\n");
    let ran = bench.stops(&["commit", "-m", "bad"], &FINDINGS);
    assert!(ran.stderr.contains("1 finding "), "{}", ran.stderr);
    assert!(ran.stderr.contains("src/renamed.txt:2"), "{}", ran.stderr);
    assert!(ran.stderr.contains("1 more are not new"), "{}", ran.stderr);
}

#[test]
fn all_of_them_count_where_the_task_says_so() {
    let bench = with_old_finding("fail_on = \"all\"");
    bench.stage("src/a.txt", "fine too\n");
    let ran = bench.stops(&["commit", "-m", "good"], &FINDINGS);
    assert!(ran.stderr.contains("src/old.txt:1"), "{}", ran.stderr);
    bench.world.git(["rm", "--quiet", "src/old.txt"]);
    bench.passes(&["commit", "-m", "all is well"]);
}

#[test]
fn what_is_not_on_the_upstream_yet_counts_until_it_is() {
    let bench = with_old_finding("");
    bench.with_remote();
    bench.stage("src/new.txt", "BAD and new\n");
    bench
        .world
        .git(["commit", "--quiet", "--no-verify", "-m", "past the gates"]);
    // It is in the first parent, and not in the merge-base with the upstream.
    bench.stage("src/a.txt", "fine too\n");
    let ran = bench.stops(&["commit", "-m", "after it"], &FINDINGS);
    assert!(ran.stderr.contains("src/new.txt:1"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("src/old.txt"), "{}", ran.stderr);
    bench.push_refused(&["origin", "main"], "src/new.txt:1");
    bench
        .world
        .git(["push", "--quiet", "--no-verify", "origin", "main"]);
    bench.passes(&["commit", "-m", "after it"]);
    bench.pushes(&["origin", "main"]);
}

#[test]
fn what_the_remotes_branch_has_does_not_count_on_a_branch_without_upstream() {
    let bench = with_old_finding("");
    bench.with_remote();
    bench.world.git(["remote", "set-head", "origin", "main"]);
    bench.world.git(["switch", "--quiet", "-c", "topic"]);
    bench.stage("src/new.txt", "BAD and new\n");
    bench
        .world
        .git(["commit", "--quiet", "--no-verify", "-m", "past the gates"]);
    bench.stage("src/a.txt", "fine too\n");
    let ran = bench.stops(&["commit", "-m", "after it"], &FINDINGS);
    assert!(ran.stderr.contains("src/new.txt:1"), "{}", ran.stderr);
    bench.push_refused(&["origin", "topic"], "src/new.txt:1");
    bench.world.git(["rm", "--quiet", "src/new.txt"]);
    bench.passes(&["commit", "-m", "mended"]);
    bench.pushes(&["origin", "topic"]);
}

#[test]
fn a_base_that_arrived_is_looked_at_for_what_is_built_on_it() {
    let mut bench = with_old_finding("");
    bench.with_remote();
    let remote = beside(&bench.world, "remote.git");
    bench
        .world
        .git(["clone", "--quiet", remote.to_str().unwrap(), "../clone"]);
    bench.world.enter("clone");
    bench.ready();
    // Nobody has trusted anything of origin's.
    bench.stage("src/a.txt", "fine too\n");
    bench.passes(&["commit", "-m", "good"]);
    bench.stage("src/new.txt", "BAD and new\n");
    let ran = bench.stops(&["commit", "-m", "bad"], &FINDINGS);
    assert!(ran.stderr.contains("src/new.txt:1"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("src/old.txt"), "{}", ran.stderr);
    bench.passes(&["commit", "--no-verify", "-m", "bad"]);
    let ran = bench.push_refused(&["origin", "main"], "src/new.txt:1");
    assert!(!ran.stderr.contains("src/old.txt"), "{}", ran.stderr);
}

#[test]
fn what_the_project_accepted_does_not_count() {
    let bench = with_old_finding("");
    bench.world.tend(["run", "--quiet", "findings"]);
    bench.world.tend(["baseline", "set"]).code(0);
    assert!(bench.world.repo().join("tend.baseline.json").exists());
    bench.world.git(["add", "tend.baseline.json"]);
    bench.stage("src/a.txt", "fine too\n");
    bench.passes(&["commit", "-m", "accepted"]);
    bench.stage("src/new.txt", "BAD and new\n");
    bench
        .world
        .git(["commit", "--quiet", "--no-verify", "-m", "past the gates"]);
    bench.stage("src/a.txt", "fine thrice\n");
    let ran = bench.stops(&["commit", "-m", "the file knows better"], &FINDINGS);
    assert!(ran.stderr.contains("src/new.txt:1"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("src/old.txt"), "{}", ran.stderr);
}

#[test]
fn what_is_suppressed_does_not_count_while_it_is() {
    let bench = Bench::new(&FINDINGS);
    bench.stage("src/a.txt", "BAD\n");
    bench.stage("src/b.txt", "BAD\n");
    bench.stops(&["commit", "-m", "bad"], &FINDINGS);
    let suppressed = |path: &str, until: &str| {
        let more = format!("[suppress.some]\npath = \"{path}\"\nreason = \"a test\"\n{until}");
        let text = bench.config(&FINDINGS, &["pre-commit"], "60s", &more);
        bench.world.write("tend.toml", text);
    };
    suppressed("src/a.txt", "");
    let ran = bench.stops(&["commit", "-m", "bad"], &FINDINGS);
    assert!(ran.stderr.contains("src/b.txt:1"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("src/a.txt"), "{}", ran.stderr);
    suppressed("src/*", "until = \"2020-01-01\"\n");
    bench.stops(&["commit", "-m", "no more"], &FINDINGS);
    suppressed("src/*", "");
    bench.passes(&["commit", "-m", "suppressed"]);
    suppressed("docs/*", "");
    // As it was committed: nothing of that passed without the words.
    bench.world.git(["reset", "--quiet", "--soft", "HEAD~1"]);
    bench.stops(&["commit", "-m", "bad"], &FINDINGS);
    assert_eq!(
        bench.runs("findings"),
        2,
        "once for it and once for its base"
    );
}

#[test]
fn what_a_comment_suppresses_does_not_count() {
    let bench = Bench::new(&FINDINGS);
    bench.stage("src/a.py", "x = 1  # BAD\n");
    bench.stops(&["commit", "-m", "bad"], &FINDINGS);
    bench.stage("src/a.py", "x = 1  # tend: ignore[BAD] a test\n");
    let ran = bench.passes(&["commit", "-m", "suppressed"]);
    assert!(!ran.stderr.contains("tend:"), "{}", ran.stderr);
}
