//! The throw-away copy of a repository.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _, symlink};
use std::path::Path;
use std::time::Duration;

use crate::system::git_command::{GitCommand, GitCommandError};

/// Fetching and checking out may take no longer.
const TIMEOUT: Duration = Duration::from_secs(120);
/// Of a repository whose objects take more than this on disk, in bytes, only the newest commits are copied.
const WHOLE: u64 = 128 * 1024 * 1024;
/// So many of each branch.
const DEPTH: u32 = 50;

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// git failed.
    #[error("copy the repository: {0}")]
    Git(#[from] GitCommandError),
    /// The file system failed.
    #[error("copy the repository: {0}")]
    Io(#[from] io::Error),
    /// It is not a repository.
    #[error("copy the repository: git says {0:?} of what is checked out")]
    Head(String),
}

/// What was copied.
#[derive(Clone, Debug, Default)]
pub(super) struct Copied {
    pub(super) head: Option<String>,
    pub(super) branch: Option<String>,
    pub(super) notes: Vec<String>,
}

/// Copies branches, tags and the files of `HEAD` into the empty folder `to`, by git's own transport: no object is shared
/// with the repository, none comes along that no ref leads to, and of its configuration nothing does.
pub(super) fn copy(repository: &Path, to: &Path) -> Result<Copied, CopyError> {
    let source = |args: &[&str]| text(GitCommand::in_folder(repository).args(args));
    let here = |args: &[&str]| {
        quiet(GitCommand::in_folder(to))
            .args(args)
            .timeout(TIMEOUT)
            .run()
    };
    let format = source(&["rev-parse", "--show-object-format"])?;
    here(&[
        "init",
        "--quiet",
        "--template=",
        "--initial-branch=main",
        &format!("--object-format={format}"),
        ".",
    ])?;
    let mut copied = Copied {
        head: source(&["rev-parse", "--verify", "--quiet", "HEAD^{commit}"]).ok(),
        branch: source(&["symbolic-ref", "--quiet", "--short", "HEAD"]).ok(),
        notes: Vec::new(),
    };
    for (name, value) in SETTINGS {
        here(&["config", name, value])?;
    }
    if let Some(branch) = &copied.branch {
        here(&["symbolic-ref", "HEAD", &format!("refs/heads/{branch}")])?;
    }
    let Some(head) = &copied.head else {
        copied
            .notes
            .push("the repository has no commits".to_owned());
        return Ok(copied);
    };
    let git_dir = source(&["rev-parse", "--path-format=absolute", "--git-common-dir"])?;
    let objects = Path::new(&git_dir).join("objects");
    let depth = format!("--depth={DEPTH}");
    let mut fetch = vec![
        "fetch",
        "--quiet",
        "--no-write-fetch-head",
        "--update-head-ok",
        "--no-auto-maintenance",
        "--no-recurse-submodules",
    ];
    if size(&objects, WHOLE) > WHOLE {
        fetch.push(&depth);
        copied.notes.push(format!(
            "the repository is large: the copy has the last {DEPTH} commits of each branch"
        ));
    }
    let address = format!("file://{}", escaped(&git_dir));
    fetch.extend([
        "--",
        &address,
        "+refs/heads/*:refs/heads/*",
        "+refs/tags/*:refs/tags/*",
    ]);
    if copied.branch.is_none() {
        fetch.push("+HEAD:refs/git-tend/head");
    }
    here(&fetch)?;
    if copied.branch.is_none() {
        here(&["update-ref", "--no-deref", "HEAD", head])?;
        here(&["update-ref", "-d", "refs/git-tend/head"])?;
    }
    here(&["reset", "--quiet", "--hard"])?;
    Ok(copied)
}

/// A copy of a tree has files of other numbers, times of change and, for root, owners: git would read each again.
const SETTINGS: [(&str, &str); 4] = [
    ("core.checkStat", "minimal"),
    ("core.trustctime", "false"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
];

/// Nothing that the user or the system has set up is to run: filters, hooks.
fn quiet(git: GitCommand) -> GitCommand {
    git.env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_LFS_SKIP_SMUDGE", "1")
        .env("GIT_ALLOW_PROTOCOL", "file")
}

fn text(git: GitCommand) -> Result<String, GitCommandError> {
    let bytes = git.run()?;
    Ok(String::from_utf8_lossy(&bytes).trim().to_owned())
}

/// As in an address; git undoes it.
fn escaped(path: &str) -> String {
    path.replace('%', "%25")
}

/// What files below a folder take, in bytes, until it is more than `most`.
fn size(folder: &Path, most: u64) -> u64 {
    let mut sum = 0;
    for entry in walkdir::WalkDir::new(folder).into_iter().flatten() {
        sum += entry.metadata().map_or(0, |found| found.len());
        if sum > most {
            break;
        }
    }
    sum
}

/// The home folder's settings for git: somebody to commit as, who is at home in any folder.
pub(super) const GIT_CONFIG: &str = "[user]\n\tname = Sandbox\n\temail = sandbox@localhost\n[safe]\n\tdirectory = *\n[init]\n\tdefaultBranch = main\n[core]\n\thooksPath = /dev/null\n[gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n[commit]\n\tgpgSign = false\n";

/// Copies a tree that nobody else writes to, with modes and times; links as links.
pub(super) fn duplicate(from: &Path, to: &Path) -> io::Result<()> {
    fs::DirBuilder::new().mode(0o700).create(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        let kind = entry.file_type()?;
        if kind.is_dir() {
            duplicate(&entry.path(), &target)?;
        } else if kind.is_symlink() {
            symlink(fs::read_link(entry.path())?, &target)?;
        } else if kind.is_file() {
            fs::copy(entry.path(), &target)?;
            let found = entry.metadata()?;
            // Pack files are read-only; a time can be set all the same by their owner, if they can be opened.
            let file = File::open(&target)?;
            file.set_modified(found.modified()?)?;
        }
    }
    let mode = fs::metadata(from)?.permissions().mode();
    fs::set_permissions(to, fs::Permissions::from_mode(mode | 0o700))
}
