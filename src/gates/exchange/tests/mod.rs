//! The exchange with git's own signatures: `ssh-keygen` and `gpg` make and verify them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod any_bytes;
mod openpgp;
mod origins;
mod publishing;
mod refusals;

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::accept::{Judged, Refusal, judge};
use super::{Published, Shared, publish};
use crate::config::Signer;
use crate::git::testing::TestRepo;
use crate::git::{Oid, Repo};
use crate::system::env;

/// A program that signs, or `None` where it may be missing.
#[track_caller]
fn tool(name: &str) -> Option<PathBuf> {
    let found = env::folders("PATH")
        .into_iter()
        .map(|folder| folder.join(name))
        .find(|path| path.is_file());
    let required = crate::system::env::raw("TEND_TEST_REAL").is_some_and(|value| value == "1");
    assert!(
        found.is_some() || !required,
        "TEND_TEST_REAL=1 and {name} is missing"
    );
    if found.is_none() {
        // Past the test's own capture: what was not tested is seen.
        let _ = writeln!(std::io::stderr(), "not tested: {name} is missing");
    }
    found
}

/// Runs a program to its end and returns what it printed.
#[track_caller]
fn run<I: AsRef<OsStr>>(program: &Path, args: impl IntoIterator<Item = I>) -> String {
    let output = Command::new(program).args(args).output().unwrap();
    assert!(
        output.status.success(),
        "{}: {}",
        program.display(),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// An SSH key without a passphrase.
struct Key {
    file: PathBuf,
    public: String,
    fingerprint: String,
}

impl Key {
    fn new(keygen: &Path, file: PathBuf) -> Self {
        run(
            keygen,
            [
                OsStr::new("-q"),
                OsStr::new("-t"),
                OsStr::new("ed25519"),
                OsStr::new("-N"),
                OsStr::new(""),
                OsStr::new("-C"),
                OsStr::new("test"),
                OsStr::new("-f"),
                file.as_os_str(),
            ],
        );
        let printed = run(keygen, [OsStr::new("-lf"), file.as_os_str()]);
        Self {
            public: fs::read_to_string(file.with_extension("pub")).unwrap(),
            fingerprint: printed.split(' ').nth(1).unwrap().to_owned(),
            file,
        }
    }

    /// The signer that this key's fingerprint names.
    fn signer(&self) -> [Signer; 1] {
        [signer(&self.fingerprint)]
    }
}

/// The line of a verdict.
fn line(verdict: &Shared) -> String {
    String::from_utf8(verdict.to_line(&verdict.tree.parse().unwrap()).unwrap()).unwrap()
}

fn signer(text: &str) -> Signer {
    text.parse().unwrap()
}

/// A repository whose git signs with an SSH key, and allows it under the name `ci@example.org`.
struct Machine {
    repo: TestRepo,
    keygen: PathBuf,
    key: Key,
}

impl Machine {
    fn new() -> Option<Self> {
        Self::with(&[])
    }

    fn with(options: &[&str]) -> Option<Self> {
        let keygen = tool("ssh-keygen")?;
        let repo = TestRepo::new(options);
        let key = Key::new(&keygen, repo.beside("key"));
        let machine = Self { repo, keygen, key };
        machine.allow(&format!("ci@example.org {}", machine.key.public));
        for (name, value) in [
            ("user.name", "CI"),
            ("user.email", "ci@example.org"),
            ("gpg.format", "ssh"),
            ("gpg.ssh.program", machine.keygen.to_str().unwrap()),
            ("gpg.ssh.allowedSignersFile", machine.path("allowed")),
        ] {
            machine.repo.git(&["config", name, value]);
        }
        machine.sign_with(&machine.key);
        machine.repo.commit_files(&[("a.txt", "a\n")]);
        Some(machine)
    }

    fn path(&self, name: &str) -> &'static str {
        // Lives as long as the process of the test.
        Box::leak(
            self.repo
                .beside(name)
                .into_os_string()
                .into_string()
                .unwrap()
                .into_boxed_str(),
        )
    }

    /// Another key, which nobody allows.
    fn other_key(&self) -> Key {
        Key::new(&self.keygen, self.repo.beside("other"))
    }

    fn sign_with(&self, key: &Key) {
        self.repo
            .git(&["config", "user.signingKey", key.file.to_str().unwrap()]);
    }

    /// Replaces the file of allowed signers.
    fn allow(&self, text: &str) {
        fs::write(self.repo.beside("allowed"), text).unwrap();
    }

    fn open(&self) -> Repo {
        self.repo.open()
    }

    fn head(&self) -> Oid {
        self.repo.tip("HEAD")
    }

    /// A passing verdict about HEAD's tree.
    fn verdict(&self, task: &str) -> Shared {
        self.verdict_of(task, &self.head())
    }

    fn verdict_of(&self, task: &str, commit: &Oid) -> Shared {
        let tree = self.repo.git(&["rev-parse", &format!("{commit}^{{tree}}")]);
        Shared {
            key: blake3::hash(format!("{task} {tree}").as_bytes()).to_string(),
            task: task.to_owned(),
            definition: blake3::hash(task.as_bytes()).to_string(),
            tree,
            summary: "212 tests passed".to_owned(),
            made_at: "2026-11-21T14:00:00Z".parse().unwrap(),
        }
    }

    /// Publishes verdicts of these tasks about HEAD.
    #[track_caller]
    fn publish(&self, tasks: &[&str]) -> Oid {
        let verdicts: Vec<_> = tasks.iter().map(|task| self.verdict(task)).collect();
        match publish(&self.open(), &self.head(), &verdicts).unwrap() {
            Published::Added { commit, verdicts } => {
                assert_eq!(verdicts, tasks.len());
                commit
            }
            Published::Already => panic!("nothing was added"),
        }
    }

    /// Moves the ref to a commit with the same tree as `notes`' but this note about `commit`, as `git notes` writes it.
    /// Nobody signs it.
    fn note(&self, commit: &Oid, note: &str) -> Oid {
        let args = ["notes", "--ref=tend", "add", "-f", "-F", "-"];
        let args = [&args[..], &[commit.as_str()]].concat();
        self.repo.git_in(self.repo.top(), &args, note.as_bytes());
        self.notes()
    }

    /// The ref's commit.
    fn notes(&self) -> Oid {
        self.repo.tip("refs/notes/tend")
    }

    fn set_notes(&self, commit: &str) {
        self.repo.git(&["update-ref", "refs/notes/tend", commit]);
    }

    /// A commit of the tree of `notes`, with this message, parents and options; the ref moves there.
    fn commit_notes(&self, notes: &Oid, message: &str, parents: &[&Oid], options: &[&str]) -> Oid {
        let tree = format!("{notes}^{{tree}}");
        let mut args = vec!["commit-tree", "-m", message];
        for parent in parents {
            args.extend(["-p", parent.as_str()]);
        }
        args.extend(options);
        args.push(&tree);
        let made = self.repo.git(&args);
        self.set_notes(&made);
        made.parse().unwrap()
    }

    /// What each line of the note about HEAD is: its task and signer, or why it does not count.
    fn judged(&self, signers: &[Signer]) -> Vec<Result<(String, String), Refusal>> {
        told(judge(&self.open(), &self.head(), signers).unwrap())
    }

    /// The tasks that passed on HEAD, as this machine's own key has it.
    #[track_caller]
    fn passed(&self) -> Vec<String> {
        let accepted = super::accepted(&self.open(), &self.head(), &self.key.signer()).unwrap();
        accepted
            .into_iter()
            .map(|(shared, signer)| {
                assert_eq!(signer, self.key.fingerprint);
                shared.task
            })
            .collect()
    }

    /// Why the one line of the note about HEAD does not count.
    #[track_caller]
    fn refusal(&self, signers: &[Signer]) -> Refusal {
        let mut judged = self.judged(signers);
        assert_eq!(judged.len(), 1, "{judged:?}");
        assert_eq!(
            super::accepted(&self.open(), &self.head(), signers).unwrap(),
            []
        );
        judged.remove(0).unwrap_err()
    }
}

fn told(judged: Vec<Judged<'_>>) -> Vec<Result<(String, String), Refusal>> {
    judged
        .into_iter()
        .map(|(_, result)| result.map(|(shared, signer)| (shared.task, signer.to_string())))
        .collect()
}

/// Writes an executable file.
fn script(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt;
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}
