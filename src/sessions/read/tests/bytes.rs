//! Any bytes, in any pieces.

use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::*;
use crate::sessions::read::Change;

const FILES: [&str; 6] = [
    "pi/tree.jsonl",
    "pi/tools.jsonl",
    "claude-code/projects/-home-dev-proj/0f708cd4-6637-4ae1-af82-8650e756b074.jsonl",
    "claude-code/projects/-home-dev-proj/d6dbd9d3-ed09-4030-8f5b-fe3fc498e271.jsonl",
    "codex/sessions/2026/11/21/rollout-2026-11-21T21-20-18-01a1fffb-407c-7d42-9505-a4e72d9fe16a.jsonl",
    "codex/sessions/2026/11/21/rollout-2026-11-21T21-20-19-01a1fffb-45b3-75b1-80f6-0085b9a6bc09.jsonl",
];

/// Real sessions with lines lost, repeated and mixed with those of other agents, and bytes written over.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let lines: Vec<Vec<u8>> = FILES
        .iter()
        .flat_map(|path| {
            fixture(path)
                .split_inclusive(|byte| *byte == b'\n')
                .map(<[u8]>::to_vec)
                .collect::<Vec<_>>()
        })
        .collect();
    let lines = proptest::collection::vec(select(lines), 0..30);
    let damage = proptest::collection::vec(
        (any::<Index>(), select(b"\n\0\xff{}[]\",:\\1ntu".to_vec())),
        0..20,
    );
    (lines, damage).prop_map(|(lines, damage)| {
        let mut bytes = lines.concat();
        for (at, byte) in damage {
            if !bytes.is_empty() {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
        }
        bytes
    })
}

fn whole() -> impl Strategy<Value = Vec<u8>> {
    select(FILES.to_vec()).prop_map(fixture)
}

/// Reads `bytes` as they come in pieces; the reader is stored and loaded in between.
fn in_pieces(bytes: &[u8], cuts: &[Index]) -> (Vec<Event>, Reader) {
    let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
    cuts.push(bytes.len());
    cuts.sort_unstable();
    let mut reader = Reader::new(Path::new("x.jsonl"), None);
    let mut file = Memory::default();
    let mut events = Vec::new();
    let mut from = 0;
    for to in cuts {
        file.append(&bytes[from..to]);
        if from == to {
            // Nothing new: a time alone would tell of something written over.
            file.identity.modified_ns -= 1;
        }
        from = to;
        let (new, progress) = file.read(&mut reader);
        assert_ne!(progress.change, Change::Rewritten);
        events.extend(new);
        reader = serde_json::from_str(&serde_json::to_string(&reader).unwrap()).unwrap();
    }
    (events, reader)
}

/// What a reader knows, without when the file was written.
fn known(reader: &Reader) -> serde_json::Value {
    let mut known = serde_json::to_value(reader).unwrap();
    known["identity"] = serde_json::Value::Null;
    known
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn pieces_are_as_good_as_the_whole(
        bytes in prop_oneof![whole(), damaged()],
        cuts in proptest::collection::vec(any::<Index>(), 0..12),
    ) {
        let (expected, at_once) = in_pieces(&bytes, &[]);
        let (events, reader) = in_pieces(&bytes, &cuts);
        prop_assert_eq!(expected, events);
        prop_assert_eq!(known(&at_once), known(&reader));
    }

    #[test]
    fn any_bytes_are_read(bytes in prop_oneof![damaged(), proptest::collection::vec(any::<u8>(), 0..2000)]) {
        for agent in [Agent::Pi, Agent::ClaudeCode, Agent::Codex] {
            let (events, reader) = read(agent, &bytes);
            let lines = bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
            prop_assert!(reader.broken().total() <= reader.lines());
            prop_assert_eq!(reader.lines(), lines);
            prop_assert!(events.iter().all(|event| event.offset < bytes.len() as u64));
        }
    }

    #[test]
    fn a_changed_byte_in_the_last_line_is_noticed(bytes in whole(), at in any::<Index>()) {
        let mut reader = Reader::new(Path::new("x.jsonl"), None);
        let mut file = Memory::of(&bytes);
        file.read(&mut reader);
        let begin = bytes[..bytes.len() - 1].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let begin = begin.max(bytes.len().saturating_sub(4097));
        file.bytes[begin + at.index(bytes.len() - begin)] ^= 1;
        file.append(b"{}\n");
        prop_assert_eq!(file.read(&mut reader).1.change, Change::Rewritten);
    }
}
