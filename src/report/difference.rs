//! What changed between two JSON documents.

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
    changes.retain(|change| !["timestamp", "commit", "summary"].contains(&change.path.as_str()));
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
        (Some(Value::Array(from)), Some(Value::Array(to))) => {
            for value in to.iter().filter(|value| !from.contains(value)) {
                changes.push(Change {
                    path: path.clone(),
                    from: None,
                    to: Some(value.clone()),
                });
            }
            for value in from.iter().filter(|value| !to.contains(value)) {
                changes.push(Change {
                    path: path.clone(),
                    from: Some(value.clone()),
                    to: None,
                });
            }
        }
        (from, to) => changes.push(Change {
            path,
            from: from.cloned(),
            to: to.cloned(),
        }),
    }
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
