//! What an attribute says: a text, a number or a list, and when two of them say the same.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

/// Longer texts are cut, in bytes.
pub const LONGEST: usize = 200;
/// Longer lists are cut.
pub const MOST: usize = 100;

/// What an attribute says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// In the unit of its key.
    Number(#[serde(serialize_with = "shortest")] f64),
    /// A word or a phrase.
    Text(String),
    /// Several, the most important first.
    List(Vec<Item>),
}

/// An entry of a list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Item {
    /// A word or a phrase.
    Text(String),
    /// With the place where it is written.
    Placed {
        /// The phrase.
        text: String,
        /// Relative to the top of the repository.
        file: String,
        /// From 1.
        line: u32,
    },
}

impl Item {
    /// What it says, without its place.
    pub fn text(&self) -> &str {
        match self {
            Self::Text(text) | Self::Placed { text, .. } => text,
        }
    }
}

impl Value {
    /// A text, cleaned and cut as [`clean`] does.
    pub fn text(text: &str) -> Self {
        Self::Text(clean(text))
    }

    /// A number with two decimals; what is none becomes 0.
    pub fn number(number: impl Into<f64>) -> Self {
        let number = number.into();
        let rounded = (number * 100.0).round() / 100.0;
        Self::Number(if rounded.is_finite() { rounded } else { 0.0 })
    }

    /// A list of texts without empty and repeated ones.
    pub fn list<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> Self {
        let mut known = BTreeSet::new();
        let items = texts
            .into_iter()
            .map(|text| clean(text.as_ref()))
            .filter(|text| !text.is_empty() && known.insert(text.clone()));
        Self::List(items.take(MOST).map(Item::Text).collect())
    }

    /// Whether two values say the same: a later one is then a confirmation and not a contradiction.
    ///
    /// Texts are compared without regard to case. Numbers are measurements and differ by chance: a fifth of the larger
    /// one, or 1, is no difference. Lists agree when they share at least half of all they name, in whatever order.
    pub fn agrees(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Text(one), Self::Text(other)) => folded(one) == folded(other),
            (Self::Number(one), Self::Number(other)) => {
                (one - other).abs() <= (one.abs().max(other.abs()) / 5.0).max(1.0)
            }
            (Self::List(one), Self::List(other)) => {
                let names = |list: &[Item]| -> BTreeSet<String> {
                    list.iter().map(|item| folded(item.text())).collect()
                };
                let (one, other) = (names(one), names(other));
                let shared = one.intersection(&other).count();
                shared * 2 >= one.len() + other.len() - shared
            }
            _ => false,
        }
    }

    /// This list and what another one adds to it; anything else is replaced.
    #[must_use]
    pub fn joined(&self, other: &Self) -> Self {
        let (Self::List(here), Self::List(more)) = (self, other) else {
            return other.clone();
        };
        let mut known: BTreeSet<String> = here.iter().map(|item| folded(item.text())).collect();
        let mut all = here.clone();
        for item in more {
            if all.len() < MOST && known.insert(folded(item.text())) {
                all.push(item.clone());
            }
        }
        Self::List(all)
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => f.write_str(text),
            Self::List(items) => {
                for (nth, item) in items.iter().enumerate() {
                    let comma = if nth == 0 { "" } else { ", " };
                    write!(f, "{comma}{}", item.text())?;
                }
                Ok(())
            }
        }
    }
}

/// A text that may be shown in a terminal and kept: one line, without control characters and without those that turn
/// the direction of writing, blanks folded, at most [`LONGEST`] bytes.
pub fn clean(text: &str) -> String {
    let mut cleaned = String::new();
    let is_harmful = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    let words = text.split(|c: char| c.is_whitespace() || is_harmful(c));
    for word in words.filter(|word| !word.is_empty()) {
        if !cleaned.is_empty() {
            cleaned.push(' ');
        }
        cleaned.push_str(word);
        if cleaned.len() > LONGEST {
            let end = (0..=LONGEST - '…'.len_utf8())
                .rev()
                .find(|end| cleaned.is_char_boundary(*end));
            cleaned.truncate(end.unwrap_or(0));
            cleaned.push('…');
            break;
        }
    }
    cleaned
}

/// A text as it is compared.
pub(super) fn folded(text: &str) -> String {
    clean(text).to_lowercase()
}

/// Whole numbers without a decimal point.
#[allow(clippy::trivially_copy_pass_by_ref)] // serde's form
fn shortest<S: Serializer>(number: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    #[allow(clippy::cast_possible_truncation)] // checked
    if number.fract() == 0.0 && number.abs() < 1e15 {
        serializer.serialize_i64(*number as i64)
    } else {
        serializer.serialize_f64(*number)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn small_differences_are_none() {
        let number = |number: f64| Value::number(number);
        for (one, other, agree) in [
            (number(45.0), number(50.0), true),
            (number(1.0), number(2.0), true),
            (number(45.0), number(60.0), false),
            (Value::text("Jane  Doe"), Value::text("jane doe"), true),
            (Value::text("a"), Value::text("b"), false),
            (
                Value::list(["9", "10", "11"]),
                Value::list(["11", "9", "15"]),
                true,
            ),
            (Value::list(["9", "10"]), Value::list(["11"]), false),
            (Value::list([""; 0]), Value::list([""; 0]), true),
            (Value::text("1"), number(1.0), false),
        ] {
            assert_eq!(one.agrees(&other), agree, "{one} {other}");
        }
    }

    #[test]
    fn places_do_not_tell_rules_apart() {
        let placed = |line| {
            Value::List(vec![Item::Placed {
                text: "Use tabs".to_owned(),
                file: "AGENTS.md".to_owned(),
                line,
            }])
        };
        assert!(placed(3).agrees(&placed(40)));
    }

    #[test]
    fn what_a_terminal_would_obey_is_taken_out() {
        assert_eq!(clean("a\u{1b}[31m\nb\u{202e}c "), "a [31m b c");
        assert_eq!(clean(&"é".repeat(300)).len(), 199);
    }

    proptest! {
        #[test]
        fn every_value_comes_back_and_agrees_with_itself(text: String, number: f64, list: Vec<String>) {
            for value in [Value::text(&text), Value::number(number), Value::list(&list)] {
                let kept = serde_json::to_string(&value).unwrap();
                let read: Value = serde_json::from_str(&kept).unwrap();
                prop_assert!(read.agrees(&value), "{kept}");
                if !matches!(value, Value::Number(_)) {
                    prop_assert_eq!(&read, &value);
                }
                prop_assert!(value.to_string().len() <= MOST * (LONGEST + 2) || matches!(value, Value::Number(_)));
            }
            prop_assert!(clean(&text).len() <= LONGEST);
            prop_assert_eq!(clean(&clean(&text)), clean(&text));
        }

        #[test]
        fn agreement_goes_both_ways(one: Vec<u8>, other: Vec<u8>) {
            let list = |bytes: &[u8]| Value::list(bytes.iter().map(|byte| (byte % 8).to_string()));
            let (one, other) = (list(&one), list(&other));
            prop_assert_eq!(one.agrees(&other), other.agrees(&one));
            prop_assert!(one.joined(&other).agrees(&other.joined(&one)));
        }
    }
}
