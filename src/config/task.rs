//! What can be written about a task. Nothing has a value here that was not written: the built-in tasks' own values and
//! `[defaults]` come in when tasks are resolved.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::event::Event;
use super::output::Output;
use super::pattern::{Folder, Pattern};
use super::priority::Priority;
use super::schedule::Schedule;
use super::schema::yes;
use super::text::{FromText, Invalid, text_schema, text_value};
use super::units::{Period, Size};
use super::workspace::Workspace;

/// The name of a task: letters, digits, `_`, `-` and `.`, beginning with a letter or a digit.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TaskName(String);

impl TaskName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for TaskName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TaskName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromText for TaskName {
    const EXPECTED: &'static str = "the name of a task";

    fn from_text(text: &str) -> Result<Self, Invalid> {
        let begins = text.starts_with(|c: char| c.is_ascii_alphanumeric());
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        if begins && text.len() <= 64 && text.chars().all(allowed) {
            return Ok(Self(text.to_owned()));
        }
        Err(Invalid::new(format!(
            "`{}` is not a name for a task",
            text.escape_debug()
        ))
        .hint("use at most 64 letters, digits, `_`, `-` and `.`"))
    }
}

text_value!(TaskName);
text_schema!(TaskName, "TaskName", {
    "type": "string",
    "description": "The name of a task.",
    "pattern": "^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$",
});

/// The argument of a command that stands for the files that changed.
pub const FILES: &str = "{files}";
/// The argument of a command that stands for the file of the commit message, in gates of commit-msg.
pub const MESSAGE: &str = "{message}";
/// What, anywhere in an argument, stands for the path of the file that a command is to write its report to.
pub const REPORT: &str = "{report}";

/// A task: a built-in one of that name, or with `run` one of the user's own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Task {
    /// Whether anything starts it.
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub enabled: bool,
    /// The program and its arguments, without a shell. The argument `{files}` stands for the changed files that `files`
    /// selects and that exist, relative to the folder in which it runs; for every selected file that git tracks when
    /// nobody knows what changed. More than one call can take are given to several, one after the other, until one
    /// fails; without any file the job is skipped. In a gate of commit-msg the argument `{message}` stands for the file of
    /// the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<Vec<String>>,
    /// Which files it is about: it is skipped when none of them changed, and a verdict holds while they stay the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub files: Option<Vec<Pattern>>,
    /// Which of these it is not about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exclude: Option<Vec<Pattern>>,
    /// What starts it: names of git's hooks, `change`, `package-change`, `after:TASK`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on: Option<Vec<Event>>,
    /// The folder of the repository in which it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub root: Option<Folder>,
    /// One job for each folder that matches, run in that folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub for_each: Option<Pattern>,
    /// It starts when the files have been quiet for so long.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub debounce: Option<Period>,
    /// A cron expression, in local time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Schedule>,
    /// An interval; a new task is due at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub every: Option<Period>,
    /// What happens to schedules that were missed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub catch_up: Option<CatchUp>,
    /// Tasks that must be done first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub needs: Option<Vec<TaskName>>,
    /// What a gate does when the hook's budget ends before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_budget: Option<OnBudget>,
    /// Where it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workspace: Option<Workspace>,
    /// Variables added to its environment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub env: Option<BTreeMap<String, String>>,
    /// How soon it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    /// When a job is stopped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Period>,
    /// How often a job is tried again after a failure that may pass.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retries: Option<u32>,
    /// The wait before the first retry; it doubles each time, up to an hour.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_delay: Option<Period>,
    /// Limits of a job.
    #[serde(skip_serializing_if = "Limits::is_empty")]
    pub limits: Limits,
    /// How long it is thought to take, before there is history.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expect: Option<Period>,
    /// Whether a new job replaces the waiting one, or each commit has its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coalesce: Option<Coalesce>,
    /// Exit codes that are tried again; any other code is a result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_on: Option<Vec<u8>>,
    /// Whether a budget may cut it; if not, it starts only where its timeout fits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interruptible: Option<bool>,
    /// Ignored folders of the worktree that a commit workspace shows, such as `node_modules`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<Vec<Folder>>,
    /// As a gate: whether new findings fail it, or all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fail_on: Option<FailOn>,
    /// How its output is read: `sarif`, `junit`, `checkstyle`, `tend`, `json:TOOL`, `regex:EXPRESSION` or `none`. A glob
    /// behind a colon, as in `junit:build/**/*.xml`, names the files; otherwise it is standard output, or the file that
    /// `{report}` in the command stands for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<Output>,
    /// The command with which `git tend fix` mends what `run` finds, with `{files}` as there. It changes files of a
    /// workspace, never of the worktree: what it changed is left as a patch. Without it, one is derived from `run` for
    /// tools that are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<Vec<String>>,
    /// Of a built-in task that runs tools: which of them; those that the repository has something for if none is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tools: Option<Vec<String>>,
    /// What is told about it.
    #[serde(skip_serializing_if = "TaskNotify::is_empty")]
    pub notify: TaskNotify,
}

impl Default for Task {
    fn default() -> Self {
        Self {
            enabled: true,
            run: None,
            files: None,
            exclude: None,
            on: None,
            root: None,
            for_each: None,
            debounce: None,
            schedule: None,
            every: None,
            catch_up: None,
            needs: None,
            on_budget: None,
            workspace: None,
            env: None,
            priority: None,
            timeout: None,
            retries: None,
            retry_delay: None,
            limits: Limits::default(),
            expect: None,
            coalesce: None,
            retry_on: None,
            interruptible: None,
            link: None,
            fail_on: None,
            output: None,
            fix: None,
            tools: None,
            notify: TaskNotify::default(),
        }
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde calls"
)]
const fn is_true(value: &bool) -> bool {
    *value
}

/// Limits of a job; what was really enforced is recorded with each run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Memory of all its processes together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<Size>,
    /// Processor time of all its processes together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu: Option<Period>,
    /// The largest file that it may write.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_size: Option<Size>,
    /// Niceness, 0 to 19; more than 0 also makes its input and output idle.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nice: Option<Nice>,
}

impl Limits {
    /// Whether nothing is limited.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Niceness, 0 to 19.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Nice(u8);

impl Nice {
    /// The niceness of a job that says nothing else.
    pub const DEFAULT: Self = Self(10);

    /// The number.
    pub const fn get(self) -> i32 {
        self.0 as i32
    }
}

impl FromText for Nice {
    const EXPECTED: &'static str = "a niceness from 0 to 19";

    fn from_text(text: &str) -> Result<Self, Invalid> {
        Err(
            Invalid::new(format!("expected {}, found a text", Self::EXPECTED))
                .hint(format!("write {} without quotes", text.trim())),
        )
    }

    fn from_number(number: i64) -> Result<Self, Invalid> {
        match u8::try_from(number) {
            Ok(nice @ 0..=19) => Ok(Self(nice)),
            _ => Err(Invalid::new(format!(
                "{number} is not a niceness from 0 to 19"
            ))),
        }
    }
}

impl<'de> Deserialize<'de> for Nice {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        super::text::deserialize(deserializer)
    }
}

text_schema!(Nice, "Nice", {
    "type": "integer",
    "minimum": 0,
    "maximum": 19,
});

/// What is told about a task.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TaskNotify {
    /// That it started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<bool>,
    /// That it completed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub complete: Option<bool>,
    /// What it found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issues: Option<bool>,
}

impl TaskNotify {
    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "the signature that serde calls"
    )]
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What happens to schedules that were missed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CatchUp {
    /// One job makes up for all of them.
    #[default]
    One,
    /// They are forgotten.
    Skip,
}

/// What a gate does when the hook's budget ends before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OnBudget {
    /// It goes on detached, and its verdict is stored.
    #[default]
    Defer,
    /// It stops git.
    Fail,
    /// It lets git go on, and says so.
    Warn,
}

/// Whether a new job replaces the waiting one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Coalesce {
    /// The waiting job takes the newest commit.
    #[default]
    Latest,
    /// Each commit has a job of its own.
    Each,
}

/// Which findings fail a gate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FailOn {
    /// Those that the base does not have.
    #[default]
    New,
    /// Any.
    All,
}
