//! Walking the graph: what is near a node, the way from one to another, what came before and after.
//!
//! Every walk goes in breadth and has a bound on the nodes that it visits; what it leaves out it says. The order of the
//! result depends on the graph alone.

use std::collections::{BTreeMap, BTreeSet};

use super::edge::{Edge, EdgeKind};
use super::node::NodeId;

/// Which way edges are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From source to target.
    Out,
    /// From target to source.
    In,
    /// Either way.
    Both,
}

/// Where edges are looked up.
pub trait Adjacency {
    /// Why they cannot be.
    type Error;

    /// The edges at a node, both of whose ends are there, at most `most` of them; all kinds if none is named. An edge of a
    /// node to itself there is not. In one fixed order.
    fn edges_at(
        &self,
        node: NodeId,
        direction: Direction,
        kinds: &[EdgeKind],
        most: usize,
    ) -> Result<Vec<Edge>, Self::Error>;
}

/// The bounds of a walk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Walk {
    /// How many edges away.
    pub depth: u32,
    /// Which way.
    pub direction: Direction,
    /// Which edges; all if none is named.
    pub kinds: Vec<EdgeKind>,
    /// How many nodes at most, the first included.
    pub most: usize,
}

/// The greatest depth of a neighbourhood.
pub const MAX_DEPTH: u32 = 5;
/// The greatest length of a path.
pub const MAX_PATH: u32 = 20;
/// How many nodes a walk visits at most, if nothing else is said.
pub const MOST_NODES: usize = 10_000;

impl Default for Walk {
    fn default() -> Self {
        Self {
            depth: 1,
            direction: Direction::Both,
            kinds: Vec::new(),
            most: MOST_NODES,
        }
    }
}

/// A node that was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reached {
    /// Which.
    pub id: NodeId,
    /// In how many steps.
    pub depth: u32,
}

/// A part of the graph.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Subgraph {
    /// Nodes, by depth and then by id; where the walk began is not among them.
    pub nodes: Vec<Reached>,
    /// The edges that were met, by source, target and kind.
    pub edges: Vec<Edge>,
    /// Whether the bound kept anything out.
    pub truncated: bool,
}

/// What is near a node: depth 1 to [`MAX_DEPTH`], anything else is taken as the nearest of them.
pub fn neighbours<A: Adjacency>(
    graph: &A,
    from: NodeId,
    walk: &Walk,
) -> Result<Subgraph, A::Error> {
    let depth = walk.depth.clamp(1, MAX_DEPTH);
    spread(
        graph,
        &[from],
        &Walk {
            depth,
            ..walk.clone()
        },
    )
}

/// What leads to a node, as far as there is anything.
pub fn ancestors<A: Adjacency>(
    graph: &A,
    from: NodeId,
    kinds: &[EdgeKind],
    most: usize,
) -> Result<Subgraph, A::Error> {
    lineage(graph, from, Direction::In, kinds, most)
}

/// What a node leads to, as far as there is anything.
pub fn descendants<A: Adjacency>(
    graph: &A,
    from: NodeId,
    kinds: &[EdgeKind],
    most: usize,
) -> Result<Subgraph, A::Error> {
    lineage(graph, from, Direction::Out, kinds, most)
}

fn lineage<A: Adjacency>(
    graph: &A,
    from: NodeId,
    direction: Direction,
    kinds: &[EdgeKind],
    most: usize,
) -> Result<Subgraph, A::Error> {
    // Without kinds: the session's structure. A guess about likeness is no descent.
    let kinds = if kinds.is_empty() {
        EdgeKind::ALL
            .iter()
            .copied()
            .filter(|kind| kind.is_structural())
            .collect()
    } else {
        kinds.to_vec()
    };
    let walk = Walk {
        depth: u32::MAX,
        direction,
        kinds,
        most,
    };
    spread(graph, &[from], &walk)
}

/// The nodes within reach of any of these, and these themselves, with the edges between them.
pub fn subgraph<A: Adjacency>(
    graph: &A,
    from: &[NodeId],
    walk: &Walk,
) -> Result<Subgraph, A::Error> {
    let roots: BTreeSet<NodeId> = from.iter().copied().collect();
    let mut truncated = roots.len() > walk.most;
    let roots: Vec<NodeId> = roots.into_iter().take(walk.most).collect();
    let mut found = spread(graph, &roots, walk)?;
    found
        .nodes
        .extend(roots.iter().map(|&id| Reached { id, depth: 0 }));
    found.nodes.sort_by_key(|it| (it.depth, it.id));
    // Edges between nodes of the last depth were not met on the way.
    let inside: BTreeSet<NodeId> = found.nodes.iter().map(|it| it.id).collect();
    let mut edges = Met::default();
    for &id in &inside {
        let out = graph.edges_at(id, Direction::Out, &walk.kinds, walk.most)?;
        truncated |= out.len() >= walk.most;
        edges.extend(
            out.into_iter()
                .filter(|edge| inside.contains(&edge.target_node_id)),
        );
    }
    Ok(Subgraph {
        nodes: found.nodes,
        edges: edges.into_edges(),
        truncated: truncated || found.truncated,
    })
}

fn spread<A: Adjacency>(graph: &A, from: &[NodeId], walk: &Walk) -> Result<Subgraph, A::Error> {
    let mut seen: BTreeSet<NodeId> = from.iter().copied().collect();
    let mut frontier: Vec<NodeId> = seen.iter().copied().collect();
    let mut found = Subgraph::default();
    let mut edges = Met::default();
    let mut depth = 0;
    while depth < walk.depth && !frontier.is_empty() {
        depth += 1;
        let mut next = BTreeSet::new();
        for &at in &frontier {
            let met = graph.edges_at(at, walk.direction, &walk.kinds, walk.most)?;
            found.truncated |= met.len() >= walk.most;
            for edge in met {
                let other = other_end(&edge, at);
                if !seen.contains(&other) {
                    if seen.len() >= walk.most {
                        found.truncated = true;
                        continue;
                    }
                    seen.insert(other);
                    next.insert(other);
                }
                edges.insert(edge);
            }
        }
        found
            .nodes
            .extend(next.iter().map(|&id| Reached { id, depth }));
        frontier = next.into_iter().collect();
    }
    found.edges = edges.into_edges();
    Ok(found)
}

/// A way between two nodes.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// From the first to the last, both included.
    pub nodes: Vec<NodeId>,
    /// The edges between them, one fewer.
    pub edges: Vec<Edge>,
}

/// What looking for a way came to.
#[derive(Clone, Debug, PartialEq)]
pub enum Way {
    /// A shortest one; among several, always the same.
    Found(Path),
    /// There is none of that length.
    None,
    /// None was found before the bound on nodes was met.
    Unknown,
}

/// A shortest way of at most `longest` edges ([`MAX_PATH`] if that is less).
pub fn shortest_path<A: Adjacency>(
    graph: &A,
    from: NodeId,
    to: NodeId,
    walk: &Walk,
) -> Result<Way, A::Error> {
    if from == to {
        return Ok(Way::Found(Path {
            nodes: vec![from],
            edges: Vec::new(),
        }));
    }
    // By the edge that each node was first reached with.
    let mut came: BTreeMap<NodeId, Option<Edge>> = BTreeMap::from([(from, None)]);
    let mut frontier = vec![from];
    let mut truncated = false;
    for _ in 0..walk.depth.min(MAX_PATH) {
        let mut next = BTreeSet::new();
        for &at in &frontier {
            let met = graph.edges_at(at, walk.direction, &walk.kinds, walk.most)?;
            truncated |= met.len() >= walk.most;
            for edge in met {
                let other = other_end(&edge, at);
                if came.contains_key(&other) {
                    continue;
                }
                if other != to && came.len() >= walk.most {
                    truncated = true;
                    continue;
                }
                came.insert(other, Some(edge));
                next.insert(other);
            }
        }
        if came.contains_key(&to) {
            return Ok(Way::Found(back(&came, to)));
        }
        if next.is_empty() {
            break;
        }
        frontier = next.into_iter().collect();
    }
    Ok(if truncated { Way::Unknown } else { Way::None })
}

fn back(came: &BTreeMap<NodeId, Option<Edge>>, to: NodeId) -> Path {
    let mut nodes = vec![to];
    let mut edges = Vec::new();
    let mut at = to;
    while let Some(Some(edge)) = came.get(&at) {
        at = other_end(edge, at);
        nodes.push(at);
        edges.push(edge.clone());
    }
    nodes.reverse();
    edges.reverse();
    Path { nodes, edges }
}

fn other_end(edge: &Edge, end: NodeId) -> NodeId {
    if edge.source_node_id == end {
        edge.target_node_id
    } else {
        edge.source_node_id
    }
}

/// Edges that were met, each once.
#[derive(Default)]
struct Met(BTreeMap<(NodeId, NodeId, EdgeKind), Edge>);

impl Met {
    fn insert(&mut self, edge: Edge) {
        let key = (edge.source_node_id, edge.target_node_id, edge.kind);
        self.0.entry(key).or_insert(edge);
    }

    fn extend(&mut self, edges: impl Iterator<Item = Edge>) {
        for edge in edges {
            self.insert(edge);
        }
    }

    fn into_edges(self) -> Vec<Edge> {
        self.0.into_values().collect()
    }
}

#[cfg(test)]
mod tests;
