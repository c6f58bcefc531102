//! A scan that is killed leaves a graph from which the next one goes on.

use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use git_tend::sessions::Agent;
use serde_json::json;

use super::files::{MORNING, NOON, Pi, at, exported, numbers, rows, scan, world_with_recorded};
use crate::support::{World, tool, until};

const CALLS: &str = "openat,read,pread64,write,pwrite64,fsync,fdatasync,ftruncate,fallocate,unlink,rename,mkdir,flock,fcntl";

/// A scan that is killed at a call of the file system; whether there was such a call. Calls are counted by thread.
fn killed_at(world: &World, call: usize) -> bool {
    let output = world
        .command("strace")
        .args([
            "-f",
            "-qq",
            "-o",
            "/dev/null",
            "-e",
            &format!("trace={CALLS}"),
            "-e",
        ])
        .arg(format!("inject={CALLS}:signal=SIGKILL:when={call}"))
        .arg(env!("CARGO_BIN_EXE_git-tend"))
        .args(["sessions", "scan", "--json"])
        .env("TEND_NOW", NOON)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!said.contains("panicked"), "call {call}: {said}");
    let killed = output.status.signal() == Some(9);
    assert!(killed || output.status.success(), "call {call}: {said}");
    killed
}

/// Everything that is kept of the sessions, and that the database holds together.
#[track_caller]
fn kept(world: &World) -> (String, Vec<String>) {
    assert_eq!(rows(world, "PRAGMA integrity_check"), ["ok"]);
    assert!(rows(world, "PRAGMA foreign_key_check").is_empty());
    let said = rows(
        world,
        "SELECT path, entry, role, at, text FROM message JOIN session_file ON session_file.seq = file ORDER BY path, entry",
    );
    let said = said.iter().map(|it| world.scrub(it)).collect();
    (world.scrub(&exported(world)), said)
}

#[test]
fn killed_at_any_call_the_next_scan_makes_the_same() {
    if tool("strace").is_none() {
        return;
    }
    let agents = [Agent::Pi, Agent::ClaudeCode];
    let undisturbed = world_with_recorded(&agents);
    scan(&undisturbed);
    let expected = kept(&undisturbed);
    let stride = if crate::faults::full() { 1 } else { 13 };
    let mut kills = 0;
    // Those of the loader are the same every time.
    for call in (20..).step_by(stride) {
        let world = world_with_recorded(&agents);
        if !killed_at(&world, call) {
            break;
        }
        kills += 1;
        scan(&world);
        let kept = kept(&world);
        assert!(
            kept == expected,
            "call {call}\n{}",
            super::arrival::difference(&expected.0, &kept.0)
        );
        assert_eq!(numbers(&scan(&world)), json!({}), "call {call}");
    }
    assert!(kills > 10, "{kills}");
}

/// The size of the database and what is to be written into it.
fn size(world: &World) -> u64 {
    let folder = world.home().join(".data/git-tend");
    let size =
        |name: &str| std::fs::metadata(Path::new(&folder).join(name)).map_or(0, |it| it.len());
    size("graph.db") + size("graph.db-wal")
}

fn many() -> World {
    let world = World::bare_folder();
    for nth in 0..300 {
        let mut pi = Pi::new(&format!("0198c0de-1111-7000-8000-{nth:012}"), at(MORNING));
        pi.works("the lock").compacts("The lock.").works("the key");
        if nth % 10 == 0 {
            let mut fork = pi.fork(&format!("0198c0de-2222-7000-8000-{nth:012}"));
            fork.works("the door");
            fork.lay(&world);
        }
        pi.works("the wall");
        pi.lay(&world);
    }
    world
}

#[test]
fn killed_again_and_again_in_the_middle_it_comes_to_the_same() {
    let undisturbed = many();
    let started = Instant::now();
    scan(&undisturbed);
    let whole = started.elapsed();
    let expected = kept(&undisturbed);
    let world = many();
    let mut in_the_middle = 0;
    for part in 1..=8_u32 {
        let mut command = world.tend_command();
        command
            .env("TEND_NOW", NOON)
            .args(["sessions", "scan", "--json"]);
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let before = size(&world);
        let end = Instant::now() + whole * part / 10;
        // Killed when its time has come or, on a busy machine, when it is seen to have written.
        until(60, "the scan to be killed or over", || {
            let over = child.try_wait().unwrap().is_some();
            let wrote = size(&world) > before + 64 * 1024;
            (over || Instant::now() >= end && (wrote || part % 2 == 0)).then_some(())
        });
        child.kill().unwrap();
        let status = child.wait().unwrap();
        in_the_middle += usize::from(status.signal() == Some(9));
    }
    assert!(in_the_middle > 0);
    assert!(whole < Duration::from_secs(60));
    scan(&world);
    assert!(kept(&world) == expected);
    assert_eq!(numbers(&scan(&world)), json!({}));
}
