//! Lock files of every format, and what is made of them: the first byte chooses one.
#![no_main]

use bstr::BStr;
use git_tend::analyze::dependency_map::{DependencyMap, FoundLock, Inventory};
use git_tend::analyze::lockfile::LockFormat;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Some((first, bytes)) = data.split_first() {
        let format = LockFormat::ALL[usize::from(*first) % LockFormat::ALL.len()];
        let lock = format.parse(bytes);
        let found = [FoundLock {
            path: BStr::new("a/lock"),
            lock: &lock,
        }];
        let _ = DependencyMap::of(&[], &found);
        let _ = Inventory::of(&[], &found);
    }
});
