//! Which notices a channel carries.

use crate::config::notify::{Audience, NoticeKind, Severity};
use crate::config::pattern::Pattern;

/// Whether a channel is to carry a notice.
pub fn wants(
    audience: &Audience<'_>,
    event: NoticeKind,
    severity: Severity,
    task: Option<&str>,
) -> bool {
    audience.enabled
        && severity >= audience.min_severity
        && (audience.events.is_empty() || audience.events.contains(&event))
        && (audience.tasks.is_empty() || task.is_some_and(|task| is_one_of(audience.tasks, task)))
}

fn is_one_of(patterns: &[Pattern], task: &str) -> bool {
    // Patterns were compiled when they were read: none is too large.
    Pattern::compile(patterns).is_ok_and(|set| set.is_match(task))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::config::notify::Email;

    fn email(change: impl FnOnce(&mut Email)) -> Email {
        let mut email = Email {
            enabled: true,
            ..Email::default()
        };
        change(&mut email);
        email
    }

    fn carries(email: &Email, event: NoticeKind, severity: Severity, task: &str) -> bool {
        let task = Some(task).filter(|task| !task.is_empty());
        wants(&email.audience(), event, severity, task)
    }

    #[test]
    fn all_conditions_must_hold() {
        use NoticeKind::{IssuesFound, TaskFailed};
        let usual = email(|_| ());
        assert!(carries(&usual, TaskFailed, Severity::Error, "docs"));
        assert!(!carries(&usual, TaskFailed, Severity::Warning, "docs"));
        let off = email(|it| it.enabled = false);
        assert!(!carries(&off, TaskFailed, Severity::Critical, "docs"));
        let failures = email(|it| it.events = vec![TaskFailed]);
        assert!(carries(&failures, TaskFailed, Severity::Error, "docs"));
        assert!(!carries(&failures, IssuesFound, Severity::Error, "docs"));
        let some = email(|it| it.tasks = vec!["test*".parse().unwrap(), "docs".parse().unwrap()]);
        assert!(carries(&some, TaskFailed, Severity::Error, "test_runner"));
        assert!(carries(&some, TaskFailed, Severity::Error, "docs"));
        assert!(!carries(&some, TaskFailed, Severity::Error, "lint"));
        assert!(
            !carries(&some, TaskFailed, Severity::Error, ""),
            "about no task"
        );
    }
}
