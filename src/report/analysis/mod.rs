//! Stored analyses as text for people: shares as bars, rankings as tables.
//!
//! Results are read from the JSON in which they are stored, so that those of other versions can be shown too: what is
//! not there is left out.

mod code;
mod conversation;
mod draw;
mod history;
mod needs;
#[cfg(test)]
mod tests;

use serde_json::Value;

/// The lines of a result of this `type`, without colour.
pub fn lines(kind: &str, body: &Value) -> Vec<String> {
    if let Some(error) = body.get("error").and_then(Value::as_str) {
        return vec![error.to_owned()];
    }
    let mut text = match kind {
        "codebase_analysis" => code::codebase(body),
        "complexity_analysis" => code::complexity(body),
        "technical_debt_analysis" => code::debt(body),
        "secrets_analysis" => code::secrets(body),
        "dependencies_analysis" => needs::dependencies(body),
        "pattern_analysis" => history::patterns(body),
        "conversation_analysis" => conversation::conversation(body),
        _ => Vec::new(),
    };
    if text.is_empty() {
        text = summary(body);
    }
    text
}

/// The few lines that every result carries.
fn summary(body: &Value) -> Vec<String> {
    let lines = body.get("summary").and_then(Value::as_array);
    let lines = lines.into_iter().flatten().filter_map(Value::as_str);
    lines.map(str::to_owned).collect()
}

/// The elements of a list that is there.
pub(super) fn list<'v>(value: &'v Value, pointer: &str) -> &'v [Value] {
    value
        .pointer(pointer)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

pub(super) fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

pub(super) fn number(value: &Value, pointer: &str) -> f64 {
    value
        .pointer(pointer)
        .and_then(Value::as_f64)
        .unwrap_or_default()
}

pub(super) fn count(value: &Value, pointer: &str) -> u64 {
    value
        .pointer(pointer)
        .and_then(Value::as_u64)
        .unwrap_or_default()
}

/// The pairs of an object that is there, in its order.
pub(super) fn pairs<'v>(
    value: &'v Value,
    pointer: &str,
) -> impl Iterator<Item = (&'v String, &'v Value)> {
    value
        .pointer(pointer)
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
}
