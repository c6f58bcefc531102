//! What pieces of work come to: sums by outcome, by kind, and week by week.

use std::collections::BTreeMap;

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

use super::node::{NodeId, NodeKind, Outcome};

/// A piece of work, and what it took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Which.
    pub id: NodeId,
    /// When it began.
    pub at: Timestamp,
    /// What kind of work it was; of what nobody judged that is `other`.
    pub kind: NodeKind,
    /// What came of it; of what nobody judged that is a guess.
    pub outcome: Outcome,
    /// Whether a model judged it.
    pub is_judged: bool,
    /// All tokens of all models, caches included.
    pub tokens: u64,
    /// 10⁻⁹ US dollars, as far as agents tell.
    pub cost: u64,
}

/// What several pieces come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// How many.
    pub pieces: u64,
    /// How many of these a model judged.
    pub judged: u64,
    /// Tokens.
    pub tokens: u64,
    /// 10⁻⁹ US dollars.
    pub cost: u64,
}

impl Sum {
    /// Of all of these.
    pub fn of<'p>(pieces: impl IntoIterator<Item = &'p Piece>) -> Self {
        let mut sum = Self::default();
        for piece in pieces {
            sum.add(piece);
        }
        sum
    }

    /// Those that nobody judged.
    pub const fn guessed(&self) -> u64 {
        self.pieces.saturating_sub(self.judged)
    }

    fn add(&mut self, piece: &Piece) {
        self.pieces += 1;
        self.judged += u64::from(piece.is_judged);
        self.tokens = self.tokens.saturating_add(piece.tokens);
        self.cost = self.cost.saturating_add(piece.cost);
    }
}

/// By what came of them, in the order of [`Outcome::ALL`]; without those that never came.
pub fn by_outcome(pieces: &[Piece]) -> BTreeMap<Outcome, Sum> {
    grouped(pieces, |piece| piece.outcome)
}

/// By kind, in the order of [`NodeKind::ALL`]. What nobody judged has none and comes first.
pub fn by_kind(pieces: &[Piece]) -> BTreeMap<Option<NodeKind>, Sum> {
    grouped(pieces, |piece| piece.is_judged.then_some(piece.kind))
}

fn grouped<K: Ord>(pieces: &[Piece], key: impl Fn(&Piece) -> K) -> BTreeMap<K, Sum> {
    let mut sums: BTreeMap<K, Sum> = BTreeMap::new();
    for piece in pieces {
        sums.entry(key(piece)).or_default().add(piece);
    }
    sums
}

/// Week by week, in the user's time, by the Monday that a week begins with: the last `most` weeks up to the one of the newest
/// piece, from the first in which there was one. A piece counts where it began.
pub fn by_week(pieces: &[Piece], zone: &TimeZone, most: usize) -> Vec<(Date, Sum)> {
    let mut sums = grouped(pieces, |piece| monday(piece.at, zone));
    let Some(&last) = sums.keys().next_back() else {
        return Vec::new();
    };
    // More than a century is no chart.
    let weeks = i64::try_from(most.saturating_sub(1)).map_or(5200, |weeks| weeks.min(5200));
    let earliest = last.saturating_sub(weeks.weeks());
    let sums = sums.split_off(&earliest);
    let Some(&first) = sums.keys().next() else {
        return Vec::new();
    };
    first
        .series(1.week())
        .take_while(|week| *week <= last)
        .map(|week| (week, sums.get(&week).copied().unwrap_or_default()))
        .collect()
}

fn monday(at: Timestamp, zone: &TimeZone) -> Date {
    let day = at.to_zoned(zone.clone()).date();
    let since = day.weekday().since(Weekday::Monday);
    day.saturating_sub(i64::from(since).days())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    fn piece(at: &str, outcome: Outcome, is_judged: bool, cost: u64) -> Piece {
        Piece {
            id: NodeId(1),
            at: at.parse().unwrap(),
            kind: if is_judged {
                NodeKind::Coding
            } else {
                NodeKind::Other
            },
            outcome,
            is_judged,
            tokens: cost * 10,
            cost,
        }
    }

    #[test]
    fn judged_and_guessed_are_told_apart() {
        let pieces = [
            piece("2026-11-02T08:00:00Z", Outcome::Success, true, 1),
            piece("2026-11-02T09:00:00Z", Outcome::Success, false, 2),
            piece("2026-11-02T10:00:00Z", Outcome::Failed, false, 4),
        ];
        let outcomes = by_outcome(&pieces);
        assert_eq!(outcomes.len(), 2);
        let success = outcomes[&Outcome::Success];
        assert_eq!((success.judged, success.guessed(), success.cost), (1, 1, 3));
        let kinds = by_kind(&pieces);
        assert_eq!(kinds[&None].pieces, 2);
        assert_eq!(kinds[&Some(NodeKind::Coding)].tokens, 10);
        assert!(!kinds.contains_key(&Some(NodeKind::Other)));
    }

    #[test]
    fn weeks_begin_on_the_users_monday_and_none_is_left_out() {
        let zone = TimeZone::get("America/New_York").unwrap();
        let pieces = [
            // Monday in London, Sunday evening in New York.
            piece("2026-11-16T02:00:00Z", Outcome::Success, true, 1),
            piece("2026-10-28T12:00:00Z", Outcome::Success, true, 2),
            piece("2026-01-01T12:00:00Z", Outcome::Success, true, 4),
        ];
        let weeks: Vec<(String, u64)> = by_week(&pieces, &zone, 5)
            .into_iter()
            .map(|(week, sum)| (week.to_string(), sum.cost))
            .collect();
        let expected = [("2026-10-26", 2), ("2026-11-02", 0), ("2026-11-09", 1)];
        assert_eq!(weeks, expected.map(|(week, cost)| (week.to_owned(), cost)));
        assert_eq!(by_week(&pieces, &zone, 1).len(), 1);
        assert_eq!(by_week(&[], &zone, 5), []);
    }

    proptest! {
        /// However they are grouped, they come to the same.
        #[test]
        fn sums_add_up(pieces in prop::collection::vec((0_i64..40_000_000, 0..4_usize, any::<bool>(), 0_u64..1_000_000), 0..40)) {
            let pieces: Vec<Piece> = pieces.into_iter().map(|(at, outcome, is_judged, cost)| Piece {
                at: Timestamp::from_second(1_700_000_000 + at).unwrap(),
                ..piece("2026-11-02T08:00:00Z", Outcome::ALL[outcome], is_judged, cost)
            }).collect();
            let all = Sum::of(&pieces);
            let total = |sums: Vec<Sum>| sums.into_iter().fold((0, 0, 0, 0), |sum, it| {
                (sum.0 + it.pieces, sum.1 + it.judged, sum.2 + it.tokens, sum.3 + it.cost)
            });
            let expected = (all.pieces, all.judged, all.tokens, all.cost);
            prop_assert_eq!(total(by_outcome(&pieces).into_values().collect()), expected);
            prop_assert_eq!(total(by_kind(&pieces).into_values().collect()), expected);
            let weeks = by_week(&pieces, &TimeZone::UTC, 1000);
            prop_assert!(weeks.iter().all(|(week, _)| week.weekday() == Weekday::Monday));
            prop_assert_eq!(total(weeks.into_iter().map(|it| it.1).collect()), expected);
        }
    }
}
