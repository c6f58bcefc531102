//! What was approved, kept outside the repository: an archive that carries a `.git` must not bring its own approvals.
//!
//! One JSON file a repository, in the user's state folder. It keeps the approved definitions themselves, so that a
//! change can be shown, and the hashes of the repository's scripts that they name.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::fingerprint::{Definition, Fingerprint};
use crate::system::dirs::RepositoryId;
use crate::system::filesystem;
use crate::system::state_file::{Content, StateFile, failed};

pub use crate::system::state_file::StateFileError as ApprovalsError;

/// Contents of scripts of the repository: path to hash.
pub type Scripts = BTreeMap<String, String>;

/// The version of the file's form.
const SCHEMA: u32 = 1;

/// What was approved about one task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// The definition.
    pub definition: Definition,
    /// The scripts that it names.
    #[serde(default)]
    pub scripts: Scripts,
    /// When.
    pub approved_at: Timestamp,
}

/// Whether a task may run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// As it is now, it was approved.
    Approved,
    /// No task of that name was approved.
    New,
    /// The definition is another one now.
    DefinitionChanged,
    /// Scripts that it names are other ones now.
    ScriptsChanged(Vec<String>),
}

impl Status {
    /// Whether it may run.
    pub const fn is_approved(&self) -> bool {
        matches!(self, Self::Approved)
    }
}

/// One line of a change: what was approved, and what is there now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// What it is about: `run`, `env.NAME`, `workspace`, `root`, `link` or `script PATH`.
    pub what: String,
    /// What was approved.
    pub before: Option<String>,
    /// What is there now.
    pub after: Option<String>,
}

/// The approvals of one repository.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Approvals {
    /// For people who look into the folder: the file's name is a hash.
    #[serde(default)]
    repository: String,
    tasks: BTreeMap<String, Approval>,
    /// Whether tasks may run on what arrives on a ref, for each that was asked about.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    refs: BTreeMap<String, bool>,
    /// Commits from elsewhere that tasks may run on.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    commits: BTreeSet<String>,
    #[serde(skip)]
    damaged: Option<PathBuf>,
}

/// The file of one repository's approvals.
#[derive(Clone, Debug)]
pub struct ApprovalsFile {
    file: StateFile,
    repository: PathBuf,
}

impl ApprovalsFile {
    /// The approvals of the repository with this common git folder, in the folder of all approvals.
    pub fn new(approvals_dir: &Path, common_dir: &Path) -> Result<Self, ApprovalsError> {
        let id = RepositoryId::of(common_dir).map_err(failed("find", common_dir))?;
        Ok(Self {
            file: StateFile::new(
                approvals_dir.join(format!("{}.json", id.as_str())),
                "lock",
                SCHEMA,
            ),
            repository: common_dir.to_path_buf(),
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// Reads the approvals; none if there is no file. A damaged file approves nothing; [`Approvals::damaged`] names it,
    /// and the next change moves it aside.
    pub fn load(&self) -> Result<Approvals, ApprovalsError> {
        Ok(match self.file.read()? {
            Content::Absent => Approvals::default(),
            Content::Readable(approvals) => approvals,
            Content::Damaged => Approvals {
                damaged: Some(self.path().to_path_buf()),
                ..Approvals::default()
            },
        })
    }

    /// Records that tasks were approved as they are now.
    pub fn approve<I>(&self, tasks: I, now: Timestamp) -> Result<Approvals, ApprovalsError>
    where
        I: IntoIterator<Item = (String, Definition, Scripts)>,
    {
        self.change(|approvals| {
            for (task, definition, scripts) in tasks {
                let approval = Approval {
                    definition,
                    scripts,
                    approved_at: now,
                };
                approvals.tasks.insert(task, approval);
            }
        })
    }

    /// Where a copy of an approved script is kept.
    pub fn script(&self, hash: &str) -> PathBuf {
        let folder = self.path().parent().unwrap_or(Path::new("."));
        folder.join("scripts").join(hash)
    }

    /// Keeps a copy of an approved script, to be compared with what comes after it.
    pub fn keep_script(&self, hash: &str, text: &[u8]) -> io::Result<()> {
        let path = self.script(hash);
        if path.exists() {
            return Ok(());
        }
        filesystem::private_dir(path.parent().unwrap_or(Path::new(".")))?;
        filesystem::replace(&path, text, 0o600)
    }

    /// Records whether tasks may run on what arrives on a ref.
    pub fn answer_for_ref(&self, name: &str, trusted: bool) -> Result<Approvals, ApprovalsError> {
        self.change(|approvals| {
            approvals.refs.insert(name.to_owned(), trusted);
        })
    }

    /// Forgets what was said about a ref; returns whether it was trusted.
    pub fn revoke_ref(&self, name: &str) -> Result<bool, ApprovalsError> {
        let mut trusted = false;
        self.change(|approvals| {
            trusted = approvals.refs.remove(name) == Some(true);
        })?;
        Ok(trusted)
    }

    /// Records that tasks may run on a commit from elsewhere.
    pub fn approve_commit(&self, commit: &str) -> Result<Approvals, ApprovalsError> {
        self.change(|approvals| {
            approvals.commits.insert(commit.to_owned());
        })
    }

    /// Takes approvals back; says which of the tasks had one.
    pub fn revoke(&self, tasks: &[&str]) -> Result<Vec<String>, ApprovalsError> {
        let mut revoked = Vec::new();
        self.change(|approvals| {
            revoked = tasks
                .iter()
                .filter(|task| approvals.tasks.remove(**task).is_some())
                .map(|task| (*task).to_owned())
                .collect();
        })?;
        Ok(revoked)
    }

    /// Reads, changes and writes, while nobody else does.
    fn change(&self, change: impl FnOnce(&mut Approvals)) -> Result<Approvals, ApprovalsError> {
        let mut changed = Approvals::default();
        let was_damaged = self.file.change(|stored| {
            changed = stored.unwrap_or_default();
            changed.repository = self.repository.to_string_lossy().into_owned();
            change(&mut changed);
            Some(changed.clone())
        })?;
        changed.damaged = was_damaged.then(|| self.file.damaged_path());
        Ok(changed)
    }
}

impl Approvals {
    /// The damaged file on account of which nothing is approved.
    pub fn damaged(&self) -> Option<&Path> {
        self.damaged.as_deref()
    }

    /// What was approved, by task.
    pub const fn list(&self) -> &BTreeMap<String, Approval> {
        &self.tasks
    }

    /// The refs whose commits are trusted.
    pub fn trusted_refs(&self) -> impl Iterator<Item = &str> {
        let trusted = self.refs.iter().filter(|(_, trusted)| **trusted);
        trusted.map(|(name, _)| name.as_str())
    }

    /// Whether it was ever answered if a ref is trusted.
    pub fn was_asked_about(&self, name: &str) -> bool {
        self.refs.contains_key(name)
    }

    /// Whether this very commit was approved.
    pub fn has_commit(&self, commit: &str) -> bool {
        self.commits.contains(commit)
    }

    /// Whether a task's definition was approved, its scripts aside. Hooks ask this: scripts are looked at when the job
    /// starts, in its workspace.
    pub fn definition_is_approved(&self, task: &str, fingerprint: &Fingerprint) -> bool {
        self.tasks
            .get(task)
            .is_some_and(|approval| approval.definition.fingerprint() == *fingerprint)
    }

    /// Whether a task may run with the scripts that are there now: those of [`super::scripts`] that
    /// exist.
    pub fn status(&self, task: &str, fingerprint: &Fingerprint, scripts: &Scripts) -> Status {
        let Some(approval) = self.tasks.get(task) else {
            return Status::New;
        };
        if approval.definition.fingerprint() != *fingerprint {
            return Status::DefinitionChanged;
        }
        // One that is gone cannot run; one that is new was not approved.
        let changed: Vec<_> = scripts
            .iter()
            .filter(|(path, hash)| approval.scripts.get(*path) != Some(hash))
            .map(|(path, _)| path.clone())
            .collect();
        if changed.is_empty() {
            Status::Approved
        } else {
            Status::ScriptsChanged(changed)
        }
    }

    /// Whether a task may run with the scripts that are there now.
    pub fn is_approved(&self, task: &str, fingerprint: &Fingerprint, scripts: &Scripts) -> bool {
        self.status(task, fingerprint, scripts).is_approved()
    }

    /// What is different from what was approved; for a task never approved, everything.
    pub fn diff(&self, task: &str, definition: &Definition, scripts: &Scripts) -> Vec<Change> {
        let before = self.tasks.get(task);
        let old = before.map(|approval| parts(&approval.definition, &approval.scripts));
        let old = old.unwrap_or_default();
        let new = parts(definition, scripts);
        let keys: BTreeSet<_> = old.keys().chain(new.keys()).collect();
        keys.into_iter()
            .filter(|key| old.get(*key) != new.get(*key))
            .map(|(_, what)| {
                let of = |parts: &Parts| {
                    parts
                        .iter()
                        .find(|((_, name), _)| name == what)
                        .map(|(_, text)| text.clone())
                };
                Change {
                    what: what.clone(),
                    before: of(&old),
                    after: of(&new),
                }
            })
            .collect()
    }
}

/// What a definition says, in the order in which people read it.
type Parts = BTreeMap<(u8, String), String>;

fn parts(definition: &Definition, scripts: &Scripts) -> Parts {
    let Definition {
        argv,
        env,
        workspace,
        root,
        for_each,
        link,
        fix,
    } = definition;
    // As TOML writes lists, so that an argument with a blank does not look like two.
    let quoted = |texts: &mut dyn Iterator<Item = &String>| {
        let texts: Vec<_> = texts.map(|text| format!("{text:?}")).collect();
        format!("[{}]", texts.join(", "))
    };
    let mut parts = Parts::new();
    parts.insert((0, "run".to_owned()), quoted(&mut argv.iter()));
    for (name, value) in env {
        parts.insert((1, format!("env.{name}")), format!("{value:?}"));
    }
    parts.insert((2, "workspace".to_owned()), workspace.name().to_owned());
    if !root.is_empty() {
        let what = if *for_each { "for_each" } else { "root" };
        parts.insert((3, what.to_owned()), format!("{root:?}"));
    }
    if !link.is_empty() {
        parts.insert((4, "link".to_owned()), quoted(&mut link.iter()));
    }
    if !fix.is_empty() {
        parts.insert((5, "fix".to_owned()), quoted(&mut fix.iter()));
    }
    for (path, hash) in scripts {
        parts.insert((6, format!("script {path}")), hash.clone());
    }
    parts
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;
    use crate::config::Workspace;

    fn definition(program: &str) -> Definition {
        Definition {
            argv: vec![program.to_owned(), "build".to_owned()],
            env: BTreeMap::new(),
            workspace: Workspace::Commit,
            root: String::new(),
            for_each: false,
            link: BTreeSet::new(),
            fix: Vec::new(),
        }
    }

    fn scripts(hash: &str) -> Scripts {
        Scripts::from([("ci/x.sh".to_owned(), hash.to_owned())])
    }

    fn repository() -> (tempfile::TempDir, ApprovalsFile) {
        let dir = tempfile::tempdir().unwrap();
        let common = dir.path().join("repo/.git");
        std::fs::create_dir_all(&common).unwrap();
        let file = ApprovalsFile::new(&dir.path().join("state/approvals"), &common).unwrap();
        (dir, file)
    }

    fn approve(file: &ApprovalsFile, task: &str, definition: &Definition, scripts: Scripts) {
        let task = (task.to_owned(), definition.clone(), scripts);
        file.approve([task], Timestamp::UNIX_EPOCH).unwrap();
    }

    #[test]
    fn what_was_approved_is_found_again_and_nothing_else() {
        let (_dir, file) = repository();
        let book = definition("mdbook");
        assert_eq!(
            file.load()
                .unwrap()
                .status("docs", &book.fingerprint(), &Scripts::new()),
            Status::New
        );
        approve(&file, "docs", &book, scripts("1"));
        let approvals = file.load().unwrap();
        let status = |definition: &Definition, scripts: &Scripts| {
            approvals.status("docs", &definition.fingerprint(), scripts)
        };
        assert_eq!(status(&book, &scripts("1")), Status::Approved);
        assert_eq!(status(&book, &Scripts::new()), Status::Approved);
        assert_eq!(
            status(&book, &scripts("2")),
            Status::ScriptsChanged(vec!["ci/x.sh".to_owned()])
        );
        assert_eq!(
            status(&definition("curl"), &scripts("1")),
            Status::DefinitionChanged
        );
        assert!(!approvals.definition_is_approved("other", &book.fingerprint()));
    }

    #[test]
    fn a_script_that_was_not_there_at_the_approval_is_not_approved() {
        let (_dir, file) = repository();
        let book = definition("mdbook");
        approve(&file, "docs", &book, Scripts::new());
        let approvals = file.load().unwrap();
        assert!(!approvals.is_approved("docs", &book.fingerprint(), &scripts("1")));
    }

    #[test]
    fn revoking_takes_back_one_approval_and_says_whether_there_was_one() {
        let (_dir, file) = repository();
        approve(&file, "a", &definition("a"), Scripts::new());
        approve(&file, "b", &definition("b"), Scripts::new());
        assert_eq!(file.revoke(&["a", "c"]).unwrap(), ["a"]);
        let left = file.load().unwrap();
        assert_eq!(left.list().keys().collect::<Vec<_>>(), ["b"]);
    }

    #[test]
    fn the_difference_shows_what_was_and_what_is() {
        let (_dir, file) = repository();
        approve(&file, "docs", &definition("mdbook"), scripts("1"));
        let mut new = definition("mdbook");
        new.argv.push("-d a b".to_owned());
        new.env.insert("A".to_owned(), "1".to_owned());
        let changes = file.load().unwrap().diff("docs", &new, &scripts("1"));
        let lines: Vec<_> = changes
            .iter()
            .map(|it| {
                let side = |side: &Option<String>| side.clone().unwrap_or_else(|| "-".to_owned());
                format!("{}: {} → {}", it.what, side(&it.before), side(&it.after))
            })
            .collect();
        assert_eq!(
            lines,
            [
                r#"run: ["mdbook", "build"] → ["mdbook", "build", "-d a b"]"#,
                r#"env.A: - → "1""#,
            ]
        );
        let all = Approvals::default().diff("docs", &new, &scripts("1"));
        assert!(all.iter().all(|change| change.before.is_none()));
        assert_eq!(all.len(), 4);
    }

    #[test]
    fn a_damaged_file_approves_nothing_and_is_kept_aside() {
        for damage in [
            "",
            "{",
            "[]",
            "{\"schema\":1}",
            "{\"schema\":0,\"tasks\":{}}",
            "{\"schema\":-1,\"tasks\":{}}",
            "\u{0}\u{1}",
        ] {
            let (_dir, file) = repository();
            approve(&file, "docs", &definition("mdbook"), Scripts::new());
            std::fs::write(file.path(), damage).unwrap();
            let approvals = file.load().unwrap();
            assert_eq!(approvals.damaged(), Some(file.path()), "{damage:?}");
            assert!(approvals.list().is_empty());
            let now = file
                .approve(
                    [("b".to_owned(), definition("b"), Scripts::new())],
                    Timestamp::UNIX_EPOCH,
                )
                .unwrap();
            let aside = now.damaged().unwrap().to_path_buf();
            assert_eq!(std::fs::read_to_string(aside).unwrap(), damage);
            let again = file.load().unwrap();
            assert_eq!(again.damaged(), None);
            assert_eq!(again.list().len(), 1);
        }
    }

    #[test]
    fn the_approvals_of_a_newer_version_are_left_alone() {
        let (_dir, file) = repository();
        approve(&file, "docs", &definition("mdbook"), Scripts::new());
        let newer = r#"{"schema":2,"tasks":[]}"#;
        std::fs::write(file.path(), newer).unwrap();
        assert!(matches!(
            file.load(),
            Err(ApprovalsError::TooNew { found: 2, .. })
        ));
        assert!(file.revoke(&["docs"]).is_err());
        assert_eq!(std::fs::read_to_string(file.path()).unwrap(), newer);
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_read_or_write_them() {
        use std::os::unix::fs::PermissionsExt;
        let (_dir, file) = repository();
        approve(&file, "docs", &definition("mdbook"), Scripts::new());
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(file.path()), 0o600);
        assert_eq!(mode(file.path().parent().unwrap()), 0o700);
    }

    #[test]
    fn approvals_given_at_once_are_all_kept() {
        let (_dir, file) = repository();
        std::thread::scope(|scope| {
            for number in 0..8 {
                let file = &file;
                scope.spawn(move || {
                    approve(
                        file,
                        &format!("t{number}"),
                        &definition("a"),
                        Scripts::new(),
                    );
                });
            }
        });
        assert_eq!(file.load().unwrap().list().len(), 8);
    }
}
