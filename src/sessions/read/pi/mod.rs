//! pi's sessions, versions 1 (a list), 2 (a tree) and 3 (other names), and what later ones add.

pub(crate) mod line;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use self::line::{Line, Message, Spent};
use super::content::{Content, value};
use super::entry::{At, Sink, milliseconds, time};
use super::lax::{Count, Parent, Text};
use crate::sessions::model::{Assistant, Kind, Lineage, Link, Model, Stop, ToolCall, ToolResult};

/// What has to be known of earlier lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pi {
    /// Whether the head has come: a later one is none.
    head: bool,
    /// Whether any entry has come: the first one hangs on nothing.
    begun: bool,
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
                head(&line, into);
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
        let hangs = match &line.parent_id {
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
        (into.out)(at.event(id.clone(), hangs, when, kind));
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

fn head(line: &Line<'_>, into: &mut Sink<'_>) {
    let session = &mut *into.session;
    if let Some(id) = line.id.name() {
        session.id = id;
    }
    session.started_at = time(&line.timestamp);
    session.folder = line.cwd.name();
    session.version = Some(line.version.0.unwrap_or(1).to_string());
    let parent = line.parent_session.name().or(line.branched_from.name());
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
        "custom_message" => injected(line.custom_type, line.content, line.details),
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
            images: message.content.images(),
            text: message.content.into_text(),
        },
        "assistant" => Kind::Assistant(Box::new(answer(message))),
        "toolResult" => Kind::ToolResult(Box::new(ToolResult {
            call: message.tool_call_id.owned(),
            tool: message.tool_name.owned_if_filled(),
            is_error: message.is_error.is_set(),
            text: message.content.into_text(),
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
        "custom" | "hookMessage" => injected(message.custom_type, message.content, message.details),
        other => opaque(other),
    }
}

#[allow(clippy::cast_possible_truncation)]
fn whole(number: f64) -> i64 {
    number as i64
}

/// What a message of the assistant says.
pub(crate) fn answer(message: Message<'_>) -> Assistant {
    let calls = message
        .content
        .blocks()
        .iter()
        .filter(|block| block.kind.str() == "toolCall");
    let calls = calls
        .map(|call| ToolCall {
            id: call.id.str().to_owned(),
            tool: call.name.str().to_owned(),
            arguments: value(call.arguments),
        })
        .collect();
    Assistant {
        text: message.content.into_text(),
        calls,
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
        error: message.error.owned_if_filled(),
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
fn injected(name: Text<'_>, content: Content<'_>, details: Option<&RawValue>) -> Kind {
    let mut data = json!({ "text": content.into_text() });
    if let (Some(details), Value::Object(data)) = (details, &mut data) {
        data.insert("details".to_owned(), value(Some(details)));
    }
    Kind::Custom {
        name: name.owned(),
        data,
    }
}
