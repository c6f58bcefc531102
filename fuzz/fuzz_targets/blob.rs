//! Everything that is found out about a blob, under every kind of name: the first line names the path.
#![no_main]

use bstr::{BStr, ByteSlice};
use git_tend::analyze::deep::Deep;
use git_tend::analyze::facts::Facts;
use git_tend::analyze::files::{Place, Reading};
use git_tend::analyze::linguist::PathTag;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let (path, bytes) = data.split_once_str("\n").unwrap_or((b"a.py", data));
    let path = BStr::new(path);
    let place = Place::of(path);
    let reading = place.reading.unwrap_or(Reading::Plain);
    let facts = Facts::of(bytes, PathTag::of(path), reading);
    let deep = Deep::of(bytes, &place, &facts, &[0; 32]);
    assert!(facts.lines <= bytes.len() as u64);
    assert!(deep.markers.len() <= 200 && deep.secrets.len() <= 100);
});
