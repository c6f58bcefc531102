#![allow(clippy::unwrap_used)]

mod pieces;
mod real;
mod trees;

use std::path::{Path, PathBuf};

use super::*;
use crate::sessions::digest::Digest;
use crate::sessions::model::{Agent, Event, Kind, Lineage, Link, Session};
use crate::sessions::testing::{FORK, TREE, answer, event, line, model, note, pi, says, to, user};

fn prints(events: &[Event]) -> Prints {
    events.iter().collect()
}

fn session(agent: Agent, parent: Option<Lineage>) -> Session {
    Session {
        agent,
        id: "s".to_owned(),
        folder: None,
        started_at: None,
        parent,
        version: None,
        branch: None,
        commit: None,
    }
}

#[test]
fn an_event_takes_32_bytes() {
    assert_eq!(size_of::<Print>(), 32);
}

#[test]
fn of_a_fork_of_pi_the_new_entries_are_its_own() {
    let (fork, parent) = (pi(FORK), pi(TREE));
    let point = fork_point(&prints(&fork), &prints(&parent));
    let own: Vec<&str> = fork[point.copied..]
        .iter()
        .map(|event| event.id.as_str())
        .collect();
    assert_eq!(own, ["5f7af50c", "0bb8bfea", "a915b6ff"]);
    assert_eq!(parent[point.in_parent.unwrap()].id, "e801ed6c");
}

#[test]
fn lines_without_ids_are_compared_by_what_was_said() {
    let point = |own, parent| fork_point(&prints(&line(own)), &prints(&line(parent)));
    let parent = || {
        [
            user("a"),
            says("b"),
            note(),
            user("c"),
            says("d"),
            user("e"),
        ]
    };
    // What a user interface was told goes with what it was told of; what the user says again is new.
    let fork = point(
        vec![user("a"), says("b"), note(), user("c"), says("x")],
        parent().into(),
    );
    assert_eq!(
        fork,
        ForkPoint {
            copied: 3,
            in_parent: Some(2)
        }
    );
    // All sessions begin with a choice of a model, and some with the same words.
    let switch = || Kind::ModelChange(model("p", "m"));
    let none = ForkPoint::default();
    assert_eq!(
        point(
            vec![switch(), user("a"), says("x")],
            vec![switch(), user("a"), says("b")]
        ),
        none
    );
    assert_eq!(point(vec![], parent().into()), none);
    assert_eq!(point(parent().into(), vec![]), none);
}

#[test]
fn an_older_fork_of_codex_has_the_head_of_its_parent_and_other_prices() {
    let spent = Kind::Spent {
        model: None,
        usage: crate::sessions::Usage::default(),
    };
    let opaque = |name: &str| Kind::Opaque {
        name: name.to_owned(),
    };
    let parent = line([user("a"), says("b"), spent, user("c"), says("d")]);
    let mut fork = line([
        opaque("session_meta"),
        user("a"),
        says("b"),
        opaque("token_count"),
        user("x"),
    ]);
    fork[0].link = Link::Aside;
    for event in &mut fork {
        if let Kind::Assistant(answer) = &mut event.kind {
            answer.model = Some(model("elsewhere", "opus"));
        }
    }
    assert_eq!(
        fork_point(&prints(&fork), &prints(&parent)),
        ForkPoint {
            copied: 4,
            in_parent: Some(2)
        }
    );
}

#[test]
fn numbers_of_lines_are_no_ids() {
    let tree = |ids: [&str; 2], own: &str| {
        let mut events = vec![
            event("L1", Link::Aside, 0, note()),
            event(ids[0], Link::Root, 1, user("a")),
            event(ids[1], to(ids[0]), 2, says("b")),
            event(own, to(ids[1]), 3, says(own)),
            event("L5", Link::Aside, 4, note()),
        ];
        events[4].id = "L5".to_owned();
        prints(&events)
    };
    let point = fork_point(&tree(["u", "v"], "x"), &tree(["u", "v"], "y"));
    assert_eq!(
        point,
        ForkPoint {
            copied: 3,
            in_parent: Some(2)
        }
    );
    // Copies with ids of their own are known by what was said.
    let point = fork_point(&tree(["u", "v"], "x"), &tree(["p", "q"], "y"));
    assert_eq!(
        point,
        ForkPoint {
            copied: 3,
            in_parent: Some(2)
        }
    );
}

#[test]
fn the_order_of_fields_is_nothing() {
    let call = |text: &str| {
        let arguments = serde_json::from_str(text).unwrap();
        prints(&line([crate::sessions::testing::calls(&[(
            "c", "t", arguments,
        )])]))
    };
    let words = |text: &str| call(text).events()[0].words;
    assert_eq!(
        words(r#"{"a":1,"b":[{"x":1,"y":2}]}"#),
        words(r#"{"b":[{"y":2,"x":1}],"a":1}"#)
    );
    assert_ne!(words(r#"{"a":["b","c"]}"#), words(r#"{"a":["bc"]}"#));
}

#[test]
fn a_parent_is_looked_for_by_its_path_and_by_the_id_in_its_name() {
    let of = |parent| wanted(&session(Agent::Pi, Some(parent)));
    let id = "01a1fb4a-ff60-7302-afe9-b0a6c75e7f1d";
    let path = format!("/home/dev/.pi/agent/sessions/--p--/2026-11-20T23-29-18-697Z_{id}.jsonl");
    let found = of(Lineage::ForkOfFile(path.clone())).unwrap();
    let own = Path::new("/x/own.jsonl");
    let by_id = |wanted: &str| {
        assert_eq!(wanted, id);
        vec![
            PathBuf::from("/z.jsonl"),
            own.to_owned(),
            PathBuf::from("/y.jsonl"),
            path.clone().into(),
        ]
    };
    let files = [PathBuf::from(&path), "/y.jsonl".into(), "/z.jsonl".into()];
    assert_eq!(found.files(own, by_id), files);
    let elsewhere = of(Lineage::ForkOfFile(format!(r"C:\sessions\x_{id}.jsonl"))).unwrap();
    assert_eq!((elsewhere.path, elsewhere.id.as_deref()), (None, Some(id)));
    let by_id = of(Lineage::ForkOf(id.to_owned())).unwrap();
    assert_eq!((by_id.path, by_id.id.as_deref()), (None, Some(id)));
    assert_eq!(of(Lineage::SubAgentOf(id.to_owned())), None);
    assert_eq!(wanted(&session(Agent::Pi, None)), None);
}

#[test]
fn a_cut_can_be_stored_at_any_event() {
    let events = pi(FORK);
    let point = fork_point(&prints(&events), &prints(&pi(TREE)));
    let feed = |stored: bool| {
        let mut digest = Digest::new(&session(Agent::Pi, None));
        let mut cut = Cut::at(&point);
        let mut told = Vec::new();
        for event in &events {
            if stored {
                cut = serde_json::from_str(&serde_json::to_string(&cut).unwrap()).unwrap();
                digest = serde_json::from_str(&serde_json::to_string(&digest).unwrap()).unwrap();
            }
            told.extend(cut.next(&mut digest, event).boundaries);
        }
        (told, digest, cut)
    };
    let (told, digest, cut) = feed(false);
    assert_eq!((told.clone(), digest, cut.clone()), feed(true));
    let names: Vec<&str> = told.iter().map(|found| found.cause.name()).collect();
    assert_eq!(names, ["fork"]);
    assert_eq!(cut.point(), Some("e801ed6c"));
}

#[test]
fn without_its_parent_all_of_a_fork_is_its_own() {
    let mut digest = Digest::new(&session(Agent::Pi, None));
    let mut cut = Cut::without_parent();
    let told: Vec<_> = pi(FORK)
        .iter()
        .flat_map(|event| cut.next(&mut digest, event).boundaries)
        .collect();
    assert_eq!(
        (told[0].cause.name(), told[0].offset),
        ("fork", pi(FORK)[0].offset)
    );
    let mut digest = Digest::new(&session(Agent::Pi, None));
    let mut cut = Cut::none();
    let told = cut.next(&mut digest, &pi(FORK)[0]).boundaries;
    assert_eq!((told, cut.point()), (vec![], None));
}

#[test]
fn what_begins_before_a_copy_is_the_original_even_if_it_goes_on_later() {
    let first = event("a", Link::Root, 1, user("a"));
    let summary = event(
        "c",
        Link::Root,
        2,
        crate::sessions::testing::compaction("c"),
    );
    let answer = event("d", to("c"), 3, says("d"));
    let own = |id: &str, seconds| event(id, to("d"), seconds, user(id));
    let original = prints(&[first, summary.clone(), answer.clone(), own("late", 50)]);
    let copy = prints(&[summary, answer, own("early", 30)]);
    let point = ForkPoint {
        copied: 2,
        in_parent: Some(2),
    };
    let descent = Descent { parent: 1, point };
    assert_eq!(
        families(&[("copy", &copy), ("original", &original)]),
        [Some(descent), None]
    );
}

#[test]
fn without_any_other_sign_who_went_on_first_had_it_first() {
    let file = |own: &str, seconds| {
        let said = event("a", Link::Root, 1, user("a"));
        prints(&[said, event(own, to("a"), seconds, user(own))])
    };
    let (early, late) = (file("early", 30), file("late", 50));
    let ended = prints(&[event("a", Link::Root, 1, user("a"))]);
    let parents = |sessions: &[(&str, &Prints)]| -> Vec<Option<usize>> {
        let found = families(sessions).into_iter();
        found.map(|found| found.map(|found| found.parent)).collect()
    };
    assert_eq!(parents(&[("1", &late), ("2", &early)]), [Some(1), None]);
    // One that ends with what all have was there before all.
    assert_eq!(
        parents(&[("1", &late), ("2", &early), ("3", &ended)]),
        [Some(2), Some(2), None]
    );
    // The same file twice: by their ids.
    assert_eq!(parents(&[("2", &late), ("1", &late)]), [Some(1), None]);
    assert_eq!(parents(&[]), []);
}
