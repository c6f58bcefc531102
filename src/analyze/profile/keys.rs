//! The attributes that a profile has.

use super::value::Value;

/// What a value of an attribute looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A word or a phrase.
    Text,
    /// A number, with its unit.
    Number(&'static str),
    /// Several words.
    List,
}

/// Where an attribute holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// It is of the person, wherever it was observed.
    Person,
    /// It is observed in each repository; what most of them show holds where nothing was observed.
    Habit,
    /// It is of one repository and says nothing about another.
    Place,
}

/// An attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its name, with dots.
    pub name: &'static str,
    /// What it says, for people.
    pub about: &'static str,
    /// What its values look like.
    pub shape: Shape,
    /// Where it holds.
    pub reach: Reach,
}

const fn habit(name: &'static str, shape: Shape, about: &'static str) -> Key {
    Key {
        name,
        about,
        shape,
        reach: Reach::Habit,
    }
}

/// All attributes, by name.
pub const KEYS: [Key; 32] = [
    Key {
        name: HABITS,
        about: "what is done again and again, the most worthwhile to automate first",
        shape: Shape::List,
        reach: Reach::Person,
    },
    Key {
        name: SAVED,
        about: "what automations save a week",
        shape: Shape::Number("minutes"),
        reach: Reach::Person,
    },
    Key {
        name: UNWANTED,
        about: "repeated work that is not to be proposed: what was removed, and what you name",
        shape: Shape::List,
        reach: Reach::Person,
    },
    habit(
        "branch.issues",
        Shape::Text,
        "whether branch names carry an issue's number: usual or rare",
    ),
    habit("branch.naming", Shape::Text, "how branches are named"),
    habit(
        "commit.bodies",
        Shape::Text,
        "whether commits say more than a subject: usual or rare",
    ),
    habit(
        "commit.co_authored",
        Shape::Number("%"),
        "commits with a co-author",
    ),
    habit(
        "commit.issues",
        Shape::Text,
        "whether commits name an issue: usual or rare",
    ),
    habit(
        "commit.median_files",
        Shape::Number("files"),
        "files in the median commit",
    ),
    habit(
        "commit.mood",
        Shape::Text,
        "how subjects begin: imperative or descriptive",
    ),
    habit(
        "commit.style",
        Shape::Text,
        "conventional (`feat: …`) or free",
    ),
    habit(
        "commit.subject_length",
        Shape::Number("characters"),
        "characters of the median subject",
    ),
    habit(
        "commit.tests_with_code",
        Shape::Number("%"),
        "commits of code that change tests too",
    ),
    habit(
        "frameworks",
        Shape::List,
        "frameworks of the files that were worked on",
    ),
    habit(
        "identity.email",
        Shape::Text,
        "the address that commits carry",
    ),
    Key {
        name: EMAILS,
        about: "this and earlier addresses",
        shape: Shape::List,
        reach: Reach::Person,
    },
    habit("identity.name", Shape::Text, "the name that commits carry"),
    habit(
        "languages",
        Shape::List,
        "languages of the files that were worked on",
    ),
    habit(
        "prompt.frameworks",
        Shape::List,
        "frameworks that prompts to coding agents name",
    ),
    habit(
        "prompt.imperative",
        Shape::Number("%"),
        "prompts that begin with what is to be done",
    ),
    habit(
        "prompt.languages",
        Shape::List,
        "languages that prompts to coding agents name",
    ),
    habit(
        "prompt.length",
        Shape::Number("words"),
        "words of the median prompt to a coding agent, without what is pasted",
    ),
    habit(
        "prompt.peak_hours",
        Shape::List,
        "the three hours with the most prompts, local time",
    ),
    habit(
        "prompt.questions",
        Shape::Number("%"),
        "prompts that ask something",
    ),
    habit(
        "prompt.style",
        Shape::Text,
        "how coding agents are talked to: formal, casual, technical or professional_casual",
    ),
    Key {
        name: "rules",
        about: "what the repository's instructions and linters ask for",
        shape: Shape::List,
        reach: Reach::Place,
    },
    habit(
        "work.break_hour",
        Shape::Number("o'clock"),
        "the hour at which most pauses begin",
    ),
    habit(
        "work.breaks",
        Shape::Number("minutes"),
        "the median pause within a day",
    ),
    habit(
        "work.peak_days",
        Shape::List,
        "the two weekdays with the most commits",
    ),
    habit(
        "work.peak_hours",
        Shape::List,
        "the three hours with the most commits, local time",
    ),
    habit(
        "work.session_minutes",
        Shape::Number("minutes"),
        "an average session; a pause of two hours ends one",
    ),
    habit(
        "work.utc_offsets",
        Shape::List,
        "the offsets of the clock by which commits were written",
    ),
];

/// What the optimiser found to be repeated.
pub const HABITS: &str = "automation.habits";
/// What automations save, in minutes a week.
pub const SAVED: &str = "automation.saved";
/// What the optimiser does not propose.
pub const UNWANTED: &str = "automation.unwanted";

/// The attribute that only grows: every address that was ever configured.
pub const EMAILS: &str = "identity.emails";

/// Why a value is none of an attribute's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WrongValue {
    /// There is no such attribute.
    #[error("find an attribute named {0:?}")]
    UnknownKey(String),
    /// A number is asked for.
    #[error("read {text:?} as a number, which {key} is")]
    NotANumber {
        /// The attribute.
        key: &'static str,
        /// What was given.
        text: String,
    },
    /// Nothing was given.
    #[error("set {0} to nothing; forget it instead")]
    Empty(&'static str),
}

impl Key {
    /// The attribute of this name.
    pub fn find(name: &str) -> Option<&'static Self> {
        let place = KEYS.binary_search_by(|key| key.name.cmp(name)).ok()?;
        KEYS.get(place)
    }

    /// Whether a name is an attribute's, or that of a group such as `work`.
    pub fn is_name_or_group(name: &str) -> bool {
        KEYS.iter().any(|key| covers(name, key.name))
    }

    /// Reads a value as a person writes it; the entries of a list are separated by commas.
    pub fn parse(name: &str, text: &str) -> Result<(&'static Self, Value), WrongValue> {
        let key = Self::find(name).ok_or_else(|| WrongValue::UnknownKey(name.to_owned()))?;
        let value = match key.shape {
            Shape::Text => Value::text(text),
            Shape::List => Value::list(text.split(',')),
            Shape::Number(unit) => {
                let digits = text.trim().strip_suffix(unit).unwrap_or(text).trim();
                let number: Option<f64> = digits.parse().ok();
                let number = number.filter(|number| number.is_finite() && number.abs() < 1e15);
                Value::number(number.ok_or_else(|| WrongValue::NotANumber {
                    key: key.name,
                    text: text.to_owned(),
                })?)
            }
        };
        match &value {
            Value::Text(text) if text.is_empty() => Err(WrongValue::Empty(key.name)),
            Value::List(items) if items.is_empty() => Err(WrongValue::Empty(key.name)),
            _ => Ok((key, value)),
        }
    }
}

/// Whether a name is this one, or a group that it belongs to.
pub(super) fn covers(group: &str, name: &str) -> bool {
    name.strip_prefix(group)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn keys_are_found_by_name_and_by_group() {
        assert!(KEYS.is_sorted_by(|one, other| one.name < other.name));
        for key in &KEYS {
            assert_eq!(Key::find(key.name), Some(key));
        }
        assert!(Key::is_name_or_group("work"));
        assert!(!Key::is_name_or_group("wor") && !Key::is_name_or_group(""));
        assert!(covers("work", "work.breaks") && !covers("work", "worker"));
    }

    #[test]
    fn values_are_read_as_their_key_asks() {
        let parse = |key, text| Key::parse(key, text).map(|(_, value)| value);
        assert_eq!(
            parse("languages", "Rust, Go,,Rust"),
            Ok(Value::list(["Rust", "Go"]))
        );
        assert_eq!(parse("work.breaks", " 45 minutes"), Ok(Value::number(45)));
        assert_eq!(
            parse("commit.co_authored", "12.5%"),
            Ok(Value::number(12.5))
        );
        assert!(matches!(
            parse("work.breaks", "NaN"),
            Err(WrongValue::NotANumber { .. })
        ));
        assert_eq!(
            parse("identity.name", " \n"),
            Err(WrongValue::Empty("identity.name"))
        );
        assert_eq!(
            parse("trust", "1"),
            Err(WrongValue::UnknownKey("trust".to_owned()))
        );
    }
}
