//! A notice for programs: the JSON object that webhooks and commands get.

use serde::Serialize;

use crate::notify::Notice;
use crate::report::json::SCHEMA;
use crate::report::safe_json;

#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    #[serde(flatten)]
    notice: &'a Notice,
}

/// The notice as JSON on one line, without a line break. What would steer a terminal is escaped: it may be shown as it is.
pub fn document(notice: &Notice) -> Vec<u8> {
    let mut out = Vec::new();
    let document = Document {
        schema: SCHEMA,
        notice,
    };
    // Neither a notice nor a vector can fail: every key is a string, and memory is there or the process is not.
    let _ = safe_json::compact(&mut out, &document);
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::notify::channel::samples::{HOSTILE, notice};
    use crate::system::plain::steers;

    #[test]
    fn a_notice_comes_back_as_it_was_with_a_schema() {
        let original = notice(HOSTILE);
        let text = String::from_utf8(document(&original)).unwrap();
        assert!(!text.contains(steers), "{text}");
        assert!(text.starts_with(r#"{"schema":1,"id":"#), "{text}");
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["message"], HOSTILE);
        let read: Notice = serde_json::from_str(&text).unwrap();
        assert_eq!(read, original);
    }
}
