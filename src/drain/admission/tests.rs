//! Who may start, and why not.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::super::candidate::tests::job;
use super::super::estimate::{Sample, SampleKind};
use super::super::load_gate::Load;
use super::*;

const fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

fn runs(kind: SampleKind, ms: &[i64], opportunity: i64) -> Vec<Sample> {
    ms.iter()
        .map(|ms| Sample {
            ms: *ms,
            kind,
            opportunity,
        })
        .collect()
}

fn record(samples: &[Sample], now: i64) -> Record {
    Record::new(samples, now, &Rules::default())
}

fn succeeded(ms: i64) -> Record {
    record(&runs(SampleKind::Succeeded, &[ms; 10], 0), 0)
}

fn within(gate: &LoadGate, window: u64) -> Situation<'_> {
    Situation {
        now: "2026-03-01T12:00:00Z".parse().unwrap(),
        budget: Budget::of(secs(window)),
        elapsed: Duration::ZERO,
        largest: Some(secs(60)),
        dedicated: false,
        eager: false,
        detaching: Detaching::Forbidden,
        gate,
        saves_battery: false,
        running: Running::default(),
        free_slots: 1,
    }
}

fn decide(job: &Candidate, record: &Record, situation: &Situation<'_>) -> Admission {
    admit(job, record, situation, &Rules::default())
}

fn said(admission: &Admission) -> String {
    match admission {
        Admission::Wait(reason) => reason.to_string(),
        other => format!("{other:?}"),
    }
}

#[test]
fn half_must_fit_the_budget_and_nine_of_ten_the_grace() {
    let gate = LoadGate::new(1);
    let lint = job("a", "lint");
    let of = |q50: i64, q90: i64| {
        record(
            &runs(
                SampleKind::Succeeded,
                &[q50, q50, q50, q50, q50, q50, q50, q50, q90],
                0,
            ),
            0,
        )
    };
    for (q50, q90, starts) in [
        (59_950, 59_950, true),
        (59_951, 59_951, false),
        (1_000, 71_950, true),
        (1_000, 71_951, false),
    ] {
        let admission = decide(&lint, &of(q50, q90), &within(&gate, 60));
        assert_eq!(admission == Admission::Start, starts, "{q50} {q90}");
    }
}

#[test]
fn what_never_ran_is_tried_while_there_is_grace() {
    let gate = LoadGate::new(1);
    let lint = job("a", "lint");
    let never = record(&[], 0);
    let mut window = within(&gate, 2);
    assert_eq!(decide(&lint, &never, &window), Admission::Probe);
    window.elapsed = Duration::from_millis(951);
    assert_eq!(
        said(&decide(&lint, &never, &window)),
        "needs 5.0 s, 1.0 s are left of this window"
    );
    let mut fixed = lint;
    fixed.interruptible = false;
    assert_ne!(decide(&fixed, &never, &within(&gate, 2)), Admission::Probe);
}

#[test]
fn what_did_not_run_for_ten_opportunities_is_tried() {
    let gate = LoadGate::new(1);
    let mut lint = job("a", "lint");
    let at = |now| record(&runs(SampleKind::Succeeded, &[4_000; 10], 0), now);
    let mut window = within(&gate, 2);
    window.largest = Some(secs(300));
    lint.missed = 10;
    assert_eq!(decide(&lint, &at(10), &window), Admission::Probe);
    assert_ne!(decide(&lint, &at(9), &window), Admission::Probe);
    // A fresh job of a rare task has missed nothing yet.
    lint.missed = 0;
    assert_ne!(decide(&lint, &at(10), &window), Admission::Probe);
}

#[test]
fn after_two_cuts_only_a_larger_window_a_detached_run_or_much_patience() {
    let gate = LoadGate::new(1);
    let mut lint = job("a", "lint");
    let at = |now| record(&runs(SampleKind::Killed, &[2_500, 3_000], 0), now);
    let mut window = within(&gate, 2);
    window.largest = Some(secs(2));
    lint.missed = 19;
    assert_eq!(
        said(&decide(&lint, &at(19), &window)),
        "lint needs more than 3.0 s, your largest window is 2.0 s"
    );
    window.detaching = Detaching::Allowed;
    assert_eq!(
        decide(&lint, &at(19), &window),
        Admission::RunDetachedAlone {
            budget: secs(15) / 2
        }
    );
    window.detaching = Detaching::Forbidden;
    lint.missed = 20;
    assert_eq!(decide(&lint, &at(20), &window), Admission::Probe);
    lint.expect = Some(secs(2));
    assert_eq!(
        decide(&lint, &at(4), &within(&gate, 60)),
        Admission::Start,
        "a larger window"
    );
}

#[test]
fn too_big_for_every_window_runs_detached_or_is_reported() {
    let gate = LoadGate::new(1);
    let mut lint = job("a", "lint");
    let long = succeeded(95_000);
    let mut window = within(&gate, 60);
    window.detaching = Detaching::Allowed;
    lint.missed = 9;
    assert_eq!(
        said(&decide(&lint, &long, &window)),
        "needs 95 s, 60 s are left of this window"
    );
    lint.missed = 10;
    let budget = Duration::from_millis(142_500);
    assert_eq!(
        decide(&lint, &long, &window),
        Admission::RunDetachedAlone { budget }
    );
    window.elapsed = secs(60);
    assert_eq!(
        decide(&lint, &long, &window),
        Admission::RunDetachedAlone { budget },
        "a window that is used up is no reason to forget it"
    );
    window.detaching = Detaching::InUse;
    assert_eq!(
        decide(&lint, &long, &window),
        Admission::Wait(Reason::DetachedInUse)
    );
    window.detaching = Detaching::Forbidden;
    let reported = "lint needs 95 s, your largest window is 60 s";
    assert_eq!(said(&decide(&lint, &long, &window)), reported);
    let reason = too_big(&lint, &long, secs(60), &Rules::default()).unwrap();
    assert_eq!(reason.to_string(), reported);
    assert_eq!(too_big(&lint, &long, secs(300), &Rules::default()), None);
}

#[test]
fn a_detached_run_is_bounded_by_the_time_out_and_doubles_what_was_not_enough() {
    let gate = LoadGate::new(1);
    let mut lint = job("a", "lint");
    lint.missed = 10;
    let mut window = within(&gate, 60);
    window.detaching = Detaching::Allowed;
    let cut = record(&runs(SampleKind::Killed, &[72_000, 72_000], 0), 10);
    assert_eq!(
        decide(&lint, &cut, &window),
        Admission::RunDetachedAlone { budget: secs(144) }
    );
    lint.timeout = secs(100);
    assert_eq!(
        decide(&lint, &cut, &window),
        Admission::RunDetachedAlone {
            budget: secs(100) + MARGIN
        }
    );
}

#[test]
fn a_window_that_does_not_come_is_not_waited_for_longer_than_three_days() {
    let gate = LoadGate::new(1);
    let mut lint = job("a", "lint");
    lint.missed = 10;
    let long = succeeded(95_000);
    let mut window = within(&gate, 60);
    window.largest = Some(secs(300));
    window.detaching = Detaching::Allowed;
    assert!(matches!(
        decide(&lint, &long, &window),
        Admission::Wait(Reason::DoesNotFit { .. })
    ));
    window.now = window.now.checked_add(secs(3 * 24 * 3600)).unwrap();
    assert!(matches!(
        decide(&lint, &long, &window),
        Admission::RunDetachedAlone { .. }
    ));
    // What fits this kind of window, and only came late into it, has no need of one of its own.
    window.elapsed = secs(59);
    assert!(matches!(
        decide(&lint, &succeeded(30_000), &window),
        Admission::Wait(Reason::DoesNotFit { .. })
    ));
}

#[test]
fn what_may_not_be_cut_needs_room_for_its_time_out() {
    let gate = LoadGate::new(1);
    let mut lint = job("a", "lint");
    lint.interruptible = false;
    lint.timeout = secs(59);
    assert_eq!(
        decide(&lint, &succeeded(10), &within(&gate, 60)),
        Admission::Start
    );
    lint.timeout = secs(61);
    assert!(matches!(
        decide(&lint, &succeeded(10), &within(&gate, 60)),
        Admission::Wait(Reason::TooBig { .. })
    ));
    let mut window = within(&gate, 60);
    window.detaching = Detaching::Allowed;
    lint.missed = 10;
    assert_eq!(
        decide(&lint, &succeeded(10), &window),
        Admission::RunDetachedAlone {
            budget: secs(61) + MARGIN
        }
    );
}

#[test]
fn a_dedicated_drain_does_not_ask_whether_its_job_fits() {
    let gate = LoadGate::new(1);
    let mut window = within(&gate, 10);
    window.dedicated = true;
    let lint = job("a", "lint");
    assert_eq!(decide(&lint, &succeeded(95_000), &window), Admission::Start);
    window.elapsed = secs(10);
    assert_ne!(decide(&lint, &succeeded(95_000), &window), Admission::Start);
}

#[test]
fn without_a_budget_everything_fits() {
    let gate = LoadGate::new(1);
    let mut window = within(&gate, 60);
    window.budget = Budget::UNLIMITED;
    let mut lint = job("a", "lint");
    lint.interruptible = false;
    assert_eq!(
        decide(&lint, &succeeded(9_000_000), &window),
        Admission::Start
    );
}

#[test]
fn each_thing_in_the_way_has_its_reason() {
    let mut gate = LoadGate::new(2);
    gate.feed(
        Load {
            cpu: 92.4,
            memory: 50.0,
        },
        Duration::ZERO,
    );
    let idle = LoadGate::new(2);
    let lint = job("a", "lint");
    let quick = succeeded(10);
    let window = || within(&idle, 60);
    let later = window().now.checked_add(secs(60)).unwrap();
    let earlier = window().now.checked_sub(secs(60)).unwrap();

    let mut not_yet = lint.clone();
    not_yet.run_at = later;
    let mut expired = lint.clone();
    expired.deadline = Some(earlier);
    let mut low = lint.clone();
    low.priority = Priority::Low;
    let mut raised = low.clone();
    raised.missed = 1000;
    let mut alone = lint.clone();
    alone.retry_alone = true;
    let mut urgent = lint.clone();
    urgent.user_triggered = true;
    let battery = Situation {
        saves_battery: true,
        ..window()
    };
    let beside = |count, alone| Situation {
        running: Running { count, alone },
        ..window()
    };
    let none_free = Situation {
        free_slots: 0,
        ..window()
    };
    let busy = "the machine is busy (CPU 92 %, memory 50 %): only critical jobs start";
    for (job, situation, expected) in [
        (&not_yet, window(), "not before 2026-03-01T12:01:00Z"),
        (&expired, window(), "its deadline has passed"),
        (&lint, within(&gate, 60), busy),
        (&raised, within(&gate, 60), busy),
        (&urgent, within(&gate, 60), "Start"),
        (&low, battery, "low and deferred jobs wait for mains power"),
        (
            &raised,
            battery,
            "low and deferred jobs wait for mains power",
        ),
        (&lint, battery, "Start"),
        (
            &lint,
            beside(1, true),
            "a job that must run alone is running",
        ),
        (
            &alone,
            beside(1, false),
            "must run alone, and other jobs are running",
        ),
        (&alone, beside(0, false), "Start"),
        (&lint, beside(2, false), "every slot is in use"),
        (&lint, none_free, "every slot is in use"),
        (
            &lint,
            Situation {
                elapsed: secs(60),
                ..window()
            },
            "the budget is used up",
        ),
    ] {
        assert_eq!(said(&decide(job, &quick, &situation)), expected);
    }
}

proptest! {
    /// Room only shrinks: the planner passes such a job over for the rest of the window.
    #[test]
    fn a_lasting_refusal_lasts(
        ms in prop::collection::vec(0i64..100_000, 0..12), killed in prop::collection::vec(0i64..100_000, 0..4),
        missed in 0i64..400, since in 0i64..400, window in 1u64..100, a in 0u64..100_000, b in 0u64..100_000,
        interruptible: bool
    ) {
        let gate = LoadGate::new(1);
        let mut lint = job("a", "lint");
        lint.missed = missed;
        lint.interruptible = interruptible;
        lint.timeout = secs(50);
        let mut samples = runs(SampleKind::Succeeded, &ms, 0);
        samples.extend(runs(SampleKind::Killed, &killed, 0));
        let record = record(&samples, since);
        let at = |ms| {
            let mut situation = within(&gate, window);
            situation.elapsed = Duration::from_millis(ms);
            decide(&lint, &record, &situation)
        };
        if let Admission::Wait(reason) = at(a.min(b))
            && reason.lasts()
        {
            prop_assert!(matches!(at(a.max(b)), Admission::Wait(_)));
        }
    }

    #[test]
    fn what_fits_a_window_fits_a_larger_one(ms in 1i64..400_000, window in 1u64..300, more in 0u64..300) {
        let gate = LoadGate::new(1);
        let starts = |window| decide(&job("a", "lint"), &succeeded(ms), &within(&gate, window)) == Admission::Start;
        prop_assert!(!starts(window) || starts(window + more));
    }

    /// A job that starts (and is no probe) has room for nine of ten runs before it is killed.
    #[test]
    fn nine_of_ten_runs_end_before_the_kill(ms in prop::collection::vec(1i64..100_000, 9..30), elapsed in 0u64..60_000) {
        let gate = LoadGate::new(1);
        let record = record(&runs(SampleKind::Succeeded, &ms, 0), 0);
        let mut situation = within(&gate, 60);
        situation.elapsed = Duration::from_millis(elapsed);
        if decide(&job("a", "lint"), &record, &situation) == Admission::Start {
            let ends = situation.elapsed + record.estimate(None).q90;
            prop_assert!(ends <= situation.budget.kill_at().unwrap());
        }
    }
}
