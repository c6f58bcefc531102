//! Verdicts are of trees, and kept: nothing runs again that was judged before, and what decides otherwise does run.

use super::*;

/// Commits something that leaves the tree as it is.
fn again(bench: &Bench, message: &str) {
    bench.passes(&["commit", "--allow-empty", "-m", message]);
}

#[test]
fn the_same_tree_is_judged_once_wherever_it_is() {
    let mut bench = Bench::new(&ALL);
    bench.with_remote();
    bench.stage("src/a.txt", "fine too\n");
    let runs = |bench: &Bench| {
        bench.quiet();
        ALL.map(|(name, ..)| bench.runs(name))
    };
    bench.passes(&["commit", "-m", "one"]);
    assert_eq!(runs(&bench), [1; 4]);
    bench.passes(&["commit", "--amend", "-m", "another message"]);
    again(&bench, "nothing");
    bench.pushes(&["origin", "main"]);
    bench.world.git(["switch", "--quiet", "-c", "side"]);
    again(&bench, "on another branch");
    bench.world.git(["switch", "--quiet", "--detach", "HEAD~1"]);
    again(&bench, "on none");
    bench
        .world
        .git(["worktree", "add", "--quiet", "../linked", "side"]);
    bench.world.enter("linked");
    again(&bench, "in another worktree");
    bench.pushes(&["origin", "side"]);
    assert_eq!(runs(&bench), [1; 4]);

    // Away and back again.
    bench.stage("src/a.txt", "fine thrice\n");
    bench.passes(&["commit", "-m", "away"]);
    bench.stage("src/a.txt", "fine too\n");
    bench.passes(&["commit", "-m", "back"]);
    assert_eq!(runs(&bench), [2; 4]);
}

#[test]
fn what_cannot_be_read_is_judged_again() {
    let bench = Bench::new(&ALL);
    bench.stage("src/a.txt", "BAD\n");
    bench.stops(&["commit", "-m", "bad"], &ALL);
    let database = bench.world.state_dir().join("queue.db");
    let queue = rusqlite::Connection::open(database).unwrap();
    let damaged = "UPDATE verdict SET body = '{garbage' WHERE body IS NOT NULL";
    assert!(queue.execute(damaged, []).unwrap() >= ALL.len());
    drop(queue);
    fs::write(bench.world.state_dir().join("programs.json"), "{garbage").unwrap();
    bench.stops(&["commit", "-m", "still bad"], &ALL);
}

#[test]
fn a_failure_is_kept_as_well() {
    let bench = Bench::new(&ALL);
    bench.stage("src/a.txt", "BAD\n");
    let first = bench.stops(&["commit", "-m", "bad"], &ALL);
    let second = bench.stops(&["commit", "-m", "still bad"], &ALL);
    assert_eq!(
        ALL.map(|(name, ..)| bench.runs(name)),
        [1, 1, 1, 2],
        "findings: the base's too"
    );
    for ran in [first, second] {
        assert!(ran.stderr.contains("src/a.txt:1"), "{}", ran.stderr);
    }
}

#[test]
fn another_program_of_that_name_judges_again() {
    let bench = Bench::new(&[("own", r#"["own-linter", "[RUNS]"]"#, "")]);
    let bin = beside(&bench.world, "home/bin");
    let linter = |text: &str| {
        script(
            &bin.join("own-linter"),
            &format!("#!/bin/sh\necho x >> \"$1/own\"\n{text}\n"),
        );
    };
    let path = format!("{}:/usr/bin:/bin", bin.display());
    let commit = |message: &str| {
        let mut command = bench.world.command("git");
        bench.ran(
            command
                .env("PATH", &path)
                .args(["commit", "--allow-empty", "-m", message]),
        )
    };
    linter("true");
    commit("one").code(0);
    commit("two").code(0);
    assert_eq!(bench.runs("own"), 1);
    linter("# Version 2.\n! grep -rn fine src");
    let ran = commit("three");
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert_eq!(bench.runs("own"), 2);
    linter("true");
    commit("four").code(0);
    assert_eq!(bench.runs("own"), 2, "the first one, which has judged");
}

#[test]
fn another_command_judges_again() {
    let bench = Bench::new(&TREE);
    again(&bench, "one");
    let stricter = LOOK.replace("BAD", "fine");
    let text = bench.config(&[("tree", &stricter, "")], &["pre-commit"], "60s", "");
    // In the configuration alone: it is read from the worktree, and the tree is the same.
    bench.world.write("tend.toml", text);
    bench.world.tend(["trust", "--yes"]).code(0);
    bench.stops(&["commit", "--allow-empty", "-m", "two"], &TREE);
    assert_eq!(bench.runs("tree"), 2);
}

#[test]
fn only_what_is_selected_and_settings_count() {
    let gates = [
        ("selected", LOOK, "files = [\"src/**\"]"),
        ("each", LOOK_AT, "files = [\"src/**\"]"),
    ];
    let bench = Bench::new(&gates);
    let runs = || gates.map(|(name, ..)| bench.runs(name));
    let commit = |path: &str, text: &str| {
        bench.stage(path, text);
        bench.passes(&["commit", "-m", path]);
    };
    commit("src/a.txt", "fine too\n");
    assert_eq!(runs(), [1, 1]);
    // BAD, and nobody's business.
    commit("docs/guide.md", "BAD\n");
    assert_eq!(runs(), [1, 1]);
    for setting in [
        "Cargo.lock",
        "ruff.toml",
        "web/.eslintrc.json",
        "pyproject.toml",
    ] {
        let before = runs();
        commit(setting, "# settings\n");
        assert_eq!(runs()[0], before[0] + 1, "{setting}");
    }
    let before = runs();
    commit("src/b.txt", "fine too\n");
    assert_eq!(runs(), [before[0] + 1, before[1] + 1]);
    bench.world.git(["update-index", "--chmod=+x", "src/b.txt"]);
    bench.passes(&["commit", "-m", "another mode"]);
    assert_eq!(runs(), [before[0] + 2, before[1] + 2]);
}

#[test]
fn a_script_of_the_projects_that_changed_judges_again_once_it_is_approved() {
    let world = World::unborn();
    let path = world.repo().join("ci/check.sh");
    script(&path, "#!/bin/sh\ngrep -rn BAD docs && exit 1\nexit 0\n");
    let gates = [("script", r#"["./ci/check.sh"]"#, "files = [\"src/**\"]")];
    let bench = Bench::of(world, &gates, "60s", "");
    again(&bench, "one");
    script(&path, "#!/bin/sh\n! grep -rn fine src\n");
    bench.world.git(["add", "ci"]);
    let ran = bench.try_git(&["commit", "-m", "stricter"]).code(0);
    assert!(ran.stderr.contains("⏸ script is held"), "{}", ran.stderr);
    // A drain goes by what was approved when it began.
    bench.quiet();
    bench.world.tend(["trust", "--yes"]).code(0);
    bench.stops(&["commit", "--allow-empty", "-m", "two"], &gates);
}

#[test]
fn a_change_of_one_file_calls_a_gate_that_looks_at_each_with_that_one() {
    let list = r#"["sh", "-c", "echo \"$@\" >> '[RUNS]'/listed", "sh", "{files}"]"#;
    let bench = Bench::new(&[("listed", list, "files = [\"src/**\"]")]);
    let called = || {
        let path = bench.runs_folder().join("listed");
        fs::read_to_string(path).unwrap_or_default()
    };
    bench.stage("src/a.txt", "fine too\n");
    bench.passes(&["commit", "-m", "one"]);
    assert_eq!(called(), "src/a.txt\n");
    bench.stage("src/b.txt", "fine too\n");
    bench.stage("src/sub/c.txt", "fine too\n");
    bench.passes(&["commit", "-m", "two"]);
    assert_eq!(called(), "src/a.txt\nsrc/b.txt src/sub/c.txt\n");
    // Content that was judged before.
    bench.stage("src/a.txt", "fine\n");
    bench.passes(&["commit", "-m", "three"]);
    bench.stage("src/a.txt", "fine too\n");
    bench.passes(&["commit", "-m", "four"]);
    assert_eq!(called().lines().count(), 3);
}
