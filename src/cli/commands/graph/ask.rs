//! `git tend graph ask`.

use std::collections::BTreeMap;
use std::io;

use serde_json::json;

use crate::agent::ask::ask as asked;
use crate::agent::{prompts, question};
use crate::cli::app::App;
use crate::cli::error::{CommandError, Context as _};
use crate::cli::exit_code::Exit;
use crate::cli::format;
use crate::cli::screen::{Text, flow};
use crate::cli::sessions::calling::{Account, Caller};
use crate::cli::sessions::caps::reached_words;
use crate::cli::sessions_view::find;
use crate::cli::ui::Role;
use crate::graph::connect::content_words;
use crate::graph::ledger::Purpose;
use crate::graph::node::{Node, Quirk};
use crate::graph::search::{Query, Weights};
use crate::graph::{Graph, NodeId};
use crate::report::agents;
use crate::report::json::SCHEMA;
use crate::system::random;
use crate::system::signals::Signals;

/// Ask the agent about past sessions
///
/// It is given the nodes that have most of the question's words (the newest, if none has any), without secrets, and what the
/// totals say where the question is about models, tools or errors. What it answers names the nodes that it has it from. It
/// costs money, within the caps of `[agent]`.
#[derive(Debug, clap::Args)]
pub struct AskArgs {
    /// The question
    #[arg(value_name = "QUESTION", required = true)]
    pub question: Vec<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Of each word's hits so many are looked at.
const HITS: usize = 30;
/// So many quirks and failures go along.
const FIGURES: usize = 10;

/// Asks.
pub fn ask(args: &AskArgs, app: &App) -> Result<Exit, CommandError> {
    let agent = &app.loaded()?.config.agent;
    if !agent.enabled {
        return Err(CommandError::usage("the agent is switched off").hint(
            "[agent] enabled = true in your own config.toml; git tend graph search asks nobody",
        ));
    }
    let question = args.question.join(" ");
    let graph = app.graph_to_read()?;
    let nodes = about(&graph, &question, app)?;
    if nodes.is_empty() {
        return Err(CommandError::failed("the graph is empty").hint("git tend sessions scan"));
    }
    let (mut quirks, mut failures) = (Vec::new(), Vec::new());
    if question::wants_figures(&question) {
        quirks = quirks_of(&nodes);
        failures = graph.failure_patterns(2).context("read the failures")?;
        failures.truncate(FIGURES);
    }
    drop(graph);
    let given: Vec<NodeId> = nodes.iter().map(|node| node.id).collect();
    let prompt = question::prompt(&question, &nodes, &quirks, &failures);
    let own = random::identity();
    let account = Account {
        job: &own,
        run: &own,
        purpose: Purpose::Question,
        node: None,
    };
    let signals = Signals::stops().context("catch signals")?;
    let mut caller = Caller::new(app, account)?;
    app.ui.say(format!(
        "asking {}/{} about {}",
        agent.provider,
        agent.model,
        format::count(nodes.len(), "node", "nodes")
    ));
    let came = asked(
        &mut |prompt: &str| caller.ask(prompts::QUESTION, prompt, &signals, &mut io::sink()),
        &prompt,
        &|value| question::read(value, &given),
        &|_, _| None,
    );
    if signals.stop_count() > 0 {
        return Ok(Exit::Interrupted);
    }
    if let Some(cap) = caller.capped {
        let why = reached_words(cap, agent);
        return Err(CommandError::refused(format!(
            "the agent is not called: {why}"
        )));
    }
    if let Some(error) = caller.broken.take() {
        return Err(crate::cli::app::graph_error(
            "write down what the agent costs",
            &error,
        ));
    }
    let usage = caller.usage;
    let reply = came
        .result
        .map_err(|failure| CommandError::failed("the agent gave no answer").because(&failure))?;
    if args.json {
        app.ui.json(&json!({
            "schema": SCHEMA,
            "question": question,
            "answer": reply.answer,
            "summary": reply.summary,
            "confidence": reply.confidence,
            "sources": reply.sources,
            "cost": usage.cost,
        }))?;
        return Ok(Exit::Fine);
    }
    let width = app.ui.columns().unwrap_or(usize::MAX);
    let mut lines = Vec::new();
    for line in reply.answer.lines() {
        lines.extend(flow([Text::new(line)], width, 0));
    }
    let graph = app.graph_to_read()?;
    if !reply.sources.is_empty() {
        lines.push(Text::default());
    }
    for source in &reply.sources {
        let short = find::short_node(&graph, source.node_id);
        let excerpt = Text::of(Role::Faint, &source.excerpt);
        lines.extend(flow([Text::of(Role::Name, short), excerpt], width, 2));
    }
    let sure = Text::of(Role::Faint, format!("confidence: {}", reply.confidence));
    let cost = agents::cost(usage.cost.unwrap_or_default()).map(|cost| Text::of(Role::Faint, cost));
    lines.push(Text::default());
    lines.extend(flow([sure].into_iter().chain(cost), width, 0));
    app.ui.lines(&lines)?;
    Ok(Exit::Fine)
}

/// The nodes that have most of the question's words, and of these the best; the newest if none has any.
fn about(graph: &Graph, question: &str, app: &App) -> Result<Vec<Node>, CommandError> {
    let doing = "search the graph";
    let (now, zone) = (app.now(), app.zone());
    let weights = Weights::default();
    let mut found: BTreeMap<NodeId, (usize, f64)> = BTreeMap::new();
    for word in content_words(question) {
        let query = Query::parse(&format!("\"{word}\""), now, &zone).context(doing)?;
        let hits = graph
            .search(&query, Some(HITS), now, &weights)
            .context(doing)?;
        for hit in hits.hits {
            let (words, score) = found.entry(hit.node.id).or_default();
            *words += 1;
            *score += hit.score;
        }
    }
    let mut best: Vec<(NodeId, (usize, f64))> = found.into_iter().collect();
    best.sort_by(|(a, x), (b, y)| y.0.cmp(&x.0).then(y.1.total_cmp(&x.1)).then(a.cmp(b)));
    let mut ids: Vec<NodeId> = best.into_iter().map(|(id, _)| id).collect();
    if ids.is_empty() {
        let newest = graph
            .search(&Query::default(), Some(question::MOST_NODES), now, &weights)
            .context(doing)?;
        ids = newest.hits.iter().map(|hit| hit.node.id).collect();
    }
    let mut nodes = Vec::new();
    for id in ids.into_iter().take(question::MOST_NODES) {
        let stored = graph.node(id).context("read the node")?;
        nodes.extend(stored.map(|stored| stored.node));
    }
    Ok(nodes)
}

/// Oddities of models, each once.
fn quirks_of(nodes: &[Node]) -> Vec<Quirk> {
    let mut quirks: Vec<Quirk> = Vec::new();
    for quirk in nodes
        .iter()
        .flat_map(|node| &node.observations.model_quirks)
    {
        let is_known = quirks
            .iter()
            .any(|it| it.model == quirk.model && it.observation == quirk.observation);
        if !is_known && quirks.len() < FIGURES {
            quirks.push(quirk.clone());
        }
    }
    quirks
}
