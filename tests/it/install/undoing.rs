//! Uninstalling, twice doing, and what happens when something came in between.

use super::*;

/// A folder of hooks as people have them.
fn furnished() -> World {
    let world = World::with_config(LINT);
    let hooks = hooks(&world);
    script(
        &hooks.join("post-commit"),
        "#!/bin/sh\n. \"$(dirname \"$0\")/lib/common.sh\"\nsay \"$(basename \"$0\")\"\n",
    );
    script(
        &hooks.join("lib/common.sh"),
        "say() { echo \"said by $1\"; }\n",
    );
    script(
        &world.repo().join("scripts/merge.sh"),
        "#!/bin/sh\necho merged\n",
    );
    std::os::unix::fs::symlink("../../scripts/merge.sh", hooks.join("post-merge")).unwrap();
    script(&hooks.join("pre-commit"), "#!/bin/sh\nexit 0\n");
    fs::write(hooks.join("post-rewrite"), "#!/bin/sh\nexit 9\n").unwrap();
    fs::set_permissions(
        hooks.join("post-rewrite"),
        fs::Permissions::from_mode(0o640),
    )
    .unwrap();
    world
}

#[test]
fn uninstalling_restores_every_byte_mode_and_time() {
    let world = furnished();
    let before = everything(&world.repo().join(".git/hooks"));
    let aside = hooks(&world).with_file_name("hooks.tend-prev");
    world.tend(["install-hooks"]).code(0);
    assert!(aside.exists());
    let said = commit(&world);
    assert!(said.contains("said by post-commit"), "{said}");
    assert!(said.contains("lint held"), "{said}");
    let said = world.tend(["uninstall-hooks"]).code(0).stderr;
    assert_eq!(
        everything(&world.repo().join(".git/hooks")),
        before,
        "{said}"
    );
    assert!(!aside.exists());
    assert!(!world.state_dir().join("hooks.json").exists());
    assert!(
        world
            .tend(["uninstall-hooks"])
            .code(0)
            .stderr
            .contains("no hooks of ours")
    );
}

#[test]
fn installing_twice_changes_nothing() {
    let world = furnished();
    world.tend(["install-hooks"]).code(0);
    let git = world.repo().join(".git");
    let (hooks, aside) = (
        everything(&git.join("hooks")),
        everything(&git.join("hooks.tend-prev")),
    );
    let receipt = fs::read(world.state_dir().join("hooks.json")).unwrap();
    let link = git.join("hooks.tend-prev/lib");
    let changed = |path: &Path| {
        let meta = fs::symlink_metadata(path).unwrap();
        (meta.ctime(), meta.ctime_nsec())
    };
    let made = changed(&link);
    let said = world.tend(["install-hooks"]).code(0).stderr;
    assert!(said.contains("the hooks are as they should be"), "{said}");
    assert_eq!(everything(&git.join("hooks")), hooks);
    assert_eq!(everything(&git.join("hooks.tend-prev")), aside);
    assert_eq!(changed(&link), made, "not even made anew");
    assert_eq!(
        fs::read(world.state_dir().join("hooks.json")).unwrap(),
        receipt
    );
}

#[test]
fn a_dry_run_says_and_does_nothing() {
    let world = furnished();
    let before = everything(&world.repo().join(".git"));
    let said = world.tend(["install-hooks", "--dry-run"]).code(0).stderr;
    assert!(said.contains("would install"), "{said}");
    assert_eq!(everything(&world.repo().join(".git")), before);
}

#[test]
fn only_the_hooks_that_have_tasks_are_installed_and_go_with_them() {
    let world = World::with_config(
        "[defaults]\nbuiltin = false\n[task.check]\nrun = [\"true\"]\non = [\"pre-push\"]\n",
    );
    world.tend(["install-hooks"]).code(0);
    let ours = |world: &World| {
        let mut names: Vec<String> = fs::read_dir(hooks(world))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| !name.ends_with(".sample"))
            .collect();
        names.sort();
        names
    };
    assert_eq!(ours(&world), ["pre-push"]);
    world.write("tend.toml", LINT);
    world.tend(["install-hooks"]).code(0);
    assert_eq!(
        ours(&world),
        [
            "post-applypatch",
            "post-commit",
            "post-merge",
            "post-rewrite"
        ]
    );
    world.write("tend.toml", "[defaults]\nbuiltin = false\n");
    world.tend(["install-hooks"]).code(0);
    assert_eq!(ours(&world), [""; 0]);
}

#[test]
fn a_hook_edited_since_is_left_alone() {
    let world = furnished();
    world.tend(["install-hooks"]).code(0);
    let shim = hooks(&world).join("post-commit");
    let text = fs::read_to_string(&shim)
        .unwrap()
        .replace("missing=open", "missing=open; echo mine");
    fs::write(&shim, &text).unwrap();
    assert_eq!(installed(&world, "post-commit"), "git-tend, edited");
    let said = world.tend(["install-hooks"]).code(0).stderr;
    assert!(said.contains("left alone: it was edited"), "{said}");
    let said = world.tend(["uninstall-hooks"]).code(0).stderr;
    assert!(said.contains("left alone: it was edited"), "{said}");
    assert_eq!(fs::read_to_string(&shim).unwrap(), text);
    // What it runs first is still there for it.
    assert!(commit(&world).contains("said by post-commit"));
    assert!(!hooks(&world).join("post-applypatch").exists());
}

#[test]
fn a_moved_program_is_noticed_and_mended() {
    let world = World::with_config(LINT);
    world.tend(["install-hooks"]).code(0);
    let shim = hooks(&world).join("post-commit");
    let text = fs::read_to_string(&shim).unwrap();
    script(
        &shim,
        &text.replace(env!("CARGO_BIN_EXE_git-tend"), "/gone/git-tend"),
    );
    assert!(installed(&world, "post-commit").contains("/gone/git-tend"));
    let said = world.tend(["install-hooks"]).code(0).stderr;
    assert!(said.contains("brought up to date"), "{said}");
    assert_eq!(fs::read_to_string(&shim).unwrap(), text);
}

#[test]
fn a_crash_between_any_two_steps_is_mended_either_way() {
    // What can be on the disk when the installation dies: the receipt; then the second name; then our file, with or
    // without what lies beside.
    for (forward, steps) in [
        (true, 1),
        (true, 2),
        (true, 3),
        (false, 1),
        (false, 2),
        (false, 3),
    ] {
        let world = furnished();
        let hooks = hooks(&world);
        let aside = hooks.with_file_name("hooks.tend-prev");
        let before = everything(&hooks);
        let done = furnished();
        done.tend(["install-hooks"]).code(0);
        fs::create_dir_all(world.state_dir()).unwrap();
        let receipt = fs::read_to_string(done.state_dir().join("hooks.json")).unwrap();
        let receipt = receipt.replace(
            done.folder().to_str().unwrap(),
            world.folder().to_str().unwrap(),
        );
        fs::write(world.state_dir().join("hooks.json"), receipt).unwrap();
        if steps > 1 {
            fs::create_dir_all(&aside).unwrap();
            fs::hard_link(hooks.join("post-commit"), aside.join("post-commit")).unwrap();
        }
        if steps > 2 {
            let shim = fs::read(done.repo().join(".git/hooks/post-commit")).unwrap();
            let path = hooks.join("new");
            script(&path, "");
            fs::write(&path, shim).unwrap();
            fs::rename(&path, hooks.join("post-commit")).unwrap();
        }
        if forward {
            world.tend(["install-hooks"]).code(0);
            assert!(commit(&world).contains("said by post-commit"), "{steps}");
        }
        world.tend(["uninstall-hooks"]).code(0);
        assert_eq!(everything(&hooks), before, "{forward} {steps}");
        assert!(!aside.exists(), "{forward} {steps}");
    }
}

#[test]
fn a_folder_that_cannot_be_written_changes_nothing() {
    let world = furnished();
    let before = everything(&world.repo().join(".git/hooks"));
    // Root may write everywhere but on what is mounted read-only.
    let folder = hooks(&world);
    let mount = |args: &[&str]| {
        world
            .command("mount")
            .args(args)
            .arg(&folder)
            .status()
            .is_ok_and(|it| it.success())
    };
    if !mount(&["--bind", folder.to_str().unwrap()]) || !mount(&["-o", "remount,bind,ro"]) {
        assert!(!crate::support::real_tools_required(), "this test mounts");
        return;
    }
    let ran = world.tend(["install-hooks"]);
    let _ = world.command("umount").arg(&folder).status();
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(
        ran.stderr.contains("failed to write into"),
        "{}",
        ran.stderr
    );
    assert_eq!(everything(&world.repo().join(".git/hooks")), before);
    assert!(!folder.with_file_name("hooks.tend-prev").exists());
}

/// `pre-commit` stays where it is, and what is set aside may call it.
#[test]
fn a_hook_that_no_task_is_on_is_none_of_ours() {
    let world = furnished();
    let before = everything(&hooks(&world));
    let aside = hooks(&world).with_file_name("hooks.tend-prev");
    world.tend(["install-hooks"]).code(0);
    assert!(aside.join("pre-commit").exists());
    assert_eq!(installed(&world, "pre-commit"), "a hook of your own");

    // It goes, and no link to itself takes its place.
    let pre_commit = hooks(&world).join("pre-commit");
    let text = fs::read(&pre_commit).unwrap();
    fs::remove_file(&pre_commit).unwrap();
    let said = world.tend(["uninstall-hooks"]).code(0).stderr;
    assert!(!said.contains("pre-commit"), "{said}");
    assert!(pre_commit.symlink_metadata().is_err());
    assert!(!aside.exists());

    // A task comes to be on it.
    fs::write(&pre_commit, text).unwrap();
    fs::set_permissions(&pre_commit, fs::Permissions::from_mode(0o755)).unwrap();
    let before: BTreeMap<_, _> = before
        .into_iter()
        .map(|(p, (h, m, _))| (p, (h, m)))
        .collect();
    world.tend(["install-hooks"]).code(0);
    world.write(
        "tend.toml",
        format!("{LINT}[hooks.pre-commit]\ngates = [\"lint\"]\n"),
    );
    world.tend(["install-hooks"]).code(0);
    assert_eq!(installed(&world, "pre-commit"), "git-tend");
    world.tend(["uninstall-hooks"]).code(0);
    assert_eq!(contents(&hooks(&world)), before);
    assert!(!aside.exists());
}

#[test]
fn installing_many_times_at_once_is_installing_once() {
    let world = furnished();
    let before = everything(&hooks(&world));
    let running: Vec<_> = (0..6)
        .map(|_| {
            let mut tend = world.tend_command();
            tend.args(["--quiet", "install-hooks"]);
            tend.stderr(std::process::Stdio::null()).spawn().unwrap()
        })
        .collect();
    for mut one in running {
        assert!(one.wait().unwrap().success());
    }
    assert!(commit(&world).contains("said by post-commit"));
    world.tend(["uninstall-hooks"]).code(0);
    assert_eq!(everything(&hooks(&world)), before);
    assert!(!hooks(&world).with_file_name("hooks.tend-prev").exists());
}
