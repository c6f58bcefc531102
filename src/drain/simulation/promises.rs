//! Every promise holds, and each rule is needed for one.

use std::collections::BTreeMap;

use super::super::rules::Rules;
use super::world::World;
use super::{Promise, simulate};

fn world(seed: u64, tiny: bool) -> World {
    World {
        seed,
        slots: if seed.is_multiple_of(2) { 1 } else { 2 },
        tiny,
    }
}

fn assert_every_promise_holds(tiny: bool) {
    for seed in 0..10 {
        let broken = simulate(&world(seed, tiny), Rules::default());
        assert_eq!(broken, BTreeMap::new());
    }
}

#[test]
fn every_promise_holds_with_long_windows_and_detaching() {
    assert_every_promise_holds(false);
}

#[test]
fn every_promise_holds_with_two_second_windows_only() {
    assert_every_promise_holds(true);
}

/// The promise is broken under these rules in some of the worlds in which it holds under the default ones.
fn assert_needed(rules: Rules, tiny: bool, promise: Promise) {
    assert!(
        (0..10).any(|seed| simulate(&world(seed, tiny), rules).contains_key(&promise)),
        "{promise:?} holds under {rules:?}"
    );
}

#[test]
fn without_aging_a_low_band_starves() {
    let rules = Rules {
        band_after: None,
        ..Rules::default()
    };
    assert_needed(rules, true, Promise::Starved);
}

#[test]
fn without_probes_a_task_that_looks_too_long_never_starts() {
    let rules = Rules {
        probe_after: None,
        ..Rules::default()
    };
    assert_needed(rules, true, Promise::Starved);
}

#[test]
fn without_expiry_an_unlucky_kill_bars_a_task() {
    let rules = Rules {
        killed_counts_for: None,
        ..Rules::default()
    };
    assert_needed(rules, true, Promise::Inadmissible);
}

#[test]
fn without_detached_runs_long_jobs_wait_for_ever() {
    let rules = Rules {
        alone_after: i64::MAX,
        ..Rules::default()
    };
    assert_needed(rules, false, Promise::LongJob);
}

#[test]
fn without_patience_a_job_waits_for_a_night_that_does_not_come() {
    let rules = Rules {
        patience: None,
        ..Rules::default()
    };
    assert_needed(rules, false, Promise::LongJob);
}

#[test]
fn without_backing_off_two_unlucky_cuts_bar_a_task() {
    let rules = Rules {
        backs_off: false,
        ..Rules::default()
    };
    assert_needed(rules, true, Promise::Starved);
}

#[test]
fn without_a_bar_after_two_cuts_windows_are_wasted() {
    let rules = Rules {
        cuts_allowed: u32::MAX,
        ..Rules::default()
    };
    assert_needed(rules, true, Promise::Waste);
}
