//! Reports that are one JSON value, and what tools write there instead of what they promise.

use std::collections::BTreeSet;
use std::fmt;
use std::io::BufRead;

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::common::{malformed, skip_blank};
use crate::tools::reading::ReadError;

/// Reads a report that is one JSON value and nothing behind it. A UTF-8 byte order mark is skipped; a report of white space
/// is none.
pub fn json<T: DeserializeOwned>(
    report: &mut dyn BufRead,
    expected: &'static str,
) -> Result<T, ReadError> {
    if !skip_blank(report)? {
        return Err(ReadError::Empty);
    }
    serde_json::from_reader(report).map_err(|error| match error.io_error_kind() {
        Some(kind) => ReadError::Io(kind.into()),
        None => malformed(expected, error),
    })
}

/// Whether a report is a list, which some tools wrote before they wrote an object.
pub fn is_list(report: &mut dyn BufRead) -> Result<bool, ReadError> {
    if !skip_blank(report)? {
        return Err(ReadError::Empty);
    }
    Ok(report.fill_buf()?.first() == Some(&b'['))
}

/// A list that may be `null`.
pub fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    Ok(Option::<Vec<T>>::deserialize(deserializer)?.unwrap_or_default())
}

/// The keys of an object whose values do not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keys(pub BTreeSet<String>);

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Keys;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Keys, A::Error> {
                let mut keys = Keys::default();
                while let Some((key, IgnoredAny)) = map.next_entry()? {
                    keys.0.insert(key);
                }
                Ok(keys)
            }
        }

        deserializer.deserialize_map(Object)
    }
}

/// Texts, where some write one text, a number, or nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Texts(Vec<String>);

impl Texts {
    /// As they come.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// The first.
    pub fn first(&self) -> Option<&str> {
        self.iter().next()
    }
}

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Texts;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("texts")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Texts, E> {
                Ok(Texts(vec![text.to_owned()]))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Texts, E> {
                self.visit_str(&number.to_string())
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Texts, E> {
                self.visit_str(&number.to_string())
            }

            fn visit_f64<E: Error>(self, number: f64) -> Result<Texts, E> {
                self.visit_str(&number.to_string())
            }

            fn visit_bool<E: Error>(self, _: bool) -> Result<Texts, E> {
                Ok(Texts::default())
            }

            fn visit_unit<E: Error>(self) -> Result<Texts, E> {
                Ok(Texts::default())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Texts, A::Error> {
                let mut texts = Texts::default();
                while let Some(more) = seq.next_element::<Texts>()? {
                    texts.0.extend(more.0);
                }
                Ok(texts)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Texts, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Texts::default())
            }
        }

        deserializer.deserialize_any(Any)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn texts_of_any_shape_are_read() {
        for (text, expected) in [
            ("\"a\"", vec!["a"]),
            ("[\"a\", [\"b\"], null, {\"c\": 1}]", vec!["a", "b"]),
            ("7.5", vec!["7.5"]),
            ("null", vec![]),
            ("{\"a\": [1]}", vec![]),
        ] {
            let texts: Texts = serde_json::from_str(text).unwrap();
            assert_eq!(texts.iter().collect::<Vec<_>>(), expected, "{text}");
        }
    }

    #[test]
    fn nothing_is_told_from_something_else() {
        let read = |text: &str| json::<Vec<u8>>(&mut text.as_bytes(), "numbers");
        assert!(matches!(read("\u{feff} \n"), Err(ReadError::Empty)));
        assert!(matches!(read(""), Err(ReadError::Empty)));
        assert_eq!(read("\u{feff} [1, 2]\n").unwrap(), [1, 2]);
        assert!(matches!(read("[1] x"), Err(ReadError::Malformed { .. })));
        assert!(is_list(&mut " [".as_bytes()).unwrap() && !is_list(&mut "{".as_bytes()).unwrap());
    }
}
