//! `bisect`: the commit that broke a task is found by whatever drains, with as few runs as possible.

mod ends;
mod graphs;
mod resumed;
mod reused;

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::support::{Ran, World};

/// What the task of most tests does: it writes down that it ran, and fails where there is a file `broken`.
const INTACT: &str =
    "echo $TEND_COMMIT >>$SEEN/runs; if [ -e broken ]; then echo it is broken; exit 3; fi";

/// A repository with a task `intact`.
struct Bench {
    world: World,
}

impl Bench {
    /// With one commit, which is fine.
    fn new(script: &str) -> Self {
        Self::with(script, "")
    }

    /// With more lines of configuration.
    fn with(script: &str, more: &str) -> Self {
        let bench = Self {
            world: World::unborn(),
        };
        fs::create_dir(bench.seen()).unwrap();
        let text = format!(
            "[defaults]\nbuiltin = false\n[task.intact]\nrun = [\"sh\", \"-c\", \"{script}\"]\nenv = {{ SEEN = \"{}\" }}\n{more}\n",
            bench.seen().display()
        );
        bench.world.write("tend.toml", text);
        bench.world.commit("begin");
        bench.world.tend(["trust", "--yes"]).code(0);
        // What is committed from now on is new, and no task follows commits.
        bench.world.tend(["drain", "--quiet"]).code(0);
        bench
    }

    /// Where the task leaves traces.
    fn seen(&self) -> PathBuf {
        self.world.folder().join("seen")
    }

    fn head(&self) -> String {
        self.world.git(["rev-parse", "HEAD"]).trim().to_owned()
    }

    /// Commits one after the other; the files of `changes` are written, or removed where there is no text.
    fn commits(
        &self,
        count: usize,
        changes: impl Fn(usize) -> Option<(&'static str, Option<&'static str>)>,
    ) -> Vec<String> {
        (0..count)
            .map(|number| {
                self.world.write("number", format!("{number} of {count}\n"));
                match changes(number) {
                    Some((path, Some(text))) => self.world.write(path, text),
                    Some((path, None)) => fs::remove_file(self.world.repo().join(path)).unwrap(),
                    None => {}
                }
                self.world.commit(&format!("number {number}"))
            })
            .collect()
    }

    /// A line of commits of which one breaks it.
    fn line(&self, count: usize, broken: usize) -> Vec<String> {
        self.commits(count, |number| {
            (number == broken).then_some(("broken", Some("")))
        })
    }

    /// How often the task ran.
    fn runs(&self) -> usize {
        let text = fs::read_to_string(self.seen().join("runs")).unwrap_or_default();
        text.lines().count()
    }

    fn bisect(&self, more: &[&str]) -> Ran {
        self.world
            .tend(["bisect", "intact"].iter().chain(more).copied())
    }

    /// Runs it at once, and returns what is told to programs.
    #[track_caller]
    fn now(&self, good: &str, more: &[&str], code: i32) -> Value {
        let words = ["--now", "--json", "--good", good];
        let words: Vec<&str> = words.iter().chain(more).copied().collect();
        let ran = self.bisect(&words).code(code);
        ran.json()["bisections"][0].clone()
    }

    /// The newest search.
    fn newest(&self) -> Value {
        let ran = self.world.tend(["bisect", "--json"]).code(0);
        ran.json()["bisections"][0].clone()
    }
}

/// The commits that a search looked at, and what they came to.
fn steps(search: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let steps = search["steps"].as_array().unwrap();
    steps
        .iter()
        .map(|step| (text(&step["commit"]), text(&step["came"])))
        .collect()
}
