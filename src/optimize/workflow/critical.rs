//! The critical path: how early and how late each step can begin, and what the whole waits for.
//!
//! Kelley and Walker, "Critical-Path Planning and Scheduling", 1959: with as many workers as are ready, a step begins
//! when the last of those that it needs ends; its latest start is that from which the whole takes no longer. Time and
//! memory O(steps + edges).

use serde::{Deserialize, Serialize};

use super::graph::Graph;

/// A step on the critical path is a bottleneck from this share of its length on.
pub const BOTTLENECK: f64 = 0.3;
/// It is a great one from this share on.
pub const HIGH: f64 = 0.5;

/// When a step can begin, in ms from the beginning of the workflow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    /// As early as what it needs lets it.
    pub earliest_ms: f64,
    /// As late as the whole takes no longer.
    pub latest_ms: f64,
    /// By how much it may be late.
    pub slack_ms: f64,
    /// Whether it may not: the whole is late if it is.
    pub critical: bool,
}

/// What the whole waits for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Critical {
    /// Of each step.
    pub timings: Vec<Timing>,
    /// One longest way from the beginning to the end, by places; there may be others as long.
    pub path: Vec<usize>,
    /// How long it takes: no number of workers makes this order faster.
    pub ms: f64,
}

impl Critical {
    /// Of steps that take so long.
    pub fn of(graph: &Graph, ms: &[f64]) -> Self {
        let takes = |at: usize| ms.get(at).copied().unwrap_or(0.0);
        let mut earliest = vec![0.0_f64; graph.len()];
        let of = |times: &[f64], at: usize| times.get(at).copied().unwrap_or(0.0);
        for at in graph.order() {
            let before = graph.before(*at).iter();
            let start = before.map(|it| of(&earliest, *it) + takes(*it));
            let start = start.fold(0.0, f64::max);
            if let Some(earliest) = earliest.get_mut(*at) {
                *earliest = start;
            }
        }
        let end = |at: usize| of(&earliest, at) + takes(at);
        let whole = (0..graph.len()).map(end).fold(0.0, f64::max);
        let tails = tails(graph, ms);
        let near = 1e-9 * whole.max(1.0);
        let timings = (0..graph.len()).map(|at| {
            let earliest_ms = of(&earliest, at);
            let slack = whole - of(&tails, at) - earliest_ms;
            let critical = slack <= near;
            let slack_ms = if critical { 0.0 } else { slack };
            Timing {
                earliest_ms,
                latest_ms: earliest_ms + slack_ms,
                slack_ms,
                critical,
            }
        });
        let timings = timings.collect();
        let mut path = Vec::new();
        // Where several end last, the one after the others: steps that nobody has timed take no time here.
        let last = graph.order().iter().copied();
        let mut next = last.max_by(|one, other| compare(end(*one), end(*other), near));
        while let Some(at) = next {
            path.push(at);
            let before = graph.before(at).iter().copied().rev();
            next = before.max_by(|one, other| compare(end(*one), end(*other), near));
        }
        path.reverse();
        Self {
            timings,
            path,
            ms: whole,
        }
    }
}

/// Compares times that differ by rounding alone as the same.
fn compare(one: f64, other: f64, near: f64) -> std::cmp::Ordering {
    if (one - other).abs() <= near {
        std::cmp::Ordering::Equal
    } else {
        one.total_cmp(&other)
    }
}

/// How long it takes from the beginning of each step to the end of the longest way that begins with it.
pub fn tails(graph: &Graph, ms: &[f64]) -> Vec<f64> {
    let mut tails = vec![0.0_f64; graph.len()];
    for at in graph.order().iter().rev() {
        let after = graph.after(*at).iter();
        let rest = after.filter_map(|it| tails.get(*it).copied());
        let rest = rest.fold(0.0, f64::max);
        if let Some(tail) = tails.get_mut(*at) {
            *tail = rest + ms.get(*at).copied().unwrap_or(0.0);
        }
    }
    tails
}

/// A step that takes much of the critical path.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bottleneck {
    /// Its place.
    pub step: usize,
    /// How long it takes.
    pub ms: f64,
    /// Which share of the critical path that is.
    pub share: f64,
    /// Whether it is more than half.
    pub high: bool,
}

/// The steps that the whole waits for, each for more than 30 % of its time; the longest first.
pub fn bottlenecks(critical: &Critical, ms: &[f64]) -> Vec<Bottleneck> {
    let timings = critical.timings.iter().zip(ms).enumerate();
    let found = timings.filter_map(|(step, (timing, ms))| {
        let share = if critical.ms > 0.0 {
            ms / critical.ms
        } else {
            0.0
        };
        (timing.critical && share > BOTTLENECK).then_some(Bottleneck {
            step,
            ms: *ms,
            share,
            high: share > HIGH,
        })
    });
    let mut found: Vec<Bottleneck> = found.collect();
    found.sort_by(|one, other| other.ms.total_cmp(&one.ms));
    found
}
