//! What a job is: its identity, its priority band, its state, and what a caller hands over to create one.

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use bstr::{BString, ByteSlice as _};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::config::Priority;

/// A job's public identity: eight lower-case hexadecimal digits. Any unambiguous prefix names the job on the command line.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JobId(pub String);

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Which resources a job competes for. The agent lane spends the user's money and lives in the user's queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lane {
    /// Child processes of this machine.
    #[default]
    Local,
    /// Calls of a coding agent.
    Agent,
}

impl Lane {
    /// The name stored and printed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Agent => "agent",
        }
    }
}

impl FromStr for Lane {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        [Self::Local, Self::Agent]
            .into_iter()
            .find(|value| value.name() == text)
            .ok_or(())
    }
}

/// What made a job exist. The detail (hook name, schedule and time, paths) goes into `trigger_data`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trigger {
    /// Typed by a person.
    Manual,
    /// A git hook fired.
    Hook,
    /// A commit found by walking from HEAD to the watermark.
    Commit,
    /// Files of the worktree changed.
    Change,
    /// A cron expression or an interval came due.
    Schedule,
    /// Another job asked for it (`after:TASK`, `needs`).
    Chain,
    /// Its twin was running when it was wanted.
    Rerun,
    /// An agent session became ready.
    Session,
}

impl Trigger {
    /// The name stored and printed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Manual => "manual",
            Self::Hook => "hook",
            Self::Commit => "commit",
            Self::Change => "change",
            Self::Schedule => "schedule",
            Self::Chain => "chain",
            Self::Rerun => "rerun",
            Self::Session => "session",
        }
    }

    /// Whether reconciliation (watermarks, stat caches, schedules) would notice the same need again.
    ///
    /// Only such jobs may be evicted from a full queue.
    pub const fn can_be_recreated(self) -> bool {
        matches!(
            self,
            Self::Hook | Self::Commit | Self::Change | Self::Schedule | Self::Session
        )
    }
}

impl FromStr for Trigger {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        [
            Self::Manual,
            Self::Hook,
            Self::Commit,
            Self::Change,
            Self::Schedule,
            Self::Chain,
            Self::Rerun,
            Self::Session,
        ]
        .into_iter()
        .find(|value| value.name() == text)
        .ok_or(())
    }
}

/// The paths that changed, or everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Paths {
    /// The whole tree, or nobody knows.
    #[default]
    All,
    /// Just these, relative to the top of the worktree, bytes as git has them. None begins with a slash: what does stands
    /// for whatever a span of commits changed, `/BASE..COMMIT`. A hook has no time to list that.
    Some(BTreeSet<BString>),
}

impl Paths {
    /// What changed from one commit to another, to be listed by whoever wants to know; from nothing if there is no base.
    pub fn of_span(base: Option<&str>, commit: &str) -> Self {
        let span = format!("/{}..{commit}", base.unwrap_or_default());
        Self::Some(BTreeSet::from([span.into()]))
    }

    /// These paths with the spans among them replaced by what `list` says that they changed; everything if it cannot say.
    #[must_use]
    pub fn listed(
        &self,
        mut list: impl FnMut(Option<&str>, &str) -> Option<BTreeSet<BString>>,
    ) -> Self {
        let Self::Some(entries) = self else {
            return Self::All;
        };
        let mut paths = BTreeSet::new();
        for entry in entries {
            let Some(span) = entry.strip_prefix(b"/") else {
                paths.insert(entry.clone());
                continue;
            };
            let listed = span.to_str().ok().and_then(|span| {
                let (base, commit) = span.split_once("..")?;
                list(Some(base).filter(|base| !base.is_empty()), commit)
            });
            match listed {
                Some(listed) => paths.extend(listed),
                None => return Self::All,
            }
        }
        Self::Some(paths)
    }

    /// The union; everything absorbs anything.
    #[must_use]
    pub fn merged(self, other: Self) -> Self {
        match (self, other) {
            (Self::Some(mut left), Self::Some(right)) => {
                left.extend(right);
                Self::Some(left)
            }
            _ => Self::All,
        }
    }
}

/// What a job is about. Coalescing keeps the newest commit, base and worktree, and merges the paths.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Input {
    /// The commit, as a hexadecimal object id.
    pub commit: Option<String>,
    /// The commit against which the change is measured.
    pub base: Option<String>,
    /// What changed.
    pub paths: Paths,
    /// The worktree the job belongs to.
    pub worktree: Option<PathBuf>,
}

/// Why a failed job failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// Trying again would give the same answer.
    Permanent,
    /// It was tried as often as it may be.
    MaxRetries,
    /// It ran into its time-out as often as it may.
    Timeout,
    /// A job it needs failed.
    DependencyFailed,
    /// Its runner vanished as often as may be.
    Lost,
}

impl Category {
    /// The name stored and printed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Permanent => "permanent",
            Self::MaxRetries => "max_retries",
            Self::Timeout => "timeout",
            Self::DependencyFailed => "dependency_failed",
            Self::Lost => "lost",
        }
    }
}

impl FromStr for Category {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        [
            Self::Permanent,
            Self::MaxRetries,
            Self::Timeout,
            Self::DependencyFailed,
            Self::Lost,
        ]
        .into_iter()
        .find(|category| category.name() == text)
        .ok_or(())
    }
}

/// Where a job is in its life, with the data that only that state has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Waits for `pending` other jobs to be done.
    Blocked {
        /// How many are not done yet.
        pending: u32,
    },
    /// May run from `run_at` on: scheduled, retrying or ready.
    Queued {
        /// Not before.
        run_at: Timestamp,
    },
    /// Waits for the user's approval.
    Held {
        /// What is to be approved.
        reason: String,
    },
    /// Owned by the runner that holds the slot's lock.
    Running(Run),
    /// The work was done and its result recorded, whatever the result says.
    Done {
        /// When.
        finished_at: Timestamp,
    },
    /// The dead letter: stays, is listed, and is retried by hand.
    Failed {
        /// When.
        finished_at: Timestamp,
        /// Why, for programs.
        category: Category,
        /// Why, for people.
        error: String,
    },
    /// Left without having run to its end. `kind` is one of the side exits.
    Ended {
        /// When.
        finished_at: Timestamp,
        /// Which exit it took.
        exit: Exit,
        /// Why, for people.
        reason: String,
    },
}

/// The ways out of the queue that are neither done nor failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Exit {
    /// The user said so.
    Cancelled,
    /// Its deadline passed before it could start.
    Expired,
    /// Its commit was rewritten or is gone.
    Superseded,
    /// A better job took its place in a full queue.
    Dropped,
    /// There was nothing to do: nothing selected, too small, tool missing.
    Skipped,
}

/// Who runs a job at this moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// The drain's own random identity.
    pub run_id: String,
    /// The slot whose lock the runner holds.
    pub slot: u32,
    /// When the claim was made.
    pub started_at: Timestamp,
}

/// A state without its data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)] // the variants of `State` and `Exit` carry the explanations
pub enum StateKind {
    Blocked,
    Queued,
    Held,
    Running,
    Done,
    Failed,
    Cancelled,
    Expired,
    Superseded,
    Dropped,
    Skipped,
}

impl fmt::Display for StateKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl StateKind {
    /// Every state, in the order of a job's life.
    pub const ALL: [Self; 11] = [
        Self::Blocked,
        Self::Queued,
        Self::Held,
        Self::Running,
        Self::Done,
        Self::Failed,
        Self::Cancelled,
        Self::Expired,
        Self::Superseded,
        Self::Dropped,
        Self::Skipped,
    ];

    /// The name stored and printed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Blocked => "blocked",
            Self::Queued => "queued",
            Self::Held => "held",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
            Self::Superseded => "superseded",
            Self::Dropped => "dropped",
            Self::Skipped => "skipped",
        }
    }

    /// Whether nothing but a retry by hand leads on from here.
    pub const fn is_terminal(self) -> bool {
        !matches!(
            self,
            Self::Blocked | Self::Queued | Self::Held | Self::Running
        )
    }
}

impl FromStr for StateKind {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.name() == text)
            .ok_or(())
    }
}

impl State {
    /// The state without its data.
    pub const fn kind(&self) -> StateKind {
        match self {
            Self::Blocked { .. } => StateKind::Blocked,
            Self::Queued { .. } => StateKind::Queued,
            Self::Held { .. } => StateKind::Held,
            Self::Running(_) => StateKind::Running,
            Self::Done { .. } => StateKind::Done,
            Self::Failed { .. } => StateKind::Failed,
            Self::Ended { exit, .. } => match exit {
                Exit::Cancelled => StateKind::Cancelled,
                Exit::Expired => StateKind::Expired,
                Exit::Superseded => StateKind::Superseded,
                Exit::Dropped => StateKind::Dropped,
                Exit::Skipped => StateKind::Skipped,
            },
        }
    }
}

/// A job as the queue keeps it.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// Identity.
    pub id: JobId,
    /// The task's key: its name in the configuration, or `adhoc`.
    pub task: String,
    /// The title shown to people where it differs from the task's key.
    pub name: Option<String>,
    /// Which resources it competes for.
    pub lane: Lane,
    /// The stored band. The drain may raise it for a job that waited long.
    pub priority: Priority,
    /// Whether a person asked for it.
    pub user_triggered: bool,
    /// What made it exist.
    pub trigger: Trigger,
    /// Detail of the trigger.
    pub trigger_data: Value,
    /// What it is about.
    pub input: Input,
    /// What to do, in the words of the task layer; the queue never looks inside.
    pub spec: Value,
    /// Where it is in its life.
    pub state: State,
    /// Past this it expires instead of starting.
    pub deadline: Option<Timestamp>,
    /// Longest run.
    pub timeout: Duration,
    /// How often it was started and the start counted (snoozes and interruptions are refunded).
    pub attempt: u32,
    /// How often a failed attempt may be repeated.
    pub max_retries: u32,
    /// First wait before a retry.
    pub retry_delay: Duration,
    /// How often its runner vanished.
    pub losses: u32,
    /// Whether it was lost beside others and should now run with nothing beside it.
    pub retry_alone: bool,
    /// Grows with every claim; only the run that holds the newest may write back.
    pub fence: i64,
    /// The repository's opportunity counter when it was enqueued.
    pub missed_from: i64,
    /// When it was first enqueued.
    pub queued_at: Timestamp,
    /// When its newest run started.
    pub started_at: Option<Timestamp>,
    /// The last error, also of an attempt that is retried.
    pub error: Option<String>,
    /// Exit code of the last run, if it exited.
    pub exit_code: Option<i32>,
    /// The result it left.
    pub result: Option<i64>,
    /// Whether somebody was promised that it runs: never evicted.
    pub acknowledged: bool,
    /// What it judges, if its verdict is asked for: a tree, or a message.
    pub input_key: Option<String>,
}

/// A job that is needed first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    /// One that exists.
    Job(JobId),
    /// The one at this index of the same batch (an earlier one).
    Batch(usize),
}

/// What a caller hands over to create a job.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)] // the fields of `Job` carry the explanations
pub struct NewJob {
    pub task: String,
    pub name: Option<String>,
    pub lane: Lane,
    pub priority: Priority,
    pub user_triggered: bool,
    pub trigger: Trigger,
    pub trigger_data: Value,
    /// Twins share it: at most one live job has a given key. `None` never coalesces.
    pub unique_key: Option<String>,
    pub input: Input,
    pub input_key: Option<String>,
    pub spec: Value,
    pub run_at: Timestamp,
    pub deadline: Option<Timestamp>,
    pub timeout: Duration,
    pub max_retries: u32,
    pub retry_delay: Duration,
    pub acknowledged: bool,
    /// Set: the job waits in `held` with this reason.
    pub held: Option<String>,
    pub needs: Vec<Need>,
}
