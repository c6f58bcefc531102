//! `git tend graph export`.

use std::collections::BTreeSet;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use crate::cli::app::App;
use crate::cli::error::{CommandError, Context as _};
use crate::cli::exit_code::Exit;
use crate::cli::sessions_view::find;
use crate::cli::ui::plain;
use crate::graph::db::Selection;
use crate::graph::export::{Dot, Json};
use crate::graph::search::Filters;
use crate::graph::walk::{MAX_DEPTH, Walk, subgraph};
use crate::graph::{Graph, GraphError, NodeId};
use crate::system::filesystem;

/// Write the graph, or a part of it, as JSON or for Graphviz
///
/// Newest versions only. `git tend graph export --format dot | dot -Tsvg -o graph.svg` draws it.
#[derive(Debug, clap::Args)]
pub struct ExportArgs {
    /// The form
    #[arg(long, value_name = "FORM", value_enum, default_value_t)]
    format: Form,
    /// Write to FILE, which only you may read, in one step
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Only nodes of this project: a folder with everything below it, or its name
    #[arg(long, value_name = "PROJECT", group = "part")]
    pub project: Option<String>,
    /// Only nodes of this session
    #[arg(long, value_name = "SESSION", group = "part")]
    pub session: Option<String>,
    /// Only this node and what is near it
    #[arg(long, value_name = "NODE", group = "part")]
    pub node: Option<String>,
    /// How many steps away from --node
    #[arg(long, value_name = "STEPS", requires = "node", default_value_t = 2,
          value_parser = clap::value_parser!(u32).range(0..=i64::from(MAX_DEPTH)))]
    pub depth: u32,
}

/// The form of the document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    /// For programs
    #[default]
    Json,
    /// For Graphviz
    Dot,
}

/// Writes the graph.
pub fn export(args: &ExportArgs, app: &App) -> Result<Exit, CommandError> {
    let graph = app.graph_to_read()?;
    let part = part(args, &graph, app)?;
    let selection = part.as_ref().map_or(Selection::All, Selection::Nodes);
    match &args.output {
        None => app.ui.write_data(|out| {
            write(&graph, selection, args.format, out).map_err(|error| match error {
                // A reader that went away is known by it.
                GraphError::Output(error) => error,
                error => io::Error::other(error),
            })
        })?,
        Some(path) => {
            let path = app.folder()?.join(path);
            let doing = format!("write {}", plain(&path.to_string_lossy()));
            filesystem::write_private(&path, |out| {
                write(&graph, selection, args.format, &mut BufWriter::new(out))
            })
            .context(&doing)?;
        }
    }
    Ok(Exit::Fine)
}

fn write(
    graph: &Graph,
    selection: Selection<'_>,
    form: Form,
    out: &mut dyn Write,
) -> Result<(), GraphError> {
    match form {
        Form::Json => graph.export(selection, &mut Json::new(out)),
        Form::Dot => graph.export(selection, &mut Dot::new(out)),
    }
}

/// The nodes that are asked for; nothing if all are.
fn part(
    args: &ExportArgs,
    graph: &Graph,
    app: &App,
) -> Result<Option<BTreeSet<NodeId>>, CommandError> {
    let doing = "find the nodes";
    if let Some(project) = &args.project {
        let project = find::project(project, app)?;
        let found = graph.nodes_that_pass(&Filters::of_project(&project));
        return found.context(doing).map(Some);
    }
    if let Some(session) = &args.session {
        let session = find::session(graph, session, app)?;
        let nodes = graph.nodes_of_session(&session).context(doing)?;
        return Ok(Some(nodes.into_iter().map(|node| node.id).collect()));
    }
    if let Some(node) = &args.node {
        let id = find::node(graph, node)?;
        let walk = Walk {
            depth: args.depth,
            ..Walk::default()
        };
        let found = subgraph(graph, &[id], &walk).context(doing)?;
        if found.truncated {
            app.ui.warn(format!(
                "only the first {} nodes are written",
                found.nodes.len()
            ));
        }
        return Ok(Some(found.nodes.into_iter().map(|it| it.id).collect()));
    }
    Ok(None)
}
