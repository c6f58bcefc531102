//! What is read of lines.
#![allow(clippy::unwrap_used, clippy::panic)]

mod argv;
mod folders;
mod golden;
mod keys;
mod nature;

use std::fmt::Write as _;

use super::{Reader, Typed};
use crate::optimize::recipe::{Piece, Shape, Simple, Word};

fn read(text: &str) -> Vec<Typed> {
    Reader::new().unwrap().read(text, Some("/repo"))
}

fn one(text: &str) -> Typed {
    let mut found = read(text);
    assert_eq!(found.len(), 1, "{text}: {found:?}");
    found.remove(0)
}

fn key(text: &str) -> String {
    one(text).step.key.clone()
}

/// The line of a shell for a shape with these values.
fn render(shape: &Shape, values: &[String]) -> String {
    match shape {
        Shape::Script(code) => code.clone(),
        Shape::Pipeline(commands) => commands
            .iter()
            .map(|command| simple(command, values))
            .collect::<Vec<_>>()
            .join(" | "),
    }
}

fn simple(command: &Simple, values: &[String]) -> String {
    let mut line = String::new();
    for part in &command.words {
        write!(line, "{} ", word(part, values)).unwrap();
    }
    for redirect in &command.redirects {
        let fd = redirect.fd.map(|fd| fd.to_string()).unwrap_or_default();
        let target = word(&redirect.target, values);
        write!(line, " {fd}{}{target} ", redirect.operator).unwrap();
    }
    line
}

fn word(word: &Word, values: &[String]) -> String {
    word.0
        .iter()
        .map(|piece| match piece {
            Piece::Text(text) => quoted(text),
            Piece::Slot(slot) => quoted(&values[*slot]),
            Piece::Code(code) => code.clone(),
        })
        .collect()
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}
