//! The tools themselves, which `.ci/tools` puts into `target/tools`, and what they say when nobody comes between.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::support::{Ran, World, tool, tools_path, until};

/// A place of a finding: path, line, column, rule.
pub type At = (String, u64, u64, String);

/// A world in which these programs of `target/tools` are found, beside those of the machine; nothing where one is missing.
pub struct Tooled {
    pub world: World,
    vars: Vec<(String, String)>,
}

impl Tooled {
    /// A repository with these files in one commit, whose built-in task `task` runs these tools only.
    #[track_caller]
    pub fn new(
        task: &str,
        tools: &[&str],
        programs: &[&str],
        files: &[(&str, &str)],
    ) -> Option<Self> {
        programs.iter().all(|name| tool(name).is_some()).then(|| {
            let names: Vec<String> = tools.iter().map(|name| format!("{name:?}")).collect();
            let world = World::with_config(&format!(
                "[defaults]\nbuiltin = false\n[task.{task}]\ntools = [{}]\nretries = 0\n",
                names.join(", ")
            ));
            for (path, text) in files {
                world.write(path, text);
            }
            world.commit("project");
            world.tend(["trust", "--yes"]).code(0);
            let mut tooled = Self {
                world,
                vars: vec![("PATH".to_owned(), tools_path().into_string().unwrap())],
            };
            // Rust's toolchain lies in the home of whoever runs the tests.
            let home = std::env::var("HOME").unwrap_or_default();
            for (name, folder) in [("RUSTUP_HOME", ".rustup"), ("CARGO_HOME", ".cargo")] {
                let path = std::env::var(name).unwrap_or_else(|_| format!("{home}/{folder}"));
                tooled.set(name, &path);
            }
            if let Ok(toolchain) = std::env::var("RUSTUP_TOOLCHAIN") {
                tooled.set("RUSTUP_TOOLCHAIN", &toolchain);
            }
            tooled
        })
    }

    /// One more variable, for git-tend and for the tools.
    pub fn set(&mut self, name: &str, value: &str) {
        self.vars.push((name.to_owned(), value.to_owned()));
    }

    /// Runs git-tend.
    pub fn tend(&self, args: &[&str]) -> Ran {
        let vars: Vec<(&str, &str)> = self
            .vars
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        self.world.tend_with(&vars, args)
    }

    /// Runs a tool in a folder of the repository.
    pub fn tool(&self, folder: &str, program: &str, args: &[&str]) -> Ran {
        // The child is looked for in the PATH of this process otherwise.
        let path = self.vars.iter().find(|(name, _)| name == "PATH");
        let found = std::env::split_paths(&path.unwrap().1)
            .map(|folder| folder.join(program))
            .find(|path| path.is_file())
            .unwrap();
        let vars = self.vars.iter().map(|(name, value)| (name, value));
        let mut command = self.world.command(found);
        command
            .current_dir(self.world.repo().join(folder))
            .envs(vars)
            .env("NO_COLOR", "1")
            .args(args);
        Ran::new(&command.output().unwrap())
    }

    /// The body of the scan that `task` has left.
    #[track_caller]
    pub fn scan(&self, task: &str) -> Value {
        super::scan(&self.world, task)
    }
}

/// Where the findings of a scan, or of `git tend findings --json`, are; sorted.
pub fn places(document: &Value) -> Vec<At> {
    let all = document["findings"].as_array().unwrap();
    let mut places: Vec<At> = all
        .iter()
        .map(|one| {
            let place = if one["place"].is_object() {
                &one["place"]
            } else {
                one
            };
            (
                place["path"].as_str().unwrap_or_default().to_owned(),
                place["line"].as_u64().unwrap_or_default(),
                place["column"].as_u64().unwrap_or_default(),
                one["rule"].as_str().unwrap_or_default().to_owned(),
            )
        })
        .collect();
    places.sort();
    places
}

/// What an expression with the groups `path`, `line`, `column` and `rule` finds in the lines of a tool's own text; sorted.
/// Columns that count from zero are shifted by `first_column`.
pub fn told(text: &str, expression: &str, shift: u64) -> Vec<At> {
    let expression = regex::Regex::new(expression).unwrap();
    let mut told: Vec<At> = text
        .lines()
        .filter_map(|line| expression.captures(line))
        .map(|found| {
            let number = |name| {
                found
                    .name(name)
                    .map_or(0, |it| it.as_str().parse().unwrap())
            };
            let word = |name| found.name(name).map_or("", |it| it.as_str());
            (
                word("path").trim_start_matches("./").to_owned(),
                number("line"),
                number("column") + shift,
                word("rule").to_owned(),
            )
        })
        .collect();
    told.sort();
    told
}

/// A service of `fixtures/tools/stubs` on a port of its own, until it is dropped.
pub struct Stub {
    child: Child,
    pub port: u16,
}

impl Stub {
    /// Starts it. `folder` holds the file in which it says its port.
    pub fn start(folder: &Path, script: &str, mode: &str) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("fixtures/tools/stubs")
            .join(script);
        let port_file = folder.join(format!("{mode}.port"));
        let child = Command::new("python3")
            .arg(script)
            .arg(&port_file)
            .arg(mode)
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        // Dropped, it ends the process also when the port is never said.
        let mut stub = Self { child, port: 0 };
        stub.port = until(20, "the stub's port", || {
            std::fs::read_to_string(&port_file).ok()?.parse().ok()
        });
        stub
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
