//! Wherever git looks for hooks.

use super::*;

#[test]
fn all_worktrees_share_the_folder_and_a_bare_repository_has_one() {
    let world = World::with_config(LINT);
    let linked = world.folder().join("linked");
    world.git([
        "worktree",
        "add",
        "--quiet",
        "-b",
        "side",
        linked.to_str().unwrap(),
    ]);
    let output = world
        .tend_command()
        .current_dir(&linked)
        .arg("install-hooks")
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(installed(&world, "post-commit"), "git-tend");

    let bare = world.folder().join("bare.git");
    world.git(["clone", "--quiet", "--bare", ".", bare.to_str().unwrap()]);
    let output = world
        .tend_command()
        .current_dir(&bare)
        .arg("install-hooks")
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(bare.join("hooks/post-commit").exists());
}

#[test]
fn a_repository_without_a_folder_of_hooks_gets_and_loses_one() {
    let world = World::bare_folder();
    world.git(["init", "--quiet", "--template=", "--initial-branch=main"]);
    world.write("tend.toml", LINT);
    world.commit("begin");
    assert!(!hooks(&world).exists());
    world.tend(["install-hooks"]).code(0);
    assert!(commit(&world).contains("lint held"));
    world.tend(["uninstall-hooks"]).code(0);
    assert!(!hooks(&world).exists());
}

#[test]
fn a_folder_of_the_repositorys_own_is_written() {
    let world = World::with_config(LINT);
    world.git(["config", "core.hooksPath", ".git/my hooks"]);
    world.tend(["install-hooks"]).code(0);
    assert!(world.repo().join(".git/my hooks/post-commit").exists());
    assert!(commit(&world).contains("lint held"));
    // The receipt remembers where they are when the setting is gone.
    world.git(["config", "--unset", "core.hooksPath"]);
    world.tend(["uninstall-hooks"]).code(0);
    assert!(!world.repo().join(".git/my hooks").exists());
}

#[test]
fn a_tracked_folder_is_only_talked_about() {
    let world = World::with_config(LINT);
    world.write("tools/hooks/README", "x");
    world.commit("hooks");
    world.git(["config", "core.hooksPath", "tools/hooks"]);
    let before = everything(&world.repo().join("tools"));
    let ran = world.tend(["install-hooks"]).code(0);
    assert_eq!(everything(&world.repo().join("tools")), before);
    assert!(ran.stderr.contains("tracked"), "{}", ran.stderr);
    let line = ran
        .stdout
        .lines()
        .find(|line| line.starts_with("tools/hooks/post-commit: "))
        .unwrap();
    let line = line.split_once(": ").unwrap().1;
    script(
        &world.repo().join("tools/hooks/post-commit"),
        &format!("#!/bin/sh\n{line}\n"),
    );
    let folder = Path::new(env!("CARGO_BIN_EXE_git-tend")).parent().unwrap();
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    let output = world
        .command("git")
        .env("PATH", path)
        .args(["commit", "--quiet", "--allow-empty", "-m", "x"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("lint held"), "{said}");
    // Where nobody has git-tend the line does nothing.
    world.git(["commit", "--quiet", "--allow-empty", "-m", "y"]);
    assert!(installed(&world, "post-commit").starts_with("git-tend, called by"));
}

#[test]
fn a_folder_outside_is_refused_unless_asked_for() {
    let world = World::with_config(LINT);
    let shared = world.folder().join("shared");
    fs::create_dir(&shared).unwrap();
    world.git(["config", "core.hooksPath", shared.to_str().unwrap()]);
    let ran = world.tend(["install-hooks"]).code(3);
    assert!(
        ran.stderr.contains("outside of the repository"),
        "{}",
        ran.stderr
    );
    assert!(everything(&shared).len() == 1);
    world.tend(["install-hooks", "--shared"]).code(0);
    assert!(commit(&world).contains("lint held"));
    world.tend(["uninstall-hooks"]).code(0);
    assert!(everything(&shared).len() == 1);
    assert!(
        !world.folder().join("home/.gitconfig").exists(),
        "the user's configuration is not touched"
    );
}

#[test]
fn a_path_set_after_the_installation_is_noticed() {
    let world = World::with_config(LINT);
    world.tend(["install-hooks"]).code(0);
    world.git(["config", "core.hooksPath", ".git/other"]);
    assert_eq!(installed(&world, "post-commit"), "-");
    let doctor = world.tend(["doctor"]).stdout;
    assert!(doctor.contains("core.hooksPath"), "{doctor}");
}

#[test]
fn odd_paths_work() {
    let mut world = World::bare_folder();
    world.move_repo("it's a \"repo\"\nof $mine");
    world.git(["init", "--quiet", "--initial-branch=main"]);
    world.write("tend.toml", LINT);
    world.commit("begin");
    script(
        &hooks(&world).join("post-commit"),
        "#!/bin/sh\necho before\n",
    );
    let before = everything(&hooks(&world));
    world.tend(["install-hooks"]).code(0);
    let said = commit(&world);
    assert!(
        said.contains("before") && said.contains("lint held"),
        "{said}"
    );
    world.tend(["uninstall-hooks"]).code(0);
    assert_eq!(everything(&hooks(&world)), before);
}

#[test]
fn any_kind_of_repository_takes_them() {
    for option in ["--ref-format=reftable", "--object-format=sha256"] {
        let world = World::bare_folder();
        world.git(["init", "--quiet", "--initial-branch=main", option]);
        world.write("tend.toml", LINT);
        world.commit("begin");
        world.tend(["install-hooks"]).code(0);
        assert!(commit(&world).contains("lint held"), "{option}");
    }
}

#[test]
fn a_link_to_tracked_files_is_only_talked_about() {
    let world = World::with_config(LINT);
    script(
        &world.repo().join("githooks/pre-push"),
        "#!/bin/sh\nexit 0\n",
    );
    world.commit("hooks");
    fs::remove_dir_all(hooks(&world)).unwrap();
    std::os::unix::fs::symlink("../githooks", hooks(&world)).unwrap();
    let before = everything(&world.repo().join("githooks"));
    let ran = world.tend(["install-hooks"]).code(0);
    assert!(ran.stderr.contains("tracked"), "{}", ran.stderr);
    assert_eq!(everything(&world.repo().join("githooks")), before);
    assert_eq!(world.git(["status", "--short"]), "");
}

#[test]
fn a_relative_path_is_not_read_from_inside_of_git_s_folder() {
    let world = World::with_config(LINT);
    world.git(["config", "core.hooksPath", "elsewhere"]);
    let git = world.repo().join(".git");
    world
        .tend(["-C", git.to_str().unwrap(), "install-hooks"])
        .code(3);
    assert!(!git.join("elsewhere").exists());
}
