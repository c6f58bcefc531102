//! Gates under the real git: what is about to be committed or pushed is what is judged, and nothing of the user's is
//! touched meanwhile.
//!
//! What a gate says depends on the contents of the files that it is shown, so that a wrong tree gives a wrong answer.

mod budget;
mod bypassed;
mod committing;
mod compared;
mod kept;
mod messages;
mod places;
mod pushing;
mod untouched;

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::hooks::{EVENTS, beside, drains, head, script};
use crate::support::{Ran, World, until};

/// Files that are the project's when a test begins; all of them are fine.
const FILES: [(&str, &str); 3] = [
    ("src/a.txt", "fine\n"),
    ("src/b.txt", "fine\n"),
    ("src/sub/c.txt", "fine\n"),
];

/// A gate that looks for BAD in the folder `src` of what it is shown, whatever its task's other settings. It leaves a line
/// for each run, with a digest of the files.
const LOOK: &str =
    r#"["sh", "-c", "echo $0 $([DIGEST]) >> '[RUNS]'/$0; ! grep -rn BAD src", "[NAME]"]"#;
/// One that looks at the files that it is called with.
const LOOK_AT: &str =
    r#"["sh", "-c", "echo $0 >> '[RUNS]'/$0; ! grep -n BAD \"$@\"", "[NAME]", "{files}"]"#;
/// One whose output is read.
const REPORT: &str =
    r#"["sh", "-c", "echo $0 $([DIGEST]) >> '[RUNS]'/$0; grep -rn BAD src || true", "[NAME]"]"#;
/// Says something about all the files of a folder.
const DIGEST: &str = "find . -name .git -prune -o -type f -exec cksum {} + | LC_ALL=C sort | cksum";

/// How the output of [`REPORT`] is read.
const READ: &str =
    r"output = 'regex:^(?<file>[^:]+):(?<line>[0-9]+):(?<message>.*(?<rule>BAD).*)$'";

/// A task that is a gate: its name, its command and its other settings.
type Gate<'a> = (&'a str, &'a str, &'a str);

/// The whole tree, the selected files, each by itself, and with findings that are compared.
const ALL: [Gate<'static>; 4] = [
    ("tree", LOOK, ""),
    ("selected", LOOK, "files = [\"src/**\"]"),
    ("each", LOOK_AT, "files = [\"src/**\"]"),
    ("findings", REPORT, READ),
];

const TREE: [Gate<'static>; 1] = [ALL[0]];

/// A repository with gates.
struct Bench {
    world: World,
}

impl Bench {
    /// With these gates before a commit and a merge, which have as long as they need.
    fn new(gates: &[Gate<'_>]) -> Self {
        Self::of(World::unborn(), gates, "60s", "")
    }

    /// In a repository that is there, with a budget and more lines of configuration.
    fn of(world: World, gates: &[Gate<'_>], budget: &str, more: &str) -> Self {
        let bench = Self { world };
        for folder in ["runs", "seen"] {
            fs::create_dir_all(beside(&bench.world, folder)).unwrap();
        }
        let text = bench.config(gates, &["pre-commit", "pre-merge-commit"], budget, more);
        bench.world.write("tend.toml", text);
        for (path, text) in FILES {
            bench.world.write(path, text);
        }
        bench.world.commit("begin");
        // Of everybody's: something that is put aside.
        bench.stage("src/a.txt", "stashed and staged\n");
        bench.world.write("src/b.txt", "stashed\n");
        bench.world.git(["stash", "push", "--quiet"]);
        bench.ready();
        bench
    }

    fn config(&self, gates: &[Gate<'_>], hooks: &[&str], budget: &str, more: &str) -> String {
        use std::fmt::Write as _;
        let names: Vec<&str> = gates.iter().map(|(name, ..)| *name).collect();
        let mut text = "[defaults]\nbuiltin = false\n".to_owned();
        for hook in hooks {
            let _ = writeln!(
                text,
                "[hooks.{hook}]\ngates = {names:?}\nbudget = \"{budget}\""
            );
        }
        if !hooks.contains(&"pre-push") {
            text.push_str("[hooks.pre-push]\nbudget = \"60s\"\n");
        }
        for (name, run, settings) in gates {
            let _ = writeln!(
                text,
                "[task.{name}]\nrun = {}\n{settings}",
                self.named(run, name)
            );
        }
        text + more
    }

    fn named(&self, run: &str, name: &str) -> String {
        let runs = self.runs_folder();
        run.replace("[RUNS]", runs.to_str().unwrap())
            .replace("[NAME]", name)
            .replace("[DIGEST]", DIGEST)
    }

    /// Approves what runs, and installs hooks that keep an eye on ours.
    fn ready(&self) {
        self.world.tend(["trust", "--yes"]).code(0);
        self.world.tend(["drain", "--quiet"]).code(0);
        let hooks = self
            .world
            .git(["rev-parse", "--path-format=absolute", "--git-path", "hooks"]);
        install_watched(&self.world, Path::new(hooks.trim_end()));
    }

    fn runs_folder(&self) -> PathBuf {
        beside(&self.world, "runs")
    }

    /// How often a gate's program ran until now.
    fn runs(&self, gate: &str) -> usize {
        let text = fs::read_to_string(self.runs_folder().join(gate)).unwrap_or_default();
        text.lines().count()
    }

    /// How often a gate's program ran, once nothing is at work behind git's back any more; never twice on the same files.
    #[track_caller]
    fn runs_once_each(&self, gate: &str) -> usize {
        self.quiet();
        let text = fs::read_to_string(self.runs_folder().join(gate)).unwrap_or_default();
        let different: BTreeSet<&str> = text.lines().collect();
        assert_eq!(different.len(), text.lines().count(), "{gate}: {text}");
        different.len()
    }

    /// What a hook of ours changed that is the user's, until now.
    fn touched(&self) -> String {
        fs::read_to_string(beside(&self.world, "seen/touched")).unwrap_or_default()
    }

    /// git with these arguments.
    fn try_git<S: AsRef<OsStr>>(&self, args: &[S]) -> Ran {
        self.ran(self.world.command("git").args(args))
    }

    /// A command around which nothing of the user's may be changed by us.
    #[track_caller]
    fn ran(&self, command: &mut Command) -> Ran {
        let ran = Ran::new(&command.output().unwrap());
        assert!(!ran.stderr.contains("internal error"), "{}", ran.stderr);
        assert!(!ran.stderr.contains("no gate was asked"), "{}", ran.stderr);
        assert_eq!(self.touched(), "", "{}", ran.stderr);
        ran
    }

    /// git has to go through with it, and no gate has anything to say.
    #[track_caller]
    fn passes<S: AsRef<OsStr>>(&self, args: &[S]) -> Ran {
        let ran = self.try_git(args).code(0);
        for mark in ["✗", "…", "⏸", "? "] {
            assert!(!ran.stderr.contains(mark), "{}", ran.stderr);
        }
        ran
    }

    /// Git is stopped by all gates that there are, and by nothing else.
    #[track_caller]
    fn stops<S: AsRef<OsStr>>(&self, args: &[S], gates: &[Gate<'_>]) -> Ran {
        let before = head(&self.world);
        let ran = self.try_git(args);
        assert_ne!(ran.code, 0, "{}", ran.stderr);
        for (name, ..) in gates {
            let said = ran.stderr.contains(&format!("✗ {name}"));
            assert!(said, "{name}: {}", ran.stderr);
        }
        assert_eq!(head(&self.world), before, "nothing is committed");
        ran
    }

    /// Writes and stages.
    fn stage(&self, path: &str, text: &str) {
        self.world.write(path, text);
        self.world.git(["add", "--", path]);
    }

    /// A remote called origin, which has what is here.
    fn with_remote(&self) {
        let remote = beside(&self.world, "remote.git");
        let remote = remote.to_str().unwrap();
        let format = self.world.git(["rev-parse", "--show-object-format"]);
        let format = format!("--object-format={}", format.trim());
        let words = ["init", "--quiet", "--bare", "-b", "main", &format, remote];
        self.world.git(words);
        self.world.git(["remote", "add", "origin", remote]);
        self.world
            .git(["push", "--quiet", "--no-verify", "-u", "origin", "main"]);
    }

    fn on_remote(&self, name: &str) -> Option<String> {
        let remote = beside(&self.world, "remote.git");
        let ran = self.try_git(&[
            OsStr::new("--git-dir"),
            remote.as_os_str(),
            "rev-parse".as_ref(),
            "--verify".as_ref(),
            "--quiet".as_ref(),
            name.as_ref(),
        ]);
        (ran.code == 0).then(|| ran.stdout.trim().to_owned())
    }

    /// A push that is refused, on account of these gates.
    #[track_caller]
    fn push_refused(&self, args: &[&str], says: &str) -> Ran {
        let ran = self.try_git(&[&["push", "--quiet"], args].concat());
        assert_ne!(ran.code, 0, "the push goes: {}", ran.stderr);
        assert!(ran.stderr.contains("nothing is pushed"), "{}", ran.stderr);
        assert!(ran.stderr.contains(says), "{says}: {}", ran.stderr);
        ran
    }

    #[track_caller]
    fn pushes(&self, args: &[&str]) -> Ran {
        self.passes(&[&["push", "--quiet"], args].concat())
    }

    /// Waits until no process of ours is at work.
    #[track_caller]
    fn quiet(&self) {
        until(30, "the detached drains end", || {
            (!drains(&self.world)).then_some(())
        });
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        // Gates that wait for a file find it, so that nothing is left behind.
        let _ = fs::write(self.runs_folder().join("go"), "");
    }
}

/// Hooks that compare what is the user's before ours ran with after: files, indexes, refs, what lies in `.git`.
fn install_watched(world: &World, hooks: &Path) {
    let folder = world.folder().display();
    let program = env!("CARGO_BIN_EXE_git-tend");
    for event in EVENTS {
        let text = format!(
            r#"#!/bin/sh
look() {{
  cd '{folder}' && find . \( -path ./home -o -path ./runs -o -path ./seen -o -name tend -o -name objects \) -prune \
    -o -type d -printf '%p %m\n' -o -name "sharedindex.*" -exec cksum {{}} + -o -printf '%p %m %s %T@ %l\n' -type f -exec cksum {{}} +
}}
before=$(look | LC_ALL=C sort)
'{program}' hook --shim "$0" {event} "$@"
code=$?
after=$(look | LC_ALL=C sort)
[ "$before" = "$after" ] || printf '%s\n' '{event}' "$before" '=>' "$after" >> '{folder}/seen/touched'
exit $code
"#
        );
        script(&hooks.join(event), &text);
    }
}
