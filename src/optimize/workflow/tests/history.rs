//! What runs tell: caching, repeats, failures that come late.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::super::cache::caching;
use super::super::early::early;
use super::super::schedule::{schedule, stated};
use super::super::waste::{failed, late, repeats};
use super::*;

fn with_runs(name: &str, needs: &[usize], runs: Vec<StepRun>) -> Step {
    Step {
        runs,
        ..step(name, 100.0, needs)
    }
}

#[test]
fn a_hit_comes_after_a_success_with_the_same_input() {
    let again = |at: i64, ok: bool| run(at, 100, ok, Some("a"), None);
    let steps = [with_runs(
        "build",
        &[],
        vec![
            // A failure is nothing to keep.
            again(1_000, false),
            again(2_000, false),
            again(3_000, true),
            // This one was under way before the success ended.
            again(3_050, true),
            again(4_000, true),
            run(4_500, 900, true, Some("b"), None),
            again(5_000, true),
            run(5_500, 900, true, None, None),
            again(6_000, false),
        ],
    )];
    let found = caching(&steps, &PERIOD);
    assert_eq!(found.len(), 1);
    let it = &found[0];
    assert_eq!(
        (it.step, it.hits, it.failed, it.inputs, it.runs),
        (0, 3, 1, 1, 8)
    );
    assert_eq!(it.which, [4, 6, 8]);
    assert_eq!(it.ms, 300.0);
    // Runs began just after the beginning of the four weeks.
    assert!((it.per_week_ms - 75.0).abs() < 0.1, "{}", it.per_week_ms);
}

#[test]
fn what_came_again_twice_is_not_worth_a_cache() {
    let runs = |count: i64| (0..count).map(|at| run(1_000 * at, 100, true, Some("a"), None));
    let of = |count: i64| caching(&[with_runs("build", &[], runs(count).collect())], &PERIOD);
    assert!(of(3).is_empty(), "the first, and two again");
    assert_eq!(of(4)[0].hits, 3);
    assert!(caching(&[], &PERIOD).is_empty());
}

#[test]
fn a_day_is_not_taken_for_a_week() {
    let runs = (0..4).map(|at| run(4 * WEEK - 10_000 + 1_000 * at, 100, true, Some("a"), None));
    let steps = [with_runs("build", &[], runs.collect())];
    assert_eq!(caching(&steps, &PERIOD)[0].per_week_ms, 300.0);
}

#[test]
fn what_succeeded_is_done_again_because_another_one_failed() {
    let steps = [
        with_runs(
            "build",
            &[],
            vec![
                run(1_000, 500, true, None, Some("c1")),
                run(3_000, 500, true, None, Some("c1")),
                // Nothing failed for this one.
                run(9_000, 500, true, None, Some("c2")),
                run(9_900, 500, true, None, Some("c2")),
            ],
        ),
        with_runs(
            "test",
            &[0],
            vec![
                run(2_000, 900, false, None, Some("c1")),
                run(4_000, 900, true, None, Some("c1")),
            ],
        ),
        // It needs the test: after the failure it had to wait, and it was run once.
        with_runs(
            "deploy",
            &[1],
            vec![run(5_000, 100, true, None, Some("c1"))],
        ),
    ];
    let graph = Graph::of(&workflow(None, steps.to_vec())).unwrap();
    let found = repeats(&steps, &graph.closure(), &[], &PERIOD);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].step, found[0].runs, found[0].ms), (0, 1, 500.0));
    assert_eq!(found[0].per_week_ms, found[0].beyond_cache_per_week_ms);
}

#[test]
fn what_comes_after_the_failure_or_has_other_input_is_no_repeat() {
    let round = |at: i64, ok: bool, input: &str| run(at, 100, ok, Some(input), Some("c"));
    // The second step comes after the first: when that one is mended it has to run again.
    let first = with_runs(
        "first",
        &[],
        vec![round(1_000, false, "a"), round(3_000, true, "a")],
    );
    let second = with_runs(
        "second",
        &[0],
        vec![round(500, true, "x"), round(4_000, true, "x")],
    );
    // What has another input is other work.
    let third = with_runs(
        "third",
        &[],
        vec![round(600, true, "1"), round(4_500, true, "2")],
    );
    let fourth = with_runs(
        "fourth",
        &[],
        vec![round(700, true, "1"), round(5_000, true, "1")],
    );
    let steps = [first, second, third, fourth];
    let graph = Graph::of(&workflow(None, steps.to_vec())).unwrap();
    let found = repeats(&steps, &graph.closure(), &[], &PERIOD);
    assert_eq!(found.iter().map(|it| it.step).collect::<Vec<_>>(), [3]);
    // What a cache saves is not saved twice.
    let mut runs = vec![round(700, true, "1")];
    runs.extend((5..9).map(|at| round(at * 1_000, true, "1")));
    let mut steps = steps;
    steps[3].runs = runs;
    let cached = caching(&steps, &PERIOD);
    assert_eq!(cached[0].hits, 4);
    let found = repeats(&steps, &graph.closure(), &cached, &PERIOD);
    assert_eq!((found[0].runs, found[0].beyond_cache_per_week_ms), (1, 0.0));
}

#[test]
fn a_cheap_step_that_often_fails_comes_first() {
    let graph = Graph::new(3, []).unwrap();
    let ms = [600.0, 300.0, 10.0];
    let failed: Vec<BTreeSet<usize>> = [[2].as_slice(), &[2], &[1], &[1, 2], &[0]]
        .map(|it| it.iter().copied().collect())
        .into();
    let now = late(&failed, &schedule(&graph, &ms, 1, &stated(3)), &ms);
    // 910 + 910 + 900 + 900 + 600
    assert_eq!((now.failed, now.known_after_ms), (5, 4_220.0));
    assert_eq!(now.least_ms, 10.0 + 10.0 + 300.0 + 300.0 + 600.0);
    let better = early(&graph, &ms, 1, &failed, &stated(3));
    assert_eq!(better.steps, [2, 1, 0]);
    // 10 + 10 + 310 + 10 + 910
    assert_eq!(better.late.known_after_ms, 1_250.0);
    // It is not the cheapest that comes first, but what fails most for its time.
    let often: Vec<BTreeSet<usize>> = [[1], [1], [1], [0]]
        .map(|it| it.into_iter().collect())
        .into();
    let free = Graph::new(2, []).unwrap();
    assert_eq!(
        early(&free, &[300.0, 310.0], 1, &often, &stated(2)).steps,
        [1, 0]
    );
    // Where the order demands it, what it needs comes with it.
    let graph = Graph::new(3, [(0, 2)]).unwrap();
    let better = early(&graph, &ms, 1, &failed, &stated(3));
    assert_eq!(better.steps, [1, 0, 2]);
}

#[test]
fn runs_for_nothing_in_particular_tell_nothing_about_each_other() {
    let steps = [
        with_runs(
            "one",
            &[],
            vec![run(1, 1, true, None, None), run(5, 1, true, None, None)],
        ),
        with_runs("two", &[], vec![run(3, 1, false, None, None)]),
    ];
    assert!(failed(&steps, &PERIOD).is_empty());
    let graph = Graph::of(&workflow(None, steps.to_vec())).unwrap();
    assert!(repeats(&steps, &graph.closure(), &[], &PERIOD).is_empty());
}

fn runs() -> impl Strategy<Value = Vec<Vec<StepRun>>> {
    let one = (
        0_i64..60,
        0_u64..8,
        any::<bool>(),
        prop::option::of(0_u8..3),
        prop::option::of(0_u8..3),
    );
    let one = one.prop_map(|(at, ms, ok, input, about)| {
        let text = |number: Option<u8>| number.map(|it| it.to_string());
        StepRun {
            at,
            ms,
            ok,
            input: text(input),
            about: text(about),
        }
    });
    prop::collection::vec(prop::collection::vec(one, 0..14), 1..4)
}

proptest! {
    #[test]
    fn hits_and_repeats_are_those_of_their_definitions(runs in runs(), chain in any::<bool>()) {
        let steps: Vec<Step> = runs.iter().enumerate().map(|(at, runs)| {
            let needs: Vec<usize> = at.checked_sub(1).into_iter().filter(|_| chain).collect();
            let mut runs = runs.clone();
            runs.sort_by_key(|run| run.at);
            with_runs(&at.to_string(), &needs, runs)
        }).collect();
        let found = caching(&steps, &PERIOD);
        for (at, step) in steps.iter().enumerate() {
            let mut expected = Vec::new();
            for input in ["0", "1", "2"] {
                let is_of = |run: &&StepRun| run.input.as_deref() == Some(input);
                let hits: Vec<&StepRun> = step.runs.iter().filter(is_of).filter(|run| {
                    let before = step.runs.iter().filter(is_of).filter(|it| it.ok && it.at <= run.began());
                    // A run that took no time is not its own success.
                    before.count() > 0
                }).filter(|run| run.at >= 0).collect();
                if hits.len() >= 3 {
                    expected.extend(hits.iter().map(|run| run.ms));
                }
            }
            let told = found.iter().find(|it| it.step == at);
            prop_assert_eq!(told.map_or(0, |it| it.hits), expected.len());
            prop_assert_eq!(told.map_or(0.0, |it| it.ms), expected.iter().sum::<u64>() as f64);
        }
        let graph = Graph::of(&workflow(None, steps.clone())).unwrap();
        let wasted = repeats(&steps, &graph.closure(), &found, &PERIOD);
        for it in &wasted {
            let all: u64 = steps[it.step].runs.iter().map(|run| run.ms).sum();
            prop_assert!(it.ms <= all as f64 && it.beyond_cache_per_week_ms <= it.per_week_ms);
            prop_assert!(it.runs < steps[it.step].runs.len());
        }
        // Where nothing failed nothing was done again because of it.
        let mut fine = steps.clone();
        fine.iter_mut().flat_map(|step| &mut step.runs).for_each(|run| run.ok = true);
        prop_assert!(repeats(&fine, &graph.closure(), &[], &PERIOD).is_empty());
        prop_assert!(failed(&fine, &PERIOD).is_empty());
    }
}
