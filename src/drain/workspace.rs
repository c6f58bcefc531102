//! Where jobs work: checkouts of a commit, one per slot, outside the repository.
//!
//! A workspace is a small repository of its own that borrows the user's objects: tools that call git see a normal
//! checkout, and nothing they do reaches the user's refs, index or worktree list.

use std::fs::{self, File};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::system::git_command::{GitCommand, GitCommandError};

/// What all workspaces of a user may take together; the least recently used are removed first.
pub const QUOTA: u64 = 5 << 30;

/// A checkout may take as long as a large repository needs, but not for ever.
const CHECKOUT_TIMEOUT: Duration = Duration::from_secs(600);

/// Who makes the commit of a tree that is in none, and when: nobody, never.
const STAND_IN: [(&str, &str); 6] = [
    ("GIT_AUTHOR_NAME", "git-tend"),
    ("GIT_AUTHOR_EMAIL", "git-tend@localhost"),
    ("GIT_AUTHOR_DATE", "@0 +0000"),
    ("GIT_COMMITTER_NAME", "git-tend"),
    ("GIT_COMMITTER_EMAIL", "git-tend@localhost"),
    ("GIT_COMMITTER_DATE", "@0 +0000"),
];

/// Why a workspace could not be made ready.
#[derive(Debug, thiserror::Error)]
pub enum WorkspaceError {
    /// Another process uses it; slots are exclusive, so this passes.
    #[error("use workspace {}: another process has it", .0.display())]
    InUse(PathBuf),
    /// Something that is not a link of ours stands where a folder is to be linked.
    #[error("link {0}: the commit has something of that name")]
    LinkTaken(String),
    /// Git refused.
    #[error(transparent)]
    Git(#[from] GitCommandError),
    /// The file system refused.
    #[error("prepare workspace {}", path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// The repository a workspace is made from.
#[derive(Clone, Debug)]
pub struct Origin {
    /// Its common directory, whose objects are borrowed.
    pub common_dir: PathBuf,
    /// The worktree from which ignored folders are linked.
    pub worktree: Option<PathBuf>,
}

/// A workspace in use; it is free again when this is dropped.
#[derive(Debug)]
pub struct Checkout {
    folder: PathBuf,
    commit: String,
    _lock: File,
}

impl Checkout {
    /// Makes the workspace of `slot` below `root` a clean checkout of `commit`, with `links` shown in it.
    pub fn prepare(
        root: &Path,
        slot: u32,
        origin: &Origin,
        commit: &str,
        links: &[String],
    ) -> Result<Self, WorkspaceError> {
        Self::occupy(root, slot, origin, commit)?.show(origin, links)
    }

    /// The same of a tree that is in no commit yet: of one that would be on top of `parents`. That commit is in the
    /// workspace alone, and always the same for the same tree and parents.
    pub fn export(
        root: &Path,
        slot: u32,
        origin: &Origin,
        (tree, parents): (&str, &[String]),
        links: &[String],
    ) -> Result<Self, WorkspaceError> {
        let mut checkout = Self::occupy(root, slot, origin, tree)?;
        let mut git = checkout.git();
        for (name, value) in STAND_IN {
            git = git.env(name, value);
        }
        let mut git = git.args(["-c", "commit.gpgSign=false", "commit-tree", tree]);
        for parent in parents {
            git = git.args(["-p", parent]);
        }
        let said = git.args(["-m", "What is about to be committed"]).run()?;
        String::from_utf8_lossy(&said)
            .trim()
            .clone_into(&mut checkout.commit);
        checkout.show(origin, links)
    }

    /// Makes the slot's folder ours, and a repository that has the objects of `id`'s.
    fn occupy(root: &Path, slot: u32, origin: &Origin, id: &str) -> Result<Self, WorkspaceError> {
        let folder = root.join(format!("{slot:02}"));
        fs::create_dir_all(&folder).map_err(|source| WorkspaceError::Io {
            path: folder.clone(),
            source,
        })?;
        let lock = lock(root, &folder)?;
        borrow_objects(&folder, origin, id)?;
        Ok(Self {
            folder,
            commit: id.to_owned(),
            _lock: lock,
        })
    }

    fn show(self, origin: &Origin, links: &[String]) -> Result<Self, WorkspaceError> {
        // The workspace is ours alone: whoever made these was killed.
        for name in ["index.lock", "HEAD.lock"] {
            let _ = fs::remove_file(self.git_dir().join(name));
        }
        self.git()
            .args(["checkout", "--quiet", "--force", "--detach", &self.commit])
            .run()?;
        self.git().args(["clean", "--quiet", "-ffdx"]).run()?;
        for name in links {
            link(&self.folder, origin.worktree.as_deref(), name)?;
        }
        Ok(self)
    }

    fn git(&self) -> GitCommand {
        GitCommand::in_repository(&self.git_dir(), Some(&self.folder))
            .args([
                "-c",
                "core.hooksPath=/dev/null",
                "-c",
                "advice.detachedHead=false",
            ])
            .timeout(CHECKOUT_TIMEOUT)
    }

    /// The commit that it shows.
    pub fn commit(&self) -> &str {
        &self.commit
    }

    /// Its own repository.
    pub fn git_dir(&self) -> PathBuf {
        self.folder.join(".git")
    }

    /// The top of the checkout.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

fn lock_path(root: &Path, folder: &Path) -> PathBuf {
    let mut name = folder.file_name().unwrap_or_default().to_os_string();
    name.push(".lock");
    root.join(name)
}

fn lock(root: &Path, folder: &Path) -> Result<File, WorkspaceError> {
    let path = lock_path(root, folder);
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(|source| WorkspaceError::Io { path, source })?;
    match fs4::FileExt::try_lock(&file) {
        Ok(()) => {
            // Its time of change is when the workspace was last used.
            let _ = file.set_modified(SystemTime::now());
            Ok(file)
        }
        Err(_) => Err(WorkspaceError::InUse(folder.to_path_buf())),
    }
}

/// Makes `folder` a repository that reads its objects from the origin.
fn borrow_objects(folder: &Path, origin: &Origin, commit: &str) -> Result<(), WorkspaceError> {
    let objects = origin.common_dir.join("objects");
    let wanted = alternate(objects.as_os_str().as_bytes());
    let alternates = folder.join(".git/objects/info/alternates");
    if fs::read(&alternates).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    let failed = |source| WorkspaceError::Io {
        path: folder.to_path_buf(),
        source,
    };
    // Half made, or of a repository that stood at this path before.
    empty(folder).map_err(failed)?;
    // An id tells the format of its repository's objects by its length.
    let format = if commit.len() == 64 { "sha256" } else { "sha1" };
    GitCommand::in_folder(folder)
        .args(["init", "--quiet", "--template="])
        .arg(format!("--object-format={format}"))
        .arg(".")
        .run()?;
    fs::create_dir_all(folder.join(".git/objects/info")).map_err(failed)?;
    fs::write(&alternates, wanted).map_err(failed)?;
    // The borrowed history ends where the origin's does.
    match fs::copy(
        origin.common_dir.join("shallow"),
        folder.join(".git/shallow"),
    ) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(error)),
        _ => Ok(()),
    }
}

/// A line of git's list of alternates: a path with a line break in it is quoted as in C.
fn alternate(path: &[u8]) -> Vec<u8> {
    let mut line = Vec::with_capacity(path.len() + 3);
    if path.contains(&b'\n') {
        line.push(b'"');
        for byte in path {
            match byte {
                b'\n' => line.extend_from_slice(b"\\n"),
                b'"' | b'\\' => line.extend_from_slice(&[b'\\', *byte]),
                _ => line.push(*byte),
            }
        }
        line.push(b'"');
    } else {
        line.extend_from_slice(path);
    }
    line.push(b'\n');
    line
}

fn empty(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Shows an ignored folder of the worktree (`node_modules`, `.venv`) in the checkout.
fn link(folder: &Path, worktree: Option<&Path>, name: &str) -> Result<(), WorkspaceError> {
    let Some(source) = worktree
        .map(|worktree| worktree.join(name))
        .filter(|path| path.exists())
    else {
        return Ok(());
    };
    let target = folder.join(name);
    if let Some(parent) = target.parent() {
        fs::create_dir_all(parent).map_err(|source| WorkspaceError::Io {
            path: parent.to_path_buf(),
            source,
        })?;
    }
    match std::os::unix::fs::symlink(&source, &target) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            Err(WorkspaceError::LinkTaken(name.to_owned()))
        }
        Err(source) => Err(WorkspaceError::Io {
            path: target,
            source,
        }),
    }
}

/// A workspace that nobody uses now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its folder.
    pub folder: PathBuf,
    /// What it takes on disk, in bytes.
    pub bytes: u64,
    /// When it was last used.
    pub used: SystemTime,
}

/// All workspaces of the user, `all` being the folder of every repository's workspaces.
pub fn stored(all: &Path) -> Vec<Stored> {
    let mut found = Vec::new();
    for repository in folders(all) {
        for folder in folders(&repository) {
            let bytes = walkdir::WalkDir::new(&folder)
                .into_iter()
                .flatten()
                .filter_map(|entry| entry.metadata().ok())
                .filter(fs::Metadata::is_file)
                .map(|found| found.len())
                .sum();
            let used = fs::metadata(lock_path(&repository, &folder))
                .and_then(|found| found.modified())
                .unwrap_or(SystemTime::UNIX_EPOCH);
            found.push(Stored {
                folder,
                bytes,
                used,
            });
        }
    }
    found
}

fn folders(parent: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(parent) else {
        return Vec::new();
    };
    let mut found: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .collect();
    found.sort();
    found
}

/// Which workspaces have to go so that the rest stays within `quota`: the least recently used first.
pub fn over_quota(mut stored: Vec<Stored>, quota: u64) -> Vec<Stored> {
    let mut total: u64 = stored.iter().map(|workspace| workspace.bytes).sum();
    stored.sort_by_key(|workspace| workspace.used);
    stored
        .into_iter()
        .take_while(|workspace| {
            let over = total > quota;
            total = total.saturating_sub(workspace.bytes);
            over
        })
        .collect()
}

/// Removes what [`over_quota`] names and nobody uses; returns the bytes freed.
pub fn tidy(all: &Path, quota: u64) -> u64 {
    let mut freed = 0;
    for workspace in over_quota(stored(all), quota) {
        let Some(root) = workspace.folder.parent() else {
            continue;
        };
        let Ok(_held) = lock(root, &workspace.folder) else {
            continue;
        };
        if fs::remove_dir_all(&workspace.folder).is_ok() {
            freed += workspace.bytes;
        }
    }
    freed
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    fn workspace(name: &str, bytes: u64, used: u64) -> Stored {
        Stored {
            folder: PathBuf::from(name),
            bytes,
            used: SystemTime::UNIX_EPOCH + Duration::from_secs(used),
        }
    }

    #[test]
    fn the_least_recently_used_go_first_and_only_as_many_as_needed() {
        let stored = vec![
            workspace("new", 40, 30),
            workspace("old", 40, 10),
            workspace("mid", 40, 20),
        ];
        let gone: Vec<_> = over_quota(stored.clone(), 90)
            .into_iter()
            .map(|one| one.folder)
            .collect();
        assert_eq!(gone, [PathBuf::from("old")]);
        assert!(over_quota(stored, 120).is_empty());
    }

    fn origin(folder: &Path) -> (Origin, [String; 2]) {
        let repo = folder.join("repo");
        fs::create_dir(&repo).unwrap();
        let git = |args: &[&str]| {
            let said = GitCommand::in_folder(&repo)
                .env("GIT_AUTHOR_NAME", "A")
                .env("GIT_AUTHOR_EMAIL", "a@example.org")
                .env("GIT_COMMITTER_NAME", "A")
                .env("GIT_COMMITTER_EMAIL", "a@example.org")
                .args(args)
                .run()
                .unwrap();
            String::from_utf8(said).unwrap().trim().to_owned()
        };
        git(&["init", "-q"]);
        fs::write(repo.join(".gitignore"), "deps\nout\n").unwrap();
        fs::write(repo.join("file"), "one").unwrap();
        git(&["add", "."]);
        git(&["commit", "-qm", "one"]);
        let one = git(&["rev-parse", "HEAD"]);
        fs::write(repo.join("file"), "two").unwrap();
        git(&["commit", "-qam", "two"]);
        let two = git(&["rev-parse", "HEAD"]);
        fs::create_dir(repo.join("deps")).unwrap();
        fs::write(repo.join("deps/lib"), "dependency").unwrap();
        let origin = Origin {
            common_dir: repo.join(".git"),
            worktree: Some(repo),
        };
        (origin, [one, two])
    }

    #[test]
    fn a_reused_workspace_shows_the_commit_and_nothing_of_the_job_before() {
        let folder = tempfile::tempdir().unwrap();
        let (origin, [one, two]) = origin(folder.path());
        let root = folder.path().join("ws");
        let links = ["deps".to_owned()];
        let first = Checkout::prepare(&root, 0, &origin, &one, &links).unwrap();
        assert_eq!(
            fs::read_to_string(first.folder().join("file")).unwrap(),
            "one"
        );
        assert_eq!(
            fs::read_to_string(first.folder().join("deps/lib")).unwrap(),
            "dependency"
        );
        fs::write(first.folder().join("file"), "edited").unwrap();
        fs::write(first.folder().join("out"), "left over").unwrap();
        assert!(matches!(
            Checkout::prepare(&root, 0, &origin, &two, &links),
            Err(WorkspaceError::InUse(_))
        ));
        drop(first);
        let second = Checkout::prepare(&root, 0, &origin, &two, &links).unwrap();
        assert_eq!(
            fs::read_to_string(second.folder().join("file")).unwrap(),
            "two"
        );
        assert!(!second.folder().join("out").exists());
        assert_eq!(
            fs::read_to_string(origin.worktree.unwrap().join("deps/lib")).unwrap(),
            "dependency",
            "cleaning must not reach through a link"
        );
    }

    #[test]
    fn a_tree_in_no_commit_is_shown_as_one_that_the_repository_does_not_have() {
        let folder = tempfile::tempdir().unwrap();
        let (origin, [_, two]) = origin(folder.path());
        let repo = origin.worktree.clone().unwrap();
        let git = |folder: &Path, args: &[&str]| {
            let said = GitCommand::in_folder(folder).args(args).run().unwrap();
            String::from_utf8(said).unwrap().trim().to_owned()
        };
        fs::write(repo.join("file"), "staged").unwrap();
        git(&repo, &["add", "file"]);
        fs::write(repo.join("file"), "not staged").unwrap();
        let tree = git(&repo, &["write-tree"]);
        let root = folder.path().join("ws");
        let parents = [two.clone()];
        let mut heads = Vec::new();
        for _ in 0..2 {
            let shown = Checkout::export(&root, 7, &origin, (&tree, &parents), &[]).unwrap();
            let file = fs::read_to_string(shown.folder().join("file")).unwrap();
            assert_eq!(file, "staged");
            assert_eq!(git(shown.folder(), &["status", "--porcelain"]), "");
            assert_eq!(git(shown.folder(), &["rev-parse", "HEAD^"]), two);
            heads.push(git(shown.folder(), &["rev-parse", "HEAD"]));
        }
        assert_eq!(heads[0], heads[1]);
        let known = GitCommand::in_folder(&repo)
            .args(["cat-file", "-e", &heads[0]])
            .output()
            .unwrap();
        assert_ne!(known.code, Some(0));
        assert_eq!(fs::read_to_string(repo.join("file")).unwrap(), "not staged");
    }

    #[test]
    fn tidying_leaves_a_workspace_in_use_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (origin, [one, _]) = origin(folder.path());
        let all = folder.path().join("all");
        let used = Checkout::prepare(&all.join("repo"), 0, &origin, &one, &[]).unwrap();
        drop(Checkout::prepare(&all.join("repo"), 1, &origin, &one, &[]).unwrap());
        assert!(tidy(&all, 0) > 0);
        assert!(used.folder().exists());
        assert!(!all.join("repo/01").exists());
    }
}
