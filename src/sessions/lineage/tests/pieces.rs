//! Forks that are read while they are written.

use std::io::Cursor;

use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::*;
use crate::sessions::boundary::Boundary;
use crate::sessions::digest::Piece;
use crate::sessions::read::{Identity, Reader};

/// A fork and its parent.
const FORKS: [[&str; 2]; 5] = [
    ["pi/fork-of-tree", "pi/tree"],
    [
        "claude-code/projects/-home-dev-proj/d6dbd9d3-ed09-4030-8f5b-fe3fc498e271",
        "claude-code/projects/-home-dev-proj/0f708cd4-6637-4ae1-af82-8650e756b074",
    ],
    [
        "lineage/resumed/02d19a1e-1c6c-4f86-b2de-c7a9207d96b2",
        "lineage/resumed/89cef251-e64a-4f89-bec4-b999cae9cc0d",
    ],
    [
        "lineage/forked/7eefcc10-cb5f-4e3c-8c70-0d04c4854d5d",
        "lineage/forked/a5287d3e-8582-4980-ae73-0dff4faedd43",
    ],
    [
        "codex/sessions/2026/11/21/rollout-2026-11-21T21-20-21-01a1fffb-4c92-7073-b06b-4d34f6ff1047",
        "codex/sessions/2026/11/21/rollout-2026-11-21T21-20-18-01a1fffb-407c-7d42-9505-a4e72d9fe16a",
    ],
];

fn bytes(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/sessions");
    std::fs::read(folder.join(format!("{name}.jsonl"))).unwrap()
}

fn path(name: &str) -> PathBuf {
    format!("{name}.jsonl").into()
}

fn read(reader: &mut Reader, bytes: &[u8]) -> Vec<Event> {
    let mut events = Vec::new();
    let size = bytes.len() as u64;
    let identity = Identity {
        size,
        modified_ns: size.cast_signed(),
        ..Identity::default()
    };
    let out = &mut |event| events.push(event);
    reader.read(&mut Cursor::new(bytes), identity, out).unwrap();
    events
}

/// What is known of a session that grows.
struct Known {
    digest: Digest,
    cut: Cut,
    boundaries: Vec<Boundary>,
    pieces: Vec<Piece>,
}

impl Known {
    fn new(session: &Session, point: &ForkPoint) -> Self {
        Self {
            digest: Digest::new(session),
            cut: Cut::at(point),
            boundaries: Vec::new(),
            pieces: Vec::new(),
        }
    }

    fn add(&mut self, events: &[Event]) {
        for event in events {
            let told = self.cut.next(&mut self.digest, event);
            self.boundaries.extend(told.boundaries);
            self.pieces.extend(told.ended);
        }
    }

    fn all(mut self) -> (Vec<Boundary>, Vec<Piece>) {
        self.pieces.extend(self.digest.last());
        (self.boundaries, self.pieces)
    }
}

fn stored<T: serde::Serialize + serde::de::DeserializeOwned>(value: &T) -> T {
    serde_json::from_str(&serde_json::to_string(value).unwrap()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_fork_is_told_the_same_whatever_the_pieces(
        [fork, parent] in select(FORKS.to_vec()),
        cuts in proptest::collection::vec(any::<Index>(), 0..6),
    ) {
        let parent: Prints = read(&mut Reader::new(&path(parent), None), &bytes(parent)).iter().collect();
        let source = bytes(fork);
        let mut reader = Reader::new(&path(fork), None);
        let events = read(&mut reader, &source);
        let session = reader.session().unwrap().clone();
        let point = fork_point(&events.iter().collect(), &parent);
        let mut whole = Known::new(&session, &point);
        whole.add(&events);

        let mut ends: Vec<usize> = cuts.iter().map(|cut| cut.index(source.len())).collect();
        ends.push(source.len());
        ends.sort_unstable();
        let mut reader = Reader::new(&path(fork), None);
        let mut known: Option<Known> = None;
        let mut so_far: Vec<Event> = Vec::new();
        for end in ends {
            let new = read(&mut reader, &source[..end]);
            so_far.extend(new.iter().cloned());
            let point = fork_point(&so_far.iter().collect(), &parent);
            let grown = known.as_mut().and_then(|known| known.cut.grow(&point).then_some(known));
            if let Some(known) = grown {
                known.cut = stored(&known.cut);
                known.digest = stored(&known.digest);
                known.add(&new);
            } else if reader.session() == Some(&session) {
                // A head alone does not tell all of a session.
                let mut anew = Known::new(&session, &point);
                anew.add(&so_far);
                known = Some(anew);
            }
        }
        prop_assert_eq!(known.unwrap().all(), whole.all());
    }
}
