//! Log files that do not grow for ever.

use std::fs;
use std::path::Path;

/// Moves `log` to `log.1` once it is larger than `limit` bytes. Failing to is no reason to stop.
pub fn keep_below(log: &Path, limit: u64) {
    if fs::metadata(log).is_ok_and(|found| found.len() > limit) {
        let mut old = log.as_os_str().to_os_string();
        old.push(".1");
        let _ = fs::rename(log, old);
    }
}
