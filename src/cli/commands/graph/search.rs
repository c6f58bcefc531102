//! `git tend graph search`.

use serde_json::{Value, json};

use super::not_understood;
use crate::cli::app::App;
use crate::cli::error::CommandError;
use crate::cli::exit_code::Exit;
use crate::cli::sessions_view::{document, hits};
use crate::cli::ui::plain;
use crate::graph::search::{MAX_LIMIT, Query, Weights};
use crate::graph::{Graph, GraphError};
use crate::report::json::SCHEMA;

/// Find nodes by words, the best first; without words the newest
///
/// All words must be there; `"two words"` in quotes of their own follow each other, and `word*` is the beginning of one.
/// Filters stand among them: project: type: outcome: model: tool: tag: agent: since: until:, such as type:debugging since:7d.
/// With -q only ids are printed.
#[derive(Debug, clap::Args)]
pub struct SearchArgs {
    /// Words and filters
    #[arg(value_name = "WORDS")]
    pub words: Vec<String>,
    /// Archived nodes too: those that matter little by now, for they are old and nobody reads them
    #[arg(long, conflicts_with_all = ["messages", "facts"])]
    pub archived: bool,
    /// At most so many, and never more than 500
    #[arg(short = 'n', long, value_name = "N", default_value_t = 20)]
    pub limit: usize,
    /// In what was said, as far as conversations are kept; -q prints sessions
    #[arg(long)]
    pub messages: bool,
    /// In what reads like a fact in it, the newest first; -q prints sessions
    #[arg(long, conflicts_with = "messages")]
    pub facts: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Finds.
pub fn search(args: &SearchArgs, app: &App) -> Result<Exit, CommandError> {
    let graph = app.graph_to_read()?;
    let now = app.now();
    let mut query = Query::parse(&args.words.join(" "), now, &app.zone())
        .map_err(|error| not_understood(error.into(), "search"))?;
    query.with_archived = args.archived;
    let found = find(args, &graph, &query, app)
        .map_err(|error| not_understood(error, "search the graph"))?;
    if args.json {
        document::print(&found.document, app)?;
    } else if app.ui.is_quiet() {
        for name in found.names {
            app.ui.out(plain(&name))?;
        }
    } else if found.lines.is_empty() {
        app.ui.say("nothing found");
    } else {
        app.ui.lines(&found.lines)?;
        if found.more && args.limit < MAX_LIMIT {
            let limit = args.limit.saturating_mul(5).min(MAX_LIMIT);
            app.ui.say(format!("there are more · -n {limit}"));
        }
    }
    Ok(Exit::Fine)
}

struct Found {
    document: Value,
    /// What `-q` prints.
    names: Vec<String>,
    lines: Vec<crate::cli::screen::Text>,
    more: bool,
}

fn find(args: &SearchArgs, graph: &Graph, query: &Query, app: &App) -> Result<Found, GraphError> {
    let (now, most) = (app.now(), Some(args.limit));
    let width = app.ui.columns().unwrap_or(usize::MAX);
    if args.messages {
        let found = graph.search_messages(query, None, most, now)?;
        let sessions = found.iter().filter_map(|hit| hit.session.clone());
        return Ok(Found {
            document: listed(found.iter().map(hits::message_document), None),
            names: each_once(sessions),
            lines: hits::messages(&found, graph, now, width),
            more: found.len() == args.limit,
        });
    }
    if args.facts {
        let found = graph.facts(query, None, most)?;
        let sessions = found.iter().filter_map(|hit| hit.session.clone());
        return Ok(Found {
            document: listed(found.iter().map(hits::fact_document), None),
            names: each_once(sessions),
            lines: hits::facts(&found, graph, now, width),
            more: found.len() == args.limit,
        });
    }
    let found = graph.search(query, most, now, &Weights::default())?;
    let documents = found.hits.iter().map(hits::node_document);
    Ok(Found {
        document: listed(documents, Some(found.more)),
        names: found
            .hits
            .iter()
            .map(|hit| hit.node.id.to_string())
            .collect(),
        lines: hits::nodes(&found.hits, graph, now, width),
        more: found.more,
    })
}

fn listed(hits: impl Iterator<Item = Value>, more: Option<bool>) -> Value {
    let mut document = json!({ "schema": SCHEMA, "hits": hits.collect::<Vec<_>>() });
    if let Some(more) = more {
        document["more"] = json!(more);
    }
    document
}

fn each_once(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = std::collections::BTreeSet::new();
    names.filter(|name| seen.insert(name.clone())).collect()
}
