#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::*;
use crate::sessions::lineage::{Cut, Prints, fork_point};
use crate::sessions::model::{Agent, Kind, Link};
use crate::sessions::read::Reader;
use crate::sessions::testing::{TREE, answer, at, compaction, line, model, pi, user};

fn session() -> Session {
    Session {
        agent: Agent::Pi,
        id: "s".to_owned(),
        folder: Some("/home/dev/proj".to_owned()),
        started_at: None,
        parent: None,
        version: None,
        branch: None,
        commit: None,
    }
}

fn pieces(events: &[Event]) -> Vec<Piece> {
    let mut digest = Digest::new(&session());
    let mut pieces: Vec<Piece> = events
        .iter()
        .filter_map(|event| digest.next(event).ended)
        .collect();
    pieces.extend(digest.last());
    pieces
}

fn says(name: &str, text: &str) -> Kind {
    let mut one = answer(text);
    one.model = (!name.is_empty()).then(|| model("p", name));
    Kind::Assistant(Box::new(one))
}

#[test]
fn the_tree_written_by_pi_is_told_piece_by_piece() {
    let pieces = pieces(&pi(TREE));
    let told: Vec<(u64, u64, u64, &str)> = pieces
        .iter()
        .map(|piece| {
            let figures = &piece.figures;
            (
                figures.user_messages,
                figures.answers,
                figures.usage.tokens(),
                piece.draft.title.as_str(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (3, 3, 45, "add login"),
            (2, 2, 30, "tree jump from a1"),
            (1, 1, 15, "after compaction")
        ]
    );
    // The flag is in the last, and the two entries after it are in none.
    assert_eq!(pieces[2].signals(false).manual_flags.len(), 1);
    assert!(pieces.iter().all(|piece| !piece.is_last));
}

#[test]
fn a_piece_knows_the_model_before_it() {
    let text = "word ".repeat(50);
    let events = line([
        user(&text),
        says("a", &text),
        user("thanks"),
        compaction("s"),
        says("", &text),
        user(&text),
        compaction("t"),
        says("b", &text),
        user(&text),
    ]);
    let pieces = pieces(&events);
    let switches: Vec<Option<Model>> = pieces
        .iter()
        .map(|piece| piece.signals(false).friction.model_switch_from)
        .collect();
    assert_eq!(switches, [None, None, Some(model("p", "a"))]);
    // Each is heard by itself.
    let heard: Vec<bool> = pieces
        .iter()
        .map(|piece| piece.signals(false).delight.explicit_praise)
        .collect();
    assert_eq!(heard, [true, false, false]);
    // Who does not say its name is the one before.
    assert_eq!(pieces[1].figures.models[0].model, model("p", "a"));
    assert!(pieces[2].is_last && pieces[2].signals(true).friction.abandoned_restart);
}

#[test]
fn no_secret_is_in_what_is_stored() {
    let token = format!("{}{}", "ghp_", "a1B2c3D4e5".repeat(4));
    let text = format!("token {token} {}", "word ".repeat(50));
    let handoff = Kind::Custom {
        name: "handoff".to_owned(),
        data: serde_json::json!({"target": token}),
    };
    let branch = Kind::BranchSummary {
        from: None,
        summary: text.clone(),
    };
    let events = line([
        user(&text),
        says("a", &text),
        Kind::Name { name: text.clone() },
        compaction(&text),
        user(&text),
        says(&text, &text),
        branch,
        user(&format!("handoff to {token}")),
        says("a", "x"),
        handoff,
        crate::sessions::testing::result("1", &token, &token, true),
        Kind::Shell {
            command: text.clone(),
            output: text.clone(),
            exit_code: None,
        },
    ]);
    let mut digest = Digest::new(&session());
    let mut stored = String::new();
    for event in &events {
        let told = digest.next(event);
        stored.push_str(&serde_json::to_string(&told.boundaries).unwrap());
        stored.push_str(&serde_json::to_string(&told.ended).unwrap());
        stored.push_str(&serde_json::to_string(&digest).unwrap());
    }
    assert!(stored.contains("[redacted:github-token]"));
    assert!(!stored.contains("a1B2c3D4e5"), "{stored}");
}

proptest! {
    #[test]
    fn the_pieces_do_not_matter(
        shape in proptest::collection::vec((0_u8..5, any::<bool>(), prop_oneof![9 => Just(1_i64), 1 => Just(700)]), 0..40),
    ) {
        let text = "word ".repeat(60);
        let mut seconds = 0;
        let mut events = Vec::new();
        for (number, (kind, _, gap)) in shape.iter().enumerate() {
            seconds += gap;
            let kind = match kind {
                0 => user(&text),
                1 => says("a", &text),
                2 => says("b", "no"),
                3 => compaction("s"),
                _ => crate::sessions::testing::note(),
            };
            let mut event = crate::sessions::testing::event(&format!("L{number}"), Link::Previous, 0, kind);
            event.at = Some(at(seconds));
            events.push(event);
        }
        let whole = pieces(&events);
        let mut digest = Digest::new(&session());
        let mut parts = Vec::new();
        for (event, (_, cut, _)) in events.iter().zip(&shape) {
            if *cut {
                digest = serde_json::from_str(&serde_json::to_string(&digest).unwrap()).unwrap();
            }
            parts.extend(digest.next(event).ended);
        }
        parts.extend(digest.last());
        // What is counted is counted in one piece only.
        let answers: u64 = whole.iter().map(|piece| piece.figures.answers).sum();
        let said = events.iter().filter(|event| matches!(event.kind, Kind::Assistant(_))).count();
        prop_assert!(answers <= said as u64);
        prop_assert_eq!(whole, parts);
    }
}

fn path_of(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/sessions")
        .join(path)
}

/// A session that a real agent wrote.
fn real(path: &str) -> (Session, Vec<Event>) {
    let path = path_of(path);
    let mut reader = Reader::new(&path, None);
    let mut events = Vec::new();
    reader
        .read_file(&path, &mut |event| events.push(event))
        .unwrap();
    (reader.session().unwrap().clone(), events)
}

/// The boundaries of a session by their names, its pieces, and its figures as a whole.
fn whole(session: &Session, events: &[Event]) -> (Vec<&'static str>, Vec<Piece>, Figures) {
    let mut digest = Digest::new(session);
    let (mut names, mut pieces, mut figures) = (Vec::new(), Vec::new(), Figures::default());
    for event in events {
        let told = digest.next(event);
        names.extend(told.boundaries.iter().map(|found| found.cause.name()));
        pieces.extend(told.ended);
        figures.add(event, session.folder.as_deref());
    }
    pieces.extend(digest.last());
    (names, pieces, figures)
}

const CLAUDE: &str =
    "claude-code/projects/-home-dev-proj/0f708cd4-6637-4ae1-af82-8650e756b074.jsonl";
const CLAUDE_FORK: &str =
    "claude-code/projects/-home-dev-proj/d6dbd9d3-ed09-4030-8f5b-fe3fc498e271.jsonl";
const CODEX: &str = "codex/sessions/2026/11/21/rollout-2026-11-21T21-20-18-01a1fffb-407c-7d42-9505-a4e72d9fe16a.jsonl";

#[test]
fn what_claude_code_wrote_is_told() {
    let (session, events) = real(CLAUDE);
    let (names, pieces, figures) = whole(&session, &events);
    // Tools ran at once, and a sub-agent worked: nothing of that is a jump.
    assert_eq!(names, ["compaction"]);
    let titles: Vec<&str> = pieces
        .iter()
        .map(|piece| piece.draft.title.as_str())
        .collect();
    assert_eq!(titles, ["Fix the greeting", "And after the summary"]);
    assert_eq!(pieces[0].draft.summary, "All done: Delegate the hello");
    let context = pieces[1].segment.context.as_deref().unwrap();
    assert!(
        context.starts_with("This session is being continued"),
        "{context}"
    );
    let usage = figures.usage;
    assert_eq!(
        (
            usage.input,
            usage.output,
            usage.cache_read,
            usage.cache_write
        ),
        (310, 171, 21, 49)
    );
    assert_eq!((figures.user_messages, figures.answers), (4, 7));
    assert_eq!(
        figures.files_changed.iter().collect::<Vec<_>>(),
        ["note.txt"]
    );
    let errors: Vec<&String> = figures.tools["Bash"].errors.keys().collect();
    assert_eq!(errors, ["cat: missing.txt: no such file or directory"]);
    assert!(figures.active_ms > 0);
}

#[test]
fn what_codex_wrote_is_told() {
    let (session, events) = real(CODEX);
    let (names, pieces, figures) = whole(&session, &events);
    assert_eq!(names, ["compaction"]);
    assert_eq!(pieces.len(), 2);
    assert!(
        pieces[1]
            .segment
            .context
            .as_deref()
            .unwrap()
            .contains("The greeting was fixed")
    );
    assert_eq!(
        (
            figures.usage.input,
            figures.usage.cache_read,
            figures.usage.output
        ),
        (17_660, 440, 291)
    );
    assert_eq!((figures.user_messages, figures.images), (6, 1));
    let tool = &figures.tools["exec_command"];
    assert_eq!((tool.calls, tool.failures), (3, 1));
    let errors: Vec<&String> = tool.errors.keys().collect();
    assert_eq!(errors, ["cat: missing.txt: no such file or directory"]);
    assert!(figures.commands.contains_key("cat hello.txt"));
    // What the sum of the pieces is, is the whole.
    let outputs: u64 = pieces.iter().map(|piece| piece.figures.usage.output).sum();
    assert_eq!(outputs, figures.usage.output);
}

#[test]
fn of_a_fork_only_the_new_is_its_own() {
    let prints = |path: &str| Prints::read(&path_of(path), None).unwrap();
    let (fork, events) = real(CLAUDE_FORK);
    let mut digest = Digest::new(&fork);
    let mut cut = Cut::at(&fork_point(&prints(CLAUDE_FORK), &prints(CLAUDE)));
    let told: Vec<&str> = events
        .iter()
        .flat_map(|event| cut.next(&mut digest, event).boundaries)
        .map(|found| found.cause.name())
        .collect();
    assert_eq!(told, ["fork"]);
    assert_eq!(digest.figures.usage.input, 100);
}
