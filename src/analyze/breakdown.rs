//! Languages by linguist's rules: which count towards a project's shares, and what is on their lines.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::Serialize;

use super::linguist::{self, Lines};
use super::survey::Survey;

/// The languages of a tree.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Breakdown {
    /// The version of linguist whose rules these are.
    pub linguist: &'static str,
    /// Every language that counts towards the shares, by bytes, most first, then by name.
    pub languages: Vec<Part>,
    /// The others: data and prose, and what is somebody else's, generated or documentation.
    pub beside: Vec<Part>,
    /// All lines of the languages that count.
    pub lines: Counted,
}

/// How much of a language there is.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Part {
    /// Its name; those that linguist counts together are together.
    pub name: &'static str,
    /// Its bytes among those of all languages that count, in percent with two decimals; none for what is beside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share: Option<f64>,
    /// Files.
    pub files: u64,
    /// Bytes.
    pub bytes: u64,
    /// Lines.
    #[serde(flatten)]
    pub lines: Counted,
}

/// Lines by what is on them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counted {
    /// Code.
    pub code: u64,
    /// Comments.
    pub comments: u64,
    /// Nothing.
    pub blanks: u64,
}

impl Counted {
    /// Adds the lines of a file.
    pub fn add(&mut self, lines: Lines) {
        self.code += lines.code;
        self.comments += lines.comments;
        self.blanks += lines.blanks;
    }
}

/// Adds up the languages.
pub fn of(survey: &Survey) -> Breakdown {
    let mut parts: BTreeMap<(bool, &'static str), Part> = BTreeMap::new();
    let mut total = Counted::default();
    for file in &survey.files {
        let (Some(language), Some(facts)) = (file.language, &file.facts) else {
            continue;
        };
        let counts = file.is_counted;
        let part = parts.entry((counts, language.group().name)).or_default();
        part.files += 1;
        part.bytes += facts.bytes;
        part.lines.add(facts.kinds);
        if counts {
            total.add(facts.kinds);
        }
    }
    let bytes: u64 = parts
        .iter()
        .filter(|((counts, _), _)| *counts)
        .map(|(_, part)| part.bytes)
        .sum();
    let listed = |wanted: bool| -> Vec<Part> {
        let mut listed: Vec<Part> = parts
            .iter()
            .filter(|((counts, _), _)| *counts == wanted)
            .map(|((_, name), part)| Part {
                name,
                share: wanted.then(|| super::languages::percentage(part.bytes, bytes)),
                ..part.clone()
            })
            .collect();
        listed.sort_by_key(|part| Reverse(part.bytes));
        listed
    };
    Breakdown {
        linguist: linguist::VERSION,
        languages: listed(true),
        beside: listed(false),
        lines: total,
    }
}
