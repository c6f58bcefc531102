//! Together with the real husky, lefthook, pre-commit and prek.
//!
//! `.ci/tools` puts them into `target/tools`.

use super::*;

fn tools() -> Option<PathBuf> {
    let folder = crate::support::tools_folder();
    let found = folder.join("complete").exists();
    assert!(
        found || !crate::support::real_tools_required(),
        "TEND_TEST_REAL=1 and the tools are missing: .ci/tools installs them"
    );
    if !found {
        eprintln!("not tested: {} is missing", folder.display());
    }
    found.then_some(folder)
}

/// Runs one of the managers, or git with them in PATH.
#[track_caller]
fn with_tools(world: &World, tools: &Path, program: &str, args: &[&str]) -> (bool, String) {
    let ours = Path::new(env!("CARGO_BIN_EXE_git-tend")).parent().unwrap();
    let path = format!(
        "{}:{}:{}:{}",
        tools.join("python/bin").display(),
        tools.join("node_modules/.bin").display(),
        ours.display(),
        std::env::var("PATH").unwrap()
    );
    let output = world
        .command(program)
        .env("PATH", path)
        .env("PRE_COMMIT_HOME", world.folder().join("pre-commit"))
        .args(args)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    (output.status.success(), said)
}

const BOTH: &str = r#"
[defaults]
builtin = false
[task.lint]
run = ["true"]
on = ["post-commit", "pre-push"]
"#;

const PRE_COMMIT: &str = r"
repos:
- repo: local
  hooks:
  - id: no-bad
    name: no bad files
    language: system
    entry: sh -c '! test -e bad'
    pass_filenames: false
    always_run: true
    stages: [pre-commit]
  - id: after
    name: after
    language: system
    entry: sh -c 'echo ran >> .git/after'
    pass_filenames: false
    always_run: true
    verbose: true
    stages: [post-commit]
";

/// Their hooks run and block, ours run, uninstalling leaves theirs untouched, and their reinstalling is noticed.
fn lives_with(manager: &str, install: &[&str], configure: impl Fn(&World)) {
    let Some(tools) = tools() else { return };
    let world = World::with_config(BOTH);
    configure(&world);
    world.commit("configure");
    let run = |program: &str, args: &[&str]| with_tools(&world, &tools, program, args);
    let (installed_well, said) = run(manager, install);
    assert!(installed_well, "{said}");
    let before = everything(&hooks(&world));

    world.tend(["install-hooks"]).code(0);
    let aside = world.tend(["hooks", "--json"]).json();
    let aside = aside["hooks"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["hook"] == "post-commit");
    assert_eq!(aside.unwrap()["before"], manager);

    let git = |message: &str| {
        run(
            "git",
            &["commit", "--quiet", "--allow-empty", "-m", message],
        )
    };
    world.write("bad", "x");
    world.git(["add", "bad"]);
    let (went_well, said) = git("bad");
    assert!(!went_well, "{manager} must block: {said}");
    world.git(["rm", "--quiet", "--force", "bad"]);
    let (went_well, said) = git("good");
    assert!(went_well, "{said}");
    assert!(said.contains("lint held"), "{said}");
    let ran = fs::read_to_string(world.repo().join(".git/after")).unwrap();
    assert_eq!(ran, "ran\n", "{said}");

    world.tend(["uninstall-hooks"]).code(0);
    assert_eq!(everything(&hooks(&world)), before, "{manager}");

    // They write over ours, or rename it.
    let before = contents(&hooks(&world));
    world.tend(["install-hooks"]).code(0);
    let (installed_well, said) = run(manager, install);
    assert!(installed_well, "{said}");
    let state = installed(&world, "post-commit");
    if state != "git-tend" {
        assert_eq!(state, format!("{manager}, written over ours"));
        let doctor = world.tend(["doctor"]).stdout;
        assert!(doctor.contains("written over ours"), "{doctor}");
    }
    world.tend(["install-hooks"]).code(0);
    assert_eq!(installed(&world, "post-commit"), "git-tend");
    fs::remove_file(world.repo().join(".git/after")).unwrap();
    let (went_well, said) = git("again");
    assert!(went_well && said.contains("lint held"), "{said}");
    assert_eq!(
        fs::read_to_string(world.repo().join(".git/after")).unwrap(),
        "ran\n"
    );
    world.tend(["uninstall-hooks"]).code(0);
    assert_eq!(
        contents(&hooks(&world)),
        before,
        "{manager}, after its reinstalling"
    );
}

#[test]
fn lefthook_runs_first() {
    lives_with("lefthook", &["install"], |world| {
        world.write(
            "lefthook.yml",
            "pre-commit:\n  commands:\n    bad:\n      run: '! test -e bad'\npost-commit:\n  commands:\n    after:\n      run: echo ran >> .git/after\n",
        );
    });
}

#[test]
fn pre_commit_runs_first() {
    let install = [
        "install",
        "--hook-type",
        "pre-commit",
        "--hook-type",
        "post-commit",
    ];
    lives_with("pre-commit", &install, |world| {
        world.write(".pre-commit-config.yaml", PRE_COMMIT);
    });
}

#[test]
fn prek_runs_first() {
    let install = [
        "install",
        "--hook-type",
        "pre-commit",
        "--hook-type",
        "post-commit",
    ];
    lives_with("prek", &install, |world| {
        world.write(".pre-commit-config.yaml", PRE_COMMIT);
    });
}

#[test]
fn husky_keeps_its_folder_and_gets_a_line() {
    let Some(tools) = tools() else { return };
    let world = World::with_config(BOTH);
    world.write("package.json", "{}\n");
    let run = |program: &str, args: &[&str]| with_tools(&world, &tools, program, args);
    let (installed_well, said) = run("husky", &[]);
    assert!(installed_well, "{said}");
    script(&world.repo().join(".husky/pre-commit"), "! test -e bad\n");
    let before = everything(&world.repo().join(".husky"));
    let ran = world.tend(["install-hooks"]).code(0);
    assert_eq!(everything(&world.repo().join(".husky")), before);
    assert!(ran.stderr.contains("made by husky"), "{}", ran.stderr);
    for line in ran.stdout.lines() {
        let (file, line) = line.split_once(": ").unwrap();
        script(&world.repo().join(file), &format!("{line}\n"));
    }
    world.write("bad", "x");
    world.git(["add", "."]);
    assert!(
        !run("git", &["commit", "--quiet", "-m", "bad"]).0,
        "husky must block"
    );
    fs::remove_file(world.repo().join("bad")).unwrap();
    world.git(["rm", "--quiet", "--cached", "bad"]);
    let (went_well, said) = run("git", &["commit", "--quiet", "-m", "good"]);
    assert!(went_well && said.contains("lint held"), "{said}");
    assert_eq!(
        installed(&world, "post-commit"),
        "git-tend, called by husky"
    );
    world.tend(["uninstall-hooks"]).code(0);
    assert!(run("husky", &[]).0);
    assert_eq!(
        installed(&world, "post-commit"),
        "git-tend, called by husky"
    );
}

#[test]
fn husky_keeps_its_folder_wherever_it_is() {
    let Some(tools) = tools() else { return };
    for folder in ["front/.husky", "tools/checks"] {
        let world = World::with_config(BOTH);
        fs::create_dir_all(world.repo().join(folder)).unwrap();
        let (installed_well, said) = with_tools(&world, &tools, "husky", &[folder]);
        assert!(installed_well, "{said}");
        let before = everything(&world.repo().join(folder));
        let ran = world.tend(["install-hooks"]).code(0);
        assert_eq!(everything(&world.repo().join(folder)), before, "{folder}");
        let line = format!("{folder}/post-commit: if command");
        assert!(ran.stdout.contains(&line), "{}", ran.stdout);
    }
}

#[test]
fn lefthook_in_a_folder_of_its_own_gets_jobs() {
    let Some(tools) = tools() else { return };
    let world = World::with_config(BOTH);
    world.git(["config", "core.hooksPath", ".hooks"]);
    world.write(
        "lefthook.yml",
        "pre-commit:\n  jobs:\n    - run: '! test -e bad'\n",
    );
    let run = |program: &str, args: &[&str]| with_tools(&world, &tools, program, args);
    let install = ["install", "--force"];
    let (installed_well, said) = run("lefthook", &install);
    assert!(installed_well, "{said}");
    let before = everything(&world.repo().join(".hooks"));
    let jobs = world.tend(["install-hooks"]).code(0).stdout;
    assert_eq!(everything(&world.repo().join(".hooks")), before);
    let own = fs::read_to_string(world.repo().join("lefthook.yml")).unwrap();
    world.write("lefthook.yml", own + &jobs);
    assert!(run("lefthook", &install).0);
    let (went_well, said) = run("git", &["commit", "--quiet", "--allow-empty", "-m", "x"]);
    assert!(went_well && said.contains("lint held"), "{said}");
    world.git(["init", "--quiet", "--bare", "../other.git"]);
    let (went_well, said) = run(
        "git",
        &["push", "--quiet", "../other.git", "HEAD:refs/heads/x"],
    );
    assert!(went_well && said.contains("lint held"), "{said}");
}
