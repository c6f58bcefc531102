//! What a verdict depends on besides the files: what the task does, and with which programs.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use jiff::civil::Date;

use super::program::Programs;
use crate::config::Workspace;
use crate::config::output::Output;
use crate::system::env;
use crate::system::frames::Frames;
use crate::system::resolve;
use crate::tasks::spec::{Action, RunSpec};
use crate::tools::{adapter::Part, parts, table};
use crate::trust::scripts;

/// Variables that decide what common tools do, wherever they come from.
pub const VARIABLES: [&str; 10] = [
    "CFLAGS",
    "CXXFLAGS",
    "GOFLAGS",
    "MAVEN_OPTS",
    "NODE_ENV",
    "NODE_OPTIONS",
    "PYTHONPATH",
    "RUSTFLAGS",
    "RUSTUP_TOOLCHAIN",
    "RUSTC_WRAPPER",
];

/// Programs whose argument is the program that they run.
const RUNNERS: [&str; 14] = [
    "bundle", "bunx", "cargo", "hatch", "npx", "pdm", "pipenv", "pipx", "pnpm", "poetry", "rye",
    "uv", "uvx", "yarn",
];

/// Where a task would run.
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    /// The user's worktree, if there is one.
    pub worktree: Option<&'a Path>,
    /// The environment of jobs, with the search path.
    pub environment: &'a [(OsString, OsString)],
    /// The present day, UTC: what is known of faults in dependencies changes from day to day.
    pub today: Date,
}

impl Ground<'_> {
    fn variable(&self, name: &str) -> &OsStr {
        let mut found = self.environment.iter().filter(|(known, _)| known == name);
        found.next_back().map_or(OsStr::new(""), |(_, value)| value)
    }
}

/// What a task is, apart from the files: its parts, and their digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// 64 hexadecimal digits.
    pub digest: String,
    /// Names and values; a name may come more than once.
    pub parts: Vec<(String, String)>,
}

#[derive(Default)]
struct Parts(Vec<(String, String)>);

impl Parts {
    fn add(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.push((name.into(), value.into()));
    }

    fn digested(self) -> Definition {
        let mut frames = Frames::new("git-tend verdict definition v1");
        frames.count(self.0.len());
        for (name, value) in &self.0 {
            frames.text(name).text(value);
        }
        Definition {
            digest: frames.hex(),
            parts: self.0,
        }
    }
}

/// Values that may be secret are told from each other, and not kept.
fn short_digest(value: &[u8]) -> String {
    let digest = blake3::hash(value).to_hex();
    digest.get(..16).unwrap_or_default().to_owned()
}

/// What is different between two lists of parts: the name, and the value on either side.
pub fn differences<'p>(
    before: &'p [(String, String)],
    after: &'p [(String, String)],
) -> Vec<(&'p str, Option<String>, Option<String>)> {
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in before.iter().chain(after) {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    let values = |parts: &[(String, String)], name: &str| {
        let values: Vec<&str> = parts
            .iter()
            .filter(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
            .collect();
        (!values.is_empty()).then(|| values.join(" "))
    };
    names
        .into_iter()
        .map(|name| (name, values(before, name), values(after, name)))
        .filter(|(_, before, after)| before != after)
        .collect()
}

/// What a task is. It is the same on every machine that has the same programs; what is learned of them is kept in the
/// state directory.
pub fn define(state: &Path, ground: Ground<'_>, task: &str, spec: &RunSpec) -> Definition {
    let mut definer = Definer::open(state, ground);
    let definition = definer.definition(task, spec);
    definer.programs.save();
    definition
}

/// Digests what tasks are.
struct Definer<'a> {
    ground: Ground<'a>,
    programs: Programs,
}

impl<'a> Definer<'a> {
    /// With what the state directory remembers of programs.
    fn open(state: &Path, ground: Ground<'a>) -> Self {
        let rustup = Some(ground.variable("RUSTUP_HOME"))
            .filter(|home| !home.is_empty())
            .map(PathBuf::from);
        Self {
            ground,
            programs: Programs::open(state, rustup),
        }
    }

    fn definition(&mut self, task: &str, spec: &RunSpec) -> Definition {
        let mut parts = Parts::default();
        parts.add("task", task);
        parts.add(
            "system",
            format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        );
        parts.add("workspace", spec.workspace.name());
        parts.add("root", &spec.root);
        self.action(&mut parts, spec);
        for (name, value) in &spec.env {
            parts.add(format!("env {name}"), short_digest(value.as_bytes()));
        }
        for folder in &spec.link {
            parts.add("link", folder);
        }
        if let Some(judges) = &spec.judges {
            for glob in judges.files.files() {
                parts.add("files", glob.as_str());
            }
            for glob in judges.files.exclude() {
                parts.add("exclude", glob.as_str());
            }
        }
        for name in VARIABLES {
            let value = self.ground.variable(name).as_encoded_bytes();
            if !value.is_empty() {
                parts.add(format!("variable {name}"), short_digest(value));
            }
        }
        for (name, digest) in self.digests(spec) {
            parts.add(format!("program {name}"), digest);
        }
        parts.digested()
    }

    fn action(&self, parts: &mut Parts, spec: &RunSpec) {
        // What this program reads, it may read otherwise in its next version.
        const VERSION: &str = env!("CARGO_PKG_VERSION");
        match &spec.action {
            Action::Builtin { name } => {
                parts.add("built in", name);
                parts.add("git-tend", VERSION);
            }
            Action::Tools { name, only } => {
                parts.add("tools of", name);
                parts.add("git-tend", VERSION);
                for tool in only {
                    parts.add("tool", tool);
                }
                if asks_for_advisories(name) {
                    parts.add("day", self.ground.today.to_string());
                }
            }
            // What mends, or is about no repository, comes to no verdict.
            Action::Fix { .. } | Action::Own { .. } => {
                parts.add("fix", VERSION);
            }
            Action::Command { argv } => {
                for word in argv {
                    parts.add("run", word);
                }
                if spec.output != Output::None {
                    parts.add("output", spec.output.to_string());
                    parts.add("git-tend", VERSION);
                }
            }
        }
    }

    /// The programs that take part, by the names under which they are looked for. One that is missing takes no part; the
    /// task then comes to no verdict, or to another.
    fn digests(&mut self, spec: &RunSpec) -> Vec<(String, String)> {
        let folders = folders(spec, &self.ground);
        let mut digests = Vec::new();
        for name in program_names(&spec.action) {
            let found =
                resolve::resolve(OsStr::new(&name), Path::new("/"), &folders, resolve::look);
            if let Ok(program) = found
                && let Some(digest) = self.programs.digest(&program)
            {
                digests.push((name, digest));
            }
        }
        digests
    }
}

/// Whether it asks a database that grows by the day.
fn asks_for_advisories(task: &str) -> bool {
    parts::role_of(task)
        .is_some_and(|role| matches!(role.part, Part::Security | Part::Dependencies))
}

/// Where programs are looked for: in a checkout, of the project's own folders only those that are linked into it.
fn folders(spec: &RunSpec, ground: &Ground<'_>) -> Vec<PathBuf> {
    let Some(worktree) = ground.worktree else {
        return resolve::folders(&[], ground.variable(env::PATH));
    };
    let root = worktree.join(&spec.root);
    let found = resolve::folders(&[&root, worktree], ground.variable(env::PATH));
    if spec.workspace == Workspace::Worktree {
        return found;
    }
    let linked: Vec<PathBuf> = spec.link.iter().map(|name| worktree.join(name)).collect();
    let is_own = |folder: &PathBuf| folder.starts_with(worktree);
    let is_linked = |folder: &PathBuf| linked.iter().any(|link| folder.starts_with(link));
    found
        .into_iter()
        .filter(|folder| !is_own(folder) || is_linked(folder))
        .collect()
}

/// The names of the programs that an action may start, sorted. What is written with a slash is a file of the project's,
/// and among the inputs.
fn program_names(action: &Action) -> BTreeSet<String> {
    let words: BTreeSet<String> = match action {
        Action::Builtin { .. } | Action::Fix { .. } | Action::Own { .. } => BTreeSet::new(),
        Action::Tools { name, only } => parts::names(name, only)
            .iter()
            .filter_map(|name| table::find(name))
            .map(|tool| tool.program.to_owned())
            .collect(),
        Action::Command { argv } => {
            let mut words = scripts::run_words(argv);
            if let Some((program, arguments)) = argv.split_first()
                && RUNNERS.contains(&program.as_str())
            {
                let own = arguments.iter().take_while(|word| *word != "--");
                for word in own.filter(|word| !word.starts_with('-')).take(2) {
                    words.insert(word.clone());
                    if program == "cargo" {
                        words.insert(format!("cargo-{word}"));
                    }
                }
            }
            words
        }
    };
    let is_plain = |word: &String| !word.is_empty() && !word.contains(['/', '{', '\0']);
    words.into_iter().filter(is_plain).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn spec(action: &serde_json::Value) -> RunSpec {
        serde_json::from_value(serde_json::json!({
            "action": action,
            "workspace": "commit",
            "interruptible": true,
            "judges": {},
        }))
        .unwrap()
    }

    fn command(argv: &[&str]) -> RunSpec {
        spec(&serde_json::json!({ "kind": "command", "argv": argv }))
    }

    fn names(argv: &[&str]) -> Vec<String> {
        program_names(&command(argv).action).into_iter().collect()
    }

    struct Bench {
        folder: tempfile::TempDir,
    }

    impl Bench {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            Self { folder }
        }

        fn program(&self, path: &str, text: &str) {
            let path = self.folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }

        fn of(&self, spec: &RunSpec, today: &str, variable: Option<&str>) -> String {
            let top = self.folder.path().join("work");
            let search = self.folder.path().join("bin");
            let mut environment: Vec<(OsString, OsString)> = vec![("PATH".into(), search.into())];
            environment.extend(variable.map(|value| ("RUSTFLAGS".into(), value.into())));
            let ground = Ground {
                worktree: Some(&top),
                environment: &environment,
                today: today.parse().unwrap(),
            };
            Definer::open(self.folder.path(), ground)
                .definition("lint", spec)
                .digest
        }
    }

    #[test]
    fn programs_are_found_behind_those_that_run_them() {
        assert_eq!(names(&["ruff", "check", "{files}"]), ["ruff"]);
        assert_eq!(names(&["./ci/lint.sh", "x"]), [""; 0]);
        assert_eq!(
            names(&["cargo", "clippy", "--", "-D", "warnings"]),
            ["cargo", "cargo-clippy", "clippy"]
        );
        assert_eq!(
            names(&["sh", "-c", "cd web && eslint ."]),
            ["-c", "cd", "eslint", "sh"]
        );
        assert!(names(&["npx", "--no", "prettier", "--check"]).contains(&"prettier".to_owned()));
        assert!(names(&["python3", "-m", "pytest"]).contains(&"pytest".to_owned()));
    }

    #[test]
    fn whatever_decides_what_happens_is_part_of_it() {
        let bench = Bench::new();
        bench.program("bin/ruff", "ruff 1");
        let plain = command(&["ruff", "check"]);
        let day = "2026-11-21";
        let before = bench.of(&plain, day, None);
        assert_eq!(bench.of(&plain, "2026-11-22", None), before);
        let mut others = vec![
            command(&["ruff", "check", "."]),
            command(&["ruff check"]),
            spec(&serde_json::json!({ "kind": "builtin", "name": "patterns" })),
        ];
        let mut change = |change: &dyn Fn(&mut RunSpec)| {
            let mut spec = plain.clone();
            change(&mut spec);
            others.push(spec);
        };
        change(&|it| it.root = "web".to_owned());
        change(&|it| it.workspace = Workspace::Worktree);
        change(&|it| it.env = [("A".to_owned(), "b".to_owned())].into());
        change(&|it| it.link = vec![".venv".to_owned()]);
        change(&|it| it.output = Output::Sarif(crate::config::output::Place::Default));
        change(&|it| {
            let globs = serde_json::json!({ "files": ["**/*.py"] });
            it.judges.as_mut().unwrap().files = serde_json::from_value(globs).unwrap();
        });
        let mut seen: BTreeSet<String> = others.iter().map(|it| bench.of(it, day, None)).collect();
        seen.insert(before.clone());
        seen.insert(bench.of(&plain, day, Some("-C target-cpu=native")));
        assert_eq!(seen.len(), others.len() + 2);
        // Limits decide whether it comes to an end, not to which.
        let limited = RunSpec {
            expect: Some(std::time::Duration::from_secs(1)),
            retry_on: vec![3],
            ..plain.clone()
        };
        assert_eq!(bench.of(&limited, day, None), before);
        bench.program("bin/ruff", "ruff 2, which finds more");
        assert_ne!(bench.of(&plain, day, None), before);
    }

    #[test]
    fn the_projects_own_program_counts_where_it_is_linked() {
        let bench = Bench::new();
        bench.program("bin/ruff", "the system's");
        let plain = command(&["ruff"]);
        let linked = RunSpec {
            link: vec![".venv".to_owned()],
            ..plain.clone()
        };
        let before = [&plain, &linked].map(|it| bench.of(it, "2026-11-21", None));
        bench.program("work/.venv/bin/ruff", "the project's");
        let after = [&plain, &linked].map(|it| bench.of(it, "2026-11-21", None));
        assert_eq!(before[0], after[0]);
        assert_ne!(before[1], after[1]);
    }

    #[test]
    fn audits_are_of_today() {
        let bench = Bench::new();
        let of = |name: &str, day| {
            let spec = spec(&serde_json::json!({ "kind": "tools", "name": name }));
            bench.of(&spec, day, None)
        };
        let days = ["2026-11-21", "2026-11-22"];
        let audit = days.map(|day| of("dependency_audit", day));
        assert_ne!(audit[0], audit[1]);
        let code = days.map(|day| of("code_analysis", day));
        assert_eq!(code[0], code[1]);
    }
}
