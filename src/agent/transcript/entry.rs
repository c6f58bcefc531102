//! One entry of a session, as far as it may be shown.

use jiff::Timestamp;
use serde_json::Value;

use super::text::{Text, indented};
use crate::sessions::redact::{harmless, harmless_line, redact_value};
use crate::sessions::{Assistant, Event, Kind, Model, ToolResult};

/// Of what somebody said, so many characters are kept.
const WORDS: usize = 32_000;
/// Of a tool's arguments, so many.
const ARGUMENTS: usize = 2000;
/// What tools printed is shortened to these, one after another, until there is room: in characters.
pub const OUTPUTS: [usize; 4] = [8000, 2000, 500, 100];
/// Of a name, so many characters.
const NAME: usize = 100;
/// An answer that calls more tools is shown with so many.
const CALLS: usize = 200;

/// One entry of a session without secrets, and bounded: what is longer is kept without its middle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Which it is in its segment, from 1.
    pub number: u64,
    /// Its id in the session, on one line.
    pub id: String,
    at: Option<Timestamp>,
    who: String,
    pieces: Vec<Piece>,
    pub(super) turn: Turn,
}

/// What an entry is in the conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// The user's, or a summary: what comes next belongs to it.
    Asks,
    /// An answer, or the part of one that has this name.
    Answers(Option<String>),
    /// Something that belongs to what was before.
    Follows,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Piece {
    label: String,
    text: Text,
    /// What a tool printed is shortened first.
    is_output: bool,
}

impl Piece {
    fn words(label: &str, text: &str, most: usize) -> Self {
        Self {
            label: label.to_owned(),
            text: Text::whole(harmless(text)).shortened(most),
            is_output: false,
        }
    }

    fn output(text: &str) -> Self {
        Self {
            is_output: true,
            ..Self::words("", text, OUTPUTS[0])
        }
    }
}

impl Entry {
    /// What can be shown of an event; none if there is nothing to show, as of labels and of a sub-agent's own entries.
    pub fn of(event: &Event, number: u64) -> Option<Self> {
        if event.sidechain {
            return None;
        }
        let (who, turn, pieces) = shown(&event.kind)?;
        Some(Self {
            number,
            id: harmless_line(&event.id, NAME),
            at: event.at,
            who,
            pieces,
            turn,
        })
    }

    /// How many characters are kept of it, without its head.
    pub(super) fn characters(&self) -> usize {
        let of = |piece: &Piece| piece.label.chars().count() + piece.text.characters();
        self.pieces.iter().map(of).sum::<usize>() + NAME
    }

    /// Shortens every text of it.
    pub(super) fn shorten(&mut self, most: usize) {
        for piece in &mut self.pieces {
            piece.text = piece.text.shortened(most);
        }
    }

    /// As it is shown, with at most so many characters of what a tool printed, and not more than `most` in all: lines, the
    /// last of which ends.
    pub(super) fn shown(&self, output: usize, most: usize) -> String {
        let at = self.at.map_or_else(String::new, |at| format!(" {at}"));
        let head = format!("[{}] {}{at} id={}\n", self.number, self.who, self.id);
        self.fitted(&head, output, most)
    }

    /// The same for one that was shown before.
    pub(super) fn repeated(&self, most: usize) -> String {
        let head = format!("({}) {}, from the part before\n", self.number, self.who);
        self.fitted(&head, OUTPUTS[OUTPUTS.len() - 1], most)
    }

    fn fitted(&self, head: &str, output: usize, most: usize) -> String {
        let room = most.saturating_sub(head.chars().count());
        let fits = |body: &String| body.chars().count() <= room;
        let mut body = indented(&self.body(output, usize::MAX));
        // What says how much is left out takes room, too.
        let mut share = room.saturating_sub(48);
        while !fits(&body) && share >= 100 {
            body = indented(&self.body(output, share));
            share = share / 4 * 3;
        }
        // So many pieces that even short they are too much.
        let mut share = room;
        while !fits(&body) && share > 0 {
            share /= 2;
            body = indented(
                &Text::whole(self.body(output, 100))
                    .shortened(share)
                    .to_string(),
            );
        }
        if !fits(&body) {
            body.clear();
        }
        format!("{head}{body}")
    }

    fn body(&self, output: usize, most: usize) -> String {
        let mut body = String::new();
        for piece in &self.pieces {
            let most = if piece.is_output {
                most.min(output)
            } else {
                most
            };
            let text = piece.text.shortened(most).to_string();
            if !body.is_empty() {
                body.push('\n');
            }
            body.push_str(&piece.label);
            body.push_str(&text);
        }
        body
    }
}

fn shown(kind: &Kind) -> Option<(String, Turn, Vec<Piece>)> {
    let words = |text: &str| vec![Piece::words("", text, WORDS)];
    Some(match kind {
        Kind::User { text, images } => {
            let who = match images {
                0 => "user".to_owned(),
                1 => "user, with a picture".to_owned(),
                more => format!("user, with {more} pictures"),
            };
            (who, Turn::Asks, words(text))
        }
        Kind::Assistant(answer) => (
            with_model("assistant", answer.model.as_ref()),
            Turn::Answers(answer.request.clone()),
            of_answer(answer),
        ),
        Kind::ToolResult(result) => (of_tool(result), Turn::Follows, {
            vec![Piece::output(&result.text)]
        }),
        Kind::Shell {
            command,
            output,
            exit_code,
        } => {
            let code =
                exit_code.map_or_else(|| "stopped".to_owned(), |code| format!("exit {code}"));
            let command = Piece::words("$ ", command, ARGUMENTS);
            let pieces = vec![command, Piece::output(output)];
            (format!("user's own command, {code}"), Turn::Asks, pieces)
        }
        Kind::Compaction { summary, .. } => {
            let who = "summary that took the place of what was before".to_owned();
            (who, Turn::Asks, words(summary))
        }
        Kind::BranchSummary { summary, .. } => {
            let who = "summary of a branch that was left".to_owned();
            (who, Turn::Asks, words(summary))
        }
        Kind::RolledBack { turns } => {
            let who = format!("the user took back {turns} turns");
            (who, Turn::Follows, Vec::new())
        }
        Kind::ModelChange(model) => {
            let who = with_model("another model from here on:", Some(model));
            (who, Turn::Follows, Vec::new())
        }
        Kind::Name { name } => {
            let name = vec![Piece::words("", name, ARGUMENTS)];
            ("name of the session".to_owned(), Turn::Follows, name)
        }
        Kind::Custom { name, data } => {
            let who = format!("note of an extension: {}", harmless_line(name, NAME));
            let data = vec![Piece::words("", &json(data), ARGUMENTS)];
            (who, Turn::Follows, data)
        }
        Kind::Spent { .. } | Kind::Opaque { .. } => return None,
    })
}

fn of_answer(answer: &Assistant) -> Vec<Piece> {
    let mut pieces = Vec::new();
    if !answer.text.trim().is_empty() {
        pieces.push(Piece::words("", &answer.text, WORDS));
    }
    for call in answer.calls.iter().take(CALLS) {
        let label = format!("calls {}: ", harmless_line(&call.tool, NAME));
        pieces.push(Piece::words(&label, &json(&call.arguments), ARGUMENTS));
    }
    if let Some(more) = answer.calls.len().checked_sub(CALLS + 1) {
        pieces.push(Piece::words(
            "",
            &format!("… {} calls left out …", more + 1),
            NAME,
        ));
    }
    if let Some(error) = &answer.error {
        pieces.push(Piece::words(
            "the call of the model failed: ",
            error,
            ARGUMENTS,
        ));
    }
    pieces
}

fn of_tool(result: &ToolResult) -> String {
    let tool = result.tool.as_deref().unwrap_or("a tool");
    let failed = if result.is_error { " (failed)" } else { "" };
    format!("result of {}{failed}", harmless_line(tool, NAME))
}

fn with_model(who: &str, model: Option<&Model>) -> String {
    match model {
        None => who.to_owned(),
        Some(model) if model.provider.is_empty() => {
            format!("{who} {}", harmless_line(&model.name, NAME))
        }
        Some(model) => {
            let name = format!("{}/{}", model.provider, model.name);
            format!("{who} {}", harmless_line(&name, NAME))
        }
    }
}

/// What names in it say of values is known before it is a text.
fn json(value: &Value) -> String {
    let mut value = value.clone();
    redact_value(&mut value);
    match value {
        Value::Null => String::new(),
        Value::String(text) => text,
        value => value.to_string(),
    }
}
