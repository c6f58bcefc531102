//! A step as code of a shell.

use std::collections::BTreeSet;

use super::command::{assignment, assignments, is_descriptor};
use super::quote::{shell, shell_always};
use crate::optimize::recipe::{Piece, Redirect, Shape, Simple, Word};

/// A part of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Code.
    Code(String),
    /// The value of the parameter with this number, as it is.
    Value(usize),
}

/// Code that is put together of texts and values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Parts(pub Vec<Part>);

impl Parts {
    /// Adds code.
    pub(super) fn code(&mut self, code: &str) {
        match self.0.last_mut() {
            _ if code.is_empty() => {}
            Some(Part::Code(last)) => last.push_str(code),
            _ => self.0.push(Part::Code(code.to_owned())),
        }
    }

    /// Adds what another one has.
    pub(super) fn append(&mut self, other: Self) {
        for part in other.0 {
            match part {
                Part::Code(code) => self.code(&code),
                Part::Value(_) => self.0.push(part),
            }
        }
    }

    /// The parameters that are used, each once.
    pub(super) fn slots(&self) -> BTreeSet<usize> {
        let values = self.0.iter().filter_map(|part| match part {
            Part::Value(slot) => Some(*slot),
            Part::Code(_) => None,
        });
        values.collect()
    }

    /// As one text.
    pub(super) fn text(&self, value: impl Fn(usize) -> String) -> String {
        self.0
            .iter()
            .map(|part| match part {
                Part::Code(code) => code.clone(),
                Part::Value(slot) => value(*slot),
            })
            .collect()
    }
}

/// Words that begin or end something where a command's name is expected.
const RESERVED: [&str; 15] = [
    "if", "then", "else", "elif", "fi", "do", "done", "case", "esac", "while", "until", "for",
    "in", "function", "select",
];

/// A step.
pub(super) fn step(step: &Shape) -> Parts {
    match step {
        Shape::Script(code) => Parts(vec![Part::Code(code.trim_end().to_owned())]),
        Shape::Pipeline(commands) => pipeline(commands),
    }
}

/// Commands, each of which reads what the one before writes.
pub(super) fn pipeline(commands: &[Simple]) -> Parts {
    let mut parts = Parts::default();
    for (index, command) in commands.iter().enumerate() {
        if index > 0 {
            parts.code(" | ");
        }
        parts.append(simple(command));
    }
    parts
}

fn simple(command: &Simple) -> Parts {
    let mut parts = Parts::default();
    let assigned = assignments(command);
    for (index, it) in command.words.iter().enumerate() {
        if index > 0 {
            parts.code(" ");
        }
        match (assignment(it), it.0.as_slice()) {
            (Some(length), [Piece::Text(text), rest @ ..]) if index < assigned => {
                let (name, value) = text.split_at_checked(length).unwrap_or((text, ""));
                parts.code(name);
                let mut value = vec![Piece::Text(value.to_owned())];
                value.extend_from_slice(rest);
                parts.append(pieces(&value));
            }
            (_, [Piece::Text(text)]) if index == assigned && RESERVED.contains(&text.as_str()) => {
                parts.code(&shell_always(text));
            }
            _ => parts.append(word(it)),
        }
    }
    for (index, it) in command.redirects.iter().enumerate() {
        if index > 0 || !command.words.is_empty() {
            parts.code(" ");
        }
        parts.append(redirect(it));
    }
    parts
}

fn redirect(redirect: &Redirect) -> Parts {
    let mut parts = Parts::default();
    if let Some(fd) = redirect.fd {
        parts.code(&fd.to_string());
    }
    parts.code(&redirect.operator);
    let duplicates = matches!(redirect.operator.as_str(), ">&" | "<&");
    if !(duplicates && is_descriptor(&redirect.target)) {
        parts.code(" ");
    }
    parts.append(word(&redirect.target));
    parts
}

/// A word.
pub(super) fn word(word: &Word) -> Parts {
    if word
        .0
        .iter()
        .all(|piece| matches!(piece, Piece::Text(text) if text.is_empty()))
    {
        return Parts(vec![Part::Code("''".to_owned())]);
    }
    pieces(&word.0)
}

fn pieces(pieces: &[Piece]) -> Parts {
    let mut parts = Parts::default();
    let mut behind_code = false;
    for piece in pieces {
        match piece {
            Piece::Text(text) if text.is_empty() => continue,
            // `$a` before `b` would be `$ab`; but `~` before a quoted `/` would be a name.
            Piece::Text(text) if behind_code => match text.strip_prefix('/') {
                Some("") => parts.code("/"),
                Some(rest) => parts.code(&format!("/{}", shell(rest))),
                None => parts.code(&shell_always(text)),
            },
            Piece::Text(text) => parts.code(&shell(text)),
            Piece::Slot(slot) => parts.0.push(Part::Value(*slot)),
            Piece::Code(code) => parts.code(code),
        }
        behind_code = matches!(piece, Piece::Code(_));
    }
    parts
}
