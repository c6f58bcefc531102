#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod bytes;
mod files;
mod formats;
mod real;

use std::io::Cursor;
use std::path::Path;

use super::{Identity, Progress, Reader};
use crate::sessions::model::{Agent, Event, Kind, Link, Usage};

/// A file in memory: its size and the time of its last change follow what is done to it.
#[derive(Default)]
struct Memory {
    bytes: Vec<u8>,
    identity: Identity,
}

impl Memory {
    fn of(bytes: &[u8]) -> Self {
        let mut memory = Self::default();
        memory.append(bytes);
        memory
    }

    fn append(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        self.touched();
    }

    fn touched(&mut self) {
        self.identity.size = self.bytes.len() as u64;
        self.identity.modified_ns += 1;
    }

    fn read(&self, reader: &mut Reader) -> (Vec<Event>, Progress) {
        let mut events = Vec::new();
        let mut source = Cursor::new(&self.bytes);
        let progress = reader
            .read(&mut source, self.identity, &mut |event| events.push(event))
            .unwrap();
        assert_eq!(progress.events, events.len() as u64);
        (events, progress)
    }
}

/// What stands in a file of this agent, and what is known afterwards.
fn read(agent: Agent, bytes: &[u8]) -> (Vec<Event>, Reader) {
    let mut reader = Reader::new(Path::new("x.jsonl"), Some(agent));
    let (events, _) = Memory::of(bytes).read(&mut reader);
    (events, reader)
}

/// The events that are no [`Kind::Opaque`], each in a few words. `^` stands before what does not hang on the entry before
/// it, `~` before what is beside the tree, `>` before what is of a sub-agent.
fn told(events: &[Event]) -> Vec<String> {
    let mut leaf = None;
    let mut lines = Vec::new();
    for event in events {
        let mark = match &event.link {
            _ if event.sidechain => "> ",
            Link::Aside => "~ ",
            Link::Root if leaf.is_some() => "^ ",
            Link::To(parent) if leaf != Some(parent) => "^ ",
            Link::To(_) | Link::Root | Link::Previous => "",
        };
        if event.link != Link::Aside {
            leaf = Some(&event.id);
        }
        if !matches!(event.kind, Kind::Opaque { .. }) {
            lines.push(format!("{mark}{}", words(&event.kind)));
        }
    }
    lines
}

fn words(kind: &Kind) -> String {
    match kind {
        Kind::User { text, images: 0 } => format!("user: {text}"),
        Kind::User { text, images } => format!("user: {text} ({images} images)"),
        Kind::Assistant(answer) => {
            let mut line = format!("assistant: {}", answer.text);
            for call in &answer.calls {
                line += &format!(" [{} {}]", call.tool, call.arguments);
            }
            if let Some(stop) = answer.stop {
                line += &format!(" {stop:?}");
            }
            if let Some(error) = &answer.error {
                line += &format!(" error: {error}");
            }
            answer.usage.iter().for_each(|usage| line += &spent(usage));
            line
        }
        Kind::ToolResult(result) => {
            let tool = result.tool.as_deref().unwrap_or("?");
            let mark = if result.is_error { "!" } else { "" };
            format!(
                "{tool}{mark}: {}",
                result.text.lines().last().unwrap_or_default()
            )
        }
        Kind::Shell {
            command,
            output,
            exit_code,
        } => format!("shell: {command} -> {output} {exit_code:?}"),
        Kind::Compaction {
            summary,
            tokens_before,
        } => {
            format!(
                "compaction: {tokens_before:?} {}",
                summary.lines().next().unwrap_or_default()
            )
        }
        Kind::BranchSummary { summary, .. } => format!("branch: {summary}"),
        Kind::RolledBack { turns } => format!("back: {turns}"),
        Kind::ModelChange(model) => format!("model: {}/{}", model.provider, model.name),
        Kind::Name { name } => format!("name: {name}"),
        Kind::Custom { name, data } => format!("custom {name}: {data}"),
        Kind::Spent { usage, .. } => format!("spent{}", spent(usage)),
        Kind::Opaque { name } => format!("({name})"),
    }
}

fn spent(usage: &Usage) -> String {
    let Usage {
        input,
        output,
        cache_read,
        cache_write,
        cost,
    } = usage;
    let cost = cost.map(|cost| format!(" ${cost}")).unwrap_or_default();
    format!(" {input}+{cache_read}+{cache_write}>{output}{cost}")
}

/// A fixture of real sessions.
fn fixture(path: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/sessions");
    std::fs::read(folder.join(path)).unwrap()
}
