//! Source lines with carets below them.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::style::Look;
use crate::findings::{Level as FindingLevel, Place, Severity};
use crate::report::findings::excerpt::Excerpt;
use crate::system::plain::steers;

/// Lines of a finding beyond this are not shown.
const MOST_LINES: usize = 6;

/// Lines shown before and behind those of the finding.
const CONTEXT: usize = 2;

/// A line with more characters is shown around the finding only.
const LONG: usize = 400;

/// Lines with carets, and the columns before their text.
pub(super) struct Rendered {
    pub(super) lines: Vec<String>,
    /// Where the bar between number and text is.
    pub(super) margin: usize,
}

/// The lines around a place with carets below what the place spans. Nothing without a column, or if the excerpt does not
/// have the place.
pub(super) fn of(
    look: Look,
    severity: Severity,
    place: &Place,
    excerpt: &Excerpt,
) -> Option<Rendered> {
    let cut = Cut::of(place, excerpt)?;
    let level = match severity.level() {
        FindingLevel::Error => Level::ERROR,
        FindingLevel::Warning => Level::WARNING,
        FindingLevel::Note => Level::NOTE,
    };
    let renderer = if look.colour {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let snippet = Snippet::source(&cut.text)
        .line_start(cut.first_line)
        .fold(false)
        .annotation(AnnotationKind::Primary.span(cut.span.clone()));
    let text = renderer
        .term_width(look.width.saturating_sub(8))
        .render(&[Group::with_level(level).element(snippet)]);
    let last = cut.first_line + cut.text.split('\n').count().saturating_sub(1);
    Some(Rendered {
        lines: text.lines().map(str::to_owned).collect(),
        margin: last.to_string().len() + 1,
    })
}

/// What is shown of an excerpt.
struct Cut {
    first_line: usize,
    text: String,
    /// In bytes of the text.
    span: Range<usize>,
}

impl Cut {
    fn of(place: &Place, excerpt: &Excerpt) -> Option<Self> {
        let column = usize::try_from(place.column?).ok()?.checked_sub(1)?;
        let number = usize::try_from(place.line?).ok()?;
        let before = number.checked_sub(usize::try_from(excerpt.first_line).ok()?)?;
        let skipped = before.saturating_sub(CONTEXT);
        let mut lines: Vec<&str> = excerpt
            .text
            .split('\n')
            .map(|line| line.strip_suffix('\r').unwrap_or(line))
            .skip(skipped)
            .take(before - skipped + MOST_LINES + CONTEXT)
            .collect();
        let mut at = before - skipped;
        let end = end_of(place, at, &lines);
        let last = end.map_or(at, |(end_at, _)| end_at);
        lines.truncate(last + 1 + CONTEXT);
        let is_blank = |line: Option<&&str>| line.is_some_and(|line| line.trim().is_empty());
        while lines.len() > last + 1 && is_blank(lines.last()) {
            lines.pop();
        }
        let mut end = end;
        while at > 0 && is_blank(lines.first()) {
            lines.remove(0);
            at -= 1;
            end = end.map(|(end_at, column)| (end_at - 1, column));
        }
        let line = *lines.get(at)?;
        let first_line = number.checked_sub(at)?;
        if lines.iter().any(|line| line.chars().nth(LONG).is_some()) {
            let end = end.filter(|(end_at, _)| *end_at == at).map(|(_, end)| end);
            return Some(Self::window(first_line + at, line, column, end));
        }
        let mut text = String::new();
        let mut starts = Vec::with_capacity(lines.len());
        for line in &lines {
            starts.push(text.len());
            text.extend(line.chars().map(shown));
            text.push('\n');
        }
        text.pop();
        let byte = |at: usize, column: usize| {
            let start = *starts.get(at)?;
            let end = starts.get(at + 1).map_or(text.len(), |next| next - 1);
            let line = text.get(start..end)?;
            let offset = line.char_indices().map(|(byte, _)| byte).nth(column);
            Some(start + offset.unwrap_or(line.len()))
        };
        let start = byte(at, column)?;
        let end = match end {
            Some((end_at, end)) => byte(end_at, end)?,
            None => start,
        };
        Some(Self {
            first_line,
            span: start..end.max(start),
            text,
        })
    }

    /// A long line around a column.
    fn window(number: usize, line: &str, column: usize, end: Option<usize>) -> Self {
        let skipped = column.saturating_sub(LONG / 4);
        let mut text = String::new();
        if skipped > 0 {
            text.push('…');
        }
        let (mut start, mut stop) = (None, None);
        let mut rest = line.chars().enumerate().skip(skipped);
        for (at, c) in rest.by_ref().take(LONG / 2) {
            if at == column {
                start = Some(text.len());
            }
            if Some(at) == end {
                stop = Some(text.len());
            }
            text.push(shown(c));
        }
        let behind = text.len();
        if rest.next().is_some() {
            text.push('…');
        }
        let start = start.unwrap_or(behind);
        let stop = match end {
            Some(_) => stop.unwrap_or(behind),
            None => start,
        };
        Self {
            first_line: number,
            span: start..stop.max(start),
            text,
        }
    }
}

/// The line among `lines` and the column, from 0, behind the place's last character; the first line's end where it spans
/// more lines than are shown.
fn end_of(place: &Place, at: usize, lines: &[&str]) -> Option<(usize, usize)> {
    let (first, last) = (place.line?, place.end_line.unwrap_or(place.line?));
    let column = usize::try_from(place.end_column?).ok()?.checked_sub(1)?;
    let end_at = at + usize::try_from(last.checked_sub(first)?).ok()?;
    if end_at < lines.len() && end_at < at + MOST_LINES {
        Some((end_at, column))
    } else {
        Some((at, lines.get(at)?.chars().count()))
    }
}

/// A character of the source as it is shown. annotate-snippets replaces some of those that steer by others as wide; the
/// others are replaced here, character by character, so that columns stay what they are.
fn shown(c: char) -> char {
    if c != '\t' && steers(c) {
        char::REPLACEMENT_CHARACTER
    } else {
        c
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(place: [Option<u32>; 4], text: &str) -> Option<String> {
        let [line, column, end_line, end_column] = place;
        let place = Place {
            path: String::new(),
            line,
            column,
            end_line,
            end_column,
        };
        let look = Look {
            colour: false,
            width: 60,
        };
        let excerpt = Excerpt {
            first_line: 1,
            text: text.to_owned(),
        };
        let rendered = of(look, Severity::High, &place, &excerpt)?;
        Some(rendered.lines.join("\n"))
    }

    #[test]
    fn carets_are_below_what_they_are_about() {
        let place = [Some(2), Some(3), None, Some(5)];
        let text = "\n\t日x\u{1b}y\r\n";
        let expected = "  |\n2 |     日x�y\n  |       ^^";
        assert_eq!(rendered(place, text).as_deref(), Some(expected));
    }

    #[test]
    fn a_place_of_several_lines_has_them_all() {
        let place = [Some(1), Some(1), Some(2), Some(2)];
        let expected = "  |\n1 | / if x {\n2 | | }\n  | |_^";
        assert_eq!(rendered(place, "if x {\n}").as_deref(), Some(expected));
    }

    #[test]
    fn a_long_line_is_shown_around_its_place() {
        let place = [Some(1), Some(600_001), None, Some(600_004)];
        let text = format!("{}bad{}", "a".repeat(600_000), "b".repeat(600_000));
        let shown = rendered(place, &text).unwrap_or_default();
        assert!(shown.lines().all(|line| line.len() <= 60), "{shown}");
        assert!(shown.contains("abadb") && shown.contains("^^^"), "{shown}");
    }

    #[test]
    fn nothing_is_shown_of_a_place_that_is_not_there() {
        for place in [
            [None, Some(1), None, None],
            [Some(1), None, None, None],
            [Some(1), Some(0), None, None],
            [Some(9), Some(1), None, None],
            [Some(0), Some(1), None, None],
        ] {
            assert_eq!(rendered(place, "x\ny"), None, "{place:?}");
        }
    }
}
