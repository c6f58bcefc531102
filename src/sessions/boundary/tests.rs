#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::sessions::lineage::{Prints, fork_point};
use crate::sessions::model::Link;
use crate::sessions::testing::{
    FORK, TREE, answer, at, calls, compaction, event, line, note, pi, result, says, to, user,
};

fn all(agent: Agent, events: &[Event]) -> Vec<Boundary> {
    let mut tracker = Tracker::new(agent);
    events
        .iter()
        .flat_map(|event| tracker.next(event))
        .collect()
}

/// The boundaries as `entry: name`.
fn told(agent: Agent, events: &[Event]) -> Vec<String> {
    let boundaries = all(agent, events);
    let told = boundaries
        .iter()
        .map(|found| format!("{}: {}", found.entry, found.cause.name()));
    told.collect()
}

fn in_answer(request: &str) -> Kind {
    let mut one = answer("");
    one.request = Some(request.to_owned());
    Kind::Assistant(Box::new(one))
}

#[test]
fn the_tree_written_by_pi_has_its_four_boundaries() {
    let events = pi(TREE);
    assert_eq!(
        told(Agent::Pi, &events),
        [
            "6586cc66: tree_jump",
            "21c1c397: branch",
            "107529eb: compaction",
            "97151f79: tree_jump",
        ]
    );
    let causes: Vec<Cause> = all(Agent::Pi, &events)
        .into_iter()
        .map(|found| found.cause)
        .collect();
    let id = |id: &str| Some(id.to_owned());
    assert_eq!(
        causes,
        [
            Cause::TreeJump {
                expected: id("652aaa8a"),
                actual: id("1d4af763"),
                turns: None
            },
            // Not 23d9c512, which the entry calls the one that it is from.
            Cause::Branch {
                old_leaf: id("b5f9d3f2"),
                summary: "## summary of abandoned branch".to_owned()
            },
            Cause::Compaction {
                tokens_before: Some(50_000),
                summary: "## compaction summary".to_owned()
            },
            Cause::TreeJump {
                expected: id("581acd20"),
                actual: None,
                turns: None
            },
        ]
    );
}

#[test]
fn only_the_new_entries_of_a_fork_are_its_own() {
    let (fork, parent) = (pi(FORK), pi(TREE));
    let prints = |events: &[Event]| events.iter().collect::<Prints>();
    let point = fork_point(&prints(&fork), &prints(&parent));
    let last = fork[point.copied - 1].id.clone();
    assert_eq!(last, "e801ed6c");
    let own: Vec<&str> = fork[point.copied..]
        .iter()
        .map(|event| event.id.as_str())
        .collect();
    assert_eq!(own, ["5f7af50c", "0bb8bfea", "a915b6ff"]);
    let mut tracker = Tracker::new(Agent::Pi);
    for event in &fork[..point.copied] {
        tracker.skip(event);
    }
    tracker.forked(Some(last.clone()));
    let found: Vec<Boundary> = fork[point.copied..]
        .iter()
        .flat_map(|event| tracker.next(event))
        .collect();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].entry, "0bb8bfea");
    assert_eq!(found[0].previous, None);
    assert_eq!(found[0].cause, Cause::Fork { point: Some(last) });
}

#[test]
fn a_fork_whose_parent_is_gone_has_no_false_jumps() {
    // The label that 82d7bf9d was is not in the copy, and an entry hangs on it.
    assert_eq!(told(Agent::Pi, &pi(FORK)), ["21c1c397: branch"]);
}

#[test]
fn a_fork_is_one_even_if_nothing_is_known_of_its_parent() {
    let mut tracker = Tracker::new(Agent::Codex);
    tracker.forked(None);
    let stored = serde_json::to_string(&tracker).unwrap();
    let mut tracker: Tracker = serde_json::from_str(&stored).unwrap();
    let found: Vec<Boundary> = line([note(), user("a"), says("b")])
        .iter()
        .flat_map(|event| tracker.next(event))
        .collect();
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].entry.as_str(), &found[0].cause),
        ("L2", &Cause::Fork { point: None })
    );
}

#[test]
fn notes_advance_the_leaf() {
    let events = [
        event("u", Link::Root, 1, user("a")),
        event("n", to("u"), 2, note()),
        event("a", to("n"), 3, says("b")),
        event(
            "m",
            to("a"),
            4,
            Kind::Name {
                name: "x".to_owned(),
            },
        ),
        event("v", to("m"), 5, user("c")),
    ];
    assert_eq!(told(Agent::Pi, &events), Vec::<String>::new());
    // Whoever goes back from there leaves the note.
    let mut events = events[..4].to_vec();
    events.push(event("w", to("u"), 6, user("d")));
    let found = all(Agent::Pi, &events);
    let expected = Cause::TreeJump {
        expected: Some("m".to_owned()),
        actual: Some("u".to_owned()),
        turns: None,
    };
    assert_eq!(found[0].cause, expected);
}

#[test]
fn a_jump_behind_a_note_is_found() {
    let events = [
        event("u", Link::Root, 1, user("a")),
        event("a", to("u"), 2, says("b")),
        event("v", to("a"), 3, user("c")),
        event("b", to("v"), 4, says("d")),
        // The user goes back to `a`, and sets how much the model thinks before going on.
        event("n", to("a"), 5, note()),
        event("o", to("n"), 6, note()),
        event("w", to("o"), 7, user("e")),
    ];
    let found = all(Agent::Pi, &events);
    assert_eq!(found.len(), 1);
    assert_eq!(
        found[0].cause,
        Cause::TreeJump {
            expected: Some("b".to_owned()),
            actual: Some("a".to_owned()),
            turns: None
        }
    );
    // Notes that nothing follows are nothing.
    let mut stays = events[..6].to_vec();
    stays.push(event("w", to("b"), 7, user("e")));
    assert_eq!(told(Agent::Pi, &stays), Vec::<String>::new());
}

#[test]
fn a_second_root_is_a_jump_but_not_that_of_a_compaction() {
    let events = [
        event("n", Link::Root, 1, note()),
        event("u", Link::Root, 2, user("a")),
        event("c", Link::Root, 3, compaction("s")),
        event("v", to("c"), 4, user("b")),
        event("w", Link::Root, 5, user("c")),
    ];
    assert_eq!(
        told(Agent::ClaudeCode, &events),
        ["c: compaction", "w: tree_jump"]
    );
}

#[test]
fn tools_that_run_at_once_are_no_jumps() {
    let events = [
        event("u", Link::Root, 1, user("a")),
        event("a1", to("u"), 2, in_answer("r1")),
        event("p1", to("a1"), 3, note()),
        event("t1", to("a1"), 4, result("1", "Read", "", false)),
        event("a2", to("a1"), 5, in_answer("r1")),
        event("a3", to("a2"), 6, in_answer("r1")),
        event("t3", to("a3"), 7, result("3", "Read", "", false)),
        event("t2", to("a2"), 8, result("2", "Read", "", false)),
        event("b", to("t3"), 9, in_answer("r2")),
        event("v", to("b"), 10, user("next")),
    ];
    assert_eq!(told(Agent::ClaudeCode, &events), Vec::<String>::new());
    // Going back to before the answer is one.
    let mut jumps = events.to_vec();
    jumps.push(event("w", to("u"), 11, user("again")));
    assert_eq!(told(Agent::ClaudeCode, &jumps), ["w: tree_jump"]);
}

#[test]
fn sub_agents_in_the_same_file_are_no_part_of_it() {
    let mut events = vec![
        event("u", Link::Root, 1, user("a")),
        event("a", to("u"), 2, in_answer("r1")),
        event("s", Link::Root, 3, user("handoff to nobody")),
        event("t", to("s"), 800, says("done")),
        event("r", to("a"), 900, result("1", "Task", "", false)),
    ];
    for number in [2, 3] {
        events[number].sidechain = true;
    }
    // And while they work, nothing stands still for ten minutes.
    assert_eq!(told(Agent::ClaudeCode, &events), Vec::<String>::new());
    events[3].sidechain = false;
    assert_ne!(told(Agent::ClaudeCode, &events), Vec::<String>::new());
}

#[test]
fn lines_outside_the_tree_leave_it_alone() {
    let events = [
        event("u", Link::Root, 1, user("a")),
        event("L2", Link::Previous, 2, note()),
        event("a", to("u"), 3, says("b")),
        event("L4", Link::Root, 4, note()),
        event("v", to("a"), 5, user("c")),
    ];
    assert_eq!(told(Agent::ClaudeCode, &events), Vec::<String>::new());
}

#[test]
fn turns_taken_back_are_a_jump() {
    let events = line([
        user("a"),
        says("b"),
        Kind::RolledBack { turns: 2 },
        user("c"),
    ]);
    let found = all(Agent::Codex, &events);
    assert_eq!(found.len(), 1);
    assert_eq!(
        found[0].cause,
        Cause::TreeJump {
            expected: Some("L2".to_owned()),
            actual: None,
            turns: Some(2)
        }
    );
}

#[test]
fn two_compactions_with_nothing_between_are_one() {
    let events = line([
        user("a"),
        compaction(""),
        note(),
        compaction("s"),
        user("b"),
        compaction("t"),
    ]);
    assert_eq!(
        told(Agent::Codex, &events),
        ["L2: compaction", "L6: compaction"]
    );
}

#[test]
fn ten_minutes_without_an_entry_are_a_gap() {
    let mut events = vec![
        event("u", Link::Root, 0, user("a")),
        event("a", to("u"), 599, says("b")),
        event("n", to("a"), 700, note()),
        event("v", to("n"), 1199, user("c")),
        event("b", to("v"), 1200, says("d")),
    ];
    let found = all(Agent::Pi, &events);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].previous.as_deref(), Some("a"));
    assert_eq!(found[0].cause, Cause::Resume { gap_minutes: 10.0 });
    events[3].at = Some(at(599 + 754));
    assert_eq!(
        all(Agent::Pi, &events)[0].cause,
        Cause::Resume { gap_minutes: 12.57 }
    );
    // One without a time is passed over; a clock that went back is no gap.
    events[3].at = None;
    assert_eq!(told(Agent::Pi, &events), ["b: resume"]);
    events[4].at = Some(at(0));
    assert_eq!(told(Agent::Pi, &events), Vec::<String>::new());
}

#[test]
fn several_at_one_entry_come_in_their_order() {
    let mut events = vec![
        event("u", Link::Root, 0, user("a")),
        event("a", to("u"), 1, says("b")),
        event("v", to("u"), 1000, user("handoff to opus")),
        event(
            "h",
            to("v"),
            1001,
            Kind::Custom {
                name: "handoff".to_owned(),
                data: json!({"target": "worker"}),
            },
        ),
        event(
            "b",
            to("u"),
            2000,
            Kind::BranchSummary {
                from: None,
                summary: "s".to_owned(),
            },
        ),
    ];
    let expected = [
        "v: handoff",
        "v: tree_jump",
        "v: resume",
        "h: handoff",
        "b: branch",
        "b: resume",
    ];
    assert_eq!(told(Agent::Pi, &events), expected);
    let found = all(Agent::Pi, &events);
    assert_eq!(strongest(&found[..3]).unwrap().cause.name(), "tree_jump");
    assert_eq!(strongest(&[]), None);
    // What cannot be told apart by time can be by place.
    events.truncate(2);
    assert_eq!(told(Agent::Pi, &events), Vec::<String>::new());
}

/// A file of any shape: ids and parents from a few letters.
fn any_events() -> impl Strategy<Value = Vec<Event>> {
    let kind = prop_oneof![
        Just(user("a")),
        Just(user("handoff to b")),
        Just(says("c")),
        Just(in_answer("r")),
        Just(calls(&[("1", "bash", json!({"command": "ls"}))])),
        Just(result("1", "bash", "", true)),
        Just(note()),
        Just(compaction("s")),
        Just(Kind::BranchSummary {
            from: None,
            summary: String::new()
        }),
        Just(Kind::RolledBack { turns: 1 }),
    ];
    let link = prop_oneof![
        Just(Link::Previous),
        Just(Link::Root),
        "[a-h]".prop_map(|parent| to(&parent)),
    ];
    let one = ("[a-h]", link, 0_i64..3000, any::<bool>(), kind).prop_map(
        |(id, link, seconds, sidechain, kind)| Event {
            sidechain,
            ..event(&id, link, seconds, kind)
        },
    );
    proptest::collection::vec(one, 0..40)
}

/// A file of an agent that never leaves its path, with notes between.
fn straight(notes: &[bool]) -> Vec<Event> {
    let mut events: Vec<Event> = Vec::new();
    for (number, is_note) in (0_i64..).zip(notes) {
        let link = events.last().map_or(Link::Root, |last| to(&last.id));
        let kind = match (is_note, number % 2) {
            (true, _) => note(),
            (false, 0) => user("x"),
            (false, _) => says("y"),
        };
        events.push(event(&format!("e{number}"), link, number, kind));
    }
    events
}

proptest! {
    #[test]
    fn the_pieces_do_not_matter(
        events in any_events(),
        cuts in proptest::collection::vec(any::<bool>(), 40),
        agent in prop_oneof![Just(Agent::Pi), Just(Agent::ClaudeCode), Just(Agent::Codex)],
    ) {
        let whole = all(agent, &events);
        let mut tracker = Tracker::new(agent);
        let mut pieces = Vec::new();
        for (event, cut) in events.iter().zip(cuts) {
            if cut {
                let stored = serde_json::to_string(&tracker).unwrap();
                tracker = serde_json::from_str(&stored).unwrap();
            }
            pieces.extend(tracker.next(event));
        }
        prop_assert_eq!(whole, pieces);
    }

    #[test]
    fn every_boundary_is_at_an_entry_in_order(events in any_events()) {
        let mut tracker = Tracker::new(Agent::Pi);
        for event in &events {
            for found in tracker.next(event) {
                prop_assert_eq!(&found.entry, &event.id);
                prop_assert_eq!(found.offset, event.offset);
                prop_assert!(!event.sidechain && !is_note(&event.kind));
            }
        }
    }

    #[test]
    fn a_straight_path_never_jumps(
        notes in proptest::collection::vec(any::<bool>(), 0..60),
        agent in prop_oneof![Just(Agent::Pi), Just(Agent::ClaudeCode)],
    ) {
        prop_assert_eq!(told(agent, &straight(&notes)), Vec::<String>::new());
    }

    #[test]
    fn one_step_back_always_jumps(
        notes in proptest::collection::vec(any::<bool>(), 3..60),
        back in any::<prop::sample::Index>(),
    ) {
        let mut events = straight(&notes);
        let parent = back.get(&events[..events.len() - 1]).id.clone();
        prop_assume!(events.iter().any(|event| !is_note(&event.kind)));
        events.push(event("last", to(&parent), 100, user("z")));
        prop_assert_eq!(told(Agent::Pi, &events), ["last: tree_jump"]);
    }
}
