//! Whether a path is that of other people's code, or of documentation: linguist's `vendor.yml` and `documentation.yml`.
//!
//! Almost all of linguist's patterns are a few fixed words at a fixed place, and are compared as such. The others are
//! compiled one by one when a path has the words that such a pattern needs, so that most runs compile none.

use std::sync::OnceLock;

use bstr::BStr;
use memchr::memmem;
use regex::bytes::{Regex, RegexBuilder};

use super::tables::paths::{DOCUMENTATION, VENDORED};

/// What a path has to look like. All lists of words are sorted.
#[derive(Debug)]
pub struct PathRules {
    /// It starts with one of these.
    pub start: &'static [&'static str],
    /// It is one of these.
    pub start_whole: &'static [&'static str],
    /// One of these is at its start or behind a slash.
    pub component: &'static [&'static str],
    /// One of these is at its start or behind a slash, and ends it.
    pub component_whole: &'static [&'static str],
    /// One of these is somewhere.
    pub anywhere: &'static [&'static str],
    /// It ends with one of these.
    pub end: &'static [&'static str],
    /// Or one of these matches.
    pub patterns: &'static [Pattern],
}

/// A pattern, and what it cannot match without.
#[derive(Debug)]
pub struct Pattern {
    /// Words that every match has.
    pub required: &'static [&'static str],
    /// The pattern itself.
    pub text: &'static str,
}

/// Whether linguist takes it for other people's code, going by its path.
pub fn is_vendored(path: &BStr) -> bool {
    static COMPILED: [OnceLock<Option<Regex>>; VENDORED.patterns.len()] =
        [const { OnceLock::new() }; VENDORED.patterns.len()];
    VENDORED.holds(path, &COMPILED)
}

/// Whether linguist takes it for documentation, going by its path.
pub fn is_documentation(path: &BStr) -> bool {
    static COMPILED: [OnceLock<Option<Regex>>; DOCUMENTATION.patterns.len()] =
        [const { OnceLock::new() }; DOCUMENTATION.patterns.len()];
    DOCUMENTATION.holds(path, &COMPILED)
}

impl PathRules {
    fn holds(&self, path: &[u8], compiled: &[OnceLock<Option<Regex>>]) -> bool {
        let behind_slashes = memchr::memchr_iter(b'/', path).map(|slash| slash + 1);
        starts_with_one(path, self.start)
            || is_one(path, self.start_whole)
            || std::iter::once(0)
                .chain(behind_slashes)
                .filter_map(|at| path.get(at..))
                .any(|tail| {
                    starts_with_one(tail, self.component) || is_one(tail, self.component_whole)
                })
            || self.end.iter().any(|end| path.ends_with(end.as_bytes()))
            || self.anywhere.iter().any(|word| has(path, word))
            || self
                .patterns
                .iter()
                .zip(compiled)
                .any(|(pattern, compiled)| pattern.matches(path, compiled))
    }
}

impl Pattern {
    fn matches(&self, path: &[u8], compiled: &OnceLock<Option<Regex>>) -> bool {
        self.required.iter().all(|word| has(path, word))
            && compiled
                .get_or_init(|| compile(self.text))
                .as_ref()
                .is_some_and(|pattern| pattern.is_match(path))
    }
}

fn compile(text: &str) -> Option<Regex> {
    RegexBuilder::new(text).unicode(false).build().ok()
}

fn has(path: &[u8], word: &str) -> bool {
    memmem::find(path, word.as_bytes()).is_some()
}

fn is_one(path: &[u8], words: &[&str]) -> bool {
    words
        .binary_search_by(|word| word.as_bytes().cmp(path))
        .is_ok()
}

/// Whether a word of a sorted list starts a path: all of them start with its first byte.
fn starts_with_one(path: &[u8], words: &[&str]) -> bool {
    let Some(first) = path.first() else {
        return false;
    };
    let first_of = |word: &&str| word.as_bytes().first().copied();
    let start = words.partition_point(|word| first_of(word) < Some(*first));
    words
        .iter()
        .skip(start)
        .take_while(|word| first_of(word) == Some(*first))
        .any(|word| path.starts_with(word.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_can_be_compiled_and_lists_are_sorted() {
        for rules in [&VENDORED, &DOCUMENTATION] {
            assert!(
                rules
                    .patterns
                    .iter()
                    .all(|rule| compile(rule.text).is_some())
            );
            for list in [
                rules.start,
                rules.start_whole,
                rules.component,
                rules.component_whole,
            ] {
                assert!(list.windows(2).all(|pair| pair[0] < pair[1]));
            }
        }
    }

    #[test]
    fn other_peoples_code_is_told_by_its_place_or_name() {
        for path in [
            "deps/http_parser/http_parser.c",
            "app/node_modules/a.js",
            "vendor/a.go",
            "a/Vvendor/b",
            "a/third-party/b.c",
            "js/jquery-1.8.2.min.js",
            "js/jquery.foo.min.js",
            "jquery.js",
            "bootstrap.css",
            "x/bootstrap-responsive.min.css",
            "a/Packages/jQuery.1.7/Content/Scripts/jquery.js",
            "types/index.d.ts",
            "extjs/a/b.html",
            "configure",
            ".gitignore",
            "tests/fixtures/a.rb",
            "a/.github/workflows/ci.yml",
            "gradle/wrapper/gradle-wrapper.properties",
            "d3.v3.js",
            "docs/_build/x",
            "externals/x",
            "dist/app.js",
            "Assets.xcassets/a.imageset/b",
        ] {
            assert!(is_vendored(path.into()), "{path}");
        }
        for path in [
            "src/main.rs",
            "a/deps/x.c",
            "vendored.c",
            "src/distance/a.c",
            "reactor.js",
            "myjquery.js",
            "configure.ac",
            "fixtures/a.rb",
            "",
        ] {
            assert!(!is_vendored(path.into()), "{path}");
        }
    }

    #[test]
    fn documentation_is_told_by_its_place_or_name() {
        for path in [
            "doc/a.html",
            "Docs/a",
            "a/Documentation/b",
            "README",
            "a/readme.md",
            "CHANGELOG.md",
            "LICENSE-MIT.txt/LICENSE",
            "man/x",
            "samples/a.py",
            "CITATIONS.md",
        ] {
            assert!(is_documentation(path.into()), "{path}");
        }
        for path in [
            "a/doc/b.html",
            "documents/a",
            "README_first",
            "readmes.md",
            "src/examples/a",
            "LICENSE-MIT",
        ] {
            assert!(!is_documentation(path.into()), "{path}");
        }
    }
}
