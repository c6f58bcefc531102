//! The critical path and list scheduling against brute force.

use std::cell::Cell;
use std::io::Write as _;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::super::critical::{Critical, bottlenecks};
use super::super::schedule::{Bounds, Schedule, longest_first, schedule, stated};
use super::*;

/// The longest way that ends with a step, that step left out, by walking all of them.
fn walked(graph: &Graph, ms: &[f64], at: usize) -> f64 {
    let before = graph.before(at).iter();
    let ways = before.map(|it| walked(graph, ms, *it) + ms[*it]);
    ways.fold(0.0, f64::max)
}

/// The best of all schedules: every step in every order as early as there is room for it among those placed before, which
/// makes all active schedules, and one of those is the best.
fn optimal(graph: &Graph, ms: &[f64], workers: usize) -> f64 {
    fn place(
        graph: &Graph,
        ms: &[f64],
        workers: usize,
        placed: &mut Vec<(usize, f64, f64)>,
        best: &mut f64,
    ) {
        let end = placed.iter().map(|it| it.2).fold(0.0, f64::max);
        if end >= *best {
            return;
        }
        if placed.len() == graph.len() {
            *best = end;
            return;
        }
        for at in 0..graph.len() {
            let is_placed = |at: usize| placed.iter().any(|it| it.0 == at);
            if is_placed(at) || !graph.before(at).iter().all(|it| is_placed(*it)) {
                continue;
            }
            let before = placed.iter().filter(|it| graph.before(at).contains(&it.0));
            let ready = before.map(|it| it.2).fold(0.0, f64::max);
            let mut moments: Vec<f64> = placed.iter().map(|it| it.2).collect();
            moments.push(ready);
            moments.sort_by(f64::total_cmp);
            let fits = |start: f64| {
                let span = (start, start + ms[at]);
                // How many are at work changes where one begins.
                let mut starts: Vec<f64> = placed.iter().map(|it| it.1).collect();
                starts.push(start);
                let starts = starts
                    .into_iter()
                    .filter(|it| *it >= span.0 && (*it < span.1 || *it == start));
                starts.into_iter().all(|moment| {
                    let busy = placed.iter().filter(|it| it.1 <= moment && moment < it.2);
                    busy.count() < workers
                })
            };
            let start = moments
                .into_iter()
                .find(|it| *it >= ready && fits(*it))
                .unwrap();
            placed.push((at, start, start + ms[at]));
            place(graph, ms, workers, placed, best);
            placed.pop();
        }
    }
    let mut best = ms.iter().sum::<f64>() + 1.0;
    place(graph, ms, workers, &mut Vec::new(), &mut best);
    best
}

fn is_sound(
    graph: &Graph,
    ms: &[f64],
    workers: usize,
    made: &Schedule,
) -> Result<(), TestCaseError> {
    for (at, slot) in made.slots.iter().enumerate() {
        prop_assert_eq!(slot.end_ms, slot.start_ms + ms[at]);
        prop_assert!(slot.worker < workers && slot.worker < made.used);
        for before in graph.before(at) {
            prop_assert!(made.slots[*before].end_ms <= slot.start_ms);
        }
        for (other, theirs) in made.slots.iter().enumerate().take(at) {
            let apart = slot.end_ms <= theirs.start_ms || theirs.end_ms <= slot.start_ms;
            prop_assert!(apart || slot.worker != theirs.worker, "{at} and {other}");
        }
    }
    let last = made
        .slots
        .iter()
        .map(|slot| slot.end_ms)
        .fold(0.0, f64::max);
    prop_assert_eq!(made.ms, last);
    Ok(())
}

#[test]
fn lists_are_within_grahams_bound_of_the_best_schedule() {
    let (total, optimal_ones) = (Cell::new(0), Cell::new(0));
    let mut runner = TestRunner::new(Config::default());
    let outcome = runner.run(&(graphs(7), 1_usize..=3), |((graph, ms), workers)| {
        let best = optimal(&graph, &ms, workers);
        let bounds = Bounds::of(&graph, &ms, workers);
        prop_assert!(bounds.least_ms() <= best + 1e-9);
        for ranks in [longest_first(&graph, &ms), stated(graph.len())] {
            let made = schedule(&graph, &ms, workers, &ranks);
            is_sound(&graph, &ms, workers, &made)?;
            let w = workers as f64;
            prop_assert!(made.ms >= best, "{} {best}", made.ms);
            prop_assert!(
                made.ms <= (2.0 - 1.0 / w) * best + 1e-9,
                "{} {best}",
                made.ms
            );
            let grahams = ms.iter().sum::<f64>() / w + (1.0 - 1.0 / w) * bounds.critical_ms;
            prop_assert!(made.ms <= grahams + 1e-9);
            if workers == 1 {
                prop_assert_eq!(made.ms, best);
            }
        }
        let made = schedule(&graph, &ms, workers, &longest_first(&graph, &ms));
        if workers > 1 && graph.len() > workers {
            total.set(total.get() + 1);
            optimal_ones.set(optimal_ones.get() + usize::from(made.ms <= best));
        }
        Ok(())
    });
    outcome.unwrap();
    let (total, optimal_ones) = (total.get(), optimal_ones.get());
    let told =
        format!("longest way first is the best schedule of {optimal_ones} in {total} small graphs");
    writeln!(std::io::stderr(), "{told}").unwrap();
    assert!(
        total > 50 && optimal_ones * 10 >= total * 8,
        "{optimal_ones} of {total}"
    );
}

/// Trees in which each step is needed by one other, the first by none.
fn trees() -> impl Strategy<Value = Graph> {
    (1_usize..=7)
        .prop_flat_map(|count| {
            let parents: Vec<_> = (1..count).map(|at| 0..at).collect();
            parents
        })
        .prop_map(|parents| {
            let edges = parents
                .iter()
                .enumerate()
                .map(|(at, parent)| (at + 1, *parent));
            Graph::new(parents.len() + 1, edges.collect::<Vec<_>>()).unwrap()
        })
}

proptest! {
    #[test]
    fn lists_are_the_best_for_trees_of_equal_steps(tree in trees(), workers in 1_usize..=3) {
        let ms = vec![5.0; tree.len()];
        let made = schedule(&tree, &ms, workers, &longest_first(&tree, &ms));
        prop_assert_eq!(made.ms, optimal(&tree, &ms, workers));
    }

    #[test]
    fn with_enough_workers_the_critical_path_is_all((graph, ms) in graphs(9)) {
        let critical = Critical::of(&graph, &ms);
        let made = schedule(&graph, &ms, 9, &stated(graph.len()));
        prop_assert_eq!(made.ms, critical.ms);
        for (at, timing) in critical.timings.iter().enumerate() {
            prop_assert_eq!(timing.earliest_ms, walked(&graph, &ms, at));
            prop_assert_eq!(made.slots[at].start_ms, timing.earliest_ms);
            // It may be late by so much, and no more.
            let mut slow = ms.clone();
            slow[at] += timing.slack_ms;
            prop_assert_eq!(Critical::of(&graph, &slow).ms, critical.ms);
            slow[at] += 1.0;
            prop_assert!(Critical::of(&graph, &slow).ms > critical.ms);
            prop_assert_eq!(timing.critical, timing.slack_ms == 0.0);
        }
        let whole = (0..graph.len()).map(|at| walked(&graph, &ms, at) + ms[at]).fold(0.0, f64::max);
        prop_assert_eq!(critical.ms, whole);
        let along: f64 = critical.path.iter().map(|at| ms[*at]).sum();
        prop_assert_eq!(along, critical.ms);
        for pair in critical.path.windows(2) {
            prop_assert!(graph.before(pair[1]).contains(&pair[0]));
        }
        prop_assert!(critical.path.iter().all(|at| critical.timings[*at].critical));
    }
}

#[test]
fn a_bottleneck_is_what_the_whole_waits_for() {
    // a(4) → b(6) → d(2), c(11) beside b with slack.
    let graph = Graph::new(4, [(0, 1), (1, 3)]).unwrap();
    let ms = [4.0, 6.0, 11.0, 2.0];
    let critical = Critical::of(&graph, &ms);
    assert_eq!(critical.path, [0, 1, 3]);
    assert_eq!(critical.timings[2].slack_ms, 1.0);
    let found = bottlenecks(&critical, &ms);
    // Half is not more than half; the longest step of all has slack; a third is more than 30 %.
    let found: Vec<(usize, bool)> = found.iter().map(|it| (it.step, it.high)).collect();
    assert_eq!(found, [(1, false), (0, false)]);
    let ms = [3.0, 7.0, 9.0, 0.0];
    let found = bottlenecks(&Critical::of(&graph, &ms), &ms);
    let found: Vec<(usize, bool)> = found.iter().map(|it| (it.step, it.high)).collect();
    assert_eq!(found, [(1, true)], "three tenths are not more than 30 %");
    assert!(bottlenecks(&Critical::of(&graph, &[0.0; 4]), &[0.0; 4]).is_empty());
}

#[test]
fn circles_are_named() {
    let names = |edges: &[(usize, usize)]| Graph::new(4, edges.iter().copied()).unwrap_err();
    assert_eq!(names(&[(0, 1), (1, 2), (2, 1), (2, 3)]), [1, 2, 1]);
    assert_eq!(names(&[(3, 3)]), [3, 3]);
}

proptest! {
    #[test]
    fn any_edges_are_a_graph_or_a_circle(count in 0_usize..8, edges in prop::collection::vec((0_usize..8, 0_usize..8), 0..16)) {
        let inside = edges.iter().copied().filter(|(from, to)| *from < count && *to < count);
        let inside: Vec<_> = inside.collect();
        let is_circular = {
            let all = reach(count, inside.iter().copied());
            (0..count).any(|at| all[at][at])
        };
        match Graph::new(count, edges) {
            Ok(graph) => {
                prop_assert!(!is_circular);
                let mut sorted = graph.order().to_vec();
                for (from, to) in &inside {
                    let at = |it: &usize| sorted.iter().position(|other| other == it);
                    prop_assert!(at(from) < at(to));
                }
                sorted.sort_unstable();
                prop_assert_eq!(sorted, (0..count).collect::<Vec<_>>());
            }
            Err(circle) => {
                prop_assert!(is_circular);
                prop_assert!(circle.len() > 1 && circle.first() == circle.last());
                for pair in circle.windows(2) {
                    prop_assert!(inside.contains(&(pair[0], pair[1])));
                }
            }
        }
    }
}
