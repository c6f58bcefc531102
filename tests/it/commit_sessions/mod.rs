//! Commits and the sessions of coding agents that made them: what the hooks note, and where it is told.

mod noted;
mod page;
mod shown;

use std::process::Command;

use git_tend::graph::db::{CommitLink, FileUpdate, How, NewNode};
use git_tend::graph::{Clean, Graph, Node, NodeId};
use git_tend::store::{Access, OpenOptions};
use git_tend::system::dirs::RepositoryId;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::support::World;

const ID: &str = "3b836888-9f8f-47fd-ad05-a882ace594c6";

const LINT: &str = r#"
[defaults]
builtin = false
[task.lint]
run = ["true"]
on = ["post-commit"]
"#;

/// A repository with hooks as they are installed, its task approved.
fn hooked(tend_toml: &str) -> World {
    let world = World::with_config(tend_toml);
    world.tend(["trust", "--yes"]).code(0);
    world.tend(["install-hooks"]).code(0);
    world.tend(["drain", "--quiet"]).code(0);
    world
}

/// git, with what an agent sets for its children.
fn git_of_agent(world: &World, vars: &[(&str, &str)], args: &[&str]) -> Command {
    let mut git = world.command("git");
    git.envs(vars.iter().copied()).args(args);
    git
}

/// Commits as an agent; returns the commit.
fn commit_as(world: &World, vars: &[(&str, &str)], args: &[&str]) -> String {
    let mut all = vec!["commit", "--quiet", "--allow-empty"];
    all.extend(args);
    let output = git_of_agent(world, vars, &all).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    assert!(!said.contains("failed"), "{said}");
    head(world)
}

fn head(world: &World) -> String {
    world.git(["rev-parse", "HEAD"]).trim().to_owned()
}

/// What is noted: commits, agents and sessions.
fn noted(world: &World) -> Vec<(String, String, String)> {
    let queue = rusqlite::Connection::open(world.state_dir().join("queue.db")).unwrap();
    let mut statement = queue
        .prepare("SELECT commit_id, agent, session FROM commit_session ORDER BY seq")
        .unwrap();
    let rows = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .unwrap();
    rows.map(Result::unwrap).collect()
}

/// A piece of work about the world's repository, in the past hour.
fn node(world: &World, session: &str, nth: i64, summary: &str) -> Node {
    let (first, last) = (format!("{nth}a"), format!("{nth}z"));
    let at = Timestamp::now() - jiff::SignedDuration::from_mins(60 - nth);
    serde_json::from_value(json!({
        "id": NodeId::of_segment(session, &first, &last),
        "source": {
            "sessionFile": format!("/sessions/{session}.jsonl"),
            "segment": {"startEntryId": first, "endEntryId": last, "entryCount": 7},
            "computer": "here", "sessionId": session, "agent": "claude-code",
        },
        "classification": {"type": "coding", "project": world.repo().canonicalize().unwrap()},
        "content": {"summary": summary, "outcome": "partial"},
        "observations": {"modelsUsed": [
            {"provider": "acme", "model": "m-1", "tokensInput": 12_000, "tokensOutput": 345, "cacheRead": 600, "cost": 0.25},
        ]},
        "metadata": {
            "tokensUsed": 12_945, "cost": 0.25, "durationMinutes": 30.0, "timestamp": at, "analyzedAt": at,
            "analyzerVersion": "v1-00000000",
        },
        "semantic": {"tags": ["coding"]},
        "signals": {
            "friction": {"score": 0.5, "rephrasingCount": 2},
            "delight": {"score": 0.4, "explicitPraise": true},
        },
    }))
    .unwrap()
}

/// Puts pieces of work into the user's graph, and which sessions made which commits.
fn know(world: &World, nodes: Vec<Node>, commits: &[(&str, &str)]) {
    let folder = world.home().join(".data/git-tend");
    std::fs::create_dir_all(&folder).unwrap();
    let mut graph = Graph::open(&folder, &OpenOptions::new(Access::ReadWrite)).unwrap();
    let updates: Vec<Clean<FileUpdate>> = nodes
        .into_iter()
        .map(|node| {
            let mut update = FileUpdate::new(
                format!("/sessions/{}.jsonl", node.id).into(),
                &Value::from(1),
            );
            update.nodes = vec![NewNode::read(node, Vec::new())];
            Clean::promise(update)
        })
        .collect();
    graph.apply(&updates, Timestamp::now()).unwrap();
    let repository = RepositoryId::of(&world.repo().join(".git")).unwrap();
    let links: Vec<CommitLink> = commits
        .iter()
        .map(|(commit, session)| CommitLink {
            repository: repository.as_str().to_owned(),
            commit: (*commit).to_owned(),
            session: (*session).to_owned(),
            node: None,
            how: How::Command,
            at: Timestamp::now(),
        })
        .collect();
    graph.link_commits(&links).unwrap();
}
