//! Who holds a lock, found out without trying to take it: whoever tries would be seen by others as its holder.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// Where the kernel lists the locks.
const LOCKS: &str = "/proc/locks";

/// Whether somebody holds the lock on a file; `None` where nobody can tell. A file that is not there is not locked.
pub fn is_held(path: &Path) -> Option<bool> {
    let listed = fs::read_to_string(LOCKS).ok()?;
    let Ok(found) = fs::metadata(path) else {
        return Some(false);
    };
    Some(lists(&listed, found.ino()))
}

/// Whether a line such as `7: FLOCK  ADVISORY  WRITE 4242 fe:01:5242 0 EOF` is about the file.
///
/// Only the inode's number is compared: some file systems (btrfs, overlayfs) tell programs another device than the list
/// has. Taking a lock for held that is not is the smaller mistake.
fn lists(text: &str, inode: u64) -> bool {
    text.lines().any(|line| {
        let mut words = line.split_whitespace().skip(1);
        // A lock that is waited for has an arrow before it.
        words.next() == Some("FLOCK")
            && words.nth(3).is_some_and(|file| {
                file.rsplit(':')
                    .next()
                    .and_then(|digits| digits.parse().ok())
                    == Some(inode)
            })
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::system::filesystem::lock_file;

    #[test]
    fn a_lock_is_seen_and_not_taken() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        assert_ne!(is_held(&path), Some(true));
        let file = lock_file(&path).unwrap();
        assert_ne!(is_held(&path), Some(true));
        fs4::FileExt::try_lock(&file).unwrap();
        if cfg!(target_os = "linux") {
            assert_eq!(is_held(&path), Some(true));
        }
        drop(file);
        assert_ne!(is_held(&path), Some(true));
    }

    #[test]
    fn what_waits_for_a_lock_does_not_hold_it() {
        let text = "1: POSIX  ADVISORY  WRITE 1 fe:01:5 0 EOF\n2: FLOCK  ADVISORY  WRITE 2 fe:01:6 0 EOF\n2: -> FLOCK  ADVISORY  WRITE 3 fe:01:7 0 EOF\nnonsense\n";
        let held: Vec<u64> = (4..9).filter(|inode| lists(text, *inode)).collect();
        assert_eq!(held, [6]);
    }
}
