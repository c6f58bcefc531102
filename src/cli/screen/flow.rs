//! Lines that go on below where they would be too wide.

use super::text::{Text, beginning, columns};
use crate::cli::ui::Role;

/// Parts side by side with ` · ` between them, in as many lines as it takes; those that follow are indented.
pub fn flow(parts: impl IntoIterator<Item = Text>, width: usize, indent: usize) -> Vec<Text> {
    const BETWEEN: &str = " · ";
    let indent = indent.min(width / 4);
    let mut lines: Vec<Text> = Vec::new();
    for part in parts.into_iter().filter(|part| !part.is_empty()) {
        let here = match lines.as_slice() {
            [] | [_] => width,
            _ => width.saturating_sub(indent),
        };
        match lines.last_mut() {
            Some(line) if line.columns() + columns(BETWEEN) + part.columns() <= here => {
                *line = std::mem::take(line).and(BETWEEN).then(part);
            }
            None if part.columns() <= width => lines.push(part),
            _ => lines.extend(part.broken(width.saturating_sub(indent))),
        }
    }
    for line in lines.iter_mut().skip(1) {
        *line = Text::new(" ".repeat(indent)).then(std::mem::take(line));
    }
    lines
}

/// Text broken at blanks into lines of at most `width` columns; longer words are broken where they must be.
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let gap = usize::from(!line.is_empty());
        if columns(&line) + gap + columns(word) <= width {
            if gap == 1 {
                line.push(' ');
            }
            line.push_str(word);
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        let mut rest = word;
        while columns(rest) > width {
            let part = beginning(rest, width);
            // A character wider than the whole line has no place in it.
            let at = if part.is_empty() {
                rest.chars().next().map_or(rest.len(), char::len_utf8)
            } else {
                lines.push(part.to_owned());
                part.len()
            };
            rest = rest.get(at..).unwrap_or_default();
        }
        line.push_str(rest);
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

/// Names and what is said of each: the names in a column of their own, long values broken beside it.
///
/// A value that is empty is left out; a name that is empty goes on with the one before it.
pub fn fields(fields: &[(&str, Text)], width: usize) -> Vec<Text> {
    const INDENT: usize = 2;
    let shown = || fields.iter().filter(|(_, value)| !value.is_empty());
    let names = shown().map(|(name, _)| columns(name)).max().unwrap_or(0);
    let before = INDENT + names + 2;
    // On a terminal too narrow for two columns a value stands below its name.
    let beside = width >= before + 16;
    let mut lines = Vec::new();
    for (name, value) in shown() {
        let (first, rest) = if beside {
            let name = format!("{}{name:<names$}  ", " ".repeat(INDENT));
            (Text::of(Role::Faint, name), " ".repeat(before))
        } else {
            if !name.is_empty() {
                lines.push(Text::of(Role::Faint, format!("  {name}")).cut(width));
            }
            (Text::new("    "), "    ".to_owned())
        };
        let room = width.saturating_sub(rest.len());
        let mut pieces = value.broken(room).into_iter();
        lines.push(first.then(pieces.next().unwrap_or_default()));
        lines.extend(pieces.map(|piece| Text::new(&rest).then(piece)));
    }
    lines.iter().map(|line| line.cut(width)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bare(lines: &[Text]) -> Vec<String> {
        lines.iter().map(Text::bare).collect()
    }

    #[test]
    fn parts_stay_whole_where_they_can() {
        let parts = ["1 running", "2 queued", "", "1 held"].map(Text::from);
        let lines = flow(parts.clone(), 80, 2);
        assert_eq!(bare(&lines), ["1 running · 2 queued · 1 held"]);
        let lines = flow(parts.clone(), 21, 2);
        assert_eq!(bare(&lines), ["1 running · 2 queued", "  1 held"]);
        let lines = flow(parts, 6, 2);
        assert_eq!(
            bare(&lines),
            ["1", " runni", " ng", " 2", " queue", " d", " 1", " held"]
        );
    }

    #[test]
    fn values_are_broken_beside_their_names() {
        let lines = fields(
            &[
                (
                    "why",
                    Text::new("exited with code 3 and said a lot of things"),
                ),
                ("nothing", Text::default()),
                ("task", Text::new("lint")),
            ],
            30,
        );
        assert_eq!(
            bare(&lines),
            [
                "  why   exited with code 3 and",
                "        said a lot of things",
                "  task  lint",
            ]
        );
        let lines = fields(&[("why", Text::new("exited with code 3"))], 20);
        assert_eq!(bare(&lines), ["  why", "    exited with code", "    3"]);
    }

    proptest! {
        #[test]
        fn no_line_is_too_wide(text in any::<String>(), width in 1_usize..60) {
            let text = Text::new(text);
            for line in wrapped(&text.bare(), width) {
                prop_assert!(columns(&line) <= width);
            }
            for line in fields(&[("name", text.clone())], width).iter().chain(&flow([text.clone(), text], width, 2)) {
                prop_assert!(line.columns() <= width, "{:?}", line.bare());
            }
        }
    }
}
