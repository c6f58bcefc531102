//! What changed between two JSON documents.

use std::collections::{BTreeMap, HashSet};
use std::fmt;

use serde_json::{Value, json};

/// A value that is not the same in both.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Where, as keys and indexes with dots between them.
    pub path: String,
    /// The earlier value, if there was one.
    pub from: Option<Value>,
    /// The later value, if there is one.
    pub to: Option<Value>,
}

impl Change {
    /// For programs.
    pub fn to_json(&self) -> Value {
        json!({ "path": self.path, "from": self.from, "to": self.to })
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.from, &self.to) {
            (Some(from), Some(to)) => write!(f, "{}: {from} → {to}", self.path),
            (None, Some(to)) => write!(f, "+ {}: {to}", self.path),
            (Some(from), None) => write!(f, "- {}: {from}", self.path),
            (None, None) => f.write_str(&self.path),
        }
    }
}

/// The differences, in the order of the later document, then what is gone. The moment of the analysis is none.
pub fn between(from: &Value, to: &Value) -> Vec<Change> {
    let mut changes = Vec::new();
    compare(String::new(), Some(from), Some(to), &mut changes);
    // The moment and the commit are not what was found; the summary says again what was.
    // Where a thing is in its file changes whenever something above it does.
    changes.retain(|change| {
        let path = change.path.as_str();
        !["timestamp", "commit", "summary"].contains(&path)
            && !path.ends_with("].line")
            && !path.ends_with("].end")
    });
    changes
}

fn compare(path: String, from: Option<&Value>, to: Option<&Value>, changes: &mut Vec<Change>) {
    match (from, to) {
        (Some(from), Some(to)) if from == to => {}
        (Some(Value::Object(from)), Some(Value::Object(to))) => {
            for (key, value) in to {
                compare(joined(&path, key), from.get(key), Some(value), changes);
            }
            for (key, value) in from.iter().filter(|(key, _)| !to.contains_key(*key)) {
                compare(joined(&path, key), Some(value), None, changes);
            }
        }
        (Some(Value::Array(from)), Some(Value::Array(to))) => lists(&path, from, to, changes),
        (from, to) => changes.push(Change {
            path,
            from: from.cloned(),
            to: to.cloned(),
        }),
    }
}

/// Lists are sets. Things that have a name of their own are followed under it: what is said of a function is not another
/// because it is said on another line.
fn lists(path: &str, from: &[Value], to: &[Value], changes: &mut Vec<Change>) {
    if let (Some(old), Some(new)) = (named(from), named(to)) {
        for (name, value) in &new {
            let path = format!("{path}[{name}]");
            compare(path, old.get(name).copied(), Some(*value), changes);
        }
        for (name, value) in old.iter().filter(|(name, _)| !new.contains_key(*name)) {
            compare(format!("{path}[{name}]"), Some(*value), None, changes);
        }
        return;
    }
    let texts = |list: &[Value]| -> HashSet<String> { list.iter().map(Value::to_string).collect() };
    let (old, new) = (texts(from), texts(to));
    for value in to.iter().filter(|value| !old.contains(&value.to_string())) {
        changes.push(Change {
            path: path.to_owned(),
            from: None,
            to: Some(value.clone()),
        });
    }
    for value in from
        .iter()
        .filter(|value| !new.contains(&value.to_string()))
    {
        changes.push(Change {
            path: path.to_owned(),
            from: Some(value.clone()),
            to: None,
        });
    }
}

/// What names a thing in a result: the first of these that it has all of.
const NAMES: [&[&str]; 7] = [
    &["path", "name"],
    &["path", "word", "text"],
    &["file", "with"],
    &["name", "version"],
    &["name"],
    &["path"],
    &["type"],
];

/// The elements by name, if all have one and no two the same.
fn named(list: &[Value]) -> Option<BTreeMap<String, &Value>> {
    let mut found = BTreeMap::new();
    for value in list {
        let fields = value.as_object()?;
        let parts = NAMES.iter().find_map(|names| {
            let parts = names.iter().map(|name| fields.get(*name)?.as_str());
            parts.collect::<Option<Vec<&str>>>()
        })?;
        if found.insert(parts.join(" "), value).is_some() {
            return None;
        }
    }
    Some(found)
}

fn joined(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_a_name_is_followed_under_it() {
        let function = |line, cyclomatic| json!({"path": "a.py", "name": "f", "line": line, "cyclomatic": cyclomatic});
        let of = |functions: &[Value]| json!({"complex": functions});
        let lines = |from: &Value, to: &Value| -> Vec<String> {
            let changes = between(from, to);
            changes.iter().map(ToString::to_string).collect()
        };
        assert_eq!(
            lines(&of(&[function(1, 11)]), &of(&[function(9, 11)])),
            [""; 0]
        );
        assert_eq!(
            lines(&of(&[function(1, 11)]), &of(&[function(9, 12)])),
            ["complex[a.py f].cyclomatic: 11 → 12"]
        );
        let twice = [function(1, 11), function(5, 11)];
        assert_eq!(lines(&of(&twice[..1]), &of(&twice)).len(), 1);
    }

    #[test]
    fn lists_are_sets_and_objects_are_walked() {
        let from = json!({"timestamp": 1, "web": ["react", "vue"], "lines": {"Rust": 10, "C": 2}});
        let to =
            json!({"timestamp": 2, "web": ["vue", "next"], "lines": {"Rust": 12}, "new": true});
        let lines: Vec<String> = between(&from, &to)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            lines,
            [
                "+ web: \"next\"",
                "- web: \"react\"",
                "lines.Rust: 10 → 12",
                "- lines.C: 2",
                "+ new: true"
            ]
        );
    }
}
