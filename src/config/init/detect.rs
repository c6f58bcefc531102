//! Which tools a repository uses, by the files that it tracks.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::suggestion::{Suggestion, is_plain};

/// Folders of one kind beyond this are passed over: nobody reads fifty suggestions.
const MOST_FOLDERS: usize = 5;

/// Whether the contents of a path are of use to `propose`.
pub fn is_wanted(path: &str) -> bool {
    let (_, name) = split(path);
    ["package.json", "pyproject.toml", "Makefile"].contains(&name)
}

/// The folder of a path, empty for the top, and its name there.
fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() {
        name.to_owned()
    } else {
        format!("{folder}/{name}")
    }
}

/// The repository as the detection sees it.
struct Tree<'a> {
    paths: BTreeSet<&'a str>,
    manifests: &'a BTreeMap<String, String>,
}

impl<'a> Tree<'a> {
    fn has(&self, folder: &str, name: &str) -> bool {
        self.paths.contains(join(folder, name).as_str())
    }

    fn contents(&self, folder: &str, name: &str) -> &'a str {
        self.manifests
            .get(&join(folder, name))
            .map_or("", String::as_str)
    }

    /// The folders with one of these files, and no such folder above them: the inner ones are parts of the outer.
    fn folders(&self, names: &[&str]) -> Vec<&'a str> {
        let all: BTreeSet<&str> = self
            .paths
            .iter()
            .map(|path| split(path))
            .filter(|(folder, name)| {
                names.contains(name)
                    && (folder.is_empty() || is_plain(folder))
                    && !folder
                        .split('/')
                        .any(|part| part == "node_modules" || part == "vendor")
            })
            .map(|(folder, _)| folder)
            .collect();
        let outer = |folder: &&str| {
            let mut above = *folder;
            while !above.is_empty() {
                above = split(above).0;
                if all.contains(above) {
                    return false;
                }
            }
            true
        };
        all.iter()
            .copied()
            .filter(outer)
            .take(MOST_FOLDERS)
            .collect()
    }

    fn any_below(&self, folder: &str, matches: impl Fn(&str) -> bool) -> bool {
        self.paths.iter().any(|path| {
            let below = if folder.is_empty() {
                Some(*path)
            } else {
                path.strip_prefix(folder)
                    .and_then(|rest| rest.strip_prefix('/'))
            };
            below.is_some_and(&matches)
        })
    }
}

/// What was found so far.
#[derive(Default)]
struct Found {
    tools: Vec<String>,
    suggestions: Vec<Suggestion>,
    names: BTreeSet<String>,
}

/// How a suggestion is meant to be used.
#[derive(Clone, Copy)]
enum Use {
    /// Quick, and about the text of the files alone: a gate on the index.
    Gate,
    /// Reads the code of one commit.
    Lint,
    /// Needs what is installed in the worktree.
    Test,
}

impl Found {
    fn tool(&mut self, tool: impl Into<String>) {
        let tool = tool.into();
        if !self.tools.contains(&tool) {
            self.tools.push(tool);
        }
    }

    fn suggest(
        &mut self,
        folder: &str,
        name: &str,
        run: &[&str],
        files: &'static [&'static str],
        how: Use,
    ) {
        let mut unique: String = join(folder, name)
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
            .collect();
        // Names end where names of tasks must; a folder of underscores begins where none may.
        unique = unique.trim_start_matches('_').chars().take(60).collect();
        let free = (1..100)
            .map(|number| match number {
                1 => unique.clone(),
                number => format!("{unique}_{number}"),
            })
            .find(|name| !self.names.contains(name));
        let Some(name) = free.filter(|name| !name.is_empty()) else {
            return;
        };
        self.names.insert(name.clone());
        self.suggestions.push(Suggestion {
            name,
            run: run.iter().map(ToString::to_string).collect(),
            folder: folder.to_owned(),
            files,
            on: match how {
                Use::Gate => None,
                Use::Lint => Some("post-commit"),
                Use::Test => Some("pre-push"),
            },
            workspace: match how {
                Use::Gate => "index",
                Use::Lint => "commit",
                Use::Test => "worktree",
            },
            gate: matches!(how, Use::Gate),
        });
    }
}

/// What was found, and what fits it.
pub(super) fn detect<'a>(
    paths: impl IntoIterator<Item = &'a str>,
    manifests: &BTreeMap<String, String>,
) -> (Vec<String>, Vec<Suggestion>) {
    let tree = Tree {
        paths: paths.into_iter().collect(),
        manifests,
    };
    let mut found = Found::default();
    rust(&tree, &mut found);
    javascript(&tree, &mut found);
    python(&tree, &mut found);
    go(&tree, &mut found);
    java(&tree, &mut found);
    make(&tree, &mut found);
    (found.tools, found.suggestions)
}

const RUST: &[&str] = &["**/*.rs", "**/Cargo.toml", "Cargo.lock"];

fn rust(tree: &Tree<'_>, found: &mut Found) {
    for folder in tree.folders(&["Cargo.toml"]) {
        found.tool("Rust (cargo)");
        let mut suggest = |name, run: &[&str], how| found.suggest(folder, name, run, RUST, how);
        suggest("cargo_fmt", &["cargo", "fmt", "--check"], Use::Gate);
        suggest(
            "cargo_clippy",
            &["cargo", "clippy", "--all-targets"],
            Use::Lint,
        );
        suggest("cargo_test", &["cargo", "test"], Use::Test);
    }
}

const JAVASCRIPT: &[&str] = &["**/*.{js,jsx,mjs,cjs,ts,tsx,vue,svelte}", "**/package.json"];

fn javascript(tree: &Tree<'_>, found: &mut Found) {
    for folder in tree.folders(&["package.json"]) {
        let manager = [
            ("pnpm-lock.yaml", "pnpm"),
            ("yarn.lock", "yarn"),
            ("bun.lockb", "bun"),
            ("bun.lock", "bun"),
        ]
        .into_iter()
        .find(|(lock, _)| tree.has(folder, lock))
        .map_or("npm", |(_, manager)| manager);
        found.tool(format!("JavaScript ({manager})"));
        let Ok(manifest) = serde_json::from_str::<Value>(tree.contents(folder, "package.json"))
        else {
            continue;
        };
        let Some(scripts) = manifest.get("scripts").and_then(Value::as_object) else {
            continue;
        };
        for script in ["lint", "typecheck", "test"] {
            let Some(command) = scripts.get(script).and_then(Value::as_str) else {
                continue;
            };
            // What `npm init` writes fails always.
            if command.contains("no test specified") {
                continue;
            }
            // They load installed dependencies, which a checkout of a commit does not have.
            let name = format!("{manager}_{script}");
            found.suggest(
                folder,
                &name,
                &[manager, "run", script],
                JAVASCRIPT,
                Use::Test,
            );
        }
    }
}

const PYTHON: &[&str] = &["**/*.py", "**/pyproject.toml"];

fn python(tree: &Tree<'_>, found: &mut Found) {
    let manifests = [
        "pyproject.toml",
        "setup.py",
        "setup.cfg",
        "requirements.txt",
    ];
    for folder in tree.folders(&manifests) {
        found.tool("Python");
        let project = tree.contents(folder, "pyproject.toml");
        if project.contains("[tool.ruff")
            || tree.has(folder, "ruff.toml")
            || tree.has(folder, ".ruff.toml")
        {
            found.suggest(folder, "ruff", &["ruff", "check", "."], PYTHON, Use::Lint);
        }
        if project.contains("[tool.mypy") || tree.has(folder, "mypy.ini") {
            found.suggest(folder, "mypy", &["mypy", "."], PYTHON, Use::Test);
        }
        let is_test = |path: &str| {
            let (_, name) = split(path);
            let module = name.strip_suffix(".py").unwrap_or_default();
            name == "pytest.ini"
                || module == "conftest"
                || module.starts_with("test_")
                || module.ends_with("_test")
        };
        if project.contains("pytest") || tree.any_below(folder, is_test) {
            found.suggest(folder, "pytest", &["pytest", "-q"], PYTHON, Use::Test);
        }
    }
}

const GO: &[&str] = &["**/*.go", "go.mod", "go.sum"];

fn go(tree: &Tree<'_>, found: &mut Found) {
    for folder in tree.folders(&["go.mod"]) {
        found.tool("Go");
        found.suggest(folder, "go_vet", &["go", "vet", "./..."], GO, Use::Lint);
        found.suggest(folder, "go_test", &["go", "test", "./..."], GO, Use::Test);
    }
}

fn java(tree: &Tree<'_>, found: &mut Found) {
    for folder in tree.folders(&["pom.xml"]) {
        found.tool("Java (Maven)");
        found.suggest(folder, "mvn_test", &["mvn", "-q", "test"], &[], Use::Test);
    }
    for folder in tree.folders(&["build.gradle", "build.gradle.kts"]) {
        found.tool("Java (Gradle)");
        let program = if tree.has(folder, "gradlew") {
            "./gradlew"
        } else {
            "gradle"
        };
        found.suggest(folder, "gradle_test", &[program, "test"], &[], Use::Test);
    }
}

fn make(tree: &Tree<'_>, found: &mut Found) {
    for folder in tree.folders(&["Makefile"]) {
        let targets = targets(tree.contents(folder, "Makefile"));
        for target in ["lint", "check", "test"] {
            if targets.contains(target) {
                found.tool("make");
                let name = format!("make_{target}");
                found.suggest(folder, &name, &["make", target], &[], Use::Test);
            }
        }
    }
}

/// The targets that a makefile names explicitly.
fn targets(makefile: &str) -> BTreeSet<&str> {
    makefile
        .lines()
        .filter(|line| !line.starts_with(['\t', ' ', '#', '.']))
        .filter_map(|line| line.split_once(':'))
        // `NAME := value` and `NAME ::= value` define variables.
        .filter(|(_, rest)| !rest.trim_start_matches(':').starts_with('='))
        .flat_map(|(names, _)| names.split_whitespace())
        .collect()
}
