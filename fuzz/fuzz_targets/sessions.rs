//! Sessions of agents: the first byte says whose, the second where the file is cut into what was there and what came.
#![no_main]

use std::io::Cursor;
use std::path::Path;

use git_tend::sessions::read::{Identity, Reader};
use git_tend::sessions::{Agent, Event};
use libfuzzer_sys::fuzz_target;

fn read(reader: &mut Reader, bytes: &[u8], at: i64) -> Vec<Event> {
    let mut events = Vec::new();
    let identity = Identity {
        size: bytes.len() as u64,
        modified_ns: at,
        ..Identity::default()
    };
    let mut source = Cursor::new(bytes);
    let read = reader.read(&mut source, identity, &mut |event| events.push(event));
    read.expect("memory can be read");
    events
}

fuzz_target!(|data: &[u8]| {
    let [agent, cut, bytes @ ..] = data else {
        return;
    };
    let agent = match agent {
        b'p' => Some(Agent::Pi),
        b'c' => Some(Agent::ClaudeCode),
        b'x' => Some(Agent::Codex),
        _ => None,
    };
    let new = || Reader::new(Path::new("x.jsonl"), agent);
    let mut whole = new();
    let expected = read(&mut whole, bytes, 0);
    let front = bytes.len() * usize::from(*cut) / 256;
    let mut pieces = new();
    let mut events = read(&mut pieces, &bytes[..front], 0);
    let stored = serde_json::to_string(&pieces).expect("a state can be stored");
    let mut pieces: Reader = serde_json::from_str(&stored).expect("and loaded");
    events.extend(read(&mut pieces, bytes, 0));
    assert_eq!(expected, events);
    assert_eq!(whole, pieces);
});
