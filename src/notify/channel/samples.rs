//! Notices for the tests of channels.
#![allow(clippy::unwrap_used)]

use serde_json::{Map, Value};

use crate::config::notify::{NoticeKind, Severity};
use crate::notify::{Message, Notice};

/// Everything that some medium takes for more than text.
pub const HOSTILE: &str = "a\0b\r\nBcc: x@example.org\r\n\r\n.\r\n\u{1b}[31m\u{9b}2J\u{202e}rtl\u{2066} <b>&amp; \"q\" 'q' \
    <!channel> <@U123> <https://evil.example|good> @channel @everyone a@b.org [x](https://evil.example) ![](//t) \
    [y]: //evil *b* _i_ `c` %s ${HOME} $(id) \\ \u{feff}\u{2028}\u{e0041} 👩\u{200d}💻";

/// A notice all of whose texts are this one.
pub fn notice(text: &str) -> Notice {
    let mut metadata = Map::new();
    metadata.insert(text.to_owned(), Value::from(text));
    Notice {
        id: "01J9".to_owned(),
        time: "2026-11-21T12:00:00Z".parse().unwrap(),
        event: NoticeKind::TaskFailed,
        severity: Severity::Error,
        repository: text.to_owned(),
        host: text.to_owned(),
        task: Some(text.to_owned()),
        job: Some(text.to_owned()),
        title: text.to_owned(),
        message: text.to_owned(),
        metadata,
    }
}

/// A message of these.
pub fn message(notices: Vec<Notice>) -> Message {
    Message {
        id: "01M".to_owned(),
        time: "2026-11-21T12:00:01Z".parse().unwrap(),
        notices,
    }
}
