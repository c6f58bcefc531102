//! Every kind of repository and every way in which git tells a hook where it is.

use super::*;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

#[test]
fn a_linked_worktree_has_the_same_queue() {
    let world = hooked(EACH);
    let linked = beside(&world, "linked tree");
    world.git([
        "worktree",
        "add",
        "--quiet",
        "-b",
        "side",
        linked.to_str().unwrap(),
    ]);
    fs::write(linked.join("s"), "x").unwrap();
    git_in(&world, &linked, &["add", "."]);
    git_in(&world, &linked, &["commit", "--quiet", "-am", "side"]);
    let tip = git_in(&world, &linked, &["rev-parse", "HEAD"]);
    assert_eq!(commits(&world, "lint"), [tip.trim()]);
    let found = jobs(&world, "lint");
    let shown = world.tend(["show", "--json", found[0]["id"].as_str().unwrap()]);
    assert!(shown.stdout.contains("linked tree"), "{}", shown.stdout);
}

#[test]
fn a_new_worktree_is_looked_at_without_a_git_dir() {
    let world = hooked(
        "[defaults]\nbuiltin = false\n[task.moved]\nrun = [\"true\"]\non = [\"post-checkout\"]\n",
    );
    let linked = beside(&world, "linked");
    // Here git runs post-checkout with no GIT_DIR, and `.git` is a file.
    world.git(["worktree", "add", "--quiet", linked.to_str().unwrap()]);
    assert_eq!(commits(&world, "moved"), [head(&world)]);
}

#[test]
fn a_submodule_is_a_repository_of_its_own() {
    let world = hooked(LINT);
    let library = beside(&world, "library");
    fs::create_dir(&library).unwrap();
    git_in(&world, &library, &["init", "--quiet", "-b", "main"]);
    fs::write(library.join("tend.toml"), LINT).unwrap();
    git_in(&world, &library, &["add", "."]);
    git_in(&world, &library, &["commit", "--quiet", "-m", "begin"]);
    let from = library.to_str().unwrap();
    world.git([
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "--quiet",
        "add",
        from,
        "sub",
    ]);
    settled(&world, "lint");
    let outer = jobs(&world, "lint").len();
    let sub = world.repo().join("sub");
    let tend = |args: &[&str]| {
        let output = world
            .tend_command()
            .current_dir(&sub)
            .args(args)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    tend(&["trust", "--yes"]);
    tend(&["drain", "--quiet"]);
    let hooks = git_in(
        &world,
        &sub,
        &["rev-parse", "--path-format=absolute", "--git-path", "hooks"],
    );
    install_in(Path::new(hooks.trim()));
    git_in(
        &world,
        &sub,
        &["commit", "--quiet", "--allow-empty", "-m", "inner"],
    );
    let tip = git_in(&world, &sub, &["rev-parse", "HEAD"]);
    until(20, "the submodule's job", || {
        let jobs: Value = serde_json::from_str(&tend(&["queue", "--all", "--json"])).unwrap();
        jobs["jobs"]
            .as_array()
            .unwrap()
            .iter()
            .find(|job| job["commit"] == tip.trim() && job["state"] == "done")
            .cloned()
    });
    assert_eq!(
        settled(&world, "lint").len(),
        outer,
        "the outer repository got no job"
    );
}

#[test]
fn a_git_dir_that_the_user_names_is_found_again_by_the_drain() {
    let world = World::bare_folder();
    let dir = beside(&world, "dots.git");
    let tree = beside(&world, "home tree");
    fs::create_dir(&tree).unwrap();
    let git = |args: &[&str]| {
        let output = world
            .command("git")
            .current_dir("/")
            .env("GIT_DIR", &dir)
            .env("GIT_WORK_TREE", &tree)
            .args(args)
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{stderr}");
        stderr
    };
    let tend = |args: &[&str]| {
        let mut command = world.tend_command();
        command
            .current_dir(&tree)
            .env("GIT_DIR", &dir)
            .env("GIT_WORK_TREE", &tree);
        let output = command.args(args).output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    git(&["init", "--quiet", "-b", "main"]);
    fs::write(tree.join("tend.toml"), LINT).unwrap();
    git(&["add", "-f", "."]);
    git(&["commit", "--quiet", "-m", "begin"]);
    tend(&["trust", "--yes"]);
    tend(&["drain", "--quiet"]);
    install_in(&dir.join("hooks"));
    git(&["commit", "--quiet", "--allow-empty", "-m", "dots"]);
    until(20, "the job is done", || {
        let jobs: Value = serde_json::from_str(&tend(&["queue", "--all", "--json"])).unwrap();
        jobs["jobs"]
            .as_array()
            .unwrap()
            .iter()
            .any(|job| job["task"] == "lint" && job["state"] == "done")
            .then_some(())
    });
}

#[test]
fn core_worktree_is_where_the_configuration_is_read() {
    let world = World::bare_folder();
    let tree = beside(&world, "elsewhere");
    fs::create_dir(&tree).unwrap();
    world.git(["init", "--quiet", "-b", "main"]);
    world.git(["config", "core.worktree", tree.to_str().unwrap()]);
    fs::write(tree.join("tend.toml"), LINT).unwrap();
    world.git(["add", "-A"]);
    world.git(["commit", "--quiet", "-m", "begin"]);
    ready(&world);
    world.git(["commit", "--quiet", "--allow-empty", "-m", "one"]);
    assert_eq!(commits(&world, "lint"), [head(&world)]);
}

fn in_a_repository_made_with(options: &[&str]) {
    let world = World::bare_folder();
    let mut args = vec!["init", "--quiet", "--initial-branch=main"];
    args.extend(options);
    world.git(args);
    world.write("tend.toml", EACH);
    world.commit("begin");
    ready(&world);
    let mut expected = vec![world.commit("one")];
    world.git([
        "commit",
        "--quiet",
        "--amend",
        "--allow-empty",
        "-m",
        "better",
    ]);
    expected.push(head(&world));
    world.git(["switch", "--quiet", "-c", "topic"]);
    expected.push(world.commit("topic"));
    let found = commits(&world, "lint");
    for commit in expected.iter().skip(1) {
        assert!(found.contains(commit), "{options:?}: {commit} of {found:?}");
    }
}

#[test]
fn reftable_repositories_work() {
    in_a_repository_made_with(&["--ref-format=reftable"]);
}

#[test]
fn sha256_repositories_work() {
    in_a_repository_made_with(&["--object-format=sha256"]);
}

fn with_an_index_made_by(commands: &[&[&str]]) {
    let world = World::with_config(LINT);
    world.write("in/a", "x");
    world.write("out/b", "x");
    world.commit("files");
    for command in commands {
        world.git(*command);
    }
    ready(&world);
    world.write("in/a", "y");
    world.git(["commit", "--quiet", "-am", "one"]);
    assert_eq!(commits(&world, "lint"), [head(&world)]);
    assert_eq!(world.git(["status", "--porcelain"]), "");
}

#[test]
fn sparse_indexes_work() {
    let set = ["sparse-checkout", "set", "--cone", "--sparse-index", "in"];
    with_an_index_made_by(&[&set]);
}

#[test]
fn split_indexes_work() {
    with_an_index_made_by(&[&["update-index", "--split-index"]]);
}

#[test]
fn paths_of_any_bytes_reach_the_job() {
    let world = hooked(
        r#"
[defaults]
builtin = false
[task.list]
run = ["sh", "-c", "od -An -tx1 < $TEND_CHANGED_FILES | tr -d ' \n'"]
on = ["post-commit"]
"#,
    );
    let odd = OsStr::from_bytes(b"caf\xe9 \n\"x\"");
    fs::write(world.repo().join(odd), "x").unwrap();
    world.commit("odd");
    let found = settled(&world, "list");
    let log = world
        .tend(["log", found[0]["id"].as_str().unwrap()])
        .code(0);
    let hex = "636166e9200a22782200";
    assert_eq!(log.stdout.trim(), hex);
}

#[test]
fn a_repository_whose_own_path_is_odd_works() {
    let mut world = World::bare_folder();
    world.move_repo("it's a \"repo\"\nof $mine");
    world.git(["init", "--quiet", "--initial-branch=main"]);
    world.write("tend.toml", LINT);
    world.commit("begin");
    ready(&world);
    let tip = world.commit("one");
    assert_eq!(commits(&world, "lint"), [tip]);
}

#[test]
fn another_users_repository_is_left_alone_and_git_is_not_stopped() {
    let world = World::with_config(LINT);
    let hooks = world.git(["rev-parse", "--path-format=absolute", "--git-path", "hooks"]);
    install_in(Path::new(hooks.trim()));
    // Only root can make it another user's; then we are the ones who use sudo.
    let chown = world
        .command("chown")
        .args(["-R", "65534:65534", "."])
        .status()
        .unwrap();
    if !chown.success() {
        assert!(
            !crate::support::real_tools_required(),
            "this test needs to run as root"
        );
        return;
    }
    let output = world
        .command("git")
        .args([
            "-c",
            "safe.directory=*",
            "commit",
            "--quiet",
            "--allow-empty",
            "-m",
            "one",
        ])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    assert_eq!(said.matches("tend:").count(), 1, "{said}");
    assert!(said.contains("belongs to another user"), "{said}");
    assert!(!world.repo().join(".git/tend").exists());
    assert!(!world.folder().join("home/.state").exists());
}
