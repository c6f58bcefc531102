//! Definitions, scripts, and who may approve.

use super::*;

fn with_script() -> World {
    let world = World::unborn();
    let text = marking(&world, "[\"./ci/check.sh\", \"data.txt\"]", "");
    world.write("tend.toml", text);
    write(
        &world.repo().join("ci/check.sh"),
        "#!/bin/sh\nmkdir -p \"$MARKS\"\ntouch \"$MARKS/$TEND_COMMIT\"\n",
    );
    world.write("data.txt", "x");
    world.commit("begin");
    world.tend(["trust", "--yes"]).code(0);
    drain(&world);
    world
}

#[test]
fn a_changed_script_waits_and_is_shown() {
    let world = with_script();
    let first = world.commit("one");
    drain(&world);
    assert_eq!(ran_on(&world), std::slice::from_ref(&first));
    // What the script reads is no script.
    world.write("data.txt", "y");
    let second = world.commit("data");
    drain(&world);
    assert!(ran_on(&world).contains(&second));

    write(
        &world.repo().join("ci/check.sh"),
        "#!/bin/sh\nmkdir -p \"$MARKS\"\ntouch \"$MARKS/$TEND_COMMIT\" # changed\n",
    );
    let third = world.commit("script");
    drain(&world);
    assert!(!ran_on(&world).contains(&third));
    let listed = world.tend(["queue"]).code(0).stdout;
    assert!(
        listed.contains("ci/check.sh is not as it was approved"),
        "{listed}"
    );
    let shown = world.tend(["trust", "--yes"]).code(0).stderr;
    assert!(
        shown.contains("-touch \"$MARKS/$TEND_COMMIT\"\n"),
        "{shown}"
    );
    assert!(
        shown.contains("+touch \"$MARKS/$TEND_COMMIT\" # changed"),
        "{shown}"
    );
    assert!(shown.contains("1 held job queued"), "{shown}");
    drain(&world);
    assert!(ran_on(&world).contains(&third));
    let job = world.tend(["queue", "--all", "--json"]).json();
    let job = job["jobs"]
        .as_array()
        .unwrap()
        .iter()
        .find(|job| job["commit"] == *third)
        .unwrap()
        .clone();
    assert_eq!(job["attempt"], 1, "waiting cost no attempt");
}

#[test]
fn the_script_of_the_commit_counts_not_that_of_the_worktree() {
    let world = with_script();
    // Committed as a change, and undone in the worktree: what is approved is not what would run.
    let approved = fs::read_to_string(world.repo().join("ci/check.sh")).unwrap();
    write(
        &world.repo().join("ci/check.sh"),
        "#!/bin/sh\ntouch \"$MARKS/evil\"\n",
    );
    world.commit("evil");
    write(&world.repo().join("ci/check.sh"), &approved);
    drain(&world);
    assert!(ran_on(&world).is_empty(), "{:?}", ran_on(&world));
}

#[test]
fn a_script_that_was_not_there_when_the_task_was_approved_waits() {
    let world = World::unborn();
    world.write("tend.toml", marking(&world, "[\"sh\", \"later.sh\"]", ""));
    world.commit("begin");
    world.tend(["trust", "--yes"]).code(0);
    drain(&world);
    write(
        &world.repo().join("later.sh"),
        "mkdir -p $MARKS; touch $MARKS/x\n",
    );
    world.commit("script");
    drain(&world);
    assert!(ran_on(&world).is_empty());
}

#[test]
fn a_tend_toml_that_changed_is_asked_about_only_where_it_matters() {
    let world = World::unborn();
    let text = marking(&world, MARK, "");
    world.write("tend.toml", &text);
    world.commit("begin");
    world.tend(["trust", "--yes"]).code(0);
    drain(&world);
    for harmless in [
        "# a comment\n",
        "timeout = \"3m\"\n",
        "priority = \"high\"\n",
    ] {
        world.write("tend.toml", format!("{text}{harmless}"));
        let tip = world.commit(harmless);
        drain(&world);
        assert!(ran_on(&world).contains(&tip), "{harmless}");
    }
    for matters in [
        text.replace("touch", "touch  "),
        text.replace("env = {", "env = { X = \"1\", "),
        format!("{text}workspace = \"worktree\"\n"),
        format!("{text}root = \"sub\"\n"),
    ] {
        world.write("tend.toml", &matters);
        let tip = world.commit("matters");
        drain(&world);
        assert!(!ran_on(&world).contains(&tip), "{matters}");
        assert!(states(&world).contains(&("mark".to_owned(), "held".to_owned())));
    }
}

#[test]
fn a_coding_agent_cannot_approve() {
    let world = World::unborn();
    world.write("tend.toml", marking(&world, MARK, ""));
    world.commit("begin");
    for variable in ["AI_AGENT", "PI_CODING_AGENT", "CLAUDECODE"] {
        let vars = [(variable, "1")];
        for args in [
            &["trust", "--yes"][..],
            &["trust", "--commit", "HEAD"],
            &["trust", "--ref", "main"],
            &["run", "mark", "--trust"],
            &["run-all", "--trust"],
            &["install-hooks", "--trust"],
        ] {
            let ran = world.tend_with(&vars, args);
            assert_eq!(ran.code, 3, "{variable} {args:?}: {}", ran.stderr);
        }
    }
    assert!(world.tend(["trust", "--list"]).stdout.is_empty());
    write(
        &world.folder().join("home/.config/git-tend/config.toml"),
        "[trust]\nallow_agents = true\n",
    );
    world
        .tend_with(&[("AI_AGENT", "1")], ["trust", "--yes"])
        .code(0);
}

#[test]
fn approvals_do_not_travel_with_a_repository() {
    let world = World::unborn();
    world.write("tend.toml", marking(&world, MARK, ""));
    world.commit("begin");
    world.tend(["trust", "--yes"]).code(0);
    drain(&world);
    let copy = world.folder().join("copy");
    let copied = world
        .command("cp")
        .args(["-a", ".", copy.to_str().unwrap()])
        .status()
        .unwrap();
    assert!(copied.success());
    let tend = |folder: &Path, home: &str, args: &[&str]| {
        let mut command = world.tend_command();
        let home = world.folder().join(home);
        command
            .current_dir(folder)
            .env("XDG_STATE_HOME", home.join(".state"))
            .env("HOME", &home);
        let output = command.args(args).output().unwrap();
        (
            output.status.code().unwrap(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    };
    // At another path, with all that lay in its `.git`; and for another user at the same path.
    for (folder, home) in [(copy.as_path(), "home"), (world.repo(), "home2")] {
        let (code, said) = tend(folder, home, &["run", "mark"]);
        assert_eq!(code, 3, "{said}");
        tend(folder, home, &["drain"]);
    }
    assert!(ran_on(&world).is_empty());
}

#[test]
fn a_revoked_task_waits_even_where_it_was_queued_before() {
    let world = World::unborn();
    world.write("tend.toml", marking(&world, MARK, ""));
    world.commit("begin");
    world.tend(["trust", "--yes"]).code(0);
    drain(&world);
    world.commit("one");
    world.tend(["pause", "1h"]).code(0);
    drain(&world);
    world.tend(["trust", "--revoke", "mark"]).code(0);
    world.tend(["pause", "--resume"]).code(0);
    drain(&world);
    assert!(ran_on(&world).is_empty());
    assert!(states(&world).contains(&("mark".to_owned(), "held".to_owned())));
}
