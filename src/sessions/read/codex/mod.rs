//! Codex CLI's sessions ("rollouts"): linear, without ids of entries.
//!
//! Messages and calls are taken from `response_item`, which every version writes; the `event_msg` that say the same for a
//! user interface are kept as [`Kind::Opaque`], and so count once.

mod line;
mod totals;
mod words;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use self::line::{Line, Payload};
use self::totals::Totals;
use super::content::{value, value_of};
use super::entry::{At, Sink, time};
use super::memo::Calls;
use crate::sessions::model::{
    Assistant, Kind, Lineage, Link, Model, Session, Stop, ToolCall, ToolResult,
};
use crate::sessions::redact::redact;

/// What has to be known of earlier lines.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Codex {
    /// Whether the head has come.
    head: bool,
    /// Whether any entry has come: the first one hangs on nothing.
    begun: bool,
    provider: String,
    model: Option<Model>,
    calls: Calls,
    totals: Totals,
}

impl Codex {
    /// Reads a line, which is an object.
    pub fn line(&mut self, at: At, bytes: &[u8], into: &mut Sink<'_>) -> serde_json::Result<()> {
        let line: Line<'_> = serde_json::from_slice(bytes)?;
        let when = time(&line.timestamp);
        let kind = match (line.kind.str(), line.payload.0) {
            ("session_meta", Some(meta)) => {
                self.meta(at, meta, when, into);
                return Ok(());
            }
            // Before the summer of 2025, what a line carries stood in it bare.
            ("", None) if !self.head => {
                let meta: Payload<'_> = serde_json::from_slice(bytes)?;
                self.meta(at, meta, when, into);
                return Ok(());
            }
            ("turn_context", Some(context)) => self.context(&context),
            ("compacted", Some(compacted)) => Kind::Compaction {
                summary: compacted.message.owned(),
                tokens_before: self.totals.context,
            },
            ("response_item", Some(item)) => {
                let summary = line
                    .metadata
                    .0
                    .is_some_and(|of| of.compaction_output.is_set());
                if summary {
                    opaque("compaction_output")
                } else {
                    self.item(at, item)
                }
            }
            ("event_msg", Some(event)) => self.told(event, when),
            ("message" | "reasoning", None) => self.item(at, serde_json::from_slice(bytes)?),
            (kind, None) if kind.ends_with("_call") || kind.ends_with("_output") => {
                self.item(at, serde_json::from_slice(bytes)?)
            }
            (kind, _) => opaque(kind),
        };
        let hangs = if self.begun {
            Link::Previous
        } else {
            Link::Root
        };
        self.begun = true;
        (into.out)(at.event(at.id(), hangs, when, kind));
        Ok(())
    }

    fn meta(&mut self, at: At, meta: Payload<'_>, when: Option<Timestamp>, into: &mut Sink<'_>) {
        if self.head {
            if meta.id.filled().is_some_and(|id| id != into.session.id) {
                self.totals.copied(when);
            }
            let kind = opaque("session_meta");
            return (into.out)(at.event(at.id(), Link::Aside, when, kind));
        }
        self.head = true;
        self.provider = head(meta, when, into.session);
    }

    /// The model of a turn, if it is another one than before.
    fn context(&mut self, context: &Payload<'_>) -> Kind {
        let model = context.model.name().map(|name| Model {
            provider: self.provider.clone(),
            name,
        });
        match model {
            Some(model) if self.model.as_ref() != Some(&model) => {
                self.model = Some(model.clone());
                Kind::ModelChange(model)
            }
            _ => opaque("turn_context"),
        }
    }

    /// What the model was told or said.
    fn item(&mut self, at: At, item: Payload<'_>) -> Kind {
        match item.kind.str() {
            "message" => match item.role.str() {
                "assistant" => self.answer(Assistant {
                    text: item.content.into_text(),
                    ..Assistant::default()
                }),
                "user" => words::user(&item).unwrap_or_else(|| opaque("context")),
                other => opaque(other),
            },
            kind if kind.ends_with("_call") => {
                let call = call(at, item);
                self.calls.called(&call.id, &call.tool);
                self.answer(Assistant {
                    calls: vec![call],
                    stop: Some(Stop::ToolUse),
                    ..Assistant::default()
                })
            }
            kind if kind.ends_with("_call_output") => {
                let (text, is_error) = words::answer(item.output);
                let tool = self.calls.answered(item.call_id.str());
                Kind::ToolResult(Box::new(ToolResult {
                    call: item.call_id.owned(),
                    tool: tool.or(item.name.owned_if_filled()),
                    text,
                    is_error,
                }))
            }
            other => opaque(other),
        }
    }

    fn answer(&self, answer: Assistant) -> Kind {
        Kind::Assistant(Box::new(Assistant {
            model: self.model.clone(),
            ..answer
        }))
    }

    /// What a user interface was told, where that stands nowhere else.
    fn told(&mut self, event: Payload<'_>, when: Option<Timestamp>) -> Kind {
        match event.kind.str() {
            "token_count" => match event.info.0.and_then(|info| self.totals.spent(info, when)) {
                Some(usage) => Kind::Spent {
                    model: self.model.clone(),
                    usage,
                },
                None => opaque("token_count"),
            },
            "thread_rolled_back" => Kind::RolledBack {
                turns: event.num_turns.or_nought(),
            },
            "turn_aborted" => self.answer(Assistant {
                stop: Some(Stop::Aborted),
                ..Assistant::default()
            }),
            "error" => self.answer(Assistant {
                stop: Some(Stop::Error),
                error: Some(event.message.owned()),
                ..Assistant::default()
            }),
            "thread_name_updated" => Kind::Name {
                name: event.thread_name.owned(),
            },
            other => opaque(other),
        }
    }
}

fn opaque(name: &str) -> Kind {
    Kind::Opaque {
        name: name.to_owned(),
    }
}

/// Takes what the head says of the session; gives the provider of its models, empty if unknown.
fn head(meta: Payload<'_>, when: Option<Timestamp>, session: &mut Session) -> String {
    let started_by = meta.source.0.and_then(|source| source.subagent.0);
    let started_by = started_by.and_then(|of| of.thread_spawn.0);
    let started_by = started_by.and_then(|of| of.parent_thread_id.name());
    let started_by = started_by.or(meta.parent_thread_id.name());
    let forked_from = meta.forked_from_id.name();
    session.parent = started_by
        .map(Lineage::SubAgentOf)
        .or(forked_from.map(Lineage::ForkOf));
    if let Some(id) = meta.id.name() {
        session.id = id;
    }
    session.started_at = time(&meta.timestamp).or(when);
    session.folder = meta.cwd.name();
    session.version = meta.cli_version.name();
    if let Some(git) = meta.git.0 {
        session.branch = git.branch.name().map(|name| redact(&name).into_owned());
        session.commit = git.commit_hash.name();
    }
    meta.model_provider.name().unwrap_or_default()
}

/// A call of a tool. The arguments of a function are JSON in a string, those of a custom tool any text.
fn call(at: At, item: Payload<'_>) -> ToolCall {
    let kind = item.kind.str();
    let tool = item
        .name
        .filled()
        .or(kind.strip_suffix("_call"))
        .unwrap_or(kind)
        .to_owned();
    let arguments = match (item.arguments.0, item.input.0) {
        (Some(arguments), _) => value_of(&arguments),
        (None, Some(input)) => Value::String(input.into_owned()),
        (None, None) => value(item.action),
    };
    let id = item.call_id.owned_if_filled().or(item.id.owned_if_filled());
    ToolCall {
        id: id.unwrap_or_else(|| at.id()),
        tool,
        arguments,
    }
}

/// Whether a line with these fields is one of Codex'.
pub fn is_line(kind: &str, has_payload: bool, has_instructions: bool) -> bool {
    match kind {
        "session_meta" | "response_item" | "event_msg" | "turn_context" | "compacted" => {
            has_payload
        }
        "" => has_instructions,
        _ => false,
    }
}
