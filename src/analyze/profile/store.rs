//! Where the profile is kept: one file that only its owner may read, in a folder of the user's.
//!
//! It is one file for all repositories, `{common, repositories: {id: …}}`: the person is the same everywhere, habits
//! differ from place to place, and what a new repository shows is drawn from the others.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::attribute::Observation;
use super::model::Profile;
use super::steward::Steward;
use crate::system::state_file::StateFile;

pub use crate::system::state_file::StateFileError as StoreError;

/// The version of the file's form.
const SCHEMA: u32 = 1;

/// The user's profile on disk.
#[derive(Clone, Debug)]
pub struct ProfileStore {
    file: StateFile,
}

/// What came of a change.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept<T> {
    /// What the change returned.
    pub value: T,
    /// Where a file that could not be read was moved; the profile began anew.
    pub moved_aside: Option<PathBuf>,
}

impl ProfileStore {
    /// In this folder. Nothing is made before something is kept.
    pub fn new(folder: &Path) -> Self {
        Self {
            file: StateFile::new(folder.join("profile.json"), "profile.lock", SCHEMA),
        }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// The profile; empty where there is none. A damaged file counts as none and stays where it is:
    /// [`ProfileStore::set_damaged_aside`] says whether it is damaged.
    pub fn load(&self) -> Result<Profile, StoreError> {
        Ok(self.file.read::<Profile>()?.readable().unwrap_or_default())
    }

    /// Moves a damaged file aside, and says where it is now; `None` if the file is well or there is none.
    pub fn set_damaged_aside(&self) -> Result<Option<PathBuf>, StoreError> {
        let moved = self.file.set_damaged_aside::<Profile>()?;
        Ok(moved.then(|| self.file.damaged_path()))
    }

    /// Changes the profile while nobody else does, and keeps it if it is another one afterwards.
    pub fn change<T>(&self, change: impl FnOnce(&mut Profile) -> T) -> Result<Kept<T>, StoreError> {
        let mut value = None;
        let damaged = self.file.change(|stored: Option<Profile>| {
            let mut profile = stored.unwrap_or_default();
            let version = profile.version;
            value = Some(change(&mut profile));
            (profile.version != version).then_some(profile)
        })?;
        let moved_aside = damaged.then(|| self.file.damaged_path());
        match value {
            Some(value) => Ok(Kept { value, moved_aside }),
            // `StateFile::change` calls back or fails.
            None => Err(StoreError::Io {
                action: "change",
                path: self.path().to_path_buf(),
                source: std::io::ErrorKind::Other.into(),
            }),
        }
    }

    /// Lets the profile hear what was observed in the repository with this id.
    pub fn observe(
        &self,
        repository: &str,
        observed: Vec<Observation>,
        now: Timestamp,
    ) -> Result<Kept<Steward>, StoreError> {
        self.change(|profile| Steward::hear(profile, repository, observed, now))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::analyze::profile::{Scope, Value};

    fn now() -> Timestamp {
        Timestamp::from_second(1_700_000_000).unwrap()
    }

    fn name(profile: &mut Profile, name: &str) {
        profile
            .correct(Scope::Everywhere, "identity.name", name, now())
            .unwrap();
    }

    #[test]
    fn it_is_private_and_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let store = ProfileStore::new(&folder.path().join("state"));
        assert_eq!(store.load().unwrap(), Profile::default());
        assert!(!store.path().exists());
        store.change(|profile| name(profile, "Jane")).unwrap();
        let mode = fs::metadata(store.path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(
            store.load().unwrap().common["identity.name"].value,
            Value::text("Jane")
        );
        let before = fs::metadata(store.path()).unwrap().modified().unwrap();
        store.change(|profile| profile.emails()).unwrap();
        assert_eq!(
            fs::metadata(store.path()).unwrap().modified().unwrap(),
            before
        );
    }

    #[test]
    fn a_damaged_file_is_moved_aside_and_that_is_said() {
        for content in [
            "{",
            "",
            "{\"schema\":1,\"version\":\"x\"}",
            "{\"version\":1}",
        ] {
            let folder = tempfile::tempdir().unwrap();
            let store = ProfileStore::new(folder.path());
            fs::write(store.path(), content).unwrap();
            assert_eq!(store.load().unwrap(), Profile::default());
            let kept = store.change(|profile| name(profile, "Jane")).unwrap();
            let aside = kept.moved_aside.unwrap();
            assert_eq!(fs::read_to_string(aside).unwrap(), content);
            assert_eq!(store.load().unwrap().version, 1);
            assert_eq!(store.set_damaged_aside().unwrap(), None);
        }
    }

    #[test]
    fn what_a_newer_version_wrote_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let store = ProfileStore::new(folder.path());
        let content = "{\"schema\":2,\"everything\":\"else\"}";
        fs::write(store.path(), content).unwrap();
        assert!(matches!(store.load(), Err(StoreError::TooNew { .. })));
        assert!(store.change(|profile| name(profile, "Jane")).is_err());
        assert_eq!(fs::read_to_string(store.path()).unwrap(), content);
    }

    #[test]
    fn writers_wait_for_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let store = ProfileStore::new(folder.path());
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let store = &store;
                scope.spawn(move || {
                    for number in 0..10 {
                        store
                            .change(|profile| name(profile, &format!("{thread}.{number}")))
                            .unwrap();
                    }
                });
            }
        });
        assert_eq!(store.load().unwrap().version, 40);
    }
}
