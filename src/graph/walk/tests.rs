#![allow(clippy::unwrap_used)]

use std::collections::VecDeque;
use std::convert::Infallible;

use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::graph::edge::Author;

struct InMemory(Vec<Edge>);

impl Adjacency for InMemory {
    type Error = Infallible;

    fn edges_at(
        &self,
        node: NodeId,
        direction: Direction,
        kinds: &[EdgeKind],
        most: usize,
    ) -> Result<Vec<Edge>, Infallible> {
        let at = |edge: &&Edge| match direction {
            Direction::Out => edge.source_node_id == node,
            Direction::In => edge.target_node_id == node,
            Direction::Both => edge.source_node_id == node || edge.target_node_id == node,
        };
        let kind = |edge: &&Edge| kinds.is_empty() || kinds.contains(&edge.kind);
        Ok(self
            .0
            .iter()
            .filter(at)
            .filter(kind)
            .take(most)
            .cloned()
            .collect())
    }
}

fn graph(pairs: &[(u64, u64)]) -> InMemory {
    let edge = |&(from, to): &(u64, u64)| {
        Edge::new(
            NodeId(from),
            NodeId(to),
            EdgeKind::Continuation,
            Author::Boundary,
            Timestamp::UNIX_EPOCH,
        )
    };
    InMemory(pairs.iter().map(edge).collect())
}

fn walk(depth: u32, direction: Direction) -> Walk {
    Walk {
        depth,
        direction,
        ..Walk::default()
    }
}

fn reached(found: &Subgraph) -> Vec<(u64, u32)> {
    found.nodes.iter().map(|it| (it.id.0, it.depth)).collect()
}

#[test]
fn neighbours_by_depth_and_direction() {
    let chain = graph(&[(1, 2), (2, 3), (3, 4), (5, 1)]);
    let near = neighbours(&chain, NodeId(1), &walk(2, Direction::Out)).unwrap();
    assert_eq!(reached(&near), [(2, 1), (3, 2)]);
    let near = neighbours(&chain, NodeId(1), &walk(1, Direction::Both)).unwrap();
    assert_eq!(reached(&near), [(2, 1), (5, 1)]);
    assert_eq!(near.edges.len(), 2);
    // A depth of none is one, and one beyond the bound is the bound.
    let near = neighbours(&chain, NodeId(1), &walk(0, Direction::In)).unwrap();
    assert_eq!(reached(&near), [(5, 1)]);
    let long: Vec<(u64, u64)> = (0..30).map(|it| (it, it + 1)).collect();
    let near = neighbours(&graph(&long), NodeId(0), &walk(99, Direction::Out)).unwrap();
    assert_eq!(near.nodes.len(), 5);
}

#[test]
fn kinds_are_followed_as_asked() {
    let mut both = graph(&[(1, 2), (1, 3)]);
    both.0[1].kind = EdgeKind::Semantic;
    let mut only = walk(1, Direction::Both);
    only.kinds = vec![EdgeKind::Semantic];
    let near = neighbours(&both, NodeId(1), &only).unwrap();
    assert_eq!(reached(&near), [(3, 1)]);
    // Descent is structure.
    let below = descendants(&both, NodeId(1), &[], 100).unwrap();
    assert_eq!(reached(&below), [(2, 1)]);
    assert_eq!(reached(&ancestors(&both, NodeId(3), &[], 100).unwrap()), []);
}

#[test]
fn circles_end_and_hubs_are_cut() {
    let circle = graph(&[(1, 2), (2, 3), (3, 1)]);
    let all = descendants(&circle, NodeId(1), &[], 100).unwrap();
    assert_eq!(reached(&all), [(2, 1), (3, 2)]);
    assert_eq!(all.edges.len(), 3);
    let hub: Vec<(u64, u64)> = (1..1000).map(|it| (0, it)).collect();
    let mut bounded = walk(2, Direction::Both);
    bounded.most = 10;
    let near = neighbours(&graph(&hub), NodeId(0), &bounded).unwrap();
    assert!(near.truncated);
    assert_eq!(near.nodes.len(), 9);
}

#[test]
fn a_path_is_shortest_or_said_not_to_be() {
    let long: Vec<(u64, u64)> = (0..40).map(|it| (it, it + 1)).collect();
    let mut pairs = long.clone();
    pairs.push((0, 18));
    let graph = graph(&pairs);
    let any = walk(99, Direction::Both);
    let Way::Found(path) = shortest_path(&graph, NodeId(0), NodeId(20), &any).unwrap() else {
        unreachable!()
    };
    let ids: Vec<u64> = path.nodes.iter().map(|it| it.0).collect();
    assert_eq!(ids, [0, 18, 19, 20]);
    assert_eq!(path.edges.len(), 3);
    // More than twenty steps.
    assert_eq!(
        shortest_path(&graph, NodeId(0), NodeId(40), &any).unwrap(),
        Way::None
    );
    let against = walk(20, Direction::In);
    assert_eq!(
        shortest_path(&graph, NodeId(0), NodeId(1), &against).unwrap(),
        Way::None
    );
    let tight = Walk {
        most: 3,
        ..any.clone()
    };
    assert_eq!(
        shortest_path(&graph, NodeId(0), NodeId(30), &tight).unwrap(),
        Way::Unknown
    );
    let Way::Found(path) = shortest_path(&graph, NodeId(7), NodeId(7), &any).unwrap() else {
        unreachable!()
    };
    assert_eq!(path.nodes, [NodeId(7)]);
}

#[test]
fn a_subgraph_has_the_edges_between_its_nodes() {
    let graph = graph(&[(1, 2), (1, 3), (2, 3), (3, 9), (9, 10)]);
    let part = subgraph(&graph, &[NodeId(1)], &walk(1, Direction::Out)).unwrap();
    assert_eq!(reached(&part), [(1, 0), (2, 1), (3, 1)]);
    assert_eq!(part.edges.len(), 3, "2 → 3 too");
}

/// Distances the plain way.
fn distances(pairs: &[(u64, u64)], from: u64) -> BTreeMap<u64, u32> {
    let mut found = BTreeMap::from([(from, 0)]);
    let mut queue = VecDeque::from([from]);
    while let Some(at) = queue.pop_front() {
        for &(a, b) in pairs {
            let next = if a == at {
                b
            } else if b == at {
                a
            } else {
                continue;
            };
            if !found.contains_key(&next) {
                found.insert(next, found[&at] + 1);
                queue.push_back(next);
            }
        }
    }
    found
}

proptest! {
    #[test]
    fn walks_agree_with_plain_distances(
        pairs in prop::collection::vec((0_u64..12, 0_u64..12), 0..25),
        depth in 1_u32..5,
    ) {
        let pairs: Vec<(u64, u64)> = pairs.into_iter().filter(|(a, b)| a != b).collect();
        let graph = graph(&pairs);
        let plain = distances(&pairs, 0);
        let near = neighbours(&graph, NodeId(0), &walk(depth, Direction::Both)).unwrap();
        let expected: BTreeMap<u64, u32> =
            plain.iter().filter(|&(_, &d)| d > 0 && d <= depth).map(|(a, b)| (*a, *b)).collect();
        prop_assert_eq!(reached(&near).into_iter().collect::<BTreeMap<_, _>>(), expected);
        for to in 0..12 {
            let way = shortest_path(&graph, NodeId(0), NodeId(to), &walk(20, Direction::Both)).unwrap();
            match (way, plain.get(&to)) {
                (Way::Found(path), Some(&distance)) => {
                    prop_assert_eq!(path.edges.len(), distance as usize);
                    for (pair, edge) in path.nodes.windows(2).zip(&path.edges) {
                        let ends = BTreeSet::from([edge.source_node_id, edge.target_node_id]);
                        prop_assert_eq!(ends, pair.iter().copied().collect());
                    }
                }
                (Way::None, None) => {}
                other => prop_assert!(false, "{other:?}"),
            }
        }
    }
}
