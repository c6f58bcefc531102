//! What a bubble on the desktop says, and how.

// Not every desktop shows all of it, and a git-tend without one none.
#![cfg_attr(any(not(feature = "desktop"), target_os = "macos"), allow(dead_code))]

use std::time::Duration;

use crate::config::notify::Severity;
use crate::notify::message::Content;
use crate::notify::{Message, Notice};
use crate::system::plain;

/// How many characters of a line are shown; a bubble is some 40 wide.
const WIDEST: usize = 300;

/// How many lines of one notice are shown.
const LINES: usize = 10;

/// How many notices of several are shown.
const NOTICES: usize = 5;

/// What the desktop does not have room for is told there.
const REST: &str = "git tend notify log";

/// A bubble; its texts have no markup yet, and nothing in them steers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bubble {
    /// The heading; never empty.
    pub summary: String,
    /// What is below it.
    lines: Vec<String>,
    /// The `urgency` hint.
    pub urgency: u8,
    /// Milliseconds for which it stays: 0 until it is closed, -1 as the desktop thinks right.
    pub expire: i32,
    /// A name of the freedesktop.org Icon Naming Specification.
    pub icon: &'static str,
    /// The `category` hint, by which people's rules tell bubbles apart.
    pub category: String,
}

impl Bubble {
    /// The bubble of a message.
    pub(super) fn of(message: &Message, timeout: Option<Duration>) -> Self {
        let severity = message.severity();
        let (lines, category) = match message.content() {
            None => (Vec::new(), "message"),
            Some(Content::One(notice)) => (lines_of(notice), notice.event.name()),
            Some(Content::Several(notices)) => (overview(notices), "digest"),
        };
        let mut summary = line(&message.subject());
        if summary.is_empty() {
            "git-tend".clone_into(&mut summary);
        }
        Self {
            lines: if lines == [summary.as_str()] {
                Vec::new()
            } else {
                lines
            },
            summary,
            urgency: match severity {
                Severity::Info => 0,
                Severity::Warning => 1,
                Severity::Error | Severity::Critical => 2,
            },
            expire: match (severity, timeout) {
                (Severity::Critical, _) => 0,
                (_, None) => -1,
                // Zero would mean for ever.
                (_, Some(stays)) => i32::try_from(stays.as_millis()).unwrap_or(i32::MAX).max(1),
            },
            icon: match severity {
                Severity::Info => "dialog-information",
                Severity::Warning => "dialog-warning",
                Severity::Error | Severity::Critical => "dialog-error",
            },
            category: format!("x-git-tend.{category}"),
        }
    }

    /// What is below the heading. Where the service understands markup, what looks like it is shown as it is.
    pub(super) fn body(&self, markup: bool) -> String {
        let text = self.lines.join("\n");
        if markup { escaped(&text) } else { text }
    }
}

/// The first lines of a notice.
fn lines_of(notice: &Notice) -> Vec<String> {
    let mut all = notice.message.trim().lines();
    let mut lines: Vec<String> = all.by_ref().take(LINES).map(line).collect();
    if all.next().is_some() {
        lines.push("…".to_owned());
    }
    lines
}

/// A line for each of the most serious notices.
fn overview(notices: &[Notice]) -> Vec<String> {
    let mut by_severity: Vec<&Notice> = notices.iter().collect();
    by_severity.sort_by_key(|notice| std::cmp::Reverse(notice.severity));
    let shown = by_severity.iter().take(NOTICES);
    let mut lines: Vec<String> = shown.map(|notice| one_line(notice)).collect();
    let more = notices.len().saturating_sub(NOTICES);
    if more > 0 {
        lines.push(format!("and {more} more · {REST}"));
    }
    lines
}

/// A notice in one line: its title, and what its message says besides.
fn one_line(notice: &Notice) -> String {
    let first = notice.message.trim().lines().next().unwrap_or_default();
    let (title, first) = (line(&notice.title), line(first));
    if first.is_empty() || first == title {
        title
    } else if title.is_empty() {
        first
    } else {
        format!("{title}: {first}")
    }
}

/// Any text as a line that is not too long.
fn line(text: &str) -> String {
    // Shortened first: nobody waits for megabytes to be escaped.
    let most = plain::shortened(text.trim(), WIDEST);
    plain::plain(&most).into_owned()
}

/// The text as it reads the same where markup is understood.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        out.push_str(match c {
            '&' => "&amp;",
            '<' => "&lt;",
            '>' => "&gt;",
            other => {
                out.push(other);
                continue;
            }
        });
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Map;

    use super::*;
    use crate::config::notify::NoticeKind;

    fn notice(title: String, message: String) -> Notice {
        Notice {
            id: "a".into(),
            time: jiff::Timestamp::UNIX_EPOCH,
            event: NoticeKind::Custom,
            severity: Severity::Info,
            repository: title.clone(),
            host: "box".into(),
            task: None,
            job: None,
            title,
            message,
            metadata: Map::new(),
        }
    }

    proptest! {
        #[test]
        fn any_text_is_shown_as_text(texts in prop::collection::vec((any::<String>(), "(?s).{0,40}"), 1..9)) {
            let notices = texts.into_iter().map(|(title, message)| notice(title, message));
            let message = Message {
                id: "m".into(),
                time: jiff::Timestamp::UNIX_EPOCH,
                notices: notices.collect(),
            };
            let bubble = Bubble::of(&message, None);
            prop_assert!(!bubble.summary.is_empty());
            prop_assert!(!bubble.summary.contains(plain::steers));
            prop_assert!(!bubble.body(true).contains(['<', '>']));
            for line in bubble.body(false).split('\n') {
                prop_assert!(!line.contains(plain::steers));
            }
            let unescaped = bubble.body(true).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
            prop_assert_eq!(unescaped, bubble.body(false));
        }
    }
}
