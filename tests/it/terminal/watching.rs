//! `--watch`, in a terminal of its own.

use std::process::Stdio;

use serde_json::{Value, json};

use super::play;
use crate::support::{World, until};

const CONFIG: &str = r#"[defaults]
builtin = false

[task.first]
run = ["true"]

[task.second]
run = ["true"]
"#;

fn world() -> World {
    let world = World::with_config(CONFIG);
    world.tend(["trust", "--yes"]).code(0);
    world.tend(["run", "--enqueue", "first"]).code(0);
    world
}

fn lines(screen: &Value) -> Vec<&str> {
    let lines = screen.as_array().unwrap().iter();
    lines.map(|line| line.as_str().unwrap()).collect()
}

#[test]
fn it_is_drawn_in_place_until_interrupted() {
    let world = world();
    let steps = [
        json!(["until", "12:42:30"]),
        json!(["until", "first"]),
        json!(["modes"]),
        // Drawn anew, without ever clearing what is there.
        json!(["mark"]),
        json!(["until", "12:42:32"]),
        json!(["raw"]),
        json!(["screen"]),
        json!(["type", "\u{3}"]),
        json!(["end"]),
        json!(["modes"]),
        json!(["raw"]),
    ];
    let Some(told) = play(&world, (80, 24), &steps, &["status", "--watch"]) else {
        return;
    };
    assert_eq!(told[0], json!({ "cursor": false, "as before": false }));
    let drawn = told[1].as_str().unwrap();
    assert!(
        !drawn.contains("\u{1b}[2J") && !drawn.contains("\u{1b}[J\u{1b}[H"),
        "{drawn:?}"
    );
    assert!(
        drawn.contains("\u{1b}[H") && drawn.contains("\u{1b}[K"),
        "{drawn:?}"
    );
    let screen = lines(&told[2]);
    assert!(
        screen[0].starts_with("repo · status · 12:42:3"),
        "{screen:#?}"
    );
    assert!(
        screen
            .iter()
            .any(|line| line.contains("queued") && line.contains("first")),
        "{screen:#?}"
    );
    assert_eq!(told[3], 130);
    assert_eq!(told[4], json!({ "cursor": true, "as before": true }));
    let left = told[5].as_str().unwrap();
    assert!(left.contains("\u{1b}[?25h\u{1b}[?1049l"), "{left:?}");
    let last = left.rsplit("\u{1b}[?1049l").next().unwrap();
    assert!(
        last.contains("first"),
        "the last state stays readable: {last:?}"
    );
}

#[test]
fn it_follows_the_terminal_and_the_queue() {
    let world = world();
    let steps = [
        json!(["until", "PRIORITY"]),
        json!(["resize", 31, 5]),
        json!(["gone", "PRIORITY"]),
        json!(["until", "more line"]),
        json!(["screen"]),
        json!(["resize", 100, 30]),
        json!(["until", "PRIORITY"]),
        json!(["gone", "more line"]),
        json!(["type", "typed q"]),
        json!(["end"]),
        json!(["modes"]),
    ];
    let Some(told) = play(&world, (100, 30), &steps, &["status", "-w"]) else {
        return;
    };
    let small = lines(&told[0]);
    assert_eq!(small.len(), 5);
    assert!(small[4].starts_with('…'), "{small:#?}");
    assert!(
        small[0].ends_with('…') && small[0].chars().count() == 31,
        "a line that fills its row keeps its last character: {small:#?}"
    );
    assert_eq!(told[1], 0, "q ends it as well");
    assert_eq!(told[2], json!({ "cursor": true, "as before": true }));
}

#[test]
fn ctrl_z_gives_the_terminal_back() {
    let world = world();
    let steps = [
        json!(["until", "first"]),
        json!(["type", "\u{1a}"]),
        json!(["stopped"]),
        json!(["modes"]),
        json!(["mark"]),
        json!(["continue"]),
        json!(["until", "first"]),
        json!(["raw"]),
        json!(["type", "\u{3}"]),
        json!(["end"]),
        json!(["modes"]),
    ];
    let Some(told) = play(&world, (80, 24), &steps, &["queue", "--watch"]) else {
        return;
    };
    let as_before = json!({ "cursor": true, "as before": true });
    assert_eq!(
        (&told[0], &told[2], &told[3]),
        (&as_before, &json!(130), &as_before)
    );
}

#[test]
fn a_queue_that_comes_later_is_found() {
    let world = World::with_config(CONFIG);
    let frames = world.folder().join("frames");
    let mut watching = world
        .tend_command()
        .args(["status", "--watch"])
        .stdout(std::fs::File::create(&frames).unwrap())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let says = |what: &str| {
        until(30, what, || {
            std::fs::read_to_string(&frames)
                .ok()
                .filter(|text| text.contains(what))
        })
    };
    says("nothing has been enqueued here yet");
    world.tend(["trust", "--yes"]).code(0);
    world.tend(["run", "--enqueue", "second"]).code(0);
    says("second");
    // Another queue takes the place of this one.
    std::fs::remove_dir_all(world.state_dir()).unwrap();
    until(30, "the end of the old queue", || {
        let text = std::fs::read_to_string(&frames).unwrap();
        text.trim_end().ends_with("git tend run-all").then_some(())
    });
    watching.kill().unwrap();
    watching.wait().unwrap();
}

#[test]
fn nobody_draws_for_nobody() {
    let world = world();
    for args in [
        &["status", "--watch"][..],
        &["queue", "--watch"],
        &["log", "--follow"],
    ] {
        let mut watching = world
            .tend_command()
            .args(args)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // The reader of the pipe goes away, as `head` does.
        drop(watching.stdout.take());
        let code = until(30, "the end", || watching.try_wait().unwrap());
        assert_eq!(code.code(), Some(0), "{args:?}");
    }
}
