//! What no gate judged before it was committed is judged behind git's back, and by the push: what git has no hook for,
//! what the user skipped, and what came to no verdict.

use super::*;

/// A commit called `bad` on a branch of its own, that no gate has seen.
fn with_bad_branch(bench: &Bench) {
    bench.world.git(["switch", "--quiet", "-c", "side"]);
    bench.stage("src/bad.txt", "BAD\n");
    bench
        .world
        .git(["commit", "--quiet", "--no-verify", "-m", "bad"]);
    bench.world.git(["switch", "--quiet", "main"]);
}

#[track_caller]
fn goes_and_is_refused_by_the_push(commands: &[&[&str]]) {
    let bench = Bench::new(&ALL);
    bench.with_remote();
    with_bad_branch(&bench);
    for command in commands {
        bench.try_git(command).code(0);
    }
    assert!(bench.world.repo().join("src/bad.txt").exists());
    // Git asks no hook before it, and the one behind it has it judged.
    let runs = bench.runs_once_each("tree");
    assert!(runs > 0);
    for (name, ..) in ALL {
        bench.push_refused(&["origin", "main"], &format!("✗ {name}"));
    }
    assert_eq!(bench.runs_once_each("tree"), runs, "once is enough");
    bench.runs_once_each("findings");
    bench.runs_once_each("selected");
    assert_ne!(bench.on_remote("main"), Some(head(&bench.world)));
    bench.world.git(["rm", "--quiet", "src/bad.txt"]);
    bench.passes(&["commit", "-m", "mended"]);
    bench.pushes(&["origin", "main"]);
    assert_eq!(bench.on_remote("main"), Some(head(&bench.world)));
}

#[test]
fn it_is_judged_behind_gits_back() {
    let bench = Bench::new(&TREE);
    bench.with_remote();
    bench.stage("src/a.txt", "fine too\n");
    let ran = bench.passes(&["commit", "--no-verify", "-m", "good"]);
    let said = "tend: tree queued · git tend status";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    assert_eq!(bench.runs_once_each("tree"), 1);
    bench.pushes(&["origin", "main"]);
    bench.stage("src/a.txt", "fine thrice\n");
    let ran = bench.passes(&["commit", "-m", "judged before it"]);
    assert!(!ran.stderr.contains("tend:"), "{}", ran.stderr);
    // Nothing waits for what is known.
    let words = ["commit", "--allow-empty", "--no-verify", "-m", "nothing"];
    let ran = bench.passes(&words);
    assert!(!ran.stderr.contains("tend:"), "{}", ran.stderr);
    assert_eq!(bench.runs_once_each("tree"), 2);
}

#[test]
fn a_push_that_does_not_wait_for_it_runs_nothing_twice() {
    let bench = Bench::new(&ALL);
    bench.with_remote();
    for text in ["one\n", "two\n", "three\n"] {
        bench.stage("src/a.txt", text);
        bench.passes(&["commit", "--no-verify", "-m", text]);
        bench.pushes(&["origin", "main"]);
    }
    assert_eq!(bench.runs_once_each("tree"), 3);
    bench.stage("src/a.txt", "BAD\n");
    bench.passes(&["commit", "--no-verify", "-m", "bad"]);
    bench.push_refused(&["origin", "main"], "✗ tree");
    for gate in ["tree", "selected", "findings"] {
        bench.runs_once_each(gate);
    }
}

#[test]
fn a_cherry_pick() {
    goes_and_is_refused_by_the_push(&[
        &[
            "commit",
            "--quiet",
            "--allow-empty",
            "--no-verify",
            "-m",
            "before",
        ],
        &["cherry-pick", "side"],
    ]);
}

#[test]
fn a_rebase() {
    goes_and_is_refused_by_the_push(&[
        &[
            "commit",
            "--quiet",
            "--allow-empty",
            "--no-verify",
            "-m",
            "before",
        ],
        &["rebase", "--quiet", "main", "side"],
        &["branch", "--quiet", "--force", "main", "side"],
        &["switch", "--quiet", "main"],
    ]);
}

#[test]
fn patches_from_mails() {
    goes_and_is_refused_by_the_push(&[
        &["format-patch", "--quiet", "-1", "side", "-o", "../mails"],
        &["am", "--quiet", "../mails/0001-bad.patch"],
    ]);
}

#[test]
fn without_verifying() {
    goes_and_is_refused_by_the_push(&[
        &["checkout", "--quiet", "side", "--", "src/bad.txt"],
        &["commit", "--quiet", "--no-verify", "-m", "bad"],
    ]);
}

#[test]
fn a_fast_forward_to_what_was_made_here() {
    goes_and_is_refused_by_the_push(&[&["merge", "--quiet", "--ff-only", "side"]]);
}

#[test]
fn a_merge_without_verifying() {
    goes_and_is_refused_by_the_push(&[
        &[
            "commit",
            "--quiet",
            "--allow-empty",
            "--no-verify",
            "-m",
            "before",
        ],
        &["merge", "--quiet", "--no-verify", "--no-edit", "side"],
    ]);
}

#[test]
fn what_a_pull_merges_is_held_until_somebody_looks() {
    let bench = Bench::new(&TREE);
    bench.with_remote();
    let other = beside(&bench.world, "other");
    let remote = beside(&bench.world, "remote.git");
    bench.world.git([
        "clone",
        "--quiet",
        remote.to_str().unwrap(),
        other.to_str().unwrap(),
    ]);
    fs::write(other.join("src/theirs.txt"), "theirs\n").unwrap();
    for words in [
        &["add", "."][..],
        &["commit", "-qm", "theirs"],
        &["push", "-q"],
    ] {
        crate::hooks::git_in(&bench.world, &other, words);
    }
    bench.stage("src/a.txt", "mine\n");
    bench.passes(&["commit", "-m", "mine"]);
    let runs = bench.runs("tree");
    let ran = bench
        .try_git(&["pull", "--quiet", "--no-rebase", "--no-edit"])
        .code(0);
    assert!(ran.stderr.contains("⏸ tree is held"), "{}", ran.stderr);
    assert_eq!(bench.runs("tree"), runs, "nothing that arrived was run");
    bench.push_refused(&["origin", "main"], "⏸ tree is held");
    assert_eq!(bench.runs("tree"), runs, "nor by the push");
    let tip = head(&bench.world);
    bench.world.tend(["trust", "--commit", &tip]).code(0);
    bench.pushes(&["origin", "main"]);
    assert_eq!(bench.runs("tree"), runs + 1);
}

#[test]
fn what_the_user_leaves_out() {
    let bench = Bench::new(&ALL);
    bench.with_remote();
    bench.stage("src/a.txt", "BAD\n");
    let git = |variable: (&str, &str), words: &[&str]| {
        let mut command = bench.world.command("git");
        bench.ran(command.env(variable.0, variable.1).args(words))
    };
    let skip = ("TEND_SKIP", "tree, each,selected");
    let ran = git(skip, &["commit", "-m", "bad"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(ran.stderr.contains("✗ findings"), "{}", ran.stderr);
    for left_out in ["tree", "each", "selected"] {
        assert!(!ran.stderr.contains(left_out), "{}", ran.stderr);
        assert_eq!(bench.runs(left_out), 0);
    }
    git(("TEND", "0"), &["commit", "-m", "bad"]).code(0);
    bench.push_refused(&["origin", "main"], "✗ findings");
    git(("TEND", "0"), &["push", "--quiet", "origin", "main"]).code(0);
    assert_eq!(bench.on_remote("main"), Some(head(&bench.world)));
}

#[test]
fn what_nobody_approved_is_held_and_not_run() {
    let bench = Bench::new(&TREE);
    bench.with_remote();
    let text = bench.config(
        &[("tree", LOOK, "timeout = \"9m\""), ("new", LOOK, "")],
        &["pre-commit"],
        "60s",
        "",
    );
    bench.stage("tend.toml", &text);
    let ran = bench.try_git(&["commit", "-m", "new gates"]).code(0);
    assert!(ran.stderr.contains("⏸ new is held"), "{}", ran.stderr);
    assert!(ran.stderr.contains("git tend trust"), "{}", ran.stderr);
    assert_eq!(bench.runs("new"), 0);
    bench.push_refused(&["origin", "main"], "⏸ new is held");
    assert_eq!(bench.runs("new"), 0);
    bench.world.tend(["trust", "--yes"]).code(0);
    bench.pushes(&["origin", "main"]);
    assert_eq!(bench.runs("new"), 1);
}

#[test]
fn a_gate_without_a_verdict_is_run_once() {
    let run = r#"["sh", "-c", "echo $0 >> '[RUNS]'/$0; exit 3", "[NAME]"]"#;
    let settings = "output = \"sarif\"\nretries = 0";
    let bench = Bench::new(&[("vague", run, settings)]);
    bench.stage("src/a.txt", "fine too\n");
    let ran = bench.try_git(&["commit", "-m", "not judged"]).code(0);
    assert!(ran.stderr.contains("? vague"), "{}", ran.stderr);
    bench.quiet();
    assert_eq!(bench.runs("vague"), 1, "{}", ran.stderr);
}

#[test]
fn a_tree_that_arrived_is_held_even_if_it_is_in_no_commit() {
    let bench = Bench::new(&TREE);
    bench.with_remote();
    let remote = beside(&bench.world, "remote.git");
    let other = beside(&bench.world, "other");
    let (remote, other) = (remote.to_str().unwrap(), other.to_str().unwrap());
    bench.world.git(["clone", "--quiet", remote, other]);
    fs::write(Path::new(other).join("src/theirs.txt"), "theirs\n").unwrap();
    for words in [
        &["add", "."][..],
        &["commit", "-qm", "theirs"],
        &["tag", "theirs", "HEAD^{tree}"],
        &["push", "-q", "origin", "theirs"],
    ] {
        crate::hooks::git_in(&bench.world, Path::new(other), words);
    }
    bench.world.git(["fetch", "--quiet", "--tags", "origin"]);
    bench.push_refused(&["origin", "theirs:refs/tags/again"], "⏸ tree is held");
    assert_eq!(bench.runs("tree"), 0, "nobody has looked at it");
}

/// A gate that comes to no verdict: the commit goes, the push does not.
#[track_caller]
fn comes_to_no_verdict(run: &str, settings: &str, says: &str) {
    let gates = [("vague", run, settings)];
    let bench = Bench::new(&gates);
    bench.with_remote();
    bench.stage("src/a.txt", "fine too\n");
    let ran = bench.try_git(&["commit", "-m", "not judged"]).code(0);
    assert!(ran.stderr.contains("vague"), "{}", ran.stderr);
    assert!(ran.stderr.contains(says), "{}", ran.stderr);
    assert!(!ran.stderr.contains('✗'), "{}", ran.stderr);
    bench.push_refused(&["origin", "main"], "vague");
    // Nothing of it was kept: it is no answer.
    bench.push_refused(&["origin", "main"], says);

    let text = bench.config(&gates, &["pre-commit"], "60s", "on_budget = \"fail\"\n");
    bench.stage("tend.toml", &text);
    bench.world.tend(["trust", "--yes"]).code(0);
    let ran = bench.try_git(&["commit", "-m", "not judged"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(
        ran.stderr.contains("nothing is committed"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_tool_that_is_missing() {
    comes_to_no_verdict("[\"a-tool-that-nobody-has\"]", "", "a-tool-that-nobody-has");
}

#[test]
fn a_tool_that_fails_without_having_said_anything() {
    comes_to_no_verdict(
        r#"["sh", "-c", "echo it is broken >&2; exit 3"]"#,
        "output = \"sarif\"",
        "? vague",
    );
}

#[test]
fn a_tool_that_is_killed() {
    comes_to_no_verdict(r#"["sh", "-c", "kill -9 $$"]"#, "retries = 0", "vague");
}

#[test]
fn globs_that_select_nothing() {
    comes_to_no_verdict(LOOK, "files = [\"**/*.nothing\"]", "select no file");
}

#[test]
fn a_code_that_may_pass() {
    comes_to_no_verdict(
        r#"["sh", "-c", "exit 75"]"#,
        "retry_on = [75]\nretries = 0",
        "vague",
    );
}
