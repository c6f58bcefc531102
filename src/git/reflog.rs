//! The newest line of a reflog: how HEAD came to where it is, read from the end of one file.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use bstr::ByteSlice;

use super::{Oid, Repo};

/// A line holds two object names, an identity and the first line of a message.
const TAIL: u64 = 8 << 10;

/// Older movements than these are forgotten: some forty thousand.
const LARGEST: u64 = 8 << 20;

/// One movement of HEAD.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// Where it was; `None` if it was nowhere.
    pub from: Option<Oid>,
    /// Where it went.
    pub to: Oid,
    /// What moved it and why, such as `commit (amend): fix`.
    pub why: String,
}

impl Move {
    /// Reads a line of a reflog.
    pub(super) fn parse(line: &[u8]) -> Option<Self> {
        let (names, why) = match line.find_byte(b'\t') {
            Some(tab) => (line.get(..tab)?, line.get(tab + 1..)?),
            None => (line, &b""[..]),
        };
        let mut words = names.splitn(3, |byte| *byte == b' ');
        let (from, to) = (words.next()?, words.next()?);
        let is_null = from.iter().all(|byte| *byte == b'0');
        Some(Self {
            from: if is_null {
                None
            } else {
                Some(Oid::from_hex(from).ok()?)
            },
            to: Oid::from_hex(to).ok()?,
            why: String::from_utf8_lossy(why).into_owned(),
        })
    }

    /// Whether it made the commit it went to, as opposed to moving to one that was there.
    pub fn made_a_commit(&self) -> bool {
        let (action, rest) = self.why.split_once(':').unwrap_or((&self.why, ""));
        let verb = action.split(' ').next().unwrap_or_default();
        let over = action.ends_with("(finish)");
        match verb {
            "commit" | "cherry-pick" | "revert" | "am" => true,
            "rebase" => over,
            "merge" => !rest.starts_with(" Fast-forward"),
            "pull" => over || rest.starts_with(" Merge made"),
            _ => false,
        }
    }

    /// The first parent of the commit it made, where that is where HEAD was: everywhere but after amending and rebasing.
    pub fn parent_of_made(&self) -> Option<&Oid> {
        let action = self.why.split_once(':').map_or("", |(action, _)| action);
        let verb = action.split(' ').next().unwrap_or_default();
        let on_top = self.made_a_commit() && verb != "rebase" && verb != "pull";
        self.from
            .as_ref()
            .filter(|_| on_top && action != "commit (amend)")
    }
}

impl Repo {
    /// How HEAD came to where it is; `None` where no reflog is kept. git is asked only where the log is not a file.
    pub fn last_move(&self) -> Option<Move> {
        let git_dir = &self.located().git_dir;
        read_last(&git_dir.join("logs/HEAD")).or_else(|| {
            let is_reftable = self.located().common_dir.join("reftable").is_dir();
            is_reftable.then(|| self.last_move_by_git())?
        })
    }

    /// The movements of HEAD, in any worktree, and of branches that led to this commit.
    pub fn moves_to(&self, commit: &Oid) -> Vec<Move> {
        let located = self.located();
        if located.common_dir.join("reftable").is_dir() {
            return self.moves_to_by_git(commit);
        }
        let worktrees = located.common_dir.join("worktrees");
        let others = std::fs::read_dir(worktrees).into_iter().flatten().flatten();
        let mut heads = vec![located.git_dir.clone(), located.common_dir.clone()];
        heads.extend(others.map(|entry| entry.path()));
        heads.dedup();
        for folder in heads {
            let found = moves_in(&folder.join("logs/HEAD"), commit);
            if !found.is_empty() {
                return found;
            }
        }
        // The worktree in which it was made may be gone.
        walkdir::WalkDir::new(located.common_dir.join("logs/refs/heads"))
            .into_iter()
            .flatten()
            .filter(|entry| entry.file_type().is_file())
            .flat_map(|entry| moves_in(entry.path(), commit))
            .collect()
    }

    fn moves_to_by_git(&self, commit: &Oid) -> Vec<Move> {
        let said = self
            .git(["log", "-g", "--all", "--max-count=20000", "--format=%H %gs"])
            .run()
            .unwrap_or_default();
        let lines = said.lines().filter_map(|line| line.split_once_str(" "));
        lines
            .filter(|(oid, _)| *oid == commit.as_str().as_bytes())
            .map(|(_, why)| Move {
                from: None,
                to: commit.clone(),
                why: String::from_utf8_lossy(why).into_owned(),
            })
            .collect()
    }

    fn last_move_by_git(&self) -> Option<Move> {
        let said = self
            .git(["log", "-g", "-2", "--format=%H %gs", "HEAD"])
            .run()
            .ok()?;
        let mut lines = said.lines();
        let (to, why) = lines.next()?.split_once_str(" ")?;
        let before = lines.next().and_then(|line| line.split_once_str(" "));
        Some(Move {
            from: before.and_then(|(from, _)| Oid::from_hex(from).ok()),
            to: Oid::from_hex(to).ok()?,
            why: String::from_utf8_lossy(why).into_owned(),
        })
    }
}

/// The lines of one log that led to a commit, of its newest part.
fn moves_in(path: &Path, commit: &Oid) -> Vec<Move> {
    let text = tail(path, LARGEST).unwrap_or_default();
    // Nearly every line is about another commit.
    text.find_iter(commit.as_str().as_bytes())
        .filter_map(|at| {
            let start = text.get(..at)?.rfind_byte(b'\n').map_or(0, |end| end + 1);
            Move::parse(text.get(start..)?.lines().next()?)
        })
        .filter(|movement| movement.to == *commit)
        .collect()
}

fn read_last(path: &Path) -> Option<Move> {
    let tail = tail(path, TAIL)?;
    let lines = tail.trim_end_with(|c| c == '\n');
    Move::parse(lines.rsplit(|byte| *byte == b'\n').next()?)
}

/// At most the last `most` bytes of a file.
fn tail(path: &Path, most: u64) -> Option<Vec<u8>> {
    let mut file = File::open(path).ok()?;
    let length = file
        .metadata()
        .ok()
        .filter(std::fs::Metadata::is_file)?
        .len();
    file.seek(SeekFrom::Start(length.saturating_sub(most)))
        .ok()?;
    let room = usize::try_from(length.min(most)).ok()? + 1;
    let mut tail = Vec::with_capacity(room);
    file.take(most).read_to_end(&mut tail).ok()?;
    Some(tail)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::super::testing::TestRepo;
    use super::super::{GitEnv, discover};
    use super::*;

    fn last_move(repo: &TestRepo) -> Option<Move> {
        let located = discover(repo.top(), &GitEnv::default()).unwrap();
        Repo::open(&located).unwrap().last_move()
    }

    fn because(why: &str) -> Move {
        Move {
            from: Some("1".repeat(40).parse().unwrap()),
            to: "2".repeat(40).parse().unwrap(),
            why: why.to_owned(),
        }
    }

    #[test]
    fn every_log_is_searched_for_a_commit() {
        for options in [&[][..], &["--ref-format=reftable"]] {
            let repo = TestRepo::new(options);
            repo.git(&["commit", "--quiet", "--allow-empty", "--message", "one"]);
            let linked = repo.beside("linked");
            repo.git(&["worktree", "add", "--quiet", linked.to_str().unwrap()]);
            let path = linked.to_str().unwrap();
            repo.git(&[
                "-C",
                path,
                "commit",
                "--quiet",
                "--allow-empty",
                "--message",
                "two",
            ]);
            let tip = repo.tip("linked");
            let located = discover(repo.top(), &GitEnv::default()).unwrap();
            let moves = || Repo::open(&located).unwrap().moves_to(&tip);
            assert!(
                moves().iter().any(|it| it.why == "commit: two"),
                "{options:?}"
            );
            // Its branch remembers what the worktree did.
            repo.git(&["worktree", "remove", "--force", path]);
            assert!(
                moves().iter().any(|it| it.why == "commit: two"),
                "{options:?}"
            );
            let none = "1".repeat(40).parse().unwrap();
            assert!(Repo::open(&located).unwrap().moves_to(&none).is_empty());
        }
    }

    #[test]
    fn the_reflog_tells_making_from_moving() {
        for (why, made) in [
            ("commit: fix", true),
            ("commit (initial): begin", true),
            ("commit (amend): fix", true),
            ("commit (merge): Merge branch 'x'", true),
            ("cherry-pick: fix", true),
            ("revert: Revert \"fix\"", true),
            ("am: fix", true),
            ("merge topic: Merge made by the 'ort' strategy.", true),
            ("merge topic: Fast-forward", false),
            ("pull: Fast-forward", false),
            ("pull --no-rebase: Merge made by the 'ort' strategy.", true),
            ("pull --rebase (finish): returning to refs/heads/main", true),
            ("rebase (finish): returning to refs/heads/main", true),
            ("rebase (start): checkout main", false),
            ("rebase (abort): returning to refs/heads/main", false),
            ("reset: moving to HEAD~1", false),
            ("checkout: moving from main to topic", false),
            ("clone: from /somewhere", false),
            ("", false),
        ] {
            assert_eq!(because(why).made_a_commit(), made, "{why:?}");
        }
    }

    #[test]
    fn what_is_made_on_top_has_its_parent_where_head_was() {
        for (why, on_top) in [
            ("commit: fix", true),
            ("commit (merge): Merge branch 'x'", true),
            ("cherry-pick: fix", true),
            ("merge topic: Merge made by the 'ort' strategy.", true),
            ("commit (amend): fix", false),
            ("rebase (finish): returning to refs/heads/main", false),
            ("pull: Fast-forward", false),
        ] {
            assert_eq!(because(why).parent_of_made().is_some(), on_top, "{why:?}");
        }
    }

    #[test]
    fn the_last_line_of_a_real_reflog_is_read() {
        for options in [&[][..], &["--ref-format=reftable"]] {
            let repo = TestRepo::new(options);
            assert_eq!(last_move(&repo), None);
            repo.git(&["commit", "--quiet", "--allow-empty", "--message", "one"]);
            let first = last_move(&repo).unwrap();
            assert_eq!(
                (first.from, first.why.as_str()),
                (None, "commit (initial): one")
            );
            let message = "two\n\nmore";
            repo.git(&["commit", "--quiet", "--allow-empty", "--message", message]);
            let second = last_move(&repo).unwrap();
            assert_eq!(second.parent_of_made(), Some(&first.to));
            assert_eq!(second.why, "commit: two");
        }
    }
}
