//! What came back of what an automation cost.
//!
//! Cost is what it took to make, to maintain, and to wait for runs that failed: development hours at their rate, maintenance
//! hours of each month at the same rate, and the time of failed runs at the rate of whoever waited. What came back is the
//! time that was gained at that rate, and the return (what was gained − cost) / cost. Time that failed runs took is thus
//! taken away once, as a cost. All of it is reckoned since the automation was made.

use serde::{Deserialize, Serialize};

use super::saved::{Entry, WEEK, as_f64};
use crate::config::costs::Costs;
use crate::metrics::stats::ms_as_f64;

const HOUR_MS: f64 = 3_600_000.0;
/// A twelfth of 365.25 days, in ms.
const MONTH_MS: f64 = 365.25 / 12.0 * 86_400_000.0;
/// What the present rate is: that of the last four weeks, …
const LATELY: i64 = 4 * WEEK;
/// … and what is further away than a century is never.
const CENTURY_MS: f64 = 1200.0 * MONTH_MS;

/// What came back of what it cost.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Returns {
    /// Hours that were gained.
    pub gained_hours: f64,
    /// Hours that it took to make it, to maintain it, and to wait for runs that failed.
    pub spent_hours: f64,
    /// What the hours gained are worth, in whatever money the rates are.
    pub gained: f64,
    /// What it cost, in the same.
    pub cost: f64,
    /// What came back: (gained − cost) / cost, 0.5 for half as much again, −1 for nothing; none where it cost nothing, and where hours
    /// are worth nothing.
    pub roi: Option<f64>,
    /// When it has paid for itself; none where hours are worth nothing.
    pub payback: Option<Payback>,
}

/// When an automation has paid for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "when")]
pub enum Payback {
    /// It has, since a moment.
    Reached {
        /// In ms UTC.
        at: i64,
    },
    /// It will have, if it goes on as in the last four weeks.
    Projected {
        /// In ms UTC.
        at: i64,
    },
    /// At the rate of the last four weeks it never will.
    Never,
}

impl Payback {
    /// The moment, in ms UTC, if there is one.
    pub const fn at(self) -> Option<i64> {
        match self {
            Self::Reached { at } | Self::Projected { at } => Some(at),
            Self::Never => None,
        }
    }
}

/// What is known of an automation when it is reckoned up.
pub(super) struct Account<'a> {
    pub costs: &'a Costs,
    /// When it was made, in ms UTC.
    pub made_at: i64,
    pub now: i64,
    /// Gained and lost by runs that are no longer known one by one, in ms.
    pub older: (u64, u64),
}

impl Account<'_> {
    /// Reckons up what runs gained and lost; `counts` says which of them gained.
    pub(super) fn returns(&self, entries: &[Entry], counts: impl Fn(&Entry) -> bool) -> Returns {
        let rate = self.costs.hourly_rate.get();
        let work_rate = self.costs.development_rate.get();
        let gained_ms = |entry: &Entry| {
            if counts(entry) {
                as_f64(entry.gained_ms)
            } else {
                0.0
            }
        };
        let of = |of: &dyn Fn(&Entry) -> f64| entries.iter().map(of).sum::<f64>() / HOUR_MS;
        let gained_hours = as_f64(self.older.0) / HOUR_MS + of(&gained_ms);
        let lost_hours = as_f64(self.older.1) / HOUR_MS + of(&|entry| as_f64(entry.lost_ms));
        let work_hours = self.work_hours(self.now);
        let (gained, cost) = (
            gained_hours * rate,
            work_hours * work_rate + lost_hours * rate,
        );
        let roi = (gained - cost) / cost;
        Returns {
            gained_hours,
            spent_hours: work_hours + lost_hours,
            gained,
            cost,
            roi: (rate > 0.0 && roi.is_finite()).then_some(roi),
            payback: (rate > 0.0).then(|| self.payback(entries, &gained_ms)),
        }
    }

    /// Hours of work on it until a moment.
    fn work_hours(&self, at: i64) -> f64 {
        let months = ms_as_f64(at.saturating_sub(self.made_at)).max(0.0) / MONTH_MS;
        self.costs.development_hours.get() + self.costs.maintenance_hours.get() * months
    }

    fn payback(&self, entries: &[Entry], gained_ms: &dyn Fn(&Entry) -> f64) -> Payback {
        let rate = self.costs.hourly_rate.get();
        let work_rate = self.costs.development_rate.get();
        let net = |entry: &Entry| gained_ms(entry) - as_f64(entry.lost_ms);
        let balance =
            |net_ms: f64, at: i64| net_ms / HOUR_MS * rate - self.work_hours(at) * work_rate;
        let mut net_ms = as_f64(self.older.0) - as_f64(self.older.1);
        if let Some(first) = entries.first().filter(|_| self.older.0 > 0)
            && balance(net_ms, first.at) >= 0.0
        {
            return Payback::Reached { at: first.at };
        }
        for entry in entries {
            net_ms += net(entry);
            if gained_ms(entry) > 0.0 && balance(net_ms, entry.at) >= 0.0 {
                return Payback::Reached { at: entry.at };
            }
        }
        let Some(first) = entries.first() else {
            return Payback::Never;
        };
        // Of less than a week nothing is made more: a busy first day is no rate.
        let weeks =
            ms_as_f64(self.now.saturating_sub(first.at).clamp(WEEK, LATELY)) / ms_as_f64(WEEK);
        let since = self.now.saturating_sub(LATELY);
        let lately: f64 = entries.iter().filter(|it| it.at > since).map(net).sum();
        let maintenance =
            self.costs.maintenance_hours.get() * work_rate * ms_as_f64(WEEK) / MONTH_MS;
        let a_week = lately / HOUR_MS * rate / weeks - maintenance;
        let ahead = -balance(net_ms, self.now) / a_week * ms_as_f64(WEEK);
        if a_week > 0.0 && (0.0..=CENTURY_MS).contains(&ahead) {
            // At most a century.
            #[allow(clippy::cast_possible_truncation)]
            let ahead = ahead as i64;
            Payback::Projected {
                at: self.now.saturating_add(ahead),
            }
        } else {
            Payback::Never
        }
    }
}
