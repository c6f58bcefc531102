//! The fields of a line that count.

use serde::Deserialize;

use crate::sessions::read::content::Content;
use crate::sessions::read::lax::{Count, Flag, Number, Object, Parent, Text};

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Line<'a> {
    #[serde(borrow, rename = "type")]
    pub kind: Text<'a>,
    #[serde(borrow)]
    pub uuid: Text<'a>,
    #[serde(borrow)]
    pub parent_uuid: Parent<'a>,
    #[serde(borrow)]
    pub logical_parent_uuid: Text<'a>,
    #[serde(borrow)]
    pub timestamp: Text<'a>,
    #[serde(borrow)]
    pub session_id: Text<'a>,
    #[serde(borrow)]
    pub agent_id: Text<'a>,
    pub is_sidechain: Flag,
    pub is_meta: Flag,
    pub is_compact_summary: Flag,
    pub is_api_error_message: Flag,
    #[serde(borrow)]
    pub cwd: Text<'a>,
    #[serde(borrow)]
    pub version: Text<'a>,
    #[serde(borrow)]
    pub git_branch: Text<'a>,
    #[serde(borrow)]
    pub request_id: Text<'a>,
    #[serde(rename = "costUSD")]
    pub cost_usd: Number,
    #[serde(borrow, deserialize_with = "message")]
    pub message: Message<'a>,
    #[serde(borrow)]
    pub forked_from: Object<ForkedFrom<'a>>,
    #[serde(borrow)]
    pub subtype: Text<'a>,
    pub compact_metadata: Object<CompactMetadata>,
    #[serde(borrow)]
    pub summary: Text<'a>,
    #[serde(borrow)]
    pub leaf_uuid: Text<'a>,
    #[serde(borrow)]
    pub custom_title: Text<'a>,
    #[serde(borrow)]
    pub ai_title: Text<'a>,
}

/// Of which entry of which session it is a copy.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ForkedFrom<'a> {
    #[serde(borrow)]
    pub session_id: Text<'a>,
    #[serde(borrow)]
    pub message_uuid: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Message<'a> {
    #[serde(borrow)]
    pub id: Text<'a>,
    #[serde(borrow)]
    pub model: Text<'a>,
    #[serde(borrow)]
    pub content: Content<'a>,
    #[serde(borrow)]
    pub stop_reason: Text<'a>,
    pub usage: Object<Tokens>,
}

/// Tokens as the interface of the models tells them: the four do not overlap.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Tokens {
    #[serde(rename = "input_tokens")]
    pub input: Count,
    #[serde(rename = "output_tokens")]
    pub output: Count,
    #[serde(rename = "cache_creation_input_tokens")]
    pub cache_creation: Count,
    #[serde(rename = "cache_read_input_tokens")]
    pub cache_read: Count,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct CompactMetadata {
    pub pre_tokens: Count,
}

fn message<'de: 'a, 'a, D: serde::Deserializer<'de>>(from: D) -> Result<Message<'a>, D::Error> {
    Object::deserialize(from).map(|message| message.0.unwrap_or_default())
}
