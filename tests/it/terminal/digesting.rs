//! `digest`: what happened since it was asked for last.

use serde_json::Value;

use super::{at, wide};
use crate::support::World;

const CONFIG: &str = r#"[defaults]
builtin = false

[hooks.post-commit]
tasks = ["shaky"]
detach = false

[task.shaky]
run = ["sh", "-c", "test -e good"]
workspace = "worktree"
retries = 0

[task.check]
run = ["sh", "-c", "cat found; exit 0"]
output = 'regex:(?<file>[^:]+):(?<line>[0-9]+): (?<rule>[A-Z0-9]+) (?<message>.*)'
workspace = "worktree"

[task.new]
run = ["echo", "never approved"]
every = "6h"
"#;

fn digest(world: &World, now: &str, args: &[&str]) -> Value {
    let mut words = vec!["digest", "--json"];
    words.extend(args);
    let mut digest = at(world, now, &words).code(0).json();
    // On a busy machine a process asks for the time some milliseconds after it began.
    for field in ["since", "until"] {
        let at = digest[field].as_str().unwrap();
        let seconds = at.split(['.', 'Z']).next().unwrap();
        digest[field] = format!("{seconds}Z").into();
    }
    digest
}

fn tasks(list: &Value) -> Vec<&str> {
    let list = list.as_array().unwrap().iter();
    list.map(|one| one["task"].as_str().unwrap()).collect()
}

#[test]
fn it_tells_each_thing_once() {
    let world = World::with_config(CONFIG);
    world.tend(["trust", "--yes", "shaky", "check"]).code(0);
    at(&world, "10:00:00", &["tick", "--here"]).code(0);
    at(&world, "10:01:00", &["run", "shaky"]).code(1);
    let first = digest(&world, "10:02:00", &["--peek"]);
    assert_eq!(first["since"], "2026-02-22T10:02:00Z", "seven days");
    assert_eq!(tasks(&first["failed"]), ["shaky"]);
    assert_eq!(tasks(&first["held"]), ["new"]);
    assert_eq!(first["spent"]["jobs"], 1);
    assert_eq!(first["dead_letters"], 1);
    assert_eq!(
        digest(&world, "10:02:00", &[]),
        first,
        "a peek leaves everything as it was"
    );

    let second = digest(&world, "10:03:00", &[]);
    assert_eq!(second["since"], "2026-03-01T10:02:00Z");
    assert_eq!(second["empty"], true, "{second}");
    let quiet = wide(&world, 80, &["digest", "--since", "1m"])
        .code(0)
        .stdout;
    assert_eq!(quiet, "nothing since 12:41:30 (1m)\n");

    world.write("good", "");
    at(&world, "12:43:00", &["run", "shaky"]).code(0);
    let third = digest(&world, "12:44:00", &[]);
    assert_eq!(tasks(&third["recovered"]), ["shaky"]);
    assert_eq!(tasks(&third["failed"]), [""; 0]);
    assert_eq!(third["spent"]["jobs"], 1);
    let again = digest(&world, "12:45:00", &["--since", "2026-03-01"]);
    assert_eq!(
        tasks(&again["recovered"]),
        ["shaky"],
        "whatever was told before"
    );
    at(&world, "12:45:00", &["digest", "--since", "soon"]).code(2);
    World::new().tend(["digest"]).code(1);
}

#[test]
fn hooks_are_counted_and_findings_compared() {
    let world = World::with_config(CONFIG);
    world.tend(["trust", "--yes", "shaky", "check"]).code(0);
    world.tend(["install-hooks"]).code(0);
    world.write("good", "");
    world.write("a.py", "import os\nimport sys\n");
    world.write("found", "a.py:1: F401 unused\n");
    world.commit("Add");
    world.tend(["run", "check"]).code(0);
    let first = world.tend(["digest", "--json"]).code(0).json();
    assert_eq!(first["hooks"]["post-commit"], 1, "{first:#}");
    assert_eq!(first["first_looks"][0]["task"], "check", "{first:#}");
    assert_eq!(first["first_looks"][0]["findings"], 1);
    assert_eq!(tasks(&first["new"]), [""; 0]);

    world.write("found", "a.py:2: F401 sys is unused\n");
    world.tend(["run", "check"]).code(0);
    let second = world.tend(["digest", "--json", "--peek"]).code(0).json();
    assert_eq!(
        second["new"][0]["finding"]["message"], "sys is unused",
        "{second:#}"
    );
    assert_eq!(second["fixed"][0]["finding"]["message"], "unused");
    let text = world
        .tend_with(&[("COLUMNS", "60")], ["digest"])
        .code(0)
        .stdout;
    for part in [
        "✗ 1 new finding · git tend findings --new\n",
        "a.py:2",
        "✓ 1 fixed finding\n",
        "1 job ran",
    ] {
        assert!(text.contains(part), "{part:?} is not in\n{text}");
    }
    let third = world.tend(["digest", "--json"]).code(0).json();
    assert_eq!(third["empty"], true, "{third:#}");
}
