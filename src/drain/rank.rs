//! The order in which jobs are considered: band, rank within the band, then first come, first served.
//!
//! What is learned moves a job only within its band; only waiting moves it out, one band per so many missed
//! opportunities. Every part is bounded, so that no part can outweigh all the others for ever.

use std::cmp::Reverse;
use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::candidate::Candidate;
use super::estimate::Record;
use super::rules::Rules;
use crate::config::Priority;
use crate::queue::JobId;

/// Points for a deadline that cannot be kept any more; fewer the further away it is.
const DEADLINE: i32 = 40;
/// From how far away a deadline counts.
const DEADLINE_HORIZON: Duration = Duration::from_secs(24 * 3600);
/// Points for a task that failed more than five times in ten: its next fresh run is awaited.
const FAILING: i32 = 20;
/// More failures of the last ten than this are often.
const FAILING_MORE_THAN: usize = 5;
/// Most points for a task whose last result is old; one per opportunity since.
const STALE: i32 = 15;
/// Points (negative) for a task that fits almost anywhere anyway.
const QUICK: i32 = -5;
/// A mean below this is quick.
const QUICK_BELOW: Duration = Duration::from_secs(10);

/// Where a job stands, and why. More points run sooner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Rank {
    /// The band before waiting raised it; the load gate looks at this one.
    pub native: Priority,
    /// The band it is considered in.
    pub band: Priority,
    /// Nearness of the deadline, 0 to 40.
    pub deadline: i32,
    /// Failing often, 0 or 20.
    pub failing: i32,
    /// Age of the task's last result, 0 to 15.
    pub stale: i32,
    /// Being quick, −5 or 0.
    pub quick: i32,
}

/// What the order is sorted by; smaller runs sooner. The identity makes it total.
pub type Key = (Priority, Reverse<i32>, Timestamp, JobId);

impl fmt::Display for Rank {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.band.name())?;
        if self.band != self.native {
            write!(f, " (raised from {} by waiting)", self.native.name())?;
        }
        let parts = [
            ("deadline", self.deadline),
            ("failing often", self.failing),
            ("stale", self.stale),
            ("quick", self.quick),
        ];
        for (name, points) in parts.into_iter().filter(|(_, points)| *points != 0) {
            write!(f, ", {name} {points:+}")?;
        }
        Ok(())
    }
}

impl Rank {
    /// Ranks a job.
    pub fn of(job: &Candidate, record: &Record, now: Timestamp, rules: &Rules) -> Self {
        let native = job.native_band();
        let steps = rules.band_after.map_or(0, |k| job.missed.max(0) / k.max(1));
        Self {
            native,
            band: native.raised(steps.try_into().unwrap_or(u32::MAX)),
            deadline: job
                .deadline
                .map_or(0, |at| nearness(at, now, record.estimate(job.expect).q90)),
            // Only a fresh run: the retry of a failed one was set back on purpose.
            failing: if job.attempt == 0 && record.failed > FAILING_MORE_THAN {
                FAILING
            } else {
                0
            },
            stale: record.since_completed.map_or(STALE, |since| {
                since.clamp(0, i64::from(STALE)).try_into().unwrap_or(STALE)
            }),
            quick: match record.mean {
                Some(mean) if mean < QUICK_BELOW => QUICK,
                _ => 0,
            },
        }
    }

    /// The sum of the parts.
    pub const fn points(&self) -> i32 {
        self.deadline + self.failing + self.stale + self.quick
    }

    /// The key to sort by.
    pub fn key(&self, job: &Candidate) -> Key {
        (
            self.band,
            Reverse(self.points()),
            job.queued_at,
            job.id.clone(),
        )
    }
}

/// Points by the slack that is left when the job starts now and takes `needs`.
fn nearness(deadline: Timestamp, now: Timestamp, needs: Duration) -> i32 {
    let left = deadline.as_millisecond() - now.as_millisecond();
    let slack = u64::try_from(left)
        .map_or(Duration::ZERO, Duration::from_millis)
        .saturating_sub(needs)
        .min(DEADLINE_HORIZON);
    let used = DEADLINE_HORIZON.saturating_sub(slack).as_secs();
    let points = used * u64::from(DEADLINE.unsigned_abs()) / DEADLINE_HORIZON.as_secs();
    points.try_into().unwrap_or(DEADLINE)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::super::candidate::tests::job;
    use super::super::estimate::{Sample, SampleKind};
    use super::*;

    fn now() -> Timestamp {
        "2026-03-01T12:00:00Z".parse().unwrap()
    }

    fn runs(kinds: &[SampleKind], ms: i64, opportunity: i64) -> Vec<Sample> {
        kinds
            .iter()
            .map(|kind| Sample {
                ms,
                kind: *kind,
                opportunity,
            })
            .collect()
    }

    fn rank(job: &Candidate, samples: &[Sample], opportunity: i64) -> Rank {
        let rules = Rules::default();
        Rank::of(
            job,
            &Record::new(samples, opportunity, &rules),
            now(),
            &rules,
        )
    }

    #[test]
    fn ten_missed_opportunities_raise_one_band_and_critical_is_the_top() {
        let mut job = job("a", "lint");
        job.priority = Priority::Deferred;
        let band = |missed| {
            let mut job = job.clone();
            job.missed = missed;
            rank(&job, &[], 0).band
        };
        assert_eq!(band(9), Priority::Deferred);
        assert_eq!(band(10), Priority::Low);
        assert_eq!(band(39), Priority::High);
        assert_eq!(band(i64::MAX), Priority::Critical);
        assert_eq!(rank(&job, &[], 0).native, Priority::Deferred);
    }

    #[test]
    fn user_triggered_work_is_critical() {
        let mut job = job("a", "lint");
        job.priority = Priority::Deferred;
        job.user_triggered = true;
        assert_eq!(rank(&job, &[], 0).native, Priority::Critical);
    }

    #[test]
    fn more_than_five_failures_of_the_last_ten_promote_a_fresh_run_only() {
        use SampleKind::{Failed, Killed, Succeeded};
        let mut fresh = job("a", "lint");
        let five = runs(
            &[
                Failed, Failed, Failed, Failed, Failed, Failed, Failed, Succeeded, Succeeded,
                Succeeded, Succeeded, Succeeded, Failed, Failed, Failed, Failed, Failed,
            ],
            20_000,
            0,
        );
        assert_eq!(rank(&fresh, &five, 0).failing, 0);
        let mut six = five;
        six.extend(runs(&[Failed, Killed, Killed], 20_000, 0));
        assert_eq!(rank(&fresh, &six, 0).failing, 20);
        fresh.attempt = 1;
        assert_eq!(rank(&fresh, &six, 0).failing, 0);
    }

    #[test]
    fn quick_is_a_little_later_and_stale_a_little_sooner() {
        let job = job("a", "lint");
        let quick = runs(&[SampleKind::Succeeded], 9_999, 5);
        let slow = runs(&[SampleKind::Succeeded], 10_000, 5);
        assert_eq!(
            (rank(&job, &quick, 5).quick, rank(&job, &slow, 5).quick),
            (-5, 0)
        );
        assert_eq!(rank(&job, &slow, 5).stale, 0);
        assert_eq!(rank(&job, &slow, 12).stale, 7);
        assert_eq!(rank(&job, &slow, 1000).stale, 15);
        assert_eq!(rank(&job, &[], 0).stale, 15);
    }

    #[test]
    fn a_deadline_counts_more_the_nearer_it_is() {
        let mut job = job("a", "lint");
        let mut points = |left: i64| {
            job.deadline = Some(
                now()
                    .checked_add(jiff::SignedDuration::from_secs(left))
                    .unwrap(),
            );
            rank(&job, &[], 0).deadline
        };
        assert_eq!(points(48 * 3600), 0);
        assert_eq!(points(12 * 3600), 20);
        assert_eq!(points(5), 40);
        assert_eq!(points(-3600), 40);
    }

    #[test]
    fn points_come_before_age_and_age_before_identity() {
        let mut older = job("b", "lint");
        let newer = job("a", "lint");
        older.queued_at = now().checked_sub(Duration::from_secs(1)).unwrap();
        let samples = runs(&[SampleKind::Succeeded], 20_000, 0);
        let key = |job: &Candidate, samples: &[Sample]| rank(job, samples, 3).key(job);
        assert!(key(&older, &samples) < key(&newer, &samples));
        assert!(key(&newer, &[]) < key(&older, &samples));
    }

    proptest! {
        #[test]
        fn every_part_is_bounded(
            missed in any::<i64>(), deadline in prop::option::of(-377_705_023_000i64..253_402_207_000),
            ms in any::<i64>(), opportunity in any::<i64>(), counter in any::<i64>(), attempt in 0u32..3
        ) {
            let mut job = job("a", "lint");
            job.missed = missed;
            job.attempt = attempt;
            job.deadline = deadline.map(|s| Timestamp::from_second(s).unwrap());
            let rank = rank(&job, &runs(&[SampleKind::Failed], ms, opportunity), counter);
            prop_assert!((0..=40).contains(&rank.deadline) && (0..=20).contains(&rank.failing));
            prop_assert!((0..=15).contains(&rank.stale) && (-5..=0).contains(&rank.quick));
        }

        #[test]
        fn waiting_never_lowers_a_band(a in 0i64..1000, b in 0i64..1000) {
            let band = |missed| {
                let mut job = job("a", "lint");
                job.missed = missed;
                rank(&job, &[], 0).band
            };
            prop_assert!(band(a.max(b)) <= band(a.min(b)));
        }
    }
}
