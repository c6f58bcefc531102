//! How notices are worded: S1's templates, and what the user wrote instead.

use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use super::derive::Draft;
use super::notice::Notice;
use crate::config::notify::{NoticeKind, Notify, Template};
use crate::system::frames::Frames;

/// The usual title and message of a kind; S1's where it has one.
const fn usual(kind: NoticeKind) -> (&'static str, &'static str) {
    match kind {
        NoticeKind::TaskStarted => (
            "{task_name} started in {repository}",
            "🚀 Background task started: {task_name}",
        ),
        NoticeKind::TaskCompleted => (
            "{task_name} completed in {repository}",
            "✅ Task completed: {task_name} ({duration}s)",
        ),
        NoticeKind::TaskFailed => (
            "{task_name} failed in {repository}",
            "❌ Task failed: {task_name} - {error}",
        ),
        NoticeKind::TaskTimeout => (
            "{task_name} timed out in {repository}",
            "⏱️ Task timeout: {task_name} (>{timeout}s)",
        ),
        NoticeKind::TaskRecovered => (
            "{task_name} works again in {repository}",
            "✅ Task works again: {task_name}, after {failures} failed",
        ),
        NoticeKind::IssuesFound => (
            "{task_name} found {new} new in {repository}",
            "🔍 Issues found: {task_name} - {new} new ({by_severity}), {total} in all",
        ),
        NoticeKind::HighResourceUsage => (
            "High resource usage in {repository}",
            "⚠️ High resource usage: {resource} at {percent}%{of_task}",
        ),
        NoticeKind::DeadLetter => (
            "{task_name} was given up in {repository}",
            "❌ Task given up: {task_name}, after attempt {attempt} - {error}",
        ),
        NoticeKind::TaskHeld => (
            "{task_name} waits for you in {repository}",
            "🔒 Task held: {task_name} - {reason} · git tend trust",
        ),
        NoticeKind::Anomaly => (
            "{task_name} is unusual in {repository}",
            "📈 Anomaly: {task_name} - {summary}",
        ),
        NoticeKind::Custom => ("{title}", "{message}"),
    }
}

/// What the notices of a repository have in common.
pub struct Writer<'a> {
    /// The user's wordings.
    pub config: &'a Notify,
    /// The repository's name for people.
    pub repository: &'a str,
    /// What tells the repository from all others: its folder.
    pub identity: &'a [u8],
    /// The machine.
    pub host: &'a str,
    /// The user's time zone.
    pub zone: &'a TimeZone,
}

impl Writer<'_> {
    /// Words a notice. The same event gets the same identity, whoever words it and whenever.
    pub fn write(&self, draft: &Draft) -> Notice {
        let mut notice = Notice {
            id: self.id(draft),
            time: draft.at,
            event: draft.event,
            severity: draft.severity,
            repository: self.repository.to_owned(),
            host: self.host.to_owned(),
            task: draft.task.clone(),
            job: draft.job.clone(),
            title: String::new(),
            message: String::new(),
            metadata: draft.values.clone(),
        };
        let written = self.config.templates.get(&draft.event);
        let (title, message) = usual(draft.event);
        let title = written
            .and_then(|it| it.title.clone())
            .or(title.parse().ok());
        let message = written
            .and_then(|it| it.message.clone())
            .or(message.parse().ok());
        let render = |template: Option<Template>| {
            template.map_or_else(String::new, |template| {
                template.render(|name| self.value(&notice, &draft.values, name))
            })
        };
        (notice.title, notice.message) = (render(title), render(message));
        notice
    }

    fn value(&self, notice: &Notice, values: &Map<String, Value>, name: &str) -> Option<String> {
        Some(match name {
            "repository" => notice.repository.clone(),
            "host" => notice.host.clone(),
            "event" => notice.event.name().to_owned(),
            "severity" => notice.severity.name().to_owned(),
            "job" => notice.job.clone()?,
            "task" => notice.task.clone()?,
            "time" => notice
                .time
                .to_zoned(self.zone.clone())
                .strftime("%Y-%m-%d %H:%M")
                .to_string(),
            "of_task" => values.get("task_name").map_or_else(String::new, |name| {
                format!(" of its limit in {}", text(name))
            }),
            _ => text(values.get(name)?),
        })
    }

    fn id(&self, draft: &Draft) -> String {
        // A job may come near several limits at once.
        let what = draft.values.get("resource").or(draft.values.get("anomaly"));
        let digest = Frames::new("git-tend notice")
            .bytes(self.identity)
            .text(self.host)
            .bytes(&draft.seq.to_be_bytes())
            .bytes(&draft.at.as_millisecond().to_be_bytes())
            .text(draft.event.name())
            .text(&what.map_or_else(String::new, text))
            .hex();
        digest.chars().take(ID).collect()
    }
}

/// The digits of an identity: 64 bits.
const ID: usize = 16;

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        // Whole numbers without a fraction: `45s`, not `45.0s`.
        Value::Number(number) => match number.as_f64() {
            Some(it) if it.fract() == 0.0 && it.abs() < 1e15 => format!("{it:.0}"),
            _ => number.to_string(),
        },
        other => other.to_string(),
    }
}
