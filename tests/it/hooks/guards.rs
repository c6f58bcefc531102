//! What keeps git from waiting, from failing, and from being called in circles.

use std::io::Read as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use super::*;

const SLOW: &str = r#"
[defaults]
builtin = false
[task.slow]
run = ["sleep", "60"]
on = ["post-commit"]
timeout = "2m"
"#;

#[test]
fn a_reader_of_gits_output_does_not_wait_for_the_drain() {
    let world = hooked(SLOW);
    let started = Instant::now();
    let mut child = world
        .command("git")
        .args(["commit", "--allow-empty", "-m", "one"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = String::new();
    // Ends when the last process that holds the pipe closes it.
    child
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    assert!(child.wait().unwrap().success());
    assert!(
        started.elapsed() < Duration::from_secs(20),
        "the job takes a minute"
    );
    until(20, "the job runs", || {
        (jobs(&world, "slow").first()?["state"] == "running").then_some(())
    });
    world.tend(["stop", "--force"]).code(0);
    until(20, "the drain ends", || (!drains(&world)).then_some(()));
}

#[test]
fn a_second_commit_hands_its_job_to_the_drain_that_runs() {
    let world = hooked(&format!(
        "{SLOW}{}",
        "[task.quick]\nrun = [\"true\"]\non = [\"post-commit\"]\ncoalesce = \"each\"\n[queue]\nslots = 2\n"
    ));
    world.commit("one");
    until(20, "the slow job runs", || {
        (jobs(&world, "slow").first()?["state"] == "running").then_some(())
    });
    let tip = world.commit("two");
    until(20, "the drain that runs sees it", || {
        let jobs = jobs(&world, "quick");
        jobs.iter()
            .any(|job| job["commit"] == *tip && job["state"] == "done")
            .then_some(())
    });
    world.tend(["stop", "--force"]).code(0);
    until(20, "the drain ends", || (!drains(&world)).then_some(()));
}

#[test]
fn the_first_hook_of_all_makes_the_queue_behind_gits_back() {
    let world = World::with_config(LINT);
    world.tend(["trust", "--yes"]).code(0);
    let hooks = world.git(["rev-parse", "--path-format=absolute", "--git-path", "hooks"]);
    install_in(Path::new(hooks.trim()));
    // The approvals are the user's own and may be older than this clone, in which nothing has happened yet.
    std::fs::remove_dir_all(world.state_dir()).unwrap();
    assert!(!world.state_dir().join("queue.db").exists());
    let tip = world.commit("one");
    until(20, "the queue is made", || {
        world.state_dir().join("queue.db").exists().then_some(())
    });
    assert_eq!(commits(&world, "lint"), [tip]);
}

#[test]
fn a_locked_queue_holds_git_for_a_moment_and_loses_nothing() {
    let world = hooked(
        "[defaults]\nbuiltin = false\n[task.check]\nrun = [\"true\"]\non = [\"pre-push\"]\n",
    );
    let remote = beside(&world, "remote.git");
    world.git(["init", "--quiet", "--bare", remote.to_str().unwrap()]);
    let lock = world.lock_queue();
    let started = Instant::now();
    world.git(["push", "--quiet", remote.to_str().unwrap(), "main"]);
    assert!(
        started.elapsed() < Duration::from_secs(3),
        "{:?}",
        started.elapsed()
    );
    drop(lock);
    until(20, "what git said is not lost", || {
        jobs(&world, "check")
            .iter()
            .any(|job| job["state"] == "done")
            .then_some(())
    });
}

#[test]
fn what_a_job_commits_starts_no_job() {
    let world = hooked(
        r#"
[defaults]
builtin = false
[task.format]
run = ["git", "commit", "--quiet", "--allow-empty", "-m", "formatted"]
on = ["post-commit"]
workspace = "worktree"
env = { GIT_AUTHOR_NAME = "T", GIT_AUTHOR_EMAIL = "t@example.org", GIT_COMMITTER_NAME = "T", GIT_COMMITTER_EMAIL = "t@example.org" }
"#,
    );
    let typed = world.commit("one");
    assert_eq!(commits(&world, "format"), std::slice::from_ref(&typed));
    assert_eq!(
        world.git(["log", "-1", "--format=%s %P"]).trim(),
        format!("formatted {typed}")
    );
}

#[test]
fn switches_of_the_user_are_obeyed() {
    let world = hooked(&format!(
        "{EACH}[task.docs]\nrun = [\"true\"]\non = [\"post-commit\"]\n"
    ));
    let commit = |name: &str, value: &str| {
        let output = world
            .command("git")
            .env(name, value)
            .args(["commit", "--quiet", "--allow-empty", "-m", "x"])
            .output()
            .unwrap();
        assert!(output.status.success());
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    assert_eq!(commit("TEND", "0"), "");
    assert_eq!(
        commit("TEND_SKIP", "lint,nonsense"),
        "tend: docs queued · git tend status\n"
    );
    assert_eq!(settled(&world, "lint").len(), 0);
    // In CI nothing is left running.
    assert!(commit("CI", "true").contains("lint"));
    assert!(!drains(&world));
    assert_eq!(jobs(&world, "lint").last().unwrap()["state"], "queued");
}

#[test]
fn in_the_foreground_the_drain_is_over_when_git_is() {
    let world = hooked(&format!("{LINT}[hooks.post-commit]\ndetach = false\n"));
    let tip = world.commit("one");
    let found = jobs(&world, "lint");
    assert_eq!(found[0]["commit"], tip);
    assert_eq!(found[0]["state"], "done");
}

#[test]
fn a_hook_that_is_switched_off_does_nothing() {
    let world = hooked(&format!("{LINT}[hooks.post-commit]\nenabled = false\n"));
    world.commit("one");
    assert!(settled(&world, "lint").is_empty());
}

#[test]
fn faults_of_ours_are_one_line_and_never_stop_git() {
    let world = hooked(LINT);
    let commit = || {
        let output = world
            .command("git")
            .args([
                "commit",
                "--quiet",
                "--allow-empty",
                "--allow-empty-message",
                "-m",
                "",
            ])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}");
        said
    };
    world.write("tend.toml", "[task.lint\n");
    let said = commit();
    assert!(
        said.starts_with("tend: the configuration is not valid"),
        "{said}"
    );
    assert_eq!(said.lines().count(), 1, "{said}");
    world.write("tend.toml", LINT);
    fs::write(
        world.state_dir().join("queue.db"),
        "this is no database, and it is long enough to have a header of one",
    )
    .unwrap();
    commit();
    until(20, "the damaged queue is replaced", || {
        // Until then it cannot be read.
        let queue = world.tend(["queue", "--all", "--json"]);
        let is_there = queue.code == 0 && queue.stdout.contains(&head(&world));
        is_there.then_some(())
    });
}

#[test]
fn nonsense_is_wrong_usage() {
    let world = World::new();
    world.tend(["hook", "post-nonsense"]).code(2);
    world.tend(["hook"]).code(2);
    assert!(
        world
            .tend(["hook", "--help"])
            .code(0)
            .stdout
            .contains("EVENT")
    );
}
