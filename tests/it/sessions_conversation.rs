//! What was said to coding agents in a repository: `conversation`, and its part of the profile.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use git_tend::graph::db::{Fact, FactKind, FileUpdate, Message, NewNode, Role};
use git_tend::graph::node::Node;
use git_tend::graph::{Clean, Graph, NodeId};
use git_tend::store::{Access, OpenOptions};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::support::World;

const NOW: (&str, &str) = ("TEND_NOW", "2026-03-10T12:00:00Z");
const TOMORROW: (&str, &str) = ("TEND_NOW", "2026-03-11T12:00:00Z");

fn at(hours: i64) -> Timestamp {
    "2026-03-01T00:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_hours(hours)
}

/// A session as it is read: two prompts a day and an answer to each, a decision, and a tool that fails twice.
fn session(id: &str, agent: &str, folder: &Path, prompts: &[&str]) -> FileUpdate {
    let mut update = FileUpdate::new(format!("/sessions/{id}.jsonl").into(), &Value::from(1));
    let head = json!({"agent": agent, "id": id, "folder": folder});
    update.session = Some(serde_json::from_value(head).unwrap());
    let mut messages = Vec::new();
    for (number, text) in (0_i64..).zip(prompts) {
        for (role, text) in [(Role::User, *text), (Role::Assistant, "Done.")] {
            messages.push(Message {
                entry: format!("{number}{}", role.as_str()),
                role,
                at: Some(at(number * 12)),
                text: text.to_owned(),
            });
        }
    }
    update.messages = Some(messages);
    update.facts = vec![
        fact(
            FactKind::Decision,
            "use tabs",
            "We decided to use tabs because they can be set.",
        ),
        fact(FactKind::Technology, "SQLite", "It is built with SQLite"),
    ];
    update.nodes = vec![NewNode::read(node(id, folder), Vec::new())];
    update
}

fn fact(kind: FactKind, text: &str, context: &str) -> Fact {
    Fact {
        entry: "0assistant".to_owned(),
        kind,
        text: text.to_owned(),
        context: context.to_owned(),
        confidence: 0.8,
        at: Some(at(0)),
    }
}

fn node(session: &str, folder: &Path) -> Node {
    let error = json!({"tool": "bash", "errorType": "command_not_found", "model": "acme/m-1"});
    serde_json::from_value(json!({
        "id": NodeId::of_segment(session, "a", "z"),
        "source": {
            "sessionFile": format!("/sessions/{session}.jsonl"),
            "segment": {"startEntryId": "a", "endEntryId": "z", "entryCount": 7},
            "computer": "here", "sessionId": session, "agent": "pi",
        },
        "classification": {"type": "coding", "project": folder},
        "content": {"summary": "Worked on the parser", "outcome": "success"},
        "semantic": {"tags": ["coding"]},
        "observations": {"toolUseErrors": [error, error]},
        "metadata": {
            "tokensUsed": 15, "cost": 0.25, "durationMinutes": 30.0, "timestamp": at(0), "analyzedAt": at(1),
            "analyzerVersion": "v1-00000000",
        },
    }))
    .unwrap()
}

fn store(world: &World, updates: Vec<FileUpdate>) {
    let folder = world.home().join(".data/git-tend");
    fs::create_dir_all(&folder).unwrap();
    let mut graph = Graph::open(&folder, &OpenOptions::new(Access::ReadWrite)).unwrap();
    let clean: Vec<_> = updates.into_iter().map(Clean::promise).collect();
    graph.apply(&clean, at(100)).unwrap();
}

const PROMPTS: [&str; 6] = [
    "Please fix the parser, it fails with [redacted:github-token]",
    "Could you add a test for the parser in Python?",
    "Please explain `parse_all`",
    "Would you look at the cache of the parser?",
    "Kindly add a test of the cache",
    "Please commit it",
];

/// Two sessions here, one of them by way of a link, and one in another repository.
fn world() -> World {
    let world = World::new();
    world.git(["config", "user.name", "Ann"]);
    world.git(["config", "user.email", "ann@example.com"]);
    let link = world.folder().join("link");
    symlink(world.repo(), &link).unwrap();
    let elsewhere = world.folder().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    store(
        &world,
        vec![
            session("11111111-a", "pi", world.repo(), &PROMPTS),
            session(
                "22222222-b",
                "claude-code",
                &link.join("src"),
                &["yes", "no"],
            ),
            session(
                "33333333-c",
                "codex",
                &elsewhere,
                &["hey, rewrite the kitchen in Haskell"; 9],
            ),
        ],
    );
    world
}

fn newest(world: &World) -> Value {
    world
        .tend(["results", "show", "conversation", "--json"])
        .code(0)
        .json()["body"]
        .clone()
}

#[test]
fn the_sessions_of_this_repository_are_summed_up() {
    let world = world();
    for name in ["conversation", "conversation_analysis"] {
        world.tend_with(&[NOW], ["run", name]).code(0);
    }
    let found = newest(&world);
    assert_eq!(found["sessions"], 2, "{found:#}");
    assert_eq!(found["messages"]["user"], 8);
    assert_eq!(found["messages"]["assistant"], 8);
    assert_eq!(found["since"], "2026-03-01T00:00:00Z");
    assert_eq!(found["until"], "2026-03-03T12:00:00Z");
    assert_eq!(
        found["agents"],
        json!([
            {"agent": "claude-code", "sessions": 1, "messages": 4},
            {"agent": "pi", "sessions": 1, "messages": 12},
        ])
    );
    assert_eq!(found["prompts"]["days"], 3);
    assert_eq!(
        found["prompts"]["busiest"],
        json!({"date": "2026-03-01", "prompts": 4})
    );
    assert_eq!(
        (
            &found["prompts"]["hours"][0],
            &found["prompts"]["hours"][12]
        ),
        (&json!(4), &json!(4))
    );
    assert_eq!(found["words"][0], json!({"word": "parser", "prompts": 3}));
    assert_eq!(found["technologies"][0]["name"], "SQLite");
    assert_eq!(found["decisions"].as_array().unwrap().len(), 1);
    assert_eq!(found["errors"][0]["times"], 4);
    for not_here in ["kitchen", "Haskell", "redacted", "33333333"] {
        assert!(!found.to_string().contains(not_here), "{found:#}");
    }
    let text = world
        .tend(["results", "show", "conversation"])
        .code(0)
        .stdout;
    for part in [
        "2 sessions from 2026-03-01 to 2026-03-03",
        "claude-code",
        "formal",
        "parser",
        "We decided to use tabs because they can be set.",
        "command_not_found",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let changes = world.tend(["results", "diff", "conversation"]).code(0);
    assert!(!changes.stdout.contains("sessions"), "{}", changes.stdout);
}

#[test]
fn what_is_new_is_told_and_the_rest_again() {
    let world = world();
    world.tend_with(&[NOW], ["run", "conversation"]).code(0);
    let first = newest(&world);
    world
        .tend_with(&[TOMORROW], ["run", "conversation"])
        .code(0);
    let mut again = newest(&world);
    assert_eq!(again["timestamp"], "2026-03-11T12:00:00Z");
    again["timestamp"] = first["timestamp"].clone();
    assert_eq!(again, first);

    let more = session("44444444-d", "codex", world.repo(), &["one more"]);
    store(&world, vec![more]);
    world
        .tend_with(&[TOMORROW], ["run", "conversation"])
        .code(0);
    assert_eq!(newest(&world)["sessions"], 3);
    let diff = world.tend(["results", "diff", "conversation"]).code(0);
    assert!(diff.stdout.contains("sessions"), "{}", diff.stdout);

    world.tend(["profile", "forget", "prompt"]).code(0);
    world
        .tend_with(&[TOMORROW], ["run", "conversation"])
        .code(0);
    assert_eq!(newest(&world)["prompts"]["style"], json!([]));
}

#[test]
fn that_there_are_no_sessions_is_said() {
    let world = World::new();
    world.tend_with(&[NOW], ["run", "conversation"]).code(0);
    let said = world
        .tend(["results", "show", "conversation"])
        .code(0)
        .stdout;
    assert!(said.contains("git tend sessions scan"), "{said}");
    assert!(!world.home().join(".data/git-tend").exists());

    let elsewhere = world.folder().join("home");
    store(&world, vec![session("1", "pi", &elsewhere, &PROMPTS)]);
    world.tend_with(&[NOW], ["run", "conversation"]).code(0);
    let said = world
        .tend(["results", "show", "conversation"])
        .code(0)
        .stdout;
    assert!(said.contains("of this repository"), "{said}");
    assert_eq!(newest(&world)["sessions"], 0);
}

#[test]
fn a_graph_that_cannot_be_read_is_an_error_of_its_own() {
    let world = world();
    let graph = world.home().join(".data/git-tend/graph.db");
    fs::write(
        &graph,
        "this is no database, and it is long enough to be looked at as one. ".repeat(99),
    )
    .unwrap();
    for ending in ["-wal", "-shm"] {
        let _ = fs::remove_file(graph.with_file_name(format!("graph.db{ending}")));
    }
    let failed = world.tend_with(&[NOW], ["run", "conversation"]);
    assert_ne!(failed.code, 0);
    let error = newest(&world)["error"].to_string();
    assert!(error.contains("graph of sessions"), "{error}");
    // Others do without.
    world.tend_with(&[NOW], ["run", "steward"]).code(0);
    world.tend_with(&[NOW], ["run", "codebase_full"]).code(0);
    let profile = world.tend(["profile", "show"]).code(0).stdout;
    assert!(
        profile.contains("Ann") && !profile.contains("prompt."),
        "{profile}"
    );
}

#[test]
fn the_profile_knows_how_the_user_writes() {
    let world = world();
    world.tend_with(&[NOW], ["run", "steward"]).code(0);
    let shown = world
        .tend(["profile", "show", "prompt", "--json"])
        .code(0)
        .json();
    let value = |key: &str| {
        let all = shown["attributes"].as_array().unwrap();
        let one = all.iter().find(|it| it["key"] == key);
        one.unwrap_or_else(|| panic!("{key}: {shown:#}"))["value"].clone()
    };
    assert_eq!(value("prompt.style"), "formal");
    assert_eq!(value("prompt.languages"), json!(["Python"]));
    assert_eq!(value("prompt.questions"), 25);
    assert_eq!(value("prompt.peak_hours"), json!(["00:00", "12:00"]));
    assert!(
        shown["attributes"][0]["sources"]
            .to_string()
            .contains("prompts")
    );

    world
        .tend(["profile", "correct", "prompt.style", "casual"])
        .code(0);
    world
        .tend(["profile", "forget", "prompt.languages"])
        .code(0);
    world.tend_with(&[TOMORROW], ["run", "steward"]).code(0);
    let text = world.tend(["profile", "show", "prompt"]).code(0).stdout;
    assert!(
        text.contains("casual") && !text.contains("Python"),
        "{text}"
    );
    let export = world.tend(["profile", "export"]).code(0).stdout;
    assert!(
        export.contains("prompt.length") && !export.contains("Python"),
        "{export}"
    );
}
