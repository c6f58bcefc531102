//! Events and JSON values without secrets: what a name says of a value is known there better than in text.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::assigned::is_secret_value;
use super::{MARK, redact};
use crate::sessions::model::{Event, Kind};

/// Deeper values are not kept. `serde_json` itself reads none that are deeper.
const DEEPEST: usize = 128;

/// Takes the secrets out of a JSON value: out of its strings and out of the names in it.
pub fn redact_value(value: &mut Value) {
    clean(value, None, DEEPEST);
}

/// Takes the secrets out of everything that an event holds. Its ids stay as they are.
pub fn redact_event(event: &mut Event) {
    match &mut event.kind {
        Kind::User { text, .. } => clean_text(text),
        Kind::Assistant(answer) => {
            clean_text(&mut answer.text);
            if let Some(error) = &mut answer.error {
                clean_text(error);
            }
            for call in &mut answer.calls {
                redact_value(&mut call.arguments);
            }
        }
        Kind::ToolResult(result) => clean_text(&mut result.text),
        Kind::Shell {
            command, output, ..
        } => {
            clean_text(command);
            clean_text(output);
        }
        Kind::Compaction { summary, .. } | Kind::BranchSummary { summary, .. } => {
            clean_text(summary);
        }
        Kind::Name { name } => clean_text(name),
        Kind::Custom { data, .. } => redact_value(data),
        Kind::RolledBack { .. }
        | Kind::ModelChange(_)
        | Kind::Spent { .. }
        | Kind::Opaque { .. } => (),
    }
}

fn clean_text(text: &mut String) {
    if let Cow::Owned(clean) = redact(text) {
        *text = clean;
    }
}

fn clean(value: &mut Value, name: Option<&str>, depth: usize) {
    match value {
        Value::String(text) => {
            if name.is_some_and(|name| is_secret_value(name, text)) {
                *text = format!("{MARK}assigned-secret]");
            } else {
                clean_text(text);
            }
        }
        Value::Array(_) | Value::Object(_) if depth == 0 => *value = Value::Null,
        Value::Array(items) => {
            let mut option: Option<String> = None;
            for item in items {
                // `--token` and its value as two arguments; a list under a name of a secret.
                clean(item, option.as_deref().or(name), depth - 1);
                option = item
                    .as_str()
                    .filter(|item| item.starts_with('-'))
                    .map(str::to_owned);
            }
        }
        Value::Object(members) => clean_members(members, depth),
        Value::Null | Value::Bool(_) | Value::Number(_) => (),
    }
}

fn clean_members(members: &mut Map<String, Value>, depth: usize) {
    // `{"name": "API_TOKEN", "value": "…"}`
    let named = ["name", "key"]
        .iter()
        .find_map(|name| members.get(*name)?.as_str());
    let named = named.map(str::to_owned);
    for (name, member) in members.iter_mut() {
        let name = match (&named, name.as_str()) {
            (Some(named), "value") => named.as_str(),
            (_, name) => name,
        };
        clean(member, Some(name), depth - 1);
    }
    if members
        .keys()
        .any(|name| matches!(redact(name), Cow::Owned(_)))
    {
        let all = std::mem::take(members);
        members.extend(
            all.into_iter()
                .map(|(name, member)| (redact(&name).into_owned(), member)),
        );
    }
}
