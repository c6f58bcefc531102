#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::sessions::testing::{TREE, at, calls, line, model, note, pi, result, says, user};

fn heard(kinds: Vec<Kind>, around: &Around<'_>) -> Signals {
    let (mut listener, mut figures) = (Listener::default(), Figures::default());
    for event in line(kinds) {
        listener.add(&event);
        figures.add(&event, None);
    }
    listener.signals(&figures, around)
}

const LAST_ONE: Around<'_> = Around {
    previous_model: None,
    is_last: true,
    is_abandoned_restart: false,
};

fn alone(kinds: Vec<Kind>) -> Signals {
    heard(kinds, &Around::default())
}

fn call(tool: &str) -> Kind {
    calls(&[("1", tool, json!({}))])
}

fn ok(tool: &str) -> Kind {
    result("1", tool, "fine", false)
}

fn fails(tool: &str) -> Kind {
    result("1", tool, "line 7: no", true)
}

fn is(one: f64, other: f64) -> bool {
    (one - other).abs() < 1e-12
}

#[test]
fn asking_three_times_is_asking_again() {
    let short = || says("I see.");
    let long = || says(&"much ".repeat(11));
    let again = |kinds: Vec<Kind>| alone(kinds).friction.rephrasing_count;
    assert_eq!(
        again(vec![
            user("a"),
            short(),
            user("b"),
            short(),
            user("c"),
            long()
        ]),
        1
    );
    assert_eq!(again(vec![user("a"), user("b"), user("c")]), 1);
    assert_eq!(again(vec![user("a"), user("b"), long(), user("c")]), 0);
    assert_eq!(
        again(vec![user("a"), user("b"), call("bash"), user("c")]),
        0
    );
    assert_eq!(
        again(vec![
            user("a"),
            user("b"),
            user("c"),
            user("d"),
            long(),
            user("e"),
            user("f"),
            user("g")
        ]),
        2
    );
    assert_eq!(
        again(vec![user("a"), user("b"), says(&"x".repeat(50)), user("c")]),
        1
    );
    assert_eq!(
        again(vec![user("a"), user("b"), says(&"x".repeat(51)), user("c")]),
        0
    );
}

#[test]
fn looking_at_ten_different_things_is_churn() {
    let looks = |count: usize| {
        let kinds = (0..count).map(|number| {
            if number % 3 == 0 {
                calls(&[("1", "bash", json!({"command": format!("ls -l d{number}")}))])
            } else {
                calls(&[("1", "read", json!({"path": format!("f{number}")}))])
            }
        });
        // The same things twice are not more.
        let kinds: Vec<Kind> = kinds.collect();
        alone([kinds.clone(), kinds].concat())
            .friction
            .context_churn_count
    };
    assert_eq!((looks(9), looks(10), looks(25)), (0, 1, 2));
}

#[test]
fn the_same_error_three_times_is_a_loop() {
    let loops = |errors: &[&str]| {
        let kinds = errors
            .iter()
            .map(|text| result("1", "edit", text, true))
            .collect();
        alone(kinds).friction.tool_loop_count
    };
    assert_eq!(loops(&["no line 3", "no line 4", "no line 55"]), 1);
    assert_eq!(loops(&["no line 3", "no line 4", "other"]), 0);
    assert_eq!(loops(&["a", "a", "a", "b", "b", "b", "a"]), 2);
}

#[test]
fn another_model_than_before_is_a_switch() {
    let (same, other) = (model("anthropic", "opus"), model("openai", "gpt"));
    let from = |previous, kinds| {
        heard(
            kinds,
            &Around {
                previous_model: previous,
                ..Around::default()
            },
        )
        .friction
        .model_switch_from
    };
    assert_eq!(from(Some(&other), vec![says("a")]), Some(other.clone()));
    assert_eq!(from(Some(&same), vec![says("a")]), None);
    assert_eq!(from(None, vec![says("a")]), None);
    assert_eq!(from(Some(&other), vec![user("a")]), None);
}

#[test]
fn a_session_that_ends_with_an_error_ends_silently() {
    let ends =
        |kinds: Vec<Kind>, around: &Around<'_>| heard(kinds, around).friction.silent_termination;
    let error = || vec![user("a"), call("bash"), fails("bash")];
    let with = |more: Vec<Kind>| [error(), more].concat();
    assert!(ends(error(), &LAST_ONE));
    assert!(!ends(error(), &Around::default()));
    assert!(!ends(with(vec![user("great, thanks")]), &LAST_ONE));
    assert!(ends(with(vec![user("thanks for nothing")]), &LAST_ONE));
    // It worked afterwards, but not if that was another tool, or a call of before.
    assert!(!ends(with(vec![call("bash"), ok("bash")]), &LAST_ONE));
    assert!(ends(with(vec![call("read"), ok("read")]), &LAST_ONE));
    assert!(ends(with(vec![ok("bash")]), &LAST_ONE));
    // Ten entries later it is long ago; notes are no entries.
    assert!(ends(
        with([vec![says("x"); 9], vec![note(); 9]].concat()),
        &LAST_ONE
    ));
    assert!(!ends(with(vec![says("x"); 10]), &LAST_ONE));
}

#[test]
fn a_recovery_is_of_the_model_alone() {
    let recovers = |kinds: Vec<Kind>| alone(kinds).delight.resilient_recovery;
    assert!(recovers(vec![
        call("bash"),
        fails("bash"),
        call("bash"),
        ok("bash")
    ]));
    assert!(recovers(vec![
        call("bash"),
        fails("bash"),
        user("ok"),
        call("bash"),
        ok("bash")
    ]));
    assert!(!recovers(vec![
        call("bash"),
        fails("bash"),
        user("use the other file"),
        call("bash"),
        ok("bash")
    ]));
    assert!(!recovers(vec![
        call("bash"),
        fails("bash"),
        call("read"),
        ok("read")
    ]));
    assert!(!recovers(vec![
        call("bash"),
        fails("bash"),
        call("bash"),
        ok("bash"),
        call("bash"),
        fails("bash")
    ]));
    assert!(!recovers(vec![call("bash"), ok("bash")]));
}

#[test]
fn success_at_once_takes_three_calls_and_no_correction() {
    let succeeds = |kinds: Vec<Kind>| alone(kinds).delight.one_shot_success;
    let three = || vec![user("do it"), call("a"), call("b"), call("c")];
    assert!(succeeds(three()));
    assert!(!succeeds(three()[..3].to_vec()));
    assert!(succeeds([three(), vec![user("perfect, thanks")]].concat()));
    assert!(!succeeds(
        [three(), vec![user("no, that is wrong")]].concat()
    ));
    // The first message asks, whatever its words.
    assert!(succeeds(vec![
        user("fix what is wrong"),
        call("a"),
        call("b"),
        call("c")
    ]));
}

#[test]
fn scores_are_the_sums_of_the_formulas() {
    let full = Friction {
        rephrasing_count: 9,
        context_churn_count: 9,
        tool_loop_count: 9,
        abandoned_restart: true,
        model_switch_from: Some(model("a", "b")),
        silent_termination: true,
        score: 0.0,
    };
    assert!(is(friction_score(&full), 1.0));
    let one = |friction: Friction| friction_score(&friction);
    let none = Friction::default();
    assert!(is(one(none.clone()), 0.0));
    assert!(is(
        one(Friction {
            rephrasing_count: 1,
            ..none.clone()
        }),
        0.15
    ));
    assert!(is(
        one(Friction {
            rephrasing_count: 3,
            ..none.clone()
        }),
        0.3
    ));
    assert!(is(
        one(Friction {
            context_churn_count: 1,
            ..none.clone()
        }),
        0.1
    ));
    assert!(is(
        one(Friction {
            context_churn_count: 3,
            ..none.clone()
        }),
        0.2
    ));
    assert!(is(
        one(Friction {
            tool_loop_count: 1,
            ..none.clone()
        }),
        0.2
    ));
    assert!(is(
        one(Friction {
            tool_loop_count: 3,
            ..none.clone()
        }),
        0.4
    ));
    assert!(is(
        one(Friction {
            abandoned_restart: true,
            ..none.clone()
        }),
        0.3
    ));
    assert!(is(
        one(Friction {
            model_switch_from: Some(model("a", "b")),
            ..none.clone()
        }),
        0.15
    ));
    assert!(is(
        one(Friction {
            silent_termination: true,
            ..none
        }),
        0.25
    ));
    let joy = |resilient_recovery, one_shot_success, explicit_praise| {
        delight_score(&Delight {
            score: 0.0,
            resilient_recovery,
            one_shot_success,
            explicit_praise,
        })
    };
    assert!(is(joy(true, false, false), 0.4) && is(joy(false, true, false), 0.4));
    assert!(is(joy(false, false, true), 0.3) && is(joy(true, true, true), 1.0));
}

#[test]
fn what_the_user_marks_is_kept() {
    let mut listener = Listener::default();
    for event in pi(TREE) {
        listener.add(&event);
    }
    let flags = listener
        .signals(&Figures::default(), &Around::default())
        .manual_flags;
    assert_eq!(flags.len(), 1);
    assert_eq!(
        (flags[0].kind.as_str(), flags[0].message.as_str()),
        ("note", "flag me")
    );
    assert!(flags[0].timestamp.is_some());
    let flag = |data| {
        alone(vec![Kind::Custom {
            name: "brain_flag".to_owned(),
            data,
        }])
        .manual_flags
    };
    assert_eq!(flag(json!({"message": "x"}))[0].kind, "note");
    assert_eq!(flag(json!({"type": "win", "message": "x"}))[0].kind, "win");
    assert!(flag(json!({"type": "win"})).is_empty() && flag(json!(null)).is_empty());
}

#[test]
fn what_is_taken_up_again_within_half_an_hour_was_abandoned() {
    let files = BTreeSet::from(["a", "b", "c", "d"]);
    let before = Before {
        was_abandoned: true,
        ended_at: Some(at(1000)),
        files: &files,
    };
    let again = |before: &Before<'_>, seconds, files: &[&str]| {
        is_abandoned_restart(before, Some(at(seconds)), &files.iter().copied().collect())
    };
    assert!(again(&before, 1000, &["a"]));
    assert!(again(&before, 1000 + 1800, &["a"]));
    assert!(!again(&before, 1000 + 1801, &["a"]));
    assert!(!again(&before, 999, &["a"]));
    assert!(!again(&before, 1000, &[]));
    // One of four is less than three tenths, one of three is more.
    assert!(!again(&before, 1000, &["a", "w", "x", "y", "z"]));
    assert!(again(&before, 1000, &["a", "x", "y"]));
    assert!(!again(
        &Before {
            was_abandoned: false,
            ..before
        },
        1000,
        &["a"]
    ));
    assert!(!again(
        &Before {
            ended_at: None,
            ..before
        },
        1000,
        &["a"]
    ));
}

fn any_kinds() -> impl Strategy<Value = Vec<Kind>> {
    let one = prop_oneof![
        "[a-z ]{0,60}".prop_map(|text| user(&text)),
        Just(user("thanks")),
        Just(user("no, that is wrong")),
        "[a-z ]{0,60}".prop_map(|text| says(&text)),
        "[ab]".prop_map(|tool| call(&tool)),
        "[ab]".prop_map(|tool| ok(&tool)),
        "[ab]".prop_map(|tool| fails(&tool)),
        Just(note()),
    ];
    proptest::collection::vec(one, 0..40)
}

proptest! {
    #[test]
    fn the_pieces_do_not_matter(kinds in any_kinds(), cuts in proptest::collection::vec(any::<bool>(), 40)) {
        let (mut whole, mut pieces) = (Listener::default(), Listener::default());
        for (event, cut) in line(kinds).iter().zip(cuts) {
            if cut {
                pieces = serde_json::from_str(&serde_json::to_string(&pieces).unwrap()).unwrap();
            }
            whole.add(event);
            pieces.add(event);
        }
        prop_assert_eq!(whole, pieces);
    }

    #[test]
    fn scores_are_from_zero_to_one(kinds in any_kinds(), is_last: bool, is_abandoned_restart: bool) {
        let signals = heard(kinds, &Around { previous_model: None, is_last, is_abandoned_restart });
        prop_assert!((0.0..=1.0).contains(&signals.friction.score));
        prop_assert!((0.0..=1.0).contains(&signals.delight.score));
        prop_assert!(!signals.friction.silent_termination || is_last);
    }

    #[test]
    fn sub_agents_and_notes_say_nothing(kinds in any_kinds()) {
        let mut listener = Listener::default();
        for mut event in line(kinds) {
            event.sidechain = true;
            listener.add(&event);
        }
        prop_assert_eq!(listener, Listener::default());
    }
}
