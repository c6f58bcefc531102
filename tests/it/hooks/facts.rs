//! What git does around hooks. Everything else here is built on it: when a new git does otherwise, this says so first.

use super::*;

/// A repository in which every hook records its variables, arguments, input and the staged paths as it sees them.
fn recorded() -> World {
    let world = World::unborn();
    for name in ["a", "b"] {
        world.write(name, "1");
    }
    world.commit("begin");
    let log = beside(&world, "log");
    for event in EVENTS {
        let text = format!(
            "#!/bin/sh\n{{ echo \"{event} $*\"; env | grep '^GIT_' | sort; test -e \"$GIT_DIR.git/index.lock\" && echo locked\n\
             test {event} = pre-commit && echo \"staged $(git diff --cached --name-only | tr '\\n' ' ')\" \
             && echo \"without $(unset GIT_INDEX_FILE; git diff --cached --name-only | tr '\\n' ' ')\"\n\
             case {event} in pre-push|post-rewrite) cat;; esac; echo; }} >> '{}'\n",
            log.display()
        );
        script(&hooks(&world).join(event), &text);
    }
    world
}

fn hooks(world: &World) -> PathBuf {
    world.repo().join(".git/hooks")
}

/// What the hooks recorded since the last time, one entry a call.
fn calls(world: &World) -> Vec<String> {
    let log = beside(world, "log");
    let text = fs::read_to_string(&log).unwrap_or_default();
    let _ = fs::remove_file(log);
    text.split("\n\n")
        .filter(|call| !call.trim().is_empty())
        .map(str::to_owned)
        .collect()
}

#[track_caller]
fn one(world: &World, event: &str) -> String {
    let found: Vec<String> = calls(world)
        .into_iter()
        .filter(|call| call.starts_with(event))
        .collect();
    assert_eq!(found.len(), 1, "{found:#?}");
    found.into_iter().next().unwrap()
}

fn has(call: &str, line: &str) -> bool {
    call.lines().any(|found| found == line)
}

fn variable<'a>(call: &'a str, name: &str) -> Option<&'a str> {
    call.lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
}

#[test]
fn a_commit_names_its_index_and_no_git_dir() {
    let world = recorded();
    world.write("a", "2");
    world.git(["add", "a"]);
    world.git(["commit", "--quiet", "-m", "x"]);
    let call = one(&world, "pre-commit");
    assert_eq!(variable(&call, "GIT_INDEX_FILE"), Some(".git/index"));
    assert_eq!(variable(&call, "GIT_DIR"), None);
}

#[test]
fn commit_all_and_commit_path_have_an_index_of_their_own_and_hold_the_lock() {
    let world = recorded();
    world.write("a", "2");
    world.git(["commit", "--quiet", "-am", "x"]);
    let call = one(&world, "pre-commit");
    let lock = world.repo().join(".git/index.lock");
    assert_eq!(variable(&call, "GIT_INDEX_FILE"), lock.to_str());
    assert!(has(&call, "locked"), "{call}");
    assert!(has(&call, "staged a "), "{call}");
    assert!(
        has(&call, "without "),
        "without the variable nothing is staged: {call}"
    );

    world.write("a", "3");
    world.write("b", "3");
    world.git(["add", "b"]);
    world.git(["commit", "--quiet", "-m", "x", "a"]);
    let call = one(&world, "pre-commit");
    let index = variable(&call, "GIT_INDEX_FILE").unwrap();
    assert!(index.contains("/.git/next-index-"), "{index}");
    assert!(has(&call, "locked"), "{call}");
    assert!(has(&call, "staged a "), "{call}");
    assert!(
        has(&call, "without b "),
        "without the variable it is the wrong files: {call}"
    );
}

#[test]
fn a_linked_worktree_names_both_and_no_work_tree() {
    let world = recorded();
    let linked = beside(&world, "linked");
    world.git(["worktree", "add", "--quiet", linked.to_str().unwrap()]);
    let call = one(&world, "post-checkout");
    assert_eq!(
        variable(&call, "GIT_DIR"),
        None,
        "a new worktree's hook: {call}"
    );
    assert!(linked.join(".git").is_file());
    git_in(
        &world,
        &linked,
        &["commit", "--quiet", "--allow-empty", "-m", "x"],
    );
    let call = one(&world, "post-commit");
    let own = world.repo().join(".git/worktrees/linked");
    assert_eq!(variable(&call, "GIT_DIR"), own.to_str());
    assert_eq!(
        variable(&call, "GIT_INDEX_FILE"),
        own.join("index").to_str()
    );
    assert_eq!(variable(&call, "GIT_WORK_TREE"), None);
}

#[test]
fn a_push_says_its_refs_on_standard_input_and_names_no_index() {
    let world = recorded();
    let remote = beside(&world, "remote.git");
    world.git(["init", "--quiet", "--bare", remote.to_str().unwrap()]);
    world.git(["push", "--quiet", remote.to_str().unwrap(), "main"]);
    let call = one(&world, "pre-push");
    assert_eq!(variable(&call, "GIT_INDEX_FILE"), None);
    assert_eq!(variable(&call, "GIT_DIR"), None);
    let tip = head(&world);
    let line = format!("refs/heads/main {tip} refs/heads/main {}", "0".repeat(40));
    assert!(has(&call, &line), "{call}");
}

#[test]
fn a_rebase_of_twenty_commits_calls_post_commit_for_each_and_pre_commit_for_none() {
    let world = recorded();
    world.git(["switch", "--quiet", "-c", "topic"]);
    for number in 0..20 {
        world.write(&format!("f{number}"), "x");
        world.commit("work");
    }
    world.git(["switch", "--quiet", "main"]);
    world.write("main", "x");
    world.commit("upstream");
    world.git(["switch", "--quiet", "topic"]);
    calls(&world);
    world.git(["rebase", "--quiet", "main"]);
    let called = calls(&world);
    let count = |event: &str| called.iter().filter(|call| call.starts_with(event)).count();
    assert_eq!(count("post-commit"), 20);
    assert_eq!(count("post-rewrite"), 1);
    assert_eq!(count("pre-commit"), 0);
}

#[test]
fn amending_without_verifying_calls_both_hooks_after_it() {
    let world = recorded();
    world.git(["commit", "--quiet", "--amend", "--no-verify", "-m", "x"]);
    let called = calls(&world);
    let names: Vec<&str> = called
        .iter()
        .filter_map(|call| call.split_whitespace().next())
        .collect();
    assert_eq!(names, ["post-commit", "post-rewrite"]);
}

#[test]
fn a_merge_and_a_patch_call_no_post_commit() {
    let world = recorded();
    world.git(["switch", "--quiet", "-c", "topic"]);
    world.write("t", "x");
    world.commit("topic");
    let patch = world.git(["format-patch", "--stdout", "-1"]);
    fs::write(beside(&world, "patch"), patch).unwrap();
    world.git(["switch", "--quiet", "main"]);
    world.write("m", "x");
    world.commit("main");
    calls(&world);
    world.git(["merge", "--quiet", "--no-edit", "topic"]);
    let called = calls(&world).join("\n");
    assert!(
        called.contains("post-merge 0") && !called.contains("post-commit"),
        "{called}"
    );
    assert!(called.contains("pre-merge-commit"), "{called}");
    world.git(["switch", "--quiet", "-c", "patched", "main~1"]);
    calls(&world);
    world.git(["am", "--quiet", beside(&world, "patch").to_str().unwrap()]);
    let called = calls(&world).join("\n");
    assert!(
        called.contains("post-applypatch") && !called.contains("post-commit"),
        "{called}"
    );
}
