//! Several calls of one program: one job, one deadline, one log.

use std::ffi::OsString;

use git_tend::drain::protocol::Outcome;

use super::{Bench, is_alive};

/// A shell script that is called once for each of `arguments`, as `$1`.
fn calls(script: &str, arguments: &[&str]) -> Bench {
    let call = |argument: &&str| -> Vec<OsString> {
        vec!["-c".into(), script.into(), "sh".into(), (*argument).into()]
    };
    let mut bench = Bench::sh("");
    let mut all = arguments.iter().map(call);
    bench.spec.args = all.next().unwrap();
    bench.spec.then = all.collect();
    bench
}

#[test]
fn one_after_the_other_into_one_log() {
    let bench = calls("echo begin $1; echo end $1", &["a", "b", "c"]);
    let report = bench.run();
    assert_eq!(report.outcome, Outcome::Exited { code: 0 });
    assert_eq!(
        bench.log(),
        "begin a\nend a\nbegin b\nend b\nbegin c\nend c\n"
    );
    assert_eq!(report.log_bytes, bench.log().len() as u64);
}

#[test]
fn the_first_failure_is_the_last_call() {
    let bench = calls("echo $1; exit $1", &["0", "7", "0"]);
    assert_eq!(bench.run().outcome, Outcome::Exited { code: 7 });
    assert_eq!(bench.log(), "0\n7\n");

    let bench = calls("kill -$1 $$", &["9", "0"]);
    assert_eq!(bench.run().outcome, Outcome::Signalled { signal: 9 });
}

#[test]
fn the_time_is_that_of_all_calls_together() {
    let many = ["0.05"; 1000];
    let mut bench = calls("echo x; exec sleep $1", &many);
    bench.spec.timeout_ms = 400;
    assert_eq!(bench.run().outcome, Outcome::TimedOut);
    let made = bench.log().lines().count();
    assert!((2..20).contains(&made), "{made} calls");
}

#[test]
fn nothing_is_called_after_an_order_to_end() {
    // It obeys with exit code 0, as if it had done its work.
    let script = "trap 'exit 0' TERM; echo $$ >ready.$1; sleep 1000 & wait";
    let bench = calls(script, &["a", "b"]);
    let mut job = bench.start();
    bench.pid_in("ready.a");
    job.terminate().unwrap();
    assert_eq!(bench.report(&mut job).outcome, Outcome::Terminated);
    assert!(!bench.path("ready.b").exists());
}

#[test]
fn what_a_call_leaves_behind_ends_before_the_next() {
    let bench = calls(
        "if [ $1 = a ]; then setsid sleep 1000 & echo $! >daemon; else kill -0 $(cat daemon) && exit 3; exit 0; fi",
        &["a", "b"],
    );
    assert_eq!(bench.run().outcome, Outcome::Exited { code: 0 });
    assert!(!is_alive(bench.pid_in("daemon")));
}

#[test]
fn processor_time_adds_up_over_calls() {
    let script = "i=0; while [ $i -lt 150000 ]; do i=$((i+1)); done";
    let mut bench = calls(script, &["x"; 200]);
    bench.spec.limits.cpu_seconds = Some(1);
    let report = bench.run();
    assert_eq!(report.outcome, Outcome::CpuExceeded, "{report:?}");
}

#[test]
fn a_call_that_cannot_be_made_is_said() {
    let mut bench = calls("rm -r \"$PWD\"", &["a", "b"]);
    let folder = bench.path("folder");
    std::fs::create_dir(&folder).unwrap();
    bench.spec.cwd = folder.into();
    let Outcome::SpawnFailed { errno, message } = bench.run().outcome else {
        panic!("{}", bench.log());
    };
    assert_eq!(errno, Some(2));
    assert!(message.contains("enter "), "{message}");
}
