//! The fields of a line that count.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::sessions::model::Usage;
use crate::sessions::read::content::Content;
use crate::sessions::read::lax::{Count, Flag, Number, Object, Parent, Text};

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Line<'a> {
    #[serde(borrow, rename = "type")]
    pub kind: Text<'a>,
    #[serde(borrow)]
    pub id: Text<'a>,
    #[serde(borrow)]
    pub parent_id: Parent<'a>,
    #[serde(borrow)]
    pub timestamp: Text<'a>,
    // The head.
    pub version: Count,
    #[serde(borrow)]
    pub cwd: Text<'a>,
    #[serde(borrow)]
    pub parent_session: Text<'a>,
    #[serde(borrow)]
    pub branched_from: Text<'a>,
    // Entries.
    #[serde(borrow)]
    pub message: Object<Message<'a>>,
    #[serde(borrow)]
    pub provider: Text<'a>,
    #[serde(borrow)]
    pub model_id: Text<'a>,
    #[serde(borrow)]
    pub model: Text<'a>,
    #[serde(borrow)]
    pub summary: Text<'a>,
    pub tokens_before: Count,
    #[serde(borrow)]
    pub from_id: Text<'a>,
    #[serde(borrow)]
    pub custom_type: Text<'a>,
    #[serde(borrow)]
    pub data: Option<&'a RawValue>,
    #[serde(borrow)]
    pub content: Content<'a>,
    #[serde(borrow)]
    pub details: Option<&'a RawValue>,
    #[serde(borrow)]
    pub name: Text<'a>,
    pub usage: Object<Spent>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Message<'a> {
    #[serde(borrow)]
    pub role: Text<'a>,
    #[serde(borrow)]
    pub content: Content<'a>,
    pub timestamp: Count,
    #[serde(borrow)]
    pub provider: Text<'a>,
    #[serde(borrow)]
    pub model: Text<'a>,
    pub usage: Object<Spent>,
    #[serde(borrow)]
    pub stop_reason: Text<'a>,
    #[serde(borrow, rename = "errorMessage")]
    pub error: Text<'a>,
    #[serde(borrow)]
    pub tool_call_id: Text<'a>,
    #[serde(borrow)]
    pub tool_name: Text<'a>,
    pub is_error: Flag,
    #[serde(borrow)]
    pub command: Text<'a>,
    #[serde(borrow)]
    pub output: Text<'a>,
    pub exit_code: Number,
    pub cancelled: Flag,
    #[serde(borrow)]
    pub custom_type: Text<'a>,
    #[serde(borrow)]
    pub details: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Spent {
    pub input: Count,
    pub output: Count,
    pub cache_read: Count,
    pub cache_write: Count,
    pub cost: Object<Cost>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Cost {
    pub total: Number,
}

impl Spent {
    pub fn usage(self) -> Usage {
        Usage {
            input: self.input.or_nought(),
            output: self.output.or_nought(),
            cache_read: self.cache_read.or_nought(),
            cache_write: self.cache_write.or_nought(),
            cost: self.cost.0.and_then(|cost| cost.total.0),
        }
    }
}
