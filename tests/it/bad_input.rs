//! What is wrong is said, with the documented exit code, and nothing is lost.

use std::os::unix::ffi::OsStrExt;
use std::process::Command;

use crate::support::World;

fn config_error(text: &str) -> String {
    let world = World::unborn();
    world.write("tend.toml", text);
    let ran = world.tend(["config", "check"]).code(2);
    for verb in [&["run-all"][..], &["status"], &["drain"]] {
        assert_ne!(world.tend(verb).code, 101, "{verb:?} panicked");
    }
    world.scrub(&ran.stderr)
}

#[test]
fn broken_toml_is_shown_with_its_line() {
    let said = config_error("[task.x]\nrun = [\"a\"\nfoo = 1\n");
    assert!(
        said.contains("tend.toml:3:") || said.contains("tend.toml:2:"),
        "{said}"
    );
}

#[test]
fn an_unknown_key_is_an_error_with_a_suggestion() {
    let said = config_error("[task.x]\nrun = [\"a\"]\ntimout = \"1m\"\n");
    assert!(said.contains("tend.toml:3:1"), "{said}");
    assert!(said.contains("timeout"), "{said}");
}

#[test]
fn a_task_that_needs_itself_is_shown_as_a_cycle() {
    let said = config_error(
        "[task.x]\nrun = [\"a\"]\nneeds = [\"y\"]\n[task.y]\nrun = [\"b\"]\nneeds = [\"x\"]\n",
    );
    assert!(
        said.contains("x → y → x") || said.contains("y → x → y"),
        "{said}"
    );
}

#[test]
fn a_repository_must_not_choose_what_is_the_users() {
    let said = config_error("[trust]\nrefs = [\"origin/main\"]\n");
    assert!(said.contains("tend.toml:1:"), "{said}");
}

#[test]
fn a_folder_that_is_no_repository() {
    let world = World::bare_folder();
    for words in ["status", "run-all", "queue", "drain", "tick --here"] {
        let ran = world.tend(words.split(' ')).code(2);
        assert!(ran.stderr.contains("no repository"), "{}", ran.stderr);
    }
}

#[test]
fn a_repository_without_commits() {
    let world = World::unborn();
    world.tend(["status"]).code(0);
    world.tend(["run-all"]).code(0);
    world.tend(["tick", "--here"]).code(0);
    let world = World::unborn();
    world.write("tend.toml", "[task.x]\nrun = [\"true\"]\n");
    world.tend(["trust", "--yes"]).code(0);
    let ran = world.tend(["run", "x", "--json"]).code(0).json();
    assert_eq!(ran["jobs"][0]["state"], "skipped");
}

#[test]
fn unusual_repositories() {
    for options in [
        &["--bare"][..],
        &["--object-format=sha256"],
        &["--ref-format=reftable"],
        &["--object-format=sha256", "--ref-format=reftable"],
    ] {
        let world = World::bare_folder();
        let supported = world
            .command("git")
            .arg("init")
            .arg("-q")
            .args(options)
            .output()
            .unwrap();
        if !supported.status.success() {
            assert!(
                !crate::support::real_tools_required(),
                "git does not support {options:?}"
            );
            continue;
        }
        if !options.contains(&"--bare") {
            world.write("a.py", "print(1)\n");
            world.write("tend.toml", "[task.x]\nrun = [\"cat\", \"a.py\"]\n");
            world.commit("Begin");
            world.tend(["trust", "--yes"]).code(0);
            world.tend(["run", "x"]).code(0);
        }
        world.tend(["run-all", "--trust"]).code(0);
        world.tend(["tick", "--here"]).code(0);
    }
}

#[test]
fn shallow_detached_and_linked() {
    let world = World::new();
    world.write("a.py", "print(1)\n");
    world.commit("Second");
    world.git(["checkout", "--quiet", "--detach"]);
    world.tend(["run-all"]).code(0);
    world.tend(["tick", "--here"]).code(0);
    let url = format!("file://{}", world.repo().display());
    world.git(["clone", "--quiet", "--depth=1", &url, "../shallow"]);
    world.git(["worktree", "add", "--quiet", "../linked"]);
    for name in ["shallow", "linked"] {
        let other = world.folder().join(name);
        world
            .tend(["-C", other.to_str().unwrap(), "run-all"])
            .code(0);
        world
            .tend(["-C", other.to_str().unwrap(), "run", "--", "git", "status"])
            .code(0);
    }
}

#[test]
fn paths_that_are_not_utf8() {
    let world = World::new();
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9\n.py");
    std::fs::write(world.repo().join(name), "print(1)\n").unwrap();
    world.commit("Odd names");
    world.tend(["run-all"]).code(0);
    world.tend(["tick", "--here"]).code(0);
    let folder = world.repo().join(std::ffi::OsStr::from_bytes(b"d\xff"));
    std::fs::create_dir(&folder).unwrap();
    let ran = world
        .tend_command()
        .current_dir(&folder)
        .args(["run", "--", "true"])
        .output()
        .unwrap();
    assert_eq!(ran.status.code(), Some(2));
}

#[test]
fn a_repository_whose_own_path_is_not_utf8() {
    let world = World::new();
    world.write("tend.toml", "[task.x]\nrun = [\"cat\", \"README.md\"]\n");
    world.commit("Add a task");
    let moved = world.folder().join(std::ffi::OsStr::from_bytes(b"caf\xe9"));
    std::fs::rename(world.repo(), &moved).unwrap();
    for args in [
        &["trust", "--yes"][..],
        &["run", "x"],
        &["run", "--", "git", "status"],
        &["run-all"],
        &["tick"],
        &["status"],
        &["doctor"],
    ] {
        let ran = world
            .tend_command()
            .current_dir(&moved)
            .args(args)
            .output()
            .unwrap();
        assert_eq!(
            ran.status.code(),
            Some(0),
            "{args:?} {}",
            String::from_utf8_lossy(&ran.stderr)
        );
    }
}

#[test]
fn a_newer_database_is_left_alone() {
    let world = World::new();
    world.tend(["run", "--enqueue", "--", "true"]).code(0);
    let database = world.state_dir().join("queue.db");
    let newer = "import sqlite3,sys; c=sqlite3.connect(sys.argv[1]); c.execute('pragma user_version=9999'); c.commit()";
    let python = Command::new("python3")
        .args(["-c", newer])
        .arg(&database)
        .status();
    if !python.is_ok_and(|status| status.success()) {
        assert!(!crate::support::real_tools_required(), "python3 is missing");
        return;
    }
    let ran = world.tend(["drain"]).code(3);
    assert!(ran.stderr.contains("newer"), "{}", ran.stderr);
}

#[test]
fn a_damaged_database_is_moved_aside_loudly() {
    let world = World::new();
    world.tend(["run", "--enqueue", "--", "true"]).code(0);
    // The write-ahead log may hold every page: as long as it is there the queue is whole.
    std::fs::remove_file(world.state_dir().join("queue.db-wal")).unwrap();
    std::fs::write(
        world.state_dir().join("queue.db"),
        b"this is not a database, not at all\n".repeat(200),
    )
    .unwrap();
    let ran = world.tend(["drain"]).code(0);
    assert!(ran.stderr.contains("damaged"), "{}", ran.stderr);
    let kept = std::fs::read_dir(world.state_dir()).unwrap().any(|entry| {
        entry
            .unwrap()
            .file_name()
            .to_string_lossy()
            .contains("corrupt")
    });
    assert!(kept, "the damaged file is kept");
    world.tend(["run", "--", "true"]).code(0);
}
