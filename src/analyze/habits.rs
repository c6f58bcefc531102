//! Patterns: what the history and the files show together, and what becomes of it from run to run.

use std::cmp::Reverse;

use bstr::{BStr, BString};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::files::Role;
use super::history::{self, HotFile, Patterns, People, State, View, Year};
use super::patterns::Pattern;
use super::patterns::errors::{ErrorHandling, error_handling};
use super::patterns::evolution::{Remembered, evolve};
use super::patterns::tools::{development_tools, package_manager};
use super::survey::Survey;
use super::text::as_text;
use crate::git::Oid;

/// What a repository is seen to do.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Habits {
    /// When it was looked at.
    pub timestamp: Timestamp,
    /// The commit.
    pub commit: Option<Oid>,
    /// What is seen now, in the first MIRA analyser's form.
    pub patterns: Vec<Pattern>,
    /// The hot files and how hard they are to change, the worst first.
    pub hot_spots: Vec<HotSpot>,
    /// The same for the last year, of what has a complexity.
    pub map: HotSpotMap,
    /// The history in detail.
    pub history: Patterns,
    /// What is known of the patterns from all runs.
    pub evolution: Vec<Remembered>,
}

/// A file that changes often, and how hard it is to change.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HotSpot {
    /// Which.
    #[serde(serialize_with = "as_text")]
    pub path: BString,
    /// Commits of the window that changed it.
    pub changes: u64,
    /// Its lines; none if it is not here any more.
    pub lines: Option<u64>,
    /// Its functions.
    pub functions: u32,
    /// The sum of their cyclomatic complexities.
    pub cyclomatic: u32,
    /// Its most complex function above a limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worst: Option<String>,
    /// `changes` times `cyclomatic`: the effort that changing it takes, after A. Tornhill, *Your Code as a Crime Scene*.
    pub score: u64,
}

/// How often the files of this commit changed in the last year, and how complex they are.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HotSpotMap {
    /// The year.
    #[serde(flatten)]
    pub year: Year,
    /// How many files changed in it and have a complexity.
    pub count: usize,
    /// At most 120 of them, the worst first.
    pub files: Vec<HotSpot>,
}

/// What is remembered of patterns.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    /// The commit at which they were looked at last.
    pub commit: Option<Oid>,
    /// The patterns.
    pub patterns: Vec<Remembered>,
}

/// So many files are on the map: with more, its dots cover each other.
const MAPPED: usize = 120;

/// Grows when what is remembered has another form.
pub const MEMORY_VERSION: i64 = 1;

/// Looks at a commit.
pub fn of(
    survey: &Survey,
    commit: Option<&Oid>,
    (state, people): (&State, &People),
    memory: &Memory,
    now: Timestamp,
) -> Habits {
    let tracked: Vec<BString> = survey.files.iter().map(|file| file.path.clone()).collect();
    let view = View {
        people,
        tracked: &tracked,
        now,
    };
    let history = history::describe(state, &view);
    let paths = || survey.files.iter().map(|file| BStr::new(&file.path));
    let mut patterns = history.list();
    patterns.extend(error_handling(python_errors(survey)));
    patterns.extend(development_tools(paths()));
    patterns.extend(package_manager(paths()));
    // Looking twice at the same commit is not seeing twice.
    let evolution = if memory.commit.as_ref() == commit && commit.is_some() {
        memory.patterns.clone()
    } else {
        evolve(&memory.patterns, &patterns)
    };
    Habits {
        timestamp: now,
        commit: commit.cloned(),
        hot_spots: hot_spots(survey, &history.hot_files.files),
        map: map(survey, history::year(state, now)),
        patterns,
        history,
        evolution,
    }
}

impl Habits {
    /// What is to be remembered for the next run.
    pub fn memory(&self) -> Memory {
        Memory {
            commit: self.commit.clone(),
            patterns: self.evolution.clone(),
        }
    }
}

/// Counted in all Python files of the product and its tests; the first MIRA analyser took fifty.
fn python_errors(survey: &Survey) -> ErrorHandling {
    let mut counts = ErrorHandling::default();
    for file in &survey.files {
        let own = matches!(file.place.role, Role::Main | Role::Test) && !file.place.left_out;
        let language = file.facts.as_ref().and_then(|facts| facts.language);
        let syntax = file.deep.as_ref().and_then(|deep| deep.syntax.as_ref());
        if let (true, Some("Python"), Some(syntax)) =
            (own, language.map(|found| found.name), syntax)
        {
            counts.files += 1;
            counts.try_blocks += u64::from(syntax.errors.tries);
            counts.none_checks += u64::from(syntax.errors.null_checks);
        }
    }
    counts
}

fn map(survey: &Survey, year: Year) -> HotSpotMap {
    let mut files = hot_spots(survey, &year.files);
    files.retain(|spot| spot.cyclomatic > 0);
    let count = files.len();
    files.truncate(MAPPED);
    HotSpotMap { year, count, files }
}

fn hot_spots(survey: &Survey, files: &[HotFile]) -> Vec<HotSpot> {
    let mut spots: Vec<HotSpot> = files
        .iter()
        .map(|hot| {
            let path = BStr::new(&hot.path.0);
            let file = survey.file(path);
            let facts = file.and_then(|file| file.facts.as_ref());
            let syntax = file
                .and_then(|file| file.deep.as_ref())
                .and_then(|deep| deep.syntax.as_ref());
            let cyclomatic = syntax.map_or(0, |syntax| syntax.cyclomatic);
            let worst = syntax.and_then(|syntax| {
                let complex = syntax.complex.iter();
                complex.max_by_key(|found| (found.cyclomatic, Reverse(found.line)))
            });
            let changes = u64::from(hot.changes);
            HotSpot {
                path: path.to_owned(),
                changes,
                lines: facts.map(|facts| facts.lines),
                functions: syntax.map_or(0, |syntax| syntax.functions),
                cyclomatic,
                worst: worst.map(|found| format!("{} ({})", found.name, found.cyclomatic)),
                score: changes * u64::from(cyclomatic),
            }
        })
        .collect();
    spots.sort_by_key(|spot| (Reverse(spot.score), Reverse(spot.changes)));
    spots
}
