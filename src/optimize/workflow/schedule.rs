//! Who does what when, on so many workers.
//!
//! List scheduling (Graham, "Bounds on Multiprocessing Timing Anomalies", 1969): whoever is free takes the first step of a
//! list that is ready. The best list is NP-hard to find; any is at most 2 − 1/W times as slow as the best schedule, and
//! takes no longer than total/W + (1 − 1/W)·critical path. Steps with the longest way to the end first (Hu's level
//! algorithm) is optimal for trees of steps that take the same time, and nearly always close to it. Time
//! O((steps + edges)·log steps).

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use serde::{Deserialize, Serialize};

use super::critical::tails;
use super::graph::Graph;

/// When a step is done, and by whom.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Slot {
    /// When it begins, in ms from the beginning of the workflow.
    pub start_ms: f64,
    /// When it ends.
    pub end_ms: f64,
    /// Who does it, counted from 0.
    pub worker: usize,
}

/// All steps on so many workers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    /// When each step is done.
    pub slots: Vec<Slot>,
    /// How many workers have something to do: the most steps that are ever at work at once.
    pub used: usize,
    /// When the last step ends.
    pub ms: f64,
}

/// What no schedule is better than.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Bounds {
    /// The critical path: what it takes with any number of workers.
    pub critical_ms: f64,
    /// All steps' time shared out evenly.
    pub shared_ms: f64,
}

impl Bounds {
    /// Of this order on so many workers.
    pub fn of(graph: &Graph, ms: &[f64], workers: usize) -> Self {
        Self {
            critical_ms: tails(graph, ms).into_iter().fold(0.0, f64::max),
            shared_ms: total(ms.iter().copied()) / count(workers.max(1)),
        }
    }

    /// The better bound.
    pub const fn least_ms(&self) -> f64 {
        self.critical_ms.max(self.shared_ms)
    }
}

/// Steps and workers as they are reckoned with.
#[allow(clippy::cast_precision_loss)] // a few thousand
pub const fn count(number: usize) -> f64 {
    number as f64
}

/// The sum of times; of none it is 0, not −0 as that of an iterator.
pub fn total(times: impl Iterator<Item = f64>) -> f64 {
    times.fold(0.0, |sum, time| sum + time)
}

/// Who comes first: the step stated first.
pub fn stated(count: usize) -> Vec<usize> {
    (0..count).collect()
}

/// Who comes first: the step with the longest way to the end, then the one stated first.
pub fn longest_first(graph: &Graph, ms: &[f64]) -> Vec<usize> {
    let tails = tails(graph, ms);
    let tail = |at: &usize| tails.get(*at).copied().unwrap_or(0.0);
    let mut places: Vec<usize> = (0..graph.len()).collect();
    places.sort_by(|one, other| tail(other).total_cmp(&tail(one)));
    ranks(&places)
}

/// The rank of each step in a list of all.
pub fn ranks(list: &[usize]) -> Vec<usize> {
    let mut ranks = vec![usize::MAX; list.len()];
    for (rank, at) in list.iter().enumerate() {
        if let Some(place) = ranks.get_mut(*at) {
            *place = rank;
        }
    }
    ranks
}

/// A moment at which a step ends; the earliest is the greatest of a heap by its reverse.
#[derive(Clone, Copy, Debug)]
struct End {
    at: f64,
    step: usize,
    worker: usize,
}

impl Ord for End {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_time = self.at.total_cmp(&other.at);
        by_time.then(self.step.cmp(&other.step))
    }
}

impl PartialOrd for End {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for End {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for End {}

/// Schedules steps that take so long on so many workers, at least one; of those that are ready the lowest rank begins.
pub fn schedule(graph: &Graph, ms: &[f64], workers: usize, ranks: &[usize]) -> Schedule {
    let count = graph.len();
    let rank = |at: usize| (ranks.get(at).copied().unwrap_or(usize::MAX), at);
    let mut waits: Vec<usize> = (0..count).map(|at| graph.before(at).len()).collect();
    let free_steps = waits.iter().enumerate().filter(|(_, waits)| **waits == 0);
    let mut ready: BinaryHeap<Reverse<(usize, usize)>> =
        free_steps.map(|(at, _)| Reverse(rank(at))).collect();
    // More workers than steps would stand by.
    let workers = workers.clamp(1, count.max(1));
    let mut idle: BinaryHeap<Reverse<usize>> = (0..workers).map(Reverse).collect();
    let mut busy: BinaryHeap<Reverse<End>> = BinaryHeap::new();
    let mut made = Schedule {
        slots: vec![Slot::default(); count],
        ..Schedule::default()
    };
    let mut now = 0.0_f64;
    loop {
        while let (Some(_), Some(_)) = (ready.peek(), idle.peek()) {
            let (Some(Reverse((_, step))), Some(Reverse(worker))) = (ready.pop(), idle.pop())
            else {
                break;
            };
            let at = now + ms.get(step).copied().unwrap_or(0.0);
            if let Some(slot) = made.slots.get_mut(step) {
                *slot = Slot {
                    start_ms: now,
                    end_ms: at,
                    worker,
                };
            }
            made.used = made.used.max(worker + 1);
            busy.push(Reverse(End { at, step, worker }));
        }
        let Some(Reverse(first)) = busy.peek().copied() else {
            break;
        };
        now = first.at;
        made.ms = made.ms.max(now);
        // All that end at one moment, so that whoever is free chooses among all that they make ready.
        while let Some(Reverse(end)) = busy.peek().copied() {
            if end.at > now {
                break;
            }
            busy.pop();
            idle.push(Reverse(end.worker));
            for next in graph.after(end.step) {
                let Some(waits) = waits.get_mut(*next) else {
                    continue;
                };
                *waits -= 1;
                if *waits == 0 {
                    ready.push(Reverse(rank(*next)));
                }
            }
        }
    }
    made
}
