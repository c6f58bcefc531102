//! Names that would steer the terminal: each place prints them as text.

use serde_json::json;

use super::{NOW, play, wide};
use crate::support::World;

/// Escapes, a title, a line, a return, marks of direction, a bell, and a heap of accents.
const NAME: &str = "x\u{1b}[2J\u{1b}]0;owned\u{7}\nsecond line\r\u{202e}drow\u{2066}\u{9b}31m e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301} 名";

fn world() -> World {
    let world = World::with_config("[defaults]\nbuiltin = false\n");
    world
        .tend([
            "run",
            "--",
            "sh",
            "-c",
            &format!("printf '%s' '{NAME}'; exit 3"),
            NAME,
        ])
        .code(1);
    world.tend(["run", "--enqueue", "--", "echo", NAME]).code(0);
    // As a damaged, or a foreign, program could have written it.
    let queue = rusqlite::Connection::open(world.state_dir().join("queue.db")).unwrap();
    let data = json!({ "why": NAME, "hook": NAME, "enqueued": [NAME], "gates": [{ "task": NAME, "state": NAME }] });
    for kind in ["hook", "gates", "trusted", "failed", NAME] {
        queue
            .execute(
                "INSERT INTO event (at, kind, task, data) VALUES (1772368000000, ?1, ?2, ?3)",
                (kind, NAME, data.to_string()),
            )
            .unwrap();
    }
    queue
        .execute(
            "UPDATE job SET error = ?1, task = ?1 WHERE state = 'failed'",
            [NAME],
        )
        .unwrap();
    queue
        .execute(
            "INSERT INTO schedule (name, expression, next_fire) VALUES (?1, '', 1772400000000)",
            [NAME],
        )
        .unwrap();
    world
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

#[test]
fn nothing_steers_the_terminal() {
    let world = world();
    let id = world.newest_job(NAME);
    for width in [40, 80, 200] {
        for args in [
            &["status"][..],
            &["status", "--short"],
            &["queue"],
            &["queue", "--all"],
            &["show", &id],
            &["log"],
            &["digest", "--peek"],
        ] {
            let ran = wide(&world, width, args).code(0);
            is_harmless(&ran.stdout, args);
            is_harmless(&ran.stderr, args);
        }
    }
    for line in wide(&world, 80, &["log", "--json"]).code(0).stdout.lines() {
        let event: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(event["seq"].is_i64());
        is_harmless(event["why"].as_str().unwrap(), &["log", "--json"]);
    }
}

#[test]
fn nothing_steers_the_screen_that_is_watched() {
    let world = world();
    let steps = [
        json!(["until", &NOW[..5]]),
        json!(["until", "SCHEDULED"]),
        json!(["screen"]),
        json!(["type", "\u{3}"]),
        json!(["end"]),
    ];
    let Some(told) = play(&world, (100, 30), &steps, &["status", "--watch"]) else {
        return;
    };
    let screen: Vec<&str> = told[0]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it.as_str().unwrap())
        .collect();
    assert!(screen[0].starts_with("repo · status"), "{screen:#?}");
    assert!(
        screen.iter().any(|line| line.contains("\\u{1b}[2J")),
        "{screen:#?}"
    );
    assert_eq!(told[1], 130);
}
