//! What the content says where several languages have an extension: linguist's `heuristics.yml`.
//!
//! A pattern is compiled when a file first asks for it, so that a run over a few files pays for a few patterns. Those
//! that the `regex` crate cannot read are written otherwise: Smarty, Adblock lists and Pod 6 without look-behind,
//! recursion and possessive repetition in `.ci/linguist.py`, Vim's help and hosts files as [`Predicate`]s.

use std::sync::OnceLock;

use regex::bytes::{Regex, RegexBuilder};

use super::predicates::{has_vim_help_modeline, is_hosts_line};
use super::tables::heuristics::{DISAMBIGUATIONS, PATTERNS};

/// Linguist looks at no more of a blob than this.
const CONSIDERED: usize = 50 << 10;

/// The languages that a content stands for.
#[derive(Debug)]
pub struct Rule {
    /// Mostly one.
    pub languages: &'static [u16],
    /// What the content must be like.
    pub test: Test,
}

/// What a content must be like.
#[derive(Debug)]
pub enum Test {
    /// Anything.
    Always,
    /// The pattern of this index is found.
    Pattern(u16),
    /// The pattern of this index is not found.
    Not(u16),
    /// All of these.
    All(&'static [Test]),
    /// What no pattern says.
    Predicate(Predicate),
}

/// A test that is code.
#[derive(Clone, Copy, Debug)]
pub enum Predicate {
    /// A modeline of Vim's with `ft=help`.
    VimHelp,
    /// A line with an IPv4 address and names.
    HostsFile,
}

/// The languages that the heuristic of this index finds in a content; none if it finds none.
pub fn languages(heuristic: u16, bytes: &[u8]) -> &'static [u16] {
    let bytes = bytes.get(..CONSIDERED).unwrap_or(bytes);
    DISAMBIGUATIONS
        .get(usize::from(heuristic))
        .into_iter()
        .flat_map(|rules| rules.iter())
        .find(|rule| rule.test.holds(bytes))
        .map_or(&[], |rule| rule.languages)
}

impl Test {
    fn holds(&self, bytes: &[u8]) -> bool {
        match self {
            Self::Always => true,
            Self::Pattern(index) => pattern(*index).is_some_and(|pattern| pattern.is_match(bytes)),
            Self::Not(index) => pattern(*index).is_none_or(|pattern| !pattern.is_match(bytes)),
            Self::All(tests) => tests.iter().all(|test| test.holds(bytes)),
            Self::Predicate(Predicate::VimHelp) => has_vim_help_modeline(bytes),
            Self::Predicate(Predicate::HostsFile) => {
                bytes.split(|byte| *byte == b'\n').any(is_hosts_line)
            }
        }
    }
}

fn pattern(index: u16) -> Option<&'static Regex> {
    static COMPILED: [OnceLock<Option<Regex>>; PATTERNS.len()] =
        [const { OnceLock::new() }; PATTERNS.len()];
    let index = usize::from(index);
    COMPILED
        .get(index)?
        .get_or_init(|| PATTERNS.get(index).and_then(|text| compile(text)))
        .as_ref()
}

fn compile(text: &str) -> Option<Regex> {
    RegexBuilder::new(text)
        .multi_line(true)
        .unicode(false)
        .build()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::super::language::at_index;
    use super::*;

    #[test]
    fn every_pattern_can_be_compiled() {
        let broken: Vec<_> = PATTERNS
            .iter()
            .filter(|text| compile(text).is_none())
            .collect();
        assert!(broken.is_empty(), "{broken:#?}");
    }

    #[test]
    fn rules_name_patterns_and_languages_that_there_are() {
        fn check(test: &Test) {
            match test {
                Test::Pattern(index) | Test::Not(index) => {
                    assert!(usize::from(*index) < PATTERNS.len());
                }
                Test::All(tests) => tests.iter().for_each(check),
                Test::Always | Test::Predicate(_) => {}
            }
        }
        for rule in DISAMBIGUATIONS.iter().flat_map(|rules| rules.iter()) {
            check(&rule.test);
            assert!(rule.languages.iter().all(|at| at_index(*at).is_some()));
        }
    }
}
