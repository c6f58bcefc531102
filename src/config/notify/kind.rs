//! What notices are about, and how serious they are.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How serious a notice is.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good to know.
    #[default]
    Info,
    /// Worth a look.
    Warning,
    /// Something failed.
    Error,
    /// Something must be done now.
    Critical,
}

impl Severity {
    /// All of them, from the least serious.
    pub const ALL: [Self; 4] = [Self::Info, Self::Warning, Self::Error, Self::Critical];

    /// The name stored and printed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Critical => "critical",
        }
    }
}

/// What a notice is about.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// A job was started; told for tasks with `notify = { start = true }`.
    TaskStarted,
    /// A job was done and found nothing new; told for tasks with `notify = { complete = true }`.
    TaskCompleted,
    /// A job failed.
    TaskFailed,
    /// A job took longer than its time-out.
    TaskTimeout,
    /// A task that was told to fail works again.
    TaskRecovered,
    /// A job found something that was not there before; told for tasks with `notify = { issues = true }`.
    IssuesFound,
    /// A job came near one of its limits, or the machine was too busy for jobs.
    HighResourceUsage,
    /// A job was given up after its last attempt, or lost.
    DeadLetter,
    /// A job waits for the user's approval.
    TaskHeld,
    /// A task took unusually long, fails unusually often, or gets slower and slower.
    Anomaly,
    /// What `git tend notify send` was told.
    Custom,
}

impl NoticeKind {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::TaskStarted,
        Self::TaskCompleted,
        Self::TaskFailed,
        Self::TaskTimeout,
        Self::TaskRecovered,
        Self::IssuesFound,
        Self::HighResourceUsage,
        Self::DeadLetter,
        Self::TaskHeld,
        Self::Anomaly,
        Self::Custom,
    ];

    /// What stands for values in the templates of every kind.
    pub const ALWAYS: [&'static str; 8] = [
        "repository",
        "host",
        "event",
        "severity",
        "time",
        "task",
        "task_name",
        "job",
    ];

    /// What else stands for values in the templates of this kind.
    pub const fn placeholders(self) -> &'static [&'static str] {
        match self {
            Self::TaskStarted => &["commit"],
            Self::TaskCompleted => &[
                "commit", "duration", "timeout", "attempt", "new", "total", "summary",
            ],
            Self::TaskFailed | Self::DeadLetter | Self::TaskTimeout => &[
                "commit", "duration", "timeout", "attempt", "error", "category",
            ],
            Self::TaskRecovered => &[
                "commit", "duration", "timeout", "attempt", "failures", "since",
            ],
            Self::IssuesFound => &[
                "commit",
                "duration",
                "timeout",
                "attempt",
                "new",
                "total",
                "by_severity",
                "summary",
            ],
            Self::HighResourceUsage => &["resource", "percent", "of_task", "used", "limit"],
            Self::TaskHeld => &["commit", "reason"],
            Self::Anomaly => &["anomaly", "summary"],
            Self::Custom => &["title", "message"],
        }
    }

    /// The name written in the configuration, stored and printed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TaskStarted => "task_started",
            Self::TaskCompleted => "task_completed",
            Self::TaskFailed => "task_failed",
            Self::TaskTimeout => "task_timeout",
            Self::TaskRecovered => "task_recovered",
            Self::IssuesFound => "issues_found",
            Self::HighResourceUsage => "high_resource_usage",
            Self::DeadLetter => "dead_letter",
            Self::TaskHeld => "task_held",
            Self::Anomaly => "anomaly",
            Self::Custom => "custom",
        }
    }
}

/// Each kind by its name, which is its name for serde too.
macro_rules! by_name {
    ($type:ty) => {
        impl std::str::FromStr for $type {
            type Err = ();

            fn from_str(text: &str) -> Result<Self, ()> {
                Self::ALL
                    .into_iter()
                    .find(|value| value.name() == text)
                    .ok_or(())
            }
        }
    };
}

by_name!(Severity);
by_name!(NoticeKind);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn names_are_those_of_the_configuration() {
        for kind in NoticeKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
            assert_eq!(kind.name().parse(), Ok(kind));
        }
        for severity in Severity::ALL {
            assert_eq!(serde_json::to_value(severity).unwrap(), severity.name());
            assert_eq!(severity.name().parse(), Ok(severity));
        }
        assert!(Severity::Critical > Severity::Error && Severity::Warning > Severity::Info);
    }
}
