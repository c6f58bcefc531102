//! `log` without a job: what happened here.

use std::process::Stdio;

use serde_json::Value;

use super::{at, wide};
use crate::support::{World, until};

const CONFIG: &str = r#"[defaults]
builtin = false

[hooks.post-commit]
tasks = ["lint"]
detach = false

[hooks.pre-commit]
gates = ["fmt"]

[hooks.pre-push]
gates = ["fmt"]

[task.lint]
run = ["true"]

[task.fmt]
run = ["sh", "-c", "! grep -q BAD *.txt"]
"#;

fn events(world: &World, args: &[&str]) -> Vec<Value> {
    let mut words = vec!["log", "--json", "-n", "1000"];
    words.extend(args);
    let ran = at(world, "12:42:30", &words).code(0);
    let lines = ran.stdout.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn kinds(events: &[Value]) -> Vec<&str> {
    events
        .iter()
        .map(|event| event["event"].as_str().unwrap())
        .collect()
}

#[test]
fn hooks_gates_and_decisions_are_recorded() {
    let world = World::with_config(CONFIG);
    world.tend(["trust", "--yes"]).code(0);
    world.tend(["install-hooks"]).code(0);
    world.write("a.txt", "good\n");
    world.commit("Add a file");
    world.write("a.txt", "BAD\n");
    world.git(["add", "--all"]);
    let refused = world
        .command("git")
        .args(["commit", "--quiet", "-m", "bad"])
        .output()
        .unwrap();
    assert!(!refused.status.success());
    world.tend(["pause", "1h"]).code(0);
    world.tend(["pause", "--resume"]).code(0);
    world.tend(["stop"]).code(0);
    world.tend(["trust", "--revoke", "lint"]).code(0);
    world.tend(["uninstall-hooks"]).code(0);
    let events = events(&world, &[]);
    let why_of = |kind: &str| -> Vec<&str> {
        let some = events.iter().filter(|event| event["event"] == kind);
        some.map(|event| event["why"].as_str().unwrap()).collect()
    };
    assert_eq!(why_of("trusted"), ["tasks fmt, lint"], "{events:#?}");
    assert_eq!(why_of("revoked"), ["tasks lint"]);
    assert_eq!(why_of("hook"), ["post-commit: enqueued lint"]);
    assert_eq!(
        why_of("gates"),
        [
            "pre-commit let through: fmt passed",
            "pre-commit refused: fmt failed"
        ]
    );
    assert_eq!(why_of("resumed"), ["drains go on"]);
    assert_eq!(why_of("stop"), ["drains end after their running jobs"]);
    assert_eq!(why_of("hooks-installed").len(), 1);
    assert!(why_of("hooks-removed")[0].contains("post-commit"));
    assert!(why_of("claimed").contains(&"attempt 1 in slot 1"));
    assert!(kinds(&events).contains(&"done"));
    let sorted: Vec<i64> = events
        .iter()
        .map(|event| event["seq"].as_i64().unwrap())
        .collect();
    assert!(sorted.is_sorted());
}

#[test]
fn the_newest_are_listed_and_narrowed() {
    let world = World::with_config(CONFIG);
    world.tend(["trust", "--yes"]).code(0);
    at(&world, "11:00:00", &["run", "lint"]).code(0);
    at(&world, "12:00:00", &["run", "fmt"]).code(0);
    let all = events(&world, &[]);
    let lint = events(&world, &["--task", "lint"]);
    assert_eq!(kinds(&lint), ["enqueued", "claimed", "done"]);
    let late = events(&world, &["--since", "1h"]);
    assert!(
        late.len() < all.len() && late.iter().all(|event| event["task"] != "lint"),
        "{late:#?}"
    );
    let two = at(&world, "12:42:30", &["log", "--json", "-n", "2"])
        .code(0)
        .stdout;
    assert_eq!(two.lines().count(), 2);
    assert!(two.contains("\"done\""), "{two}");
    let text = wide(&world, 100, &["log", "--task", "fmt"]).code(0).stdout;
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("TIME"), "{text}");
    assert!(lines[1].starts_with("12:00:00  enqueued"), "{text}");
    let nothing = at(&world, "12:42:30", &["log", "--task", "none"]).code(0);
    assert_eq!(
        (nothing.stdout.as_str(), nothing.stderr.as_str()),
        ("", "nothing of that kind happened\n")
    );
    let nothing = World::new().tend(["log"]).code(0);
    assert_eq!(nothing.stderr, "nothing has happened here yet\n");
    world.tend(["log", "--since", "yesterday"]).code(2);
}

#[test]
fn what_happens_is_followed() {
    let world = World::with_config(CONFIG);
    world.tend(["trust", "--yes"]).code(0);
    let followed = world.folder().join("followed");
    let mut following = world
        .tend_command()
        .args(["log", "-f", "--json"])
        .stdout(std::fs::File::create(&followed).unwrap())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = || std::fs::read_to_string(&followed).unwrap();
    until(30, "what was there", || {
        lines().contains("trusted").then_some(())
    });
    world.tend(["run", "lint"]).code(0);
    until(30, "what came", || {
        lines().contains("\"done\"").then_some(())
    });
    let seqs: Vec<i64> = lines()
        .lines()
        .map(|line| {
            serde_json::from_str::<Value>(line).unwrap()["seq"]
                .as_i64()
                .unwrap()
        })
        .collect();
    assert!(seqs.windows(2).all(|pair| pair[0] < pair[1]), "{seqs:?}");
    let pid = following.id().to_string();
    assert!(
        world
            .command("kill")
            .args(["-INT", &pid])
            .status()
            .unwrap()
            .success()
    );
    let code = until(30, "the end", || following.try_wait().unwrap());
    assert_eq!(code.code(), Some(130));
}

#[test]
fn a_damaged_row_is_said_and_kills_nothing() {
    let world = World::with_config(CONFIG);
    world.tend(["trust", "--yes"]).code(0);
    world.tend(["run", "lint"]).code(0);
    let queue = rusqlite::Connection::open(world.state_dir().join("queue.db")).unwrap();
    queue
        .execute("UPDATE event SET data = 'no JSON' WHERE kind = 'done'", [])
        .unwrap();
    drop(queue);
    let ran = world.tend(["log"]).code(1);
    assert!(
        ran.stderr.contains("failed to read what happened"),
        "{}",
        ran.stderr
    );
    std::fs::write(world.state_dir().join("queue.db"), "this is no database").unwrap();
    for verb in ["status", "queue", "log", "digest"] {
        let ran = world.tend([verb]);
        assert!(ran.code == 3 || ran.code == 0, "{verb}: {}", ran.stderr);
        assert!(!ran.stderr.contains("panicked"), "{verb}: {}", ran.stderr);
    }
}
