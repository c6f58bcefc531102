//! Edges: which way, what they mean, and what is at their other end.

use super::{find, words};
use crate::cli::error::{CommandError, Context as _};
use crate::cli::format;
use crate::cli::screen::{Give, Grid, Text};
use crate::cli::ui::Role;
use crate::graph::walk::{Adjacency as _, Direction};
use crate::graph::{Edge, EdgeKind, Graph, Node, NodeId};

/// An edge as it is seen from one of its ends.
#[derive(Clone, Debug)]
pub struct Linked {
    /// The edge.
    pub edge: Edge,
    /// Whether it leads away from here.
    pub leads_away: bool,
    /// The node at the other end.
    pub other: Node,
}

impl Linked {
    /// The end that it is seen from.
    pub const fn here(&self) -> NodeId {
        if self.leads_away {
            self.edge.source_node_id
        } else {
            self.edge.target_node_id
        }
    }
}

/// The edges at a node, those of the session's structure first; at most `most` in each direction.
pub fn of_node(graph: &Graph, id: NodeId, most: usize) -> Result<Vec<Linked>, CommandError> {
    let mut found = Vec::new();
    for (direction, leads_away) in [(Direction::In, false), (Direction::Out, true)] {
        let edges = graph
            .edges_at(id, direction, &[], most)
            .context("read the node's edges")?;
        found.extend(with_other_ends(graph, edges, leads_away)?);
    }
    let rank = |linked: &Linked| {
        let of_structure = linked.edge.kind.is_structural();
        (!of_structure, linked.leads_away, linked.edge.kind)
    };
    found.sort_by_key(rank);
    Ok(found)
}

/// Edges with the nodes that they lead to, or come from.
pub fn with_other_ends(
    graph: &Graph,
    edges: Vec<Edge>,
    leads_away: bool,
) -> Result<Vec<Linked>, CommandError> {
    let mut found = Vec::with_capacity(edges.len());
    for edge in edges {
        let other = if leads_away {
            edge.target_node_id
        } else {
            edge.source_node_id
        };
        let other = graph.node(other).context("read the other node")?;
        found.extend(other.map(|other| Linked {
            edge,
            leads_away,
            other: other.node,
        }));
    }
    Ok(found)
}

/// Edges as a table. Those of several nodes begin with the node that each is seen from.
pub fn lines(links: &[Linked], several: bool, graph: &Graph, width: usize) -> Vec<Text> {
    let mut grid = Grid::new(&["", "", "", "", "", ""]).gives(&[
        (5, Give::Shrink(24)),
        (4, Give::Shrink(30)),
        (5, Give::Leave),
        (4, Give::Shrink(10)),
        (2, Give::Shrink(6)),
    ]);
    for it in links {
        let here = if several {
            find::short_node(graph, it.here())
        } else {
            String::new()
        };
        grid.row([
            Text::of(Role::Name, here),
            Text::of(Role::Faint, if it.leads_away { "→" } else { "←" }),
            kind(it.edge.kind),
            Text::of(Role::Name, find::short_node(graph, it.other.id)),
            Text::new(words::about(&it.other)),
            Text::of(Role::Faint, why(&it.edge)),
        ]);
    }
    grid.lines(width)
}

/// What an edge means, in a look for how sure it is.
pub fn kind(kind: EdgeKind) -> Text {
    if kind.is_structural() {
        Text::new(kind)
    } else {
        Text::of(Role::Active, kind)
    }
}

/// Why there is an edge.
pub fn why(edge: &Edge) -> String {
    let told = &edge.metadata;
    let mut parts = Vec::new();
    if let Some(minutes) = told.gap_minutes {
        let pause = words::minutes(minutes);
        parts.extend((!pause.is_empty()).then(|| format!("after {pause}")));
    }
    parts.extend(told.reason.clone());
    parts.extend(told.summary.clone());
    if let Some(similarity) = edge.similarity {
        parts.push(format!("{} alike", format::percent(similarity)));
    } else if edge.confidence < 1.0 {
        parts.push(format!("{} sure", format::percent(edge.confidence)));
    }
    parts.join(" · ")
}

/// How many edges of each kind, the commonest first: `3 semantic · 1 reference`.
pub fn counted<'a>(edges: impl IntoIterator<Item = &'a Edge>) -> String {
    let mut counts = std::collections::BTreeMap::<EdgeKind, usize>::new();
    for edge in edges {
        *counts.entry(edge.kind).or_default() += 1;
    }
    let mut counts: Vec<(EdgeKind, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|(kind, count)| (std::cmp::Reverse(*count), *kind));
    let counts: Vec<String> = counts
        .iter()
        .map(|(kind, count)| format!("{count} {kind}"))
        .collect();
    counts.join(" · ")
}
