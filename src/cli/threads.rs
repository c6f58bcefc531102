//! How many threads analysers use.

use crate::system::{env, process};

/// More threads wait for the same packs.
const MOST: usize = 16;

/// As many as there are processors, unless the environment says otherwise. What is found out is the same in any case.
pub fn count() -> usize {
    let asked = env::raw(env::THREADS).and_then(|text| text.to_str()?.parse().ok());
    asked
        .filter(|threads| *threads > 0)
        .unwrap_or_else(|| usize::try_from(process::processors()).unwrap_or(1))
        .min(MOST)
}
