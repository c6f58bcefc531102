//! `git tend graph path`.

use serde_json::json;

use super::{Way, kind};
use crate::cli::app::App;
use crate::cli::error::{CommandError, Context as _};
use crate::cli::exit_code::Exit;
use crate::cli::sessions_view::{document, find, walks};
use crate::graph::EdgeKind;
use crate::graph::walk::{self, MAX_PATH, MOST_NODES, Walk, shortest_path};
use crate::report::json::SCHEMA;

/// Find a shortest way from one node to another
///
/// Exits with 1 if there is none of at most 20 steps.
#[derive(Debug, clap::Args)]
pub struct PathArgs {
    /// Where it begins
    #[arg(value_name = "FROM")]
    pub from: String,
    /// Where it ends
    #[arg(value_name = "TO")]
    pub to: String,
    /// Follow only edges of this kind, such as `semantic`; may be repeated
    #[arg(long = "kind", value_name = "KIND", value_parser = kind)]
    pub kinds: Vec<EdgeKind>,
    /// Which way edges are followed
    #[arg(long, value_name = "WAY", value_enum, default_value_t)]
    direction: Way,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Finds a way.
pub fn path(args: &PathArgs, app: &App) -> Result<Exit, CommandError> {
    let graph = app.graph_to_read()?;
    let (from, to) = (
        find::node(&graph, &args.from)?,
        find::node(&graph, &args.to)?,
    );
    let walk = Walk {
        depth: MAX_PATH,
        direction: args.direction.into(),
        kinds: args.kinds.clone(),
        ..Walk::default()
    };
    let way = shortest_path(&graph, from, to, &walk).context("look for a way")?;
    let path = match &way {
        walk::Way::Found(path) => Some(path),
        walk::Way::None | walk::Way::Unknown => None,
    };
    if args.json {
        let edges = path.map(|path| path.edges.iter().map(document::edge).collect::<Vec<_>>());
        document::print(
            &json!({
                "schema": SCHEMA,
                "from": from,
                "to": to,
                "nodes": path.map(|path| &path.nodes),
                "edges": edges,
            }),
            app,
        )?;
    } else if let Some(path) = path {
        let width = app.ui.columns().unwrap_or(usize::MAX);
        app.ui.lines(&walks::way(path, &graph, width)?)?;
    }
    match way {
        walk::Way::Found(_) => return Ok(Exit::Fine),
        walk::Way::None => app.ui.say(format!(
            "there is no way of at most {MAX_PATH} steps between them"
        )),
        walk::Way::Unknown => app.ui.say(format!(
            "no way was found among the nearest {MOST_NODES} nodes"
        )),
    }
    Ok(Exit::Failed)
}
