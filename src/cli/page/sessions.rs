//! What agents did for the repository, as the page shows it.

use crate::cli::app::App;
use crate::cli::error::{CommandError, Context as _};
use crate::git::Repo;
use crate::graph::{Graph, NodeId};
use crate::report::html::page::{AgentPiece, AgentWork};
use crate::system::dirs::RepositoryId;

/// So many pieces of work are added up.
const ADDED_UP: usize = 5000;
/// So many are shown.
const SHOWN: usize = 40;
/// So many commits of each.
const COMMITS: usize = 5;
/// So many models are told apart.
const MODELS: usize = 30;

/// Looks into the graph; nothing where there is none. No report fails for a graph that cannot be read.
pub(super) fn work(app: &App) -> Result<Option<AgentWork>, CommandError> {
    let graph = app.existing_graph().unwrap_or_else(|error| {
        app.ui.warn(error.one_line());
        None
    });
    let Some(graph) = graph else {
        return Ok(None);
    };
    let id = RepositoryId::of(&app.located()?.common_dir).context("name the repository")?;
    let nodes = graph
        .nodes_about(id.as_str(), &folders(app)?, ADDED_UP)
        .context("read the agents' sessions")?;
    let mut pieces = Vec::new();
    for node in nodes.iter().take(SHOWN) {
        pieces.extend(piece(&graph, *node, id.as_str(), app.repo()?)?);
    }
    let mut models = graph
        .taken_by_models(&nodes)
        .context("add up the agents' sessions")?;
    models.truncate(MODELS);
    Ok(Some(AgentWork {
        pieces,
        all: nodes.len(),
        is_cut: nodes.len() >= ADDED_UP,
        models,
    }))
}

/// The repository's worktrees, as sessions name their folders.
fn folders(app: &App) -> Result<Vec<String>, CommandError> {
    let worktrees = app.repo()?.worktrees().context("list the worktrees")?;
    let own = app.located()?.worktree.clone();
    let paths = worktrees.into_iter().map(|it| it.path).chain(own);
    let mut folders: Vec<String> = paths
        .filter_map(|path| path.into_os_string().into_string().ok())
        .collect();
    folders.sort();
    folders.dedup();
    Ok(folders)
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
