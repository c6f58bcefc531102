//! What is near a node, and the way from one to another.

use super::{find, links, words};
use crate::cli::error::{CommandError, Context as _};
use crate::cli::format;
use crate::cli::screen::{Give, Grid, Text};
use crate::cli::ui::Role;
use crate::graph::walk::{Path, Reached, Subgraph};
use crate::graph::{Edge, Graph, NodeId};

/// So many nodes of a walk are shown.
const SHOWN: usize = 200;

/// The nodes that a walk from a node reached, by how far they are.
pub fn reached(
    from: NodeId,
    found: &Subgraph,
    graph: &Graph,
    width: usize,
) -> Result<Vec<Text>, CommandError> {
    let count = format::count(found.nodes.len(), "node", "nodes");
    let edges = links::counted(&found.edges);
    let mut lines = vec![
        Text::joined(
            [
                Text::of(Role::Name, find::short_node(graph, from)),
                Text::new(count),
                Text::of(Role::Faint, edges),
            ],
            " · ",
        )
        .cut(width),
    ];
    let mut grid = Grid::new(&["STEPS", "NODE", "BY", "PROJECT", "WHAT"])
        .right(&[0])
        .gives(&[
            (4, Give::Shrink(30)),
            (3, Give::Leave),
            (4, Give::Shrink(16)),
            (2, Give::Leave),
            (0, Give::Leave),
        ]);
    for Reached { id, depth } in found.nodes.iter().take(SHOWN) {
        let Some(stored) = graph.node(*id).context("read the node")? else {
            continue;
        };
        grid.row([
            Text::new(depth),
            Text::of(Role::Name, find::short_node(graph, *id)),
            by(*id, *depth, from, found),
            Text::new(words::project(&stored.node.classification.project)),
            Text::new(words::about(&stored.node)),
        ]);
    }
    lines.extend(grid.lines(width));
    let left = found.nodes.len().saturating_sub(SHOWN);
    if left > 0 {
        lines.push(Text::of(Role::Faint, format!("… {left} more · --json has all")).cut(width));
    }
    Ok(lines)
}

/// An edge by which a walk came to a node: one from a node that is nearer.
fn by(id: NodeId, depth: u32, from: NodeId, found: &Subgraph) -> Text {
    let depth_of = |other: NodeId| {
        if other == from {
            return Some(0);
        }
        let reached = found.nodes.iter().find(|it| it.id == other)?;
        Some(reached.depth)
    };
    let is_nearer = |other: NodeId| depth_of(other).is_some_and(|other| other < depth);
    let edge = found.edges.iter().find_map(|edge| {
        let (source, target) = (edge.source_node_id, edge.target_node_id);
        if target == id && is_nearer(source) {
            Some(("→", edge))
        } else if source == id && is_nearer(target) {
            Some(("←", edge))
        } else {
            None
        }
    });
    edge.map_or_else(Text::default, |(arrow, edge)| {
        Text::of(Role::Faint, arrow)
            .and(" ")
            .then(links::kind(edge.kind))
    })
}

/// A way, node by node.
pub fn way(path: &Path, graph: &Graph, width: usize) -> Result<Vec<Text>, CommandError> {
    let mut grid = Grid::new(&["", "", "", "", ""]).gives(&[
        (4, Give::Shrink(24)),
        (3, Give::Shrink(30)),
        (4, Give::Leave),
        (3, Give::Shrink(16)),
    ]);
    let steps = std::iter::once(None).chain(path.edges.iter().map(Some));
    for (id, edge) in path.nodes.iter().zip(steps) {
        let about = graph.node(*id).context("read the node")?;
        let about = about.map_or_else(String::new, |it| words::about(&it.node).to_owned());
        let (arrow, kind, why) = match edge {
            None => ("", Text::default(), String::new()),
            Some(edge) => (
                if edge.target_node_id == *id {
                    "→"
                } else {
                    "←"
                },
                links::kind(edge.kind),
                links::why(edge),
            ),
        };
        grid.row([
            Text::of(Role::Faint, arrow),
            kind,
            Text::of(Role::Name, find::short_node(graph, *id)),
            Text::new(about),
            Text::of(Role::Faint, why),
        ]);
    }
    Ok(grid.lines(width))
}

/// Edges that were found from each node, as a table; at most `most`.
pub fn found(
    edges: &[Edge],
    most: usize,
    graph: &Graph,
    width: usize,
) -> Result<Vec<Text>, CommandError> {
    let shown = edges.iter().take(most).cloned().collect();
    let shown = links::with_other_ends(graph, shown, true)?;
    let mut lines = links::lines(&shown, true, graph, width);
    let left = edges.len().saturating_sub(most);
    if left > 0 {
        lines.push(Text::of(Role::Faint, format!("… {left} more · --json has all")).cut(width));
    }
    Ok(lines)
}
