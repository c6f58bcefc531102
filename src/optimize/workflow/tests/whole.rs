//! The whole analysis.

use proptest::prelude::*;

use super::super::order::Order;
use super::super::schedule::{longest_first, schedule, stated};
use super::super::touch::Touch;
use super::super::vy::Vy;
use super::super::{Analysis, Change, Saving, WorkflowError, analyse};
use super::*;

fn analysed(workflow: &Workflow, workers: usize) -> Analysis {
    analyse(workflow, workers, PERIOD).unwrap()
}

fn error(steps: Vec<Step>) -> String {
    analyse(&workflow(None, steps), 2, PERIOD)
        .unwrap_err()
        .to_string()
}

#[test]
fn what_is_no_workflow_is_an_error() {
    let circle = vec![
        step("a", 1.0, &[2]),
        step("b", 1.0, &[0]),
        step("c", 1.0, &[1]),
    ];
    assert_eq!(
        error(circle),
        "these steps wait for each other: a → b → c → a"
    );
    assert_eq!(
        error(vec![step("a", 1.0, &[0])]),
        "these steps wait for each other: a → a"
    );
    assert_eq!(
        error(vec![step("a", 1.0, &[7])]),
        "step a needs step number 7, and there are 1"
    );
    for ms in [f64::NAN, f64::INFINITY, -1.0, 1e300] {
        assert!(error(vec![step("a", ms, &[])]).starts_with("step a takes "));
    }
    let many = vec![Step::default(); 5_001];
    assert!(matches!(
        analyse(&workflow(None, many), 1, PERIOD),
        Err(WorkflowError::TooMany { .. })
    ));
}

#[test]
fn nothing_is_nothing() {
    let it = analysed(&workflow(None, Vec::new()), 4);
    assert_eq!(it.score, None);
    assert!(it.advice.is_empty() && it.parallel.sets.is_empty() && it.critical.path.is_empty());
    assert_eq!(it.vy.total, 0.0);
}

#[test]
fn without_durations_the_structure_is_told() {
    let unknown = |name: &str, needs: &[usize]| Step {
        ms: None,
        ..step(name, 0.0, needs)
    };
    let it = analysed(
        &workflow(
            Some(1),
            vec![unknown("a", &[]), unknown("b", &[0]), unknown("c", &[0])],
        ),
        2,
    );
    assert_eq!(it.unknown, [0, 1, 2]);
    assert_eq!(it.score, None);
    assert_eq!(it.parallel.sets[0].steps, [1, 2]);
    assert_eq!(it.critical.path.len(), 2);
    assert!(it.advice.is_empty() && it.bottlenecks.is_empty());
}

/// generate(300) → lint(400) → unit(500) → docs(600), where only unit needs what generate writes.
fn chain(workers: Option<usize>) -> Workflow {
    let runs = |ms: u64| {
        vec![
            run(WEEK, ms, true, None, None),
            run(2 * WEEK, ms, true, None, None),
        ]
    };
    let mut steps = vec![
        touching(step("generate", 300.0, &[]), &["schema.sql"], &["gen/**"]),
        touching(step("lint", 400.0, &[0]), &["src/**"], &["lint.xml"]),
        touching(
            step("unit", 500.0, &[1]),
            &["src/**", "gen/**"],
            &["unit.xml"],
        ),
        touching(step("docs", 600.0, &[2]), &["docs/**"], &["site/**"]),
    ];
    for (at, ms) in [300, 400, 500, 600].into_iter().enumerate() {
        steps[at].runs = runs(ms);
    }
    workflow(workers, steps)
}

#[test]
fn needless_edges_are_dropped_with_what_they_save() {
    let it = analysed(&chain(Some(4)), 4);
    assert_eq!((it.now.ms, it.best.ms), (1_800.0, 800.0));
    let score = it.score.unwrap();
    assert!((score.total - 100.0 * 1_000.0 / 1_800.0).abs() < 1e-9);
    assert_eq!((score.at_once, score.first), (0.0, 0.0));
    assert_eq!(it.advice.len(), 1, "{:#?}", it.advice);
    let Change::Drop {
        needs,
        instead,
        workers,
    } = &it.advice[0].change
    else {
        panic!("{:#?}", it.advice);
    };
    assert_eq!(instead, &[(0, 2).into()]);
    assert_eq!(
        needs,
        &[(1, 2).into(), (2, 3).into()],
        "lint may go on waiting: that costs nothing"
    );
    assert_eq!(*workers, 3);
    assert_eq!(it.advice[0].saving, Saving::PerRunMs(1_000.0));
    assert_eq!((it.advice[0].basis.runs, it.advice[0].basis.said), (2, 0));
    // One at a time nothing is gained by it.
    let alone = analysed(&chain(Some(1)), 1);
    assert!(alone.advice.is_empty());
    assert_eq!(alone.score.unwrap().total, 0.0);
    // With as many as are ready, whatever is said about workers.
    assert_eq!(analysed(&chain(None), 1).best.ms, 800.0);
}

#[test]
fn more_workers_are_used_where_steps_wait_for_one() {
    let steps = vec![
        step("a", 300.0, &[]),
        step("b", 300.0, &[]),
        step("c", 500.0, &[]),
        step("all", 100.0, &[0, 1, 2]),
    ];
    let it = analysed(&workflow(Some(1), steps), 2);
    let changes: Vec<&Change> = it.advice.iter().map(|it| &it.change).collect();
    assert_eq!(changes[0], &Change::RunAtOnce { workers: 2 });
    assert_eq!(
        it.advice[0].saving,
        Saving::PerRunMs(300.0),
        "1200 to 900: c begins when a and b have ended"
    );
    assert_eq!(changes[1], &Change::PutFirst { steps: vec![2] });
    assert_eq!(it.advice[1].saving, Saving::PerRunMs(200.0));
    assert_eq!((it.advice[1].basis.runs, it.advice[1].basis.said), (0, 4));
    let score = it.score.unwrap();
    assert!((score.total - 100.0 * 500.0 / 1_200.0).abs() < 1e-9);
    assert!((score.at_once + score.dropped + score.first - score.total).abs() < 1e-9);
    assert_eq!(it.best.used, 2);
}

#[test]
fn failing_early_keeps_what_is_needed() {
    // build → unit → spelling, where unit needs the build and spelling nothing; spelling fails often.
    let fails = |at: i64| run(at, 100, at % 2 == 0, None, Some(&at.to_string()));
    let spelling = Step {
        runs: (1..9).map(fails).collect(),
        ..touching(step("spelling", 100.0, &[1]), &["docs/**"], &[])
    };
    let steps = vec![
        touching(step("build", 900.0, &[]), &["src/**"], &["bin"]),
        touching(step("unit", 500.0, &[0]), &["bin"], &["unit.xml"]),
        spelling,
    ];
    let it = analysed(&workflow(Some(1), steps), 1);
    let Change::FailEarly {
        steps,
        needs,
        instead,
    } = &it.advice[0].change
    else {
        panic!("{:#?}", it.advice);
    };
    assert_eq!((steps.as_slice(), instead.len()), ([2].as_slice(), 0));
    assert_eq!(needs, &[(1, 2).into()]);
    // Four failures, each known after 0.1 s instead of 1.5 s, over four weeks.
    let Saving::PerWeekMs(saving) = it.advice[0].saving else {
        panic!("{:#?}", it.advice);
    };
    assert!((saving - 4.0 * 1_400.0 / 4.0).abs() < 1.0, "{saving}");
    assert_eq!(it.advice[0].basis.runs, 4);
}

#[test]
fn what_would_make_the_whole_slower_does_not_come_first() {
    let steps = |workers: usize| {
        let failing = |name: &str| Step {
            runs: (0..3)
                .map(|at| run(WEEK, 1, false, None, Some(&format!("{name} {at}"))))
                .collect(),
            ..touching(step(name, 5_000.0, &[]), &["src"], &[])
        };
        let long = touching(step("long", 10_000.0, &[]), &["src"], &[]);
        workflow(Some(workers), vec![long, failing("one"), failing("other")])
    };
    let is_advised = |workers: usize| {
        let it = analysed(&steps(workers), workers);
        it.advice
            .iter()
            .any(|it| matches!(it.change, Change::FailEarly { .. }))
    };
    assert!(is_advised(1));
    assert!(
        !is_advised(2),
        "the long one would begin when the others have ended"
    );
}

#[test]
fn the_originals_score_has_no_holes() {
    let of = |ms: &[f64]| Vy::of(&ms.iter().map(|ms| step("s", *ms, &[])).collect::<Vec<_>>());
    assert_eq!(of(&[]).total, 0.0);
    let one = of(&[1_000.0]);
    assert_eq!(
        (one.steps, one.bottlenecks, one.variance, one.total),
        (5.0, 20.0, 0.0, 25.0)
    );
    assert_eq!(one.high, [0]);
    assert_eq!(
        of(&[0.0, 0.0]).total,
        10.0,
        "nothing is more than a share of nothing"
    );
    let equal = of(&[500.0; 4]);
    assert_eq!((equal.total, equal.which.len()), (20.0, 0));
    // 1 s and 3 s: the variance is 1 s².
    let two = of(&[1_000.0, 3_000.0]);
    assert_eq!(
        (two.steps, two.bottlenecks, two.variance),
        (10.0, 20.0, 10.0)
    );
    assert_eq!(two.which, [1]);
    assert_eq!(of(&[1e9, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]).total, 80.0);
}

#[test]
fn a_document_comes_back_as_it_was() {
    let it = analysed(&chain(Some(2)), 2);
    let text = serde_json::to_string(&it).unwrap();
    let back: Analysis = serde_json::from_str(&text).unwrap();
    assert_eq!(back.advice, it.advice);
    assert_eq!(back.critical, it.critical);
    assert_eq!(serde_json::to_string(&back).unwrap(), text);
}

/// Workflows of any kind.
pub(super) fn workflows() -> impl Strategy<Value = Workflow> {
    let touched = || prop::option::weighted(0.9, prop::collection::vec(0_u8..6, 0..3));
    let workers = prop::option::of(0_usize..4);
    graphs(8)
        .prop_flat_map(move |(graph, ms)| {
            let count = graph.len();
            let each =
                prop::collection::vec((touched(), touched(), prop::bool::weighted(0.9)), count);
            (Just((graph, ms)), each, workers.clone())
        })
        .prop_map(|((graph, ms), each, workers)| {
            let set = |files: Option<Vec<u8>>| match files {
                Some(files) => {
                    Touched::Known(files.iter().map(|file| format!("f{file}")).collect())
                }
                None => Touched::Unknown,
            };
            let steps = each
                .into_iter()
                .enumerate()
                .map(|(at, (reads, writes, timed))| Step {
                    reads: set(reads),
                    writes: set(writes),
                    ms: timed.then_some(ms[at]),
                    ..step(&format!("s{at}"), 0.0, graph.before(at))
                });
            workflow(workers, steps.collect())
        })
}

proptest! {
    #[test]
    fn savings_add_up_to_what_is_told(workflow in workflows(), workers in 0_usize..5) {
        let it = analyse(&workflow, workers, PERIOD).unwrap();
        let Some(score) = it.score else {
            prop_assert!(workflow.steps.iter().all(|step| step.ms.is_none()));
            return Ok(());
        };
        prop_assert!((0.0..=100.0).contains(&score.total));
        prop_assert!((score.at_once + score.dropped + score.first - score.total).abs() < 1e-9);
        prop_assert_eq!(score.time_ms, it.now.ms);
        prop_assert_eq!(score.achievable_ms, it.best.ms);
        prop_assert!(it.best.ms <= it.now.ms);
        // Whatever was left standing is in nobody's way.
        let ms: Vec<f64> = workflow.steps.iter().map(|step| step.ms.unwrap_or(0.0)).collect();
        let order = Order::of(&Graph::of(&workflow).unwrap(), &Touch::of(&workflow));
        let (_, free) = order.instead_of(&order.needless);
        let then = it.workers.unwrap_or(ms.len());
        // Settling races may make a list faster, which is no change that anybody asked for.
        for graph in [&order.settled, &free].into_iter().filter(|_| order.races.is_empty()) {
            for ranks in [stated(ms.len()), longest_first(graph, &ms)] {
                prop_assert!(it.best.ms <= schedule(graph, &ms, then, &ranks).ms + 1e-6);
            }
        }
        prop_assert!(it.best.ms + 1e-9 >= it.bounds.least_ms().min(it.now.ms));
        let saved: f64 = it.advice.iter().filter_map(|it| match it.saving {
            Saving::PerRunMs(ms) => Some(ms),
            _ => None,
        }).sum();
        // Small parts are noise, and left out.
        let left_out = 3.0 * super::super::advice::LEAST * it.now.ms;
        let told = it.now.ms - it.best.ms;
        prop_assert!(saved <= told + 1e-9 && told <= saved + left_out + 1e-9, "{saved} of {told}: {:#?}", it.advice);
        prop_assert!(it.advice.iter().all(|it| it.saving.ms() >= 0.0));
    }
}
