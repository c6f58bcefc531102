//! What `git-tend __task NAME` runs: built-in tasks in a process of their own, each of one analyser or several.

use std::path::Path;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::cache::FactCache;
use super::conversation::Conversations;
use super::cyclonedx::About;
use super::ground::Ground;
use super::survey::Depth;
use super::{conversation, profile};
use crate::git::{GitError, Located, Oid, Repo};
use crate::tasks::left::{Commit, Left, LeftResult};

/// An analyser: what it finds out is one result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Analyzer {
    /// What the repository is made of; with its coding style when looked at in depth.
    Codebase,
    /// Which functions and files are hard to change.
    Complexity,
    /// What every project depends on, and by which way.
    Dependencies,
    /// What is marked as to be done, since when, and what is hard to change.
    Debt,
    /// Keys and passwords in files and in the latest commits.
    Secrets,
    /// What the history and the files show about how the code changes and how people work.
    Patterns,
    /// What the user's own work shows about the user.
    Steward,
    /// What was said to coding agents here.
    Conversation,
}

impl Analyzer {
    /// The `type` of its results: the first MIRA analyser's names.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Codebase => "codebase_analysis",
            Self::Complexity => "complexity_analysis",
            Self::Dependencies => "dependencies_analysis",
            Self::Debt => "technical_debt_analysis",
            Self::Secrets => "secrets_analysis",
            Self::Patterns => "pattern_analysis",
            Self::Steward => profile::steward::KIND,
            Self::Conversation => conversation::KIND,
        }
    }

    fn run(self, ground: &Ground<'_>) -> Result<Value, BuiltinError> {
        match self {
            Self::Codebase => ground.codebase(),
            Self::Complexity => ground.complexity(),
            Self::Dependencies => ground.dependencies(),
            Self::Debt => ground.debt(),
            Self::Secrets => ground.secrets(),
            Self::Patterns => ground.patterns(),
            Self::Steward => ground.steward(),
            Self::Conversation => ground.conversation(),
        }
    }
}

/// A built-in task: how deep it looks, and its analysers; the last one's result is what the job is remembered by.
struct Task {
    name: &'static str,
    depth: Depth,
    analyzers: &'static [Analyzer],
}

/// The part of `security_scan` that needs no tool.
pub const SECRETS: &str = "secrets";

const TASKS: [Task; 8] = [
    Task {
        name: "codebase_quick",
        depth: Depth::Quick,
        analyzers: &[Analyzer::Codebase],
    },
    Task {
        name: "codebase_full",
        depth: Depth::Full,
        analyzers: &[
            Analyzer::Complexity,
            Analyzer::Debt,
            Analyzer::Secrets,
            Analyzer::Dependencies,
            Analyzer::Patterns,
            Analyzer::Steward,
            Analyzer::Conversation,
            Analyzer::Codebase,
        ],
    },
    Task {
        name: "patterns",
        depth: Depth::Full,
        analyzers: &[Analyzer::Patterns],
    },
    Task {
        name: "steward",
        depth: Depth::Quick,
        analyzers: &[Analyzer::Steward],
    },
    Task {
        name: "conversation",
        depth: Depth::Quick,
        analyzers: &[Analyzer::Conversation],
    },
    Task {
        name: "performance_profile",
        depth: Depth::Full,
        analyzers: &[Analyzer::Complexity],
    },
    Task {
        name: SECRETS,
        depth: Depth::Full,
        analyzers: &[Analyzer::Secrets],
    },
    Task {
        name: "technical_debt_tracker",
        depth: Depth::Full,
        analyzers: &[Analyzer::Debt],
    },
];

/// What analysers found out, or `{"error": …}`, in their order.
pub type Found = Left<Value>;

/// Why a task gave no result.
#[derive(Debug, thiserror::Error)]
pub enum BuiltinError {
    /// No task has this name.
    #[error("find a built-in task named {0:?}")]
    Unknown(String),
    /// The repository could not be read.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The user's profile could not be read or written.
    #[error(transparent)]
    Profile(#[from] profile::StoreError),
    /// There is no place for the user's profile.
    #[error("find a folder for your profile")]
    Homeless,
    /// What was said to coding agents could not be read.
    #[error("{0}")]
    Sessions(String),
    /// The result could not be turned into JSON.
    #[error("write the result as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

/// Where and when a task runs.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'a> {
    /// The repository.
    pub located: &'a Located,
    /// What is looked at; HEAD if none is named.
    pub commit: Option<&'a Oid>,
    /// Where facts are kept; without one, or when it cannot be used, everything is read anew.
    pub state: Option<&'a Path>,
    /// The user's state folder, where the profile is.
    pub user: Option<&'a Path>,
    /// The sessions of coding agents in this repository; none where nothing about them is asked.
    pub sessions: Option<&'a dyn Conversations>,
    /// How many threads read blobs.
    pub threads: usize,
    /// The time that is written on results, and at which windows end.
    pub now: Timestamp,
}

/// Runs a task.
///
/// With several analysers, one that fails leaves its error as its result and does not stop the others; the task fails
/// when all of them do.
pub fn run(name: &str, setting: &Setting<'_>) -> Result<Found, BuiltinError> {
    let task = TASKS
        .iter()
        .find(|task| task.name == name)
        .ok_or_else(|| BuiltinError::Unknown(name.to_owned()))?;
    let repo = Repo::open(setting.located)?;
    let commit = match setting.commit {
        Some(oid) => Some(oid.clone()),
        None => repo.head()?.oid().cloned(),
    };
    let cache = setting.state.map_or_else(FactCache::none, FactCache::open);
    let ground = Ground::new(&repo, commit, cache, task.depth, setting);
    let analyzers = task.analyzers.iter();
    collect(analyzers.map(|analyzer| (analyzer.kind(), analyzer.run(&ground))))
}

/// What a commit depends on, as a bill of materials in CycloneDX's form.
pub fn bill(setting: &Setting<'_>, about: &About<'_>) -> Result<String, BuiltinError> {
    let repo = Repo::open(setting.located)?;
    let cache = setting.state.map_or_else(FactCache::none, FactCache::open);
    let commit = setting.commit.cloned();
    Ground::new(&repo, commit, cache, Depth::Full, setting).bill(about)
}

fn collect(
    outcomes: impl Iterator<Item = (&'static str, Result<Value, BuiltinError>)>,
) -> Result<Found, BuiltinError> {
    let mut found = Vec::new();
    let (mut succeeded, mut first_error) = (false, None);
    for (kind, outcome) in outcomes {
        let body = match outcome {
            Ok(body) => {
                succeeded = true;
                body
            }
            Err(error) => {
                let body = error_body(&error);
                first_error.get_or_insert(error);
                body
            }
        };
        found.push(result(kind, body));
    }
    match first_error {
        Some(error) if !succeeded => Err(error),
        _ => Ok(Found {
            results: found,
            meaning: None,
        }),
    }
}

fn result(kind: &str, body: Value) -> LeftResult<Value> {
    LeftResult {
        kind: kind.to_owned(),
        about: Commit::Job,
        body,
    }
}

fn error_body(error: &BuiltinError) -> Value {
    json!({ "error": format!("failed to {error}") })
}

/// The `type` of the result that a task is remembered by; none for a task that is not built in.
pub fn kind_of(name: &str) -> Option<&'static str> {
    let task = TASKS.iter().find(|task| task.name == name)?;
    task.analyzers.last().map(|analyzer| analyzer.kind())
}

/// What is stored of a run: its results, or its error as the result that the job is remembered by.
pub fn stored(name: &str, outcome: Result<&Found, &BuiltinError>) -> Found {
    match outcome {
        Ok(found) => found.clone(),
        Err(error) => {
            let kind = kind_of(name).map_or_else(|| format!("{name}_analysis"), str::to_owned);
            Found {
                results: vec![result(&kind, error_body(error))],
                meaning: None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn an_analyser_that_fails_does_not_stop_the_others() {
        let broken = || Err(BuiltinError::Unknown("x".to_owned()));
        let found = collect([("a", broken()), ("b", Ok(json!(1)))].into_iter()).unwrap();
        let said: Vec<_> = found
            .results
            .iter()
            .map(|analysis| format!("{} {}", analysis.kind, analysis.body))
            .collect();
        assert_eq!(
            said,
            [
                r#"a {"error":"failed to find a built-in task named \"x\""}"#,
                "b 1"
            ]
        );
        assert!(collect([("a", broken()), ("b", broken())].into_iter()).is_err());
    }
}
