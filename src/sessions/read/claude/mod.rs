//! Claude Code's sessions. There is no published schema; what is here follows files that real clients wrote.

mod answer;
mod line;
mod words;

use serde::{Deserialize, Serialize};

use self::answer::Answers;
use self::line::Line;
use self::words::Words;
use super::content::{Block, Content};
use super::entry::{At, Sink, time};
use super::lax::{Parent, Text};
use super::memo::{Calls, Recent};
use super::place::is_uuid;
use crate::sessions::model::{Assistant, Event, Kind, Lineage, Link, Session, Stop, ToolResult};
use crate::sessions::redact::redact;

/// What has to be known of earlier lines.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClaudeCode {
    /// Whether a line of the conversation has come: what it says of the session holds for all.
    begun: bool,
    /// The tools whose answers are awaited.
    calls: Calls,
    answers: Answers,
    /// The entries seen last.
    entries: Recent<(), 32>,
    /// The ids of entries that were copied from another session, by the ids of the copies.
    copies: Recent<String, 32>,
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
        self.entries.put(id, ());
        let id = self.original(id, &line, into.session);
        let hangs = match link(&line) {
            Link::To(parent) => Link::To(self.copies.get_mut(&parent).cloned().unwrap_or(parent)),
            other => other,
        };
        let sub_agent = matches!(into.session.parent, Some(Lineage::SubAgentOf(_)));
        let mut event = at.event(
            id,
            hangs,
            when,
            Kind::Opaque {
                name: String::new(),
            },
        );
        event.sidechain = line.is_sidechain.is_set() && !sub_agent;
        self.entry(at, line, event, into.out);
        Ok(())
    }

    /// The id of the entry: a copy has that of what it is a copy of, as in forks of other agents.
    fn original(&mut self, id: &str, line: &Line<'_>, session: &mut Session) -> String {
        let Some(from) = &line.forked_from.0 else {
            return id.to_owned();
        };
        if let (None, Some(parent)) = (&session.parent, from.session_id.name()) {
            session.parent = Some(Lineage::ForkOf(parent));
        }
        match from.message_uuid.name() {
            Some(original) => {
                self.copies.put(id, original.clone());
                original
            }
            None => id.to_owned(),
        }
    }

    /// What a line says of its session.
    fn head(&mut self, line: &Line<'_>, session: &mut Session) {
        let of_conversation = line.uuid.filled().is_some();
        // A file of someone's own name is a session's too; that of a sub-agent has the agent's name.
        if !self.begun
            && of_conversation
            && !is_uuid(&session.id)
            && let Some(id) = line.session_id.name()
        {
            match line.agent_id.name().filter(|_| line.is_sidechain.is_set()) {
                Some(agent) => {
                    session.id = format!("{id}/{agent}");
                    session.parent = Some(Lineage::SubAgentOf(id));
                }
                None => session.id = id,
            }
        }
        self.begun |= of_conversation;
        if session.started_at.is_none() {
            session.started_at = time(&line.timestamp);
        }
        let fill = |field: &mut Option<String>, text: &Text<'_>| {
            if field.is_none() {
                *field = text.name();
            }
        };
        fill(&mut session.folder, &line.cwd);
        fill(&mut session.version, &line.version);
        // "HEAD" is told where no branch is checked out.
        if session.branch.is_none() && line.git_branch.str() != "HEAD" {
            session.branch = line
                .git_branch
                .name()
                .map(|name| redact(&name).into_owned());
        }
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
        let summary = kind == "user" && line.is_compact_summary.is_set();
        let words = match kind {
            "user" if !summary => Words::of(&line.message.content),
            _ => Words::None,
        };
        if let Some(mut held) = self.held.take() {
            let completed = match &mut held.kind {
                Kind::Compaction { summary: of, .. } if summary => {
                    *of = line.message.content.into_text();
                    out(*held);
                    event.kind = opaque("compact_summary");
                    return out(event);
                }
                Kind::Shell {
                    output, exit_code, ..
                } => words.printed().map(|(printed, code)| {
                    printed.clone_into(output);
                    *exit_code = code;
                }),
                _ => None,
            };
            out(*held);
            if completed.is_some() {
                event.kind = opaque("shell_output");
                return out(event);
            }
        }
        event.kind = match kind {
            "user" if summary => Kind::Compaction {
                summary: line.message.content.into_text(),
                tokens_before: None,
            },
            "user" if line.is_meta.is_set() => opaque("meta"),
            "user" => return self.user(at, words, line.message.content, event, out),
            "assistant" if answer::is_made_up(&line) => opaque("synthetic"),
            "assistant" => self.answers.answer(&mut self.calls, line),
            "system" if line.subtype.str() == "compact_boundary" => {
                event.kind = Kind::Compaction {
                    summary: String::new(),
                    tokens_before: line.compact_metadata.0.and_then(|of| of.pre_tokens.0),
                };
                self.held = Some(Box::new(event));
                return;
            }
            "system" => opaque(line.subtype.filled().unwrap_or(kind)),
            _ => opaque(kind),
        };
        out(event);
    }

    /// A line of the user's side: words, or what tools answered, or both.
    fn user(
        &mut self,
        at: At,
        words: Words,
        content: Content<'_>,
        mut event: Event,
        out: &mut dyn FnMut(Event),
    ) {
        let said = said(words, content.images());
        let blocks = match content {
            Content::Blocks(blocks) => blocks,
            Content::Missing | Content::Text(_) => Vec::new(),
        };
        let results = blocks
            .into_iter()
            .filter(|block| block.kind.str() == "tool_result");
        let mut results = results.map(|block| self.result(block));
        let Some(first) = results.next() else {
            event.kind = said.unwrap_or_else(|| opaque("context"));
            if matches!(event.kind, Kind::Shell { .. }) {
                self.held = Some(Box::new(event));
            } else {
                out(event);
            }
            return;
        };
        let (id, when, sidechain) = (event.id.clone(), event.at, event.sidechain);
        event.kind = first;
        out(event);
        for (number, kind) in results.chain(said).enumerate() {
            let mut event = at.more(&id, &(number + 2).to_string(), when, kind);
            event.sidechain = sidechain;
            out(event);
        }
    }

    fn result(&mut self, block: Block<'_>) -> Kind {
        let call = block.tool_use_id.owned();
        Kind::ToolResult(Box::new(ToolResult {
            tool: self.calls.answered(&call),
            call,
            is_error: block.is_error.is_set(),
            text: block.content.into_text(),
        }))
    }
}

/// What the user said or did, if anything.
fn said(words: Words, images: u32) -> Option<Kind> {
    match words {
        Words::Said(text) => Some(Kind::User { text, images }),
        Words::Command(command) => Some(Kind::Shell {
            command,
            output: String::new(),
            exit_code: None,
        }),
        Words::Interrupted => Some(Kind::Assistant(Box::new(Assistant {
            stop: Some(Stop::Aborted),
            ..Assistant::default()
        }))),
        Words::None | Words::Printed(..) => (images > 0).then_some(Kind::User {
            text: String::new(),
            images,
        }),
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
