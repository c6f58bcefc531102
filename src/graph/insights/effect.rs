//! What came of telling an insight: how many sessions it occurred in, before it was told and since.
//!
//! Counted are sessions, not occurrences: of a tool that fails forty times in one session, thirty-nine follow from the first,
//! and a test that took them for independent would find something in every one of them. So the figures of a side are the
//! share of its sessions in which the thing occurred, and Pearson's χ² test of the two shares (one degree of freedom, without
//! Yates' correction) says whether they differ.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Insight, InsightKind};

/// How long before an insight was told sessions are compared.
pub const BEFORE: SignedDuration = SignedDuration::from_hours(14 * 24);
/// How long an insight is told before its effect is measured, and until it is measured again.
pub const EVERY: SignedDuration = SignedDuration::from_hours(7 * 24);
/// So many are measured at once.
pub const AT_ONCE: usize = 50;
/// From here on χ² of one degree of freedom is significant at 5 %: scipy.stats.chi2.isf(0.05, 1) is 3.841459.
pub const SIGNIFICANT: f64 = 3.841;
/// With fewer sessions on either side nothing is significant.
pub const LEAST_SESSIONS: u64 = 10;
/// An insight is told no more if sessions got worse by more than this, in per cent.
pub const TOO_BAD: f64 = -10.0;

/// A session, as far as effects are concerned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionSeen {
    /// Where.
    pub project: String,
    /// When its first node began.
    pub began: Timestamp,
    /// Whether any of its nodes was judged: what nobody judged shows failures of tools, and nothing else.
    pub is_judged: bool,
    /// `provider/model` of all that took part.
    pub models: BTreeSet<String>,
    /// The ids of insights that it speaks of, with how often.
    pub insights: BTreeMap<String, u64>,
}

/// Where and since when an insight stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The folder whose sessions read it; empty for all.
    pub scope: String,
    /// Since when.
    pub since: Timestamp,
}

impl Place {
    fn is_read_in(&self, project: &str) -> bool {
        if self.scope.is_empty() {
            return true;
        }
        let rest = project.strip_prefix(self.scope.trim_end_matches('/'));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

/// The sessions on one side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Side {
    /// All of them.
    pub sessions: u64,
    /// Those in which it occurred.
    pub affected: u64,
    /// How often it occurred in them.
    pub occurrences: u64,
}

impl Side {
    fn add(&mut self, occurrences: u64) {
        self.sessions += 1;
        self.affected += u64::from(occurrences > 0);
        self.occurrences = self.occurrences.saturating_add(occurrences);
    }

    /// The share of sessions in which it occurred.
    #[allow(clippy::cast_precision_loss)] // Nobody has 2⁵³ sessions.
    pub fn share(&self) -> f64 {
        if self.sessions == 0 {
            0.0
        } else {
            self.affected as f64 / self.sessions as f64
        }
    }
}

/// What came of telling an insight.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Effect {
    /// Since when it was told; in several files, since the first.
    pub since: Timestamp,
    /// When this was measured.
    pub measured_at: Timestamp,
    /// Sessions of the 14 days before.
    pub before: Side,
    /// Sessions since.
    pub after: Side,
    /// By how many per cent of the share before the share since is smaller; below zero it is larger.
    pub improvement: f64,
    /// Pearson's χ².
    pub chi_square: f64,
    /// Whether that is no accident: see [`SIGNIFICANT`] and [`LEAST_SESSIONS`].
    pub significant: bool,
}

impl Effect {
    /// Of the sessions on either side.
    pub fn of(before: Side, after: Side, since: Timestamp, now: Timestamp) -> Self {
        let chi_square = chi_square(&before, &after);
        let enough = before.sessions.min(after.sessions) >= LEAST_SESSIONS;
        Self {
            since,
            measured_at: now,
            before,
            after,
            improvement: improvement(before.share(), after.share()),
            chi_square,
            significant: enough && chi_square >= SIGNIFICANT,
        }
    }

    /// Whether it should not have been told.
    pub fn is_worse(&self) -> bool {
        self.significant && self.improvement < TOO_BAD
    }
}

/// By how many per cent the second share is smaller; out of nothing, something is all of it.
fn improvement(before: f64, after: f64) -> f64 {
    if before > 0.0 {
        (before - after) / before * 100.0
    } else if after > 0.0 {
        -100.0
    } else {
        0.0
    }
}

/// Pearson's χ² of the table of affected and other sessions on two sides; 0 if a row or a column of it is empty, for then
/// there is nothing to compare.
#[allow(clippy::cast_precision_loss)] // Nobody has 2⁵³ sessions.
fn chi_square(before: &Side, after: &Side) -> f64 {
    let cells = |side: &Side| {
        let others = side.sessions.saturating_sub(side.affected);
        (side.affected as f64, others as f64)
    };
    let ((a, b), (c, d)) = (cells(before), cells(after));
    let margins = (a + b) * (c + d) * (a + c) * (b + d);
    if margins > 0.0 {
        let difference = a * d - b * c;
        (a + b + c + d) * difference * difference / margins
    } else {
        0.0
    }
}

/// Compares the sessions that an insight can occur in: those of its model, and unless it is about failures of tools, those
/// that were judged. A session counts where it began: what was under way when the insight came into the file did not read it.
/// Of several files a session counts for the first that it reads.
pub fn measure(
    insight: &Insight,
    places: &[Place],
    sessions: &[SessionSeen],
    now: Timestamp,
) -> Option<Effect> {
    let first = places.iter().map(|place| place.since).min()?;
    let (mut before, mut after) = (Side::default(), Side::default());
    for session in sessions {
        let is_of_model = insight.model.is_empty() || session.models.contains(&insight.model);
        let is_seen = session.is_judged || insight.kind == InsightKind::ToolError;
        if !is_of_model || !is_seen || session.began > now {
            continue;
        }
        let reads = places
            .iter()
            .filter(|place| place.is_read_in(&session.project));
        let occurrences = session.insights.get(&insight.id).copied().unwrap_or(0);
        let Some(since) = reads.map(|place| place.since).min() else {
            continue;
        };
        if session.began >= since {
            after.add(occurrences);
        } else if since.duration_since(session.began) <= BEFORE {
            before.add(occurrences);
        }
    }
    Some(Effect::of(before, after, first, now))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;
    use crate::graph::node::samples::day;
    use crate::graph::node::{NodeId, Severity};

    fn insight(kind: InsightKind, model: &str) -> Insight {
        Insight {
            id: "0".repeat(16),
            kind,
            model: model.to_owned(),
            tool: String::new(),
            level: None,
            pattern: "x".to_owned(),
            frequency: 9,
            confidence: 0.9,
            severity: Severity::Low,
            workaround: None,
            examples: vec![NodeId(1)],
            first_seen: day(0),
            last_seen: day(1),
        }
    }

    fn session(days: i64, project: &str, occurs: u64) -> SessionSeen {
        SessionSeen {
            project: project.to_owned(),
            began: day(days),
            is_judged: true,
            models: BTreeSet::from(["acme/m-1".to_owned()]),
            insights: BTreeMap::from([("0".repeat(16), occurs)]),
        }
    }

    fn side(sessions: u64, affected: u64) -> Side {
        Side {
            sessions,
            affected,
            occurrences: affected,
        }
    }

    fn effect(before: Side, after: Side) -> Effect {
        Effect::of(before, after, day(0), day(9))
    }

    #[test]
    fn only_enough_sessions_and_a_clear_difference_are_significant() {
        assert!(!effect(side(9, 0), side(100, 90)).significant, "too few");
        assert!(effect(side(10, 0), side(100, 90)).significant);
        assert!(!effect(side(100, 50), side(100, 50)).significant);
        // χ² is 3.852, and 3.309.
        assert!(effect(side(100, 39), side(100, 26)).significant);
        assert!(!effect(side(100, 38), side(100, 26)).significant);
    }

    #[test]
    fn what_got_clearly_worse_is_told_no_more() {
        assert!(effect(side(50, 5), side(50, 25)).is_worse());
        assert!(effect(side(50, 0), side(50, 25)).is_worse());
        assert!(!effect(side(50, 25), side(50, 5)).is_worse(), "better");
        assert!(!effect(side(50, 5), side(50, 6)).is_worse(), "an accident");
        // Significant, but by less than a tenth.
        let little = effect(side(100_000, 50_000), side(100_000, 52_000));
        assert!(little.significant && !little.is_worse());
        assert!((little.improvement + 4.0).abs() < 1e-9);
    }

    #[test]
    fn sessions_count_where_they_began_and_where_they_read_it() {
        let place = |scope: &str, days| Place {
            scope: scope.to_owned(),
            since: day(days),
        };
        let sessions = [
            session(5, "/shop", 9),       // too long before
            session(6, "/shop", 1),       // 14 days before, to the second
            session(19, "/shop/sub", 40), // before
            session(20, "/shop", 0),      // since
            session(25, "/shop", 1),      // since
            session(25, "/shopping", 1),  // elsewhere
            session(31, "/shop", 1),      // later than now
        ];
        let it = insight(InsightKind::Quirk, "acme/m-1");
        let effect = measure(&it, &[place("/shop", 20)], &sessions, day(30)).unwrap();
        let expected = Side {
            sessions: 2,
            affected: 2,
            occurrences: 41,
        };
        assert_eq!((effect.before, effect.after), (expected, side(2, 1)));
        assert_eq!(effect.since, day(20));
        // In all folders; and in two, where each session counts once.
        let everywhere = measure(&it, &[place("", 20)], &sessions, day(30)).unwrap();
        assert_eq!(everywhere.after.sessions, 3);
        let both = [place("/shop", 20), place("/shop/sub", 10)];
        let both = measure(&it, &both, &sessions, day(30)).unwrap();
        assert_eq!((both.before.sessions, both.after.sessions), (1, 3));
        assert_eq!(measure(&it, &[], &sessions, day(30)), None);
    }

    #[test]
    fn sessions_that_could_not_show_it_do_not_count() {
        let places = [Place {
            scope: String::new(),
            since: day(0),
        }];
        let mut unjudged = session(1, "/a", 0);
        unjudged.is_judged = false;
        let mut other = session(1, "/a", 0);
        other.models = BTreeSet::from(["acme/m-2".to_owned()]);
        let sessions = [session(1, "/a", 1), unjudged, other];
        let of = |kind, model| {
            let effect = measure(&insight(kind, model), &places, &sessions, day(9)).unwrap();
            effect.after.sessions
        };
        assert_eq!(of(InsightKind::Quirk, "acme/m-1"), 1);
        assert_eq!(of(InsightKind::ToolError, "acme/m-1"), 2);
        assert_eq!(of(InsightKind::Win, ""), 2);
    }

    proptest! {
        #[test]
        fn it_is_zero_for_equal_shares_and_the_same_either_way(
            a in 0..200_u64, b in 0..200_u64, c in 0..200_u64, d in 0..200_u64, times in 1..5_u64,
        ) {
            let (before, after) = (side(a + b, a), side(c + d, c));
            let there = chi_square(&before, &after);
            let back = chi_square(&after, &before);
            prop_assert!(there >= 0.0 && (there - back).abs() <= 1e-9 * there.max(1.0));
            let same = side(before.sessions * times, before.affected * times);
            prop_assert!(chi_square(&before, &same).abs() < 1e-9);
        }
    }
}
