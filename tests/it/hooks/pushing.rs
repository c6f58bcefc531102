//! pre-push, and the hooks that were there before ours.

use super::*;

const PUSH: &str = r#"
[defaults]
builtin = false
[task.check]
run = ["sh", "-c", "echo $TEND_BASE..$TEND_COMMIT"]
on = ["pre-push"]
"#;

fn with_remote(world: &World) {
    let remote = beside(world, "remote.git");
    world.git([
        "init",
        "--quiet",
        "--bare",
        "-b",
        "main",
        remote.to_str().unwrap(),
    ]);
    world.git(["remote", "add", "origin", remote.to_str().unwrap()]);
}

#[test]
fn a_push_gets_a_job_for_what_is_new_on_the_remote() {
    let world = hooked(PUSH);
    with_remote(&world);
    let base = head(&world);
    world.git(["push", "--quiet", "origin", "main"]);
    settled(&world, "check");
    let tip = world.commit("one");
    world.git(["push", "--quiet", "origin", "main"]);
    let found = settled(&world, "check");
    assert_eq!(found.len(), 2);
    assert_eq!(found[1]["commit"], tip);
    let log = world
        .tend(["log", found[1]["id"].as_str().unwrap()])
        .code(0);
    assert_eq!(log.stdout, format!("{base}..{tip}\n"));
    // Deleting a branch pushes nothing.
    world.git(["push", "--quiet", "origin", "main:side"]);
    settled(&world, "check");
    let before = jobs(&world, "check").len();
    world.git(["push", "--quiet", "origin", ":side"]);
    assert_eq!(settled(&world, "check").len(), before);
}

#[test]
fn the_hook_before_ours_sees_what_git_said_and_decides() {
    let world = hooked(PUSH);
    with_remote(&world);
    let seen = beside(&world, "seen");
    let chained = world.repo().join(".git/hooks.tend-prev/pre-push");
    script(
        &chained,
        &format!(
            "#!/bin/sh\n{{ echo \"$0 $@\"; cat; }} > '{}'\n",
            seen.display()
        ),
    );
    world.git(["push", "--quiet", "origin", "main"]);
    let said = fs::read_to_string(&seen).unwrap();
    let tip = head(&world);
    let zero = "0".repeat(40);
    let remote = beside(&world, "remote.git");
    assert_eq!(
        said,
        format!(
            "./.git/hooks.tend-prev/pre-push origin {}\nrefs/heads/main {tip} refs/heads/main {zero}\n",
            remote.display()
        )
    );
    assert_eq!(commits(&world, "check"), [tip]);

    script(&chained, "#!/bin/sh\necho 'not today' >&2\nexit 3\n");
    world.commit("one");
    let output = world
        .command("git")
        .args(["push", "--quiet", "origin", "main"])
        .output()
        .unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("not today"));
    assert_eq!(
        settled(&world, "check").len(),
        1,
        "a refused push gets no job"
    );
}

#[test]
fn a_failing_hook_before_ours_stops_the_commit_and_a_post_hook_does_not() {
    let world = hooked(LINT);
    let before = head(&world);
    let folder = world.repo().join(".git/hooks.tend-prev");
    script(&folder.join("pre-commit"), "#!/bin/sh\nexit 1\n");
    let output = world
        .command("git")
        .args(["commit", "--quiet", "--allow-empty", "-m", "one"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(head(&world), before);
    fs::remove_file(folder.join("pre-commit")).unwrap();
    script(&folder.join("post-commit"), "#!/bin/sh\nexit 1\n");
    let tip = world.commit("two");
    assert_eq!(commits(&world, "lint"), [tip]);
}

#[test]
fn a_hook_that_could_not_be_run_by_git_is_not_run_by_us() {
    let world = hooked(LINT);
    let path = world.repo().join(".git/hooks.tend-prev/pre-commit");
    script(&path, "#!/bin/sh\nexit 1\n");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    world.commit("one");
}
