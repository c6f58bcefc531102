//! The sessions of coding agents that made a commit, with what is known of them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::cli::app::App;
use crate::cli::error::{CommandError, Context as _};
use crate::graph::db::{CommitOf, How};
use crate::graph::node::ModelUse;
use crate::graph::{Graph, Node};
use crate::queue::Queue;
use crate::report::agents;
use crate::system::dirs::RepositoryId;

/// A session that made a commit.
#[derive(Clone, Debug, PartialEq)]
pub struct MadeBy {
    /// The agent, such as `claude-code`, if anything tells.
    pub agent: Option<String>,
    /// The agent's id of the session.
    pub session: String,
    /// How it is known.
    pub how: How,
    /// When the commit was made.
    pub at: Timestamp,
    /// The piece of work that it was made in, once the session was read.
    pub node: Option<Node>,
}

impl MadeBy {
    /// The agent as people call it.
    pub fn agent_name(&self) -> &'static str {
        self.agent.as_deref().map_or("an agent", agents::agent)
    }

    /// As a document has it.
    pub fn document(&self) -> Value {
        json!({
            "agent": self.agent,
            "session": self.session,
            "how": self.how.as_str(),
            "at": self.at,
            "node": self.node.as_ref().map(node),
        })
    }
}

/// What a document says of a node: `git tend graph show` says all.
fn node(node: &Node) -> Value {
    let signals = node.signals.as_ref();
    json!({
        "id": node.id,
        "type": node.classification.kind,
        "project": node.classification.project,
        "summary": node.content.summary,
        "outcome": node.content.outcome,
        "timestamp": node.metadata.timestamp,
        "tokens": node.metadata.tokens_used,
        "cost": node.metadata.cost,
        "minutes": node.metadata.duration_minutes,
        "models": node.observations.models_used.iter().map(ModelUse::name).collect::<Vec<_>>(),
        "friction": signals.map(|it| it.friction.score),
        "delight": signals.map(|it| it.delight.score),
    })
}

/// The sessions that made a commit, the surest first: those that the graph knows, and those that the hooks have noted since.
///
/// Nobody who asks about a commit is to fail for a graph that cannot be read: that is a warning.
pub fn made_by(
    app: &App,
    queue: Option<&Queue>,
    commit: &str,
) -> Result<Vec<MadeBy>, CommandError> {
    let mut found: BTreeMap<String, MadeBy> = BTreeMap::new();
    if let Some(queue) = queue {
        let noted = queue
            .sessions_of_commit(commit)
            .context("read whose the commit is")?;
        for one in noted {
            found.insert(
                one.session.clone(),
                MadeBy {
                    agent: Some(one.agent),
                    session: one.session,
                    how: How::Hook,
                    at: one.at,
                    node: None,
                },
            );
        }
    }
    let graph = app.existing_graph().unwrap_or_else(|error| {
        app.ui.warn(error.one_line());
        None
    });
    if let Some(graph) = graph {
        let id = RepositoryId::of(&app.located()?.common_dir).context("name the repository")?;
        let known = graph
            .sessions_of_commit(id.as_str(), commit)
            .context("read whose the commit is")?;
        for one in known {
            let one = of_graph(&graph, one)?;
            let noted = found.remove(&one.session);
            let agent = one.agent.or_else(|| noted.and_then(|noted| noted.agent));
            found.insert(one.session.clone(), MadeBy { agent, ..one });
        }
        // The hook has told of a session that was read, and its notes were not carried over yet.
        for one in found.values_mut().filter(|one| one.node.is_none()) {
            let nodes = graph
                .nodes_of_session(&one.session)
                .context("read the session")?;
            let node = nodes.iter().rev().find(|node| node.timestamp <= one.at);
            if let Some(node) = node {
                let stored = graph.node(node.id).context("read the session")?;
                one.node = stored.map(|stored| stored.node);
            }
        }
    }
    let mut found: Vec<MadeBy> = found.into_values().collect();
    found.sort_by_key(|one| std::cmp::Reverse(one.how));
    Ok(found)
}

fn of_graph(graph: &Graph, one: CommitOf) -> Result<MadeBy, CommandError> {
    let stored = match one.node {
        Some(id) => graph.node(id).context("read the session")?,
        None => None,
    };
    let node = stored.map(|stored| stored.node);
    Ok(MadeBy {
        agent: node
            .as_ref()
            .and_then(|node| node.source.agent)
            .map(|agent| agent.as_str().to_owned()),
        session: one.link.session,
        how: one.link.how,
        at: one.link.at,
        node,
    })
}
