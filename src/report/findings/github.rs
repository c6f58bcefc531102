//! Workflow commands of GitHub Actions: findings as annotations in the files of a pull request.
//!
//! GitHub shows at most 10 errors, 10 warnings and 10 notices of a step (and 50 of a job) and drops the rest without a
//! word. So the most important come first, and the last notice says how many there are in all.

use std::borrow::Cow;
use std::io::{self, BufWriter, Write};

use super::document::{Document, Entry, State, label, position, told};
use super::words;
use crate::findings::{Finding, Level, Place, ToolReport, Verdict};
use crate::system::plain::{plain, shortened};

/// So many annotations of a level are shown of a step.
pub const SHOWN_OF_A_LEVEL: usize = 10;

/// More of a message is not read in an annotation.
const MOST_CHARACTERS: usize = 2_000;

/// Which findings become annotations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Those too that the base has, after the new ones.
    pub unchanged: bool,
}

/// Writes a command on each line: tools that failed or did not look, then findings, then a notice with the numbers.
pub fn write(out: &mut dyn Write, document: &Document, options: Options) -> io::Result<()> {
    let mut out = BufWriter::new(out);
    let mut room = Room::default();
    let mut left_out = 0_usize;
    let incomplete = [
        (Verdict::ToolError, Level::Error, "failed"),
        (Verdict::NotChecked, Level::Warning, "not checked"),
    ];
    for (verdict, level, title) in incomplete {
        let tools = document.tasks.iter().flat_map(|task| &task.tools);
        let lines: Vec<String> = tools
            .filter(|tool| tool.verdict == verdict)
            .map(tool_line)
            .collect();
        if !lines.is_empty() && room.take(level) {
            command(&mut out, level, None, title, &lines.join("\n"))?;
        }
    }
    let wanted =
        |entry: &Entry| entry.is_open() && (options.unchanged || entry.state != State::Unchanged);
    for entry in document.ordered(wanted, Entry::new_first) {
        let finding = &entry.finding;
        let level = finding.severity.level();
        if room.take(level) {
            command(
                &mut out,
                level,
                finding.place.as_ref(),
                &label(finding),
                &message(finding),
            )?;
        } else {
            left_out += 1;
        }
    }
    let counts = document.counts();
    let mut summary = words::total(&counts);
    if let Some(compared) = words::compared(document, &counts) {
        summary.push_str(&format!("\n{compared}"));
    }
    if let Some(incomplete) = words::incomplete(document) {
        summary.push_str(&format!("\n{incomplete}"));
    }
    if left_out > 0 {
        summary.push_str(&format!("\n{left_out} more without an annotation"));
    }
    command(&mut out, Level::Note, None, "git-tend", &summary)?;
    out.flush()
}

/// How many annotations of each level there is room for; a notice is kept for the numbers.
struct Room {
    errors: usize,
    warnings: usize,
    notices: usize,
}

impl Default for Room {
    fn default() -> Self {
        Self {
            errors: SHOWN_OF_A_LEVEL,
            warnings: SHOWN_OF_A_LEVEL,
            notices: SHOWN_OF_A_LEVEL - 1,
        }
    }
}

impl Room {
    fn take(&mut self, level: Level) -> bool {
        let room = match level {
            Level::Error => &mut self.errors,
            Level::Warning => &mut self.warnings,
            Level::Note => &mut self.notices,
        };
        let is_free = *room > 0;
        *room = room.saturating_sub(1);
        is_free
    }
}

/// The place is repeated in the message: logs do not show the properties.
fn message(finding: &Finding) -> String {
    let mut text = String::new();
    if let Some(place) = &finding.place {
        text.push_str(&position(place));
        text.push_str(": ");
    }
    text.push_str(&shortened(&told(finding), MOST_CHARACTERS));
    for more in [&finding.fix, &finding.url].into_iter().flatten() {
        text.push('\n');
        text.push_str(&shortened(more, MOST_CHARACTERS));
    }
    text
}

fn tool_line(tool: &ToolReport) -> String {
    let mut line = words::tool_in_folder(tool);
    for (index, remark) in words::remarks(tool).iter().enumerate() {
        line.push_str(if index == 0 { ": " } else { "; " });
        line.push_str(remark);
    }
    if let Some(install) = &tool.install {
        line.push_str(&format!(" (install it: {install})"));
    }
    line
}

/// `::level file=…,line=…::message`. Columns are given where both are of one line, as GitHub wants them: its last column
/// is that of the last character.
fn command(
    out: &mut dyn Write,
    level: Level,
    place: Option<&Place>,
    title: &str,
    message: &str,
) -> io::Result<()> {
    let name = match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "notice",
    };
    write!(out, "::{name} title={}", property(title))?;
    if let Some(place) = place {
        write!(out, ",file={}", property(&place.path))?;
        if let Some(line) = place.line {
            let end_line = place.end_line.filter(|end| *end >= line);
            write!(out, ",line={line},endLine={}", end_line.unwrap_or(line))?;
            if end_line.is_none_or(|end| end == line)
                && let Some(column) = place.column
            {
                let last = place.end_column.map_or(column, |end| end.saturating_sub(1));
                write!(out, ",col={column},endColumn={}", last.max(column))?;
            }
        }
    }
    writeln!(out, "::{}", data(message))
}

/// A message as a command carries it: over several lines, each of them plain.
fn data(text: &str) -> String {
    let lines: Vec<Cow<'_, str>> = text.trim_end().split('\n').map(spaced).collect();
    lines
        .join("\n")
        .replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn spaced(line: &str) -> Cow<'_, str> {
    let line = line.trim_end_matches('\r');
    if line.contains('\t') {
        Cow::Owned(plain(&line.replace('\t', "    ")).into_owned())
    } else {
        plain(line)
    }
}

/// A property's value. What would steer a terminal is made visible, but for a path's newlines, which GitHub can carry.
fn property(text: &str) -> String {
    let lines: Vec<Cow<'_, str>> = text.split('\n').map(plain).collect();
    lines
        .join("\n")
        .replace('%', "%25")
        .replace('\n', "%0A")
        .replace(':', "%3A")
        .replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn values_are_escaped_as_the_runner_undoes_it() {
        let place = Place {
            path: "a,b:c%\n.py".to_owned(),
            line: Some(3),
            column: Some(5),
            end_line: Some(3),
            end_column: Some(9),
        };
        let mut out = Vec::new();
        command(
            &mut out,
            Level::Error,
            Some(&place),
            "t[r]: x, y",
            "50%\r\n::warning::no\u{1b}[1m",
        )
        .unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "::error title=t[r]%3A x%2C y,file=a%2Cb%3Ac%25%0A.py,line=3,endLine=3,col=5,endColumn=8::50%25%0A::warning::no\\u{1b}[1m\n"
        );
    }
}
