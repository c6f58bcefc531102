//! The record that a supervisor leaves in its slot, and the lock that its runner holds.

use std::ffi::OsStr;
use std::io::Read as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use git_tend::drain::protocol::Outcome;
use git_tend::drain::slots::Slots;
use git_tend::drain::supervise::kill_tree;

use super::{Bench, PATIENCE, is_alive, send};
use crate::support::until;

#[test]
fn a_supervisor_is_on_record_before_its_job_starts() {
    let mut bench = Bench::sh("cat slots/01.lock; echo $$ >ready; exec sleep 1000");
    let slots = Slots::new(bench.path("slots"), 2);
    let slot = slots.try_acquire().unwrap().unwrap();
    bench.spec.slot_lock = Some(slot.path().into());
    let mut job = bench.start();
    bench.pid_in("ready");
    let occupant = slot.occupant().unwrap().unwrap();
    assert_eq!(occupant.process.pid, job.pid());
    assert_eq!((occupant.job.as_str(), occupant.fence), ("0a1b2c3d", 3));
    assert_eq!(occupant.cookie, bench.spec.cookie);
    assert!(occupant.process.exists(&bench.spec.boot_id));
    assert!(!occupant.process.exists("another boot"));
    assert!(bench.log().contains(&bench.spec.cookie));
    job.kill().unwrap();
    bench.report(&mut job);
    assert!(!occupant.process.exists(&bench.spec.boot_id));
}

#[test]
fn a_slot_that_cannot_be_written_starts_nothing() {
    let mut bench = Bench::sh("echo >started");
    bench.spec.slot_lock = Some(bench.path("no/such.lock").into());
    let report = bench.run();
    assert!(
        matches!(report.outcome, Outcome::SpawnFailed { .. }),
        "{report:?}"
    );
    assert!(!bench.path("started").exists());
}

#[test]
fn recovery_kills_a_tree_that_has_lost_both_runner_and_supervisor() {
    let mut bench = Bench::sh("setsid sh -c 'echo $$ >daemon; sleep 1000' & sleep 1000");
    let slot = Slots::new(bench.path("slots"), 1)
        .try_acquire()
        .unwrap()
        .unwrap();
    bench.spec.slot_lock = Some(slot.path().into());
    let job = bench.start();
    let daemon = bench.pid_in("daemon");
    // The pipe of the runner stays open, as if both had been killed at the same moment.
    send("-KILL", job.pid());
    until(PATIENCE, "the end of the supervisor", || {
        (!is_alive(job.pid())).then_some(())
    });
    let occupant = slot.occupant().unwrap().unwrap();
    let boot = &bench.spec.boot_id;
    assert_eq!(
        kill_tree(&occupant.process, &occupant.cookie, "another boot").killed,
        0
    );
    assert!(is_alive(daemon));
    let swept = kill_tree(&occupant.process, &occupant.cookie, boot);
    assert!(swept.killed >= 3 && swept.remaining == 0, "{swept:?}");
    assert!(!is_alive(daemon));
    assert_eq!(
        kill_tree(&occupant.process, &occupant.cookie, boot).killed,
        0
    );
}

/// Another program that holds the lock of a file, and can be killed.
fn hold(path: &Path) -> Child {
    let script = "use Fcntl ':flock'; open(F, '+<', $ARGV[0]) or die; flock(F, LOCK_EX|LOCK_NB) or die; $| = 1; print 'held'; sleep 1000";
    let mut child = Command::new("/usr/bin/perl")
        .args([OsStr::new("-e"), OsStr::new(script), path.as_os_str()])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut word = [0; 4];
    child
        .stdout
        .as_mut()
        .unwrap()
        .read_exact(&mut word)
        .unwrap();
    child
}

#[test]
fn slots_are_exclusive_over_processes_and_end_with_them() {
    let dir = tempfile::tempdir().unwrap();
    let slots = Slots::new(dir.path().join("slots"), 2);
    let path = slots.try_acquire().unwrap().unwrap().path().to_owned();
    let mut holder = hold(&path);
    assert!(slots.try_acquire_numbered(1).unwrap().is_none());
    assert_eq!(slots.try_acquire().unwrap().unwrap().number(), 2);
    holder.kill().unwrap();
    holder.wait().unwrap();
    assert!(slots.try_acquire_numbered(1).unwrap().is_some());
}

#[test]
fn a_job_does_not_hold_the_slot_of_its_runner() {
    let mut bench = Bench::sh("echo $$ >ready; exec sleep 1000");
    let slots = Slots::new(bench.path("slots"), 1);
    let slot = slots.try_acquire().unwrap().unwrap();
    bench.spec.slot_lock = Some(slot.path().into());
    let mut job = bench.start();
    bench.pid_in("ready");
    drop(slot);
    // Whatever another test starts holds it between its fork and its exec.
    until(10, "the slot is free", || slots.try_acquire().unwrap());
    job.kill().unwrap();
    bench.report(&mut job);
}
