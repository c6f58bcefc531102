//! Every way in which commits come about.

use super::*;

#[test]
fn a_commit_gets_one_job_and_one_line() {
    let world = hooked(LINT);
    world.write("a.txt", "a");
    world.git(["add", "."]);
    let output = world
        .command("git")
        .args(["commit", "--quiet", "-m", "one"])
        .output()
        .unwrap();
    assert!(output.status.success());
    assert_eq!(output.stdout, b"");
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "tend: lint queued · git tend status\n"
    );
    assert_eq!(commits(&world, "lint"), [head(&world)]);
    assert_eq!(settled(&world, "lint")[0]["state"], "done");
    assert_eq!(world.git(["status", "--porcelain"]), "");
}

#[test]
fn whatever_the_index_is_called_the_commit_is_the_right_one() {
    let world = hooked(EACH);
    let mut expected = Vec::new();
    world.write("a.txt", "1");
    world.git(["add", "."]);
    world.git(["commit", "--quiet", "-m", "staged"]);
    expected.push(head(&world));
    world.write("a.txt", "2");
    world.git(["commit", "--quiet", "-am", "all"]);
    expected.push(head(&world));
    world.write("a.txt", "3");
    world.write("b.txt", "3");
    world.git(["add", "b.txt"]);
    world.git(["commit", "--quiet", "-m", "path", "a.txt"]);
    expected.push(head(&world));
    let subject = [
        "commit",
        "--quiet",
        "--no-verify",
        "--allow-empty",
        "-m",
        "empty",
    ];
    world.git(subject);
    expected.push(head(&world));
    // Where another process is at the queue, a hook's work is done behind git's back, and may come later.
    let mut found = commits(&world, "lint");
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
    assert_eq!(world.git(["status", "--porcelain"]), "");
}

#[test]
fn an_amended_commit_takes_the_job_of_the_one_it_replaces() {
    let world = hooked(EACH);
    world.tend(["pause", "1h"]).code(0);
    world.commit("first");
    world.git([
        "commit",
        "--quiet",
        "--amend",
        "--no-verify",
        "--allow-empty",
        "-m",
        "better",
    ]);
    let better = head(&world);
    let jobs = jobs(&world, "lint");
    let state_of = |commit: &str| {
        let job = jobs.iter().find(|job| job["commit"] == commit).unwrap();
        job["state"].as_str().unwrap().to_owned()
    };
    assert_eq!(jobs.len(), 2, "{jobs:?}");
    assert_eq!(state_of(&better), "queued");
    let other = jobs.iter().find(|job| job["commit"] != *better).unwrap();
    assert_eq!(other["state"], "superseded");
}

#[test]
fn a_rebase_of_twenty_commits_ends_in_one_look_at_the_new_tip() {
    let world = hooked(LINT);
    world.git(["switch", "--quiet", "-c", "topic"]);
    for number in 0..20 {
        world.write(&format!("f{number}"), "x");
        world.commit(&format!("n{number}"));
    }
    world.git(["switch", "--quiet", "main"]);
    world.write("upstream", "x");
    world.commit("upstream");
    world.git(["switch", "--quiet", "topic"]);
    settled(&world, "lint");
    let before = jobs(&world, "lint").len();
    world.git(["rebase", "--quiet", "main"]);
    let after = settled(&world, "lint");
    assert_eq!(after.len(), before + 1, "{after:#?}");
    assert_eq!(after.last().unwrap()["commit"], head(&world));
}

#[test]
fn merges_cherry_picks_reverts_and_patches_are_commits() {
    let world = hooked(EACH);
    let mut expected = Vec::new();
    world.git(["switch", "--quiet", "-c", "topic"]);
    world.write("t", "x");
    expected.push(world.commit("topic"));
    world.git(["switch", "--quiet", "main"]);
    world.write("m", "x");
    expected.push(world.commit("main"));
    settled(&world, "lint");
    world.git(["merge", "--quiet", "--no-edit", "topic"]);
    expected.push(head(&world));
    world.git(["switch", "--quiet", "-c", "picks", "main~1"]);
    world.git(["cherry-pick", "topic"]);
    expected.push(head(&world));
    world.git(["revert", "--no-edit", "HEAD"]);
    expected.push(head(&world));
    let patch = world.git(["format-patch", "--stdout", "-1", "topic"]);
    fs::write(beside(&world, "patch"), patch).unwrap();
    world.git(["am", "--quiet", beside(&world, "patch").to_str().unwrap()]);
    expected.push(head(&world));
    let mut found = commits(&world, "lint");
    found.sort();
    found.dedup();
    expected.sort();
    assert_eq!(found, expected);
}

#[test]
fn commits_made_without_hooks_are_caught_up_with_at_the_next_one() {
    let world = hooked(EACH);
    let mut expected = Vec::new();
    for number in 0..3 {
        world.write("n", number.to_string());
        world.git(["add", "."]);
        world.git([
            "-c",
            "core.hooksPath=/dev/null",
            "commit",
            "--quiet",
            "-m",
            "unseen",
        ]);
        expected.push(head(&world));
    }
    expected.push(world.commit("seen"));
    let mut found = commits(&world, "lint");
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
}

#[test]
fn a_fast_forward_and_a_checkout_call_for_their_own_tasks() {
    let world = hooked(
        r#"
[defaults]
builtin = false
[task.fetched]
run = ["sh", "-c", "echo $TEND_BASE $TEND_COMMIT $TEND_TRIGGER; tr '\\0' ' ' < $TEND_CHANGED_FILES"]
on = ["post-merge"]
[task.moved]
run = ["true"]
on = ["post-checkout"]
"#,
    );
    let base = head(&world);
    world.git(["switch", "--quiet", "-c", "topic"]);
    assert_eq!(commits(&world, "moved"), std::slice::from_ref(&base));
    world.write("t", "x");
    let tip = world.commit("topic");
    world.git(["switch", "--quiet", "main"]);
    assert_eq!(commits(&world, "moved").last(), Some(&base));
    world.git(["merge", "--quiet", "--ff-only", "topic"]);
    let fetched = settled(&world, "fetched");
    assert_eq!(fetched.len(), 1);
    let log = world
        .tend(["log", fetched[0]["id"].as_str().unwrap()])
        .code(0);
    assert_eq!(log.stdout, format!("{base} {tip} hook\nt "));
    // Restoring files is no checkout.
    let before = jobs(&world, "moved").len();
    world.git(["checkout", "--quiet", "HEAD~1", "--", "."]);
    assert_eq!(settled(&world, "moved").len(), before);
}

#[test]
fn what_pre_commit_defers_runs_on_the_commit() {
    let world = hooked(
        r#"
[defaults]
builtin = false
[hooks.pre-commit]
tasks = ["lint"]
[task.lint]
run = ["true"]
"#,
    );
    let tip = world.commit("one");
    assert_eq!(commits(&world, "lint"), [tip]);
}

#[test]
fn a_commit_that_changes_nothing_of_a_tasks_files_gets_no_job() {
    let world = hooked(
        r#"
[defaults]
builtin = false
[task.docs]
run = ["sh", "-c", "tr '\\0' ' ' < $TEND_CHANGED_FILES"]
on = ["post-commit"]
files = ["docs/**"]
"#,
    );
    world.write("src/a", "x");
    world.commit("code");
    assert!(settled(&world, "docs").is_empty());
    world.write("docs/a b", "x");
    world.write("src/b", "x");
    let tip = world.commit("words");
    let found = settled(&world, "docs");
    assert_eq!(found[0]["commit"], tip);
    let log = world
        .tend(["log", found[0]["id"].as_str().unwrap()])
        .code(0);
    assert_eq!(log.stdout, "docs/a b ");
}

#[test]
fn united_jobs_know_all_that_changed() {
    let world = hooked(
        r#"
[defaults]
builtin = false
[task.list]
run = ["sh", "-c", "tr '\\0' ' ' < $TEND_CHANGED_FILES"]
on = ["post-commit"]
"#,
    );
    world.tend(["pause", "1h"]).code(0);
    for name in ["one", "two", "three"] {
        world.write(name, "x");
        world.commit(name);
    }
    assert_eq!(jobs(&world, "list").len(), 1);
    world.tend(["pause", "--resume"]).code(0);
    world.tend(["drain", "--quiet"]).code(0);
    let found = settled(&world, "list");
    let log = world
        .tend(["log", found[0]["id"].as_str().unwrap()])
        .code(0);
    assert_eq!(log.stdout, "one three two ");
}
