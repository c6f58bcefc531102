//! Repeated work and what is made of it.

mod cases;
mod efficiency;
mod escape;
mod escape_limits;
mod escape_processes;
mod history;
mod measured;
mod monitor;
mod story;
mod weeks;
mod workflow;
mod workflow_claims;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use git_tend::optimize::sandbox::{
    Interpreter, Level, Options, Report, Subject, TrialError, try_once,
};
use git_tend::system::sandbox::{Bounds, Claim, End, Means, Standing};

/// Every means that isolates.
const ISOLATING: [Means; 3] = [Means::Bubblewrap, Means::Namespaces, Means::Landlock];

/// What a script prints when it did what it must not be able to.
const ESCAPED: &str = "ESCAPED";
/// What it prints when it came to its end.
const DONE: &str = "DONE";

/// A home folder with a secret, a repository, and a folder for sandboxes.
struct Home {
    temp: tempfile::TempDir,
    options: Options,
}

impl Home {
    fn new() -> Self {
        let temp = tempfile::tempdir().unwrap();
        // What keeps a script out must not be the mode of a folder: whoever it is may go everywhere here.
        open_to_all(temp.path(), 0o777);
        let home = temp.path().join("home");
        for folder in [
            home.join(".ssh"),
            home.join(".cache"),
            temp.path().join("repo"),
        ] {
            fs::create_dir_all(&folder).unwrap();
            open_to_all(&folder, 0o777);
        }
        open_to_all(&home, 0o777);
        let secret = home.join(".ssh/id_rsa");
        fs::write(&secret, "the key\n").unwrap();
        open_to_all(&secret, 0o666);
        let this = Self {
            options: Options {
                helper: PathBuf::from(env!("CARGO_BIN_EXE_git-tend")),
                folder: home.join(".cache/sandboxes"),
                level: Level::Partial,
                means: None,
                require: true,
                consent: false,
                bounds: Bounds::default(),
                home: Some(home),
                tools: Vec::new(),
                wait: Duration::from_secs(30),
            },
            temp,
        };
        this.git(&["init", "-q", "-b", "main"]);
        fs::write(this.repository().join("README.md"), "first\n").unwrap();
        this.git(&["add", "."]);
        this.git(&["commit", "-qm", "first"]);
        this.git(&["config", "remote.origin.url", "https://token@example.org/"]);
        fs::write(this.repository().join("untracked.txt"), "not for you\n").unwrap();
        open_to_all(&this.repository().join("untracked.txt"), 0o666);
        open_to_all(&this.repository().join("README.md"), 0o666);
        this
    }

    fn path(&self) -> &Path {
        self.temp.path()
    }

    /// Where the throw-away folders are: in the home folder, as they are for most users.
    fn sandboxes(&self) -> PathBuf {
        self.options.folder.clone()
    }

    fn repository(&self) -> PathBuf {
        self.path().join("repo")
    }

    fn git(&self, args: &[&str]) -> String {
        let output = Command::new("git")
            .args(["-c", "user.name=T", "-c", "user.email=t@example.org"])
            .args(args)
            .current_dir(self.repository())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .output()
            .unwrap();
        assert!(output.status.success(), "git {args:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs a script once.
    fn once(&self, means: Means, level: Level, interpreter: Interpreter, text: &str) -> Report {
        self.try_once(means, level, interpreter, text).unwrap()
    }

    fn try_once(
        &self,
        means: Means,
        level: Level,
        interpreter: Interpreter,
        text: &str,
    ) -> Result<Report, TrialError> {
        let repository = self.repository();
        let subject = Subject {
            interpreter,
            text,
            parameters: &[],
            repository: Some(&repository),
            declared: Vec::new(),
            programs: ["git", "cat", "ls", "sleep"].map(str::to_owned).into(),
        };
        let options = Options {
            means: Some(means),
            level,
            consent: means == Means::None,
            require: means != Means::None,
            ..self.options.clone()
        };
        try_once(&subject, &options)
    }

    /// Runs an attempt, in Python, where it must fail, by each of the means.
    fn fails(&self, claim: Claim, level: Level, attempt: &str) -> Vec<Report> {
        ISOLATING
            .into_iter()
            .map(|means| {
                let report = self.once(means, level, Interpreter::Python, attempt);
                let run = &report.cases[0];
                assert!(!run.stdout.text.contains(ESCAPED), "{means:?}: {run:#?}");
                assert!(
                    run.stdout.text.contains(DONE),
                    "{means:?}: it must come to its end: {run:#?}"
                );
                assert!(holds(&report.standings, claim), "{means:?}: {report:#?}");
                report
            })
            .collect()
    }

    /// Runs it without isolation, where it must succeed: otherwise it would show nothing.
    fn succeeds(&self, claim: Claim, attempt: &str) -> Report {
        let report = self.once(Means::None, Level::Minimal, Interpreter::Python, attempt);
        assert!(
            report.cases[0].stdout.text.contains(ESCAPED),
            "without a sandbox it works: {report:#?}"
        );
        assert!(!holds(&report.standings, claim), "{report:#?}");
        report
    }
}

fn open_to_all(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn holds(standings: &[Standing], claim: Claim) -> bool {
    standings
        .iter()
        .any(|standing| standing.claim == claim && standing.holds())
}

/// Runs a script in Python as any other program, without anything of ours.
fn plainly(text: &str, folder: &Path) -> String {
    let output = Command::new("/usr/bin/python3")
        .args(["-c", text])
        .current_dir(folder)
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The end of the only run.
fn end(report: &Report) -> &End {
    &report.cases[0].end
}
