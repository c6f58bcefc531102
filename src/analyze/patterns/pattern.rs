//! One pattern.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Which question a pattern answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// About the code: where it changes, how it is written.
    Code,
    /// About the work: when and in which steps.
    Work,
    /// About the technology: which tools.
    Tech,
}

/// Something that was seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pattern {
    /// What is seen, such as `hot_files`. There is one pattern of a type.
    #[serde(rename = "type")]
    pub name: String,
    /// Which question it answers.
    pub kind: Kind,
    /// One sentence.
    pub description: String,
    /// The evidence; its shape depends on the type.
    pub data: Value,
    /// How sure one can be, 0 to 1.
    pub confidence: f64,
    /// What to make of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub insight: Option<String>,
}

impl Pattern {
    /// A pattern with its evidence; what cannot be written as JSON is `null`.
    pub fn new(
        name: &str,
        kind: Kind,
        description: impl Into<String>,
        data: &impl Serialize,
        confidence: f64,
    ) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            description: description.into(),
            data: serde_json::to_value(data).unwrap_or_default(),
            confidence,
            insight: None,
        }
    }

    /// The same, with what to make of it.
    #[must_use]
    pub fn with_insight(mut self, insight: impl Into<String>) -> Self {
        self.insight = Some(insight.into());
        self
    }
}

/// The patterns that answer one question, or all of them.
pub fn of_kind(patterns: &[Pattern], kind: Option<Kind>) -> Vec<&Pattern> {
    let wanted = |pattern: &&Pattern| kind.is_none_or(|kind| pattern.kind == kind);
    patterns.iter().filter(wanted).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_form_is_that_of_the_first_analyser() {
        let pattern = Pattern::new("a", Kind::Tech, "A.", &[1], 0.5);
        let text = serde_json::to_string(&pattern).unwrap();
        assert_eq!(
            text,
            r#"{"type":"a","kind":"tech","description":"A.","data":[1],"confidence":0.5}"#
        );
        assert_eq!(serde_json::from_str::<Pattern>(&text).unwrap(), pattern);
        let all = [pattern.clone().with_insight("b")];
        assert_eq!(of_kind(&all, None).len(), 1);
        assert_eq!(of_kind(&all, Some(Kind::Code)).len(), 0);
    }
}
