//! The key of the digests of secrets: made once for a repository, readable by this user only. Without it a digest tells
//! nothing about a secret that is easily guessed.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crate::system::random;

/// The file in the state directory.
const FILE: &str = "digest.key";

/// The key that is kept in a state directory, made if there is none; `None` where none can be kept.
pub fn of(state: &Path) -> Option<[u8; 32]> {
    let path = state.join(FILE);
    if let Some(key) = read(&path) {
        return Some(key);
    }
    // It appears whole or not at all: half a key that another process reads would be another key.
    let temporary = state.join(format!(".{FILE}.{}", random::identity()));
    let kept = write(&temporary, &random::bytes()).and_then(|()| {
        let linked = fs::hard_link(&temporary, &path);
        // Of two processes, the first one's key stays; what is no key gives way to one.
        if linked.is_err() && path.exists() && read(&path).is_none() {
            return fs::rename(&temporary, &path);
        }
        linked
    });
    let _ = fs::remove_file(&temporary);
    if let Err(error) = kept {
        tracing::debug!("no key is kept: {error}");
    }
    read(&path)
}

fn read(path: &Path) -> Option<[u8; 32]> {
    fs::read(path).ok()?.try_into().ok()
}

fn write(path: &Path, key: &[u8; 32]) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    let mut file = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(key)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_key_is_made_once_and_is_private() {
        let folder = tempfile::tempdir().unwrap();
        let key = of(folder.path()).unwrap();
        assert_eq!(of(folder.path()), Some(key));
        let mode = fs::metadata(folder.path().join(FILE))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn many_at_once_have_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let keys: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| of(folder.path()))).collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .collect()
        });
        assert!(keys.iter().all(|key| key.is_some() && *key == keys[0]));
    }

    #[test]
    fn what_is_no_key_gives_way_and_no_place_is_no_key() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FILE), b"short").unwrap();
        let key = of(folder.path()).unwrap();
        assert_eq!(of(folder.path()), Some(key));
        assert_eq!(of(&folder.path().join("nowhere")), None);
    }
}
