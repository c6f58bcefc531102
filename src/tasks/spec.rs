//! What a job does, in the words of the task layer: the JSON that travels through the queue as `spec`.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::selection::Selection;
use crate::config::Workspace;
use crate::config::output::Output;
use crate::config::task::FailOn;

/// The task of the commands that are typed.
pub const AD_HOC: &str = "adhoc";

/// What a job executes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Action {
    /// One of git-tend's own analysers, in a child process of its own.
    Builtin {
        /// Its name, such as `codebase_quick`.
        name: String,
    },
    /// Tools that the program runs and reads, in a child process of its own.
    Tools {
        /// The built-in task, such as `security_scan`.
        name: String,
        /// Which of its tools; those that the repository has something for if none is named.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        only: Vec<String>,
    },
    /// A program and its arguments, without a shell.
    Command {
        /// `argv[0]` is resolved before the start.
        argv: Vec<String>,
    },
    /// Fixers, in a child process of its own: what they change in the workspace is left as a patch.
    Fix {
        /// Which.
        by: Fixers,
    },
    /// Work on what is the user's and of no repository, in a child process of its own. Such jobs are in the user's own queue.
    #[serde(alias = "graph")]
    Own {
        /// Which.
        work: OwnWork,
    },
}

/// Work on what is the user's and of no repository: what agents' sessions tell, and what is repeated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum OwnWork {
    /// The agent judges a piece of work.
    SessionAnalysis(Box<Analysis>),
    /// Connections are looked for.
    ConnectionDiscovery {
        /// For so many pieces of work at most.
        limit: u32,
    },
    /// What pieces of work have in common is drawn together, and what that has changed is measured.
    PatternAggregation,
    /// What is repeated is looked for, proposed and tried, and automations are looked after.
    Optimization,
}

impl OwnWork {
    /// The task of such jobs.
    pub const fn task(&self) -> &'static str {
        match self {
            Self::SessionAnalysis(_) => "session_analysis",
            Self::ConnectionDiscovery { .. } => "connection_discovery",
            Self::PatternAggregation => "pattern_aggregation",
            Self::Optimization => "optimization",
        }
    }
}

/// Which piece of work is judged, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Analysis {
    /// Why.
    pub reason: AnalysisReason,
    /// Its node: 16 hexadecimal digits.
    pub node: String,
    /// The agent's id of the session.
    pub session: String,
    /// Where the session's file was.
    pub session_file: String,
    /// Its first entry.
    pub segment_start: String,
    /// Its last entry.
    pub segment_end: String,
}

/// Why a piece of work is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnalysisReason {
    /// Nobody has judged it.
    Initial,
    /// An older prompt did.
    PromptUpdate,
    /// Somebody wants it judged anew.
    Requested,
}

impl AnalysisReason {
    /// In a word, for people.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Initial => "initial",
            Self::PromptUpdate => "reanalysis",
            Self::Requested => "requested",
        }
    }
}

/// Programs that change files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Fixers {
    /// A command; `{files}` in it stands for the files of the job.
    Command {
        /// Program and arguments.
        argv: Vec<String>,
        /// Whether the files that it makes belong to the patch, as those do that it changes: so for what the user wrote,
        /// not for what was derived from a check.
        creates: bool,
    },
    /// Those that the tools of a built-in task have.
    Tools {
        /// The task.
        name: String,
        /// Which of its tools; those that the repository has something for if none is named.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        only: Vec<String>,
    },
}

/// The limits of a job; what could really be enforced is recorded with the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Resident memory of the whole process tree, in bytes.
    pub memory: Option<u64>,
    /// CPU time of the whole process tree, in seconds.
    pub cpu_seconds: Option<u64>,
    /// Largest file a process may write, in bytes.
    pub file_size: Option<u64>,
    /// Niceness, 0 to 19; with a positive value the I/O class is idle as well.
    pub nice: Option<i32>,
    /// Share of the machine, in percent of all its processors (a control group only).
    pub cpu_percent: Option<u32>,
}

/// A tree that is in no commit yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Staged {
    /// Its object id.
    pub tree: String,
    /// The commits that one of it would be on top of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parents: Vec<String>,
}

/// That a job's verdict is asked for, and about what: it is kept, and not made again for the same inputs.
///
/// It is about the tree that is [`Staged`] or that of the job's commit, unless it is about a message.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Judges {
    /// The files that it depends on; all of them if none are named.
    #[serde(default)]
    pub files: Selection,
    /// Which findings count.
    #[serde(default)]
    pub fail_on: FailOn,
    /// The commit message that is judged, and no files: the digest of its bytes, 64 hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Of a base: what is compared with it. Whoever may look at that may look at what it is built on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_of: Option<Compared>,
}

/// What is compared with a base.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Compared {
    /// What was staged.
    Staged,
    /// A commit.
    Commit(String),
}

/// Everything a drain needs to run a job, fixed when the job is enqueued.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunSpec {
    /// What to execute.
    pub action: Action,
    /// Where.
    pub workspace: Workspace,
    /// What is checked out there instead of the job's commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staged: Option<Staged>,
    /// What its verdict is about, if one is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judges: Option<Judges>,
    /// Below the workspace's top; empty for the top itself.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub root: String,
    /// In a command with `{files}`: which files that may stand for. Without it, `{files}` is an argument like any other.
    /// Of tools: which files they look at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub files: Option<Selection>,
    /// How the output of a command is read.
    #[serde(default, skip_serializing_if = "is_none")]
    pub output: Output,
    /// Added to the environment.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, String>,
    /// Ignored folders of the worktree that a commit workspace shows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub link: Vec<String>,
    /// Limits.
    #[serde(default)]
    pub limits: Limits,
    /// Exit codes that are worth another attempt.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retry_on: Vec<i32>,
    /// Whether a budget may cut it.
    pub interruptible: bool,
    /// First estimate of its duration, before there is history.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect: Option<Duration>,
    /// The approved definition's fingerprint; `None` for built-ins that read blobs only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
}

fn is_none(output: &Output) -> bool {
    *output == Output::None
}

impl RunSpec {
    /// Reads the payload of a job.
    pub fn of(payload: &serde_json::Value) -> Result<Self, serde_json::Error> {
        Self::deserialize(payload)
    }

    /// Whether its process is one of this program's own that leaves results for the drain.
    pub fn leaves_results(&self) -> bool {
        !matches!(self.action, Action::Command { .. }) || self.output != Output::None
    }

    /// The digest of the commit message that it judges.
    pub fn message(&self) -> Option<&str> {
        self.judges.as_ref()?.message.as_deref()
    }

    /// The payload of a job.
    pub fn payload(&self) -> serde_json::Value {
        // Maps with string keys and plain values: nothing in here can fail to become JSON.
        serde_json::to_value(self).unwrap_or_default()
    }
}

/// Under which name the durations of a task's runs are learned: its own, but for each typed command another.
///
/// A variant is written `task:variant`; no task's name has a colon.
pub fn history_key(task: &str, spec: &RunSpec) -> String {
    match &spec.action {
        Action::Command { argv } if task == AD_HOC => {
            let mut hasher = blake3::Hasher::new();
            for word in argv.iter().chain([&spec.root]) {
                hasher.update(word.as_bytes());
                hasher.update(&[0]);
            }
            let digest = hasher.finalize().to_hex();
            format!("{task}:{}", digest.get(..16).unwrap_or_default())
        }
        Action::Fix { .. } => format!("{task}:fix"),
        _ => task.to_owned(),
    }
}

/// What a job executes, as a person would type it; `None` for a payload that this version does not understand.
pub fn command_line(payload: &serde_json::Value) -> Option<String> {
    match RunSpec::of(payload).ok()?.action {
        Action::Builtin { name } | Action::Tools { name, .. } => {
            Some(format!("git tend run {name}"))
        }
        Action::Command { argv }
        | Action::Fix {
            by: Fixers::Command { argv, .. },
        } => Some(quoted(&argv)),
        Action::Fix {
            by: Fixers::Tools { name, .. },
        } => Some(format!("git tend fix {name}")),
        Action::Own { work } => Some(match work {
            OwnWork::SessionAnalysis(analysis) => {
                format!("git tend sessions analyze {}", analysis.node)
            }
            OwnWork::ConnectionDiscovery { .. } => "git tend nightly connections".to_owned(),
            OwnWork::PatternAggregation => "git tend nightly aggregation".to_owned(),
            OwnWork::Optimization => "git tend optimize run".to_owned(),
        }),
    }
}

/// Words as a shell reads them.
pub fn quoted(argv: &[String]) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:@%+,".contains(c);
    let words: Vec<String> = argv
        .iter()
        .map(|word| {
            if !word.is_empty() && word.chars().all(is_plain) {
                word.clone()
            } else {
                format!("'{}'", word.replace('\'', "'\\''"))
            }
        })
        .collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn key(task: &str, argv: &[&str], root: &str) -> String {
        let spec: RunSpec = serde_json::from_value(serde_json::json!({
            "action": { "kind": "command", "argv": argv },
            "workspace": "worktree",
            "root": root,
            "interruptible": true,
        }))
        .unwrap();
        history_key(task, &spec)
    }

    #[test]
    fn each_typed_command_has_a_history_of_its_own() {
        assert_eq!(key("lint", &["a"], ""), "lint");
        let make = key(AD_HOC, &["make", "check"], "");
        assert_eq!(make, key(AD_HOC, &["make", "check"], ""));
        assert_eq!(make.split(':').next(), Some(AD_HOC));
        for other in [
            key(AD_HOC, &["make", "test"], ""),
            key(AD_HOC, &["make check"], ""),
            key(AD_HOC, &["make"], "check"),
            key(AD_HOC, &["make", "check"], "web"),
        ] {
            assert_ne!(make, other);
        }
    }
}
