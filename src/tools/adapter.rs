//! What is known of a tool: a row of the table.

use super::project::{Planned, Project};

/// The built-in tasks that run tools.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// `security_scan`.
    Security,
    /// `dependency_audit`.
    Dependencies,
    /// `code_analysis`.
    Quality,
    /// `test_runner`.
    Tests,
}

/// When a tool runs that nobody named.
#[derive(Clone, Copy, Debug)]
pub enum Wanted {
    /// Where the project has something for it; where it is not installed, that is said.
    Always,
    /// Where the project has something for it and it is installed; nobody misses it.
    IfInstalled,
    /// Only where `tools` of its task names it.
    IfNamed,
    /// As the project says: it never says this again.
    By(fn(&Project<'_>) -> Self),
}

impl Wanted {
    /// When it runs in this project.
    #[must_use]
    pub fn within(self, project: &Project<'_>) -> Self {
        match self {
            Self::By(decide) => decide(project),
            fixed => fixed,
        }
    }
}

/// Where a tool's report is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// On standard output.
    Stdout,
    /// On standard output and standard error, written to one pipe as a terminal shows them: what it says is the report too.
    Output,
    /// In the file that `{report}` among its arguments stands for.
    Report,
    /// In the files of the folder it runs in that these globs select, if they are not older than the run.
    Files(&'static [&'static str]),
}

/// How a report is read: one reader each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// SARIF 2.1.0, of any tool.
    Sarif,
    /// The XML of `JUnit` in all its dialects.
    Junit,
    /// Checkstyle's XML.
    Checkstyle,
    /// git-tend's own JSON, for analysers of the user's own.
    Tend,
    /// `bandit -f json`.
    Bandit,
    /// `npm audit --json`, version 2.
    NpmAudit,
    /// `pip-audit -f json`.
    PipAudit,
    /// `safety check --json` and `safety scan --output json`.
    Safety,
    /// `cargo audit --json`.
    CargoAudit,
    /// `osv-scanner --format json`.
    OsvScanner,
    /// `semgrep --json`.
    Semgrep,
    /// `gitleaks --report-format json`.
    Gitleaks,
    /// `pylint --output-format=json2` (and `json`).
    Pylint,
    /// `eslint --format json`.
    Eslint,
    /// `ruff check --output-format json`.
    Ruff,
    /// `cargo clippy --message-format json`: JSON lines.
    Clippy,
    /// `radon cc -j`.
    Radon,
    /// `jest --json`, and vitest's `--reporter=json`.
    Jest,
    /// The text of `cargo test`.
    CargoTest,
    /// `go test -json`: JSON lines.
    GoTest,
    /// The text of `python -m unittest -v`.
    Unittest,
}

/// An exit code, or words on standard error or output, that say that there was nothing to look at.
#[derive(Clone, Copy, Debug)]
pub struct Nothing {
    /// The exit code; any if none is given.
    pub code: Option<i32>,
    /// Words that are among what it wrote to standard error or, outside of its report, to standard output; empty for any.
    pub says: &'static str,
    /// What that means, for people: "no eslint configuration".
    pub because: &'static str,
}

/// A tool.
#[derive(Clone, Copy, Debug)]
pub struct Tool {
    /// Its name, in findings and in `tools = [...]`.
    pub name: &'static str,
    /// What it is called as: searched in `.venv/bin`, `node_modules/.bin`, then `PATH`.
    pub program: &'static str,
    /// The tasks it is part of.
    pub parts: &'static [Part],
    /// When it runs.
    pub wanted: Wanted,
    /// Arguments that make it print its version.
    pub version: &'static [&'static str],
    /// Which calls of it a project needs; none where there is nothing for it.
    pub plan: fn(&Project<'_>) -> Vec<Planned>,
    /// Where its report is.
    pub source: Source,
    /// How it is read.
    pub format: Format,
    /// Exit codes when nothing was found.
    pub clean: &'static [i32],
    /// Exit codes when something was found. Codes in neither list are errors, whatever the report says.
    pub found: &'static [i32],
    /// What says that there was nothing to look at.
    pub nothing: &'static [Nothing],
    /// The command that installs it.
    pub install: &'static str,
}
