#![allow(clippy::unwrap_used, clippy::panic)]

use proptest::prelude::*;

use super::*;
use crate::sessions::boundary::Tracker;
use crate::sessions::model::Link;
use crate::sessions::testing::{TREE, compaction, event, line, note, pi, says, user};

/// All segments: those that were ended, and the last.
fn all(agent: Agent, events: &[Event]) -> Vec<Segment> {
    let (mut tracker, mut segmenter) = (Tracker::new(agent), Segmenter::new(agent, "s"));
    let mut segments: Vec<Segment> = events
        .iter()
        .filter_map(|event| segmenter.next(event, tracker.next(event)))
        .collect();
    segments.extend(segmenter.last());
    segments
}

fn spans(segments: &[Segment]) -> Vec<(&str, &str)> {
    segments
        .iter()
        .map(|segment| (segment.start.as_str(), segment.end.as_str()))
        .collect()
}

fn long(kind: &str) -> Kind {
    let text = "word ".repeat(50);
    if kind == "u" {
        user(&text)
    } else {
        says(&text)
    }
}

#[test]
fn the_tree_written_by_pi_is_cut_where_it_is_large_enough() {
    let segments = all(Agent::Pi, &pi(TREE));
    assert_eq!(
        spans(&segments),
        [
            ("0967ad4d", "652aaa8a"),
            ("6586cc66", "e801ed6c"),
            ("107529eb", "581acd20")
        ]
    );
    let [first, second, third] = segments.as_slice() else {
        panic!("three")
    };
    // The label and the name between are not counted.
    assert_eq!((first.entries, first.messages, first.number), (6, 6, 0));
    assert!(first.begun_by.is_empty());
    assert_eq!(first.ended_by[0].cause.name(), "tree_jump");
    assert_eq!(second.begun_by, first.ended_by);
    // Two entries between the jump and the branch are no segment: the branch is within.
    assert_eq!(second.within[0].cause.name(), "branch");
    assert_eq!(second.ended_by[0].cause.name(), "compaction");
    assert_eq!(third.context.as_deref(), Some("## compaction summary"));
    // Two entries at the session's end are skipped.
    assert_eq!(third.ended_by[0].entry, "97151f79");
}

#[test]
fn each_compaction_ends_one_segment_and_its_summary_begins_the_next() {
    let events = line([
        long("u"),
        long("a"),
        long("u"),
        compaction("first"),
        long("u"),
        long("a"),
        compaction("second"),
        long("u"),
        long("a"),
    ]);
    let segments = all(Agent::Pi, &events);
    assert_eq!(spans(&segments), [("L1", "L3"), ("L4", "L6"), ("L7", "L9")]);
    let contexts: Vec<Option<&str>> = segments
        .iter()
        .map(|segment| segment.context.as_deref())
        .collect();
    assert_eq!(contexts, [None, Some("first"), Some("second")]);
    let numbers: Vec<u32> = segments.iter().map(|segment| segment.number).collect();
    assert_eq!(numbers, [0, 1, 2]);
}

#[test]
fn a_mark_without_a_summary_takes_that_of_the_entry_after() {
    let events = line([
        long("u"),
        long("a"),
        long("u"),
        compaction(""),
        compaction("told later"),
        long("u"),
        long("a"),
    ]);
    let segments = all(Agent::ClaudeCode, &events);
    assert_eq!(spans(&segments), [("L1", "L3"), ("L4", "L7")]);
    assert_eq!(segments[1].context.as_deref(), Some("told later"));
}

#[test]
fn what_is_too_small_in_any_way_is_skipped_at_the_end() {
    let enough = [long("u"), long("a"), long("u")];
    assert_eq!(all(Agent::Pi, &line(enough.clone())).len(), 1);
    assert!(all(Agent::Pi, &line(enough[..2].to_vec())).is_empty());
    // Three entries with one message.
    let switch = Kind::ModelChange(crate::sessions::testing::model("p", "m"));
    assert!(all(Agent::Pi, &line([switch.clone(), switch, long("u")])).is_empty());
    // Three messages of a word are less than a hundred tokens with all that is around them.
    assert!(all(Agent::Pi, &line([user("a"), user("b"), user("c")])).is_empty());
    assert_eq!(
        all(
            Agent::Pi,
            &line([user("a"), user("b"), user(&"c".repeat(50))])
        )
        .len(),
        1
    );
    // Notes do not make it larger.
    assert!(all(Agent::Pi, &line([long("u"), long("a"), note(), note()])).is_empty());
    assert!(all(Agent::Pi, &[]).is_empty());
}

#[test]
fn the_text_is_counted_in_characters_of_json() {
    let one = event("u", Link::Root, 1, user("é\u{1F600}\n"));
    let json = serde_json::to_string(&one).unwrap();
    assert_eq!(characters(&one, 10_000), json.chars().count() as u64);
    // No more is counted than is asked for.
    let large = event("u", Link::Root, 1, user(&"x".repeat(1_000_000)));
    assert!(characters(&large, 400) < 1_100_000);
}

#[test]
fn ids_tell_each_of_their_parts() {
    let id = segment_id(Agent::Pi, "s", "a", "b");
    assert_eq!(id, segment_id(Agent::Pi, "s", "a", "b"));
    assert!(id.len() == 16 && id.bytes().all(|byte| byte.is_ascii_hexdigit()));
    for other in [
        segment_id(Agent::Codex, "s", "a", "b"),
        segment_id(Agent::Pi, "sa", "", "b"),
        segment_id(Agent::Pi, "s", "ab", ""),
        segment_id(Agent::Pi, "s", "b", "a"),
        segment_id(Agent::Pi, "t", "a", "b"),
    ] {
        assert_ne!(id, other);
    }
    // What is stored is found again: the encoding does not change.
    assert_eq!(id, "7f9a2a076d1082d7");
}

fn any_line() -> impl Strategy<Value = Vec<Event>> {
    let kind = prop_oneof![
        4 => Just(long("u")),
        4 => Just(long("a")),
        1 => Just(note()),
        1 => Just(compaction("s")),
        1 => Just(Kind::RolledBack { turns: 1 }),
    ];
    proptest::collection::vec((kind, prop_oneof![9 => Just(1_i64), 1 => Just(900)]), 0..40)
        .prop_map(|entries| {
            let mut seconds = 0;
            let mut events = line(entries.iter().map(|(kind, _)| kind.clone()));
            for (event, (_, gap)) in events.iter_mut().zip(&entries) {
                seconds += gap;
                event.at = Some(crate::sessions::testing::at(seconds));
            }
            events
        })
}

proptest! {
    #[test]
    fn segments_are_contiguous_and_large_enough(events in any_line()) {
        let segments = all(Agent::Codex, &events);
        let real: Vec<&str> = events
            .iter()
            .filter(|event| !is_note(&event.kind))
            .map(|event| event.id.as_str())
            .collect();
        let mut next = 0;
        for segment in &segments {
            prop_assert_eq!(real[next], &segment.start);
            let end = real.iter().position(|id| *id == segment.end).unwrap();
            prop_assert_eq!(segment.entries, (end + 1 - next) as u64);
            let minimum = Minimum::default();
            prop_assert!(segment.entries >= minimum.entries && segment.messages >= minimum.messages);
            next = end + 1;
        }
        // Only what is too small is left, and only at the end.
        let left = &events[events.iter().position(|event| real.get(next) == Some(&event.id.as_str())).unwrap_or(events.len())..];
        let messages = left.iter().filter(|event| is_message(&event.kind)).count();
        prop_assert!(real.len() - next < 3 || messages < 2);
    }

    #[test]
    fn the_pieces_do_not_matter(events in any_line(), cuts in proptest::collection::vec(any::<bool>(), 40)) {
        let whole = all(Agent::Codex, &events);
        let (mut tracker, mut segmenter) = (Tracker::new(Agent::Codex), Segmenter::new(Agent::Codex, "s"));
        let mut pieces = Vec::new();
        for (event, cut) in events.iter().zip(cuts) {
            if cut {
                let stored = serde_json::to_vec(&segmenter).unwrap();
                segmenter = serde_json::from_slice(&stored).unwrap();
            }
            pieces.extend(segmenter.next(event, tracker.next(event)));
        }
        pieces.extend(segmenter.last());
        prop_assert_eq!(whole, pieces);
    }

    /// What was made when a session was idle is the same as what the entry after the pause makes of it.
    #[test]
    fn a_session_that_rests_keeps_its_segment(events in any_line()) {
        let last = all(Agent::Codex, &events).pop();
        let mut resumed = events.clone();
        let seconds = events.last().and_then(|event| event.at).map_or(0, |at| {
            at.duration_since(crate::sessions::testing::at(0)).as_secs()
        });
        resumed.push(event("later", Link::Previous, seconds + 600, long("u")));
        let again = all(Agent::Codex, &resumed);
        if let Some(last) = last {
            prop_assert!(again.iter().any(|segment| segment.id == last.id), "{last:?} {again:?}");
        }
    }
}
