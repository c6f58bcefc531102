//! Many processes enqueue and drain while half of them, runners and supervisors too, are killed at random.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::ledger;
use crate::support::{World, until};

#[test]
fn a_storm_of_kills_loses_nothing_and_leaves_nothing() {
    let seconds = if super::full() { 60 } else { 6 };
    let world = World::with_config("[queue]\nload_gate = false\nmax_jobs = 100000\n");
    let words = ledger::job(&world, "0.02");
    let acknowledged = Mutex::new(Vec::new());
    let over = AtomicBool::new(false);
    let end = Instant::now() + Duration::from_secs(seconds);
    std::thread::scope(|scope| {
        for spawner in 0..8 {
            let (world, words, acknowledged) = (&world, &words, &acknowledged);
            scope.spawn(move || {
                while Instant::now() < end {
                    let mut enqueue = vec!["run", "--enqueue", "--json", "--"];
                    enqueue.extend(words.iter().map(String::as_str));
                    let ran = world.tend(&enqueue);
                    if ran.code == 0 {
                        let id = ran.json()["jobs"][0]["id"].as_str().unwrap().to_owned();
                        acknowledged.lock().unwrap().push(id);
                    }
                    assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
                    if spawner % 2 == 0 {
                        let ran = world.tend(["drain", "--quiet", "--budget", "1s"]);
                        assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
                    }
                }
            });
        }
        let (world, over) = (&world, &over);
        scope.spawn(move || {
            let mut number = 7_u32;
            while Instant::now() < end {
                for (pid, command) in ledger::processes_of(world) {
                    // A linear congruential generator (Numerical Recipes) is random enough to pick victims.
                    number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    if command.contains("git-tend") && number >> 28 == 0 {
                        let pid = rustix::process::Pid::from_raw(pid).unwrap();
                        let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
                    }
                }
                std::thread::park_timeout(Duration::from_millis(5));
            }
            over.store(true, Ordering::Relaxed);
        });
    });
    assert!(over.load(Ordering::Relaxed));
    ledger::settle(&world);
    ledger::check(&world, &acknowledged.into_inner().unwrap());
    until(10, "no process is left", || {
        ledger::processes_of(&world).is_empty().then_some(())
    });
}

#[test]
fn many_at_once_all_get_their_turn() {
    let world = World::new();
    world.tend(["run", "--enqueue", "--", "true"]).code(0);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..15 {
                    world.tend(["run", "--enqueue", "--", "true"]).code(0);
                }
            });
        }
    });
    let status = world.tend(["status", "--json"]).json();
    assert_eq!(status["jobs"]["queued"], 121);
}
