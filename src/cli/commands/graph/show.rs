//! `git tend graph show`.

use super::{Way, kind};
use crate::cli::app::App;
use crate::cli::error::{CommandError, Context as _};
use crate::cli::exit_code::Exit;
use crate::cli::sessions_view::{document, find, node, walks};
use crate::graph::walk::{MOST_NODES, Subgraph, Walk, ancestors, descendants, neighbours};
use crate::graph::{EdgeKind, Graph, NodeId};

/// Tell a node's whole story, or what is near it
///
/// What it was about, what it took and with which models, what went wrong, how it went, what is to be learned, and what it is
/// connected with.
#[derive(Debug, clap::Args)]
pub struct ShowArgs {
    /// The node's id, or an unambiguous beginning of it; with `-v2` that version
    #[arg(value_name = "NODE")]
    pub node: String,
    /// What can be reached in so many steps: 1 to 5
    #[arg(long, value_name = "STEPS", value_parser = clap::value_parser!(u32).range(1..=5))]
    pub neighbours: Option<u32>,
    /// What led to it in the structure of sessions, however far
    #[arg(long, conflicts_with_all = ["neighbours", "descendants"])]
    pub ancestors: bool,
    /// What it led to in the structure of sessions, however far
    #[arg(long, conflicts_with = "neighbours")]
    pub descendants: bool,
    /// Follow only edges of this kind, such as `semantic`; may be repeated
    #[arg(long = "kind", value_name = "KIND", value_parser = kind)]
    pub kinds: Vec<EdgeKind>,
    /// Which way edges are followed
    #[arg(long, value_name = "WAY", value_enum, requires = "neighbours")]
    direction: Option<Way>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Shows a node.
pub fn show(args: &ShowArgs, app: &App) -> Result<Exit, CommandError> {
    let graph = app.graph_to_read()?;
    let width = app.ui.columns().unwrap_or(usize::MAX);
    if args.neighbours.is_some() || args.ancestors || args.descendants {
        let id = find::node(&graph, &args.node)?;
        let found = walked(args, &graph, id)?;
        if args.json {
            document::print(&document::walked(id, &found), app)?;
        } else {
            app.ui.lines(&walks::reached(id, &found, &graph, width)?)?;
        }
        if found.truncated {
            app.ui
                .warn(format!("only the first {MOST_NODES} nodes were looked at"));
        }
        return Ok(Exit::Fine);
    }
    if !args.kinds.is_empty() {
        return Err(CommandError::usage(
            "--kind says which edges --neighbours, --ancestors or --descendants follow",
        ));
    }
    let told = node::told(&graph, &args.node)?;
    if args.json {
        document::print(&document::node(&told), app)?;
    } else {
        app.ui.lines(&node::story(&told, &graph, width, app))?;
    }
    drop(graph);
    if let Some(mut graph) = app.graph_at_once() {
        // What is read is not forgotten so soon; that it was read is not worth a word if it cannot be noted.
        let _ = graph.note_access(told.stored.node.id, app.now());
    }
    Ok(Exit::Fine)
}

fn walked(args: &ShowArgs, graph: &Graph, id: NodeId) -> Result<Subgraph, CommandError> {
    let found = if args.ancestors {
        ancestors(graph, id, &args.kinds, MOST_NODES)
    } else if args.descendants {
        descendants(graph, id, &args.kinds, MOST_NODES)
    } else {
        let walk = Walk {
            depth: args.neighbours.unwrap_or(1),
            direction: args.direction.unwrap_or_default().into(),
            kinds: args.kinds.clone(),
            most: MOST_NODES,
        };
        neighbours(graph, id, &walk)
    };
    found.context("walk the graph")
}
