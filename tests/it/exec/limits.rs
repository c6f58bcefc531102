//! What a job may use, added up over its processes.

use git_tend::drain::limits::{Enforced, IoClass, Means};
use git_tend::drain::protocol::Outcome;
use git_tend::tasks::spec::Limits;

use super::{Bench, allocate};

#[test]
fn the_memory_of_a_tree_is_added_up() {
    let mut bench = Bench::new(
        "/bin/sh",
        &[
            "-c",
            "for i in 1 2 3 4; do perl -e \"$0\" & done; wait",
            &allocate(60),
        ],
    );
    bench.spec.limits.memory = Some(150 << 20);
    let report = bench.run();
    let Outcome::MemoryExceeded { peak } = report.outcome else {
        panic!("{report:?}");
    };
    assert!(peak > 150 << 20, "{peak}");
    assert!(report.peak_rss_kib > 150 << 10, "{report:?}");
    assert_eq!(report.enforced.memory, Some(Means::Sampled));
}

#[test]
fn memory_that_exists_once_counts_once() {
    // Four workers forked from a parent that holds 80 MiB: 400 MiB by their resident sizes, a good 80 in fact.
    let script = "my @a; for (1..80) { push @a, 'x' x (1024*1024); } \
        for (1..4) { my $p = fork(); if (!$p) { select(undef, undef, undef, 1.5); exit 0; } } \
        1 while wait() > 0; exit 5";
    let mut bench = Bench::new("/usr/bin/perl", &["-e", script]);
    bench.spec.limits.memory = Some(200 << 20);
    assert_eq!(bench.run().outcome, Outcome::Exited { code: 5 });
}

#[test]
fn a_flood_is_ended_and_its_log_cut() {
    let mut bench = Bench::new("/usr/bin/yes", &["an endless complaint"]);
    bench.spec.log_cap = 1 << 20;
    let report = bench.run();
    assert_eq!(report.outcome, Outcome::OutputExceeded);
    assert!(report.truncated && report.log_bytes > 1 << 20, "{report:?}");
    assert_eq!(std::fs::metadata(&bench.spec.log).unwrap().len(), 1 << 20);
    assert!(bench.log().ends_with("the log was cut here]\n"));
}

#[test]
fn a_log_that_grew_too_large_unseen_is_cut_as_well() {
    let mut bench = Bench::sh("head -c 100000 /dev/zero; exit 3");
    bench.spec.log_cap = 1000;
    let report = bench.run();
    assert!(report.truncated, "{report:?}");
    assert_eq!(report.log_bytes, 100_000);
    assert_eq!(std::fs::metadata(&bench.spec.log).unwrap().len(), 1000);
}

#[test]
fn limits_are_inherited_and_reported() {
    let mut bench = Bench::sh(
        "nice; ulimit -f; ionice 2>/dev/null || echo idle; head -c 1000000 /dev/zero >big",
    );
    bench.spec.limits = Limits {
        nice: Some(12),
        file_size: Some(512 * 1024),
        cpu_percent: Some(50),
        ..Limits::default()
    };
    let report = bench.run();
    let log = bench.log();
    let lines: Vec<&str> = log.lines().take(3).collect();
    assert_eq!(lines, ["12", "1024", "idle"], "{log}");
    assert_eq!(
        std::fs::metadata(bench.path("big")).unwrap().len(),
        512 * 1024
    );
    let expected = Enforced {
        nice: Some(12),
        io_class: Some(IoClass::Idle),
        file_size: Some(Means::Rlimit),
        ..Enforced::default()
    };
    assert_eq!(report.enforced, expected);
}
