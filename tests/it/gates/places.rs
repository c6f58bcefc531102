//! Every kind of repository and index, and every way in which programs call git.

use std::os::unix::ffi::OsStrExt as _;
use std::process::Stdio;

use super::*;

/// Good passes, bad is stopped, in the repository as it is.
#[track_caller]
fn tells_good_from_bad(bench: &Bench) {
    bench.stage("src/a.txt", "fine too\n");
    bench.passes(&["commit", "-m", "good"]);
    bench.stage("src/a.txt", "BAD\n");
    bench.stops(&["commit", "-m", "bad"], &ALL);
    bench.world.write("src/a.txt", "better\n");
    bench.passes(&["commit", "-am", "good again"]);
    assert_eq!(bench.world.git(["show", "HEAD:src/a.txt"]), "better\n");
}

#[test]
fn split_indexes() {
    let bench = Bench::new(&ALL);
    bench.world.git(["update-index", "--split-index"]);
    bench.world.git(["config", "core.splitIndex", "true"]);
    tells_good_from_bad(&bench);
}

#[test]
fn indexes_of_version_four() {
    let bench = Bench::new(&ALL);
    bench.world.git(["update-index", "--index-version", "4"]);
    tells_good_from_bad(&bench);
}

fn sparse(options: &[&str]) {
    let bench = Bench::new(&ALL);
    bench.stage("other/deep/d.txt", "fine\n");
    bench.stage("src/hidden/h.txt", "fine\n");
    bench.passes(&["commit", "-m", "more"]);
    bench
        .world
        .git([&["sparse-checkout", "set"], options].concat());
    tells_good_from_bad(&bench);
    // Not checked out, and part of what is committed: a gate must see it.
    let blob = beside(&bench.world, "seen/bad");
    fs::write(&blob, "BAD\n").unwrap();
    let id = bench
        .world
        .git(["hash-object", "-w", blob.to_str().unwrap()]);
    let entry = format!("100644,{},src/hidden/h.txt", id.trim());
    bench
        .world
        .git(["update-index", "--add", "--cacheinfo", &entry]);
    let ran = bench.stops(&["commit", "-m", "bad"], &ALL);
    assert!(ran.stderr.contains("src/hidden/h.txt"), "{}", ran.stderr);
}

#[test]
fn sparse_checkouts() {
    sparse(&["--no-cone", "/src/*.txt", "/tend.toml"]);
}

#[test]
fn sparse_indexes() {
    sparse(&["--cone", "--sparse-index", "src/sub"]);
}

fn made_with(options: &[&str]) {
    let world = World::bare_folder();
    let words = ["init", "--quiet", "--initial-branch=main"];
    world.git([&words, options].concat());
    let bench = Bench::of(world, &ALL, "60s", "");
    bench.with_remote();
    tells_good_from_bad(&bench);
    bench.pushes(&["origin", "main"]);
}

#[test]
fn sha256_repositories() {
    made_with(&["--object-format=sha256"]);
}

#[test]
fn reftable_repositories() {
    made_with(&["--ref-format=reftable"]);
}

#[test]
fn paths_of_any_bytes() {
    let bench = Bench::new(&ALL);
    let odd = OsStr::from_bytes(b"src/caf\xe9 of \"x\"\n.txt");
    let path = bench.world.repo().join(odd);
    fs::write(&path, "BAD\n").unwrap();
    bench.world.git([OsStr::new("add"), odd]);
    bench.stops(&["commit", "-m", "bad"], &ALL[..3]);
    fs::write(&path, "fine\n").unwrap();
    bench.world.git([OsStr::new("add"), odd]);
    bench.passes(&["commit", "-m", "good"]);
}

#[test]
fn a_repository_whose_own_path_has_blanks_and_other_bytes() {
    let mut world = World::bare_folder();
    world.move_repo("it's a \"repo\"\nof $mine");
    world.git(["init", "--quiet", "--initial-branch=main"]);
    let bench = Bench::of(world, &ALL, "60s", "");
    tells_good_from_bad(&bench);
}

#[test]
fn a_linked_worktree() {
    let mut bench = Bench::new(&ALL);
    bench.world.git([
        "worktree",
        "add",
        "--quiet",
        "-b",
        "linked",
        "../linked tree",
    ]);
    // Bad things in the first one are nobody's business.
    bench.stage("src/b.txt", "BAD\n");
    bench.world.enter("linked tree");
    tells_good_from_bad(&bench);
}

#[test]
fn a_submodule() {
    let mut bench = Bench::new(&TREE);
    let library = Bench::new(&TREE);
    let from = library.world.repo().to_str().unwrap();
    let allow = ["-c", "protocol.file.allow=always"];
    let add = ["submodule", "--quiet", "add", from, "src/library"];
    bench.world.git([&allow[..], &add].concat());
    bench.passes(&["commit", "-m", "a submodule"]);
    bench.world.enter("repo/src/library");
    fs::create_dir_all(beside(&bench.world, "runs")).unwrap();
    let text = bench.config(&ALL, &["pre-commit"], "60s", "");
    bench.world.write("tend.toml", text);
    bench.world.commit("gates of its own");
    bench.ready();
    // What was cloned arrived: findings are compared with it once the user says that it may run.
    let cloned = bench.world.git(["rev-parse", "HEAD~1"]);
    let words = ["trust", "--commit", cloned.trim()];
    bench.world.tend(words).code(0);
    tells_good_from_bad(&bench);
}

/// Git as programs with windows call it: no terminal, next to no environment, from somewhere else.
fn called_by_a_program(bench: &Bench, words: &[&str], variables: &[(&str, &OsStr)]) -> Ran {
    let mut command = Command::new("git");
    command
        .current_dir("/")
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("GIT_AUTHOR_NAME", "A. Author")
        .env("GIT_AUTHOR_EMAIL", "author@example.org")
        .env("GIT_COMMITTER_NAME", "A. Author")
        .env("GIT_COMMITTER_EMAIL", "author@example.org")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("TEND_PRESSURE", "0,0")
        .envs(variables.iter().copied())
        .args(words)
        .stdin(Stdio::null());
    bench.ran(&mut command)
}

/// Approvals where they are kept if nothing but HOME says where.
fn approve_without_xdg(bench: &Bench) {
    let mut command = bench.world.tend_command();
    for name in ["CONFIG", "STATE", "DATA", "CACHE"] {
        command.env_remove(format!("XDG_{name}_HOME"));
    }
    bench.ran(command.args(["trust", "--yes"])).code(0);
}

#[test]
fn programs_with_windows_name_the_folder() {
    let bench = Bench::new(&ALL);
    let repo = bench.world.repo().to_str().unwrap().to_owned();
    let home = bench.world.home();
    let home = [("HOME", home.as_os_str())];
    approve_without_xdg(&bench);
    let commit = |text: &str, message: &str| {
        bench.stage("src/a.txt", text);
        called_by_a_program(&bench, &["-C", &repo, "commit", "-m", message], &home)
    };
    let ran = commit("BAD\n", "bad");
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(ran.stderr.contains("✗ tree"), "{}", ran.stderr);
    let ran = commit("fine too\n", "good").code(0);
    assert!(!ran.stderr.contains("tend:"), "{}", ran.stderr);
}

#[test]
fn programs_with_windows_name_the_repository_and_the_files() {
    let bench = Bench::new(&ALL);
    let (dir, tree) = (bench.world.repo().join(".git"), bench.world.repo());
    let home = bench.world.home();
    approve_without_xdg(&bench);
    let variables = [
        ("GIT_DIR", dir.as_os_str()),
        ("GIT_WORK_TREE", tree.as_os_str()),
        ("HOME", home.as_os_str()),
    ];
    let commit = |text: &str, words: &[&str]| {
        bench.world.write("src/a.txt", text);
        called_by_a_program(&bench, words, &variables)
    };
    let ran = commit("BAD\n", &["commit", "-am", "bad"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(ran.stderr.contains("✗ findings"), "{}", ran.stderr);
    let ran = commit("fine too\n", &["commit", "-am", "good"]).code(0);
    assert!(!ran.stderr.contains("tend:"), "{}", ran.stderr);
}

#[test]
fn without_a_home_the_commit_goes_or_is_judged_and_the_push_asks() {
    let bench = Bench::new(&TREE);
    bench.with_remote();
    let repo = bench.world.repo().to_str().unwrap().to_owned();
    bench.stage("src/a.txt", "BAD\n");
    let mut command = Command::new("git");
    command
        .current_dir("/")
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .envs([
            ("GIT_AUTHOR_NAME", "A"),
            ("GIT_AUTHOR_EMAIL", "a@example.org"),
            ("GIT_COMMITTER_NAME", "A"),
            ("GIT_COMMITTER_EMAIL", "a@example.org"),
        ])
        .args(["-C", &repo, "commit", "-m", "nobody's"])
        .stdin(Stdio::null());
    let ran = Ran::new(&command.output().unwrap());
    assert_eq!(bench.touched(), "");
    // Approvals are kept below the home of whoever gave them: nothing here may pass for one.
    assert!(ran.stderr.contains("tend:"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("internal error"), "{}", ran.stderr);
    bench.push_refused(&["origin", "main"], "✗ tree");
}
