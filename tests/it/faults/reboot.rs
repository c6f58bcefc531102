//! A runner and its supervisor that vanish, and a machine that restarts.

use std::process::Stdio;

use super::ledger;
use crate::support::{World, until};

/// Nothing but what a test enqueues.
const ALONE: &str = "[defaults]\nbuiltin = false\n";

fn kill(pid: i32) {
    let pid = rustix::process::Pid::from_raw(pid).unwrap();
    let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
}

/// A drain with one job that would run for long, and which has started.
fn running(world: &World, vars: &[(&str, &str)]) -> (std::process::Child, String) {
    let ran = world
        .tend([
            "run",
            "--enqueue",
            "--json",
            "--",
            "sh",
            "-c",
            "(setsid sleep 1000 &); sleep 1000",
        ])
        .code(0);
    let id = ran.json()["jobs"][0]["id"].as_str().unwrap().to_owned();
    let drain = world
        .tend_command()
        .envs(vars.iter().copied())
        .args(["drain", "--quiet"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    until(20, "the job runs, daemonised child included", || {
        let sleeping = ledger::processes_of(world)
            .iter()
            .filter(|(_, command)| command.starts_with("sleep"))
            .count();
        (sleeping == 2).then_some(())
    });
    (drain, id)
}

fn state(world: &World, id: &str) -> String {
    let shown = world.tend(["show", id, "--json"]).code(0).json();
    shown["job"]["state"].as_str().unwrap().to_owned()
}

#[test]
fn the_job_dies_with_its_runner_and_is_queued_again() {
    let world = World::with_config(ALONE);
    let (mut drain, id) = running(&world, &[]);
    drain.kill().unwrap();
    drain.wait().unwrap();
    until(20, "the tree is gone", || {
        ledger::processes_of(&world).is_empty().then_some(())
    });
    assert_eq!(state(&world, &id), "running", "nobody has looked yet");
    world.tend(["pause", "1s"]).code(0);
    let recovered = world.tend(["drain", "--budget", "1s", "--json"]).json();
    let _ = recovered;
    world.tend(["pause", "--resume"]).code(0);
    let ran = world.tend(["drain", "--budget", "1s", "--json"]).json();
    assert_eq!(ran["recovered"], 1, "{ran}");
    let shown = world.tend(["show", &id, "--json"]).json();
    assert_eq!(shown["losses"], 1, "{shown}");
    world.tend(["cancel", &id]).code(0);
}

#[test]
fn a_runner_and_a_supervisor_killed_together_leave_no_orphan() {
    let world = World::with_config(ALONE);
    let (mut drain, id) = running(&world, &[]);
    // The runner first, stopped, so that it cannot tell; then the supervisor, so that nobody kills the job.
    for (pid, command) in ledger::processes_of(&world) {
        if command.contains("__exec") {
            let number = rustix::process::Pid::from_raw(drain.id().try_into().unwrap()).unwrap();
            rustix::process::kill_process(number, rustix::process::Signal::STOP).unwrap();
            kill(pid);
        }
    }
    drain.kill().unwrap();
    drain.wait().unwrap();
    let left = ledger::processes_of(&world);
    assert!(!left.is_empty(), "the job outlived both");
    let ran = world.tend(["drain", "--budget", "1s", "--json"]).json();
    assert_eq!(ran["recovered"], 1, "{ran}");
    world.tend(["cancel", &id]).code(0);
    until(20, "no orphan", || {
        ledger::processes_of(&world).is_empty().then_some(())
    });
}

#[test]
fn a_restart_of_the_machine_costs_no_attempt() {
    let world = World::with_config(ALONE);
    let (mut drain, id) = running(&world, &[("TEND_BOOT_ID", "before")]);
    drain.kill().unwrap();
    drain.wait().unwrap();
    until(20, "the tree is gone", || {
        ledger::processes_of(&world).is_empty().then_some(())
    });
    let ran = world
        .tend_with(
            &[("TEND_BOOT_ID", "after")],
            ["drain", "--budget", "1s", "--json"],
        )
        .json();
    assert_eq!(ran["recovered"], 1, "{ran}");
    let shown = world.tend(["show", &id, "--json"]).json();
    assert_eq!(shown["losses"], 0, "{shown}");
    world.tend(["cancel", &id]).code(0);
}
