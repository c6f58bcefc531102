//! One finding: on a line, or with its source.

use std::io::{self, Write};

use super::snippet;
use super::style::{FAINT, Look, NAME, NEW, paint, severity};
use super::wrap::{columns, padded, wrapped};
use crate::report::findings::document::{Document, Entry, State, label, position, told};
use crate::report::findings::excerpt::Sources;
use crate::report::findings::words::CHARACTERS;
use crate::system::plain::{first_line, lines, plain};

/// So many lines of a message are shown.
const LINES: usize = 12;

/// What is said of an entry besides its severity.
fn mark(entry: &Entry, is_compared: bool) -> Option<&'static str> {
    match entry.state {
        _ if !entry.is_open() => Some("suppressed"),
        State::New if is_compared => Some("new"),
        _ => None,
    }
}

/// `path:line:column: severity tool[rule] message (new)`. Not cut at the terminal's width: what reads it may be a program.
pub(super) fn line(document: &Document, look: Look, entry: &Entry) -> String {
    let finding = &entry.finding;
    let place = finding.place.as_ref().map(position);
    let mut text = match &place {
        Some(place) => format!("{}: ", paint(look, NAME, plain(place))),
        None => String::new(),
    };
    text.push_str(&format!(
        "{} {} {}",
        paint(look, severity(finding.severity), finding.severity),
        plain(&label(finding)),
        first_line(&told(finding), CHARACTERS),
    ));
    if let Some(mark) = mark(entry, document.base.is_some()) {
        let style = if entry.is_open() { NEW } else { FAINT };
        text.push_str(&format!(" {}", paint(look, style, format!("({mark})"))));
    }
    text
}

/// The finding below its file's name.
pub(super) fn full(
    out: &mut dyn Write,
    look: Look,
    sources: &Sources<'_>,
    entry: &Entry,
    is_compared: bool,
) -> io::Result<()> {
    let finding = &entry.finding;
    let style = severity(finding.severity);
    let name = label(finding);
    let name = plain(&name);
    let position = entry.finding.place.as_ref().and_then(|place| {
        let line = place.line?;
        Some(match place.column {
            Some(column) => format!("{line}:{column}"),
            None => line.to_string(),
        })
    });
    let position = padded(&position.unwrap_or_default(), 7);
    let word = finding.severity.name();
    write!(
        out,
        "  {} {} {}",
        paint(look, FAINT, &position),
        paint(look, style, word),
        paint(look, NAME, &name)
    )?;
    let mut used = 2 + columns(&position) + 1 + columns(word) + 1 + columns(&name);
    if let Some(mark) = mark(entry, is_compared) {
        let style = if entry.is_open() { NEW } else { FAINT };
        write!(out, " {}", paint(look, style, mark))?;
        used += 1 + columns(mark);
    }
    let told = told(finding);
    let mut message = lines(&told);
    let indent = 10;
    let room = look.width.saturating_sub(indent);
    let first = message.next().unwrap_or_default();
    if !first.is_empty() {
        let mut parts = wrapped(&first, (used + 1).saturating_sub(indent), room).into_iter();
        match parts.next() {
            Some(part) if !part.is_empty() => write!(out, " {part}")?,
            _ => {}
        }
        for part in parts {
            write!(out, "\n{:indent$}{part}", "")?;
        }
    }
    writeln!(out)?;
    let mut shown = 1;
    for line in message.by_ref().take(LINES - 1) {
        for part in wrapped(&line, 0, room) {
            let indent = if part.is_empty() { 0 } else { indent };
            writeln!(out, "{:indent$}{part}", "")?;
        }
        shown += 1;
    }
    let more = if shown == LINES { message.count() } else { 0 };
    if more > 0 {
        let more = paint(look, FAINT, format!("… {more} more lines"));
        writeln!(out, "{:indent$}{more}", "")?;
    }
    let mut margin = 10;
    if let Some(place) = &finding.place
        && let Some(excerpt) = sources.of(finding)
        && let Some(snippet) = snippet::of(look, finding.severity, place, &excerpt)
    {
        margin = snippet.margin + 8;
        for line in snippet.lines {
            writeln!(out, "        {line}")?;
        }
    }
    if let Some(suppressed) = &entry.suppressed {
        let text = match suppressed.reason.as_str() {
            "" => format!("suppressed by {}", suppressed.by),
            reason => format!("suppressed by {}: {reason}", suppressed.by),
        };
        remark(out, look, margin, &text)?;
    }
    if let Some(fix) = &finding.fix {
        remark(out, look, margin, fix)?;
    }
    if let Some(url) = &finding.url {
        // Left whole, for those who click or copy it.
        writeln!(
            out,
            "{:margin$}{} {}",
            "",
            paint(look, FAINT, "="),
            plain(url)
        )?;
    }
    Ok(())
}

/// ` = text`, as compilers write what belongs to the lines above.
fn remark(out: &mut dyn Write, look: Look, margin: usize, text: &str) -> io::Result<()> {
    let sign = paint(look, FAINT, "=");
    let room = look.width.saturating_sub(margin + 2);
    for (number, line) in lines(text).take(LINES).enumerate() {
        for (part_number, part) in wrapped(&line, 0, room).into_iter().enumerate() {
            let sign = if number + part_number == 0 {
                &sign
            } else {
                " "
            };
            writeln!(out, "{:margin$}{sign} {part}", "")?;
        }
    }
    Ok(())
}
