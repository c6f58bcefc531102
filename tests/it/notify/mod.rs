//! Notices, carried by the library's channels to real receivers.

use git_tend::config::notify::{NoticeKind, Severity};
use git_tend::notify::{Message, Notice};
use jiff::Timestamp;
use serde_json::{Map, json};

#[cfg(feature = "desktop")]
mod desktop;
#[cfg(feature = "email")]
mod email;
#[cfg(all(feature = "desktop", feature = "email", feature = "webhook"))]
mod everywhere;
mod file;
mod outbox;
mod telling;
#[cfg(feature = "webhook")]
mod webhook;

/// What somebody may put into a name to steer, hide or break out.
const HOSTILE: &str =
    "x\u{1b}]0;y\u{7}\n{\"id\":\"forged\"}\r\u{202e}gpj.\u{2066}<b>&\"\u{9b}\u{feff}";

fn notice(id: &str, severity: Severity) -> Notice {
    let metadata = json!({ "task_name": "docs", "duration": 1.5 });
    Notice {
        id: id.into(),
        time: Timestamp::UNIX_EPOCH,
        event: NoticeKind::TaskFailed,
        severity,
        repository: "website".into(),
        host: "box".into(),
        task: Some("docs".into()),
        job: None,
        title: "docs failed in website".into(),
        message: "exit code 2".into(),
        metadata: metadata.as_object().cloned().unwrap_or_else(Map::new),
    }
}

fn message(notices: Vec<Notice>) -> Message {
    Message {
        id: "m".into(),
        time: Timestamp::UNIX_EPOCH,
        notices,
    }
}
