//! Killed at any point, nothing is lost and nothing is paid for twice.

use jiff::SignedDuration;

use super::{LOCK, Stage};
use crate::support::{tool, until};

const CALLS: &str =
    "openat,read,write,pwrite64,fsync,fdatasync,unlink,rename,flock,clone,clone3,execve,wait4";

/// After a kill: what still runs of it, runs no more.
fn nothing_runs(stage: &Stage) {
    let marker = stage.calls().to_string_lossy().into_owned();
    until(20, "everything ends", || {
        let all = std::fs::read_dir("/proc").unwrap();
        let ours = all.filter_map(Result::ok).any(|entry| {
            let environ = std::fs::read(entry.path().join("environ")).unwrap_or_default();
            String::from_utf8_lossy(&environ).contains(&marker)
        });
        (!ours).then_some(())
    });
}

/// The job ends, and each answer was paid for once, however often its process was killed.
#[track_caller]
fn ends_well(stage: &Stage, paid: usize, told: &str) {
    nothing_runs(stage);
    for _ in 0..4 {
        stage.later(SignedDuration::from_mins(10));
        let ran = stage.tend(&["drain", "--user"]);
        assert!(!ran.stderr.contains("panicked"), "{told}: {}", ran.stderr);
    }
    let job = stage.job();
    assert_eq!(job["state"], "done", "{told}: {job}");
    assert_eq!(stage.node()["version"], 2, "{told}");
    assert!(stage.called() <= paid, "{told}: {} calls", stage.called());
    let integrity = crate::sessions::files::rows(&stage.world, "PRAGMA integrity_check");
    assert_eq!(integrity, ["ok"], "{told}");
}

#[test]
fn killed_while_the_agent_thinks_it_is_asked_again() {
    let Some(stage) = Stage::new("wait never\nok") else {
        return;
    };
    stage.session();
    stage.tend(&["sessions", "scan"]).code(0);
    let mut drain = stage.command(&["drain", "--user"]).spawn().unwrap();
    until(20, "the agent is called", || {
        (stage.called() == 1).then_some(())
    });
    drain.kill().unwrap();
    drain.wait().unwrap();
    // What was expected of the call counts: it may have cost something.
    ends_well(&stage, 2, "while it thinks");
}

#[test]
fn stopped_it_leaves_nothing_behind_and_is_not_a_failure() {
    let Some(stage) = Stage::new("wait never\nok") else {
        return;
    };
    stage.session();
    stage.tend(&["sessions", "scan"]).code(0);
    let mut drain = stage.command(&["drain", "--user"]).spawn().unwrap();
    until(20, "the agent is called", || {
        (stage.called() == 1).then_some(())
    });
    let job = stage.job()["id"].as_str().unwrap().to_owned();
    stage.tend(&["cancel", "--user", &job]).code(0);
    until(20, "the drain ends", || drain.try_wait().unwrap());
    nothing_runs(&stage);
    assert_eq!(stage.job()["state"], "cancelled");
}

#[test]
fn killed_at_any_call_of_the_system_an_answer_is_paid_for_once() {
    if tool("strace").is_none() {
        return;
    }
    let stride = if crate::faults::full() { 1 } else { 12 };
    let mut kills = 0;
    for call in (30..).step_by(stride) {
        let Some(stage) = Stage::new("ok") else {
            return;
        };
        stage.session();
        stage.tend(&["sessions", "scan"]).code(0);
        // Only our own processes: the agent's is Python.
        let output = stage
            .world
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
            .args(["drain", "--user"])
            .env(
                "TEND_NOW",
                (stage.now.get() + SignedDuration::from_secs(10)).to_string(),
            )
            .env("CALLS", stage.calls())
            .env("PLAY", stage.world.home().join("play"))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!said.contains("panicked"), "call {call}: {said}");
        nothing_runs(&stage);
        let before = stage.called();
        let answered =
            std::fs::read_dir(stage.world.home().join(".data/git-tend/answers")).map_or(0, |it| {
                it.filter_map(Result::ok)
                    .filter(|it| it.path().extension().is_some_and(|it| it == "jsonl"))
                    .count()
            });
        ends_well(
            &stage,
            before + 1 - answered.min(1),
            &format!("call {call}"),
        );
        if output.status.success() && before == 1 {
            break;
        }
        kills += 1;
        assert!(kills < 200, "it never ends");
    }
    assert!(kills > 3, "{kills}");
}

#[test]
fn a_drain_that_dies_takes_the_agent_with_it() {
    let Some(stage) = Stage::new("wait never\nok") else {
        return;
    };
    stage.session();
    let mut analyze = stage
        .command(&["sessions", "analyze", LOCK])
        .spawn()
        .unwrap();
    until(20, "the agent is called", || {
        (stage.called() == 1).then_some(())
    });
    analyze.kill().unwrap();
    analyze.wait().unwrap();
    nothing_runs(&stage);
}
