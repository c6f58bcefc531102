//! Where a value was written. Only messages and `config show` ask, so that files are parsed again instead of every value
//! carrying its place.

use std::ops::Range;
use std::sync::Arc;

use toml::de::{DeTable, DeValue};

use super::diagnostic::{Diagnostic, Document, Position};
use super::layers::{Layer, LayerFile, Loaded};

/// A step from a table or a list to what it holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// To the value of a key.
    Key(String),
    /// To an element.
    Index(usize),
}

impl From<&str> for Step {
    fn from(key: &str) -> Self {
        Self::Key(key.to_owned())
    }
}

impl From<usize> for Step {
    fn from(index: usize) -> Self {
        Self::Index(index)
    }
}

/// A path from the top: `steps!["task", name, "needs", 0]`.
macro_rules! steps {
    ($($step:expr),+ $(,)?) => {
        [$($crate::config::locate::Step::from($step)),+]
    };
}

pub(super) use steps;

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The layer that won.
    pub layer: Layer,
    /// The file and the place of the key, unless the value is built in.
    pub place: Option<(Arc<Document>, Position)>,
}

/// A layer's files, parsed for looking places up.
pub struct Index<'a> {
    tables: Vec<(&'a LayerFile, DeTable<'a>)>,
}

/// The spans of a key and of its value; an element of a list has one span for both.
struct Spans {
    key: Range<usize>,
    value: Range<usize>,
}

impl<'a> Index<'a> {
    /// Parses the files of a configuration.
    pub fn of(loaded: &'a Loaded) -> Self {
        let tables = loaded
            .files
            .iter()
            .filter_map(|file| {
                let table = DeTable::parse(&file.document.text).ok()?;
                Some((file, table.into_inner()))
            })
            .collect();
        Self { tables }
    }

    /// The file of the highest layer that has the path.
    fn find(&self, path: &[Step]) -> Option<(&'a LayerFile, Spans)> {
        self.tables
            .iter()
            .rev()
            .find_map(|(file, table)| spans(table, path).map(|spans| (*file, spans)))
    }

    /// Where the value at a path comes from.
    pub fn origin(&self, path: &[Step]) -> Origin {
        match self.find(path) {
            Some((file, spans)) => Origin {
                layer: file.layer,
                place: Some((
                    Arc::clone(&file.document),
                    Position::of(&file.document.text, spans.key.start),
                )),
            },
            None => Origin {
                layer: Layer::Default,
                place: None,
            },
        }
    }

    /// A problem with the value at a path.
    pub(super) fn at_value(&self, path: &[Step], message: impl Into<String>) -> Diagnostic {
        self.problem(path, |spans| spans.value, message)
    }

    /// A problem with the key at a path.
    pub(super) fn at_key(&self, path: &[Step], message: impl Into<String>) -> Diagnostic {
        self.problem(path, |spans| spans.key, message)
    }

    fn problem(
        &self,
        path: &[Step],
        span: impl Fn(Spans) -> Range<usize>,
        message: impl Into<String>,
    ) -> Diagnostic {
        // What is not written itself is shown where the table that holds it is.
        let mut path = path;
        loop {
            if let Some((file, spans)) = self.find(path) {
                return Diagnostic::at(&file.document, span(spans), message);
            }
            match path.split_last() {
                Some((_, shorter)) if !shorter.is_empty() => path = shorter,
                _ => return Diagnostic::of_file("the configuration", message),
            }
        }
    }
}

fn spans(table: &DeTable<'_>, path: &[Step]) -> Option<Spans> {
    let (Step::Key(first), rest) = path.split_first()? else {
        return None;
    };
    let (key, value) = table.get_key_value(first.as_str())?;
    let mut found = Spans {
        key: key.span(),
        value: value.span(),
    };
    let mut value = value.get_ref();
    for step in rest {
        match (step, value) {
            (Step::Key(name), DeValue::Table(table)) => {
                let (key, inner) = table.get_key_value(name.as_str())?;
                found = Spans {
                    key: key.span(),
                    value: inner.span(),
                };
                value = inner.get_ref();
            }
            (Step::Index(index), DeValue::Array(array)) => {
                let inner = array.get(*index)?;
                found = Spans {
                    key: inner.span(),
                    value: inner.span(),
                };
                value = inner.get_ref();
            }
            _ => return None,
        }
    }
    Some(found)
}
