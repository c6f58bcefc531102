//! The end of the text: what each tool came to, the numbers, and what to type next.

use std::io::{self, Write};

use super::Shown;
use super::style::{FAINT, HEADING, Look, NAME, paint, verdict};
use super::wrap::{columns, padded, wrapped};
use crate::findings::Verdict;
use crate::findings::baseline::FILE_NAME;
use crate::report::findings::document::{Document, Entry, TaskReport, position};
use crate::report::findings::words;
use crate::system::plain::{first_line, plain};

/// So many of what is fixed or stale are named.
const NAMED: usize = 5;

pub(super) fn write(
    out: &mut dyn Write,
    document: &Document,
    look: Look,
    shown: Shown,
) -> io::Result<()> {
    for task in &document.tasks {
        tools(out, document, look, task)?;
    }
    if !document.tasks.is_empty() {
        writeln!(out)?;
    }
    fixed(out, document, look)?;
    stale(out, document, look)?;
    let counts = document.counts();
    let style = verdict(document.verdict());
    writeln!(out, "{}", paint(look, style, words::total(&counts)))?;
    if let Some(incomplete) = words::incomplete(document) {
        let style = verdict(Verdict::NotChecked);
        writeln!(out, "{}", paint(look, style, incomplete))?;
    }
    if let Some(compared) = words::compared(document, &counts) {
        writeln!(out, "{compared}")?;
    }
    for (command, what) in hints(document, shown) {
        let command = paint(look, NAME, command);
        writeln!(out, "{} {command} {what}", paint(look, NAME, "hint:"))?;
    }
    Ok(())
}

/// A task's name, then a line for each tool, with the rest of what there is to say below it.
fn tools(
    out: &mut dyn Write,
    document: &Document,
    look: Look,
    task: &TaskReport,
) -> io::Result<()> {
    let mut heading = paint(look, HEADING, plain(&task.task));
    let mut about = Vec::new();
    if task.commit != document.commit
        && let Some(commit) = &task.commit
    {
        about.push(format!("of commit {}", words::short(commit)));
    }
    if task.dirty {
        about.push("with uncommitted changes".to_owned());
    }
    if !about.is_empty() {
        let about = paint(look, FAINT, about.join(", "));
        heading.push_str(&format!(" {about}"));
    }
    writeln!(out, "{heading}")?;
    if task.tools.is_empty() {
        let text = plain(&task.summary);
        for line in wrapped(&text, 0, look.width.saturating_sub(2)) {
            writeln!(out, "  {line}")?;
        }
    }
    let names: Vec<String> = task.tools.iter().map(words::tool_in_folder).collect();
    let name_width = names.iter().map(|name| columns(name)).max().unwrap_or(0);
    let name_width = name_width.min(look.width / 3);
    let verdicts: Vec<String> = task.tools.iter().map(words::verdict).collect();
    let verdict_width = verdicts.iter().map(|text| columns(text)).max().unwrap_or(0);
    for ((tool, name), word) in task.tools.iter().zip(&names).zip(&verdicts) {
        let left = 2 + columns(name).max(name_width) + 2 + verdict_width + 2;
        write!(
            out,
            "  {}  {}",
            padded(name, name_width),
            paint(look, verdict(tool.verdict), word)
        )?;
        let mut lines = words::remarks(tool);
        if let Some(install) = &tool.install {
            lines.push(format!("install it: {}", plain(install)));
        }
        let indent = left.min(look.width / 2);
        let room = look.width.saturating_sub(indent);
        let mut used = left - indent;
        let mut is_first = true;
        for text in &lines {
            for line in wrapped(text, used, room) {
                if is_first && !line.is_empty() {
                    write!(out, "{:pad$}{line}", "", pad = gap(word, verdict_width))?;
                } else if !line.is_empty() {
                    write!(out, "\n{:indent$}{line}", "")?;
                }
                is_first = false;
                used = 0;
            }
        }
        writeln!(out)?;
    }
    Ok(())
}

/// The blanks between a verdict and what is said about it.
fn gap(word: &str, width: usize) -> usize {
    width.saturating_sub(columns(word)) + 2
}

fn fixed(out: &mut dyn Write, document: &Document, look: Look) -> io::Result<()> {
    let mut fixed: Vec<&Entry> = document.fixed.iter().collect();
    fixed.sort_by(|one, two| Entry::by_severity(one, two));
    for entry in fixed.iter().take(NAMED) {
        let finding = &entry.finding;
        let place = finding.place.as_ref().map(position).unwrap_or_default();
        let text = format!(
            "{} {} {}",
            plain(&place),
            plain(&crate::report::findings::document::label(finding)),
            first_line(&finding.message, 120)
        );
        entry_line(out, look, "fixed", text.trim_start())?;
    }
    rest(out, look, "fixed", fixed.len())
}

fn stale(out: &mut dyn Write, document: &Document, look: Look) -> io::Result<()> {
    for stale in document.stale.iter().take(NAMED) {
        let place = match &stale.place {
            Some(place) => format!("{}: ", plain(place)),
            None => String::new(),
        };
        let text = format!("{place}{}: {}", plain(&stale.what), plain(&stale.why));
        entry_line(out, look, "stale", &text)?;
    }
    rest(out, look, "stale", document.stale.len())
}

fn entry_line(out: &mut dyn Write, look: Look, what: &str, text: &str) -> io::Result<()> {
    let indent = columns(what) + 2;
    let lines = wrapped(text, 0, look.width.saturating_sub(indent));
    for (number, line) in lines.iter().enumerate() {
        if number == 0 {
            writeln!(out, "{} {line}", paint(look, FAINT, format!("{what}:")))?;
        } else {
            writeln!(out, "{:indent$}{line}", "")?;
        }
    }
    Ok(())
}

fn rest(out: &mut dyn Write, look: Look, what: &str, number: usize) -> io::Result<()> {
    match number.checked_sub(NAMED) {
        None | Some(0) => Ok(()),
        Some(more) => entry_line(out, look, what, &format!("and {more} more")),
    }
}

/// What to type next.
fn hints(document: &Document, shown: Shown) -> Vec<(&'static str, String)> {
    let counts = document.counts();
    let mut hints = Vec::new();
    if shown == Shown::New && counts.unchanged > 0 {
        let what = match counts.unchanged {
            1 => "shows the unchanged one too".to_owned(),
            number => format!("shows the {number} unchanged ones too"),
        };
        hints.push(("git tend findings --all", what));
    }
    let is_accepted = |place: &String| place.starts_with(FILE_NAME);
    let mut places = document.stale.iter().filter_map(|it| it.place.as_ref());
    if places.any(is_accepted) {
        hints.push((
            "git tend baseline set",
            "writes a baseline without what is stale".to_owned(),
        ));
    }
    if document.tasks.is_empty() {
        hints.push(("git tend run-all", "looks for findings".to_owned()));
    }
    hints
}
