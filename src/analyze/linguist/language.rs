//! Languages and their names.

use super::syntax::Syntax;
use super::tables::languages::{ALIASES, INTERPRETERS, LANGUAGES};
use super::tables::syntaxes::SYNTAXES;

/// What a language is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Python, Shell, Makefile.
    Programming,
    /// HTML, CSS, templates.
    Markup,
    /// JSON, SQL dumps, lock files.
    Data,
    /// Markdown, plain text.
    Prose,
}

/// A language that linguist knows.
#[derive(Debug, PartialEq, Eq)]
pub struct Language {
    /// As linguist writes it: `C++`, `Jupyter Notebook`.
    pub name: &'static str,
    /// What it is for.
    pub kind: Kind,
    /// The index of the language that it is counted with.
    pub(super) group: Option<u16>,
    /// The first of its extensions, in lower case with its dot; empty if it has none.
    pub(super) primary_extension: &'static str,
    /// Whether linguist's list of popular languages has it.
    pub(super) popular: bool,
    /// The index of its comments and strings.
    pub(super) syntax: Option<u16>,
}

impl Language {
    /// Every language, by name.
    pub fn all() -> &'static [Self] {
        &LANGUAGES
    }

    /// The language of this name, in linguist's own spelling.
    pub fn named(name: &str) -> Option<&'static Self> {
        let at = LANGUAGES
            .binary_search_by(|language| language.name.cmp(name))
            .ok()?;
        LANGUAGES.get(at)
    }

    /// Its place in the table, which holds for one [`VERSION`](super::VERSION).
    pub fn index(&self) -> u16 {
        let at = LANGUAGES.binary_search_by(|language| language.name.cmp(self.name));
        at.ok()
            .and_then(|at| u16::try_from(at).ok())
            .unwrap_or(u16::MAX)
    }

    /// The language at a place in the table.
    pub fn at(index: u16) -> Option<&'static Self> {
        at_index(index)
    }

    /// The language that people call so: its name in any case with hyphens for spaces, or an alias such as `cpp`.
    ///
    /// As with linguist, what follows a comma is left out if the whole is no name.
    pub fn called(name: &[u8]) -> Option<&'static Self> {
        let lower = name.to_ascii_lowercase();
        let find = |name: &[u8]| {
            let at = ALIASES
                .binary_search_by(|(alias, _)| alias.as_bytes().cmp(name))
                .ok()?;
            ALIASES.get(at).and_then(|(_, index)| at_index(*index))
        };
        find(&lower).or_else(|| find(lower.split(|byte| *byte == b',').next()?))
    }

    /// The language that its shares are counted with: `HTML` for `HTML+ERB`; itself for most.
    pub fn group(&'static self) -> &'static Self {
        self.group.and_then(at_index).unwrap_or(self)
    }

    /// How it writes comments and strings, if that is known.
    pub(super) fn syntax(&self) -> Option<&'static Syntax> {
        SYNTAXES.get(usize::from(self.syntax?))
    }
}

/// The language at an index of the table.
pub(super) fn at_index(index: u16) -> Option<&'static Language> {
    LANGUAGES.get(usize::from(index))
}

/// The languages that a program runs.
pub(super) fn of_interpreter(name: &[u8]) -> &'static [u16] {
    INTERPRETERS
        .binary_search_by(|(interpreter, _)| interpreter.as_bytes().cmp(name))
        .ok()
        .and_then(|at| INTERPRETERS.get(at))
        .map_or(&[], |(_, languages)| languages)
}

#[cfg(test)]
mod tests {
    use super::super::tables::languages::{EXTENSIONS, FILENAMES};
    use super::*;

    #[test]
    fn the_tables_can_be_searched() {
        let sorted = |names: Vec<&str>| names.windows(2).all(|pair| pair[0] < pair[1]);
        assert!(sorted(
            LANGUAGES.iter().map(|language| language.name).collect()
        ));
        assert!(sorted(ALIASES.iter().map(|(alias, _)| *alias).collect()));
        assert!(sorted(INTERPRETERS.iter().map(|(name, _)| *name).collect()));
        assert!(sorted(EXTENSIONS.iter().map(|entry| entry.name).collect()));
        assert!(sorted(FILENAMES.iter().map(|entry| entry.name).collect()));
    }

    #[test]
    fn indices_name_languages() {
        let indices = EXTENSIONS
            .iter()
            .flat_map(|entry| entry.languages)
            .chain(FILENAMES.iter().flat_map(|entry| entry.languages))
            .chain(INTERPRETERS.iter().flat_map(|(_, languages)| *languages));
        for index in indices {
            assert!(at_index(*index).is_some(), "{index}");
        }
        for language in &LANGUAGES {
            assert_eq!(language.syntax.is_some(), language.syntax().is_some());
            assert_eq!(
                language.group().group(),
                language.group(),
                "{}",
                language.name
            );
        }
    }

    #[test]
    fn people_call_languages_by_many_names() {
        for (called, name) in [
            ("c++", "C++"),
            ("CPP", "C++"),
            ("jupyter-notebook", "Jupyter Notebook"),
            ("js", "JavaScript"),
            ("sh,foo", "Shell"),
        ] {
            assert_eq!(
                Language::called(called.as_bytes()).map(|language| language.name),
                Some(name)
            );
        }
        assert_eq!(Language::called(b""), None);
        assert_eq!(Language::called(b"klingon"), None);
        assert_eq!(Language::named("c++"), None);
        assert_eq!(
            Language::named("HTML+ERB").map(|language| language.group().name),
            Some("HTML")
        );
    }
}
