//! The output of `git log`, in whatever pieces, and what is remembered of a history.
#![no_main]

use git_tend::analyze::history::State;
use git_tend::git::history::Framer;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let (piece, bytes) = data.split_first().unwrap_or((&1, data));
    let mut framer = Framer::default();
    let mut commits = 0_u32;
    for piece in bytes.chunks(usize::from(*piece).max(1)) {
        if framer.push(piece, |commit| {
            commits += 1;
            assert!(commit.changes.clone().count() <= bytes.len());
        }).is_err() {
            break;
        }
    }
    let _ = State::from_bytes(bytes);
});
