//! `git tend graph`.

mod ask;
mod connect;
mod export;
mod path;
mod patterns;
mod search;
mod show;

use crate::cli::app::App;
use crate::cli::error::CommandError;
use crate::cli::exit_code::Exit;
use crate::graph::walk::Direction;
use crate::graph::{EdgeKind, GraphError};

/// What was learned from agents' sessions: find it, look at it, connect it
///
/// A node is a piece of work in a session of a coding agent: what it was about, what it took, what went wrong. Edges say how
/// one follows from another, or has to do with it. It is all on this machine, and made without any model.
#[derive(Debug, clap::Args)]
pub struct GraphArgs {
    /// What to do with it.
    #[command(subcommand)]
    pub verb: GraphVerb,
}

/// What to do with the graph.
#[derive(Debug, clap::Subcommand)]
#[allow(missing_docs)] // a doc comment here would replace the help text of the verb's own `Args`
pub enum GraphVerb {
    Search(search::SearchArgs),
    Show(show::ShowArgs),
    Path(path::PathArgs),
    Patterns(patterns::PatternsArgs),
    Connect(connect::ConnectArgs),
    Export(export::ExportArgs),
    Ask(ask::AskArgs),
}

/// Does it.
pub fn graph(args: &GraphArgs, app: &App) -> Result<Exit, CommandError> {
    match &args.verb {
        GraphVerb::Search(args) => search::search(args, app),
        GraphVerb::Show(args) => show::show(args, app),
        GraphVerb::Path(args) => path::path(args, app),
        GraphVerb::Patterns(args) => patterns::patterns(args, app),
        GraphVerb::Connect(args) => connect::connect(args, app),
        GraphVerb::Export(args) => export::export(args, app),
        GraphVerb::Ask(args) => ask::ask(args, app),
    }
}

/// Which edges a walk follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Way {
    /// From source to target
    Out,
    /// From target to source
    In,
    /// Either way
    #[default]
    Both,
}

impl From<Way> for Direction {
    fn from(way: Way) -> Self {
        match way {
            Way::Out => Self::Out,
            Way::In => Self::In,
            Way::Both => Self::Both,
        }
    }
}

fn kind(text: &str) -> Result<EdgeKind, String> {
    EdgeKind::from_word(text).ok_or_else(|| format!("one of {}", EdgeKind::WORDS.join(", ")))
}

/// What was typed and cannot be understood is wrong usage; anything else is a failure.
fn not_understood(error: GraphError, doing: &str) -> CommandError {
    match error {
        GraphError::Search(error) => CommandError::usage(crate::cli::ui::plain(&error.to_string())),
        error => CommandError::failed(format!("failed to {doing}")).because(&error),
    }
}
