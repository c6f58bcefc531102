//! JSON reports that are one long list: each element is handed on as soon as it is read, so that only what is made of it
//! is kept.

use std::fmt;
use std::io::BufRead;
use std::marker::PhantomData;

use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess,
    Visitor,
};

use super::common::{malformed, skip_blank};
use crate::tools::ReadError;

/// What a report looks like: the list itself, or an object that has it.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// What it is, such as "eslint's JSON".
    pub expected: &'static str,
    /// The object's field with the list, if the list may be in one.
    pub list: &'static str,
    /// The object's field that is read besides.
    pub besides: &'static str,
}

impl Shape {
    /// A list that is not in an object.
    pub const fn bare(expected: &'static str) -> Self {
        Self {
            expected,
            list: "",
            besides: "",
        }
    }
}

/// Reads a report element by element and returns the field besides, or its default.
pub fn read<T, B>(
    report: &mut dyn BufRead,
    shape: Shape,
    each: impl FnMut(T) -> Result<(), ReadError>,
) -> Result<B, ReadError>
where
    T: DeserializeOwned,
    B: DeserializeOwned + Default,
{
    if !skip_blank(report)? {
        return Err(ReadError::Empty);
    }
    let mut failed = None;
    let mut json = serde_json::Deserializer::from_reader(report);
    let top = Top {
        shape,
        elements: Elements {
            each,
            failed: &mut failed,
            element: PhantomData,
        },
        besides: PhantomData,
    };
    let besides = json
        .deserialize_any(top)
        .and_then(|it| json.end().map(|()| it));
    match (besides, failed) {
        (_, Some(error)) => Err(error),
        (Err(error), None) if error.is_io() => Err(ReadError::Io(error.into())),
        (Err(error), None) => Err(malformed(shape.expected, error)),
        (Ok(besides), None) => Ok(besides),
    }
}

struct Top<'f, T, B, F> {
    shape: Shape,
    elements: Elements<'f, T, F>,
    besides: PhantomData<B>,
}

impl<'de, T, B, F> Visitor<'de> for Top<'_, T, B, F>
where
    T: DeserializeOwned,
    B: DeserializeOwned + Default,
    F: FnMut(T) -> Result<(), ReadError>,
{
    type Value = B;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.shape.expected)
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, sequence: A) -> Result<B, A::Error> {
        (&mut self.elements).visit_seq(sequence)?;
        Ok(B::default())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<B, A::Error> {
        let (mut besides, mut has_list) = (None, false);
        while let Some(key) = map.next_key::<String>()? {
            if !self.shape.list.is_empty() && key == self.shape.list {
                map.next_value_seed(&mut self.elements)?;
                has_list = true;
            } else if !self.shape.besides.is_empty() && key == self.shape.besides {
                besides = Some(map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        if !has_list {
            return Err(A::Error::custom("an object without the list of results"));
        }
        Ok(besides.unwrap_or_default())
    }
}

struct Elements<'f, T, F> {
    each: F,
    failed: &'f mut Option<ReadError>,
    element: PhantomData<T>,
}

impl<'de, T, F> DeserializeSeed<'de> for &mut Elements<'_, T, F>
where
    T: DeserializeOwned,
    F: FnMut(T) -> Result<(), ReadError>,
{
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, T, F> Visitor<'de> for &mut Elements<'_, T, F>
where
    T: DeserializeOwned,
    F: FnMut(T) -> Result<(), ReadError>,
{
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<(), A::Error> {
        while let Some(element) = sequence.next_element()? {
            if let Err(error) = (self.each)(element) {
                *self.failed = Some(error);
                return Err(A::Error::custom("stopped"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    const SHAPE: Shape = Shape {
        expected: "numbers",
        list: "list",
        besides: "sum",
    };

    fn numbers(report: &str) -> Result<(Vec<u8>, u8), ReadError> {
        let mut list = Vec::new();
        let sum = read(&mut report.as_bytes(), SHAPE, |number: u8| {
            list.push(number);
            if list.len() > 3 {
                return Err(ReadError::TooMany);
            }
            Ok(())
        })?;
        Ok((list, sum))
    }

    #[test]
    fn a_list_is_read_bare_or_from_an_object() {
        assert_eq!(numbers("\u{feff} [1, 2]\n").unwrap(), (vec![1, 2], 0));
        assert_eq!(
            numbers("{\"x\":[{}],\"list\":[3],\"sum\":9}").unwrap(),
            (vec![3], 9)
        );
    }

    #[test]
    fn what_is_wrong_is_told_apart() {
        assert!(matches!(numbers(" \n\t"), Err(ReadError::Empty)));
        assert!(matches!(numbers("[1,1,1,1]"), Err(ReadError::TooMany)));
        for garbage in [
            "{}",
            "[1",
            "[1] [2]",
            "7",
            "[\"x\"]",
            "{\"list\":7}",
            "{\"sum\":1}",
        ] {
            let read = numbers(garbage);
            assert!(
                matches!(read, Err(ReadError::Malformed { .. })),
                "{garbage}: {read:?}"
            );
        }
        let deep = "[".repeat(100_000);
        assert!(matches!(numbers(&deep), Err(ReadError::Malformed { .. })));
    }
}
