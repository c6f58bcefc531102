//! How much a node matters by now: less with every day, less slowly when somebody reads it or much hangs on it.
//!
//! The formula is pi-brain's (S3, consolidation/relevance.ts):
//!
//! ```text
//! relevance = e^(−rate · age) · (0.3 + 0.3 · access) · links · (0.5 + importance) · (0.7 + 0.3 · confidence)
//! ```
//!
//! Two things are corrected. With its rate of 0.1 a day and its 0.5 + 0.1 · min(edges, 5) for `links`, a node that nobody
//! read and nothing hangs on was archived two days after it was made. Here the rate is 0.01, and `links` has a floor:
//! 0.8 + 0.04 · min(edges, 5). A node of importance 0.5 and confidence 1, without edges and never read, stays above the
//! archive line for 61 days; one with five edges for 78; each reading makes it last longer.
//!
//! Access is e^(−rate · days since it was last read, or made, / (1 + readings)): what was read often is forgotten slowly.

use super::node::{Confidence, Node, Outcome};

/// How much of it is lost in a day.
pub const RATE: f64 = 0.01;
/// A node that matters less is passed over by searches, unless they ask for it. It is never deleted.
pub const ARCHIVE_LINE: f64 = 0.2;
/// More edges do not count.
pub const MOST_EDGES: u64 = 5;

/// What is known of a node.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Standing {
    /// Days since the segment began.
    pub age_days: f64,
    /// Days since somebody read it; none if nobody did.
    pub unread_days: Option<f64>,
    /// How often it was read.
    pub accesses: u64,
    /// How many edges it has, either way.
    pub edges: u64,
    /// From 0 to 1: see [`importance`].
    pub importance: f64,
    /// From 0 to 1: see [`confidence`].
    pub confidence: f64,
}

/// From 0 to 1. What is no number counts as nothing; what is before its time, as now.
pub fn relevance(of: &Standing) -> f64 {
    let age = days(of.age_days);
    let unread = of.unread_days.map_or(age, |unread| days(unread).min(age));
    let access = (-RATE * unread / (1.0 + few(of.accesses, 1000))).exp();
    let links = 0.8 + 0.04 * few(of.edges, MOST_EDGES);
    let relevance = (-RATE * age).exp()
        * (0.3 + 0.3 * access)
        * links
        * (0.5 + share(of.importance))
        * (0.7 + 0.3 * share(of.confidence));
    share(relevance)
}

/// Whether searches pass it over.
pub fn is_archived(relevance: f64) -> bool {
    relevance < ARCHIVE_LINE
}

/// How much a node is worth keeping in mind, from 0 to 1: half, and 0.05 for each decision and each lesson, up to four of
/// either; 0.1 more if a person marked something in it; 0.1 less if it was abandoned. Nobody has judged a draft: it is half.
pub fn importance(node: &Node) -> f64 {
    if node.is_draft() {
        return 0.5;
    }
    let decisions = node.content.key_decisions.len() as u64;
    let lessons = node.lessons.iter().count() as u64;
    let marked = node
        .signals
        .as_ref()
        .is_some_and(|signals| !signals.manual_flags.is_empty());
    let abandoned = node.content.outcome == Outcome::Abandoned;
    share(
        0.5 + 0.05 * few(decisions, 4) + 0.05 * few(lessons, 4) + if marked { 0.1 } else { 0.0 }
            - if abandoned { 0.1 } else { 0.0 },
    )
}

/// How sure what a node says is, from 0 to 1: that of its surest lesson (1, 0.8, 0.6), 0.8 without lessons, and half where a
/// person should look at it.
pub fn confidence(node: &Node) -> f64 {
    let decisions = node.daemon_meta.decisions.iter();
    if decisions.clone().any(|it| it.needs_review == Some(true)) {
        return 0.5;
    }
    let lessons = node
        .lessons
        .iter()
        .map(|(_, lesson)| match lesson.confidence {
            Confidence::High => 1.0,
            Confidence::Medium => 0.8,
            Confidence::Low => 0.6,
        });
    lessons.reduce(f64::max).unwrap_or(0.8)
}

fn days(number: f64) -> f64 {
    // NaN is no age.
    if number > 0.0 { number } else { 0.0 }
}

fn share(number: f64) -> f64 {
    if number > 0.0 { number.min(1.0) } else { 0.0 }
}

#[allow(clippy::cast_precision_loss)] // A thousand at most.
fn few(number: u64, most: u64) -> f64 {
    number.min(most) as f64
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;
    use crate::graph::node::samples::node;
    use crate::graph::node::{Lesson, ManualFlag};

    const UNREAD: Standing = Standing {
        age_days: 0.0,
        unread_days: None,
        accesses: 0,
        edges: 0,
        importance: 0.5,
        confidence: 1.0,
    };

    /// How many whole days it stays above the line.
    fn lasts(of: &Standing) -> u32 {
        let mut day = 0;
        while !is_archived(relevance(&Standing {
            age_days: f64::from(day + 1),
            ..*of
        })) {
            day += 1;
        }
        day
    }

    #[test]
    fn an_unread_node_without_edges_lasts_two_months() {
        assert_eq!(lasts(&UNREAD), 61);
        let linked = Standing { edges: 5, ..UNREAD };
        assert_eq!(lasts(&linked), 78);
        let important = Standing {
            importance: 0.9,
            ..linked
        };
        assert_eq!(lasts(&important), 104);
        let read = Standing {
            unread_days: Some(0.0),
            accesses: 3,
            ..UNREAD
        };
        assert!(lasts(&read) > 80, "{}", lasts(&read));
    }

    #[test]
    fn what_was_decided_and_learned_makes_a_node_important() {
        let mut it = node("s", 1, "One that was judged");
        assert!((importance(&it) - 0.5).abs() < 1e-9);
        assert!((confidence(&it) - 0.8).abs() < 1e-9);
        let lesson = |confidence| -> Lesson {
            serde_json::from_value(serde_json::json!({"summary": "x", "confidence": confidence}))
                .unwrap()
        };
        it.lessons.task = vec![lesson("low"), lesson("high")];
        assert!((importance(&it) - 0.6).abs() < 1e-9);
        assert!((confidence(&it) - 1.0).abs() < 1e-9);
        let flag = ManualFlag {
            kind: "keep".to_owned(),
            message: String::new(),
            timestamp: None,
            extra: std::collections::BTreeMap::default(),
        };
        it.signals.get_or_insert_default().manual_flags.push(flag);
        assert!((importance(&it) - 0.7).abs() < 1e-9);
        it.content.outcome = Outcome::Abandoned;
        assert!((importance(&it) - 0.6).abs() < 1e-9);
        it.metadata.analyzer_version = "draft".to_owned();
        assert!((importance(&it) - 0.5).abs() < 1e-9);
    }

    fn standing() -> impl Strategy<Value = Standing> {
        (
            any::<f64>(),
            prop::option::of(any::<f64>()),
            any::<u64>(),
            any::<u64>(),
            any::<f64>(),
            any::<f64>(),
        )
            .prop_map(
                |(age_days, unread_days, accesses, edges, importance, confidence)| Standing {
                    age_days,
                    unread_days,
                    accesses,
                    edges,
                    importance,
                    confidence,
                },
            )
    }

    fn usual() -> impl Strategy<Value = Standing> {
        (
            0.0..3000.0_f64,
            prop::option::of(0.0..3000.0_f64),
            0..50_u64,
            0..9_u64,
            0.0..1.0_f64,
            0.0..1.0_f64,
        )
            .prop_map(
                |(age_days, unread_days, accesses, edges, importance, confidence)| Standing {
                    age_days,
                    unread_days,
                    accesses,
                    edges,
                    importance,
                    confidence,
                },
            )
    }

    proptest! {
        #[test]
        fn it_is_a_share_whatever_is_said(of in standing()) {
            let relevance = relevance(&of);
            prop_assert!((0.0..=1.0).contains(&relevance), "{relevance}");
        }

        #[test]
        fn age_takes_away_and_all_else_adds(of in usual(), more in 0.0..100.0_f64) {
            let now = relevance(&of);
            let unread = of.unread_days.map(|days| days + more);
            let older = Standing { age_days: of.age_days + more, unread_days: unread, ..of };
            prop_assert!(relevance(&older) <= now);
            let read = Standing { unread_days: Some(0.0), accesses: of.accesses + 1, ..of };
            prop_assert!(relevance(&read) >= now);
            let linked = Standing { edges: of.edges + 1, ..of };
            prop_assert!(relevance(&linked) >= now);
            let important = Standing { importance: of.importance + more, ..of };
            prop_assert!(relevance(&important) >= now);
            let sure = Standing { confidence: of.confidence + more, ..of };
            prop_assert!(relevance(&sure) >= now);
        }
    }
}
