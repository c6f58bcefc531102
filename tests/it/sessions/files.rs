//! Files of sessions as agents leave them in a world's home, and scans of them at a moment that the test chooses.

use std::fs::{self, File, FileTimes};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use git_tend::sessions::Agent;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::support::{Ran, World};

/// When scans are, unless a test says otherwise: after everything in the recorded sessions.
pub const NOON: &str = "2026-12-01T12:00:00Z";
/// When files were written, unless a test says otherwise: the sessions in them are over.
pub const MORNING: &str = "2026-12-01T08:00:00Z";

/// The sessions that pi's library wrote: see `fixtures/sessions/README.md`.
pub const TREE: &str = "01a1fb4a-ff60-7302-afe9-b0a6c75e7f1d";
pub const FORK: &str = "01a1fb4a-ff6d-739b-9248-84910cbad6d5";

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A recorded session.
pub fn recorded(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/sessions")
        .join(name);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every recorded session below a folder, by its path in it.
pub fn recorded_below(folder: &str) -> Vec<(String, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/sessions")
        .join(folder);
    let files = walkdir::WalkDir::new(&root).sort_by_file_name();
    let files = files
        .into_iter()
        .map(Result::unwrap)
        .filter(|it| it.file_type().is_file());
    let found: Vec<_> = files
        .map(|file| {
            let path = file.path().strip_prefix(&root).unwrap();
            (
                path.to_str().unwrap().to_owned(),
                fs::read(file.path()).unwrap(),
            )
        })
        .collect();
    assert!(!found.is_empty(), "{folder}");
    found
}

/// Where pi keeps the session with this id.
pub fn pi_path(id: &str) -> String {
    format!(".pi/agent/sessions/--home-dev-proj--/2026-11-20T23-29-18-697Z_{id}.jsonl")
}

/// Where Claude Code keeps the session with this id.
pub fn claude_path(id: &str) -> String {
    format!(".claude/projects/-home-dev-proj/{id}.jsonl")
}

/// Writes a file of the home as it stood at a moment. What was there is replaced in place.
pub fn lay(world: &World, path: &str, bytes: impl AsRef<[u8]>, written: Timestamp) -> PathBuf {
    let path = world.home().join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, bytes).unwrap();
    touch(&path, written);
    path
}

/// Says when a file was written.
pub fn touch(path: &Path, written: Timestamp) {
    let times = FileTimes::new().set_modified(SystemTime::from(written));
    let file = File::options().append(true).open(path).unwrap();
    file.set_times(times).unwrap();
}

/// The user's settings.
pub fn configure(world: &World, toml: &str) {
    let folder = world.home().join(".config/git-tend");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("config.toml"), toml).unwrap();
}

/// Every piece of work is a node, however small.
pub const ALL_PIECES: &str = "[sessions]\nmin_entries = 0\nmin_messages = 0\nmin_tokens = 0\n";

/// Runs the binary at a moment.
pub fn tend_at(world: &World, now: Timestamp, args: &[&str]) -> Ran {
    world.tend_with(&[("TEND_NOW", &now.to_string())], args)
}

/// What a scan at a moment came to.
#[track_caller]
pub fn scan_at(world: &World, now: Timestamp) -> Value {
    let ran = tend_at(world, now, &["sessions", "scan", "--json"]).code(0);
    assert!(ran.stderr.is_empty(), "{}", ran.stderr);
    ran.json()
}

/// What a scan came to.
#[track_caller]
pub fn scan(world: &World) -> Value {
    scan_at(world, at(NOON))
}

/// The numbers of a scan that are not 0, by name.
pub fn numbers(scanned: &Value) -> Value {
    let fields = scanned.as_object().unwrap().iter();
    fields
        .filter(|(name, value)| *name != "schema" && value.as_u64().is_some_and(|it| it > 0))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// The whole graph, byte for byte.
#[track_caller]
pub fn exported(world: &World) -> String {
    let args = ["graph", "export", "--format", "json"];
    tend_at(world, at(NOON), &args).code(0).stdout
}

/// The whole graph.
#[track_caller]
pub fn graph(world: &World) -> Value {
    serde_json::from_str(&exported(world)).unwrap()
}

/// The nodes of a session, in their order.
pub fn nodes_of<'a>(graph: &'a Value, session: &str) -> Vec<&'a Value> {
    let nodes = graph["nodes"].as_array().unwrap().iter();
    nodes
        .filter(|node| node["source"]["sessionId"] == session)
        .collect()
}

/// Edges of a graph: their kinds with the first entries of the pieces at both ends.
pub fn edges(graph: &Value) -> Vec<(String, String, String)> {
    let first = |id: &Value| {
        let nodes = graph["nodes"].as_array().unwrap();
        let node = nodes.iter().find(|node| node["id"] == *id);
        let entry = |node: &Value| node["source"]["segment"]["startEntryId"].clone();
        let entry = node.map_or(Value::Null, entry);
        entry.as_str().unwrap_or("nowhere").to_owned()
    };
    let mut edges: Vec<_> = graph["edges"]
        .as_array()
        .unwrap()
        .iter()
        .map(|edge| {
            (
                edge["type"].as_str().unwrap().to_owned(),
                first(&edge["sourceNodeId"]),
                first(&edge["targetNodeId"]),
            )
        })
        .collect();
    edges.sort();
    edges
}

/// The database.
pub fn database(world: &World) -> PathBuf {
    world.home().join(".data/git-tend/graph.db")
}

/// What a query of the database gives, a row a line.
#[track_caller]
pub fn rows(world: &World, sql: &str) -> Vec<String> {
    let graph = rusqlite::Connection::open(database(world)).unwrap();
    let mut statement = graph.prepare(sql).unwrap();
    let columns = statement.column_count();
    let rows = statement.query_map([], |row| {
        let cells = (0..columns).map(|at| {
            Ok(match row.get_ref(at)? {
                rusqlite::types::ValueRef::Null => "-".to_owned(),
                rusqlite::types::ValueRef::Integer(number) => number.to_string(),
                rusqlite::types::ValueRef::Real(number) => number.to_string(),
                rusqlite::types::ValueRef::Text(text) | rusqlite::types::ValueRef::Blob(text) => {
                    String::from_utf8_lossy(text).into_owned()
                }
            })
        });
        Ok(cells.collect::<rusqlite::Result<Vec<_>>>()?.join("|"))
    });
    rows.unwrap().map(Result::unwrap).collect()
}

/// A session of pi's, as it is written entry by entry. Each entry is a minute after the one before.
#[derive(Clone)]
pub struct Pi {
    pub id: String,
    pub lines: Vec<String>,
    /// The entries' ids.
    pub entries: Vec<String>,
    pub at: Timestamp,
}

impl Pi {
    /// Nothing but its head.
    pub fn new(id: &str, began: Timestamp) -> Self {
        Self::with_head(id, began, json!({"cwd": "/home/dev/proj"}))
    }

    /// One whose head says more.
    #[allow(clippy::needless_pass_by_value)] // literals are handed over
    pub fn with_head(id: &str, began: Timestamp, more: Value) -> Self {
        let mut head = json!({"type": "session", "version": 3, "id": id, "timestamp": began});
        let fields = head.as_object_mut().unwrap();
        fields.extend(more.as_object().unwrap().clone());
        Self {
            id: id.to_owned(),
            lines: vec![head.to_string()],
            entries: Vec::new(),
            at: began,
        }
    }

    /// One that begins as another does, up to its last entry so far.
    pub fn fork(&self, id: &str) -> Self {
        let parent = format!("/home/dev/{}", self.path());
        let more = json!({"cwd": "/home/dev/proj", "parentSession": parent});
        let mut fork = Self::with_head(id, self.at, more);
        fork.lines.extend_from_slice(&self.lines[1..]);
        fork.entries.clone_from(&self.entries);
        fork
    }

    /// Where pi keeps it.
    pub fn path(&self) -> String {
        pi_path(&self.id)
    }

    /// An entry with these fields over the usual ones.
    #[allow(clippy::needless_pass_by_value)] // literals are handed over
    pub fn entry(&mut self, fields: Value) -> &mut Self {
        self.at += SignedDuration::from_mins(1);
        let id = format!("{:.4}{:04}", self.id, self.lines.len());
        let mut entry = json!({"id": id, "parentId": self.entries.last(), "timestamp": self.at});
        let known = entry.as_object_mut().unwrap();
        known.extend(fields.as_object().unwrap().clone());
        self.entries.push(entry["id"].as_str().unwrap().to_owned());
        self.lines.push(entry.to_string());
        self
    }

    /// The user asks.
    pub fn asks(&mut self, text: &str) -> &mut Self {
        let content = json!([{"type": "text", "text": text}]);
        self.entry(json!({"type": "message", "message": {"role": "user", "content": content}}))
    }

    /// The model answers; it takes 10 tokens and gives 5.
    pub fn says(&mut self, text: &str) -> &mut Self {
        let content = json!([{"type": "text", "text": text}]);
        self.answers(&content)
    }

    /// The model answers with these blocks.
    pub fn answers(&mut self, content: &Value) -> &mut Self {
        self.entry(json!({"type": "message", "message": {
            "role": "assistant", "content": content, "provider": "acme", "model": "m-1", "stopReason": "stop",
            "usage": {"input": 10, "output": 5, "cacheRead": 0, "cacheWrite": 0, "cost": {"total": 0.01}},
        }}))
    }

    /// A question and an answer that are long enough for a piece of work.
    pub fn works(&mut self, on: &str) -> &mut Self {
        self.asks(&format!(
            "Please work on {on} {}",
            "as you did before ".repeat(10)
        ));
        self.says(&format!(
            "I worked on {on}. {}",
            "It is as you wanted. ".repeat(10)
        ));
        self.asks(&format!("Is {on} done?"));
        self.says("Yes.")
    }

    /// The context is summarised.
    pub fn compacts(&mut self, summary: &str) -> &mut Self {
        let kept = self.entries.last().cloned();
        self.entry(json!({"type": "compaction", "summary": summary, "firstKeptEntryId": kept, "tokensBefore": 5}))
    }

    /// So much time passes.
    pub fn rests(&mut self, minutes: i64) -> &mut Self {
        self.at += SignedDuration::from_mins(minutes);
        self
    }

    /// Its file.
    pub fn bytes(&self) -> Vec<u8> {
        let mut text = self.lines.join("\n");
        text.push('\n');
        text.into_bytes()
    }

    /// Writes its file as it stands, at the time of its last entry.
    pub fn lay(&self, world: &World) -> PathBuf {
        lay(world, &self.path(), self.bytes(), self.at)
    }
}

/// A world with the sessions of these agents that were recorded.
pub fn world_with_recorded(agents: &[Agent]) -> World {
    let world = World::bare_folder();
    for agent in agents {
        let (from, to) = match agent {
            Agent::Pi => {
                lay(
                    &world,
                    &pi_path(TREE),
                    recorded("pi/tree.jsonl"),
                    at(MORNING),
                );
                lay(
                    &world,
                    &pi_path(FORK),
                    recorded("pi/fork-of-tree.jsonl"),
                    at(MORNING),
                );
                continue;
            }
            Agent::ClaudeCode => ("claude-code", ".claude"),
            Agent::Codex => ("codex", ".codex"),
        };
        for (path, bytes) in recorded_below(from) {
            lay(&world, &format!("{to}/{path}"), bytes, at(MORNING));
        }
    }
    world
}
