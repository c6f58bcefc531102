//! What agents did for the repository, as the page shows it.

use jiff::{SignedDuration, Timestamp};

use super::insights::insights;
use crate::cli::app::App;
use crate::cli::error::{CommandError, Context as _};
use crate::cli::sessions::here::Here;
use crate::git::Repo;
use crate::graph::{Graph, NodeId};
use crate::report::html::page::{AgentPiece, AgentWork, SPENDING_DAYS};

/// So many pieces of work are added up.
const ADDED_UP: usize = 5000;
/// So many are shown.
const SHOWN: usize = 40;
/// So many commits of each.
const COMMITS: usize = 5;
/// So many models are told apart.
const MODELS: usize = 30;

/// Looks into the graph; nothing where there is none. No report fails for a graph that cannot be read.
pub(super) fn work(app: &App) -> Option<AgentWork> {
    let looked = app
        .existing_graph()
        .and_then(|graph| graph.map(|graph| look(app, &graph)).transpose());
    looked.unwrap_or_else(|error| {
        app.ui.warn(error.one_line());
        None
    })
}

fn look(app: &App, graph: &Graph) -> Result<AgentWork, CommandError> {
    let here = Here::of(app)?;
    let nodes = graph
        .nodes_about(&here.id, &here.folders, ADDED_UP)
        .context("read the agents' sessions")?;
    let mut pieces = Vec::new();
    for node in nodes.iter().take(SHOWN) {
        pieces.extend(piece(graph, *node, &here.id, app.repo()?)?);
    }
    let added_up = "add up the agents' sessions";
    let mut models = graph.taken_by_models(&nodes).context(added_up)?;
    models.truncate(MODELS);
    let taken = graph.pieces(&nodes).context(added_up)?;
    let days = SignedDuration::from_hours(24 * i64::from(SPENDING_DAYS));
    let since = app.now().checked_sub(days).unwrap_or(Timestamp::MIN);
    Ok(AgentWork {
        pieces,
        all: nodes.len(),
        is_cut: nodes.len() >= ADDED_UP,
        models,
        insights: insights(graph, &here, &taken)?,
        taken,
        spending: graph
            .spending(since, &app.zone())
            .context("read what the agent was called for")?,
    })
}

fn piece(
    graph: &Graph,
    node: NodeId,
    repository: &str,
    repo: &Repo,
) -> Result<Option<AgentPiece>, CommandError> {
    let stored = graph.node(node).context("read an agent's session")?;
    let Some(stored) = stored else {
        return Ok(None);
    };
    let mut made = graph
        .commits_of_node(node)
        .context("read the commits of a session")?;
    made.retain(|it| it.link.repository == repository);
    made.reverse();
    let more_commits = made.len().saturating_sub(COMMITS);
    let commits = made.into_iter().take(COMMITS).map(|it| {
        let found = it
            .link
            .commit
            .parse()
            .ok()
            .and_then(|oid| repo.commit(&oid).ok());
        let subject = found.map_or_else(
            || "(gone)".to_owned(),
            |found| String::from_utf8_lossy(&found.subject).into_owned(),
        );
        (it.link.commit, subject)
    });
    Ok(Some(AgentPiece {
        commits: commits.collect(),
        more_commits,
        node: stored.node,
    }))
}
