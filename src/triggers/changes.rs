//! Which files changed: the comparison of what was seen with what is there, as a function of both.
//!
//! A file whose stat is what it was costs one `lstat`. Its change time is part of the stat: programs can set every other
//! stamp back, but not that one. An equal stat proves nothing about a file that changed within the clock's grain before
//! it was looked at (it is "racily clean", as git says); its content is read.
//!
//! Contents are hashed where the stat cannot tell. The files of a first look are hashed bit by bit in later passes, so
//! that the first one is not as slow as reading the whole repository; until its turn has come, a file whose stat changed
//! counts as modified even if only its times did.

use bstr::BString;

/// The grain of a file system's clock, generously: two seconds on FAT, ten milliseconds and less elsewhere.
pub const GRAIN_NS: i64 = 2_000_000_000;

/// What a single `lstat` says about a regular file or a symbolic link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stat {
    /// Size in bytes.
    pub size: u64,
    /// Modification time, in nanoseconds since the epoch.
    pub mtime_ns: i64,
    /// Change time, in nanoseconds since the epoch.
    pub ctime_ns: i64,
    /// Inode number.
    pub inode: u64,
}

impl Stat {
    /// Whether a change just after `look_ns` could leave the same stat behind.
    ///
    /// Stamps far ahead of the clock (set by a program, or left from a clock that was wrong) are as good as old ones.
    fn is_racy(&self, look_ns: i64) -> bool {
        [self.mtime_ns, self.ctime_ns]
            .into_iter()
            .any(|stamp| stamp.abs_diff(look_ns) <= GRAIN_NS.unsigned_abs())
    }
}

/// The hash of a file's content; of a symbolic link's target.
pub type ContentHash = [u8; 32];

/// What is remembered of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Its stat when it was looked at.
    pub stat: Stat,
    /// Its content, where it was read.
    pub hash: Option<ContentHash>,
    /// Whether an equal stat proves nothing.
    pub racy: bool,
}

/// What happened to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ChangeKind {
    /// It was not there.
    Created,
    /// Its content is another.
    Modified,
    /// It is not there any more.
    Deleted,
}

impl ChangeKind {
    /// The name stored and printed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Modified => "modified",
            Self::Deleted => "deleted",
        }
    }
}

/// A file that changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileChange {
    /// Relative to the worktree's top.
    pub path: BString,
    /// What happened.
    pub kind: ChangeKind,
    /// The newest of its stamps, in nanoseconds since the epoch; `None` for what is gone.
    pub stamp_ns: Option<i64>,
}

/// The contents of files, read on demand.
pub trait Contents {
    /// The hash of a file's content; `None` if it is not there any more.
    fn hash(&mut self, path: &BString, stat: &Stat) -> Option<ContentHash>;
}

/// What to do about one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// What happened, if anything.
    pub kind: Option<ChangeKind>,
    /// What to remember from now on, if it differs from what is remembered; `Some(None)` to forget the file.
    pub remember: Option<Option<Seen>>,
}

const UNCHANGED: Look = Look {
    kind: None,
    remember: None,
};

/// Compares what is remembered of a file with what is there.
///
/// `look_ns` is when this pass began, by the clock that stamps files. `baseline` records unknown files as if they had
/// always been there. `eager` reads the content of a file that was never read, though its stat is clean.
pub fn look<C: Contents>(
    path: &BString,
    seen: Option<&Seen>,
    stat: Option<Stat>,
    look_ns: i64,
    baseline: bool,
    eager: bool,
    contents: &mut C,
) -> Look {
    let Some(stat) = stat else {
        return match seen {
            Some(_) => Look {
                kind: Some(ChangeKind::Deleted),
                remember: Some(None),
            },
            None => UNCHANGED,
        };
    };
    let racy = stat.is_racy(look_ns);
    let clean = seen.is_some_and(|seen| seen.stat == stat);
    let proves = clean && !racy && seen.is_some_and(|seen| !seen.racy);
    if proves && (!eager || seen.is_some_and(|seen| seen.hash.is_some())) {
        return UNCHANGED;
    }
    // At a first look only what an equal stat could not vouch for later must be read.
    let hash = if seen.is_some() || racy || eager || !baseline {
        match contents.hash(path, &stat) {
            Some(hash) => Some(hash),
            // It vanished since the `lstat`.
            None => return look(path, seen, None, look_ns, baseline, eager, contents),
        }
    } else {
        None
    };
    let kind = match seen {
        None => (!baseline).then_some(ChangeKind::Created),
        Some(_) if proves => None,
        Some(seen) => (seen.hash.is_none() || seen.hash != hash).then_some(ChangeKind::Modified),
    };
    let now = Seen { stat, hash, racy };
    Look {
        kind,
        remember: (seen != Some(&now)).then_some(Some(now)),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    const SECOND: i64 = 1_000_000_000;

    /// A file system whose clock has a grain, and whose files a program may stamp as it likes.
    #[derive(Default)]
    struct Disk {
        clock: i64,
        files: BTreeMap<BString, (Stat, u8)>,
        inodes: u64,
        reads: usize,
    }

    impl Disk {
        fn write(&mut self, name: &str, content: u8, grain: i64) {
            let stamp = self.clock - self.clock % grain;
            let inode = match self.files.get(&BString::from(name)) {
                Some((stat, _)) => stat.inode,
                None => {
                    self.inodes += 1;
                    self.inodes
                }
            };
            let stat = Stat {
                size: 1,
                mtime_ns: stamp,
                ctime_ns: stamp,
                inode,
            };
            self.files.insert(name.into(), (stat, content));
        }

        fn touch(&mut self, name: &str, mtime_ns: i64, grain: i64) {
            let stamp = self.clock - self.clock % grain;
            if let Some((stat, _)) = self.files.get_mut(&BString::from(name)) {
                stat.mtime_ns = mtime_ns;
                stat.ctime_ns = stamp;
            }
        }
    }

    impl Contents for Disk {
        fn hash(&mut self, path: &BString, _: &Stat) -> Option<ContentHash> {
            self.reads += 1;
            self.files.get(path).map(|(_, content)| [*content; 32])
        }
    }

    #[derive(Default)]
    struct Watcher {
        seen: BTreeMap<BString, Seen>,
        passes: usize,
    }

    impl Watcher {
        fn pass(&mut self, disk: &mut Disk, eager: bool) -> BTreeMap<BString, ChangeKind> {
            let paths: Vec<_> = self
                .seen
                .keys()
                .chain(disk.files.keys())
                .cloned()
                .collect::<std::collections::BTreeSet<_>>()
                .into_iter()
                .collect();
            let mut changes = BTreeMap::new();
            for path in paths {
                let stat = disk.files.get(&path).map(|(stat, _)| *stat);
                let seen = self.seen.get(&path).copied();
                let found = look(
                    &path,
                    seen.as_ref(),
                    stat,
                    disk.clock,
                    self.passes == 0,
                    eager,
                    disk,
                );
                if let Some(kind) = found.kind {
                    changes.insert(path.clone(), kind);
                }
                match found.remember {
                    Some(Some(now)) => {
                        self.seen.insert(path, now);
                    }
                    Some(None) => {
                        self.seen.remove(&path);
                    }
                    None => {}
                }
            }
            self.passes += 1;
            changes
        }
    }

    #[test]
    fn the_first_look_reports_nothing_and_reads_only_what_is_fresh() {
        let mut disk = Disk {
            clock: 100 * SECOND,
            ..Disk::default()
        };
        disk.write("old", 1, 1);
        disk.clock = 200 * SECOND;
        disk.write("fresh", 1, 1);
        let mut watcher = Watcher::default();
        assert!(watcher.pass(&mut disk, false).is_empty());
        assert_eq!(disk.reads, 1);
        // Clean by stat: nothing is read once the fresh one is old enough.
        disk.clock = 300 * SECOND;
        watcher.pass(&mut disk, false);
        watcher.pass(&mut disk, false);
        assert_eq!(disk.reads, 2);
        // An eager pass reads what was never read, once.
        watcher.pass(&mut disk, true);
        watcher.pass(&mut disk, true);
        assert_eq!(disk.reads, 3);
    }

    #[test]
    fn created_modified_deleted_recreated_and_only_touched() {
        let mut disk = Disk {
            clock: 100 * SECOND,
            ..Disk::default()
        };
        disk.write("a", 1, 1);
        disk.write("b", 1, 1);
        let mut watcher = Watcher::default();
        watcher.pass(&mut disk, true);
        disk.clock += 100 * SECOND;
        disk.write("a", 2, 1);
        disk.write("c", 1, 1);
        disk.files.remove(&BString::from("b"));
        let named = |changes: BTreeMap<BString, ChangeKind>| {
            changes
                .into_iter()
                .map(|(path, kind)| (path.to_string(), kind.name()))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            named(watcher.pass(&mut disk, false)),
            [
                ("a".to_owned(), "modified"),
                ("b".to_owned(), "deleted"),
                ("c".to_owned(), "created")
            ]
        );
        disk.clock += 100 * SECOND;
        disk.write("b", 1, 1);
        disk.touch("a", 7, 1);
        assert_eq!(
            named(watcher.pass(&mut disk, false)),
            [("b".to_owned(), "created")]
        );
    }

    #[test]
    fn a_stamp_far_in_the_future_is_not_read_again_and_again() {
        let mut disk = Disk {
            clock: 100 * SECOND,
            ..Disk::default()
        };
        disk.write("a", 1, 1);
        disk.touch("a", 900_000 * SECOND, 1);
        let mut watcher = Watcher::default();
        watcher.pass(&mut disk, true);
        for _ in 0..5 {
            disk.clock += 100 * SECOND;
            watcher.pass(&mut disk, true);
        }
        assert_eq!(disk.reads, 2);
    }

    #[derive(Clone, Debug)]
    enum Step {
        Wait(i64),
        Write(usize, u8),
        Touch(usize, i64),
        Remove(usize),
        Pass(bool),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            (0..5 * SECOND).prop_map(Step::Wait),
            (0..1000_i64).prop_map(Step::Wait),
            (0..3_usize, 0..3_u8).prop_map(|(file, content)| Step::Write(file, content)),
            (0..3_usize, 990 * SECOND..1100 * SECOND)
                .prop_map(|(file, mtime)| Step::Touch(file, mtime)),
            (0..3_usize).prop_map(Step::Remove),
            any::<bool>().prop_map(Step::Pass),
        ]
    }

    proptest! {
        /// Every pass reports exactly what differs from the pass before it, whatever stamps programs set and however
        /// coarse the clock of the file system is. Only files that were never read may be reported without need.
        #[test]
        fn every_change_of_content_is_noticed(
            grain in prop::sample::select(vec![1, 4_000_000, SECOND, 2 * SECOND]),
            steps in prop::collection::vec(step(), 1..80),
        ) {
            let mut disk = Disk { clock: 1000 * SECOND, ..Disk::default() };
            let mut watcher = Watcher::default();
            let mut before: Option<BTreeMap<BString, u8>> = None;
            let mut unread = std::collections::BTreeSet::new();
            for step in steps.into_iter().chain([Step::Pass(false)]) {
                match step {
                    Step::Wait(ns) => disk.clock += ns,
                    Step::Write(file, content) => disk.write(["a", "b", "c"][file], content, grain),
                    Step::Touch(file, mtime) => disk.touch(["a", "b", "c"][file], mtime, grain),
                    Step::Remove(file) => {
                        disk.files.remove(&BString::from(["a", "b", "c"][file]));
                    }
                    Step::Pass(eager) => {
                        let now: BTreeMap<_, _> = disk
                            .files
                            .iter()
                            .map(|(path, (_, content))| (path.clone(), *content))
                            .collect();
                        let found = watcher.pass(&mut disk, eager);
                        if let Some(before) = &before {
                            let mut expected = BTreeMap::new();
                            for (path, content) in &now {
                                match before.get(path) {
                                    None => {
                                        expected.insert(path.clone(), ChangeKind::Created);
                                    }
                                    Some(old) if old != content => {
                                        expected.insert(path.clone(), ChangeKind::Modified);
                                    }
                                    Some(_) => {}
                                }
                            }
                            for path in before.keys().filter(|path| !now.contains_key(*path)) {
                                expected.insert(path.clone(), ChangeKind::Deleted);
                            }
                            for (path, kind) in &expected {
                                prop_assert_eq!(found.get(path), Some(kind), "{}", path);
                            }
                            for (path, kind) in &found {
                                let needless = expected.get(path) != Some(kind);
                                prop_assert!(!needless || unread.contains(path), "{path} {kind:?}");
                            }
                        }
                        unread = watcher
                            .seen
                            .iter()
                            .filter(|(_, seen)| seen.hash.is_none())
                            .map(|(path, _)| path.clone())
                            .collect();
                        before = Some(now);
                    }
                }
            }
        }
    }
}
