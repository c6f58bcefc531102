#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::float_cmp,
    clippy::cast_precision_loss
)]

mod claims;
mod history;
mod order;
mod parallel;
mod schedule;
mod seen;
mod speed;
mod touch;
mod whole;

use proptest::prelude::*;

use super::graph::Graph;
use super::{Origin, Period, Step, StepRun, Touched, Workflow};

/// A graph of so many steps at most, whose places say nothing about their order, with whole durations.
fn graphs(most: usize) -> impl Strategy<Value = (Graph, Vec<f64>)> {
    (0..=most)
        .prop_flat_map(|count| {
            let pairs = count * count.saturating_sub(1) / 2;
            (
                Just(count),
                prop::collection::vec(prop::bool::weighted(0.3), pairs),
                Just((0..count).collect::<Vec<usize>>()).prop_shuffle(),
                prop::collection::vec(0_u32..12, count),
            )
        })
        .prop_map(|(count, chosen, names, ms)| {
            let mut chosen = chosen.into_iter();
            let mut edges = Vec::new();
            for to in 0..count {
                for from in 0..to {
                    if chosen.next().unwrap() {
                        edges.push((names[from], names[to]));
                    }
                }
            }
            let graph = Graph::new(count, edges).unwrap();
            (graph, ms.into_iter().map(f64::from).collect())
        })
}

/// What comes before what, at any distance, by Warshall's algorithm.
fn reach(count: usize, edges: impl IntoIterator<Item = (usize, usize)>) -> Vec<Vec<bool>> {
    let mut all = vec![vec![false; count]; count];
    for (from, to) in edges {
        all[from][to] = true;
    }
    for via in 0..count {
        for from in 0..count {
            for to in 0..count {
                all[from][to] |= all[from][via] && all[via][to];
            }
        }
    }
    all
}

fn known(paths: &[&str]) -> Touched {
    Touched::Known(paths.iter().map(|&path| path.to_owned()).collect())
}

fn step(name: &str, ms: f64, needs: &[usize]) -> Step {
    Step {
        name: name.to_owned(),
        needs: needs.to_vec(),
        ms: Some(ms),
        ..Step::default()
    }
}

fn touching(step: Step, reads: &[&str], writes: &[&str]) -> Step {
    Step {
        reads: known(reads),
        writes: known(writes),
        ..step
    }
}

fn workflow(workers: Option<usize>, steps: Vec<Step>) -> Workflow {
    Workflow {
        name: "tests".to_owned(),
        origin: Origin::Tasks,
        steps,
        workers,
    }
}

fn run(at: i64, ms: u64, ok: bool, input: Option<&str>, about: Option<&str>) -> StepRun {
    StepRun {
        at,
        ms,
        ok,
        input: input.map(str::to_owned),
        about: about.map(str::to_owned),
    }
}

const WEEK: i64 = 7 * 86_400_000;

/// Four weeks.
const PERIOD: Period = Period {
    since: 0,
    until: 4 * WEEK,
};
