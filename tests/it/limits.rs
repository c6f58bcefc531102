//! What a job may use, and what it may leave behind.

use git_tend::system::cgroup;
use serde_json::Value;

use crate::support::{World, tool, until};

fn config(limits: &str, script: &str) -> World {
    let world = World::with_config(&format!(
        "[task.x]\nrun = [\"sh\", \"-c\", '''{script}''']\nworkspace = \"worktree\"\nretries = 0\n{limits}\n"
    ));
    world.tend(["trust", "--yes"]).code(0);
    world
}

fn run(world: &World, code: i32) -> Value {
    let ran = world.tend(["run", "x", "--json"]).code(code).json();
    let id = ran["jobs"][0]["id"].as_str().unwrap().to_owned();
    world.tend(["show", &id, "--json"]).code(0).json()
}

#[test]
fn memory_of_the_whole_tree_is_bounded() {
    if tool("python3").is_none() {
        return;
    }
    let world = config(
        "limits = { memory = \"64MiB\" }",
        "python3 -c \"import time; x = bytearray(300000000); time.sleep(60)\" & wait",
    );
    let shown = run(&world, 1);
    assert_eq!(shown["job"]["category"], "permanent", "{shown}");
    assert!(
        shown["job"]["error"].as_str().unwrap().contains("memory"),
        "{shown}"
    );
    let delegated = cgroup::delegation().is_some_and(|delegation| delegation.memory);
    let means = if delegated { "cgroup" } else { "sampled" };
    assert_eq!(shown["runs"][0]["enforced"]["memory"], means, "{shown}");
}

#[test]
fn processor_time_is_bounded() {
    let world = config("limits = { cpu = \"1s\" }", "while :; do :; done");
    let shown = run(&world, 1);
    assert!(
        shown["job"]["error"].as_str().unwrap().contains("CPU"),
        "{shown}"
    );
    assert_eq!(shown["runs"][0]["enforced"]["cpu"], "sampled", "{shown}");
    assert!(
        shown["runs"][0]["cpu_ms"].as_i64().unwrap() >= 1000,
        "{shown}"
    );
}

#[test]
fn what_was_used_and_enforced_is_recorded() {
    let world = config("limits = { nice = 7 }", "nice");
    let shown = run(&world, 0);
    let run = &shown["runs"][0];
    assert_eq!(run["exit_code"], 0, "{run}");
    assert_eq!(run["enforced"]["nice"], 7, "{run}");
    assert!(run["peak_rss_kib"].as_i64().unwrap() > 0, "{run}");
    assert!(run["queue_ms"].as_i64().unwrap() >= 0, "{run}");
    let log = world
        .tend(["log", shown["job"]["id"].as_str().unwrap()])
        .stdout;
    assert_eq!(log.trim(), "7");
}

#[test]
fn a_signal_is_retried_and_then_given_up() {
    let world = World::with_config(
        "[task.x]\nrun = [\"sh\", \"-c\", \"kill -SEGV $$\"]\nretries = 1\nretry_delay = \"10ms\"\n",
    );
    world.tend(["trust", "--yes"]).code(0);
    let shown = run(&world, 1);
    assert_eq!(shown["job"]["category"], "max_retries", "{shown}");
    assert_eq!(shown["runs"].as_array().unwrap().len(), 2, "{shown}");
    assert_eq!(shown["runs"][0]["signal"], 11, "{shown}");
}

#[test]
fn a_job_leaves_no_daemon() {
    let world = config("", "(setsid sleep 1000 >/dev/null 2>&1 &); echo started");
    run(&world, 0);
    let left = crate::faults::ledger::processes_of(&world);
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_running_job_can_be_cancelled_and_drains_stopped() {
    let world = config("", "sleep 1000");
    for verb in ["cancel", "stop"] {
        world.tend(["run", "--enqueue", "x"]).code(0);
        let mut drain = world
            .tend_command()
            .args(["drain", "--quiet"])
            .spawn()
            .unwrap();
        let id = until(20, "the job runs", || {
            let jobs = world.tend(["queue", "--state", "running", "--json"]).json();
            jobs["jobs"].as_array()?.first()?["id"]
                .as_str()
                .map(str::to_owned)
        });
        match verb {
            "cancel" => world.tend(["cancel", &id]).code(0),
            _ => world.tend(["stop", "--force"]).code(0),
        };
        until(20, "the drain ends", || drain.try_wait().unwrap());
        let state = world.tend(["show", &id, "--json"]).json()["job"]["state"].clone();
        assert_eq!(
            state,
            if verb == "cancel" {
                "cancelled"
            } else {
                "queued"
            }
        );
        until(5, "no process is left", || {
            crate::faults::ledger::processes_of(&world)
                .is_empty()
                .then_some(())
        });
    }
}

#[test]
fn a_detached_drain_works_on_after_its_starter() {
    let world = config("", "echo done > done");
    world.tend(["run", "--enqueue", "x"]).code(0);
    world.tend(["drain", "--detach", "--budget", "20s"]).code(0);
    until(20, "the job is done", || {
        world.repo().join("done").exists().then_some(())
    });
}
