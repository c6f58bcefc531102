//! Whether a job may start now.

use std::time::Duration;

use jiff::Timestamp;

use super::budget::{Budget, MARGIN, Room};
use super::candidate::Candidate;
use super::estimate::{Estimate, Record};
use super::load_gate::LoadGate;
use super::reason::Reason;
use super::rules::Rules;
use crate::config::Priority;

/// A task that was cut again and again is tried after 2K, 4K, 8K and then every 16K opportunities: it costs one window in
/// 160, and it is noticed within days when it has become quicker.
const MOST_DOUBLINGS: u32 = 4;

/// Whether this drain may have a job run in a detached drain of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detaching {
    /// Yes.
    Allowed,
    /// Not now: such a drain is running.
    InUse,
    /// Never (`detach = false`, `CI`).
    Forbidden,
}

/// What runs beside the job.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Running {
    /// Jobs that this drain runs now.
    pub count: u32,
    /// Whether one of them must run without others.
    pub alone: bool,
}

/// The moment at which a start is decided.
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    /// The wall clock.
    pub now: Timestamp,
    /// The drain's budget.
    pub budget: Budget,
    /// Since the drain started, on a monotonic clock.
    pub elapsed: Duration,
    /// The largest budget that any configured trigger gives a drain; `None` if one gives as long as it takes.
    pub largest: Option<Duration>,
    /// Whether this drain was started for one job that no other window holds, with a budget made for it.
    pub dedicated: bool,
    /// Whether a job may be sent there.
    pub detaching: Detaching,
    /// The load gate.
    pub gate: &'a LoadGate,
    /// On battery, with `on_battery = "defer"`.
    pub saves_battery: bool,
    /// What runs now.
    pub running: Running,
    /// Slots that this drain holds or can get.
    pub free_slots: u32,
}

/// The decision.
#[derive(Clone, Debug, PartialEq)]
pub enum Admission {
    /// It is expected to end within the budget.
    Start,
    /// Nobody knows whether it does; the budget cuts it if it does not.
    Probe,
    /// It is to run once in a detached drain of its own, which gets this budget.
    RunDetachedAlone {
        /// Long enough, as far as anybody knows.
        budget: Duration,
    },
    /// Not now.
    Wait(Reason),
}

/// Decides about one job.
pub fn admit(
    job: &Candidate,
    record: &Record,
    situation: &Situation<'_>,
    rules: &Rules,
) -> Admission {
    if let Some(reason) = turned_away(job, situation) {
        return Admission::Wait(reason);
    }
    let admission = match situation.budget.remaining(situation.elapsed) {
        Room::Unlimited => Admission::Start,
        // Its budget is a guess like any other: asking again whether it fits would send it away for ever.
        Room::Left(_) if situation.dedicated => Admission::Start,
        Room::Left(left) => admit_into(left, job, record, situation, rules),
        Room::Over => admit_into(Duration::ZERO, job, record, situation, rules),
    };
    // Asked last, so that only a job which could start otherwise makes others wait for it.
    if job.retry_alone
        && situation.running.count > 0
        && matches!(admission, Admission::Start | Admission::Probe)
    {
        return Admission::Wait(Reason::OthersRunning);
    }
    admission
}

/// What keeps a job from starting whatever room there is.
fn turned_away(job: &Candidate, situation: &Situation<'_>) -> Option<Reason> {
    let native = job.native_band();
    if job.run_at > situation.now {
        return Some(Reason::NotYet { run_at: job.run_at });
    }
    if job.deadline.is_some_and(|at| at < situation.now) {
        return Some(Reason::DeadlinePassed);
    }
    if let Some(load) = situation.gate.blocks(native) {
        return Some(Reason::Busy {
            cpu: load.cpu,
            memory: load.memory,
        });
    }
    if situation.saves_battery && native >= Priority::Low {
        return Some(Reason::OnBattery);
    }
    if situation.running.alone {
        return Some(Reason::BesideAlone);
    }
    if situation.free_slots == 0 || situation.running.count >= situation.gate.slots() {
        return Some(Reason::NoSlot);
    }
    None
}

/// What a job asks of a window.
struct Demand {
    estimate: Estimate,
    /// `Some` if it may not be cut.
    timeout: Option<Duration>,
    /// `Some(longest)` if it never got to its end in this time, as often as it may be tried.
    barred: Option<Duration>,
}

impl Demand {
    fn of(job: &Candidate, record: &Record, rules: &Rules) -> Self {
        let cuts = record.cuts;
        Self {
            estimate: record.estimate(job.expect).capped(job.timeout),
            timeout: (!job.interruptible).then_some(job.timeout),
            // Runs that got to their end say more than cuts do; without them, an estimate is only a hope.
            barred: (record.completed == 0 && cuts.count >= rules.cuts_allowed)
                .then_some(cuts.longest),
        }
    }

    /// Whether a window with this much left and this grace holds it: q50 ≤ R and q90 ≤ R + G.
    fn fits(&self, left: Duration, grace: Duration) -> bool {
        match (self.timeout, self.barred) {
            (Some(timeout), _) => timeout <= left,
            (None, Some(longest)) if longest >= left => false,
            (None, _) => {
                self.estimate.q50 <= left && self.estimate.q90 <= left.saturating_add(grace)
            }
        }
    }

    fn fits_fresh(&self, window: Duration) -> bool {
        let budget = Budget::of(window);
        match budget.remaining(Duration::ZERO) {
            Room::Left(left) => self.fits(left, budget.grace().unwrap_or_default()),
            _ => false,
        }
    }

    fn too_big(&self, job: &Candidate, largest: Duration) -> Option<Reason> {
        if self.fits_fresh(largest) {
            return None;
        }
        let (needs, at_least) = match (self.timeout, self.barred) {
            (Some(timeout), _) => (timeout, false),
            (None, Some(longest)) => (longest, true),
            (None, None) => (self.estimate.q90, false),
        };
        Some(Reason::TooBig {
            task: job.task.clone(),
            needs,
            at_least,
            largest,
        })
    }

    fn refusal(&self, left: Duration, record: &Record) -> Reason {
        if left.is_zero() {
            return Reason::WindowOver;
        }
        match (self.timeout, self.barred) {
            (Some(timeout), _) => Reason::MayNotBeCut { timeout, left },
            (None, Some(longest)) if longest >= left => Reason::CutBefore {
                cuts: record.cuts.count,
                longest,
            },
            (None, _) => Reason::DoesNotFit {
                needs: self.estimate.q90,
                left,
            },
        }
    }

    /// The budget of a detached run. After a cut it is at least twice what was not enough, so that few runs suffice
    /// however wrong the estimate was.
    fn alone_budget(&self, job: &Candidate, record: &Record) -> Duration {
        let timeout = job.timeout.saturating_add(MARGIN);
        if self.timeout.is_some() {
            return timeout;
        }
        let q90 = self.estimate.q90;
        let guess = q90.saturating_add(q90 / 2);
        guess
            .max(record.cuts.longest.saturating_mul(2))
            .min(timeout)
    }
}

fn admit_into(
    left: Duration,
    job: &Candidate,
    record: &Record,
    situation: &Situation<'_>,
    rules: &Rules,
) -> Admission {
    let grace = situation.budget.grace().unwrap_or_default();
    let demand = Demand::of(job, record, rules);
    if demand.fits(left, grace) {
        return Admission::Start;
    }
    let too_big = situation
        .largest
        .and_then(|largest| demand.too_big(job, largest));
    let lost_patience = situation
        .budget
        .total
        .is_some_and(|window| !demand.fits_fresh(window))
        && rules.patience.is_some_and(|patience| {
            job.queued_at
                .checked_add(patience)
                .is_ok_and(|until| until <= situation.now)
        });
    if (too_big.is_some() || lost_patience) && job.missed >= rules.alone_after {
        match situation.detaching {
            Detaching::Allowed => {
                return Admission::RunDetachedAlone {
                    budget: demand.alone_budget(job, record),
                };
            }
            Detaching::InUse => return Admission::Wait(Reason::DetachedInUse),
            Detaching::Forbidden => {}
        }
    }
    let detaches = situation.detaching != Detaching::Forbidden;
    if is_probe(left, grace, &demand, job, record, detaches, rules) {
        return Admission::Probe;
    }
    Admission::Wait(match too_big {
        Some(reason) if situation.detaching == Detaching::Forbidden => reason,
        _ => demand.refusal(left, record),
    })
}

/// For those who look after the configuration: the reason why no window of at most `largest` holds the job.
pub fn too_big(
    job: &Candidate,
    record: &Record,
    largest: Duration,
    rules: &Rules,
) -> Option<Reason> {
    Demand::of(job, record, rules).too_big(job, largest)
}

/// Whether it is worth trying although it does not seem to fit.
fn is_probe(
    left: Duration,
    grace: Duration,
    demand: &Demand,
    job: &Candidate,
    record: &Record,
    detaches: bool,
    rules: &Rules,
) -> bool {
    let Some(mut after) = rules.probe_after else {
        return false;
    };
    if demand.timeout.is_some() || left < grace {
        return false;
    }
    if demand.barred.is_some_and(|longest| longest >= left) {
        if detaches || !rules.backs_off {
            return false;
        }
        let doublings = record.cuts.count.saturating_sub(1).min(MOST_DOUBLINGS);
        after = after.saturating_mul(1 << doublings);
    }
    match record.since_run {
        None => true,
        Some(since) => since >= after && job.missed >= after,
    }
}

#[cfg(test)]
mod tests {
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
}
