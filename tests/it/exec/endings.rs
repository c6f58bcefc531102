//! How a job ends, and that nothing outlives it.

use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use git_tend::drain::limits::Enforced;
use git_tend::drain::protocol::{ExecReport, Outcome};
use git_tend::drain::supervise::Finished;
use rustix::event::{PollFd, PollFlags, Timespec};

use super::{BIN, Bench, PATIENCE, is_alive, send};
use crate::support::until;

/// Two forks, a session of its own, no variables: whatever a process can do to get lost.
const DAEMON: &str = "setsid env -i /bin/sh -c 'echo $$ >daemon; exec sleep 1000' & wait_for() { until [ -s \"$1\" ]; do :; done; }; wait_for daemon;";

#[test]
fn usage_is_measured() {
    let report = Bench::sh("i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done").run();
    assert!(report.cpu_ms > 0 && report.wall_ms > 0, "{report:?}");
    assert!(report.peak_rss_kib > 100, "{report:?}");
    assert_eq!(report.enforced, Enforced::default());
}

#[test]
fn a_job_that_obeys_needs_no_killing() {
    let mut bench = Bench::sh("trap 'echo ended; exit 0' TERM; sleep 1000 & wait");
    bench.spec.timeout_ms = 200;
    bench.spec.grace_ms = 50_000;
    let report = bench.run();
    assert_eq!(report.outcome, Outcome::TimedOut);
    assert_eq!(bench.log(), "ended\n");
    assert!(report.wall_ms < 40_000, "{report:?}");
}

#[test]
fn a_child_may_finish_within_the_grace_when_its_parent_did_not_wait() {
    let child = "trap \"echo flushed; exit\" TERM; echo $$ >ready; while :; do sleep 0.01; done";
    let mut bench = Bench::sh(&format!("/bin/sh -c '{child}' & exec sleep 1000"));
    bench.spec.grace_ms = 50_000;
    let mut job = bench.start();
    bench.pid_in("ready");
    job.terminate().unwrap();
    assert_eq!(bench.report(&mut job).outcome, Outcome::Terminated);
    // The shell may have said a word about its `sleep`.
    assert!(bench.log().ends_with("flushed\n"), "{}", bench.log());
}

#[test]
fn a_daemon_ends_with_the_job_that_started_it() {
    let bench = Bench::sh(&format!("({DAEMON}) ; exit 4"));
    let report = bench.run();
    assert_eq!(report.outcome, Outcome::Exited { code: 4 });
    assert!(!is_alive(bench.pid_in("daemon")));
}

#[test]
fn many_generations_end_together() {
    let bench = Bench::sh(
        "f() { if [ $1 -gt 0 ]; then (echo >generation.$1; setsid sleep 1000 & f $(($1-1))) & fi; \
         sleep 1000; }; f 12 & until [ -e generation.1 ]; do :; done; exit 0",
    );
    assert_eq!(bench.run().outcome, Outcome::Exited { code: 0 });
}

#[test]
fn the_job_dies_with_its_runner() {
    let bench = Bench::sh(&format!(
        "trap '' TERM; {DAEMON} echo $$ >shell; sleep 1000"
    ));
    let job = bench.start();
    let (daemon, shell) = (bench.pid_in("daemon"), bench.pid_in("shell"));
    let supervisor = job.pid();
    drop(job);
    until(PATIENCE, "the end of the tree", || {
        let over = ![daemon, shell, supervisor].into_iter().any(is_alive);
        over.then_some(())
    });
    assert_eq!(bench.living(), [0; 0]);
}

#[test]
fn the_runner_can_ask_and_can_kill() {
    let bench = Bench::sh("echo $$ >ready; exec sleep 1000");
    let mut job = bench.start();
    bench.pid_in("ready");
    job.terminate().unwrap();
    assert_eq!(bench.report(&mut job).outcome, Outcome::Terminated);

    let mut bench = Bench::sh("trap '' TERM; echo $$ >ready; sleep 1000");
    bench.spec.grace_ms = 1_000_000;
    let mut job = bench.start();
    bench.pid_in("ready");
    job.terminate().unwrap();
    assert_eq!(job.try_report().unwrap(), None);
    job.kill().unwrap();
    assert_eq!(bench.report(&mut job).outcome, Outcome::Terminated);
}

#[test]
fn a_signal_to_the_supervisor_ends_the_job() {
    for signal in ["-TERM", "-INT", "-HUP"] {
        let bench = Bench::sh("echo $$ >ready; exec sleep 1000");
        let mut job = bench.start();
        bench.pid_in("ready");
        send(signal, job.pid());
        assert_eq!(
            bench.report(&mut job).outcome,
            Outcome::Terminated,
            "{signal}"
        );
    }
}

#[test]
fn stopped_processes_are_ended_too() {
    let bench =
        Bench::sh("trap 'echo heard; exit' TERM; echo $$ >ready; kill -STOP $$; sleep 1000");
    let mut job = bench.start();
    bench.pid_in("ready");
    job.terminate().unwrap();
    assert_eq!(bench.report(&mut job).outcome, Outcome::Terminated);

    let bench = Bench::sh("(echo $$ >ready; kill -STOP $$) & sleep 1000");
    let mut job = bench.start();
    bench.pid_in("ready");
    job.kill().unwrap();
    bench.report(&mut job);
}

#[test]
fn a_job_that_signals_its_whole_group_does_not_reach_the_supervisor() {
    let report = Bench::sh("kill -KILL 0").run();
    assert_eq!(report.outcome, Outcome::Signalled { signal: 9 });
}

#[test]
fn what_cannot_be_started_is_said() {
    let failure = |bench: &Bench| match bench.run().outcome {
        Outcome::SpawnFailed { errno, message } => (errno, message),
        other => panic!("{other:?}"),
    };
    let (errno, message) = failure(&Bench::new("/no/such/program", &[]));
    assert_eq!(errno, Some(2));
    assert!(message.contains("start /no/such/program"), "{message}");

    let mut bench = Bench::new("", &[]);
    let plain = bench.path("plain");
    std::fs::write(&plain, "text").unwrap();
    std::fs::set_permissions(&plain, std::fs::Permissions::from_mode(0o644)).unwrap();
    bench.spec.program = plain.into();
    assert_eq!(failure(&bench).0, Some(13));

    let mut bench = Bench::new("/bin/true", &[]);
    bench.spec.cwd = "/no/such/folder".into();
    let (errno, message) = failure(&bench);
    assert_eq!(errno, Some(2));
    assert!(message.contains("enter /no/such/folder"), "{message}");
}

#[test]
fn a_supervisor_whose_runner_died_before_it_started_starts_nothing() {
    let bench = Bench::sh("echo >started");
    let (orders, mut runner) = std::io::pipe().unwrap();
    writeln!(runner, "{}", serde_json::to_string(&bench.spec).unwrap()).unwrap();
    drop(runner);
    // What another test starts at this moment may hold the other end until it has become another program.
    until(PATIENCE, "the pipe has no other end", || {
        let mut pipe = [PollFd::new(&orders, PollFlags::IN)];
        rustix::event::poll(&mut pipe, Some(&Timespec::default())).unwrap();
        pipe[0].revents().contains(PollFlags::HUP).then_some(())
    });
    let mut child = Command::new(BIN)
        .arg("__exec")
        .stdin(orders)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut answer = String::new();
    child
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut answer)
        .unwrap();
    child.wait().unwrap();
    let report: ExecReport = serde_json::from_str(&answer).unwrap();
    assert_eq!(report.outcome, Outcome::Terminated);
    assert!(!bench.path("started").exists());
}

#[test]
fn a_garbled_specification_is_refused_with_a_report() {
    let mut child = Command::new(BIN)
        .arg("__exec")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(b"{\"job\":1}\n")
        .unwrap();
    let output = child.wait_with_output().unwrap();
    let report: ExecReport = serde_json::from_slice(&output.stdout).unwrap();
    assert!(
        matches!(report.outcome, Outcome::SpawnFailed { .. }),
        "{report:?}"
    );
}

#[test]
fn a_killed_supervisor_leaves_nothing_behind() {
    let bench = Bench::sh(
        "setsid sh -c 'sleep 1000 & echo $$ >daemon; wait' & env -i sh -c 'echo $$ >bare; exec sleep 1000' & sleep 1000",
    );
    let mut job = bench.start();
    let (daemon, bare) = (bench.pid_in("daemon"), bench.pid_in("bare"));
    send("-KILL", job.pid());
    let finished = job
        .wait_report(Duration::from_secs(PATIENCE))
        .unwrap()
        .unwrap();
    let Finished::SupervisorDied(swept) = finished else {
        panic!("{finished:?}");
    };
    assert_eq!(swept.remaining, 0);
    assert!(swept.killed >= 4, "{swept:?}");
    assert!(!is_alive(daemon) && !is_alive(bare));
    assert_eq!(bench.living(), [0; 0]);
}
