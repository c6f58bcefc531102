//! Who commits, pushes and sleeps, and what their tasks take.

use std::time::Duration;

use super::super::budget::{Budget, Room};
use crate::config::Priority;

pub(super) const DAYS: u64 = 60;
pub(super) const DAY: u64 = 86_400_000;
pub(super) const HOUR: u64 = 3_600_000;
pub(super) const WEEK: u64 = 7 * DAY;
/// Every duration is lognormal with this deviation: its 90th percentile is 1.67 times its median.
const SIGMA: f64 = 0.4;
const Z90: f64 = 1.281_551_6;
pub(super) const TIMEOUT: Duration = Duration::from_secs(3600);

/// A small generator (`SplitMix64`): the same seed, the same sixty days.
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// In [0, 1).
    #[allow(clippy::cast_precision_loss)]
    pub(super) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    pub(super) fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    pub(super) fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    pub(super) fn normal(&mut self) -> f64 {
        let (a, b) = (1.0 - self.unit(), self.unit());
        (-2.0 * a.ln()).sqrt() * (std::f64::consts::TAU * b).cos()
    }
}

/// What opens a window. By day, whoever opens one has changed something since the last.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Occasion {
    Commit,
    Push,
    Terminal,
    Night,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    OnCommit,
    OnPush,
    Daily,
}

pub(super) struct Kind {
    pub(super) name: &'static str,
    pub(super) median: f64,
    pub(super) band: Priority,
    pub(super) wanted: Wanted,
}

impl Kind {
    pub(super) fn draw(&self, random: &mut Random) -> Duration {
        Duration::from_secs_f64(self.median * (SIGMA * random.normal()).exp())
    }

    pub(super) fn quantiles(&self) -> (Duration, Duration) {
        (
            Duration::from_secs_f64(self.median),
            Duration::from_secs_f64(self.median * (SIGMA * Z90).exp()),
        )
    }

    /// Whether a window that is all its own holds it, judged by its true distribution.
    pub(super) fn fits(&self, window: Duration) -> bool {
        let budget = Budget::of(window);
        let (q50, q90) = self.quantiles();
        match budget.remaining(Duration::ZERO) {
            Room::Left(left) => q50 <= left && q90 <= left + budget.grace().unwrap(),
            _ => false,
        }
    }
}

/// Medians from 0.4 s to 240 s. In 2 s windows the high band alone is more work than a window holds.
pub(super) const KINDS: [Kind; 10] = {
    use Priority::{Critical, Deferred, High, Low, Normal};
    use Wanted::{Daily, OnCommit, OnPush};
    const fn kind(name: &'static str, median: f64, band: Priority, wanted: Wanted) -> Kind {
        Kind {
            name,
            median,
            band,
            wanted,
        }
    }
    [
        kind("whitespace", 0.4, High, OnCommit),
        kind("format", 1.0, High, OnCommit),
        kind("spelling", 1.66, Deferred, OnCommit),
        kind("lint", 1.2, High, OnCommit),
        kind("types", 6.9, Low, OnCommit),
        kind("unit tests", 14.1, Critical, OnCommit),
        kind("build", 28.7, High, OnCommit),
        kind("docs", 58.5, Low, OnPush),
        kind("audit", 118.0, Deferred, Daily),
        kind("integration tests", 240.0, Normal, Daily),
    ]
};

pub(super) struct World {
    pub(super) seed: u64,
    pub(super) slots: u32,
    /// 2 s windows only, and none of a job's own.
    pub(super) tiny: bool,
}

impl World {
    pub(super) fn largest(&self) -> Duration {
        Duration::from_secs(if self.tiny { 2 } else { 300 })
    }

    pub(super) fn windows(&self, day: u64, random: &mut Random) -> Vec<(u64, Duration, Occasion)> {
        let secs = |n| Duration::from_secs(if self.tiny { 2 } else { n });
        let mut windows = Vec::new();
        let mut working_hours = |count, budget, occasion| {
            for _ in 0..count {
                let at = day * DAY + 9 * HOUR + random.below(10 * HOUR);
                windows.push((at, budget, occasion));
            }
        };
        working_hours(40, secs(60), Occasion::Commit);
        working_hours(6, secs(10), Occasion::Push);
        working_hours(1, secs(60), Occasion::Terminal);
        if !self.tiny && random.chance(0.5) {
            windows.push((day * DAY + 2 * HOUR, secs(300), Occasion::Night));
        }
        windows.sort_by_key(|window| window.0);
        windows
    }
}
