//! What changed between two versions.

use serde::Serialize;
use serde_json::Value;

use super::schema::Node;

/// How a value changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ChangeKind {
    /// It was not there.
    Added,
    /// It is not there any more.
    Removed,
    /// It is another one.
    Changed,
}

/// A change at one place.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// Such as `lessons.task[0].summary`.
    pub path: String,
    /// How.
    pub kind: ChangeKind,
    /// What was there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old: Option<Value>,
    /// What is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<Value>,
}

/// Below this a value is compared as a whole; nodes are not nearly as deep.
const DEEPEST: usize = 32;

/// The changes from one version to another, in the order of the fields. The number of the version, and the list of those
/// before it, are no changes.
pub fn diff(old: &Node, new: &Node) -> Vec<Change> {
    let mut changes = Vec::new();
    if let (Ok(old), Ok(new)) = (value(old), value(new)) {
        compare(&old, &new, "", 0, &mut changes);
    }
    changes
}

fn value(node: &Node) -> serde_json::Result<Value> {
    let mut value = serde_json::to_value(node)?;
    if let Value::Object(fields) = &mut value {
        fields.shift_remove("version");
        fields.shift_remove("previousVersions");
    }
    Ok(value)
}

fn compare(old: &Value, new: &Value, path: &str, depth: usize, changes: &mut Vec<Change>) {
    if old == new {
        return;
    }
    match (old, new) {
        (Value::Object(old), Value::Object(new)) if depth < DEEPEST => {
            let added = new.keys().filter(|key| !old.contains_key(*key));
            for key in old.keys().chain(added) {
                let path = if path.is_empty() {
                    key.clone()
                } else {
                    format!("{path}.{key}")
                };
                one(old.get(key), new.get(key), path, depth, changes);
            }
        }
        (Value::Array(old), Value::Array(new)) if depth < DEEPEST => {
            for index in 0..old.len().max(new.len()) {
                let path = format!("{path}[{index}]");
                one(old.get(index), new.get(index), path, depth, changes);
            }
        }
        _ => changes.push(Change {
            path: path.to_owned(),
            kind: ChangeKind::Changed,
            old: Some(old.clone()),
            new: Some(new.clone()),
        }),
    }
}

fn one(
    old: Option<&Value>,
    new: Option<&Value>,
    path: String,
    depth: usize,
    changes: &mut Vec<Change>,
) {
    let kind = match (old, new) {
        (Some(old), Some(new)) => return compare(old, new, &path, depth + 1, changes),
        (None, Some(_)) => ChangeKind::Added,
        (Some(_), None) => ChangeKind::Removed,
        (None, None) => return,
    };
    changes.push(Change {
        path,
        kind,
        old: old.cloned(),
        new: new.cloned(),
    });
}
