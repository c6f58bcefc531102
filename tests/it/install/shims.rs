//! The installed files.

use super::*;

fn ran(world: &World, shell: &str, shim: &Path, vars: &[(&str, &str)]) -> (i32, String) {
    let output = world
        .command(shell)
        .arg(shim)
        .args(["a b", "c"])
        .envs(vars.iter().copied())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned()
        + &String::from_utf8_lossy(&output.stdout);
    (output.status.code().unwrap_or(-1), said)
}

/// A repository whose shims call a program that tells what it was given.
fn with_teller() -> (World, PathBuf) {
    let world = World::with_config(LINT);
    world.tend(["install-hooks"]).code(0);
    let teller = world.folder().join("it's \"git\ntend\" $x");
    script(&teller, "#!/bin/sh\nfor word; do echo \"[$word]\"; done\n");
    let shim = hooks(&world).join("post-commit");
    let text = fs::read_to_string(&shim).unwrap();
    let quoted = teller.to_str().unwrap().replace('\'', "'\\''");
    let line = text
        .lines()
        .find(|line| line.starts_with("_tend_program="))
        .unwrap();
    script(
        &shim,
        &text.replace(line, &format!("_tend_program='{quoted}'")),
    );
    (world, shim)
}

#[test]
fn every_shell_passes_everything_on() {
    let (world, shim) = with_teller();
    for shell in ["sh", "dash", "bash", "busybox"] {
        let Some(program) = crate::support::tool(shell) else {
            continue;
        };
        let (code, said) = if shell == "busybox" {
            let output = world
                .command(&program)
                .arg("sh")
                .arg(&shim)
                .args(["a b", "c"])
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            (output.status.code().unwrap(), said)
        } else {
            ran(&world, program.to_str().unwrap(), &shim, &[])
        };
        let expected = format!(
            "[hook]\n[--shim]\n[{}]\n[post-commit]\n[a b]\n[c]\n",
            shim.display()
        );
        assert_eq!((code, said), (0, expected), "{shell}");
    }
}

#[test]
fn without_us_the_hook_before_ours_still_runs_and_the_policy_decides() {
    for (policy, code) in [("open", 0), ("closed", 1)] {
        let world = World::with_config(LINT);
        let before = hooks(&world).join("post-commit");
        script(&before, "#!/bin/sh\necho \"before: $1\"\n");
        world
            .tend(["install-hooks", "--if-missing", policy])
            .code(0);
        let text = fs::read_to_string(&before).unwrap();
        let gone = text.replace(env!("CARGO_BIN_EXE_git-tend"), "/nowhere/git-tend");
        script(&before, &gone);
        let (found, said) = ran(&world, "sh", &before, &[]);
        assert_eq!(found, code, "{policy}: {said}");
        assert!(said.contains("before: a b"), "{said}");
        let missing =
            "tend: post-commit does nothing: git-tend is neither /nowhere/git-tend nor in PATH (";
        assert!(said.starts_with(missing), "{said}");
        // One in PATH is as good.
        let folder = world.folder().join("bin");
        script(&folder.join("git-tend"), "#!/bin/sh\necho found\n");
        let path = format!("{}:/usr/bin:/bin", folder.display());
        assert_eq!(
            ran(&world, "sh", &before, &[("PATH", &path)]),
            (0, "found\n".to_owned())
        );
        // What stops git is the hook before ours, whatever the policy.
        script(
            &hooks(&world)
                .with_file_name("hooks.tend-prev")
                .join("post-commit"),
            "#!/bin/sh\nexit 7\n",
        );
        assert_eq!(ran(&world, "sh", &before, &[]).0, 7, "{policy}");
    }
}

#[test]
fn tend_0_leaves_only_the_hook_before_ours() {
    let (world, shim) = with_teller();
    assert_eq!(
        ran(&world, "sh", &shim, &[("TEND", "0")]),
        (0, String::new())
    );
    let aside = hooks(&world).with_file_name("hooks.tend-prev");
    script(
        &aside.join("post-commit"),
        "#!/bin/sh\necho before\nexit 3\n",
    );
    assert_eq!(
        ran(&world, "sh", &shim, &[("TEND", "0")]),
        (3, "before\n".to_owned())
    );
}

#[test]
fn the_hook_before_ours_has_the_callers_environment() {
    let world = World::with_config(LINT);
    let shim = hooks(&world).join("post-commit");
    script(&shim, "#!/bin/sh\necho \"$tend $missing $before\"\n");
    world.tend(["install-hooks"]).code(0);
    let vars = [("tend", "a"), ("missing", "b"), ("before", "c")];
    for more in [&[][..], &[("TEND", "0")]] {
        let vars = [&vars, more].concat();
        let (code, said) = ran(&world, "sh", &shim, &vars);
        assert_eq!(code, 0, "{said}");
        assert!(said.contains("a b c\n"), "{said}");
    }
}

#[test]
fn a_path_that_ends_with_a_slash_loses_no_hook_before_ours() {
    for path in [".git/my/", ".git/my//", ".git/link"] {
        let world = World::with_config(&LINT.replace("post-commit", "pre-push"));
        script(
            &world.repo().join(".git/my/pre-push"),
            "#!/bin/sh\nexit 1\n",
        );
        std::os::unix::fs::symlink("my", world.repo().join(".git/link")).unwrap();
        world.git(["config", "core.hooksPath", path]);
        world.git(["init", "--quiet", "--bare", "../other.git"]);
        let pushes = |tend: &str| {
            let mut git = world.command("git");
            let git = git.args(["push", "--quiet", "../other.git", "HEAD:refs/heads/main"]);
            git.env("TEND", tend).output().unwrap().status.success()
        };
        assert!(!pushes("1"), "{path}");
        world.tend(["install-hooks"]).code(0);
        assert!(!pushes("1") && !pushes("0"), "{path}");
        world.tend(["uninstall-hooks"]).code(0);
        assert!(!pushes("1"), "{path}");
    }
}
