//! The fields of a line that count. What a line carries has a type of its own; all of them are read with one set of
//! fields, because their names do not meet.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::sessions::read::content::{Content, Texts};
use crate::sessions::read::lax::{Count, Flag, List, Object, Text, others};

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Line<'a> {
    #[serde(borrow)]
    pub timestamp: Text<'a>,
    #[serde(borrow, rename = "type")]
    pub kind: Text<'a>,
    #[serde(borrow)]
    pub payload: Object<Payload<'a>>,
    pub metadata: Object<Metadata>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Metadata {
    /// Whether a model wrote it as the summary of a compaction.
    pub compaction_output: Flag,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Payload<'a> {
    #[serde(borrow, rename = "type")]
    pub kind: Text<'a>,
    #[serde(borrow)]
    pub timestamp: Text<'a>,
    #[serde(borrow)]
    pub id: Text<'a>,
    // session_meta, turn_context
    #[serde(borrow)]
    pub forked_from_id: Text<'a>,
    #[serde(borrow)]
    pub parent_thread_id: Text<'a>,
    #[serde(borrow)]
    pub source: Object<Source<'a>>,
    #[serde(borrow)]
    pub cwd: Text<'a>,
    #[serde(borrow)]
    pub cli_version: Text<'a>,
    #[serde(borrow)]
    pub model_provider: Text<'a>,
    #[serde(borrow)]
    pub git: Object<Git<'a>>,
    #[serde(borrow)]
    pub model: Text<'a>,
    // response_item
    #[serde(borrow)]
    pub role: Text<'a>,
    #[serde(borrow)]
    pub content: Content<'a>,
    #[serde(borrow, rename = "internal_chat_message_metadata_passthrough")]
    pub parts: Object<Parts<'a>>,
    #[serde(borrow)]
    pub name: Text<'a>,
    #[serde(borrow)]
    pub call_id: Text<'a>,
    #[serde(borrow)]
    pub arguments: Text<'a>,
    #[serde(borrow)]
    pub input: Text<'a>,
    #[serde(borrow)]
    pub action: Option<&'a RawValue>,
    #[serde(borrow)]
    pub output: Output<'a>,
    // event_msg, compacted
    #[serde(borrow)]
    pub message: Text<'a>,
    pub info: Object<Info>,
    pub num_turns: Count,
    #[serde(borrow)]
    pub thread_name: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Source<'a> {
    #[serde(borrow, alias = "sub_agent")]
    pub subagent: Object<SubAgent<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct SubAgent<'a> {
    #[serde(borrow)]
    pub thread_spawn: Object<ThreadSpawn<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct ThreadSpawn<'a> {
    #[serde(borrow)]
    pub parent_thread_id: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Git<'a> {
    #[serde(borrow)]
    pub commit_hash: Text<'a>,
    #[serde(borrow)]
    pub branch: Text<'a>,
}

/// What the blocks of a message are, in their order (0.160 and later): `user.text`, `environments.…`.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Parts<'a> {
    #[serde(borrow)]
    pub content_item_kinds: List<Text<'a>>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(default)]
pub struct Info {
    pub total_token_usage: Object<Tokens>,
    pub last_token_usage: Object<Tokens>,
}

/// Tokens as the interface of the models tells them: `input_tokens` holds the two others that are read.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(default)]
pub struct Tokens {
    #[serde(rename = "input_tokens")]
    pub input: Count,
    #[serde(rename = "cached_input_tokens")]
    pub cached: Count,
    #[serde(rename = "cache_write_input_tokens")]
    pub cache_write: Count,
    #[serde(rename = "output_tokens")]
    pub output: Count,
    #[serde(rename = "total_tokens")]
    pub total: Count,
}

/// What a tool answered: a string, blocks, or an object of one of these and whether all went well.
#[derive(Debug, Default)]
pub struct Output<'a> {
    pub text: Cow<'a, str>,
    pub success: Option<bool>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Answer<'a> {
    #[serde(borrow)]
    content: Texts<'a>,
    success: Flag,
}

struct Outputs;

impl<'de> Visitor<'de> for Outputs {
    type Value = Output<'de>;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("anything")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Output {
            text: Cow::Borrowed(text),
            success: None,
        })
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Output {
            text: Cow::Owned(text.to_owned()),
            success: None,
        })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        Ok(Output {
            text: Cow::Owned(Texts::of_list(list)?.into_text()),
            success: None,
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<Self::Value, A::Error> {
        let answer = Answer::deserialize(MapAccessDeserializer::new(object))?;
        Ok(Output {
            text: Cow::Owned(answer.content.into_text()),
            success: answer.success.0,
        })
    }

    others!(Output::default(); number flag null);
}

impl<'de: 'a, 'a> Deserialize<'de> for Output<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Outputs)
    }
}
