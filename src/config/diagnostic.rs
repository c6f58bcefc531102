//! What is wrong with a configuration, where, and what to do about it.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use serde::ser::{Serialize, SerializeStruct, Serializer};

/// Nobody reads more problems than this at once, and finding each costs time.
pub(super) const MOST: usize = 50;

/// How a diagnostic is rendered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// Text alone.
    #[default]
    Plain,
    /// With ANSI colours.
    Ansi,
}

/// A place in a text: both count from one, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl Position {
    /// Where a byte of a text is; the end for what lies beyond it.
    pub fn of(text: &str, byte: usize) -> Self {
        let byte = boundary(text, byte, |byte| byte.saturating_sub(1));
        let before = text.get(..byte).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self {
            line: before.bytes().filter(|byte| *byte == b'\n').count() + 1,
            column: before
                .get(line_start..)
                .map_or(0, |line| line.chars().count())
                + 1,
        }
    }
}

/// The nearest boundary between characters in the direction of `step`; the end for what lies beyond it.
fn boundary(text: &str, byte: usize, step: impl Fn(usize) -> usize) -> usize {
    let mut byte = byte.min(text.len());
    // Both ends are boundaries, so that the search ends.
    while !text.is_char_boundary(byte) {
        byte = step(byte);
    }
    byte
}

/// A configuration file that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// As it is called in messages.
    pub path: PathBuf,
    /// Its text, without a byte order mark.
    pub text: String,
}

/// One problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    message: String,
    hints: Vec<String>,
    path: PathBuf,
    place: Option<(Arc<Document>, Range<usize>)>,
}

impl Diagnostic {
    /// A problem at a place of a file.
    pub fn at(document: &Arc<Document>, span: Range<usize>, message: impl Into<String>) -> Self {
        let start = boundary(&document.text, span.start, |byte| byte.saturating_sub(1));
        let end = boundary(&document.text, span.end.max(start), |byte| byte + 1);
        Self {
            message: message.into(),
            hints: Vec::new(),
            path: document.path.clone(),
            place: Some((Arc::clone(document), start..end)),
        }
    }

    /// A problem with a file as a whole.
    pub fn of_file(path: impl Into<PathBuf>, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hints: Vec::new(),
            path: path.into(),
            place: None,
        }
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// What is wrong.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What to do about it.
    pub fn hints(&self) -> &[String] {
        &self.hints
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where in the file.
    pub fn position(&self) -> Option<Position> {
        self.place
            .as_ref()
            .map(|(document, span)| Position::of(&document.text, span.start))
    }

    fn order(&self) -> (&Path, usize) {
        let start = self.place.as_ref().map_or(0, |(_, span)| span.start);
        (&self.path, start)
    }

    /// The problem with its source line, for people.
    pub fn render(&self, style: Style) -> String {
        let path = self.path.to_string_lossy();
        let title = match self.place {
            Some(_) => self.message.clone(),
            None => format!("{path}: {}", self.message),
        };
        let mut group = Group::with_title(Level::ERROR.primary_title(title));
        if let Some((document, span)) = &self.place {
            group = group.element(
                Snippet::source(document.text.as_str())
                    .path(path)
                    .annotation(AnnotationKind::Primary.span(span.clone())),
            );
        }
        for hint in &self.hints {
            group = group.element(Level::HELP.message(hint.as_str()));
        }
        let renderer = match style {
            Style::Plain => Renderer::plain(),
            Style::Ansi => Renderer::styled(),
        };
        renderer.render(&[group])
    }
}

/// `{ "file", "line", "column", "message", "hints" }`.
impl Serialize for Diagnostic {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let position = self.position();
        let mut fields = serializer.serialize_struct("Diagnostic", 5)?;
        fields.serialize_field("file", &self.path.to_string_lossy())?;
        fields.serialize_field("line", &position.map(|it| it.line))?;
        fields.serialize_field("column", &position.map(|it| it.column))?;
        fields.serialize_field("message", &self.message)?;
        fields.serialize_field("hints", &self.hints)?;
        fields.end()
    }
}

/// `file:line:column: what is wrong`, on one line.
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.path.display())?;
        if let Some(Position { line, column }) = self.position() {
            write!(f, "{line}:{column}:")?;
        }
        write!(f, " {}", self.message)
    }
}

/// A configuration that cannot be used, with everything that is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError {
    diagnostics: Vec<Diagnostic>,
}

impl ConfigError {
    /// `None` if nothing is wrong.
    pub fn of(mut diagnostics: Vec<Diagnostic>) -> Option<Self> {
        diagnostics.sort_by(|left, right| left.order().cmp(&right.order()));
        diagnostics.dedup();
        (!diagnostics.is_empty()).then_some(Self { diagnostics })
    }

    /// Everything that is wrong, by file and place.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// The same, to keep.
    pub fn into_diagnostics(self) -> Vec<Diagnostic> {
        self.diagnostics
    }

    /// All of it with its source lines, for people.
    pub fn render(&self, style: Style) -> String {
        let rendered: Vec<_> = self
            .diagnostics
            .iter()
            .map(|diagnostic| diagnostic.render(style))
            .collect();
        rendered.join("\n\n")
    }
}

impl From<Diagnostic> for ConfigError {
    fn from(diagnostic: Diagnostic) -> Self {
        Self {
            diagnostics: vec![diagnostic],
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, diagnostic) in self.diagnostics.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{diagnostic}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    fn document(text: &str) -> Arc<Document> {
        Arc::new(Document {
            path: "tend.toml".into(),
            text: text.to_owned(),
        })
    }

    #[test]
    fn columns_count_characters_and_no_span_is_out_of_bounds() {
        let text = "a\r\né = 1\n";
        for (byte, line, column) in [(0, 1, 1), (3, 2, 1), (4, 2, 1), (5, 2, 2), (999, 3, 1)] {
            assert_eq!(
                Position::of(text, byte),
                Position { line, column },
                "{byte}"
            );
        }
        let document = document(text);
        for start in 0..12 {
            for end in 0..12 {
                let problem = Diagnostic::at(&document, start..end, "x");
                assert!(problem.render(Style::Plain).contains("tend.toml:"));
            }
        }
    }

    #[test]
    fn json_names_the_place() {
        let problem = Diagnostic::at(&document("a\nbc"), 3..4, "wrong").hint("do this");
        assert_eq!(
            serde_json::to_string(&problem).unwrap(),
            r#"{"file":"tend.toml","line":2,"column":2,"message":"wrong","hints":["do this"]}"#
        );
    }
}
