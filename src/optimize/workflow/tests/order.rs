//! What may be dropped, against the conflicts of all pairs.

use proptest::prelude::*;

use super::super::order::{Edge, Order};
use super::super::touch::Touch;
use super::*;

/// What a step touches: files by their numbers, or nobody knows.
type Files = Option<(Vec<u8>, Vec<u8>)>;

fn files(count: usize) -> impl Strategy<Value = Vec<Files>> {
    let some = || prop::collection::vec(0_u8..5, 0..3);
    let one = prop::option::weighted(0.85, (some(), some()));
    prop::collection::vec(one, count)
}

fn case() -> impl Strategy<Value = (Graph, Vec<Files>, Vec<bool>)> {
    graphs(7).prop_flat_map(|(graph, _)| {
        let count = graph.len();
        (
            Just(graph),
            files(count),
            prop::collection::vec(any::<bool>(), 40),
        )
    })
}

fn workflow_of(graph: &Graph, files: &[Files]) -> Workflow {
    let named = |numbers: &[u8]| {
        Touched::Known(numbers.iter().map(|number| format!("f{number}")).collect())
    };
    let steps = files.iter().enumerate().map(|(at, files)| {
        let mut step = step(&at.to_string(), 1.0, graph.before(at));
        if let Some((reads, writes)) = files {
            (step.reads, step.writes) = (named(reads), named(writes));
        }
        step
    });
    workflow(None, steps.collect())
}

/// Whether two steps conflict; nothing if nobody knows.
fn conflict(one: &Files, other: &Files) -> Option<bool> {
    let ((reads, writes), (others_reads, others_writes)) = (one.as_ref()?, other.as_ref()?);
    let meets = |one: &[u8], other: &[u8]| one.iter().any(|it| other.contains(it));
    Some(meets(writes, others_writes) || meets(writes, others_reads) || meets(reads, others_writes))
}

proptest! {
    #[test]
    fn only_needless_order_goes((graph, files, chosen) in case()) {
        let count = graph.len();
        let order = Order::of(&graph, &Touch::of(&workflow_of(&graph, &files)));
        let said = reach(count, graph.edges());
        let at = |it: usize| graph.order().iter().position(|other| *other == it).unwrap();
        let mut must = Vec::new();
        for one in 0..count {
            for other in 0..count {
                let first = at(one) < at(other);
                let conflict = conflict(&files[one], &files[other]);
                if first && (conflict == Some(true) || said[one][other] && conflict.is_none()) {
                    must.push((one, other));
                }
            }
        }
        let needed = reach(count, must.iter().copied());
        let told: Vec<(usize, usize)> = order.needless.iter().map(|it| (it.first, it.then)).collect();
        let expected: Vec<(usize, usize)> = graph.edges().filter(|(from, to)| !needed[*from][*to]).collect();
        prop_assert_eq!(&told, &expected);
        prop_assert_eq!(reach(count, order.needed.edges()), needed.clone());
        // All of them dropped: exactly the needed order is left.
        let (instead, all) = order.instead_of(&order.needless);
        prop_assert_eq!(&instead, &order.instead);
        prop_assert_eq!(reach(count, all.edges()), needed.clone());
        // Some of them dropped: whatever is needed is kept, and nothing is ordered that was not.
        let some = order.needless.iter().zip(&chosen).filter(|(_, chosen)| **chosen);
        let some: Vec<Edge> = some.map(|(edge, _)| *edge).collect();
        let (instead, left) = order.instead_of(&some);
        let left = reach(count, left.edges());
        let settled = reach(count, order.settled.edges());
        for (one, other) in must {
            prop_assert!(left[one][other]);
        }
        for one in 0..count {
            for other in 0..count {
                prop_assert!(!left[one][other] || settled[one][other]);
            }
        }
        for edge in instead {
            prop_assert!(!graph.before(edge.then).contains(&edge.first));
        }
        // The fewest edges: none is implied by the others.
        let edges: Vec<_> = order.needed.edges().collect();
        for gone in &edges {
            let others = edges.iter().copied().filter(|edge| edge != gone);
            prop_assert!(!reach(count, others)[gone.0][gone.1]);
        }
        for race in &order.races {
            prop_assert!(!said[race.first][race.then] && !said[race.then][race.first]);
            prop_assert_eq!(conflict(&files[race.first], &files[race.then]), Some(true));
        }
    }
}

#[test]
fn order_that_went_through_a_dropped_edge_is_stated() {
    // generate → lint → build: build reads what generate writes; lint has nothing to do with either.
    let steps = vec![
        touching(step("generate", 1.0, &[]), &["schema"], &["gen/"]),
        touching(step("lint", 1.0, &[0]), &["src/**"], &[]),
        touching(step("build", 1.0, &[1]), &["src/**", "gen/**"], &["out/**"]),
    ];
    let workflow = workflow(None, steps);
    let order = Order::of(&Graph::of(&workflow).unwrap(), &Touch::of(&workflow));
    assert_eq!(order.needless, [(0, 1).into(), (1, 2).into()]);
    assert_eq!(order.instead, [(0, 2).into()]);
    assert_eq!((order.races.len(), order.unknown), (0, 0));
    // Only one of the two dropped: the other one keeps nothing that is needed.
    let (instead, _) = order.instead_of(&[(0, 1).into()]);
    assert_eq!(instead, [(0, 2).into()]);
}

#[test]
fn an_unknown_step_keeps_its_place() {
    let steps = vec![
        touching(step("lint", 1.0, &[]), &["src"], &[]),
        step("what", 1.0, &[0]),
        touching(step("docs", 1.0, &[1]), &["docs"], &["site"]),
    ];
    let workflow = workflow(None, steps);
    let order = Order::of(&Graph::of(&workflow).unwrap(), &Touch::of(&workflow));
    assert!(order.needless.is_empty());
    assert_eq!(order.unknown, 2);
}

#[test]
fn what_writes_the_same_and_is_not_ordered_is_a_race() {
    let steps = vec![
        touching(step("one", 1.0, &[]), &[], &["report.xml"]),
        touching(step("other", 1.0, &[]), &[], &["report.xml"]),
        touching(step("third", 1.0, &[]), &[], &["reports/*.xml"]),
        touching(step("fourth", 1.0, &[]), &[], &["reports/*.json"]),
    ];
    let workflow = workflow(None, steps);
    let order = Order::of(&Graph::of(&workflow).unwrap(), &Touch::of(&workflow));
    assert_eq!(
        order.races,
        [(0, 1).into()],
        "globs that may be apart are no race"
    );
}
