//! Runs that have really been: what drains, gates and hooks leave behind.

use serde_json::{Value, json};

use super::{open, task};
use crate::support::World;

const CONFIG: &str = r#"[defaults]
builtin = false
[hooks.pre-commit]
gates = ["gate"]
[task.works]
run = ["true"]
[task.fails]
run = ["false"]
retries = 0
[task.long]
run = ["sleep", "60"]
[task.gate]
run = ["test", "-f", "tend.toml"]
"#;

fn world() -> World {
    let world = World::with_config(CONFIG);
    world
        .tend(["trust", "--yes", "works", "fails", "long", "gate"])
        .code(0);
    world
}

fn figures(world: &World) -> Value {
    world.tend(["metrics", "--json"]).code(0).json()
}

fn drained(world: &World) -> Vec<Value> {
    let queue = open(world);
    let mut found = queue
        .prepare("SELECT data FROM event WHERE kind = 'drained' ORDER BY seq")
        .unwrap();
    let rows = found.query_map([], |row| row.get::<_, String>(0)).unwrap();
    rows.map(|row| serde_json::from_str(&row.unwrap()).unwrap())
        .collect()
}

#[test]
fn runs_are_counted_for_what_they_came_to() {
    let world = world();
    world.tend(["run", "works", "fails"]).code(1);
    world.tend(["run", "works"]).code(0);
    world.tend(["run", "--enqueue", "long"]).code(0);
    world.tend(["drain", "--budget", "100ms"]);
    let seen = figures(&world);
    assert_eq!(task(&seen, "works")["succeeded"], 2);
    assert_eq!(task(&seen, "fails")["outcomes"], json!({ "exited": 1 }));
    let works = task(&seen, "works");
    assert_eq!(works["duration_ms"]["count"], 2);
    assert!(works["peak_rss_kib"]["max"].as_f64().unwrap() > 0.0);
    assert_eq!(
        seen["overall"]["concurrency"]["max"]
            .as_i64()
            .unwrap()
            .clamp(1, 4),
        seen["overall"]["concurrency"]["max"]
    );
}

#[test]
fn a_drain_that_ran_something_leaves_a_record_and_one_that_did_not_leaves_none() {
    let world = world();
    world.tend(["drain"]).code(0);
    world.tend(["drain", "--budget", "5s"]).code(0);
    assert_eq!(drained(&world), [] as [Value; 0]);
    world.tend(["run", "--enqueue", "works", "fails"]).code(0);
    world.tend(["drain", "--budget", "30s"]).code(1);
    let left = drained(&world);
    assert_eq!(left.len(), 1);
    let wall = left[0]["wall_ms"].as_u64().unwrap();
    assert!(wall < 30_000);
    let expected = json!({
        "budget_ms": 30_000, "wall_ms": wall, "started": 2, "finished": 2, "stopped": false, "gates": false,
    });
    assert_eq!(left[0], expected);
    let drains = &figures(&world)["overall"]["drains"];
    assert_eq!(
        (
            &drains["count"],
            &drains["budgeted"],
            &drains["over_budget"]
        ),
        (&json!(1), &json!(1), &json!(0))
    );
}

#[test]
fn a_verdict_that_is_known_is_a_hit_once_a_tree() {
    let world = world();
    world.tend(["install-hooks"]).code(0);
    let lookups = |world: &World| {
        let found = figures(world)["overall"]["verdict_lookups"].clone();
        (
            found["hits"].as_u64().unwrap(),
            found["misses"].as_u64().unwrap(),
        )
    };
    let ci = |world: &World| world.tend(["ci", "gate"]).code(0);
    ci(&world);
    let (hits, misses) = lookups(&world);
    assert_eq!((hits, misses), (0, 1), "a job had to be run");
    ci(&world);
    assert_eq!(lookups(&world).1, 1, "it was not run again");
    // Another commit of the same tree is the same tree: its pass is read, nothing is written.
    let after = lookups(&world);
    world.commit("Nothing new");
    ci(&world);
    assert_eq!(lookups(&world), after);
}
