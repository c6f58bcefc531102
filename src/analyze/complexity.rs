//! Which functions and files of a repository are hard to change, and what would help.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use bstr::{BString, ByteSlice};
use serde::Serialize;

use super::areas::Areas;
use super::files::Role;
use super::linguist::Kind;
use super::survey::{File, Survey};
use super::syntax::complexity::rank;
use super::syntax::{COGNITIVE_LIMIT, CYCLOMATIC_LIMIT, DEFINITION, Function};
use super::text::{as_text, as_texts};

/// A file with more lines should be split.
pub const LINES_LIMIT: u64 = 1000;

/// The complexity of a repository.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Complexity {
    /// The version of our definition: values of different versions do not compare.
    pub definition: u32,
    /// Above which values functions and files are listed.
    pub limits: Limits,
    /// Files of source code that are the project's own; input of tests is not among them.
    pub files: u64,
    /// Their physical lines.
    pub lines_of_code: u64,
    /// Lines of a file, on average.
    pub average_file_size: f64,
    /// The functions that were measured.
    pub functions: u64,
    /// Their cyclomatic complexity, on average.
    pub mean_cyclomatic: f64,
    /// Their cognitive complexity, on average.
    pub mean_cognitive: f64,
    /// The functions above a limit, the most complex first.
    pub complex: Vec<ComplexFunction>,
    /// The files above the limit, the largest first.
    pub large_files: Vec<LargeFile>,
    /// By language, in the alphabet.
    pub languages: BTreeMap<&'static str, Sums>,
    /// By part of the repository, in the alphabet.
    pub areas: BTreeMap<String, Sums>,
    /// What was not measured.
    pub not_measured: NotMeasured,
}

/// Above which values functions and files are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Limits {
    /// Cyclomatic complexity of a function.
    pub cyclomatic: u32,
    /// Cognitive complexity of a function.
    pub cognitive: u32,
    /// Lines of a file.
    pub lines: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            cyclomatic: CYCLOMATIC_LIMIT,
            cognitive: COGNITIVE_LIMIT,
            lines: LINES_LIMIT,
        }
    }
}

/// A function above a limit.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ComplexFunction {
    /// Its file.
    #[serde(serialize_with = "as_text")]
    pub path: BString,
    /// The part that its file plays.
    pub role: Role,
    /// Its measures.
    #[serde(flatten)]
    pub function: Measured,
    /// What would help.
    pub recommendation: String,
}

/// The measures of a function, with their names written out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Measured {
    /// With the classes and functions around it.
    pub name: String,
    /// Its first line, from 1.
    pub line: u32,
    /// Its last line.
    pub end: u32,
    /// Its parameters.
    pub parameters: u32,
    /// Its cyclomatic complexity.
    pub cyclomatic: u32,
    /// Radon's rank of that.
    pub rank: char,
    /// Its cognitive complexity.
    pub cognitive: u32,
    /// The deepest level of nesting in it.
    pub depth: u32,
}

impl From<&Function> for Measured {
    fn from(function: &Function) -> Self {
        Self {
            name: function.name.clone(),
            line: function.line,
            end: function.end,
            parameters: function.parameters,
            cyclomatic: function.cyclomatic,
            rank: rank(function.cyclomatic),
            cognitive: function.cognitive,
            depth: function.depth,
        }
    }
}

/// A file above the limit.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LargeFile {
    /// Which.
    #[serde(serialize_with = "as_text")]
    pub path: BString,
    /// Its physical lines.
    pub lines: u64,
    /// The functions in it.
    pub functions: u32,
    /// What would help.
    pub recommendation: String,
}

/// What adds up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Sums {
    /// Files.
    pub files: u64,
    /// Their physical lines.
    pub lines: u64,
    /// Functions.
    pub functions: u64,
    /// The sum of their cyclomatic complexities.
    pub cyclomatic: u64,
    /// The sum of their cognitive complexities.
    pub cognitive: u64,
    /// Functions above a limit.
    pub complex: u64,
}

/// What was not measured.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct NotMeasured {
    /// Files of source code by language for which this build has no grammar.
    pub without_grammar: BTreeMap<&'static str, u64>,
    /// Files whose syntax could not be had within reasonable effort.
    #[serde(serialize_with = "as_texts")]
    pub given_up: Vec<BString>,
    /// Files with places that the grammar does not understand: what is around those is measured.
    pub with_unclear_syntax: u64,
    /// Files that are input of tests.
    pub fixtures: u64,
}

/// Adds up what the files say.
pub fn of(survey: &Survey, areas: &Areas) -> Complexity {
    let mut all = Sums::default();
    let mut result = Complexity {
        definition: DEFINITION,
        ..Complexity::default()
    };
    for file in &survey.files {
        let (Some(language), Some(facts), Some(deep)) = (file.language, &file.facts, &file.deep)
        else {
            continue;
        };
        let written = !file.place.generated && !facts.generated && !file.place.vendored;
        if language.kind != Kind::Programming || !written {
            continue;
        }
        if file.place.role == Role::Fixture {
            result.not_measured.fixtures += 1;
            continue;
        }
        let mut sums = Sums {
            files: 1,
            lines: facts.lines,
            ..Sums::default()
        };
        if let Some(syntax) = &deep.syntax {
            sums.functions = u64::from(syntax.functions);
            sums.cyclomatic = u64::from(syntax.cyclomatic);
            sums.cognitive = u64::from(syntax.cognitive);
            sums.complex = syntax.complex.len() as u64;
            result.not_measured.with_unclear_syntax += u64::from(syntax.unparsed > 0);
            result
                .complex
                .extend(syntax.complex.iter().map(|function| ComplexFunction {
                    path: file.path.clone(),
                    role: file.place.role,
                    function: function.into(),
                    recommendation: function.recommendation(),
                }));
        } else if deep.given_up {
            result.not_measured.given_up.push(file.path.clone());
        } else {
            let count = result.not_measured.without_grammar.entry(language.name);
            *count.or_default() += 1;
        }
        if facts.lines > LINES_LIMIT {
            result.large_files.push(large(file, facts.lines));
        }
        let area = areas.of(file.path.as_ref()).to_str_lossy().into_owned();
        result
            .languages
            .entry(language.name)
            .or_default()
            .add(&sums);
        result.areas.entry(area).or_default().add(&sums);
        all.add(&sums);
    }
    result.complex.sort_by(|one, other| {
        let key = |found: &ComplexFunction| {
            (
                Reverse(found.function.cyclomatic),
                Reverse(found.function.cognitive),
            )
        };
        key(one)
            .cmp(&key(other))
            .then_with(|| (&one.path, one.function.line).cmp(&(&other.path, other.function.line)))
    });
    result
        .large_files
        .sort_by(|one, other| (other.lines, &one.path).cmp(&(one.lines, &other.path)));
    result.files = all.files;
    result.lines_of_code = all.lines;
    result.functions = all.functions;
    result.average_file_size = mean(all.lines, all.files);
    result.mean_cyclomatic = mean(all.cyclomatic, all.functions);
    result.mean_cognitive = mean(all.cognitive, all.functions);
    result
}

fn large(file: &File, lines: u64) -> LargeFile {
    let syntax = file.deep.as_ref().and_then(|deep| deep.syntax.as_ref());
    let functions = syntax.map_or(0, |syntax| syntax.functions);
    let parts = lines.div_ceil(LINES_LIMIT / 2);
    let mut recommendation = format!("split into about {parts} files, one for each subject");
    let mut complex: Vec<&Function> =
        syntax.map_or_else(Vec::new, |syntax| syntax.complex.iter().collect());
    complex.sort_by_key(|function| (Reverse(function.cyclomatic), function.line));
    if !complex.is_empty() {
        let names: Vec<&str> = complex
            .iter()
            .take(3)
            .map(|function| function.name.as_str())
            .collect();
        recommendation = format!("{recommendation}; begin with {}", names.join(", "));
    }
    LargeFile {
        path: file.path.clone(),
        lines,
        functions,
        recommendation,
    }
}

impl Sums {
    fn add(&mut self, other: &Self) {
        self.files += other.files;
        self.lines += other.lines;
        self.functions += other.functions;
        self.cyclomatic += other.cyclomatic;
        self.cognitive += other.cognitive;
        self.complex += other.complex;
    }
}

/// A quotient with two decimals, rounded half up; 0 of nothing.
#[allow(clippy::cast_precision_loss)] // hundredths of what a repository holds
pub(super) fn mean(sum: u64, count: u64) -> f64 {
    if count == 0 {
        return 0.0;
    }
    let hundredths = (u128::from(sum) * 200 + u128::from(count)) / (2 * u128::from(count));
    hundredths as f64 / 100.0
}
