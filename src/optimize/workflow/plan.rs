//! From what it takes now to what it could take, in three changes: more steps at work at once, needless edges dropped,
//! other steps first.
//!
//! What it takes now is the stated order on the workers that there are, whoever is ready beginning in the order in which
//! the steps are stated. Each change counts what is left to save after the ones before it, so that the savings add up. Of
//! needless edges only those are dropped that make the whole faster, found by putting each back and scheduling anew.

use super::critical::tails;
use super::graph::Graph;
use super::order::{Edge, Order};
use super::schedule::{Schedule, longest_first, schedule, stated};

/// Steps and edges that are scheduled again at most, while edges are put back: about half a second.
const WORK: usize = 4_000_000;

/// The way to the best schedule that was found.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// As it is now.
    pub now: Schedule,
    /// How many steps are at work at once after the changes, or after the first of them if those are more; 0 if nothing is
    /// changed.
    pub workers: usize,
    /// What it takes with more steps at once, in ms.
    pub at_once_ms: f64,
    /// What it takes without needless edges too.
    pub dropped_ms: f64,
    /// The needless edges whose loss makes it faster.
    pub drop: Vec<Edge>,
    /// What has to be stated in their place.
    pub instead: Vec<Edge>,
    /// Whether the steps with the longest way to the end have to come first.
    pub longest_first: bool,
    /// The order after the changes.
    pub graph: Graph,
    /// Who comes first after the changes.
    pub ranks: Vec<usize>,
    /// The best schedule that was found.
    pub best: Schedule,
}

impl Plan {
    /// On so many workers instead of so many.
    pub fn of(stated_order: &Graph, order: &Order, ms: &[f64], now: usize, then: usize) -> Self {
        let as_stated = stated(stated_order.len());
        let on = |graph: &Graph, longest: bool| {
            let longest = longest.then(|| longest_first(graph, ms));
            schedule(graph, ms, then, longest.as_ref().unwrap_or(&as_stated))
        };
        let now = schedule(stated_order, ms, now, &as_stated);
        let kept = &order.settled;
        let (least, free) = order.instead_of(&order.needless);
        let at_once = on(kept, false);
        let candidates = [
            at_once.ms,
            on(kept, true).ms,
            on(&free, false).ms,
            on(&free, true).ms,
        ];
        // Rounding in another order of adding is no saving.
        let less = |one: f64, other: f64| one < other - 1e-9 * now.ms.max(1.0);
        let [kept_stated, kept_longest, free_stated, free_longest] = candidates;
        let drops = less(free_stated.min(free_longest), kept_stated.min(kept_longest));
        let (as_it_is, longest) = if drops {
            (free_stated, free_longest)
        } else {
            (kept_stated, kept_longest)
        };
        let longest_first_wins = less(longest, as_it_is);
        let goal = if longest_first_wins {
            longest
        } else {
            as_it_is
        };
        let more = at_once.used > now.used && less(at_once.ms, now.ms);
        if !(less(goal, now.ms) && (more || drops || longest_first_wins)) {
            return Self {
                at_once_ms: now.ms,
                dropped_ms: now.ms,
                graph: stated_order.clone(),
                ranks: as_stated,
                best: now.clone(),
                now,
                ..Self::default()
            };
        }
        let mut plan = Self {
            at_once_ms: if more { at_once.ms } else { now.ms },
            longest_first: longest_first_wins,
            graph: kept.clone(),
            ..Self::default()
        };
        plan.dropped_ms = plan.at_once_ms;
        if drops {
            let makes_it = |graph: &Graph| !less(goal, on(graph, longest_first_wins).ms);
            plan.drop = pruned(order, least.len(), makes_it);
            (plan.instead, plan.graph) = order.instead_of(&plan.drop);
            plan.dropped_ms = plan.at_once_ms.min(on(&plan.graph, false).ms);
        }
        plan.best = on(&plan.graph, longest_first_wins);
        plan.workers = plan.best.used.max(if more { at_once.used } else { 0 });
        plan.ranks = if longest_first_wins {
            longest_first(&plan.graph, ms)
        } else {
            as_stated
        };
        plan.now = now;
        plan
    }

    /// What a step's being divided into two halves that can run at once would save, in ms.
    pub fn split(&self, ms: &[f64], step: usize, workers: usize) -> f64 {
        let count = self.graph.len();
        let edges = self.graph.edges();
        let before = self.graph.before(step).iter().map(|it| (*it, count));
        let after = self.graph.after(step).iter().map(|it| (count, *it));
        let graph = Graph::new(count + 1, edges.chain(before).chain(after)).unwrap_or_default();
        let mut ms = ms.to_vec();
        let half = ms.get(step).copied().unwrap_or(0.0) / 2.0;
        if let Some(ms) = ms.get_mut(step) {
            *ms = half;
        }
        ms.push(half);
        let ranks = longest_first(&graph, &ms);
        (self.best.ms - schedule(&graph, &ms, workers, &ranks).ms).max(0.0)
    }

    /// The steps that are to begin earlier than they do as stated, and that wait for nothing but a worker: the longest ways
    /// to the end first.
    pub fn earlier(&self, ms: &[f64], workers: usize) -> Vec<usize> {
        if !self.longest_first {
            return Vec::new();
        }
        let as_stated = schedule(&self.graph, ms, workers, &stated(self.graph.len()));
        let tails = tails(&self.graph, ms);
        let begins = |made: &Schedule, at: usize| made.slots.get(at).map_or(0.0, |it| it.start_ms);
        let ready = |at: usize| {
            let before = self.graph.before(at).iter();
            let ends = before.filter_map(|it| as_stated.slots.get(*it).map(|slot| slot.end_ms));
            ends.fold(0.0, f64::max)
        };
        let mut earlier: Vec<usize> = (0..self.graph.len())
            .filter(|at| begins(&self.best, *at) < begins(&as_stated, *at))
            .filter(|at| ready(*at) < begins(&as_stated, *at))
            .collect();
        let tail = |at: &usize| tails.get(*at).copied().unwrap_or(0.0);
        earlier.sort_by(|one, other| tail(other).total_cmp(&tail(one)));
        earlier
    }
}

/// The needless edges without those whose return leaves the goal within reach.
fn pruned(order: &Order, instead: usize, makes_it: impl Fn(&Graph) -> bool) -> Vec<Edge> {
    let size = order.settled.len() + order.settled.edge_count() + instead + 1;
    // The order is worked out anew each time, which takes as long as a schedule, and its closure longer.
    let words = order.settled.len() / 64 + 1;
    let tries = (WORK / (size * words.max(4))).clamp(16, 2_000);
    let at_a_time = order.needless.len().div_ceil(tries).max(1);
    let mut dropped: Vec<Edge> = Vec::new();
    let mut rest = order.needless.as_slice();
    while !rest.is_empty() {
        let (back, others) = rest.split_at(at_a_time.min(rest.len()));
        rest = others;
        let without: Vec<Edge> = dropped.iter().chain(others).copied().collect();
        if !makes_it(&order.instead_of(&without).1) {
            dropped.extend(back);
        }
    }
    dropped
}
