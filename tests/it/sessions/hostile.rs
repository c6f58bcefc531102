//! Files of sessions that no agent wrote, or that one wrote that has gone mad.

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::Path;

use serde_json::json;

use super::HOSTILE;
use super::files::{
    ALL_PIECES, MORNING, NOON, Pi, at, claude_path, configure, graph, lay, nodes_of, pi_path, rows,
    scan, tend_at, touch,
};
use crate::support::{Ran, World};

const ID: &str = "0198c0de-1111-7000-8000-000000000001";
const MEGABYTE: usize = 1024 * 1024;

/// A scan by a process that gets no more than so much memory to write to.
#[track_caller]
fn scan_within(world: &World, megabytes: usize) -> serde_json::Value {
    let mut command = world.command("sh");
    command
        .env("TEND_NOW", NOON)
        .args(["-c", "ulimit -d \"$1\" && shift && exec \"$@\"", "sh"]);
    command
        .arg((megabytes * 1024).to_string())
        .arg(env!("CARGO_BIN_EXE_git-tend"));
    let output = command
        .args(["sessions", "scan", "--json"])
        .output()
        .unwrap();
    Ran::new(&output).code(0).json()
}

/// Writes a session of Claude Code's or pi's piece by piece, and says that it was written in the morning.
fn write(world: &World, path: &str, fill: impl FnOnce(&mut BufWriter<File>)) {
    let path = lay(world, path, "", at(MORNING));
    let mut writer = BufWriter::new(File::options().append(true).open(&path).unwrap());
    fill(&mut writer);
    writer.flush().unwrap();
    touch(&path, at(MORNING));
}

#[track_caller]
fn nothing_panics(world: &World) {
    for args in [
        &["sessions", "scan"][..],
        &["sessions", "list", "--all"],
        &["sessions", "show", ID],
        &["sessions", "show", "--json", ID],
        &["graph", "search", "lock"],
        &["graph", "export", "--format", "dot"],
        &["graph", "patterns"],
    ] {
        let ran = tend_at(world, at(NOON), args);
        assert!(
            ran.code >= 0 && !ran.stderr.contains("panicked"),
            "{args:?}: {}",
            ran.stderr
        );
    }
}

#[test]
fn a_line_of_64_megabytes_needs_little_memory() {
    let world = World::bare_folder();
    let mut pi = Pi::new(ID, at(MORNING));
    pi.works("the lock");
    let lines = pi.lines.clone();
    pi.works("the key");
    let after = pi.lines[lines.len()..].join("\n");
    write(&world, &pi.path(), |file| {
        let open = r#"{"type":"message","id":"long","timestamp":"2026-12-01T08:05:00Z","message":{"role":"toolResult","toolCallId":"1","toolName":"bash","isError":false,"content":[{"type":"text","text":""#;
        write!(file, "{}\n{open}", lines.join("\n")).unwrap();
        let part = "secret=no words of it matter ".repeat(MEGABYTE / 29);
        for _ in 0..64 {
            file.write_all(part.as_bytes()).unwrap();
        }
        write!(file, "\"}}]}}}}\n{after}\n").unwrap();
    });
    let scanned = scan_within(&world, 300);
    assert_eq!(
        (&scanned["nodes"], &scanned["messages"]),
        (&json!(1), &json!(8)),
        "{scanned:#}"
    );
    assert!(fs::metadata(super::files::database(&world)).unwrap().len() < MEGABYTE as u64);
}

#[test]
fn nesting_has_no_end() {
    let world = World::bare_folder();
    let mut pi = Pi::new(ID, at(MORNING));
    pi.works("the lock");
    let deep =
        |open: &str, close: &str| format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
    pi.lines.push(deep("[", "]"));
    pi.lines.push(deep("{\"a\":", "}"));
    pi.lines.push("[".repeat(100_000));
    let arguments = deep("{\"a\":", "}");
    pi.lines.push(format!(
        r#"{{"type":"message","id":"deep","timestamp":"2026-12-01T08:05:00Z","message":{{"role":"assistant","content":[{{"type":"toolCall","id":"c","name":"bash","arguments":{arguments}}}]}}}}"#
    ));
    pi.works("the key");
    pi.lay(&world);
    let scanned = scan_within(&world, 100);
    assert_eq!(
        (&scanned["nodes"], &scanned["messages"]),
        (&json!(1), &json!(8)),
        "{scanned:#}"
    );
    nothing_panics(&world);
}

#[test]
fn fifty_thousand_entries_are_one_session() {
    let world = World::bare_folder();
    let mut pi = Pi::new(ID, at("2026-10-01T08:00:00Z"));
    for _ in 0..25_000 {
        pi.asks("And now?").says("Now as well.");
    }
    pi.lay(&world);
    let scanned = scan_within(&world, 300);
    assert_eq!(
        (&scanned["nodes"], &scanned["messages"]),
        (&json!(1), &json!(50_000)),
        "{scanned:#}"
    );
    let graph = graph(&world);
    let node = nodes_of(&graph, ID)[0];
    assert_eq!(node["source"]["segment"]["entryCount"], 50_000);
    assert_eq!(node["metadata"]["tokensUsed"], 25_000 * 15);
}

/// The session with everything in it that a terminal obeys.
fn of_hostile_texts(world: &World) {
    configure(world, ALL_PIECES);
    let mut pi = Pi::with_head(
        ID,
        at(MORNING),
        json!({"cwd": format!("/home/{HOSTILE}/proj")}),
    );
    pi.asks(HOSTILE);
    pi.entry(json!({"type": "session_info", "name": HOSTILE}));
    pi.answers(&json!([
        {"type": "text", "text": HOSTILE},
        {"type": "toolCall", "id": "c", "name": HOSTILE, "arguments": {"path": HOSTILE, "command": HOSTILE}},
    ]));
    pi.entry(json!({"type": "message", "message": {
        "role": "toolResult", "toolCallId": "c", "toolName": HOSTILE, "isError": true,
        "content": [{"type": "text", "text": HOSTILE}],
    }}));
    pi.entry(json!({"type": "model_change", "provider": HOSTILE, "modelId": HOSTILE}));
    pi.entry(json!({"type": "custom", "customType": "brain_flag", "data": {"type": "note", "message": HOSTILE}}));
    pi.compacts(HOSTILE).asks(HOSTILE).says(HOSTILE);
    pi.lay(world);
    let mut other = Pi::new(HOSTILE, at(MORNING));
    other.works("the lock");
    lay(
        world,
        &pi_path("0198c0de-2222-7000-8000-000000000002"),
        other.bytes(),
        other.at,
    );
}

#[test]
fn no_text_of_a_session_steers_the_terminal() {
    let world = World::bare_folder();
    of_hostile_texts(&world);
    let scanned = scan(&world);
    assert_eq!(scanned["nodes"], 3, "{scanned:#}");
    let ids = rows(&world, "SELECT printf('%016x', id) FROM node ORDER BY at");
    let mut commands: Vec<Vec<&str>> = vec![
        vec!["sessions", "scan", "-n"],
        vec!["sessions", "list", "--all"],
        vec!["sessions", "list", "--all", "-q"],
        vec!["sessions", "list", "--all", "--json"],
        vec!["sessions", "show", ID],
        vec!["sessions", "show", "--json", ID],
        vec!["graph", "search", "second"],
        vec!["graph", "search", "--messages", "second"],
        vec!["graph", "patterns"],
        vec!["graph", "export", "--format", "dot"],
        vec!["graph", "export", "--format", "json"],
    ];
    commands.extend(ids.iter().map(|id| vec!["graph", "show", id.as_str()]));
    for args in commands {
        let ran = tend_at(&world, at(NOON), &args);
        let printed = format!("{}{}", ran.stdout, ran.stderr);
        assert!(!printed.is_empty() && ran.code == 0, "{args:?}: {printed}");
        let steers = |it: char| {
            it.is_control() && it != '\n'
                || ('\u{202a}'..='\u{202e}').contains(&it)
                || ('\u{2066}'..='\u{2069}').contains(&it)
        };
        let found: Vec<char> = printed.chars().filter(|it| steers(*it)).collect();
        assert!(found.is_empty(), "{args:?}: {found:?}\n{printed:?}");
    }
}

#[test]
fn trees_may_go_round_and_ids_may_come_twice() {
    let world = World::bare_folder();
    configure(&world, ALL_PIECES);
    let mut pi = Pi::new(ID, at(MORNING));
    pi.works("the lock");
    let first = pi.entries[0].clone();
    pi.entry(json!({"type": "label", "id": "round-1", "parentId": "round-2"}));
    pi.entry(json!({"type": "label", "id": "round-2", "parentId": "round-1"}));
    pi.entry(json!({"type": "label", "id": "self", "parentId": "self"}));
    pi.works("the key");
    pi.entry(
        json!({"id": first, "type": "message", "message": {"role": "user", "content": "again"}}),
    );
    pi.entry(json!({"id": "", "type": "message", "message": {"role": "user", "content": "no id"}}));
    pi.works("the door");
    for line in pi.lines.clone().split_off(1) {
        pi.lines.push(line);
    }
    pi.lay(&world);
    // A fork of itself, and two that are forks of each other.
    let of = |id: &str| json!({"cwd": "/p", "parentSession": format!("/h/{}", pi_path(id))});
    let two = [
        "0298c0de-1111-7000-8000-000000000001",
        "0398c0de-1111-7000-8000-000000000001",
    ];
    let own = "0498c0de-1111-7000-8000-000000000001";
    for (id, parent) in [(own, own), (two[0], two[1]), (two[1], two[0])] {
        let mut fork = Pi::with_head(id, at(MORNING), of(parent));
        fork.lines.extend_from_slice(&pi.lines[1..9]);
        fork.works("the roof").lay(&world);
    }
    assert!(scan(&world)["files"].as_u64().unwrap() >= 4);
    let before = super::files::exported(&world);
    nothing_panics(&world);
    assert_eq!(super::files::exported(&world), before);
    assert!(!nodes_of(&graph(&world), ID).is_empty());
}

#[test]
fn times_and_numbers_may_be_anything() {
    let world = World::bare_folder();
    configure(&world, ALL_PIECES);
    let times = [
        "9999-12-31T23:59:59.999Z",
        "2026-12-01T08:00:00Z",
        "0001-01-01T00:00:00Z",
        "1969-12-31T23:59:59Z",
        "-009999-01-01T00:00:00Z",
        "yesterday",
        "",
        "2026-02-31T00:00:00Z",
        "2026-12-01T08:00:00+99:99",
    ];
    let mut pi = Pi::new(ID, at(MORNING));
    for (nth, time) in times.iter().enumerate() {
        pi.asks(&format!("Question {nth}"));
        pi.lines.push(
            json!({"type": "message", "id": format!("t{nth}"), "timestamp": time, "message": {
                "role": "assistant", "content": [{"type": "text", "text": "Yes."}], "provider": "acme", "model": "m-1",
            }})
            .to_string(),
        );
    }
    let numbers = [
        "-1",
        "-9223372036854775808",
        "18446744073709551615",
        "18446744073709551616",
        "1e400",
        "-1e400",
        "1e308",
        "0.5",
        "NaN",
        "Infinity",
        "\"NaN\"",
        "\"12\"",
        "null",
        "{}",
        "[]",
        "true",
    ];
    for (nth, number) in numbers.iter().enumerate() {
        pi.lines.push(format!(
            r#"{{"type":"message","id":"n{nth}","timestamp":{number},"message":{{"role":"assistant","content":[{{"type":"text","text":"Yes."}}],"provider":"acme","model":"m-1","usage":{{"input":{number},"output":{number},"cacheRead":{number},"cacheWrite":{number},"cost":{{"total":{number}}}}}}}}}"#
        ));
    }
    pi.compacts("And on.").works("the lock");
    pi.lay(&world);
    let claude = numbers.iter().enumerate().map(|(nth, number)| format!(
        r#"{{"type":"assistant","uuid":"c{nth}","parentUuid":null,"timestamp":{number},"cwd":"/p","sessionId":"d6dbd9d3-ed09-4030-8f5b-fe3fc498e271","message":{{"id":"m{nth}","role":"assistant","model":"m","content":[{{"type":"text","text":"Yes."}}],"usage":{{"input_tokens":{number},"output_tokens":{number}}}}}}}"#
    ) + "\n");
    lay(
        &world,
        &claude_path("d6dbd9d3-ed09-4030-8f5b-fe3fc498e271"),
        claude.collect::<String>(),
        at(MORNING),
    );
    let scanned = scan(&world);
    assert!(scanned["nodes"].as_u64().unwrap() >= 2, "{scanned:#}");
    nothing_panics(&world);
    let graph = graph(&world);
    for node in graph["nodes"].as_array().unwrap() {
        for figure in ["tokensUsed", "cost", "durationMinutes"] {
            let figure = node["metadata"][figure].as_f64();
            assert!(
                figure.is_some_and(|it| it.is_finite() && it >= 0.0),
                "{node:#}"
            );
        }
    }
    assert!(Path::new(&super::files::database(&world)).exists());
}
