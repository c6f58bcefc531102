//! Claude Code's sessions. There is no published schema; what is here follows files that real clients wrote.

mod line;
mod words;

use serde::{Deserialize, Serialize};

use self::line::{Line, Message};
use self::words::Words;
use super::content::{Block, Content, value};
use super::entry::{At, Sink, time};
use super::lax::Parent;
use super::memo::{Calls, Recent};
use super::place::is_uuid;
use crate::sessions::model::{
    Assistant, Event, Kind, Lineage, Link, Model, Session, Stop, ToolCall, ToolResult, Usage,
};

/// Stands for the model where Claude Code speaks itself.
const SYNTHETIC: &str = "<synthetic>";

/// What has to be known of earlier lines.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClaudeCode {
    /// Whether a line of the conversation has come: what it says of the session holds for all.
    begun: bool,
    /// The tools whose answers are awaited.
    calls: Calls,
    /// What was counted for the answers seen last, by their ids.
    counted: Recent<Usage>,
    /// The entries seen last.
    entries: Recent<()>,
    /// An entry that the next one may complete: a compaction without its summary, a command without its output.
    held: Option<Box<Event>>,
}

impl ClaudeCode {
    /// Reads a line, which is an object.
    pub fn line(&mut self, at: At, line: &[u8], into: &mut Sink<'_>) -> serde_json::Result<()> {
        let line: Line<'_> = serde_json::from_slice(line)?;
        self.head(&line, into.session);
        let when = time(&line.timestamp);
        let Some(id) = line.uuid.filled() else {
            let kind = self.beside(&line);
            (into.out)(at.event(at.id(), Link::Aside, when, kind));
            return Ok(());
        };
        let id = id.to_owned();
        self.entries.put(&id, ());
        let sub_agent = matches!(into.session.parent, Some(Lineage::SubAgentOf(_)));
        let mut event = at.event(
            id,
            link(&line),
            when,
            Kind::Opaque {
                name: String::new(),
            },
        );
        event.sidechain = line.is_sidechain.is_set() && !sub_agent;
        self.entry(at, line, event, into.out);
        Ok(())
    }

    /// What a line says of its session.
    fn head(&mut self, line: &Line<'_>, session: &mut Session) {
        if let (false, Some(id)) = (self.begun, line.session_id.filled()) {
            if let (true, Some(agent)) = (line.is_sidechain.is_set(), line.agent_id.filled()) {
                session.id = format!("{id}/{agent}");
                session.parent = Some(Lineage::SubAgentOf(id.to_owned()));
            } else if !is_uuid(&session.id) && line.uuid.filled().is_some() {
                // The file has a name of someone's own.
                id.clone_into(&mut session.id);
            }
        }
        self.begun |= line.uuid.filled().is_some();
        if session.started_at.is_none() {
            session.started_at = time(&line.timestamp);
        }
        let fill = |field: &mut Option<String>, value: Option<&str>| {
            if field.is_none() {
                *field = value.map(str::to_owned);
            }
        };
        fill(&mut session.folder, line.cwd.filled());
        fill(&mut session.version, line.version.filled());
        // What is checked out in a detached worktree is no branch.
        fill(
            &mut session.branch,
            line.git_branch.filled().filter(|branch| *branch != "HEAD"),
        );
    }

    /// A line that is no part of the conversation.
    fn beside(&mut self, line: &Line<'_>) -> Kind {
        let named = match line.kind.str() {
            // A file may begin with names of other sessions; one's own is of an entry of the file.
            "summary" => line
                .summary
                .filled()
                .filter(|_| self.entries.get_mut(line.leaf_uuid.str()).is_some()),
            "custom-title" => line.custom_title.filled(),
            "ai-title" => line.ai_title.filled(),
            _ => None,
        };
        named.map_or_else(
            || opaque(line.kind.str()),
            |name| Kind::Name {
                name: name.to_owned(),
            },
        )
    }

    fn entry(&mut self, at: At, line: Line<'_>, mut event: Event, out: &mut dyn FnMut(Event)) {
        let kind = line.kind.str();
        let words = match kind {
            "user" if !line.is_compact_summary.is_set() => Some(Words::of(&line.message.content)),
            _ => None,
        };
        if let Some(mut held) = self.held.take() {
            let completed = match (&mut held.kind, &words) {
                (Kind::Compaction { summary, .. }, None) if line.is_compact_summary.is_set() => {
                    *summary = line.message.content.text();
                    Some("compact_summary")
                }
                (Kind::Shell { output, .. }, Some(Words::Printed(printed))) => {
                    printed.clone_into(output);
                    Some("shell_output")
                }
                _ => None,
            };
            out(*held);
            if let Some(name) = completed {
                event.kind = opaque(name);
                return out(event);
            }
        }
        match (kind, words) {
            ("user", _) if line.is_compact_summary.is_set() => {
                event.kind = Kind::Compaction {
                    summary: line.message.content.text(),
                    tokens_before: None,
                };
                out(event);
            }
            ("user", _) if line.is_meta.is_set() => {
                event.kind = opaque("meta");
                out(event);
            }
            ("user", Some(words)) => self.user(at, words, &line.message.content, event, out),
            ("assistant", _) => {
                let model = line.message.model.str();
                event.kind = if model == SYNTHETIC && !line.is_api_error_message.is_set() {
                    opaque("synthetic")
                } else {
                    Kind::Assistant(Box::new(self.answer(line)))
                };
                out(event);
            }
            ("system", _) if line.subtype.str() == "compact_boundary" => {
                event.kind = Kind::Compaction {
                    summary: String::new(),
                    tokens_before: line.compact_metadata.0.and_then(|of| of.pre_tokens.0),
                };
                self.held = Some(Box::new(event));
            }
            ("system", _) => {
                event.kind = opaque(line.subtype.filled().unwrap_or(kind));
                out(event);
            }
            _ => {
                event.kind = opaque(kind);
                out(event);
            }
        }
    }

    /// A line of the user's side: words, or what tools answered, or both.
    fn user(
        &mut self,
        at: At,
        words: Words,
        content: &Content<'_>,
        mut event: Event,
        out: &mut dyn FnMut(Event),
    ) {
        let mut results = content
            .blocks()
            .iter()
            .filter(|block| block.kind.str() == "tool_result");
        let said = match words {
            Words::Said(text) => Kind::User {
                text,
                images: content.images(),
            },
            Words::Command(command) => Kind::Shell {
                command,
                output: String::new(),
                exit_code: None,
            },
            Words::Interrupted => Kind::Assistant(Box::new(Assistant {
                stop: Some(Stop::Aborted),
                ..Assistant::default()
            })),
            Words::Printed(_) => opaque("shell_output"),
            Words::None if content.images() > 0 => Kind::User {
                text: String::new(),
                images: content.images(),
            },
            Words::None => opaque("context"),
        };
        let Some(first) = results.next() else {
            event.kind = said;
            if matches!(event.kind, Kind::Shell { .. }) {
                self.held = Some(Box::new(event));
            } else {
                out(event);
            }
            return;
        };
        let (id, when, sidechain) = (event.id.clone(), event.at, event.sidechain);
        event.kind = self.result(first);
        out(event);
        let more = results.map(|block| self.result(block)).collect::<Vec<_>>();
        let said = (!matches!(said, Kind::Opaque { .. })).then_some(said);
        for (number, kind) in more.into_iter().chain(said).enumerate() {
            let mut event = at.more(&id, &(number + 2).to_string(), when, kind);
            event.sidechain = sidechain;
            out(event);
        }
    }

    fn result(&mut self, block: &Block<'_>) -> Kind {
        let call = block.tool_use_id.str();
        Kind::ToolResult(Box::new(ToolResult {
            call: call.to_owned(),
            tool: self.calls.answered(call),
            text: block.content.text(),
            is_error: block.is_error.is_set(),
        }))
    }

    fn answer(&mut self, line: Line<'_>) -> Assistant {
        let usage = self.usage(&line);
        let message = line.message;
        let text = message.content.text();
        let mut calls = Vec::new();
        for block in message.content.blocks() {
            if matches!(block.kind.str(), "tool_use" | "server_tool_use") {
                self.calls.called(block.id.str(), block.name.str());
                calls.push(ToolCall {
                    id: block.id.str().to_owned(),
                    tool: block.name.str().to_owned(),
                    arguments: value(block.input),
                });
            }
        }
        let failed = line.is_api_error_message.is_set();
        Assistant {
            calls,
            usage,
            stop: if failed {
                Some(Stop::Error)
            } else {
                stop(message.stop_reason.str())
            },
            error: failed.then(|| text.clone()),
            text: if failed { String::new() } else { text },
            request: line
                .request_id
                .owned_if_filled()
                .or(message.id.owned_if_filled()),
            model: message
                .model
                .owned_if_filled()
                .filter(|name| name != SYNTHETIC)
                .map(|name| Model {
                    provider: "anthropic".to_owned(),
                    name,
                }),
        }
    }

    /// What this line adds to what was counted for its answer: each of an answer's lines tells all of it, or, while it
    /// was being written, what there was of it.
    fn usage(&mut self, line: &Line<'_>) -> Option<Usage> {
        let Message {
            id, model, usage, ..
        } = &line.message;
        let told = usage.0.as_ref().filter(|_| model.str() != SYNTHETIC)?;
        let told = Usage {
            input: told.input_tokens.or_nought(),
            output: told.output_tokens.or_nought(),
            cache_read: told.cache_read_input_tokens.or_nought(),
            cache_write: told.cache_creation_input_tokens.or_nought(),
            cost: line.cost_usd.0,
        };
        // Copies of answers in forks tell nothing but noughts.
        if told == Usage::default() {
            return None;
        }
        let Some(key) = id.filled().or(line.request_id.filled()) else {
            return Some(told);
        };
        let Some(counted) = self.counted.get_mut(key) else {
            self.counted.put(key, told);
            return Some(told);
        };
        let more = |told: u64, counted: &mut u64| {
            let more = told.saturating_sub(*counted);
            *counted += more;
            more
        };
        let more = Usage {
            input: more(told.input, &mut counted.input),
            output: more(told.output, &mut counted.output),
            cache_read: more(told.cache_read, &mut counted.cache_read),
            cache_write: more(told.cache_write, &mut counted.cache_write),
            cost: None,
        };
        (more != Usage::default()).then_some(more)
    }
}

fn opaque(name: &str) -> Kind {
    Kind::Opaque {
        name: name.to_owned(),
    }
}

/// What an entry hangs on. A compaction begins a new tree in the file, and says what it came after.
fn link(line: &Line<'_>) -> Link {
    match (&line.parent_uuid, line.logical_parent_uuid.filled()) {
        (Parent::Id(parent), _) => Link::To(parent.clone().into_owned()),
        (_, Some(parent)) => Link::To(parent.to_owned()),
        _ => Link::Root,
    }
}

fn stop(reason: &str) -> Option<Stop> {
    match reason {
        "end_turn" | "stop_sequence" => Some(Stop::Done),
        "max_tokens" | "model_context_window_exceeded" => Some(Stop::Length),
        "tool_use" => Some(Stop::ToolUse),
        "refusal" => Some(Stop::Error),
        _ => None,
    }
}

/// Whether a line with these fields is one of Claude Code's.
pub fn is_line(kind: &str, in_session: bool) -> bool {
    const ALONE: [&str; 5] = [
        "summary",
        "file-history-snapshot",
        "queue-operation",
        "custom-title",
        "ai-title",
    ];
    ALONE.contains(&kind) || in_session && !kind.is_empty()
}
