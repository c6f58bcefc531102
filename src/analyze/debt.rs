//! Technical debt: what people marked as to be done, since when, and what is hard to change.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use bstr::{BString, ByteSlice};
use jiff::Timestamp;
use serde::Serialize;

use super::areas::Areas;
use super::complexity::Complexity;
use super::files::{Role, role};
use super::introduced::{Introduced, Mark, Since};
use super::markers::Marker;
use super::style::is_test;
use super::summary::counted;
use super::survey::{File, Survey};
use super::text::as_text;
use crate::git::Oid;

/// The technical debt of a repository.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Debt {
    /// Markers, the oldest first; those whose age is not known come last.
    pub markers: Vec<AgedMarker>,
    /// How many there are of each word.
    pub by_word: BTreeMap<String, u64>,
    /// How old they are.
    pub by_age: Ages,
    /// How many there are in each part of the repository.
    pub by_area: BTreeMap<String, u64>,
    /// Functions above a limit of complexity.
    pub complex_functions: u64,
    /// Files above the limit of lines.
    pub large_files: u64,
    /// Handlers of errors that do nothing.
    pub silent_handlers: u64,
    /// Handlers of errors that catch whatever comes.
    pub broad_handlers: u64,
    /// Where to begin.
    pub recommendations: Vec<String>,
}

/// A marker and its age.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AgedMarker {
    /// Its file.
    #[serde(serialize_with = "as_text")]
    pub path: BString,
    /// Its line.
    pub line: u32,
    /// The word.
    pub word: String,
    /// What it says.
    pub text: String,
    /// What stands in parentheses after the word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// The part that its file plays.
    pub role: Role,
    /// Since when it has been there.
    #[serde(flatten)]
    pub since: Option<Introduction>,
}

/// Since when something has been there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Introduction {
    /// The commit that brought it.
    pub since_commit: Oid,
    /// When that was made.
    pub since: Timestamp,
}

impl Introduction {
    /// What the commit says.
    pub fn of(since: &Since) -> Option<Self> {
        Some(Self {
            since_commit: Oid::from_bytes(&since.commit).ok()?,
            since: Timestamp::from_second(since.seconds).ok()?,
        })
    }

    /// Whole days from then to the present.
    pub fn days(&self, now: Timestamp) -> i64 {
        (now.as_second() - self.since.as_second()).max(0) / (24 * 60 * 60)
    }
}

/// How many markers are how old.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Ages {
    /// Up to 30 days.
    pub month: u64,
    /// Up to 182 days.
    pub half_year: u64,
    /// Up to 365 days.
    pub year: u64,
    /// Older.
    pub older: u64,
    /// Not in a commit yet, or from before the border of a shallow clone.
    pub unknown: u64,
}

impl Ages {
    fn add(&mut self, age: Option<&Introduction>, now: Timestamp) {
        let count = match age.map(|age| age.days(now)) {
            None => &mut self.unknown,
            Some(..=30) => &mut self.month,
            Some(..=182) => &mut self.half_year,
            Some(..=365) => &mut self.year,
            Some(_) => &mut self.older,
        };
        *count += 1;
    }
}

/// What a marker is recognised by when lines move: its words.
pub fn mark(marker: &Marker) -> Mark {
    let (word, text) = marker.identity();
    let mut hasher = blake3::Hasher::new();
    for part in ["marker", word, text] {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    let mut mark = [0; 16];
    hasher.finalize_xof().fill(&mut mark);
    mark
}

/// The markers of a file that are the project's own to deal with.
pub fn markers(file: &File) -> &[Marker] {
    let own = file.place.role != Role::Fixture && !file.place.left_out;
    file.deep
        .as_ref()
        .filter(|_| own)
        .map_or(&[], |deep| &deep.markers)
}

/// Adds up what the files say.
pub fn of(
    survey: &Survey,
    areas: &Areas,
    complexity: &Complexity,
    introduced: &Introduced,
    now: Timestamp,
) -> Debt {
    let mut debt = Debt {
        complex_functions: complexity.complex.len() as u64,
        large_files: complexity.large_files.len() as u64,
        ..Debt::default()
    };
    for file in &survey.files {
        for marker in markers(file) {
            let since = introduced
                .since(file.path.as_ref(), &mark(marker))
                .and_then(Introduction::of);
            debt.by_age.add(since.as_ref(), now);
            *debt.by_word.entry(marker.word.clone()).or_default() += 1;
            let area = areas.of(file.path.as_ref()).to_str_lossy().into_owned();
            *debt.by_area.entry(area).or_default() += 1;
            debt.markers.push(AgedMarker {
                path: file.path.clone(),
                line: marker.line,
                word: marker.word.clone(),
                text: marker.text.clone(),
                about: marker.about.clone(),
                role: file.place.role,
                since,
            });
        }
        let syntax = file.deep.as_ref().and_then(|deep| deep.syntax.as_ref());
        if let Some(errors) = syntax.map(|syntax| &syntax.errors) {
            debt.silent_handlers += u64::from(errors.silent);
            debt.broad_handlers += u64::from(errors.broad);
        }
    }
    debt.markers.sort_by(|one, other| {
        let key = |marker: &AgedMarker| {
            let since = marker.since.as_ref().map(|age| age.since);
            (since.is_none(), since)
        };
        key(one)
            .cmp(&key(other))
            .then_with(|| (&one.path, one.line).cmp(&(&other.path, other.line)))
    });
    debt.recommendations = recommendations(&debt, complexity);
    debt
}

/// Where to begin: the oldest marker, the worst function, the largest file, the most crowded part.
fn recommendations(debt: &Debt, complexity: &Complexity) -> Vec<String> {
    let mut advice = Vec::new();
    if let Some((marker, age)) = debt
        .markers
        .first()
        .and_then(|marker| Some((marker, marker.since.as_ref()?)))
        && debt.by_age.older > 0
    {
        advice.push(format!(
            "{} older than a year: do what they say, or make issues of it; the oldest, at {}:{}, is of {}",
            counted(debt.by_age.older, "marker"),
            marker.path,
            marker.line,
            age.since.strftime("%Y-%m")
        ));
    }
    let own = |role: &Role| matches!(role, Role::Main);
    if let Some(worst) = complexity.complex.iter().find(|found| own(&found.role)) {
        advice.push(format!(
            "{}:{} {} (complexity {}): {}",
            worst.path,
            worst.function.line,
            worst.function.name,
            worst.function.cyclomatic,
            worst.recommendation
        ));
    }
    let mut large = complexity.large_files.iter();
    if let Some(largest) = large.find(|file| own(&role(file.path.as_ref())) && !is_test(&file.path))
    {
        advice.push(format!(
            "{} ({} lines): {}",
            largest.path, largest.lines, largest.recommendation
        ));
    }
    if debt.silent_handlers > 0 {
        advice.push(format!(
            "{} of errors without a statement: say why in a comment, or let the error through",
            counted(debt.silent_handlers, "handler")
        ));
    }
    let crowded = debt
        .by_area
        .iter()
        .max_by_key(|(area, count)| (**count, Reverse(*area)));
    if let Some((area, count)) = crowded
        && debt.by_area.len() > 1
        && *count > 10
    {
        let name = if area.is_empty() {
            "the top folder"
        } else {
            area
        };
        advice.push(format!(
            "{name} has {count} of {} markers",
            debt.markers.len()
        ));
    }
    advice
}
