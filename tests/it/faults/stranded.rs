//! A job that is enqueued while the only slot is held for a moment by a drain that is about to leave.

use std::time::Duration;

use crate::support::{World, tool, until};

#[test]
fn nothing_is_left_behind_by_a_drain_that_leaves() {
    if tool("strace").is_none() {
        return;
    }
    let world =
        World::with_config("[queue]\nslots = 1\nload_gate = false\n[defaults]\nbuiltin = false\n");
    world.tend(["drain", "--quiet"]).code(0);
    world.tend(["run", "--enqueue", "--", "true"]).code(0);
    // Each lock is held for a quarter of a second longer: in this time others find no slot free and leave.
    let mut leaving = world
        .command("strace")
        .args([
            "-qq",
            "-o",
            "/dev/null",
            "-e",
            "trace=flock",
            "-e",
            "inject=flock:delay_exit=250000",
        ])
        .arg(env!("CARGO_BIN_EXE_git-tend"))
        .args(["drain", "--quiet"])
        .spawn()
        .unwrap();
    // Not for ever: each look at the queue by others makes the one that is leaving look again.
    let mut enqueued = 0;
    while enqueued < 25 && leaving.try_wait().unwrap().is_none() {
        world.tend(["run", "--enqueue", "--", "true"]).code(0);
        world.tend(["drain", "--quiet"]).code(0);
        enqueued += 1;
        // Spread over the moments at which the other one holds its locks.
        std::thread::park_timeout(Duration::from_millis(80));
    }
    assert!(enqueued > 0);
    until(60, "the drain has left", || leaving.try_wait().unwrap());
    let left = world.tend(["queue", "--json"]).code(0).json();
    assert!(left["jobs"].as_array().unwrap().is_empty(), "{left}");
}
