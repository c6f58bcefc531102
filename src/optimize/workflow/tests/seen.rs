//! What is learnt of runs, and when it is not believed.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{graphs, known, step, workflow};
use crate::optimize::workflow::graph::Graph;
use crate::optimize::workflow::order::Order;
use crate::optimize::workflow::seen::{Seen, differing, distrust, learn, other_orders};
use crate::optimize::workflow::touch::Touch;
use crate::optimize::workflow::{Step, Touched, Workflow};

/// What a step does to files, which are numbered: it reads some, one of them so that nobody sees it, and writes others.
#[derive(Clone, Debug)]
struct Act {
    reads: Vec<usize>,
    unseen: Option<usize>,
    writes: Vec<usize>,
}

fn name(file: usize) -> String {
    format!("f{file}")
}

/// Runs steps in an order. What each writes follows from its name and all that it reads; without a file that it asks for
/// unseen it fails.
fn play(acts: &[Act], order: &[usize]) -> Vec<Option<Seen>> {
    let mut files: BTreeMap<usize, String> = BTreeMap::new();
    let mut passed = vec![None; acts.len()];
    for &at in order {
        let act = &acts[at];
        let ok = act.unseen.is_none_or(|file| files.contains_key(&file));
        let mut writes = BTreeMap::new();
        if ok {
            let mut content = format!("{at}");
            for file in &act.reads {
                content = format!("{content} {file}:{:?}", files.get(file));
            }
            let digest = blake3::hash(content.as_bytes()).to_hex().to_string();
            for file in &act.writes {
                files.insert(*file, digest.clone());
                writes.insert(name(*file), Some(digest.clone()));
            }
        }
        passed[at] = Some(Seen {
            ms: 1 + at as u64,
            ok,
            reads: Some(act.reads.iter().map(|file| name(*file)).collect()),
            writes,
        });
    }
    passed
}

fn plain(graph: &Graph) -> Workflow {
    let steps = (0..graph.len()).map(|at| Step {
        name: format!("s{at}"),
        needs: graph.before(at).to_vec(),
        ..Step::default()
    });
    workflow(Some(1), steps.collect())
}

fn needed(workflow: &Workflow) -> Graph {
    Order::of(&Graph::of(workflow).unwrap(), &Touch::of(workflow)).needed
}

fn acts(count: usize) -> impl Strategy<Value = Vec<Act>> {
    let files = || prop::collection::vec(0_usize..6, 0..3);
    let act = (files(), files()).prop_map(|(reads, writes)| Act {
        reads,
        unseen: None,
        writes,
    });
    prop::collection::vec(act, count)
}

proptest! {
    /// Where all that is read is seen, everything that the order which then is needed allows comes to the same.
    #[test]
    fn what_was_seen_is_enough_for_any_order_that_it_leaves(
        (graph, acts) in graphs(8).prop_flat_map(|(graph, _)| {
            let count = graph.len();
            (Just(graph), acts(count))
        }),
    ) {
        let mut learnt = plain(&graph);
        let first = play(&acts, graph.order());
        learn(&mut learnt, std::slice::from_ref(&first), 0);
        let (orders, left) = other_orders(&graph, &needed(&learnt), 100);
        prop_assert_eq!(left, 0);
        for order in orders {
            prop_assert_eq!(differing(&first, &play(&acts, &order)), Vec::<usize>::new());
        }
    }

    /// The other orders are some: every step once, behind what it needs, and all that may be exchanged is exchanged in one.
    #[test]
    fn what_need_not_be_in_order_is_tried_the_other_way_round((graph, _) in graphs(10), kept in prop::collection::vec(any::<bool>(), 45)) {
        let edges = graph.edges().zip(kept).filter(|(_, kept)| *kept).map(|(edge, _)| edge);
        let needed = Graph::new(graph.len(), edges).unwrap();
        let (orders, left) = other_orders(&graph, &needed, 100);
        prop_assert_eq!(left, 0);
        let place = |order: &[usize], step: usize| order.iter().position(|at| *at == step).unwrap();
        for order in &orders {
            let mut sorted = order.clone();
            sorted.sort_unstable();
            prop_assert_eq!(sorted, (0..graph.len()).collect::<Vec<_>>());
            for (from, to) in needed.edges() {
                prop_assert!(place(order, from) < place(order, to));
            }
        }
        let (said, must) = (super::reach(graph.len(), graph.edges()), super::reach(graph.len(), needed.edges()));
        for first in 0..graph.len() {
            for then in 0..graph.len() {
                if said[first][then] && !must[first][then] {
                    let exchanged = |order: &Vec<usize>| place(order, then) < place(order, first);
                    prop_assert!(orders.iter().any(exchanged), "{first} and {then}");
                }
            }
        }
        // Fewer are asked for, and what is left is said.
        let (fewer, left) = other_orders(&graph, &needed, 1);
        prop_assert_eq!(&fewer[..], &orders[..orders.len().min(1)]);
        prop_assert_eq!(left == 0, orders.len() < 2);
    }

    /// Whatever the second pass turns out to do, no wait is dropped of a step that it did not confirm.
    #[test]
    fn a_step_that_does_something_else_keeps_all_its_waits(
        (graph, acts, unseen) in graphs(8).prop_flat_map(|(graph, _)| {
            let count = graph.len();
            (Just(graph), acts(count), prop::collection::vec(prop::option::of(0_usize..6), count))
        }),
    ) {
        let acts: Vec<Act> = acts
            .into_iter()
            .zip(unseen)
            .map(|(act, unseen)| Act { unseen, ..act })
            .collect();
        let mut learnt = plain(&graph);
        let first = play(&acts, graph.order());
        learn(&mut learnt, std::slice::from_ref(&first), 0);
        let (orders, _) = other_orders(&graph, &needed(&learnt), 3);
        let doubted: Vec<usize> = orders
            .iter()
            .flat_map(|order| differing(&first, &play(&acts, order)))
            .collect();
        distrust(&mut learnt, &doubted);
        let needed = needed(&learnt);
        let all = needed.closure();
        for (from, to) in graph.edges() {
            let unsure = doubted.contains(&from) || doubted.contains(&to);
            let failed = [from, to].iter().any(|at| first[*at].as_ref().is_some_and(|it| !it.ok));
            prop_assert!(!(unsure || failed) || all.has(to, from), "{from} before {to}");
        }
    }
}

#[test]
fn a_wait_for_something_unseen_is_kept() {
    let acts = [
        Act {
            reads: vec![],
            unseen: None,
            writes: vec![1],
        },
        Act {
            reads: vec![],
            unseen: Some(1),
            writes: vec![2],
        },
        Act {
            reads: vec![],
            unseen: None,
            writes: vec![3],
        },
    ];
    let graph = Graph::new(3, [(0, 1), (1, 2)]).unwrap();
    let mut learnt = plain(&graph);
    let first = play(&acts, graph.order());
    learn(&mut learnt, std::slice::from_ref(&first), 7);
    // Nothing was seen that orders them.
    let (orders, left) = other_orders(&graph, &needed(&learnt), 3);
    assert_eq!((orders.as_slice(), left), (&[vec![2, 1, 0]][..], 0));
    let second = play(&acts, &orders[0]);
    assert_eq!(differing(&first, &second), [1]);
    distrust(&mut learnt, &[1]);
    let edges: Vec<_> = needed(&learnt).edges().collect();
    assert_eq!(edges, [(0, 1), (1, 2)]);
    assert_eq!(learnt.steps[2].writes, known(&["f3"]));
    assert_eq!(
        (learnt.steps[2].ms, learnt.steps[2].runs.len()),
        (Some(3.0), 1)
    );
}

#[test]
fn what_is_stated_and_what_is_known_stays() {
    let seen = Seen {
        ms: 40,
        ok: true,
        reads: None,
        writes: BTreeMap::from([("out".to_owned(), None)]),
    };
    let mut one = step("timed", 5.0, &[]);
    one.writes = known(&["said"]);
    let unknown = Step {
        name: "failed".to_owned(),
        ..Step::default()
    };
    let mut all = workflow(None, vec![one, unknown.clone(), unknown]);
    let failed = Seen {
        ok: false,
        ..seen.clone()
    };
    learn(&mut all, &[vec![Some(seen), Some(failed), None]], 7);
    let [timed, failed, absent] = all.steps.as_slice() else {
        panic!("three steps");
    };
    assert_eq!((timed.ms, timed.runs.len()), (Some(5.0), 0));
    assert_eq!(timed.writes, known(&["out", "said"]));
    // That reads are not noted here does not mean that there were none.
    assert_eq!(timed.reads, Touched::Unknown);
    for it in [failed, absent] {
        assert_eq!(
            (it.ms, &it.reads, &it.writes),
            (None, &Touched::Unknown, &Touched::Unknown)
        );
    }
}

#[test]
fn of_two_passes_both_count() {
    let seen = |ms, read: &str| Seen {
        ms,
        ok: true,
        reads: Some(vec![read.to_owned()]),
        writes: BTreeMap::new(),
    };
    let mut all = workflow(None, vec![Step::default()]);
    learn(
        &mut all,
        &[vec![Some(seen(10, "a"))], vec![Some(seen(20, "b"))]],
        7,
    );
    assert_eq!((all.steps[0].ms, all.steps[0].runs.len()), (Some(15.0), 2));
    assert_eq!(all.steps[0].reads, known(&["a", "b"]));
}
