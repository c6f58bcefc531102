//! Manifests of every format: the first byte chooses one.
#![no_main]

use git_tend::analyze::manifest::Format;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Some((first, bytes)) = data.split_first() {
        let format = Format::ALL[usize::from(*first) % Format::ALL.len()];
        let manifest = format.parse(bytes);
        assert!(manifest.requirements.iter().all(|found| !found.name.is_empty()));
    }
});
