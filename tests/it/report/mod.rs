//! The report as a page, in a real browser.

mod command;
mod filter;
mod harness;
mod hostile;
mod large;
mod page;
mod saved;

use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::support::World;
use crate::tools::program;

/// A repository with a task that finds what a file says, one whose tests go as a file says, and Python to look at.
pub struct Project {
    pub world: World,
}

const CONFIG: &str = r#"[task.lint]
run = ["cat", "findings.json"]
output = "tend"

[task.suite]
run = ["./run-tests"]
output = "junit:report/*.xml"
workspace = "worktree"

[task.security_scan]
tools = ["secrets"]
"#;

/// A function with a loop and branches.
const CODE: &str = "def read(lines):\n    total = 0\n    for line in lines:\n        if line and line != '-':\n            total += 1\n    return total\n";

impl Project {
    pub fn new() -> Self {
        let world = World::with_config(CONFIG);
        program(
            &world.repo().join("run-tests"),
            "#!/bin/sh\nmkdir -p report\ncp tests.xml report/\n",
        );
        let project = Self { world };
        project.world.write(".gitignore", "report/\ntests.xml\n");
        project.world.write("src/app.py", CODE);
        project.tests(&[("tests.a", true), ("tests.b", true)]);
        project.finds(&[]);
        project
    }

    /// What the next run of `lint` finds.
    pub fn finds(&self, findings: &[Value]) {
        let report = json!({"schema": 1, "tool": "lint", "checked": 9, "findings": findings});
        self.world.write("findings.json", report.to_string());
    }

    /// How the tests go from now on.
    pub fn tests(&self, tests: &[(&str, bool)]) {
        let mut cases = String::new();
        for (name, passes) in tests {
            let failure = if *passes {
                ""
            } else {
                "<failure message=\"no\">no</failure>"
            };
            writeln!(
                cases,
                "<testcase classname=\"suite\" name=\"{name}\" time=\"0.01\">{failure}</testcase>"
            )
            .unwrap();
        }
        let failed = tests.iter().filter(|(_, passes)| !passes).count();
        self.world.write(
            "tests.xml",
            format!("<testsuites><testsuite name=\"suite\" tests=\"{}\" failures=\"{failed}\">{cases}</testsuite></testsuites>", tests.len()),
        );
    }

    /// Commits everything and runs these tasks.
    pub fn commit_and_run(&self, message: &str, tasks: &[&str]) {
        self.world.commit(message);
        self.world.tend(["trust", "--yes"]).code(0);
        self.run(tasks);
    }

    pub fn run(&self, tasks: &[&str]) {
        let ran = self.world.tend(["run", "--quiet"].iter().chain(tasks));
        assert!(ran.stderr.is_empty(), "{}", ran.stderr);
    }

    /// The page.
    pub fn page(&self) -> PathBuf {
        self.world.page()
    }
}

/// A finding of a file.
pub fn finding(path: &str, line: u32, severity: &str, message: &str) -> Value {
    json!({"rule": severity, "severity": severity, "message": message, "path": path, "line": line})
}
