//! A step as people read it.

use super::shape::{Parameter, Piece, Shape, Simple, Word};

/// A step in one line, with parameters by their names: `git push origin <branch>`. It is for reading, not for a shell.
pub fn describe(shape: &Shape, parameters: &[Parameter]) -> String {
    match shape {
        Shape::Pipeline(commands) => commands
            .iter()
            .map(|command| simple(command, parameters))
            .collect::<Vec<_>>()
            .join(" | "),
        Shape::Script(code) => {
            let mut lines = code.lines();
            let first = lines.next().unwrap_or_default().trim_end();
            if lines.next().is_some() {
                format!("{first} …")
            } else {
                first.to_owned()
            }
        }
    }
}

fn simple(command: &Simple, parameters: &[Parameter]) -> String {
    let mut parts: Vec<String> = command
        .words
        .iter()
        .map(|part| word(part, parameters))
        .collect();
    for redirect in &command.redirects {
        let fd = redirect.fd.map(|fd| fd.to_string()).unwrap_or_default();
        let space = if redirect.operator.ends_with('&') {
            ""
        } else {
            " "
        };
        let target = word(&redirect.target, parameters);
        parts.push(format!("{fd}{}{space}{target}", redirect.operator));
    }
    parts.join(" ")
}

fn word(word: &Word, parameters: &[Parameter]) -> String {
    let mut shown = String::new();
    let mut quoted = word.0.is_empty();
    for piece in &word.0 {
        match piece {
            Piece::Text(text) => {
                quoted |= text.is_empty() && word.0.len() == 1
                    || text.contains(|c: char| {
                        c.is_whitespace() || c.is_control() || "'\"<>|&;()*?$`\\#".contains(c)
                    });
                shown.extend(text.chars().map(|c| if c.is_control() { ' ' } else { c }));
            }
            Piece::Slot(slot) => match parameters.get(*slot) {
                Some(parameter) => shown.push_str(&format!("<{}>", parameter.name)),
                None => shown.push_str("<…>"),
            },
            Piece::Code(code) => {
                shown.extend(code.chars().map(|c| if c.is_control() { ' ' } else { c }));
            }
        }
    }
    if quoted && !word.0.iter().any(|piece| matches!(piece, Piece::Code(_))) {
        format!("'{}'", shown.replace('\'', "'\\''"))
    } else {
        shown
    }
}
