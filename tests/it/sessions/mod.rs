//! Sessions of coding agents and the graph of what was learned from them.

mod arrival;
pub mod files;
mod graph;
mod hostile;
mod killed;
mod list;
mod recorded;
mod scan;
mod secrets;
mod show;

use git_tend::graph::db::{CommitLink, Fact, FactKind, FileUpdate, How, Message, NewNode, Role};
use git_tend::graph::edge::Author;
use git_tend::graph::{Clean, Edge, EdgeKind, Graph, Node, NodeId};
use git_tend::sessions::entry::entry_digest;
use git_tend::store::{Access, OpenOptions};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::support::{Ran, World};

/// Two sessions that begin alike, of one folder of pi's and of one of Claude Code's.
const LOCK: &str = "0198c0de-aaaa-7000-8000-000000000001";
const SITE: &str = "0198c0de-bbbb-7000-8000-000000000002";

/// Escapes, a title, a line, a return, marks of direction, a bell, and a heap of accents.
const HOSTILE: &str = "x\u{1b}[2J\u{1b}]0;owned\u{7}\nsecond line\r\u{202e}drow\u{2066}\u{9b}31m e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301} 名";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn open(world: &World) -> Graph {
    let dir = world.home().join(".data/git-tend");
    std::fs::create_dir_all(&dir).unwrap();
    Graph::open(&dir, &OpenOptions::new(Access::ReadWrite)).unwrap()
}

/// A node of a session; `more` is put over what it has.
fn node(session: &str, nth: u32, when: &str, summary: &str, more: &Value) -> Node {
    let (first, last) = (format!("{nth}a"), format!("{nth}z"));
    let mut node = json!({
        "id": NodeId::of_segment(session, &first, &last),
        "source": {
            "sessionFile": format!("/home/u/.pi/agent/sessions/{session}.jsonl"),
            "segment": {"startEntryId": first, "endEntryId": last, "entryCount": 7},
            "computer": "here", "sessionId": session, "agent": "pi",
        },
        "classification": {"type": "coding", "project": "/home/u/shop"},
        "content": {"summary": summary, "outcome": "success"},
        "observations": {"modelsUsed": [
            {"provider": "acme", "model": "m-1", "tokensInput": 12_000, "tokensOutput": 500, "cost": 0.25},
        ]},
        "metadata": {
            "tokensUsed": 12_500, "cost": 0.25, "durationMinutes": 30.0, "timestamp": when, "analyzedAt": when,
            "analyzerVersion": "draft",
        },
        "semantic": {"tags": ["coding"]},
    });
    merge(&mut node, more);
    serde_json::from_value(node).unwrap()
}

fn merge(into: &mut Value, more: &Value) {
    match (into, more) {
        (Value::Object(into), Value::Object(more)) => {
            for (key, value) in more {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, more) => *into = more.clone(),
    }
}

fn file(session: &str, agent: &str, folder: &str, nodes: &[Node]) -> FileUpdate {
    let path = format!("/home/u/.{agent}/sessions/{session}.jsonl");
    let mut update = FileUpdate::new(path.into(), &json!({"broken": broken(2)}));
    let head = json!({
        "agent": agent, "id": session, "folder": folder, "started_at": "2026-02-27T09:00:00Z", "branch": "main",
    });
    update.session = Some(serde_json::from_value(head).unwrap());
    update.nodes = nodes
        .iter()
        .map(|node| {
            let segment = &node.source.segment;
            let entries = [&segment.start_entry_id, &segment.end_entry_id];
            let entries = entries.map(|entry| entry_digest(entry)).to_vec();
            NewNode::read(node.clone(), entries)
        })
        .collect();
    update
}

/// What a reader tells of lines that it could not read.
fn broken(not_json: u64) -> Value {
    json!({
        "not_json": not_json, "not_object": 0, "ambiguous": 0, "too_long": 0, "too_long_bytes": 0, "unknown": 0,
    })
}

fn apply(graph: &mut Graph, updates: Vec<FileUpdate>) {
    let updates: Vec<_> = updates.into_iter().map(Clean::promise).collect();
    graph.apply(&updates, at("2026-03-01T12:00:00Z")).unwrap();
}

/// A node with everything that one can have.
fn rich() -> Node {
    node(
        LOCK,
        2,
        "2026-03-01T10:00:00Z",
        "Made the lock of the queue fair, so that nobody waits for ever",
        &json!({
            "classification": {"type": "debugging", "language": "Rust", "frameworks": ["tokio"]},
            "content": {
                "outcome": "partial",
                "filesTouched": ["src/lock.rs", "src/queue.rs"],
                "toolsUsed": ["bash", "edit"],
                "keyDecisions": [
                    {"what": "Take a ticket lock", "why": "it is fair", "alternativesConsidered": ["a mutex"]},
                ],
                "errorsSeen": [{"type": "deadlock", "message": "two threads waited", "resolved": true}],
            },
            "observations": {
                "toolUseErrors": [
                    {"tool": "edit", "errorType": "no match", "context": "src/lock.rs", "model": "acme/m-1", "wasRetried": true},
                    {"tool": "edit", "errorType": "no match", "model": "acme/m-1"},
                ],
                "promptingWins": ["said what was wanted"],
                "modelQuirks": [
                    {"model": "acme/m-1", "observation": "forgets the lock", "frequency": "often",
                     "workaround": "say it twice", "severity": "medium"},
                ],
            },
            "lessons": {"task": [
                {"summary": "Locks want an order", "details": "of two the smaller first", "confidence": "high",
                 "tags": ["locks"], "actionable": "sort them"},
            ]},
            "signals": {
                "friction": {"score": 0.35, "rephrasingCount": 1, "silentTermination": true},
                "delight": {"score": 0.4, "resilientRecovery": true},
                "manualFlags": [{"type": "good", "message": "look here again"}],
            },
            "semantic": {"tags": ["locks", "queue"], "topics": ["threads"]},
        }),
    )
}

/// A world with a graph of two sessions and three nodes, and no repository.
fn world() -> World {
    let world = World::bare_folder();
    let mut graph = open(&world);
    let first = node(
        LOCK,
        1,
        "2026-03-01T09:00:00Z",
        "Looked for the lock that the queue had lost",
        &json!({"lessons": {"task": [
            {"summary": "Locks want an order", "confidence": "medium", "tags": ["threads"]},
        ]}}),
    );
    let second = rich();
    let site = node(
        SITE,
        1,
        "2026-02-20T08:00:00Z",
        "Drew the front page of the site",
        &json!({
            "source": {"agent": "claude-code"},
            "classification": {"project": "/home/u/site"},
            "content": {"outcome": "failed"},
            "observations": {"modelsUsed": []},
            "metadata": {"tokensUsed": 0, "cost": 0.0},
            "semantic": {"tags": ["html"]},
        }),
    );
    let mut lock = file(LOCK, "pi", "/home/u/shop", &[first.clone(), second.clone()]);
    let mut resumed = Edge::new(
        first.id,
        second.id,
        EdgeKind::Resume,
        Author::Boundary,
        at("2026-03-01T10:00:00Z"),
    );
    resumed.metadata.gap_minutes = Some(25.0);
    lock.edges = vec![resumed];
    lock.commits = vec![CommitLink {
        repository: "r".to_owned(),
        commit: "1234567890abcdef1234567890abcdef12345678".to_owned(),
        session: LOCK.to_owned(),
        node: Some(second.id),
        how: How::Hook,
        at: at("2026-03-01T10:20:00Z"),
    }];
    lock.messages = Some(vec![Message {
        entry: "2b".to_owned(),
        role: Role::User,
        at: Some(at("2026-03-01T10:01:00Z")),
        text: "Why does the queue wait for ever?".to_owned(),
    }]);
    lock.facts = vec![Fact {
        entry: "2c".to_owned(),
        kind: FactKind::Decision,
        text: "We use a ticket lock because it is fair".to_owned(),
        context: "We use a ticket lock because it is fair.".to_owned(),
        confidence: 0.8,
        at: Some(at("2026-03-01T10:02:00Z")),
    }];
    let mut page = file(
        SITE,
        "claude-code",
        "/home/u/site",
        std::slice::from_ref(&site),
    );
    let mut alike = Edge::new(
        second.id,
        site.id,
        EdgeKind::Semantic,
        Author::Discovery,
        at("2026-03-01T11:00:00Z"),
    );
    alike.similarity = Some(0.25);
    alike.confidence = 0.25;
    alike.metadata.reason = Some("alike in tags, topics and summary".to_owned());
    page.edges = vec![alike];
    // One that goes on, of which nothing was made yet.
    let open_session = file("0198c0de-cccc", "codex", "/home/u/shop", &[]);
    apply(&mut graph, vec![lock, page, open_session]);
    world
}

/// Half a minute past, so that a slow start does not change the minutes.
const NOW: &str = "2026-03-01T12:42:30Z";

fn tend(world: &World, args: &[&str]) -> Ran {
    world.tend_with(&[("TEND_NOW", NOW)], args)
}

fn wide(world: &World, width: usize, args: &[&str]) -> Ran {
    world.tend_with(&[("TEND_NOW", NOW), ("COLUMNS", &width.to_string())], args)
}

/// Everything that is printed.
fn listing(ran: &Ran) -> String {
    let mut text = ran.stdout.clone();
    if !ran.stderr.is_empty() {
        text.push_str("--- stderr\n");
        text.push_str(&ran.stderr);
    }
    if ran.code != 0 {
        text.push_str(&format!("--- exit code {}\n", ran.code));
    }
    text
}

#[track_caller]
fn is_harmless(text: &str, args: &[&str]) {
    for c in text.chars() {
        let steers = (c.is_control() && c != '\n')
            || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        assert!(!steers, "{args:?}: {c:?} in {text:?}");
    }
    assert!(!text.contains("\nsecond line"), "{args:?}: {text}");
}

/// A graph in which every text that a node can have would steer a terminal.
fn hostile() -> World {
    let world = World::bare_folder();
    let mut graph = open(&world);
    let mut nodes = Vec::new();
    for nth in 1..3 {
        nodes.push(node(
            &format!("id-{HOSTILE}"),
            nth,
            "2026-03-01T10:00:00Z",
            &format!("{HOSTILE} lock {nth}"),
            &json!({
                "classification": {"project": format!("/home/u/{HOSTILE}"), "language": HOSTILE, "frameworks": [HOSTILE]},
                "source": {"parentSession": HOSTILE},
                "content": {
                    "title": HOSTILE, "filesTouched": [HOSTILE], "toolsUsed": [HOSTILE],
                    "keyDecisions": [{"what": HOSTILE, "why": HOSTILE, "alternativesConsidered": [HOSTILE]}],
                    "errorsSeen": [{"type": HOSTILE, "message": HOSTILE, "resolved": false}],
                },
                "observations": {
                    "modelsUsed": [{"provider": HOSTILE, "model": HOSTILE, "tokensInput": 5, "cost": 1.0}],
                    "toolUseErrors": [
                        {"tool": HOSTILE, "errorType": HOSTILE, "context": HOSTILE, "model": HOSTILE},
                    ],
                    "promptingWins": [HOSTILE], "promptingFailures": [HOSTILE],
                    "modelQuirks": [{"model": format!("a/{HOSTILE}"), "observation": HOSTILE, "frequency": "once",
                                     "workaround": HOSTILE}],
                },
                "lessons": {"user": [
                    {"summary": HOSTILE, "details": HOSTILE, "confidence": "low", "tags": [HOSTILE], "actionable": HOSTILE},
                ]},
                "metadata": {"analyzerVersion": HOSTILE},
                "signals": {
                    "friction": {"score": 0.5, "modelSwitchFrom": HOSTILE},
                    "manualFlags": [{"type": HOSTILE, "message": HOSTILE}],
                },
                "semantic": {"tags": [HOSTILE], "topics": [HOSTILE], "concepts": [HOSTILE], "relatedProjects": [HOSTILE]},
            }),
        ));
    }
    let id = format!("id-{HOSTILE}");
    let mut update = file("x", "pi", HOSTILE, &nodes);
    update.path = format!("/home/u/{HOSTILE}.jsonl").into();
    let head = json!({
        "agent": "pi", "id": id, "folder": HOSTILE, "version": HOSTILE, "branch": HOSTILE, "commit": HOSTILE,
        "parent": {"fork_of_file": HOSTILE},
    });
    update.session = Some(serde_json::from_value(head).unwrap());
    let mut edge = Edge::new(
        nodes[0].id,
        nodes[1].id,
        EdgeKind::Branch,
        Author::User,
        at("2026-03-01T10:00:00Z"),
    );
    edge.metadata.summary = Some(HOSTILE.to_owned());
    edge.metadata.reason = Some(HOSTILE.to_owned());
    update.edges = vec![edge];
    update.commits = vec![CommitLink {
        repository: HOSTILE.to_owned(),
        commit: HOSTILE.to_owned(),
        session: id,
        node: Some(nodes[0].id),
        how: How::Command,
        at: at("2026-03-01T10:20:00Z"),
    }];
    update.messages = Some(vec![Message {
        entry: HOSTILE.to_owned(),
        role: Role::User,
        at: None,
        text: format!("{HOSTILE} lock"),
    }]);
    update.facts = vec![Fact {
        entry: HOSTILE.to_owned(),
        kind: FactKind::Learning,
        text: format!("{HOSTILE} lock"),
        context: HOSTILE.to_owned(),
        confidence: 0.8,
        at: None,
    }];
    apply(&mut graph, vec![update]);
    world
}

#[test]
fn without_a_graph_a_person_is_told_what_to_do() {
    let world = World::bare_folder();
    for args in [
        &["sessions", "list"][..],
        &["sessions", "show", "x"],
        &["graph", "search", "x"],
        &["graph", "show", "x"],
        &["graph", "path", "x", "y"],
        &["graph", "patterns"],
        &["graph", "connect"],
        &["graph", "export"],
    ] {
        let ran = tend(&world, args).code(1);
        assert_eq!(
            ran.stderr,
            "error: no session of a coding agent has been read yet\nhint: git tend sessions scan\n"
        );
        assert_eq!(ran.stdout, "");
    }
    let ran = tend(&world, &["sessions", "list", "--json"]).code(0);
    assert_eq!(ran.json(), json!({"schema": 1, "sessions": []}));
    assert!(
        !world.home().join(".data").exists(),
        "reading makes nothing"
    );
}

#[test]
fn nothing_steers_the_terminal_and_nothing_is_too_wide() {
    let world = hostile();
    let ids = tend(&world, &["graph", "search", "-q"]).code(0).stdout;
    let ids: Vec<&str> = ids.lines().collect();
    assert_eq!(ids.len(), 2);
    for width in [1, 7, 20, 40, 80, 200] {
        for args in [
            &["sessions", "list"][..],
            &["sessions", "list", "-q"],
            &["sessions", "show", "id-"],
            &["graph", "search", "lock"],
            &["graph", "search", "lock", "--messages"],
            &["graph", "search", "lock", "--facts"],
            &["graph", "show", ids[0]],
            &["graph", "show", ids[1], "--neighbours", "1"],
            &["graph", "path", ids[0], ids[1]],
            &["graph", "patterns", "--at-least", "1"],
            &["graph", "connect", ids[0]],
        ] {
            let ran = wide(&world, width, args).code(0);
            is_harmless(&ran.stdout, args);
            is_harmless(&ran.stderr, args);
            if width == 80 && !args.contains(&"connect") {
                let document = tend(&world, &[args, &["--json"]].concat()).code(0);
                is_harmless(&document.stdout, args);
                assert!(document.stdout.contains("\\u202e"), "{args:?}");
            }
            if args.contains(&"-q") {
                continue;
            }
            for line in ran.stdout.lines() {
                let columns = unicode_width::UnicodeWidthStr::width(line);
                assert!(columns <= width, "{width}: {args:?}: {line:?}");
            }
        }
    }
    for format in ["json", "dot"] {
        let args = ["graph", "export", "--format", format];
        is_harmless(&tend(&world, &args).code(0).stdout, &args);
    }
}

#[test]
fn an_empty_graph_is_no_error() {
    let world = World::bare_folder();
    drop(open(&world));
    for (args, said) in [
        (
            &["sessions", "list"][..],
            "no session has come to an end yet · git tend sessions list --all\n",
        ),
        (&["sessions", "list", "--all"], "no sessions\n"),
        (&["sessions", "list", "--since", "1d"], "no such sessions\n"),
        (&["graph", "search", "x"], "nothing found\n"),
        (
            &["graph", "connect"],
            "no node of the last 7d is due: each is looked at once a day · git tend graph connect NODE\n",
        ),
        (
            &["graph", "patterns"],
            "nothing of that occurred 2 times or more\n",
        ),
    ] {
        let ran = tend(&world, args).code(0);
        assert_eq!(
            (ran.stdout.as_str(), ran.stderr.as_str()),
            ("", said),
            "{args:?}"
        );
    }
    let ran = tend(&world, &["graph", "export"]).code(0);
    assert_eq!(ran.json(), json!({"schema": 1, "nodes": [], "edges": []}));
}
