#![allow(clippy::unwrap_used)]

use std::path::Path;

use serde_json::json;

use super::*;
use crate::sessions::model::Agent;
use crate::sessions::read::Reader;
use crate::sessions::testing::{at, calls, line, result};

fn session() -> Session {
    Session {
        agent: Agent::Pi,
        id: "s".to_owned(),
        folder: Some("/p".to_owned()),
        started_at: None,
        parent: None,
        version: None,
        branch: None,
        commit: None,
    }
}

/// Everything that is told; what is known is stored and read again after each event.
fn told(session: &Session, events: &[Event]) -> Vec<Seen> {
    let mut commits = Commits::new(session);
    let mut told = Vec::new();
    for event in events {
        told.extend(commits.next(event));
        commits = serde_json::from_str(&serde_json::to_string(&commits).unwrap()).unwrap();
    }
    told
}

fn of_command(command: &str, output: &str) -> Vec<(String, Vec<String>)> {
    let events = line([
        calls(&[("1", "bash", json!({ "command": command }))]),
        result("1", "bash", output, false),
    ]);
    let told = told(&session(), &events);
    told.into_iter()
        .map(|it| (it.abbreviation, it.folders))
        .collect()
}

#[test]
fn git_names_what_it_made() {
    let one = |id: &str| vec![(id.to_owned(), vec!["/p".to_owned()])];
    for (output, id) in [
        (
            "[main 1a2b3c4] Fix the greeting\n 1 file changed",
            "1a2b3c4",
        ),
        ("[main (root-commit) 1A2B3C4] Begin", "1a2b3c4"),
        ("[detached HEAD 1a2b3c4d5e] x", "1a2b3c4d5e"),
        ("hook says\r\n[feature/x-1 1a2b] a [b] c\r\n", "1a2b"),
    ] {
        assert_eq!(of_command("git commit -m x", output), one(id), "{output}");
    }
    for output in [
        "",
        "[main] x",
        "[main 1a2b3c4]",
        "[ 1a2b3c4] x",
        "[main 1a2b3cx] x",
        " [main 1a2b3c4] x",
        "[main 1a2] x",
    ] {
        assert_eq!(of_command("git commit -m x", output), [], "{output}");
    }
}

#[test]
fn what_is_no_commit_of_the_session_is_not_told() {
    let output = "[main 1a2b3c4] x";
    assert_eq!(of_command("cat log.txt", output), []);
    assert_eq!(of_command("git log", output), []);
    // An answer to another call, to none, and of a tool that is no shell.
    let events = line([
        calls(&[
            ("1", "bash", json!({ "command": "git commit" })),
            ("2", "read", json!({ "path": "git commit" })),
        ]),
        result("2", "read", output, false),
        result("3", "bash", output, false),
        result("1", "bash", "nothing to commit", false),
        result("1", "bash", output, false),
    ]);
    assert_eq!(told(&session(), &events), []);
}

#[test]
fn the_folder_is_the_commands_else_the_sessions() {
    let folders = |command: &str| of_command(command, "[main 1a2b3c4] x").remove(0).1;
    assert_eq!(folders("git -C sub commit"), ["/p/sub", "/p"]);
    assert_eq!(folders("cd $X && git commit"), ["/p"]);
    let events = line([
        calls(&[(
            "1",
            "exec_command",
            json!({ "cmd": "git commit", "workdir": "/q" }),
        )]),
        result("1", "exec_command", "Output:\n[main 1a2b3c4] x", false),
    ]);
    let told = told(&session(), &events);
    assert_eq!(told[0].folders, ["/q", "/p"]);
    assert_eq!(told[0].at, Some(at(2)));
}

#[test]
fn what_the_user_runs_from_within_the_agent_counts() {
    let events = line([Kind::Shell {
        command: "git commit -m x".to_owned(),
        output: "[main 1a2b3c4] x".to_owned(),
        exit_code: Some(0),
    }]);
    assert_eq!(told(&session(), &events)[0].abbreviation, "1a2b3c4");
}

#[test]
fn what_is_kept_is_bounded_and_has_no_secrets() {
    let token = format!("{}{}", "ghp_", "a1B2c3D4e5".repeat(4));
    let mut commits = Commits::new(&session());
    for number in 0..1000 {
        let command = format!("cd /{token} && git commit -m {token}");
        let events = line([calls(&[(
            &number.to_string(),
            "bash",
            json!({ "command": command }),
        )])]);
        assert_eq!(commits.next(&events[0]), []);
    }
    let stored = serde_json::to_string(&commits).unwrap();
    assert!(
        stored.len() < 5000 && !stored.contains("a1B2c3D4e5"),
        "{stored}"
    );
}

#[test]
fn what_real_agents_wrote_is_understood() {
    for (path, abbreviation) in [
        ("commit/claude-code.jsonl", "e4f0acd"),
        ("commit/codex.jsonl", "61bf46f"),
    ] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("fixtures/sessions")
            .join(path);
        let mut reader = Reader::new(&path, None);
        let mut events = Vec::new();
        reader
            .read_file(&path, &mut |event| events.push(event))
            .unwrap();
        let told = told(reader.session().unwrap(), &events);
        let ids: Vec<&str> = told.iter().map(|it| it.abbreviation.as_str()).collect();
        assert_eq!(ids, [abbreviation]);
        assert_eq!(told[0].folders, ["/home/dev/proj"]);
    }
}
