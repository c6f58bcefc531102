//! One repository and the small questions about it: HEAD, revisions, commits, configuration, worktrees.

use std::cell::OnceCell;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

use bstr::{BStr, BString, ByteSlice};
use jiff::Timestamp;

use super::error::GitError;
use super::head::head_from_files;
use super::locate::Located;
use super::oid::Oid;
use crate::system::git_command::{GitCommand, GitCommandError, GitOutput};

/// A repository, open.
///
/// libgit2 answers where it can; on whatever it does not open or understand, git does. It is opened when the first
/// question comes that plain files do not answer: most hooks ask none.
pub struct Repo {
    located: Located,
    library: OnceCell<Option<git2::Repository>>,
}

/// Where HEAD points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Head {
    /// A branch without commits.
    Unborn {
        /// Its full name, `refs/heads/…`.
        branch: String,
    },
    /// A branch.
    Branch {
        /// Its full name, `refs/heads/…`.
        name: String,
        /// Its tip.
        oid: Oid,
    },
    /// A commit.
    Detached {
        /// Which.
        oid: Oid,
    },
}

impl Head {
    /// The commit, if there is one.
    pub fn oid(&self) -> Option<&Oid> {
        match self {
            Self::Unborn { .. } => None,
            Self::Branch { oid, .. } | Self::Detached { oid } => Some(oid),
        }
    }

    /// The branch's full name, if HEAD is on one.
    pub fn branch(&self) -> Option<&str> {
        match self {
            Self::Unborn { branch: name } | Self::Branch { name, .. } => Some(name),
            Self::Detached { .. } => None,
        }
    }
}

/// What is said of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitMeta {
    /// The commit.
    pub oid: Oid,
    /// Its tree.
    pub tree: Oid,
    /// Its parents; none in a root commit and at a shallow clone's border.
    pub parents: Vec<Oid>,
    /// When it was written, to the second.
    pub author_time: Timestamp,
    /// The first line of its message.
    pub subject: BString,
}

/// A worktree of the repository, the main one or a linked one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListedWorktree {
    /// Its top (or the repository itself, when that is bare).
    pub path: PathBuf,
    /// Its commit.
    pub head: Option<Oid>,
    /// Its branch's full name; `None` when detached.
    pub branch: Option<String>,
    /// Whether this entry is a bare repository.
    pub bare: bool,
    /// Whether its folder is gone.
    pub prunable: bool,
}

impl Repo {
    /// Opens a repository that was found.
    ///
    /// Whether one that somebody else owns, or a bare one that was merely walked into, may be used is git's own decision
    /// (`safe.directory`, `safe.bareRepository`, `sudo`): it is asked, unless `GIT_DIR` named the repository.
    pub fn open(located: &Located) -> Result<Self, GitError> {
        if !located.explicit && (located.bare || !located.owned_by_us) {
            ask_whether_safe(located)?;
        }
        Ok(Self {
            located: located.clone(),
            library: OnceCell::new(),
        })
    }

    /// The same repository in another thread, answered as there.
    pub(super) fn again(located: &Located, by_library: bool) -> Self {
        Self {
            located: located.clone(),
            library: if by_library {
                OnceCell::new()
            } else {
                OnceCell::from(None)
            },
        }
    }

    /// The same repository, answered by git alone.
    #[cfg(test)]
    pub(super) fn by_plumbing(located: &Located) -> Self {
        Self {
            located: located.clone(),
            library: OnceCell::from(None),
        }
    }

    /// Where it is.
    pub fn located(&self) -> &Located {
        &self.located
    }

    /// Whether anything but git's own answers is looked for; tests of those switch it off.
    fn is_read_by_library(&self) -> bool {
        !matches!(self.library.get(), Some(None))
    }

    pub(super) fn library(&self) -> Option<&git2::Repository> {
        self.library
            .get_or_init(|| {
                // As git does, trust what was verified when it was received: the check is half the cost of a blob.
                git2::opts::strict_hash_verification(false);
                git2::Repository::open(&self.located.git_dir).ok()
            })
            .as_ref()
    }

    /// A git command in this repository: for what only git does, such as checkouts and `write-tree`.
    pub fn git<I>(&self, args: I) -> GitCommand
    where
        I: IntoIterator,
        I::Item: AsRef<std::ffi::OsStr>,
    {
        GitCommand::in_repository(&self.located.git_dir, self.located.worktree.as_deref())
            .args(args)
    }

    /// A question whose answer "no" is a non-zero exit code with nothing on standard error.
    fn ask(&self, args: &[&str]) -> Result<Option<Vec<u8>>, GitError> {
        let GitOutput {
            code,
            stdout,
            stderr,
        } = self.git(args).output()?;
        match code {
            Some(0) => Ok(Some(stdout)),
            Some(1) if stderr.is_empty() => Ok(None),
            _ => Err(GitCommandError::Failed {
                command: format!("git {}", args.join(" ")),
                code,
                message: String::from_utf8_lossy(stderr.trim()).into_owned(),
            }
            .into()),
        }
    }

    /// Where HEAD points.
    pub fn head(&self) -> Result<Head, GitError> {
        if self.is_read_by_library()
            && let Some(head) = head_from_files(&self.located)
        {
            return Ok(head);
        }
        if let Some(head) = self.library().and_then(head_by_library) {
            return Ok(head);
        }
        let branch = self
            .ask(&["symbolic-ref", "--quiet", "HEAD"])?
            .map(|name| line(&name));
        let oid = self
            .ask(&["rev-parse", "--verify", "--quiet", "HEAD^{commit}"])?
            .map(|digits| Oid::from_hex(digits.trim_end()))
            .transpose()?;
        match (branch, oid) {
            (Some(name), Some(oid)) => Ok(Head::Branch { name, oid }),
            (Some(branch), None) => Ok(Head::Unborn { branch }),
            (None, Some(oid)) => Ok(Head::Detached { oid }),
            (None, None) => Err(not_found("HEAD")),
        }
    }

    /// The object that a revision names, in any of git's notations.
    pub fn resolve(&self, rev: &str) -> Result<Oid, GitError> {
        // A revision never is an option, and libgit2's empty one would be HEAD.
        if rev.is_empty() || rev.starts_with('-') {
            return Err(not_found(&format!("the revision {rev:?}")));
        }
        if let Some(library) = self.library()
            && let Ok(object) = library.revparse_single(rev)
        {
            return Ok(object.id().into());
        }
        match self.ask(&["rev-parse", "--verify", "--quiet", "--end-of-options", rev])? {
            Some(digits) => Ok(Oid::from_hex(digits.trim_end())?),
            None => Err(not_found(&format!("the revision {rev}"))),
        }
    }

    /// The commit that a revision names; annotated tags lead to theirs.
    pub fn resolve_commit(&self, rev: &str) -> Result<Oid, GitError> {
        if rev.is_empty() {
            return Err(not_found("the revision \"\""));
        }
        self.resolve(&format!("{rev}^{{commit}}"))
            .map_err(|error| match error {
                GitError::NotFound { .. } => not_found(&format!("the commit {rev}")),
                other => other,
            })
    }

    /// Whether the object is here.
    pub fn contains(&self, oid: &Oid) -> Result<bool, GitError> {
        if let Some(odb) = self.library().and_then(|library| library.odb().ok())
            && let Ok(id) = git2::Oid::from_str(oid.as_str())
        {
            return Ok(odb.exists(id));
        }
        Ok(self.ask(&["cat-file", "-e", oid.as_str()])?.is_some())
    }

    /// Whether `ancestor` is `descendant` or one of its ancestors; an error when one of the two is not here.
    pub fn is_ancestor(&self, ancestor: &Oid, descendant: &Oid) -> Result<bool, GitError> {
        if let Some(library) = self.library()
            && let (Ok(old), Ok(new)) =
                (commit_id(library, ancestor), commit_id(library, descendant))
        {
            if old == new {
                return Ok(true);
            }
            if let Ok(answer) = library.graph_descendant_of(new, old) {
                return Ok(answer);
            }
        }
        for oid in [ancestor, descendant] {
            self.resolve_commit(oid.as_str())?;
        }
        let (ancestor, descendant) = (ancestor.as_str(), descendant.as_str());
        Ok(self
            .ask(&["merge-base", "--is-ancestor", ancestor, descendant])?
            .is_some())
    }

    /// The best common ancestor of two commits.
    pub fn merge_base(&self, one: &Oid, other: &Oid) -> Result<Option<Oid>, GitError> {
        if let Some(library) = self.library()
            && let (Ok(one), Ok(other)) = (commit_id(library, one), commit_id(library, other))
            && let Ok(bases) = library.merge_bases(one, other)
            // Which of several is the best is git's to say.
            && let [base] = &bases[..]
        {
            return Ok(Some((*base).into()));
        }
        self.ask(&["merge-base", one.as_str(), other.as_str()])?
            .map(|digits| Ok(Oid::from_hex(digits.trim_end())?))
            .transpose()
    }

    /// What is said of a commit.
    pub fn commit(&self, oid: &Oid) -> Result<CommitMeta, GitError> {
        if let Some(library) = self.library()
            && let Ok(id) = git2::Oid::from_str(oid.as_str())
            && let Ok(commit) = library.find_commit(id)
        {
            // The parents as git sees them: libgit2 applies a shallow clone's borders too.
            return Ok(CommitMeta {
                oid: oid.clone(),
                tree: commit.tree_id().into(),
                parents: commit.parent_ids().map(Oid::from).collect(),
                author_time: seconds(commit.author().when().seconds()),
                subject: subject(commit.message_raw_bytes()),
            });
        }
        self.resolve_commit(oid.as_str())?;
        let said = self
            .git(["log", "-1", "--no-show-signature", "--encoding=UTF-8"])
            .args(["--format=%T%x00%P%x00%at%x00%B", "--end-of-options"])
            .arg(oid.as_str())
            .run()?;
        let unreadable = || GitError::Unreadable {
            question: format!("the commit {oid}"),
        };
        let mut fields = said.splitn_str(4, "\0");
        let mut next = || fields.next().ok_or_else(unreadable);
        let tree = Oid::from_hex(next()?)?;
        let parents = next()?
            .split_str(" ")
            .filter(|digits| !digits.is_empty())
            .map(Oid::from_hex)
            .collect::<Result<_, _>>()?;
        let time = next()?.to_str().ok().and_then(|text| text.parse().ok());
        Ok(CommitMeta {
            oid: oid.clone(),
            tree,
            parents,
            author_time: seconds(time.ok_or_else(unreadable)?),
            subject: subject(next()?),
        })
    }

    /// A configuration value, by git's precedence of files; the last one where there are many.
    pub fn config(&self, key: &str) -> Result<Option<BString>, GitError> {
        if let Some(config) = self.library().and_then(|library| library.config().ok()) {
            match config.get_bytes(key) {
                Ok(value) => return Ok(Some(value.into())),
                Err(error) if error.code() == git2::ErrorCode::NotFound => return Ok(None),
                Err(_) => {}
            }
        }
        Ok(self
            .ask(&["config", "-z", "--get", key])?
            .map(|value| value.strip_suffix(b"\0").unwrap_or(&value).into()))
    }

    /// The full name of the branch that a branch follows, such as `refs/remotes/origin/main`.
    pub fn upstream(&self, branch: &str) -> Result<Option<String>, GitError> {
        if let Some(library) = self.library()
            && let Ok(name) = library.branch_upstream_name(branch)
            && let Ok(name) = name.as_str()
        {
            return Ok(Some(name.to_owned()));
        }
        let said = self
            .git(["for-each-ref", "--format=%(upstream)"])
            .arg(branch)
            .run()?;
        Ok(Some(line(&said)).filter(|name| !name.is_empty()))
    }

    /// The full name of the branch that the remote calls its own, such as `refs/remotes/origin/main`.
    pub fn origin_head(&self) -> Result<Option<String>, GitError> {
        const NAME: &str = "refs/remotes/origin/HEAD";
        if let Some(library) = self.library() {
            match library.find_reference(NAME) {
                Ok(found) => {
                    if let Ok(Some(name)) = found.symbolic_target() {
                        return Ok(Some(name.to_owned()));
                    }
                }
                Err(error) if error.code() == git2::ErrorCode::NotFound => return Ok(None),
                Err(_) => {}
            }
        }
        Ok(self
            .ask(&["symbolic-ref", "--quiet", NAME])?
            .map(|name| line(&name)))
    }

    /// The full name of the repository's default branch: what the remote calls so, else a branch of a usual name.
    pub fn default_branch(&self) -> Result<Option<String>, GitError> {
        if let Some(name) = self.origin_head()? {
            return Ok(Some(name));
        }
        let configured = self.config("init.defaultBranch")?;
        let configured = configured.as_ref().and_then(|name| name.to_str().ok());
        for name in configured.into_iter().chain(["main", "master"]) {
            for prefix in ["refs/remotes/origin", "refs/heads"] {
                let full = format!("{prefix}/{name}");
                if self.resolve(&full).is_ok() {
                    return Ok(Some(full));
                }
            }
        }
        Ok(None)
    }

    /// Every worktree, the main one first.
    pub fn worktrees(&self) -> Result<Vec<ListedWorktree>, GitError> {
        // `-z` exists since git 2.36; before it a path with a newline is quoted, and nothing else is.
        let answer = self.git(["worktree", "list", "--porcelain", "-z"]).run();
        let (said, end) = match answer {
            Ok(said) => (said, "\0"),
            Err(GitCommandError::Failed {
                code: Some(129), ..
            }) => (self.git(["worktree", "list", "--porcelain"]).run()?, "\n"),
            Err(error) => return Err(error.into()),
        };
        let mut listed = Vec::new();
        for field in said.split_str(end) {
            let (word, rest) = field.split_once_str(" ").unwrap_or((field, b""));
            if word == b"worktree" {
                listed.push(ListedWorktree {
                    path: OsString::from_vec(rest.to_vec()).into(),
                    ..ListedWorktree::default()
                });
                continue;
            }
            let Some(entry) = listed.last_mut() else {
                continue;
            };
            match word {
                b"HEAD" => entry.head = Oid::from_hex(rest).ok().filter(|oid| !oid.is_null()),
                b"branch" => entry.branch = Some(rest.to_str_lossy().into_owned()),
                b"bare" => entry.bare = true,
                b"prunable" => entry.prunable = true,
                _ => {}
            }
        }
        Ok(listed)
    }
}

/// Lets git itself find the repository from where it is, with all of its checks.
fn ask_whether_safe(located: &Located) -> Result<(), GitError> {
    let place = located.worktree.as_ref().unwrap_or(&located.git_dir);
    let answer = GitCommand::in_folder(place)
        .args(["rev-parse", "--git-dir"])
        .run();
    match answer {
        Ok(_) => Ok(()),
        Err(GitCommandError::Failed { message, .. }) if message.contains("dubious ownership") => {
            Err(GitError::DubiousOwnership {
                path: place.clone(),
            })
        }
        Err(GitCommandError::Failed { message, .. }) => Err(GitError::Invalid {
            path: place.clone(),
            reason: message,
        }),
        Err(error) => Err(error.into()),
    }
}

fn head_by_library(library: &git2::Repository) -> Option<Head> {
    let head = library.find_reference("HEAD").ok()?;
    let name = head
        .symbolic_target_bytes()
        .map(|name| name.to_str_lossy().into_owned());
    match (library.head(), name) {
        (Ok(tip), Some(name)) => Some(Head::Branch {
            name,
            oid: tip.peel_to_commit().ok()?.id().into(),
        }),
        (Ok(tip), None) => Some(Head::Detached {
            oid: tip.peel_to_commit().ok()?.id().into(),
        }),
        (Err(error), Some(branch)) if error.code() == git2::ErrorCode::UnbornBranch => {
            Some(Head::Unborn { branch })
        }
        _ => None,
    }
}

pub(super) fn commit_id(library: &git2::Repository, oid: &Oid) -> Result<git2::Oid, git2::Error> {
    let id = git2::Oid::from_str(oid.as_str())?;
    Ok(library.find_commit(id)?.id())
}

pub(super) fn not_found(what: &str) -> GitError {
    GitError::NotFound {
        what: what.to_owned(),
    }
}

fn line(bytes: &[u8]) -> String {
    bytes.trim_end().to_str_lossy().into_owned()
}

fn seconds(time: i64) -> Timestamp {
    Timestamp::from_second(time).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// The first line that is not empty.
fn subject(message: &[u8]) -> BString {
    let first = message.lines().find(|line| !line.trim().is_empty());
    BStr::new(first.unwrap_or_default().trim()).to_owned()
}
