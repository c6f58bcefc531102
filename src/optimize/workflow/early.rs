//! What fails first: an order in which failures are known early.
//!
//! In a schedule that begins with what is cheap and often fails, the first of the steps that failed ends earlier. What that
//! saves is counted over the things for which something did fail: the failures that happened are replayed.

use std::collections::{BTreeMap, BTreeSet};

use super::advice::{Advice, Basis, Change, LEAST, Saving};
use super::graph::Graph;
use super::order::{Edge, Order};
use super::plan::Plan;
use super::schedule::{Schedule, count, ranks, schedule};
use super::waste::{Late, late};

/// So many steps, those that fail most, are put first.
const MOST_EARLY: usize = 50;
/// So many edges are put back at most to see whether they matter.
const MOST_TRIED: usize = 100;

/// An order that begins with what is cheap and often fails.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Early {
    /// The steps that it is about, the first of all first.
    pub steps: Vec<usize>,
    /// Who comes first.
    pub ranks: Vec<usize>,
    /// The schedule.
    pub made: Schedule,
    /// What failures then cost.
    pub late: Late,
}

/// Puts first what fails most often for its time, with what it needs (the ratio rule for tests in a row, Garey,
/// "Optimal Task Sequencing with Precedence Constraints", 1973; with an order between them a heuristic: each time the
/// group of a step and all that it still needs with the most failures in its time). Steps whose rank is left are as in
/// `rest`. Time O(50²·steps).
pub fn early(
    graph: &Graph,
    ms: &[f64],
    workers: usize,
    failed: &[BTreeSet<usize>],
    rest: &[usize],
) -> Early {
    let mut often: BTreeMap<usize, usize> = BTreeMap::new();
    for at in failed.iter().flatten() {
        *often.entry(*at).or_default() += 1;
    }
    let mut left: Vec<usize> = often.keys().copied().collect();
    left.sort_by_key(|at| std::cmp::Reverse(often.get(at).copied().unwrap_or(0)));
    left.truncate(MOST_EARLY);
    let closure = graph.closure();
    let takes = |at: &usize| ms.get(*at).copied().unwrap_or(0.0);
    let fails = |at: &usize| count(often.get(at).copied().unwrap_or(0));
    let mut list: Vec<usize> = Vec::with_capacity(graph.len());
    let mut placed = vec![false; graph.len()];
    let mut steps = Vec::new();
    while !left.is_empty() {
        let group = |at: usize| {
            let order = graph.order().iter().copied();
            let is_wanted = |it: &usize| *it == at || closure.has(at, *it);
            let is_left = |it: &usize| placed.get(*it).is_some_and(|placed| !placed);
            order
                .filter(is_left)
                .filter(is_wanted)
                .collect::<Vec<usize>>()
        };
        let worth = |group: &[usize]| {
            let fails: f64 = group.iter().map(fails).sum();
            fails / group.iter().map(takes).sum::<f64>().max(1e-3)
        };
        let groups = left.iter().map(|at| group(*at));
        let best = groups
            .map(|group| (worth(&group), group))
            .max_by(|one, other| one.0.total_cmp(&other.0));
        let Some((_, group)) = best else { break };
        for at in group {
            if let Some(placed) = placed.get_mut(at) {
                *placed = true;
            }
            if left.contains(&at) {
                steps.push(at);
            }
            list.push(at);
        }
        left.retain(|at| placed.get(*at).is_some_and(|placed| !placed));
    }
    let mut others: Vec<usize> = (0..graph.len())
        .filter(|at| placed.get(*at).is_some_and(|placed| !placed))
        .collect();
    others.sort_by_key(|at| rest.get(*at).copied().unwrap_or(usize::MAX));
    list.extend(others);
    let ranks = ranks(&list);
    let made = schedule(graph, ms, workers, &ranks);
    Early {
        late: late(failed, &made, ms),
        steps,
        ranks,
        made,
    }
}

/// What failures are replayed with.
#[derive(Clone, Copy, Debug)]
pub struct Failures<'a> {
    /// Which steps failed, for each thing for which one did.
    pub failed: &'a [BTreeSet<usize>],
    /// What each step takes.
    pub ms: &'a [f64],
    /// How many steps can be at work at once.
    pub workers: usize,
    /// Over how many weeks they happened.
    pub weeks: f64,
}

impl Failures<'_> {
    fn late(&self, made: &Schedule) -> f64 {
        late(self.failed, made, self.ms).known_after_ms
    }
}

/// What makes failures known earlier than they are after the changes of a plan, without making the whole slower; and the
/// schedule that it leads to.
pub fn fail_early(
    plan: &Plan,
    order: &Order,
    failures: &Failures<'_>,
) -> Option<(Advice, Schedule)> {
    let Failures { ms, workers, .. } = *failures;
    if failures.failed.is_empty() {
        return None;
    }
    let (_, free) = order.instead_of(&order.needless);
    let fast = early(&free, ms, workers, failures.failed, &plan.ranks);
    let near = 1e-9 * plan.now.ms.max(1.0);
    // What an order saves in a week; one that makes the whole slower pays for that each time that it runs.
    let a_week = |made: &Schedule| {
        let saved = failures.late(&plan.best) - failures.late(made);
        let a_week = saved / failures.weeks;
        let counts = saved > near && a_week >= LEAST * plan.now.ms;
        (counts && made.ms <= plan.best.ms + near).then_some(a_week)
    };
    a_week(&fast.made)?;
    // Of the edges that it breaks only those have to go without which it is as early.
    let slot = |at: usize| fast.made.slots.get(at).copied().unwrap_or_default();
    let broken = plan.graph.edges().map(Edge::from);
    let broken = broken.filter(|it| slot(it.then).start_ms < slot(it.first).end_ms);
    let mut needs: Vec<Edge> = broken.filter(|it| order.needless.contains(it)).collect();
    let without = |needs: &[Edge]| {
        let dropped: Vec<Edge> = plan.drop.iter().chain(needs).copied().collect();
        order.instead_of(&dropped)
    };
    for edge in needs.clone().into_iter().take(MOST_TRIED) {
        let fewer: Vec<Edge> = needs.iter().copied().filter(|it| *it != edge).collect();
        let made = schedule(&without(&fewer).1, ms, workers, &fast.ranks);
        let is_as_early = failures.late(&made) <= fast.late.known_after_ms + near;
        if is_as_early && made.ms <= plan.best.ms + near {
            needs = fewer;
        }
    }
    let (mut instead, graph) = without(&needs);
    // Where steps take no time this may differ from the schedule without any needless edge.
    let made = schedule(&graph, ms, workers, &fast.ranks);
    let a_week = a_week(&made)?;
    instead.retain(|edge| !plan.instead.contains(edge));
    let advice = Advice {
        change: Change::FailEarly {
            steps: fast.steps,
            needs,
            instead,
        },
        saving: Saving::PerWeekMs(a_week),
        basis: Basis {
            runs: fast.late.failed,
            ..Basis::default()
        },
    };
    Some((advice, made))
}
