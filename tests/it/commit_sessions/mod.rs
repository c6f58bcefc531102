//! Commits and the sessions of coding agents that made them: what the hooks note, and where it is told.

mod digested;
mod noted;
mod page;
mod shown;

use std::process::Command;

use git_tend::graph::db::{Begun, CommitLink, EndedCall, FileUpdate, How, NewCall, NewNode, OK};
use git_tend::graph::insights::Insight;
use git_tend::graph::ledger::{Caps, Purpose};
use git_tend::graph::{Clean, Graph, Node, NodeId};
use git_tend::sessions::Usage;
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

/// The same piece, which nobody has judged.
fn draft(mut node: Node) -> Node {
    "draft".clone_into(&mut node.metadata.analyzer_version);
    node.content.title = Some(format!("{}, as it began", node.content.summary));
    node
}

/// The user's graph.
fn graph(world: &World) -> Graph {
    let folder = world.home().join(".data/git-tend");
    std::fs::create_dir_all(&folder).unwrap();
    Graph::open(&folder, &OpenOptions::new(Access::ReadWrite)).unwrap()
}

/// Enters a call of the analysing agent: with what it cost in US dollars, or as an answer that was there already.
fn called(world: &World, purpose: Purpose, outcome: &str, cost: Option<f64>, kept: bool) {
    let caps = Caps {
        cost_per_day: u64::MAX,
        cost_per_run: u64::MAX,
        jobs_per_day: u64::MAX,
        jobs_per_run: u64::MAX,
    };
    let now = Timestamp::now();
    let call = NewCall {
        job: "one",
        node: None,
        purpose,
        model: "acme/judge",
        run: "tonight",
        expected_cost: 10_000_000,
    };
    let mut graph = graph(world);
    let Begun::Yes(id) = graph.begin_call(&call, &caps, now, now).unwrap() else {
        panic!("a cap was reached");
    };
    let ended = EndedCall {
        outcome,
        usage: &Usage {
            input: 1000,
            output: 200,
            cost,
            ..Usage::default()
        },
        wall: std::time::Duration::from_secs(3),
        kept,
    };
    assert!(graph.end_call(id, &ended, now).unwrap());
}

/// An insight that a piece of work is an example of.
fn insight(id: &str, example: &Node, words: &str) -> Insight {
    serde_json::from_value(json!({
        "id": id, "type": "quirk", "model": "acme/m-1", "pattern": words, "frequency": 7, "confidence": 0.8,
        "severity": "low", "workaround": words, "examples": [example.id],
        "firstSeen": example.metadata.timestamp, "lastSeen": example.metadata.timestamp,
    }))
    .unwrap()
}

/// Puts pieces of work into the user's graph, and which sessions made which commits.
fn know(world: &World, nodes: Vec<Node>, commits: &[(&str, &str)]) {
    let mut graph = graph(world);
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
