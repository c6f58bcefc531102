//! Commits: made here, or arrived.

use super::*;

/// A repository whose task is approved and whose HEAD was seen, with a colleague.
fn shared() -> (World, Colleague) {
    let world = World::unborn();
    world.write("tend.toml", marking(&world, MARK, ""));
    world.commit("begin");
    world.tend(["trust", "--yes"]).code(0);
    drain(&world);
    let colleague = Colleague::of(&world);
    (world, colleague)
}

#[track_caller]
fn is_held(world: &World) {
    let before = ran_on(world);
    drain(world);
    assert!(!ran_on(world).contains(&head(world)), "{before:?}");
    let listed = world.tend(["queue"]).code(0).stdout;
    assert!(listed.contains("held"), "{listed}");
    assert!(listed.contains("not made here"), "{listed}");
}

#[test]
fn whatever_a_pull_brings_waits() {
    for file in [
        "conftest.py",
        "build.rs",
        "package.json",
        "eslint.config.js",
        "tests/test_a.py",
    ] {
        let (world, colleague) = shared();
        colleague.pushes(&world, file, "whatever");
        world.git(["pull", "--quiet", "--ff-only"]);
        is_held(&world);
    }
}

#[test]
fn a_pulled_tend_toml_and_a_pulled_script_do_not_run() {
    let world = World::unborn();
    let script = "#!/bin/sh\nmkdir -p \"$MARKS\"\ntouch \"$MARKS/$TEND_COMMIT\"\n";
    let text = marking(&world, "[\"./ci/check.sh\"]", "");
    world.write("tend.toml", &text);
    write(&world.repo().join("ci/check.sh"), script);
    world.commit("begin");
    world.tend(["trust", "--yes"]).code(0);
    drain(&world);
    let colleague = Colleague::of(&world);
    let evil = format!("touch {}/evil", marks(&world).display());
    for (path, text) in [
        (
            "ci/check.sh",
            format!("#!/bin/sh\nmkdir -p $MARKS; {evil}\n"),
        ),
        ("tend.toml", text.replace("./ci/check.sh", "./ci/other.sh")),
        (
            "ci/other.sh",
            format!("#!/bin/sh\nmkdir -p $MARKS; {evil}\n"),
        ),
    ] {
        colleague.pushes(&world, path, &text);
        world.git(["pull", "--quiet", "--ff-only"]);
        drain(&world);
        // Nor does it on a commit of one's own, made on top without having looked.
        world.commit("on top");
        drain(&world);
        world.git(["push", "--quiet"]);
        assert!(ran_on(&world).is_empty(), "{path}: {:?}", ran_on(&world));
    }
}

#[test]
fn a_merge_and_a_rebase_that_pull_makes_wait_too() {
    for how in ["--no-rebase", "--rebase"] {
        let (world, colleague) = shared();
        colleague.pushes(&world, "theirs", "x");
        world.write("ours", "x");
        world.commit("ours");
        drain(&world);
        assert!(
            ran_on(&world).contains(&head(&world)),
            "one's own commit runs"
        );
        world.git(["pull", "--quiet", "--no-edit", how]);
        is_held(&world);
    }
}

#[test]
fn a_fetched_branch_and_a_reset_to_it_wait() {
    let (world, colleague) = shared();
    colleague.git(&world, &["switch", "--quiet", "-c", "feature"]);
    colleague.git(
        &world,
        &["commit", "--quiet", "--allow-empty", "-m", "feature"],
    );
    colleague.git(&world, &["push", "--quiet", "-u", "origin", "feature"]);
    world.git(["fetch", "--quiet"]);
    world.git(["reset", "--quiet", "--hard", "origin/feature"]);
    drain(&world);
    assert!(!ran_on(&world).contains(&head(&world)));
    // A rebase that has nothing of its own to put on top is a fast-forward.
    let (world, colleague) = shared();
    colleague.pushes(&world, "theirs", "x");
    world.git(["fetch", "--quiet"]);
    world.git(["rebase", "--quiet", "origin/main"]);
    is_held(&world);
}

#[test]
fn what_is_made_here_runs_at_once() {
    let (world, colleague) = shared();
    let mut expected = Vec::new();
    let mut made = |world: &World| {
        drain(world);
        assert!(
            ran_on(world).contains(&head(world)),
            "{}",
            world.git(["log", "-g", "-3", "--oneline"])
        );
        expected.push(head(world));
    };
    world.commit("commit");
    made(&world);
    world.git([
        "commit",
        "--quiet",
        "--amend",
        "--allow-empty",
        "-m",
        "amend",
    ]);
    made(&world);
    world.git(["switch", "--quiet", "-c", "topic"]);
    world.write("t", "x");
    world.commit("topic");
    made(&world);
    world.git(["switch", "--quiet", "main"]);
    world.commit("beside it");
    made(&world);
    world.git(["merge", "--quiet", "--no-edit", "topic"]);
    made(&world);
    world.git(["revert", "--no-edit", "-m", "1", "HEAD"]);
    made(&world);
    // Rebased by hand on what was fetched: looked at, and put on top.
    colleague.pushes(&world, "theirs", "x");
    world.git(["fetch", "--quiet"]);
    world.git(["rebase", "--quiet", "origin/main"]);
    made(&world);
    expected.sort();
    assert_eq!(ran_on(&world), expected);
}

#[test]
fn a_commit_on_top_of_what_arrived_runs() {
    let (world, colleague) = shared();
    colleague.pushes(&world, "theirs", "x");
    world.git(["pull", "--quiet", "--ff-only"]);
    is_held(&world);
    let tip = world.commit("on top");
    drain(&world);
    assert!(ran_on(&world).contains(&tip));
}

#[test]
fn a_clone_waits_until_it_is_told() {
    let (world, _colleague) = shared();
    let clone = world.folder().join("clone");
    world.git([
        "clone",
        "--quiet",
        world.folder().join("shared.git").to_str().unwrap(),
        clone.to_str().unwrap(),
    ]);
    let tend = |args: &[&str]| {
        let output = world
            .tend_command()
            .current_dir(&clone)
            .args(args)
            .output()
            .unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr)
    };
    tend(&["trust", "--yes"]);
    // What a person types runs: typing is the decision.
    tend(&["run", "mark"]);
    assert_eq!(ran_on(&world).len(), 1);
}

#[test]
fn a_trusted_ref_and_a_trusted_commit_let_go() {
    let (world, colleague) = shared();
    let first = colleague.pushes(&world, "one", "x");
    world.git(["pull", "--quiet", "--ff-only"]);
    is_held(&world);
    let said = world.tend(["trust", "--commit", "HEAD"]).code(0).stderr;
    assert!(said.contains("1 held job queued"), "{said}");
    drain(&world);
    assert_eq!(ran_on(&world), std::slice::from_ref(&first));

    let second = colleague.pushes(&world, "two", "x");
    world.git(["pull", "--quiet", "--ff-only"]);
    is_held(&world);
    world.tend(["trust", "--ref", "origin/main"]).code(0);
    drain(&world);
    let mut both = vec![first, second.clone()];
    both.sort();
    assert_eq!(ran_on(&world), both);
    // From now on at once, but only what is in the ref.
    let third = colleague.pushes(&world, "three", "x");
    world.git(["pull", "--quiet", "--ff-only"]);
    drain(&world);
    assert!(ran_on(&world).contains(&third));
    assert!(
        world
            .tend(["trust", "--list"])
            .stdout
            .contains("origin/main")
    );
    world.tend(["trust", "--revoke", "origin/main"]).code(0);
    colleague.pushes(&world, "four", "x");
    world.git(["pull", "--quiet", "--ff-only"]);
    is_held(&world);
}

#[test]
fn the_users_configuration_can_trust_a_ref_and_the_repositorys_cannot() {
    let (world, colleague) = shared();
    colleague.pushes(&world, "one", "x");
    world.git(["pull", "--quiet", "--ff-only"]);
    world.write("tend.local.toml", "[trust]\nrefs = [\"origin/main\"]\n");
    assert!(world.tend(["status"]).code(2).stderr.contains("trust"));
    fs::remove_file(world.repo().join("tend.local.toml")).unwrap();
    is_held(&world);
    write(
        &world.folder().join("home/.config/git-tend/config.toml"),
        "[trust]\nrefs = [\"origin/main\"]\n",
    );
    world.tend(["trust"]).code(0);
    drain(&world);
    assert_eq!(ran_on(&world), [head(&world)]);
}

#[test]
fn a_schedule_does_not_run_what_arrived_either() {
    let (world, colleague) = shared();
    let text = marking(&world, MARK, "every = \"1h\"");
    world.write("tend.toml", text);
    world.commit("hourly");
    drain(&world);
    colleague.pushes(&world, "conftest.py", "x");
    world.git(["pull", "--quiet", "--rebase"]);
    let later = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(3);
    let later = later.to_string();
    world
        .tend_with(&[("TEND_NOW", &later)], ["drain", "--quiet"])
        .code(0);
    assert!(!ran_on(&world).contains(&head(&world)));
}

#[test]
fn without_a_reflog_nobody_knows() {
    let (world, _colleague) = shared();
    let tip = world.commit("mine");
    fs::remove_dir_all(world.repo().join(".git/logs")).unwrap();
    drain(&world);
    assert!(!ran_on(&world).contains(&tip));
}
