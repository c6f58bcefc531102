//! The user's repositories that a tick visits: one JSON file in the user's state folder.
//!
//! A repository is entered when hooks or the schedule are installed in it. It is named by its common git folder, so its
//! linked worktrees are one entry. One that has vanished keeps its place for [`KEPT`]: a disk may be plugged in again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::system::dirs::RepositoryId;
use crate::system::state_file::{StateFile, failed};
use crate::system::stored_path::StoredPath;

pub use crate::system::state_file::StateFileError as RegistryError;

/// How long a vanished repository is remembered.
pub const KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The version of the file's form.
const SCHEMA: u32 = 1;

/// A repository that ticks visit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    /// What names it: [`RepositoryId`] of its common git folder.
    pub id: String,
    /// The git folder that its worktrees share, canonical.
    pub common_dir: PathBuf,
    /// The worktrees from which it was entered, oldest first; none for a bare repository.
    pub worktrees: Vec<PathBuf>,
    /// When it was entered.
    pub added_at: Timestamp,
    /// Since when it has not been found.
    pub vanished_since: Option<Timestamp>,
}

/// What a visit found in place of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sight {
    /// The repository.
    Present,
    /// Nothing.
    Vanished,
    /// The repository, without this one of its worktrees.
    WithoutWorktree(PathBuf),
}

#[derive(Serialize, Deserialize)]
struct StoredRepository {
    common_dir: StoredPath,
    #[serde(default)]
    worktrees: Vec<StoredPath>,
    added_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    vanished_since: Option<Timestamp>,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    repositories: BTreeMap<String, StoredRepository>,
}

type Repositories = BTreeMap<String, Registered>;

/// The registry of one user.
#[derive(Clone, Debug)]
pub struct Registry {
    file: StateFile,
}

impl Registry {
    /// In the user's state folder, [`crate::system::dirs::Dirs::state`]. Nothing is made before something is entered.
    pub fn new(state: &Path) -> Self {
        let path = state.join("repositories.json");
        Self {
            file: StateFile::new(path, "repositories.lock", SCHEMA),
        }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// Where a file that could not be read was moved.
    pub fn damaged_path(&self) -> PathBuf {
        self.file.damaged_path()
    }

    /// Enters a repository, and one of its worktrees; says whether that was new. Its git folder must exist.
    pub fn add(
        &self,
        common_dir: &Path,
        worktree: Option<&Path>,
        now: Timestamp,
    ) -> Result<bool, RegistryError> {
        let common_dir = common_dir
            .canonicalize()
            .map_err(failed("find", common_dir))?;
        let id = RepositoryId::of(&common_dir).map_err(failed("name", &common_dir))?;
        let worktree = match worktree {
            Some(path) => Some(path.canonicalize().map_err(failed("find", path))?),
            None => None,
        };
        self.change(|repositories| {
            let entry = repositories
                .entry(id.as_str().to_owned())
                .or_insert_with_key(|id| Registered {
                    id: id.clone(),
                    common_dir,
                    worktrees: Vec::new(),
                    added_at: now,
                    vanished_since: None,
                });
            entry.vanished_since = None;
            if let Some(worktree) = worktree
                && !entry.worktrees.contains(&worktree)
            {
                entry.worktrees.push(worktree);
            }
        })
    }

    /// The repositories, in an order that stays: by what names them.
    ///
    /// A damaged file counts as empty; [`Registry::set_damaged_aside`] says whether it is one.
    pub fn list(&self) -> Result<Vec<Registered>, RegistryError> {
        let stored = self.file.read()?.readable();
        Ok(repositories(stored).into_values().collect())
    }

    /// Takes a repository out, whether it exists or not; says whether it was in.
    pub fn remove(&self, common_dir: &Path) -> Result<bool, RegistryError> {
        let canonical = common_dir.canonicalize();
        let common_dir = canonical.as_deref().unwrap_or(common_dir);
        self.change(|repositories| {
            repositories.retain(|_, one| one.common_dir != common_dir);
        })
    }

    /// Notes what visits found; returns those that have been gone for [`KEPT`] and are forgotten now.
    pub fn saw(
        &self,
        sights: &[(&str, Sight)],
        now: Timestamp,
    ) -> Result<Vec<Registered>, RegistryError> {
        let mut forgotten = Vec::new();
        self.change(|repositories| {
            for (id, sight) in sights {
                let Some(one) = repositories.get_mut(*id) else {
                    continue;
                };
                match sight {
                    Sight::Present => one.vanished_since = None,
                    Sight::WithoutWorktree(gone) => {
                        one.vanished_since = None;
                        one.worktrees.retain(|worktree| worktree != gone);
                    }
                    Sight::Vanished => {
                        // A moment that has not come yet was written by a clock that ran ahead.
                        let since = one.vanished_since.filter(|since| *since <= now);
                        let since = *one.vanished_since.insert(since.unwrap_or(now));
                        if now.duration_since(since) >= KEPT {
                            forgotten.extend(repositories.remove(*id));
                        }
                    }
                }
            }
        })?;
        Ok(forgotten)
    }

    /// Moves a damaged file aside, and says where it is now; `None` if the file is well or there is none.
    pub fn set_damaged_aside(&self) -> Result<Option<PathBuf>, RegistryError> {
        let moved = self.file.set_damaged_aside::<Stored>()?;
        Ok(moved.then(|| self.damaged_path()))
    }

    /// Reads, changes and writes, while nobody else does; says whether anything was different afterwards.
    fn change(&self, change: impl FnOnce(&mut Repositories)) -> Result<bool, RegistryError> {
        let mut differs = false;
        self.file.change(|stored| {
            let mut found = repositories(stored);
            let before = found.clone();
            change(&mut found);
            differs = found != before;
            differs.then(|| Stored {
                repositories: found
                    .iter()
                    .map(|(id, one)| (id.clone(), self::stored(one)))
                    .collect(),
            })
        })?;
        Ok(differs)
    }
}

fn repositories(stored: Option<Stored>) -> Repositories {
    let stored = stored.map(|stored| stored.repositories).unwrap_or_default();
    let registered = stored
        .into_iter()
        .map(|(id, one)| (id.clone(), registered(id, one)));
    registered.collect()
}

fn registered(id: String, stored: StoredRepository) -> Registered {
    Registered {
        id,
        common_dir: stored.common_dir.into(),
        worktrees: stored.worktrees.into_iter().map(PathBuf::from).collect(),
        added_at: stored.added_at,
        vanished_since: stored.vanished_since,
    }
}

fn stored(one: &Registered) -> StoredRepository {
    StoredRepository {
        common_dir: one.common_dir.as_path().into(),
        worktrees: one
            .worktrees
            .iter()
            .map(|path| path.as_path().into())
            .collect(),
        added_at: one.added_at,
        vanished_since: one.vanished_since,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use std::ffi::OsString;
    use std::fs;
    use std::os::unix::ffi::OsStringExt as _;
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

    use super::*;

    struct World {
        folder: tempfile::TempDir,
        registry: Registry,
    }

    impl World {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let registry = Registry::new(&folder.path().join("state/git-tend"));
            Self { folder, registry }
        }

        fn git_dir(&self, name: impl AsRef<Path>) -> PathBuf {
            let path = self.folder.path().join(name).join(".git");
            fs::create_dir_all(&path).unwrap();
            path
        }

        fn add(&self, name: &str) -> String {
            let git = self.git_dir(name);
            assert!(self.registry.add(&git, git.parent(), day(0)).unwrap());
            let listed = self.registry.list().unwrap();
            let found = listed
                .iter()
                .find(|one| one.common_dir == git.canonicalize().unwrap());
            found.unwrap().id.clone()
        }
    }

    fn day(number: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + number * 86_400).unwrap()
    }

    #[test]
    fn a_repository_is_entered_once_and_its_worktrees_are_remembered() {
        let world = World::new();
        assert_eq!(world.registry.list().unwrap(), []);
        let git = world.git_dir("a");
        let (main, linked) = (git.parent().unwrap(), world.folder.path().join("linked"));
        fs::create_dir(&linked).unwrap();
        assert!(world.registry.add(&git, Some(main), day(0)).unwrap());
        assert!(!world.registry.add(&git, Some(main), day(1)).unwrap());
        assert!(
            !world
                .registry
                .add(&git.join("../.git"), None, day(1))
                .unwrap()
        );
        assert!(world.registry.add(&git, Some(&linked), day(1)).unwrap());
        let listed = world.registry.list().unwrap();
        assert_eq!(listed.len(), 1);
        assert_eq!(
            listed[0].worktrees,
            [main.canonicalize().unwrap(), linked.canonicalize().unwrap()]
        );
        assert_eq!(listed[0].added_at, day(0));
        assert!(world.registry.remove(&git).unwrap());
        assert!(!world.registry.remove(&git).unwrap());
        assert_eq!(world.registry.list().unwrap(), []);
    }

    #[test]
    fn entering_the_same_again_does_not_write() {
        let world = World::new();
        world.add("a");
        let git = world.git_dir("a");
        let before = fs::metadata(world.registry.path()).unwrap();
        world.registry.add(&git, git.parent(), day(3)).unwrap();
        assert_eq!(
            before.ino(),
            fs::metadata(world.registry.path()).unwrap().ino()
        );
    }

    #[test]
    fn paths_that_are_no_text_survive() {
        let world = World::new();
        let name = OsString::from_vec(b"caf\xe9 \n\"x".to_vec());
        let git = world.git_dir(&name);
        world.registry.add(&git, git.parent(), day(0)).unwrap();
        let listed = world.registry.list().unwrap();
        assert_eq!(listed[0].common_dir, git.canonicalize().unwrap());
        assert_eq!(
            listed[0].worktrees,
            [git.parent().unwrap().canonicalize().unwrap()]
        );
        assert!(world.registry.remove(&git).unwrap());
    }

    #[test]
    fn what_has_vanished_is_forgotten_after_a_week_and_not_before() {
        let world = World::new();
        let (a, b) = (world.add("a"), world.add("b"));
        let saw = |a_is: Sight, now| {
            let sights = [(a.as_str(), a_is), (b.as_str(), Sight::Present)];
            world.registry.saw(&sights, now).unwrap().len()
        };
        let since = || {
            let listed = world.registry.list().unwrap();
            listed
                .iter()
                .find(|one| one.id == a)
                .map(|one| one.vanished_since)
        };
        assert_eq!(saw(Sight::Vanished, day(1)), 0);
        assert_eq!(saw(Sight::Vanished, day(3)), 0);
        assert_eq!(since(), Some(Some(day(1))));
        // Plugged in again, and out again.
        assert_eq!(saw(Sight::Present, day(4)), 0);
        assert_eq!(since(), Some(None));
        // The clock ran ten years ahead for a minute.
        assert_eq!(saw(Sight::Vanished, day(3650)), 0);
        assert_eq!(saw(Sight::Vanished, day(5)), 0);
        assert_eq!(since(), Some(Some(day(5))));
        assert_eq!(saw(Sight::Vanished, day(11)), 0);
        assert_eq!(saw(Sight::Vanished, day(12)), 1);
        assert_eq!(since(), None);
        assert_eq!(world.registry.list().unwrap().len(), 1);
    }

    #[test]
    fn a_worktree_that_is_gone_is_forgotten_alone() {
        let world = World::new();
        let id = world.add("a");
        let linked = world.folder.path().join("linked");
        fs::create_dir(&linked).unwrap();
        let git = world.git_dir("a");
        world.registry.add(&git, Some(&linked), day(0)).unwrap();
        let gone = Sight::WithoutWorktree(linked.canonicalize().unwrap());
        world.registry.saw(&[(&id, gone)], day(1)).unwrap();
        let listed = world.registry.list().unwrap();
        assert_eq!(
            listed[0].worktrees,
            [git.parent().unwrap().canonicalize().unwrap()]
        );
    }

    #[test]
    fn a_damaged_file_is_kept_aside_and_said_once() {
        for damage in [
            "",
            "{",
            "[]",
            "{\"schema\":1}",
            "{\"schema\":0,\"repositories\":{}}",
            "\u{0}",
        ] {
            let world = World::new();
            world.add("a");
            fs::write(world.registry.path(), damage).unwrap();
            assert_eq!(world.registry.list().unwrap(), [], "{damage:?}");
            let aside = world.registry.set_damaged_aside().unwrap().unwrap();
            assert_eq!(fs::read_to_string(aside).unwrap(), damage);
            assert_eq!(world.registry.set_damaged_aside().unwrap(), None);
            world.add("b");
            assert_eq!(world.registry.list().unwrap().len(), 1);
            // Entering something is as good an occasion.
            fs::write(world.registry.path(), damage).unwrap();
            world.add("c");
            assert_eq!(world.registry.list().unwrap().len(), 1);
            assert_eq!(
                fs::read_to_string(world.registry.damaged_path()).unwrap(),
                damage
            );
        }
    }

    #[test]
    fn the_registry_of_a_newer_version_is_left_alone() {
        let world = World::new();
        world.add("a");
        let newer = r#"{"schema":2,"repositories":[]}"#;
        fs::write(world.registry.path(), newer).unwrap();
        assert!(matches!(
            world.registry.list(),
            Err(RegistryError::TooNew { found: 2, .. })
        ));
        let git = world.git_dir("b");
        assert!(world.registry.add(&git, None, day(0)).is_err());
        assert_eq!(fs::read_to_string(world.registry.path()).unwrap(), newer);
    }

    #[test]
    fn nobody_else_can_read_it() {
        let world = World::new();
        world.add("a");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(world.registry.path()), 0o600);
        assert_eq!(mode(world.registry.path().parent().unwrap()), 0o700);
    }

    #[test]
    fn repositories_entered_at_once_are_all_kept() {
        let world = World::new();
        let folders: Vec<_> = (0..8)
            .map(|number| world.git_dir(format!("r{number}")))
            .collect();
        std::thread::scope(|scope| {
            for git in &folders {
                let registry = &world.registry;
                scope.spawn(move || registry.add(git, None, day(0)).unwrap());
            }
        });
        assert_eq!(world.registry.list().unwrap().len(), 8);
    }
}
