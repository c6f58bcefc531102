//! `git tend prompt`.

use serde_json::{Value, json};

use crate::cli::app::{App, graph_error};
use crate::cli::error::CommandError;
use crate::cli::exit_code::Exit;
use crate::cli::screen::{Give, Grid, Text};
use crate::cli::sessions_view::document;
use crate::cli::ui::{Role, plain};
use crate::cli::{format, prompting};
use crate::graph::db::KnownPrompt;
use crate::report::json::SCHEMA;

/// The instructions that sessions are analysed with, and their versions
///
/// A node says by which version it was judged, such as v3-a1b2c3d4; other words make another version, comments and white space
/// do not. Copies of all versions are kept in the folder `prompts` beside the graph.
#[derive(Debug, clap::Args)]
pub struct PromptArgs {
    /// What to do with them.
    #[command(subcommand)]
    pub verb: PromptVerb,
}

/// What to do with instructions.
#[derive(Debug, clap::Subcommand)]
#[allow(missing_docs)] // a doc comment here would replace the help text of the verb's own `Args`
pub enum PromptVerb {
    List(ListArgs),
    Bump(BumpArgs),
}

/// List the versions, the newest first
#[derive(Debug, clap::Args)]
pub struct ListArgs {
    /// Print JSON, with the texts
    #[arg(long)]
    pub json: bool,
}

/// Make another version of the present text: the nightly run analyses again what the older ones analysed
#[derive(Debug, clap::Args)]
pub struct BumpArgs {
    /// Why
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub reason: String,
}

/// Does it.
pub fn prompt(args: &PromptArgs, app: &App) -> Result<Exit, CommandError> {
    match &args.verb {
        PromptVerb::List(args) => list(args, app),
        PromptVerb::Bump(args) => bump(args, app),
    }
}

fn bump(args: &BumpArgs, app: &App) -> Result<Exit, CommandError> {
    let mut graph = app.graph()?;
    let numbered = prompting::bump(app, &mut graph, &args.reason)?;
    app.ui.out(numbered.version.to_string())?;
    let from = numbered.instructions.file;
    let from = from.map_or("built in".to_owned(), |file| plain(&file.to_string_lossy()));
    app.ui.say(format!(
        "sessions are analysed with it from now on, and others again at night · {from}"
    ));
    Ok(Exit::Fine)
}

fn list(args: &ListArgs, app: &App) -> Result<Exit, CommandError> {
    let graph = app.existing_graph()?;
    let mut known = match graph {
        None => Vec::new(),
        Some(graph) => graph
            .prompt_versions()
            .map_err(|error| graph_error("read the versions", &error))?,
    };
    known.reverse();
    if args.json {
        let versions: Vec<Value> = known.iter().map(version).collect();
        document::print(&json!({ "schema": SCHEMA, "versions": versions }), app)?;
    } else if known.is_empty() {
        app.ui.say("no session has been analysed yet");
    } else {
        let mut grid = Grid::new(&["VERSION", "MADE", "REASON"]).gives(&[(2, Give::Shrink(12))]);
        for it in &known {
            grid.row([
                Text::of(Role::Name, it.name()),
                Text::new(format::ago(it.created_at, app.now())),
                Text::new(&it.reason),
            ]);
        }
        app.ui
            .lines(&grid.lines(app.ui.columns().unwrap_or(usize::MAX)))?;
    }
    Ok(Exit::Fine)
}

fn version(of: &KnownPrompt) -> Value {
    json!({
        "version": of.name(),
        "number": of.number,
        "digest": of.digest,
        "createdAt": of.created_at,
        "reason": of.reason,
        "text": of.text,
    })
}
