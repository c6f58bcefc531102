//! `git tend graph connect`.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::SignedDuration;
use serde_json::json;

use crate::cli::app::App;
use crate::cli::error::{CommandError, Context as _};
use crate::cli::exit_code::Exit;
use crate::cli::sessions_view::{document, find, links, walks};
use crate::cli::{arguments, format};
use crate::graph::connect::Policy;
use crate::graph::{Edge, Graph, NodeId};
use crate::report::json::SCHEMA;

/// Look for connections between nodes
///
/// Of the nodes that were analysed lately and not looked at within a day: nodes that they name, lessons that were learned
/// before, failures that came before, projects, techniques in common, and likeness. No model is asked, and nothing is found
/// twice.
#[derive(Debug, clap::Args)]
pub struct ConnectArgs {
    /// Look at these, whenever they were looked at last
    #[arg(value_name = "NODE", conflicts_with_all = ["since", "limit"])]
    pub nodes: Vec<String>,
    /// Analysed within this time
    #[arg(long, value_name = "SPAN", default_value = "7d", value_parser = arguments::duration)]
    pub since: Duration,
    /// At most so many nodes, the newest
    #[arg(short = 'n', long, value_name = "N", default_value_t = 100)]
    pub limit: usize,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// So many edges are shown.
const SHOWN: usize = 30;

/// Looks for connections.
pub fn connect(args: &ConnectArgs, app: &App) -> Result<Exit, CommandError> {
    // Before anything is made: without a graph there is nothing to look at.
    drop(app.graph_to_read()?);
    let mut graph = app.graph()?;
    let policy = Policy {
        look_back: SignedDuration::try_from(args.since).unwrap_or(SignedDuration::MAX),
        limit: args.limit,
        ..Policy::default()
    };
    let nodes = if args.nodes.is_empty() {
        let skip = BTreeSet::new();
        graph
            .due_for_discovery(&policy, &skip, app.now())
            .context("find the nodes that are due")?
    } else {
        find::nodes(&graph, &args.nodes)?
    };
    // A pair that is connected already is left alone: the order must not be that of arrival, nor of what was typed.
    let nodes: BTreeSet<NodeId> = nodes.into_iter().collect();
    let mut edges = Vec::new();
    for &id in &nodes {
        let found = graph
            .discover_edges(id, &policy, app.now())
            .context("look for connections")?;
        edges.extend(found);
    }
    if args.json {
        document::print(
            &json!({
                "schema": SCHEMA,
                "nodes": nodes,
                "edges": edges.iter().map(document::edge).collect::<Vec<_>>(),
            }),
            app,
        )?;
        return Ok(Exit::Fine);
    }
    tell(args, &nodes, &edges, &graph, app)?;
    Ok(Exit::Fine)
}

fn tell(
    args: &ConnectArgs,
    nodes: &BTreeSet<NodeId>,
    edges: &[Edge],
    graph: &Graph,
    app: &App,
) -> Result<(), CommandError> {
    if nodes.is_empty() {
        let span = format::span(args.since);
        let span = span.strip_suffix(" 0h").unwrap_or(&span);
        app.ui.say(format!(
            "no node of the last {span} is due: each is looked at once a day · git tend graph connect NODE"
        ));
        return Ok(());
    }
    if !app.ui.is_quiet() {
        let width = app.ui.columns().unwrap_or(usize::MAX);
        app.ui.lines(&walks::found(edges, SHOWN, graph, width)?)?;
    }
    let looked = format::count(nodes.len(), "node", "nodes");
    let found = match edges.len() {
        0 => "no new connections".to_owned(),
        count => format!(
            "{}: {}",
            format::count(count, "new connection", "new connections"),
            links::counted(edges)
        ),
    };
    app.ui.say(format!("{looked} looked at · {found}"));
    Ok(())
}
