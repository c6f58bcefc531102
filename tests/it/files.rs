//! `{files}` in a command.

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt as _;

use crate::support::World;

/// Prints how it was called: its folder, and each argument in brackets.
const PRINT: &str = "printf '[%s]' \"$@\"; echo";

fn world(settings: &str) -> World {
    let world = World::with_config(&format!(
        "[task.x]\nrun = [\"sh\", \"-c\", '''{PRINT}''', \"sh\", \"-q\", \"{{files}}\", \"--last\"]\n{settings}\n"
    ));
    world.tend(["trust", "--yes"]).code(0);
    world
}

fn last_job(world: &World) -> serde_json::Value {
    let all = world.tend(["queue", "--all", "--json"]).code(0).json();
    let jobs = all["jobs"].as_array().unwrap();
    jobs.iter()
        .max_by_key(|job| job["queued_at"].as_str().unwrap().to_owned())
        .unwrap()
        .clone()
}

fn log(world: &World) -> String {
    let id = last_job(world)["id"].as_str().unwrap().to_owned();
    world.tend(["log", &id]).code(0).stdout
}

#[test]
fn what_was_typed_runs_on_every_tracked_file_that_is_selected() {
    let world = world("files = [\"**/*.py\"]\nexclude = [\"old/**\"]\nworkspace = \"worktree\"");
    for path in ["a.py", "sub dir/b.py", "old/c.py", "d.txt"] {
        world.write(path, "");
    }
    world.commit("Add files");
    world.write("untracked.py", "");
    fs::remove_file(world.repo().join("a.py")).unwrap();
    world.tend(["run", "x"]).code(0);
    assert_eq!(log(&world), "[-q][sub dir/b.py][--last]\n");
}

#[test]
fn a_commit_brings_the_files_that_it_changed() {
    let world = world("on = [\"post-commit\"]\nfiles = [\"web/**\"]\nroot = \"web\"");
    world.write("web/same.ts", "");
    world.write("web/gone.ts", "");
    world.commit("Begin the web");
    world.tend(["drain"]).code(0);
    world.write("web/-rf", "");
    world.write("web/deep/new.ts", "");
    world.write("elsewhere.ts", "");
    fs::remove_file(world.repo().join("web/gone.ts")).unwrap();
    fs::write(
        world
            .repo()
            .join("web")
            .join(OsString::from_vec(b"caf\xe9".to_vec())),
        "",
    )
    .unwrap();
    world.commit("Change the web");
    world.tend(["drain"]).code(0);
    let id = last_job(&world)["id"].as_str().unwrap().to_owned();
    let printed = world.tend_command().args(["log", &id]).output().unwrap();
    assert_eq!(
        bstr::BStr::new(&printed.stdout),
        bstr::BStr::new(b"[-q][./-rf][caf\xe9][deep/new.ts][--last]\n")
    );
}

#[test]
fn without_any_file_the_job_is_skipped() {
    let world = world("on = [\"post-commit\"]\nfiles = [\"*.py\"]");
    world.write("a.py", "");
    world.commit("Add a file");
    world.tend(["drain"]).code(0);
    fs::remove_file(world.repo().join("a.py")).unwrap();
    world.commit("Remove it");
    world.tend(["drain"]).code(0);
    let job = last_job(&world);
    assert_eq!(job["state"], "skipped", "{job}");
    assert_eq!(
        job["error"],
        "none of the changed files it is about exists here"
    );
}

/// 400 KiB of arguments, with a stack so small that one call takes 128 KiB.
fn run_with_little_room(world: &World) -> std::process::Output {
    let folder = "a-folder-with-a-long-name".repeat(6);
    for number in 0..2000 {
        world.write(&format!("{folder}/{number:04}.py"), "");
    }
    world.commit("Add many files");
    world
        .command("sh")
        .args([
            "-c",
            "ulimit -s 512; exec \"$0\" run x --json",
            env!("CARGO_BIN_EXE_git-tend"),
        ])
        .output()
        .unwrap()
}

#[test]
fn more_files_than_one_call_takes_are_given_to_several() {
    let world = world("files = [\"**/*.py\"]");
    let output = run_with_little_room(&world);
    assert!(output.status.success(), "{output:?}");
    let log = log(&world);
    let calls: Vec<&str> = log.lines().collect();
    assert!((4..20).contains(&calls.len()), "{} calls", calls.len());
    assert!(calls.iter().all(|call| call.starts_with("[-q][")
        && call.ends_with("][--last]")
        && call.len() < 128 * 1024));
    let mut passed: Vec<&str> = log
        .split(['[', ']'])
        .filter(|it| it.contains(".py"))
        .collect();
    assert_eq!(passed.len(), 2000);
    passed.sort_unstable();
    passed.dedup();
    assert_eq!(passed.len(), 2000);
}

#[test]
fn the_first_call_that_fails_ends_the_job_with_its_exit_code() {
    let world = World::with_config(
        "[task.x]\nrun = [\"sh\", \"-c\", \"echo called; exit 7\", \"{files}\"]\nfiles = [\"**/*.py\"]\nretries = 0\n",
    );
    world.tend(["trust", "--yes"]).code(0);
    let output = run_with_little_room(&world);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert_eq!(log(&world), "called\n");
    assert_eq!(last_job(&world)["error"], "exited with code 7");
}

#[test]
fn a_typed_command_is_taken_as_it_was_typed() {
    let world = World::new();
    world.tend(["run", "--", "printf", "%s", "{files}"]).code(0);
    assert_eq!(log(&world), "{files}");
}

#[test]
fn where_it_cannot_stand_is_said() {
    let error = |run: &str| {
        let world = World::with_config(&format!("[task.x]\nrun = {run}\n"));
        world.tend(["config", "check"]).code(2).stderr
    };
    for (run, message) in [
        ("[\"{files}\"]", "`{files}` cannot be the program"),
        ("[\"a\", \"{files}\", \"{files}\"]", "once at most"),
        (
            "[\"a\", \"--only={files}\"]",
            "must be an argument of its own",
        ),
    ] {
        let said = error(run);
        assert!(
            said.contains(message) && said.contains("tend.toml:2"),
            "{said}"
        );
    }
}
