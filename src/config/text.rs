//! Values that are written as words: one way to read them from TOML, with an error that says what to write instead.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserializer;
use serde::de::{self, Visitor};

/// Separates what is wrong from what to write instead within a message that passes through serde.
pub(super) const HINT: &str = "\nhint: ";

/// Why a text is not a value: what is wrong, and where possible what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    what: String,
    hint: Option<String>,
}

impl Invalid {
    /// Something is wrong.
    pub fn new(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            hint: None,
        }
    }

    /// Adds what to write instead.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        match &self.hint {
            Some(hint) => write!(f, "{HINT}{hint}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Invalid {}

/// The name nearest to `word`, if one is near enough to be a slip of the finger.
pub fn nearest<'a, I>(word: &str, names: I) -> Option<&'a str>
where
    I: IntoIterator<Item = &'a str>,
{
    // The distance costs the product of the lengths; nobody misspells a name into hundreds of letters.
    if word.len() > 200 {
        return None;
    }
    let word = word.to_lowercase();
    names
        .into_iter()
        .map(|name| {
            let score = strsim::jaro_winkler(&word, &name.to_lowercase());
            let distance = strsim::damerau_levenshtein(&word, &name.to_lowercase());
            (name, score, distance)
        })
        .filter(|(name, score, distance)| {
            *score > 0.85 || *distance <= name.chars().count().div_ceil(3).min(3)
        })
        .max_by(|left, right| {
            right
                .2
                .cmp(&left.2)
                .then_with(|| left.1.total_cmp(&right.1))
        })
        .map(|(name, _, _)| name)
}

/// `a`, `b` or `c`.
pub(super) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<_> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match names.as_slice() {
        [] => "nothing".to_owned(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

/// A value that is written as one TOML string, or as a bare number where that is unambiguous.
pub(super) trait FromText: Sized {
    /// What was expected, for the error about a value of another type.
    const EXPECTED: &'static str;

    /// Reads the text.
    fn from_text(text: &str) -> Result<Self, Invalid>;

    /// Reads a bare number; refused unless the type says otherwise.
    fn from_number(number: i64) -> Result<Self, Invalid> {
        Err(Invalid::new(format!(
            "expected {}, found the number {number}",
            Self::EXPECTED
        )))
    }
}

struct TextVisitor<T>(PhantomData<T>);

impl<T: FromText> Visitor<'_> for TextVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        T::from_text(text).map_err(E::custom)
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<T, E> {
        T::from_number(number).map_err(E::custom)
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<T, E> {
        T::from_number(i64::try_from(number).unwrap_or(i64::MAX)).map_err(E::custom)
    }
}

/// Reads a [`FromText`] value.
pub(super) fn deserialize<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: FromText,
    D: Deserializer<'de>,
{
    deserializer.deserialize_any(TextVisitor(PhantomData))
}

/// Gives a [`FromText`] type that implements `Display` its serde implementations and `FromStr`.
macro_rules! text_value {
    ($type:ty) => {
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::config::text::deserialize(deserializer)
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl std::str::FromStr for $type {
            type Err = $crate::config::text::Invalid;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                <Self as $crate::config::text::FromText>::from_text(text)
            }
        }
    };
}

/// Gives a type its JSON Schema, inline: `{ "type": …, … }`.
macro_rules! text_schema {
    ($type:ty, $name:literal, $schema:tt) => {
        impl schemars::JsonSchema for $type {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                std::borrow::Cow::Borrowed($name)
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!($schema)
            }
        }
    };
}

pub(super) use {text_schema, text_value};
