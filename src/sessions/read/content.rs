//! What a message holds: a string, or blocks of text, pictures and calls.
//!
//! The three agents write the same blocks under names that do not meet, so one type reads them all. Pictures are counted
//! where they stand: what they hold is never kept.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::lax::{Flag, Object, Text, others, pass_list};

/// How many blocks of a message are kept; an empty one takes three bytes of a line, and a hundred times that in memory.
const MOST_BLOCKS: usize = 1 << 16;

/// The longest value that is taken apart, in bytes: it takes some twenty times that in memory.
const LONGEST_VALUE: usize = 4 << 20;

/// A string, or blocks.
#[derive(Debug, Default)]
pub enum Content<'a> {
    /// Neither.
    #[default]
    Missing,
    /// A string.
    Text(Cow<'a, str>),
    /// Blocks.
    Blocks(Vec<Block<'a>>),
}

/// A block of a message.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Block<'a> {
    /// `text`, `image`, `tool_use`…
    #[serde(borrow, rename = "type")]
    pub kind: Text<'a>,
    /// Of text.
    #[serde(borrow)]
    pub text: Text<'a>,
    /// Of a call.
    #[serde(borrow)]
    pub id: Text<'a>,
    /// The tool of a call.
    #[serde(borrow)]
    pub name: Text<'a>,
    /// The arguments of a call (Claude Code).
    #[serde(borrow)]
    pub input: Option<&'a RawValue>,
    /// The arguments of a call (pi).
    #[serde(borrow)]
    pub arguments: Option<&'a RawValue>,
    /// The call of a result (Claude Code).
    #[serde(borrow)]
    pub tool_use_id: Text<'a>,
    /// Of a result (Claude Code).
    #[serde(borrow)]
    pub content: Texts<'a>,
    /// Of a result (Claude Code).
    pub is_error: Flag,
}

impl Block<'_> {
    /// Whether it is a picture: of pi and Claude Code, or of Codex.
    pub fn is_image(&self) -> bool {
        matches!(self.kind.str(), "image" | "input_image")
    }

    /// Whether it is text: of pi and Claude Code, or of Codex.
    pub fn is_text(&self) -> bool {
        is_text(self.kind.str())
    }
}

fn is_text(kind: &str) -> bool {
    matches!(kind, "text" | "input_text" | "output_text")
}

impl Content<'_> {
    /// Its blocks; none if it is a string.
    pub fn blocks(&self) -> &[Block<'_>] {
        match self {
            Self::Blocks(blocks) => blocks,
            Self::Missing | Self::Text(_) => &[],
        }
    }

    /// Its texts, each with the number of its block from nought.
    pub fn numbered_texts(&self) -> impl Iterator<Item = (usize, &str)> {
        let string = match self {
            Self::Text(text) => Some((0, text.as_ref())),
            Self::Missing | Self::Blocks(_) => None,
        };
        let blocks = self.blocks().iter().enumerate();
        let texts = blocks.filter(|(_, block)| block.is_text());
        string
            .into_iter()
            .chain(texts.map(|(at, block)| (at, block.text.str())))
    }

    /// Its texts.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.numbered_texts().map(|(_, text)| text)
    }

    /// Its texts, with line ends between them.
    pub fn into_text(self) -> String {
        match self {
            Self::Missing => String::new(),
            Self::Text(text) => text.into_owned(),
            Self::Blocks(blocks) => {
                let texts = blocks.into_iter().filter(Block::is_text);
                into_joined(texts.filter_map(|block| block.text.0))
            }
        }
    }

    /// How many pictures it holds.
    pub fn images(&self) -> u32 {
        let images = self
            .blocks()
            .iter()
            .filter(|block| block.is_image())
            .count();
        u32::try_from(images).unwrap_or(u32::MAX)
    }
}

/// Texts with line ends between them. One alone, which is the rule, is not copied again.
pub fn into_joined<'a>(mut texts: impl Iterator<Item = Cow<'a, str>>) -> String {
    let mut whole = texts.next().unwrap_or_default().into_owned();
    for text in texts {
        whole.push('\n');
        whole.push_str(&text);
    }
    whole
}

/// A value that stands in a line; null if there is none.
pub fn value(raw: Option<&RawValue>) -> Value {
    raw.map_or(Value::Null, |raw| value_of(raw.get()))
}

/// The value that `json` stands for; the text itself, if it is none, or too long or too deep to be taken apart.
pub fn value_of(json: &str) -> Value {
    let parsed = (json.len() <= LONGEST_VALUE).then(|| serde_json::from_str(json).ok());
    parsed
        .flatten()
        .unwrap_or_else(|| Value::String(json.to_owned()))
}

struct Contents;

impl<'de> Visitor<'de> for Contents {
    type Value = Content<'de>;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("anything")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Content::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Content::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut blocks = Vec::new();
        while blocks.len() < MOST_BLOCKS {
            match list.next_element::<Object<Block<'_>>>()? {
                Some(block) => blocks.extend(block.0),
                None => return Ok(Content::Blocks(blocks)),
            }
        }
        pass_list(list)?;
        Ok(Content::Blocks(blocks))
    }

    others!(Content::Missing; number flag null object);
}

impl<'de: 'a, 'a> Deserialize<'de> for Content<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Contents)
    }
}

/// The texts of a result: a string, or blocks of which those of text count. Blocks in these are not looked into, which
/// bounds the depth.
#[derive(Debug, Default)]
pub struct Texts<'a>(Vec<Cow<'a, str>>);

impl<'a> Texts<'a> {
    /// Of blocks.
    pub fn of_list<'de: 'a, A: SeqAccess<'de>>(mut list: A) -> Result<Self, A::Error> {
        let mut texts = Vec::new();
        while texts.len() < MOST_BLOCKS {
            match list.next_element::<Object<TextBlock<'a>>>()? {
                Some(Object(Some(block))) if is_text(block.kind.str()) => {
                    texts.extend(block.text.0);
                }
                Some(_) => {}
                None => return Ok(Texts(texts)),
            }
        }
        pass_list(list)?;
        Ok(Texts(texts))
    }

    /// With line ends between them.
    pub fn into_text(self) -> String {
        into_joined(self.0.into_iter())
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct TextBlock<'a> {
    #[serde(borrow, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow)]
    text: Text<'a>,
}

struct TextLists;

impl<'de> Visitor<'de> for TextLists {
    type Value = Texts<'de>;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("anything")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Texts(vec![Cow::Borrowed(text)]))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Texts(vec![Cow::Owned(text.to_owned())]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        Texts::of_list(list)
    }

    others!(Texts(Vec::new()); number flag null object);
}

impl<'de: 'a, 'a> Deserialize<'de> for Texts<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(TextLists)
    }
}
