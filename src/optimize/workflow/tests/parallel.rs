//! Sets of steps that could run at once, against all subsets.

use proptest::prelude::*;

use super::super::parallel::{MOST_SETS, Parallel};
use super::*;

fn all_sets(graph: &Graph) -> Vec<Vec<usize>> {
    let count = graph.len();
    let reach = reach(count, graph.edges());
    let free = |one: usize, other: usize| one != other && !reach[one][other] && !reach[other][one];
    let subsets = (0_u32..1 << count).map(|bits| {
        let places = (0..count).filter(move |at| bits >> at & 1 == 1);
        places.collect::<Vec<usize>>()
    });
    let is_free = |set: &Vec<usize>| {
        set.iter()
            .all(|one| set.iter().all(|other| one == other || free(*one, *other)))
    };
    let is_largest = |set: &Vec<usize>| {
        (0..count).all(|more| set.contains(&more) || !set.iter().all(|one| free(*one, more)))
    };
    subsets
        .filter(|set| set.len() > 1)
        .filter(is_free)
        .filter(is_largest)
        .collect()
}

proptest! {
    #[test]
    fn all_sets_of_small_graphs_are_found((graph, ms) in graphs(9), workers in 1_usize..4) {
        let found = Parallel::of(&graph, &ms, workers);
        prop_assert!(found.complete);
        let mut sets: Vec<Vec<usize>> = found.sets.iter().map(|it| it.steps.clone()).collect();
        let mut expected = all_sets(&graph);
        sets.sort();
        expected.sort();
        prop_assert_eq!(sets, expected);
        let saved: Vec<f64> = found.sets.iter().map(|it| it.in_a_row_ms - it.at_once_ms).collect();
        prop_assert!(saved.is_sorted_by(|one, other| one >= other));
        prop_assert!(saved.iter().all(|saved| *saved >= 0.0));
        if workers == 1 {
            prop_assert!(saved.iter().all(|saved| *saved == 0.0));
        }
    }
}

#[test]
fn of_large_graphs_some_are_found() {
    // 3^40 maximal sets: groups of three in a row.
    let edges =
        (0..40).flat_map(|group| [(3 * group, 3 * group + 1), (3 * group + 1, 3 * group + 2)]);
    let graph = Graph::new(120, edges).unwrap();
    let ms: Vec<f64> = (0..120).map(|at| f64::from(at % 7)).collect();
    let found = Parallel::of(&graph, &ms, 4);
    assert!(!found.complete);
    assert!(found.sets.len() <= MOST_SETS && !found.sets.is_empty());
    for set in &found.sets {
        assert_eq!(set.steps.len(), 40, "one of each group");
        for (group, at) in set.steps.iter().enumerate() {
            assert_eq!(at / 3, group);
        }
    }
}

#[test]
fn thousands_of_free_steps_are_one_set() {
    let graph = Graph::new(3_000, []).unwrap();
    let found = Parallel::of(&graph, &vec![1.0; 3_000], 3);
    assert_eq!(found.sets.len(), 1);
    assert_eq!(found.sets[0].steps.len(), 3_000);
    assert_eq!(found.sets[0].at_once_ms, 1_000.0);
}
