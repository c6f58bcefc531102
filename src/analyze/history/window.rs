//! Windows of time over the latest commits.

use jiff::Timestamp;
use serde::Serialize;

use super::recent::Row;
use super::state::State;

const DAY: i64 = 86_400;

/// A window, and how many commits lie in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Window {
    /// Its first second: a commit counts by its committer date, as for `git log --since`.
    pub since: Timestamp,
    /// `now`; in a repository that rests, when its newest commit was made.
    pub until: Timestamp,
    /// How long it is.
    pub days: i64,
    /// `false` when more commits lie in it than are kept ([`super::LATEST`]): then these are the latest.
    pub complete: bool,
}

impl Window {
    /// The commits of the last `days`, in git's order, merges included; a repository whose newest commit is older is
    /// looked at as of that commit.
    pub(super) fn latest(state: &State, now: Timestamp, days: i64) -> (Self, Vec<&Row>) {
        let now = now.as_second();
        let length = days.saturating_mul(DAY);
        let newest = state.recent.rows.first().map_or(now, |row| row.committed);
        let rests = newest < now.saturating_sub(length);
        let until = if rests { newest } else { now };
        let since = until.saturating_sub(length);
        let (rows, complete) = state.recent.since(since);
        let window = Self {
            since: instant(since),
            until: instant(until),
            days,
            complete,
        };
        (window, rows)
    }
}

/// An instant; those that no calendar has become the nearest it has.
pub(super) fn instant(seconds: i64) -> Timestamp {
    let nearest = if seconds < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    };
    Timestamp::from_second(seconds).unwrap_or(nearest)
}

/// `part / whole` with four decimals; 0 of nothing.
#[allow(clippy::cast_precision_loss)] // far below 2⁵²
pub(super) fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        return 0.0;
    }
    (part as f64 / whole as f64 * 1e4).round() / 1e4
}

/// The lower median; `None` of nothing.
pub(super) fn median<T: Ord + Copy>(values: &mut [T]) -> Option<T> {
    values.sort_unstable();
    values.get(values.len().checked_sub(1)? / 2).copied()
}
