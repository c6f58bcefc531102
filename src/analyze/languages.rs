//! Which languages a tree is written in, by the extensions of its files.
//!
//! The sixteen extensions and the counting are those of the first MIRA analyser, so that its readers find what they know.

use std::collections::BTreeMap;

use bstr::{BStr, ByteSlice};
use serde::{Serialize, Serializer};

use super::files::file_name;

/// A language that is counted.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Language {
    /// Its name.
    pub name: &'static str,
    extension: &'static str,
}

const fn language(extension: &'static str, name: &'static str) -> Language {
    Language { name, extension }
}

static LANGUAGES: [Language; 16] = [
    language("py", "Python"),
    language("js", "JavaScript"),
    language("ts", "TypeScript"),
    language("java", "Java"),
    language("cpp", "C++"),
    language("c", "C"),
    language("go", "Go"),
    language("rs", "Rust"),
    language("rb", "Ruby"),
    language("php", "PHP"),
    language("swift", "Swift"),
    language("kt", "Kotlin"),
    language("scala", "Scala"),
    language("r", "R"),
    language("m", "MATLAB"),
    language("jl", "Julia"),
];

impl Language {
    /// The language of a file, by its last extension in any case; a name that is only an extension has none.
    pub fn of(path: &BStr) -> Option<&'static Self> {
        let name = file_name(path);
        let dot = name.rfind_byte(b'.').filter(|dot| *dot > 0)?;
        let extension = name.get(dot + 1..)?;
        LANGUAGES
            .iter()
            .find(|language| extension.eq_ignore_ascii_case(language.extension.as_bytes()))
    }
}

/// How much of a language there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Share {
    /// Files.
    pub count: u64,
    /// Of all counted files, with two decimals.
    pub percentage: f64,
    /// Physical lines of the files that were read.
    pub lines: u64,
    /// Bytes of the files that were read.
    pub bytes: u64,
}

/// The languages of a tree.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Languages {
    /// The one with the most files; of equals, the first by name.
    pub primary: Option<&'static str>,
    /// Every language, most files first, then by name.
    #[serde(serialize_with = "as_map")]
    pub distribution: Vec<(&'static str, Share)>,
    /// Files of all languages.
    pub total_files: u64,
}

fn as_map<S: Serializer>(
    pairs: &[(&'static str, Share)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(pairs.iter().map(|(name, share)| (name, share)))
}

/// What is known of one file's size: `None` when it was not read.
pub type Size = Option<(u64, u64)>;

/// Counts files by language.
#[derive(Debug, Default)]
pub struct Tally(BTreeMap<&'static str, Share>);

impl Tally {
    /// Counts one file, with its lines and bytes if it was read.
    pub fn add(&mut self, language: &Language, size: Size) {
        let share = self.0.entry(language.name).or_default();
        share.count += 1;
        if let Some((lines, bytes)) = size {
            share.lines += lines;
            share.bytes += bytes;
        }
    }

    /// The shares.
    pub fn finish(self) -> Languages {
        let total_files: u64 = self.0.values().map(|share| share.count).sum();
        let mut distribution: Vec<_> = self.0.into_iter().collect();
        // Stable: equals stay in the order of their names.
        distribution.sort_by_key(|(_, share)| std::cmp::Reverse(share.count));
        for (_, share) in &mut distribution {
            share.percentage = percentage(share.count, total_files);
        }
        Languages {
            primary: distribution.first().map(|(name, _)| *name),
            distribution,
            total_files,
        }
    }
}

/// A share of a total in percent, rounded half up to two decimals.
#[allow(clippy::cast_precision_loss)] // at most 10000
pub(super) fn percentage(part: u64, total: u64) -> f64 {
    if total == 0 {
        return 0.0;
    }
    let hundredths = (u128::from(part) * 20_000 + u128::from(total)) / (2 * u128::from(total));
    hundredths as f64 / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(paths: &[&str]) -> Languages {
        let mut tally = Tally::default();
        for path in paths {
            if let Some(language) = Language::of((*path).into()) {
                tally.add(language, Some((10, 100)));
            }
        }
        tally.finish()
    }

    #[test]
    fn extensions_in_any_case_and_only_the_last() {
        let name = |path: &str| Language::of(path.into()).map(|language| language.name);
        assert_eq!(name("a/b.test.TS"), Some("TypeScript"));
        assert_eq!(name("x.R"), Some("R"));
        for path in [".py", "a/.c", "py", "a.py.txt", "a.py/b", "a.tsx", "a.h"] {
            assert_eq!(name(path), None, "{path}");
        }
    }

    #[test]
    fn shares_have_two_decimals_and_the_largest_comes_first() {
        let found = tally(&["a.py", "b.py", "c.go", "README"]);
        assert_eq!((found.primary, found.total_files), (Some("Python"), 3));
        let json = serde_json::to_string(&found).unwrap_or_default();
        assert_eq!(
            json,
            r#"{"primary":"Python","distribution":{"Python":{"count":2,"percentage":66.67,"lines":20,"bytes":200},"Go":{"count":1,"percentage":33.33,"lines":10,"bytes":100}},"total_files":3}"#
        );
    }

    #[test]
    fn of_equals_the_first_by_name_is_primary_whatever_the_order() {
        assert_eq!(tally(&["a.rs", "a.go"]).primary, Some("Go"));
        assert_eq!(tally(&["a.go", "a.rs"]).primary, Some("Go"));
        assert_eq!(tally(&[]), Languages::default());
    }

    #[test]
    fn percentages_are_rounded_half_up() {
        for (part, total, expected) in [
            (1, 8, 12.5),
            (1, 3, 33.33),
            (2, 3, 66.67),
            (1, 1600, 0.06),
            (0, 0, 0.0),
        ] {
            assert!(
                (percentage(part, total) - expected).abs() < 1e-9,
                "{part}/{total}"
            );
        }
    }
}
