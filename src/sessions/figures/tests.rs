#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::sessions::model::Link;
use crate::sessions::testing::{answer, at, calls, event, line, model, note, result, user};

const FOLDER: Option<&str> = Some("/home/dev/proj");

fn figures(events: &[Event]) -> Figures {
    let mut figures = Figures::default();
    for event in events {
        figures.add(event, FOLDER);
    }
    figures
}

fn usage(input: u64, output: u64, cost: Option<f64>) -> Usage {
    Usage {
        input,
        output,
        cache_read: 1,
        cache_write: 2,
        cost,
    }
}

fn spends(name: &str, request: Option<&str>, usage: Option<Usage>) -> Kind {
    let mut one = answer("");
    one.model = (!name.is_empty()).then(|| model("p", name));
    one.request = request.map(str::to_owned);
    one.usage = usage;
    Kind::Assistant(Box::new(one))
}

#[test]
fn tokens_and_cost_are_summed_by_model() {
    let events = line([
        spends("b", Some("r1"), Some(usage(10, 1, Some(0.5)))),
        // Of the same answer.
        spends("b", Some("r1"), None),
        spends("a", Some("r2"), Some(usage(20, 2, None))),
        Kind::ModelChange(model("p", "c")),
        Kind::Spent {
            model: None,
            usage: usage(5, 5, Some(0.25)),
        },
        user("x"),
        spends("", None, Some(usage(1, 1, Some(f64::NAN)))),
    ]);
    let figures = figures(&events);
    assert_eq!(
        figures.usage,
        Spending {
            input: 36,
            output: 9,
            cache_read: 4,
            cache_write: 8,
            nano_dollars: Some(750_000_000)
        }
    );
    assert_eq!(figures.usage.cost(), Some(0.75));
    assert_eq!(figures.usage.tokens(), 57);
    let models: Vec<(&str, u64, u64)> = figures
        .models
        .iter()
        .map(|of| (of.model.name.as_str(), of.answers, of.usage.input))
        .collect();
    assert_eq!(models, [("a", 1, 20), ("b", 1, 10), ("c", 1, 6)]);
    assert_eq!(figures.answers, 3);
    assert_eq!(figures.first_model, Some(model("p", "b")));
    assert_eq!(figures.main_model(), Some(&model("p", "a")));
}

#[test]
fn an_answer_in_several_parts_is_one() {
    let part = |text: &str, stop| {
        let mut one = answer(text);
        one.stop = stop;
        Kind::Assistant(Box::new(one))
    };
    let call = || calls(&[("1", "exec_command", json!({"cmd": "ls"}))]);
    // As Codex writes them.
    let codex = [
        part("I look.", None),
        call(),
        note(),
        call(),
        result("1", "exec_command", "", false),
        part("Done.", None),
    ];
    assert_eq!(figures(&line(codex)).answers, 2);
    // As pi writes one that failed, and the next try.
    let pi = [
        part("", Some(Stop::Error)),
        part("Done.", Some(Stop::Done)),
        user("x"),
        part("y", Some(Stop::Done)),
    ];
    assert_eq!(figures(&line(pi)).answers, 3);
    // A sub-agent's line between two of one answer changes nothing.
    let mut events = line([
        spends("a", Some("r1"), None),
        spends("b", Some("r9"), None),
        spends("a", Some("r1"), None),
    ]);
    events[1].sidechain = true;
    assert_eq!(figures(&events).answers, 1);
}

#[test]
fn time_is_from_first_to_last_and_without_long_gaps() {
    let timed = |seconds| event("x", Link::Previous, seconds, user("a"));
    let mut events: Vec<Event> = [0, 60, 660, 1261, 1271].map(timed).to_vec();
    // A note an hour later is no work.
    events.push(event("n", Link::Previous, 5000, note()));
    let figures = figures(&events);
    assert_eq!(figures.wall(), SignedDuration::from_secs(1271));
    assert_eq!(figures.active_ms, (60 + 600 + 10) * 1000);
    assert_eq!(
        (figures.began_at, figures.ended_at),
        (Some(at(0)), Some(at(1271)))
    );
    assert_eq!(Figures::default().wall(), SignedDuration::ZERO);
}

#[test]
fn files_and_commands_come_from_the_calls() {
    let secret = format!("curl -H 'Authorization: Bearer {}'", "a1B2c3D4e5F6g7H8i9");
    let events = line([
        calls(&[
            ("1", "read", json!({"path": "src/../src/a.rs"})),
            ("2", "edit", json!({"path": "/home/dev/proj/src/a.rs"})),
            ("3", "bash", json!({"command": "\ncargo test\ncargo fmt"})),
            ("4", "bash", json!({"command": "cargo test"})),
            ("5", "bash", json!({"command": secret})),
            ("6", "write", json!({"path": "/etc/x"})),
        ]),
        Kind::Shell {
            command: "git status".to_owned(),
            output: String::new(),
            exit_code: Some(0),
        },
    ]);
    let figures = figures(&events);
    assert_eq!(
        figures.files_touched().into_iter().collect::<Vec<_>>(),
        ["/etc/x", "src/a.rs"]
    );
    assert_eq!(figures.files_read.len(), 1);
    let commands: Vec<(&str, u64)> = figures
        .commands
        .iter()
        .map(|(line, times)| (line.as_str(), *times))
        .collect();
    assert_eq!(
        commands,
        [
            ("cargo test", 2),
            (
                "curl -H 'Authorization: Bearer [redacted:authorization]'",
                1
            )
        ]
    );
    assert_eq!(figures.typed_commands["git status"], 1);
    assert_eq!(figures.tools["bash"].calls, 3);
    assert_eq!(figures.tool_calls(), 6);
}

#[test]
fn errors_of_tools_are_told_apart_and_their_retries_seen() {
    let call = || calls(&[("1", "bash", json!({"command": "x"}))]);
    let events = line([
        call(),
        result("1", "bash", "line 3: no", true),
        call(),
        result("1", "bash", "line 4: no", true),
        result("1", "bash", "fine", false),
        calls(&[("2", "edit", json!({"path": "a"}))]),
        result("2", "edit", "text not found", true),
    ]);
    let figures = figures(&events);
    let bash = &figures.tools["bash"];
    assert_eq!((bash.calls, bash.failures), (2, 2));
    let error = &bash.errors["line N: no"];
    assert_eq!((error.occurrences, error.was_retried), (2, true));
    assert_eq!(error.model, Some(model("anthropic", "opus")));
    assert!(!figures.tools["edit"].errors["text not found"].was_retried);
}

#[test]
fn sub_agents_cost_but_do_not_talk() {
    let mut events = line([
        user("a"),
        spends("b", None, Some(usage(1, 1, None))),
        user("for the sub-agent"),
        spends("small", None, Some(usage(100, 1, None))),
    ]);
    for event in &mut events[2..] {
        event.sidechain = true;
    }
    let figures = figures(&events);
    assert_eq!((figures.user_messages, figures.answers), (1, 1));
    assert_eq!(figures.usage.input, 101);
    assert_eq!(figures.models[1].usage.input, 100);
    assert_eq!(figures.main_model(), Some(&model("p", "b")));
}

fn any_events() -> impl Strategy<Value = Vec<Event>> {
    let kind = prop_oneof![
        Just(user("a")),
        Just(note()),
        (
            0_u64..99,
            proptest::option::of(0.0..9.0),
            "[ab]?",
            proptest::option::of("[rs]")
        )
            .prop_map(|(input, cost, name, request)| spends(
                &name,
                request.as_deref(),
                Some(usage(input, 1, cost))
            )),
        "[a-c/.]{0,5}".prop_map(|path| calls(&[("1", "read", json!({"path": path}))])),
        "[a-c ]{0,5}".prop_map(|command| calls(&[("1", "bash", json!({"command": command}))])),
        ("[ab]", "[a-z0-9/ ]{0,9}").prop_map(|(tool, text)| result("1", &tool, &text, true)),
        Just(Kind::ModelChange(model("p", "z"))),
    ];
    proptest::collection::vec((kind, 0_i64..3000, any::<bool>()), 0..40).prop_map(|all| {
        all.into_iter()
            .map(|(kind, seconds, sidechain)| Event {
                sidechain,
                ..event("x", Link::Previous, seconds, kind)
            })
            .collect()
    })
}

proptest! {
    #[test]
    fn the_pieces_do_not_matter(events in any_events(), cuts in proptest::collection::vec(any::<bool>(), 40)) {
        let whole = figures(&events);
        let mut pieces = Figures::default();
        for (event, cut) in events.iter().zip(cuts) {
            if cut {
                let stored = serde_json::to_string(&pieces).unwrap();
                pieces = serde_json::from_str(&stored).unwrap();
            }
            pieces.add(event, FOLDER);
        }
        prop_assert_eq!(whole, pieces);
    }

    #[test]
    fn parts_make_the_whole(events in any_events()) {
        let figures = figures(&events);
        let sum = |of: fn(&Spending) -> u64| figures.models.iter().map(|model| of(&model.usage)).sum::<u64>();
        prop_assert_eq!(sum(|usage| usage.input), figures.usage.input);
        prop_assert_eq!(figures.models.iter().map(|of| of.answers).sum::<u64>(), figures.answers);
        prop_assert!(u128::from(figures.active_ms) <= 3000 * 1000 * 40);
        for tool in figures.tools.values() {
            prop_assert_eq!(tool.errors.values().map(|error| error.occurrences).sum::<u64>(), tool.failures);
        }
    }
}
