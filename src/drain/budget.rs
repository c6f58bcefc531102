//! The budget of a drain, and the promise it makes: wall time ≤ B + G, plus the margin.
//!
//! Predicting when a job ends and killing it when it does not are separate things: starts are decided by
//! [`Budget::remaining`], kills by [`Budget::term_at`] and [`Budget::kill_at`], and only the latter make the promise.

use std::time::Duration;

/// What starting, noticing an end and leaving cost; kept free at the end of every window.
pub const MARGIN: Duration = Duration::from_millis(50);

/// The shortest grace: below it a process that obeys TERM has no time to write its results down.
const LEAST_GRACE: Duration = Duration::from_secs(1);

/// How long a drain may take. All moments are spans since the drain started, on a monotonic clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    /// B; `None` is as long as it takes.
    pub total: Option<Duration>,
}

/// What a budget still has room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// Everything.
    Unlimited,
    /// R: a job that ends within it ends within the budget.
    Left(Duration),
    /// Nothing: no job is started any more.
    Over,
}

impl Budget {
    /// As long as it takes.
    pub const UNLIMITED: Self = Self { total: None };

    /// A budget of `total`.
    pub const fn of(total: Duration) -> Self {
        Self { total: Some(total) }
    }

    /// G = max(1 s, 0.2·B): how far past the budget a running job is let.
    pub fn grace(self) -> Option<Duration> {
        self.total.map(|total| LEAST_GRACE.max(total / 5))
    }

    /// When running jobs are asked to end: B + G/2.
    pub fn term_at(self) -> Option<Duration> {
        Some(self.total?.saturating_add(self.grace()? / 2))
    }

    /// When they are ended: B + G.
    pub fn kill_at(self) -> Option<Duration> {
        Some(self.total?.saturating_add(self.grace()?))
    }

    /// What is left at `elapsed`: R = B − t − [`MARGIN`].
    pub fn remaining(self, elapsed: Duration) -> Room {
        let Some(total) = self.total else {
            return Room::Unlimited;
        };
        match total.checked_sub(elapsed.saturating_add(MARGIN)) {
            Some(left) if !left.is_zero() => Room::Left(left),
            _ => Room::Over,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    const fn secs(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    #[test]
    fn small_budgets_get_a_second_of_grace_and_large_ones_a_fifth() {
        assert_eq!(Budget::of(secs(2)).grace(), Some(secs(1)));
        assert_eq!(Budget::of(secs(60)).grace(), Some(secs(12)));
        assert_eq!(Budget::of(secs(60)).term_at(), Some(secs(66)));
        assert_eq!(Budget::of(secs(60)).kill_at(), Some(secs(72)));
    }

    #[test]
    fn without_a_budget_nothing_is_ever_cut() {
        let none = Budget::UNLIMITED;
        assert_eq!(
            (none.grace(), none.term_at(), none.kill_at()),
            (None, None, None)
        );
        assert_eq!(none.remaining(Duration::MAX), Room::Unlimited);
    }

    #[test]
    fn the_margin_is_kept_free_at_the_end() {
        let budget = Budget::of(secs(2));
        assert_eq!(
            budget.remaining(Duration::ZERO),
            Room::Left(Duration::from_millis(1950))
        );
        assert_eq!(budget.remaining(Duration::from_millis(1950)), Room::Over);
        assert_eq!(budget.remaining(secs(3)), Room::Over);
    }

    proptest! {
        #[test]
        fn term_comes_before_kill_and_neither_overflows(ms in any::<u64>(), elapsed in any::<u64>()) {
            let budget = Budget::of(Duration::from_millis(ms));
            let (term, kill) = (budget.term_at().unwrap(), budget.kill_at().unwrap());
            prop_assert!(budget.total.unwrap() <= term && term <= kill);
            prop_assert!(kill >= budget.total.unwrap() + secs(1));
            if let Room::Left(left) = budget.remaining(Duration::from_millis(elapsed)) {
                prop_assert!(left + Duration::from_millis(elapsed) < budget.total.unwrap());
            }
        }

        #[test]
        fn room_only_shrinks_as_time_goes_by(ms in 0u64..400_000, a in 0u64..400_000, b in 0u64..400_000) {
            let budget = Budget::of(Duration::from_millis(ms));
            let left = |elapsed| match budget.remaining(Duration::from_millis(elapsed)) {
                Room::Left(left) => left,
                _ => Duration::ZERO,
            };
            prop_assert!(left(a.max(b)) <= left(a.min(b)));
        }
    }
}
