//! Every movement of HEAD, with its time: the whole reflog instead of its newest line.

use std::path::PathBuf;

use bstr::ByteSlice;

use super::{GitError, Move, Repo};

/// More movements than these are not asked of git, newest first.
const MOST: &str = "--max-count=20000";

/// A movement of HEAD and when it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// What moved.
    pub movement: Move,
    /// When, in seconds since 1970.
    pub at: i64,
}

impl Moved {
    /// Reads a line of a reflog's file, without its line end.
    pub fn parse(line: &[u8]) -> Option<Self> {
        let names = line.split(|byte| *byte == b'\t').next()?;
        // Nothing but the time zone follows the time: a name may hold anything but `<`, `>` and a line end.
        let behind = names.get(names.rfind_byte(b'>')? + 1..)?;
        let at = behind.to_str().ok()?.split_ascii_whitespace().next()?;
        Some(Self {
            movement: Move::parse(line)?,
            at: at.parse().ok()?,
        })
    }

    /// What was typed, as far as the reflog tells: the options of most commands are lost. None for what is a part of a
    /// command that was told, or will be (the picks of a rebase, its beginning), and for what no command of git's says.
    pub fn command(&self) -> Option<String> {
        let why = &self.movement.why;
        // git strips what follows the colon of an empty message.
        let (action, rest) = why.split_once(':').unwrap_or((why, ""));
        let rest = rest.trim_start();
        let verb = action.split(' ').next()?;
        match verb {
            "commit" if action == "commit (amend)" => Some("git commit --amend".to_owned()),
            "commit" | "cherry-pick" | "revert" | "am" => Some(format!("git {verb}")),
            "checkout" => {
                let to = rest.strip_prefix("moving from ")?.rsplit_once(" to ")?.1;
                Some(format!("git checkout {to}"))
            }
            "reset" => {
                let to = rest.strip_prefix("moving to ")?;
                Some(format!("git reset {to}"))
            }
            "clone" => Some(format!("git clone {}", rest.strip_prefix("from ")?)),
            // It is told twice: of HEAD that is nowhere, and of HEAD that is there again.
            "Branch" if self.movement.to.as_str().bytes().any(|byte| byte != b'0') => {
                let (from, to) = rest.strip_prefix("renamed ")?.split_once(" to ")?;
                let short = |name: &str| name.trim_start_matches("refs/heads/").to_owned();
                Some(format!("git branch -m {} {}", short(from), short(to)))
            }
            "merge" => Some(format!("git {action}")),
            // `pull --rebase origin main (finish): …`: the rest of a pull that rebases is its own doing.
            "pull" => match action.rsplit_once(" (") {
                Some((asked, "finish)")) => Some(format!("git {asked}")),
                Some(_) => None,
                None => Some(format!("git {action}")),
            },
            "rebase" if action.ends_with("(finish)") || rest.starts_with("returning to ") => {
                (!action.ends_with("(abort)")).then(|| "git rebase".to_owned())
            }
            _ => None,
        }
    }
}

/// Where the reflog of HEAD is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeadLog {
    /// In this file, which need not exist: git keeps none in a repository without a worktree.
    File(PathBuf),
    /// From git, which keeps it in its own format: the newest movements, oldest first.
    Told(Vec<Moved>),
}

impl Repo {
    /// The reflog of HEAD in this worktree.
    pub fn head_log(&self) -> Result<HeadLog, GitError> {
        let located = self.located();
        if !located.common_dir.join("reftable").is_dir() {
            return Ok(HeadLog::File(located.git_dir.join("logs/HEAD")));
        }
        // A repository without a commit has no HEAD to walk from, which git says as an error.
        let walk = [
            "log",
            "-g",
            MOST,
            "--date=unix",
            "--format=%H %gd %gs",
            "HEAD",
            "--",
        ];
        let said = self.git(walk).output()?;
        let mut moves: Vec<Moved> = said.stdout.lines().filter_map(told).collect();
        moves.reverse();
        let mut before = None;
        for moved in &mut moves {
            moved.movement.from = before.replace(moved.movement.to.clone());
        }
        Ok(HeadLog::Told(moves))
    }
}

/// `ID HEAD@{1700000000} commit: fix`.
fn told(line: &[u8]) -> Option<Moved> {
    let (to, rest) = line.split_once_str(" ")?;
    let (selector, why) = rest.split_once_str("} ").unwrap_or_else(|| {
        let bare = rest.strip_suffix(b"}").unwrap_or(rest);
        (bare, &b""[..])
    });
    let at = selector.split_once_str("@{")?.1.to_str().ok()?;
    Some(Moved {
        movement: Move {
            from: None,
            to: super::Oid::from_hex(to).ok()?,
            why: String::from_utf8_lossy(why).into_owned(),
        },
        at: at.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]

    use super::super::testing::TestRepo;
    use super::super::{GitEnv, discover};
    use super::*;

    fn log(repo: &TestRepo) -> Vec<Moved> {
        let located = discover(repo.top(), &GitEnv::default()).unwrap();
        match Repo::open(&located).unwrap().head_log().unwrap() {
            HeadLog::Told(moves) => moves,
            HeadLog::File(path) => std::fs::read(path)
                .unwrap_or_default()
                .lines()
                .map(|line| Moved::parse(line).unwrap())
                .collect(),
        }
    }

    #[test]
    fn what_was_done_is_told_alike_by_files_and_by_reftables() {
        let mut logs = Vec::new();
        for options in [&[][..], &["--ref-format=reftable"]] {
            let repo = TestRepo::new(options);
            assert_eq!(log(&repo), []);
            let commit = |message: &str| {
                repo.git(&[
                    "commit",
                    "--quiet",
                    "--allow-empty",
                    "--allow-empty-message",
                    "-m",
                    message,
                ]);
            };
            commit("one > two");
            repo.git(&["checkout", "--quiet", "-b", "topic/to"]);
            commit("two");
            repo.git(&["checkout", "--quiet", "main"]);
            commit("three");
            repo.git(&["merge", "--quiet", "topic/to"]);
            repo.git(&["reset", "--quiet", "--hard", "HEAD~1"]);
            repo.git(&["checkout", "--quiet", "topic/to"]);
            repo.git(&["rebase", "--quiet", "main"]);
            repo.git(&["cherry-pick", "--allow-empty", "HEAD"]);
            repo.git(&["branch", "-m", "topic/to", "done"]);
            commit("");
            repo.git(&["commit", "--quiet", "--amend", "--allow-empty", "-m", "x"]);
            let moves = log(&repo);
            assert!(moves.windows(2).all(|two| two[0].at <= two[1].at));
            assert!(moves[0].at > 0);
            let of: Vec<String> = moves.iter().filter_map(Moved::command).collect();
            assert_eq!(
                of,
                [
                    "git commit",
                    "git checkout topic/to",
                    "git commit",
                    "git checkout main",
                    "git commit",
                    "git merge topic/to",
                    "git reset HEAD~1",
                    "git checkout topic/to",
                    "git rebase",
                    "git cherry-pick",
                    "git branch -m topic/to done",
                    "git commit",
                    "git commit --amend",
                ],
                "{options:?}"
            );
            logs.push(moves);
        }
        // Files tell of a renamed branch twice.
        let times = |log: &[Moved]| -> Vec<i64> {
            let told = log.iter().filter(|it| it.command().is_some());
            told.map(|it| it.at).collect()
        };
        assert_eq!(times(&logs[0]), times(&logs[1]));
    }

    #[test]
    fn each_action_is_a_command_or_part_of_one() {
        let zero = "0".repeat(40);
        let one = "1".repeat(40);
        for (why, expected) in [
            ("commit (initial): begin", Some("git commit")),
            ("commit (merge): Merge branch 'x'", Some("git commit")),
            ("checkout: moving from a to b to c", Some("git checkout c")),
            ("pull: Fast-forward", Some("git pull")),
            ("pull --rebase origin main (start): checkout 1a2b", None),
            ("pull --rebase origin main (pick): fix", None),
            (
                "pull --rebase origin main (finish): returning to refs/heads/main",
                Some("git pull --rebase origin main"),
            ),
            ("rebase (start): checkout main", None),
            ("rebase (pick): fix", None),
            (
                "rebase -i (finish): returning to refs/heads/x",
                Some("git rebase"),
            ),
            ("rebase (abort): returning to refs/heads/main", None),
            (
                "clone: from https://example.org/x.git",
                Some("git clone https://example.org/x.git"),
            ),
            (
                "merge topic: Merge made by the 'ort' strategy.",
                Some("git merge topic"),
            ),
            ("am: fix", Some("git am")),
            ("revert: Revert \"fix\"", Some("git revert")),
            ("", None),
            ("something else", None),
        ] {
            let line = format!("{zero} {one} A <B> <a@b> 1700000000 +0100\t{why}");
            let moved = Moved::parse(line.as_bytes()).unwrap();
            assert_eq!(moved.at, 1_700_000_000);
            assert_eq!(moved.command().as_deref(), expected, "{why}");
        }
        assert_eq!(Moved::parse(b"no line"), None);
        assert_eq!(
            Moved::parse(format!("{zero} {one} A <a@b> x +0100\ty").as_bytes()),
            None
        );
    }
}
