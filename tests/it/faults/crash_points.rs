//! Killed, or told that the disk is full or broken, at every file system call of an enqueue and of a drain.

use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output};

use super::ledger;
use crate::support::{World, tool};

const CALLS: &str = "openat,write,pwrite64,fsync,fdatasync,ftruncate,fallocate,unlink,rename,mkdir,fchmod,flock,fcntl";

/// Killing is tried at mappings too. An error there would hit the runtime before `main`, which aborts by design.
fn calls_for(fault: &str) -> String {
    if fault.starts_with("signal") {
        format!("{CALLS},mmap")
    } else {
        CALLS.to_owned()
    }
}

/// The injected fault, and how many of its kind have to be stepped over.
fn under_strace(world: &World, fault: &str, when: usize, args: &[&str]) -> Output {
    let set = calls_for(fault);
    let mut command = world.command("strace");
    command
        .args([
            "-qq",
            "-o",
            "/dev/null",
            "-e",
            &format!("trace={set}"),
            "-e",
        ])
        .arg(format!("inject={set}:{fault}:when={when}"))
        .arg(env!("CARGO_BIN_EXE_git-tend"))
        .args(args);
    command.output().unwrap()
}

/// How many calls there are to step through.
fn calls(world: &World, fault: &str, args: &[&str]) -> usize {
    let file = world.folder().join("calls");
    let mut command: Command = world.command("strace");
    let output = command
        .args([
            "-qq",
            "-o",
            file.to_str().unwrap(),
            "-e",
            &format!("trace={}", calls_for(fault)),
        ])
        .arg(env!("CARGO_BIN_EXE_git-tend"))
        .args(args)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    std::fs::read_to_string(file).unwrap().lines().count()
}

fn ids(stdout: &[u8]) -> Vec<String> {
    let Ok(value) = serde_json::from_slice::<serde_json::Value>(stdout) else {
        return Vec::new();
    };
    value["jobs"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|job| job["id"].as_str().unwrap().to_owned())
        .collect()
}

fn step_through(fault: &str) {
    if tool("strace").is_none() {
        return;
    }
    let world = World::new();
    let words = ledger::job(&world, "0");
    let mut enqueue = vec!["run", "--enqueue", "--json", "--"];
    enqueue.extend(words.iter().map(String::as_str));
    let drain = ["drain", "--quiet"];
    // Both have run once: what only the first run ever does is not what is stepped through here.
    let mut acknowledged = ids(world.tend(&enqueue).code(0).stdout.as_bytes());
    world.tend(drain).code(0);
    let enqueue_calls = calls(&world, fault, &enqueue);
    let drain_calls = calls(&world, fault, &drain);
    let stride = if super::full() { 1 } else { 9 };
    for (args, count) in [(&enqueue[..], enqueue_calls), (&drain[..], drain_calls)] {
        for when in (1..=count).step_by(stride) {
            acknowledged.extend(ids(world.tend(&enqueue).code(0).stdout.as_bytes()));
            let output = under_strace(&world, fault, when, args);
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(!said.contains("panicked"), "{args:?}, call {when}: {said}");
            assert_ne!(
                output.status.signal(),
                Some(6),
                "{args:?}, call {when}: aborted: {said}"
            );
            if output.status.success() && args == &enqueue[..] {
                // It said yes: then it must hold.
                acknowledged.extend(ids(&output.stdout));
            }
        }
    }
    ledger::settle(&world);
    ledger::check(&world, &acknowledged);
}

#[test]
fn killed_at_any_call_nothing_is_lost() {
    step_through("signal=SIGKILL");
}

#[test]
fn a_full_disk_at_any_call_loses_nothing() {
    step_through("error=ENOSPC");
}

#[test]
fn an_input_output_error_at_any_call_loses_nothing() {
    step_through("error=EIO");
}
