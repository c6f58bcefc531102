//! A letter as text.

use super::letter::{Entry, Letter};

/// The text of a mail.
pub(super) fn text(letter: &Letter) -> String {
    let mut text = String::new();
    match letter.only() {
        Some(only) => alone(&mut text, only),
        None => {
            line(&mut text, &letter.title);
            for group in &letter.groups {
                let heading = group.severity.name().to_uppercase();
                text.push('\n');
                line(&mut text, &heading);
                line(&mut text, &"=".repeat(heading.len()));
                for entry in &group.entries {
                    text.push('\n');
                    among_others(&mut text, entry);
                }
            }
            if let Some(more) = &letter.more {
                text.push('\n');
                line(&mut text, more);
            }
        }
    }
    // What mail programs know as the beginning of a signature, and show in grey or not at all.
    line(&mut text, "\n-- ");
    line(&mut text, &format!("git-tend on {}", letter.from));
    text
}

fn alone(text: &mut String, entry: &Entry) {
    line(text, &entry.title);
    if !entry.lines.is_empty() {
        text.push('\n');
        for said in entry.lines.iter().chain(&entry.cut) {
            line(text, said);
        }
    }
    text.push('\n');
    let width = entry.facts.iter().map(|(name, _)| name.len()).max();
    let width = width.unwrap_or_default() + 2;
    for (name, value) in &entry.facts {
        line(text, &format!("{name:width$}{value}"));
    }
}

fn among_others(text: &mut String, entry: &Entry) {
    line(text, &format!("* {}", entry.title));
    for said in entry.lines.iter().chain(&entry.cut) {
        line(text, &format!("    {said}"));
    }
    line(text, &format!("  {}", in_a_row(entry)));
}

/// What it is about, in one line: `docs · website · 2026-11-21 02:00:00 +01:00`.
pub(super) fn in_a_row(entry: &Entry) -> String {
    let values = entry.facts.iter().map(|(name, value)| match *name {
        "Job" => format!("job {value}"),
        _ => value.clone(),
    });
    values.collect::<Vec<_>>().join(" · ")
}

fn line(text: &mut String, line: &str) {
    // A line that is only blanks but the signature's mark is an empty one.
    text.push_str(if line == "\n-- " {
        line
    } else {
        line.trim_end()
    });
    text.push('\n');
}
