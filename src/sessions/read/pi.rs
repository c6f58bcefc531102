//! pi's sessions, versions 1 (a list), 2 (a tree) and 3 (other names), and what later ones add.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::content::{Content, value};
use super::entry::{At, Sink, milliseconds, time};
use super::lax::{Count, Flag, Number, Object, Parent, Text};
use crate::sessions::model::{
    Assistant, Kind, Lineage, Link, Model, Stop, ToolCall, ToolResult, Usage,
};

/// What has to be known of earlier lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pi {
    /// Whether the head has come: a later one is none.
    head: bool,
    /// Whether any entry has come: the first one hangs on nothing.
    begun: bool,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Line<'a> {
    #[serde(borrow, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(borrow)]
    parent_id: Parent<'a>,
    #[serde(borrow)]
    timestamp: Text<'a>,
    // The head.
    version: Count,
    #[serde(borrow)]
    cwd: Text<'a>,
    #[serde(borrow)]
    parent_session: Text<'a>,
    #[serde(borrow)]
    branched_from: Text<'a>,
    // Entries.
    #[serde(borrow)]
    message: Object<Message<'a>>,
    #[serde(borrow)]
    provider: Text<'a>,
    #[serde(borrow)]
    model_id: Text<'a>,
    #[serde(borrow)]
    model: Text<'a>,
    #[serde(borrow)]
    summary: Text<'a>,
    tokens_before: Count,
    #[serde(borrow)]
    from_id: Text<'a>,
    #[serde(borrow)]
    custom_type: Text<'a>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    #[serde(borrow)]
    content: Content<'a>,
    #[serde(borrow)]
    details: Option<&'a RawValue>,
    #[serde(borrow)]
    name: Text<'a>,
    usage: Object<Spent>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Message<'a> {
    #[serde(borrow)]
    role: Text<'a>,
    #[serde(borrow)]
    content: Content<'a>,
    timestamp: Count,
    #[serde(borrow)]
    provider: Text<'a>,
    #[serde(borrow)]
    model: Text<'a>,
    usage: Object<Spent>,
    #[serde(borrow)]
    stop_reason: Text<'a>,
    #[serde(borrow)]
    error_message: Text<'a>,
    #[serde(borrow)]
    tool_call_id: Text<'a>,
    #[serde(borrow)]
    tool_name: Text<'a>,
    is_error: Flag,
    #[serde(borrow)]
    command: Text<'a>,
    #[serde(borrow)]
    output: Text<'a>,
    exit_code: Number,
    cancelled: Flag,
    #[serde(borrow)]
    custom_type: Text<'a>,
    #[serde(borrow)]
    details: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Spent {
    input: Count,
    output: Count,
    cache_read: Count,
    cache_write: Count,
    cost: Object<Cost>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Cost {
    total: Number,
}

impl Spent {
    fn usage(self) -> Usage {
        Usage {
            input: self.input.or_nought(),
            output: self.output.or_nought(),
            cache_read: self.cache_read.or_nought(),
            cache_write: self.cache_write.or_nought(),
            cost: self.cost.0.and_then(|cost| cost.total.0),
        }
    }
}

impl Pi {
    /// Reads a line, which is an object.
    pub fn line(&mut self, at: At, line: &[u8], into: &mut Sink<'_>) -> serde_json::Result<()> {
        let mut line: Line<'_> = serde_json::from_slice(line)?;
        if line.kind.str() == "session" {
            if self.head {
                let kind = opaque("session");
                (into.out)(at.event(at.id(), Link::Aside, time(&line.timestamp), kind));
            } else {
                self.head = true;
                head(line, into);
            }
            return Ok(());
        }
        let message = line.message.0.take();
        let when = time(&line.timestamp).or_else(|| {
            milliseconds(
                message
                    .as_ref()
                    .map_or(Count(None), |message| message.timestamp),
            )
        });
        let id = line.id.filled().map_or_else(|| at.id(), str::to_owned);
        let link = match &line.parent_id {
            Parent::Id(parent) => Link::To(parent.clone().into_owned()),
            Parent::Missing if self.begun => Link::Previous,
            Parent::Missing | Parent::Nothing => Link::Root,
        };
        self.begun = true;
        let spent = match line.kind.str() {
            "usage" => None,
            _ => line.usage.0.take(),
        };
        let kind = match message {
            Some(message) if line.kind.str() == "message" => said(message),
            _ => entry(line),
        };
        (into.out)(at.event(id.clone(), link, when, kind));
        if let Some(spent) = spent {
            // A summary's cost: another answer's than that of any message.
            let kind = Kind::Spent {
                model: None,
                usage: spent.usage(),
            };
            (into.out)(at.more(&id, "usage", when, kind));
        }
        Ok(())
    }
}

fn head(line: Line<'_>, into: &mut Sink<'_>) {
    let session = &mut *into.session;
    if let Some(id) = line.id.owned_if_filled() {
        session.id = id;
    }
    session.started_at = time(&line.timestamp);
    session.folder = line.cwd.owned_if_filled();
    session.version = Some(line.version.0.unwrap_or(1).to_string());
    let parent = line
        .parent_session
        .owned_if_filled()
        .or(line.branched_from.owned_if_filled());
    session.parent = parent.map(Lineage::ForkOfFile);
}

fn opaque(name: &str) -> Kind {
    Kind::Opaque {
        name: name.to_owned(),
    }
}

/// An entry that is no message.
fn entry(line: Line<'_>) -> Kind {
    match line.kind.str() {
        "compaction" => Kind::Compaction {
            summary: line.summary.owned(),
            tokens_before: line.tokens_before.0,
        },
        "branch_summary" => Kind::BranchSummary {
            from: line.from_id.owned_if_filled(),
            summary: line.summary.owned(),
        },
        "model_change" => Kind::ModelChange(Model {
            provider: line.provider.owned(),
            name: line.model_id.owned(),
        }),
        "session_info" => Kind::Name {
            name: line.name.owned(),
        },
        "custom" => Kind::Custom {
            name: line.custom_type.owned(),
            data: value(line.data),
        },
        "custom_message" => injected(line.custom_type, &line.content, line.details),
        "usage" => Kind::Spent {
            model: model(line.provider, line.model),
            usage: line.usage.0.map(Spent::usage).unwrap_or_default(),
        },
        other => opaque(other),
    }
}

fn said(message: Message<'_>) -> Kind {
    match message.role.str() {
        "user" => Kind::User {
            text: message.content.text(),
            images: message.content.images(),
        },
        "assistant" => Kind::Assistant(Box::new(answer(message))),
        "toolResult" => Kind::ToolResult(Box::new(ToolResult {
            call: message.tool_call_id.owned(),
            tool: message.tool_name.owned_if_filled(),
            text: message.content.text(),
            is_error: message.is_error.is_set(),
        })),
        "bashExecution" => Kind::Shell {
            command: message.command.owned(),
            output: message.output.owned(),
            exit_code: message
                .exit_code
                .0
                .filter(|_| !message.cancelled.is_set())
                .map(whole),
        },
        // Version 2 calls it hookMessage.
        "custom" | "hookMessage" => {
            injected(message.custom_type, &message.content, message.details)
        }
        other => opaque(other),
    }
}

#[allow(clippy::cast_possible_truncation)]
fn whole(number: f64) -> i64 {
    number as i64
}

fn answer(message: Message<'_>) -> Assistant {
    let calls = message
        .content
        .blocks()
        .iter()
        .filter(|block| block.kind.str() == "toolCall");
    Assistant {
        text: message.content.text(),
        calls: calls
            .map(|call| ToolCall {
                id: call.id.str().to_owned(),
                tool: call.name.str().to_owned(),
                arguments: value(call.arguments),
            })
            .collect(),
        model: model(message.provider, message.model),
        usage: message.usage.0.map(Spent::usage),
        stop: match message.stop_reason.str() {
            "stop" => Some(Stop::Done),
            "length" => Some(Stop::Length),
            "toolUse" => Some(Stop::ToolUse),
            "error" => Some(Stop::Error),
            "aborted" => Some(Stop::Aborted),
            _ => None,
        },
        error: message.error_message.owned_if_filled(),
        request: None,
    }
}

fn model(provider: Text<'_>, name: Text<'_>) -> Option<Model> {
    Some(Model {
        provider: provider.owned(),
        name: name.owned_if_filled()?,
    })
}

/// What an extension says in the conversation. Its pictures are left out.
fn injected(name: Text<'_>, content: &Content<'_>, details: Option<&RawValue>) -> Kind {
    let mut data = json!({ "text": content.text() });
    if let (Some(details), Value::Object(data)) = (details, &mut data) {
        data.insert("details".to_owned(), value(Some(details)));
    }
    Kind::Custom {
        name: name.owned(),
        data,
    }
}
