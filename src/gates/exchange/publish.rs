//! Putting verdicts into the notes.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bstr::ByteSlice;

use super::error::ExchangeError;
use super::line::Shared;
use super::note::{self, LARGEST, REF};
use crate::git::{GitError, Oid, Repo};
use crate::system::filesystem;
use crate::system::git_command::{GitCommand, GitCommandError};

/// What signing may take: somebody may have to touch a key or type a passphrase.
const PATIENCE: Duration = Duration::from_secs(120);

/// How often the ref may move away before this gives up. Another process that publishes moves it once.
const ATTEMPTS: usize = 20;

/// How often a lock on the ref is asked for. Git waits a tenth of a second for it each time.
const LOCKED: u32 = 50;

/// What publishing did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Published {
    /// Nothing: all of it was there.
    Already,
    /// One more commit of the ref.
    Added {
        /// Which.
        commit: Oid,
        /// How many verdicts were not there before.
        verdicts: usize,
    },
}

/// Adds verdicts about a commit to `refs/notes/tend`: one signed commit on top of the ref. Idempotent: what is there
/// already makes no commit.
///
/// Git signs with the key that it signs all commits with (`gpg.format`, `user.signingKey`).
pub fn publish(repo: &Repo, commit: &Oid, verdicts: &[Shared]) -> Result<Published, ExchangeError> {
    if verdicts.is_empty() {
        return Ok(Published::Already);
    }
    let tree = repo.commit(commit)?.tree;
    let mut lines = Vec::with_capacity(verdicts.len());
    for verdict in verdicts {
        let line = verdict
            .to_line(&tree)
            .map_err(|source| ExchangeError::Verdict {
                task: verdict.task.escape_debug().to_string(),
                source,
            })?;
        lines.push(line);
    }
    lines.sort_unstable();
    lines.dedup();
    for _ in 0..ATTEMPTS {
        let old = note::tip(repo)?;
        let (content, verdicts) = with_lines(repo, old.as_ref(), commit, &lines)?;
        if verdicts == 0 {
            return Ok(Published::Already);
        }
        let tree = Scratch::new(repo, commit)?.tree(repo, old.as_ref(), commit, &content)?;
        let new = sign(repo, &tree, old.as_ref(), commit)?;
        if moved(repo, &new, old.as_ref())? {
            return Ok(Published::Added {
                commit: new,
                verdicts,
            });
        }
    }
    Err(ExchangeError::Contended {
        reference: REF,
        attempts: ATTEMPTS,
    })
}

/// The message under which verdicts about a commit are signed.
///
/// The signature covers it: no signature of another commit, about another commit or about no verdicts at all, can stand
/// for this one.
pub(super) fn message(commit: &Oid) -> String {
    format!("Publish git-tend's verdicts about {commit}\n")
}

/// The note with these lines, sorted as `git notes merge -s cat_sort_uniq` sorts it, and how many were not in it.
///
/// Lines of other forms stay: they are somebody's.
fn with_lines(
    repo: &Repo,
    tip: Option<&Oid>,
    commit: &Oid,
    lines: &[Vec<u8>],
) -> Result<(Vec<u8>, usize), ExchangeError> {
    let too_large = || ExchangeError::NoteTooLarge {
        commit: commit.clone(),
        limit: LARGEST,
    };
    let mut contents = Vec::new();
    if let Some(tip) = tip {
        let blobs = note::at(repo, commit, std::slice::from_ref(tip))?;
        let blobs: Vec<Oid> = blobs.into_iter().flatten().flatten().collect();
        for content in note::contents(repo, &blobs, <[u8]>::to_vec)?.into_values() {
            contents.push(content.ok_or_else(too_large)?);
        }
    }
    let mut all: Vec<&[u8]> = contents
        .iter()
        .flat_map(|content| note::lines(content))
        .collect();
    all.sort_unstable();
    all.dedup();
    let new: Vec<&[u8]> = lines
        .iter()
        .map(Vec::as_slice)
        .filter(|line| all.binary_search(line).is_err())
        .collect();
    let count = new.len();
    all.extend(new);
    all.sort_unstable();
    let mut content = all.join(&b"\n"[..]);
    content.push(b'\n');
    if content.len() as u64 > LARGEST {
        return Err(too_large());
    }
    Ok((content, count))
}

/// A repository beside the user's, with its objects and none of its refs, hooks and settings.
///
/// `git notes` knows how notes are laid out in a tree, and moves a ref for it with a commit that it does not sign. Here
/// that ref is nobody's: no temporary ref can be left behind or pushed, no hook runs, and the user's ref moves once, to
/// the signed commit.
struct Scratch {
    folder: PathBuf,
    objects: PathBuf,
}

impl Scratch {
    fn new(repo: &Repo, commit: &Oid) -> Result<Self, ExchangeError> {
        let scratch = Self {
            folder: filesystem::private_temp_dir().map_err(ExchangeError::Folder)?,
            objects: repo.located().common_dir.join("objects"),
        };
        let format = match commit.as_str().len() {
            40 => "sha1",
            _ => "sha256",
        };
        GitCommand::in_folder(&scratch.folder)
            .args(["init", "--quiet", "--bare", "--template="])
            .arg(format!("--object-format={format}"))
            .run()?;
        Ok(scratch)
    }

    fn git(&self, args: &[&str]) -> GitCommand {
        let mut command = GitCommand::in_repository(&self.folder, None)
            .args(args)
            .env("GIT_OBJECT_DIRECTORY", &self.objects);
        for role in ["AUTHOR", "COMMITTER"] {
            command = command
                .env(format!("GIT_{role}_NAME"), "git-tend")
                .env(format!("GIT_{role}_EMAIL"), "git-tend@localhost");
        }
        command
    }

    /// The tree of all notes, with this one about `commit`.
    fn tree(
        &self,
        repo: &Repo,
        tip: Option<&Oid>,
        commit: &Oid,
        note: &[u8],
    ) -> Result<Oid, ExchangeError> {
        if let Some(tip) = tip {
            self.git(&["update-ref", REF, tip.as_str()]).run()?;
        }
        let blob = repo
            .git(["hash-object", "-w", "--stdin"])
            .stdin(note)
            .run()?;
        let blob = oid(&blob)?;
        // The blob itself, not its text: that would be cleaned up.
        self.git(&["notes", "--ref", REF, "add", "--force", "-C"])
            .args([blob.as_str(), commit.as_str()])
            .timeout(PATIENCE)
            .run()?;
        let tree = self
            .git(&["rev-parse", "--verify", &format!("{REF}^{{tree}}")])
            .run()?;
        oid(&tree)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        remove(&self.folder);
    }
}

fn remove(folder: &Path) {
    let _ = fs::remove_dir_all(folder);
}

/// A signed commit of this tree.
fn sign(repo: &Repo, tree: &Oid, parent: Option<&Oid>, commit: &Oid) -> Result<Oid, ExchangeError> {
    let mut command = repo
        .git(["commit-tree", "-S", "-F", "-"])
        .stdin(message(commit))
        .timeout(PATIENCE);
    if let Some(parent) = parent {
        command = command.args(["-p", parent.as_str()]);
    }
    match command.arg(tree.as_str()).run() {
        Ok(said) => oid(&said),
        Err(GitCommandError::Failed { message, .. }) => Err(ExchangeError::NotSigned {
            commit: commit.clone(),
            message,
        }),
        Err(error) => Err(error.into()),
    }
}

/// Moves the ref from `old` to `new`; no if it is not at `old` any more.
fn moved(repo: &Repo, new: &Oid, old: Option<&Oid>) -> Result<bool, ExchangeError> {
    let absent = "0".repeat(new.as_str().len());
    let mut patience = LOCKED;
    loop {
        let outcome = repo
            .git(["update-ref", "-m", "git-tend: publish verdicts", REF])
            .args([new.as_str(), old.map_or(&absent, |oid| oid.as_str())])
            .run();
        patience -= 1;
        match outcome {
            Ok(_) => return Ok(true),
            Err(GitCommandError::Failed { .. }) if note::tip(repo)?.as_ref() != old => {
                return Ok(false);
            }
            // Another process is about to move it. What is signed may still fit: nobody is asked for a passphrase twice
            // for a lock that stays.
            Err(GitCommandError::Failed { message, .. })
                if message.contains("File exists") && patience > 0 => {}
            Err(error) => return Err(error.into()),
        }
    }
}

fn oid(said: &[u8]) -> Result<Oid, ExchangeError> {
    Ok(Oid::from_hex(said.trim_end()).map_err(GitError::from)?)
}
