//! Values of lines, read as they come: a field of another type than usual is as good as missing, and costs only itself.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A string, borrowed from the line where nothing is escaped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text<'a>(pub Option<Cow<'a, str>>);

impl Text<'_> {
    /// The longest name that is kept between runs, in bytes: as long as a path may be.
    const LONGEST_NAME: usize = 4096;

    /// The string; empty if it is missing.
    pub fn str(&self) -> &str {
        self.0.as_deref().unwrap_or_default()
    }

    /// The string, unless it is missing or empty.
    pub fn filled(&self) -> Option<&str> {
        self.0.as_deref().filter(|text| !text.is_empty())
    }

    /// The string as one's own; empty if it is missing.
    pub fn owned(self) -> String {
        self.0.map(Cow::into_owned).unwrap_or_default()
    }

    /// The string as one's own, unless it is missing or empty.
    pub fn owned_if_filled(self) -> Option<String> {
        self.0.filter(|text| !text.is_empty()).map(Cow::into_owned)
    }

    /// The string as one's own, if it can be a name or a path.
    pub fn name(&self) -> Option<String> {
        let name = self
            .filled()
            .filter(|name| name.len() <= Self::LONGEST_NAME);
        name.map(str::to_owned)
    }
}

/// A number that is not negative; whole, or with its fraction cut off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count(pub Option<u64>);

impl Count {
    /// The number; nought if it is missing.
    pub fn or_nought(self) -> u64 {
        self.0.unwrap_or_default()
    }
}

/// Any finite number.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Number(pub Option<f64>);

/// Whether it says true.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flag(pub Option<bool>);

impl Flag {
    /// Whether it stands there and is true.
    pub fn is_set(self) -> bool {
        self.0 == Some(true)
    }
}

/// What an entry says of the one before it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Parent<'a> {
    /// Nothing.
    #[default]
    Missing,
    /// That there is none.
    Nothing,
    /// Its id.
    Id(Cow<'a, str>),
}

/// An object, if it is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Object<T>(pub Option<T>);

impl<T> Default for Object<T> {
    fn default() -> Self {
        Self(None)
    }
}

/// A list, if it is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List<T>(pub Vec<T>);

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

/// How much of a list is kept.
const MOST: usize = 1 << 16;

/// Reads over what is left of a list.
pub fn pass_list<'de, A: SeqAccess<'de>>(mut list: A) -> Result<(), A::Error> {
    while list.next_element::<IgnoredAny>()?.is_some() {}
    Ok(())
}

/// Reads over what is left of an object.
pub fn pass_object<'de, A: MapAccess<'de>>(mut object: A) -> Result<(), A::Error> {
    while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
    Ok(())
}

/// Answers of a visitor that are the same for all: what is of no use is read over.
macro_rules! others {
    ($value:expr; $($kind:ident)*) => { $(others!(@ $kind $value);)* };
    (@ text $value:expr) => {
        fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> { Ok($value) }
    };
    (@ number $value:expr) => {
        fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> { Ok($value) }
        fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> { Ok($value) }
        fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> { Ok($value) }
    };
    (@ flag $value:expr) => {
        fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> { Ok($value) }
    };
    (@ null $value:expr) => {
        fn visit_unit<E>(self) -> Result<Self::Value, E> { Ok($value) }
    };
    (@ list $value:expr) => {
        fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
            $crate::sessions::read::lax::pass_list(list).map(|()| $value)
        }
    };
    (@ object $value:expr) => {
        fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<Self::Value, A::Error> {
            $crate::sessions::read::lax::pass_object(object).map(|()| $value)
        }
    };
}
pub(super) use others;

struct Texts;

impl<'de> Visitor<'de> for Texts {
    type Value = Text<'de>;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("anything")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Text(Some(Cow::Borrowed(text))))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Text(Some(Cow::Owned(text.to_owned()))))
    }

    others!(Text(None); number flag null list object);
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Texts)
    }
}

struct Parents;

impl<'de> Visitor<'de> for Parents {
    type Value = Parent<'de>;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("anything")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Parent::Id(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Parent::Id(Cow::Owned(text.to_owned())))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Parent::Nothing)
    }

    others!(Parent::Missing; number flag list object);
}

impl<'de: 'a, 'a> Deserialize<'de> for Parent<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Parents)
    }
}

struct Counts;

impl<'de> Visitor<'de> for Counts {
    type Value = Count;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("anything")
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Count(Some(number)))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Count(u64::try_from(number).ok()))
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Count((number >= 0.0).then_some(number as u64)))
    }

    others!(Count(None); text flag null list object);
}

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Counts)
    }
}

struct Numbers;

impl<'de> Visitor<'de> for Numbers {
    type Value = Number;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("anything")
    }

    #[allow(clippy::cast_precision_loss)]
    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Number(Some(number as f64)))
    }

    #[allow(clippy::cast_precision_loss)]
    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Number(Some(number as f64)))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Number(number.is_finite().then_some(number)))
    }

    others!(Number(None); text flag null list object);
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Numbers)
    }
}

struct Flags;

impl<'de> Visitor<'de> for Flags {
    type Value = Flag;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("anything")
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(Flag(Some(flag)))
    }

    others!(Flag(None); text number null list object);
}

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Flags)
    }
}

struct Objects<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Objects<T> {
    type Value = Object<T>;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("anything")
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(object)).map(|value| Object(Some(value)))
    }

    others!(Object(None); text number flag null list);
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Objects(PhantomData))
    }
}

struct Lists<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Lists<T> {
    type Value = List<T>;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("anything")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut found = Vec::new();
        while found.len() < MOST {
            match list.next_element()? {
                Some(value) => found.push(value),
                None => return Ok(List(found)),
            }
        }
        pass_list(list)?;
        Ok(List(found))
    }

    others!(List(Vec::new()); text number flag null object);
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Lists(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default)]
    struct Line<'a> {
        #[serde(borrow)]
        text: Text<'a>,
        count: Count,
        number: Number,
        flag: Flag,
        #[serde(borrow)]
        parent: Parent<'a>,
        #[serde(borrow)]
        inner: Object<Box<Line<'a>>>,
        list: List<Count>,
    }

    #[test]
    fn what_is_of_the_usual_type_is_read() {
        let line: Line<'_> = serde_json::from_str(
            r#"{"text":"a","count":3,"number":1.5,"flag":true,"parent":null,"inner":{"text":"b\n"},"list":[1,"x",2]}"#,
        )
        .unwrap();
        assert!(matches!(line.text.0, Some(Cow::Borrowed("a"))));
        assert_eq!(line.count, Count(Some(3)));
        assert_eq!(line.number, Number(Some(1.5)));
        assert!(line.flag.is_set());
        assert_eq!(line.parent, Parent::Nothing);
        assert_eq!(line.inner.0.unwrap().text.str(), "b\n");
        assert_eq!(line.list.0, [Count(Some(1)), Count(None), Count(Some(2))]);
    }

    #[test]
    fn what_is_of_another_type_is_missing() {
        let values = [
            "1",
            "-1",
            "1.5",
            "true",
            "null",
            r#""a""#,
            "[[1],{}]",
            r#"{"x":[{}]}"#,
        ];
        for value in values {
            for field in ["text", "count", "number", "flag", "parent", "inner", "list"] {
                let json = format!(r#"{{"{field}":{value},"other":{value}}}"#);
                serde_json::from_str::<Line<'_>>(&json).unwrap();
            }
        }
    }
}
