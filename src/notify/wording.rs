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
            "🔒 Task held: {task_name} - {reason}",
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use jiff::Timestamp;
    use serde_json::json;

    use super::*;
    use crate::config::notify::{Severity, Wording};

    fn draft(event: NoticeKind, values: Value) -> Draft {
        let Value::Object(values) = values else {
            unreachable!("an object is given")
        };
        Draft {
            seq: 7,
            at: Timestamp::UNIX_EPOCH,
            event,
            severity: Severity::Error,
            task: Some("docs".to_owned()),
            job: Some("00000001".to_owned()),
            values,
        }
    }

    fn written(config: &Notify, draft: &Draft) -> Notice {
        let writer = Writer {
            config,
            repository: "website",
            identity: b"/srv/website/.git",
            host: "here",
            zone: &TimeZone::UTC,
        };
        writer.write(draft)
    }

    #[test]
    fn the_usual_wordings_are_those_of_the_seed() {
        let config = Notify::default();
        let says = |event, values| written(&config, &draft(event, values)).message;
        let values = json!({ "task_name": "docs", "duration": 45.2, "error": "3 tests failed" });
        assert_eq!(
            says(NoticeKind::TaskCompleted, values.clone()),
            "✅ Task completed: docs (45.2s)"
        );
        assert_eq!(
            says(NoticeKind::TaskFailed, values),
            "❌ Task failed: docs - 3 tests failed"
        );
        let values = json!({ "task_name": "docs", "timeout": 600.0 });
        assert_eq!(
            says(NoticeKind::TaskTimeout, values),
            "⏱️ Task timeout: docs (>600s)"
        );
        let values = json!({ "resource": "CPU", "percent": 85.5 });
        assert_eq!(
            says(NoticeKind::HighResourceUsage, values),
            "⚠️ High resource usage: CPU at 85.5%"
        );
    }

    #[test]
    fn the_usual_wordings_use_what_is_there() {
        for kind in NoticeKind::ALL {
            let (title, message) = usual(kind);
            for template in [title, message] {
                let template: Template = template.parse().unwrap();
                for name in template.placeholders() {
                    let known = NoticeKind::ALWAYS.iter().chain(kind.placeholders());
                    assert!(
                        known.into_iter().any(|it| *it == name),
                        "{} {name}",
                        kind.name()
                    );
                }
            }
        }
    }

    #[test]
    fn the_users_wording_comes_first_and_values_stay_values() {
        let mut config = Notify::default();
        let wording = Wording {
            title: None,
            message: Some(
                "[{severity}] {task_name}@{repository}: {error}"
                    .parse()
                    .unwrap(),
            ),
        };
        config.templates.insert(NoticeKind::TaskFailed, wording);
        let values = json!({ "task_name": "{host}", "error": "a{b" });
        let notice = written(&config, &draft(NoticeKind::TaskFailed, values));
        assert_eq!(notice.message, "[error] {host}@website: a{b");
        assert_eq!(notice.title, "{host} failed in website");
    }

    #[test]
    fn an_event_has_one_identity_and_two_have_two() {
        let config = Notify::default();
        let of = |draft: &Draft| written(&config, draft).id;
        let one = draft(NoticeKind::TaskFailed, json!({ "error": "a" }));
        let reworded = draft(NoticeKind::TaskFailed, json!({ "error": "b" }));
        assert_eq!(of(&one), of(&reworded));
        assert_eq!(of(&one).len(), ID);
        let other = Draft {
            seq: 8,
            ..one.clone()
        };
        let kind = Draft {
            event: NoticeKind::DeadLetter,
            ..one.clone()
        };
        let memory = draft(
            NoticeKind::HighResourceUsage,
            json!({ "resource": "memory" }),
        );
        let time = draft(NoticeKind::HighResourceUsage, json!({ "resource": "time" }));
        let all = [&one, &other, &kind, &memory, &time].map(of);
        let distinct: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), all.len());
    }
}
