//! Findings as rows of small numbers: equal numbers stand for equal texts on both sides, and they are in the order of the
//! texts, so that nothing depends on the order in which findings come.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::advisories::Advisories;
use crate::findings::changes::{Changes, Mapped};
use crate::findings::source::line_hash;
use crate::findings::{Finding, Place, Subject};

/// Stands for a text that is not there.
pub(super) const NONE: u32 = u32::MAX;

/// What of a finding decides which other one it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Row {
    /// Its tool and its rule. An advisory takes the place of the rule: tools that name their rules after advisories do not
    /// always choose the same of its names.
    pub tool: u32,
    pub rule: u32,
    /// What it is about, unless that is a place.
    pub subject: Option<(Kind, u32)>,
    /// Its path on the new side; [`NONE`] if its file is gone.
    pub path: u32,
    /// Its line on the new side, 0 for none: where the difference says, or about there.
    pub line: u32,
    pub column: u32,
    /// Whether its line is the same on both sides.
    pub is_same_line: bool,
    /// Whether its file is the same blob on both sides.
    pub is_same_blob: bool,
    /// The hunk that its line is in.
    pub hunk: u32,
    /// The hash of its line; of a dependency, its version.
    pub text: u32,
    /// Whether its line has any text.
    pub is_blank: bool,
    pub message: u32,
    /// Its message without its numbers.
    pub shape: u32,
    /// The blob that its file was, and the line there.
    pub blob: u32,
    pub blob_line: u32,
    /// What breaks ties between findings that are alike in all of this.
    ends: [u32; 6],
    /// Its path on the old side, and the path it may have moved to; [`NONE`] until that is known.
    pub origin: u32,
    pub target: u32,
    /// Which finding it is.
    pub index: usize,
}

/// What a finding is about, unless that is a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Kind {
    Dependency,
    Function,
    Secret,
    Test,
}

/// Which side a finding is on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Before,
    After,
}

/// A message with every run of digits as one zero: `line too long (93 > 88)` and `(97 > 88)` are the same.
pub(in crate::findings) fn without_numbers(message: &str) -> Cow<'_, str> {
    if !message.bytes().any(|byte| byte.is_ascii_digit()) {
        return Cow::Borrowed(message);
    }
    let mut text = String::with_capacity(message.len());
    let mut after_digit = false;
    for letter in message.chars() {
        let is_digit = letter.is_ascii_digit();
        match (is_digit, after_digit) {
            (true, true) => {}
            (true, false) => text.push('0'),
            (false, _) => text.push(letter),
        }
        after_digit = is_digit;
    }
    Cow::Owned(text)
}

/// Numbers for texts, in the order of the texts.
fn number<'t>(texts: impl Iterator<Item = &'t str>) -> HashMap<&'t str, u32> {
    let unique: HashSet<&str> = texts.collect();
    let mut sorted: Vec<&str> = unique.into_iter().collect();
    sorted.sort_unstable();
    sorted.into_iter().zip(0..).collect()
}

/// The rows of both sides, each sorted.
pub(super) fn rows(
    before: &[Finding],
    after: &[Finding],
    changes: Option<&Changes>,
) -> (Vec<Row>, Vec<Row>) {
    let all = || before.iter().chain(after);
    let messages = number(all().map(|finding| finding.message.as_str()));
    let shapes: HashMap<&str, Cow<'_, str>> = messages
        .keys()
        .map(|message| (*message, without_numbers(message)))
        .collect();
    let places: Vec<Whereabouts<'_>> = before
        .iter()
        .map(|finding| Whereabouts::of(finding, Side::Before, changes))
        .chain(
            after
                .iter()
                .map(|finding| Whereabouts::of(finding, Side::After, changes)),
        )
        .collect();
    let paths = places
        .iter()
        .flat_map(|spot| [spot.path, spot.origin])
        .flatten();
    let names = number(all().flat_map(texts).chain(paths));
    let rows = Rows {
        shapes: number(shapes.values().map(AsRef::as_ref)),
        shape_of: &shapes,
        messages,
        names,
        advisories: Advisories::of(all()),
        blank: line_hash(b""),
    };
    let (before_places, after_places) = places.split_at(before.len());
    let side = |findings: &[Finding], spots: &[Whereabouts<'_>]| {
        let mut sorted: Vec<Row> = findings
            .iter()
            .zip(spots)
            .enumerate()
            .map(|(index, (finding, spot))| rows.row(index, finding, spot))
            .collect();
        sorted.sort_unstable();
        sorted
    };
    (side(before, before_places), side(after, after_places))
}

/// The texts of a finding that are compared, besides its message and its path.
fn texts(finding: &Finding) -> impl Iterator<Item = &str> {
    let line = finding.line.as_ref();
    let subject = match &finding.subject {
        Subject::Code => None,
        Subject::Dependency(dependency) => dependency.version.as_deref(),
        Subject::Function { name } | Subject::Test { name } => Some(name.as_str()),
        Subject::Secret { digest } => Some(digest.as_str()),
    };
    [
        Some(finding.tool.as_str()),
        Some(finding.rule.as_str()),
        Some(finding.id.as_str()),
        line.map(|line| line.hash.as_str()),
        line.and_then(|line| line.blob.as_deref()),
        subject,
    ]
    .into_iter()
    .flatten()
}

/// Where a finding is, in terms of the new side.
struct Whereabouts<'t> {
    path: Option<&'t str>,
    /// The path on the old side, of an old finding.
    origin: Option<&'t str>,
    line: u32,
    is_same_line: bool,
    is_same_blob: bool,
    hunk: Option<usize>,
}

impl<'t> Whereabouts<'t> {
    fn of(finding: &'t Finding, side: Side, changes: Option<&'t Changes>) -> Self {
        let mut spot = Self {
            // What has no place is at the same one on both sides.
            path: Some(""),
            origin: None,
            line: 0,
            is_same_line: changes.is_some(),
            is_same_blob: false,
            hunk: None,
        };
        let Some(place) = &finding.place else {
            return spot;
        };
        let path = place.path.as_str();
        spot.path = Some(path);
        spot.origin = (side == Side::Before).then_some(path);
        spot.line = place.line.unwrap_or(0);
        let Some(changes) = changes else {
            return spot;
        };
        if side == Side::After {
            spot.hunk = changes.hunk_of_new(path, spot.line);
            spot.is_same_line = spot.hunk.is_none();
            // Which file it was is said by the finding it is compared with.
            spot.is_same_blob = true;
            return spot;
        }
        match changes.map_line(path, spot.line) {
            Mapped::Line { path: new, line } => {
                spot.is_same_blob = changes.carried(path).is_some();
                (spot.path, spot.line) = (Some(new), line);
            }
            Mapped::Touched {
                path: new,
                hunk,
                near,
            } => {
                (spot.path, spot.line, spot.hunk) = (Some(new), near, Some(hunk));
                spot.is_same_line = false;
            }
            Mapped::Deleted => {
                spot.path = None;
                spot.is_same_line = false;
            }
        }
        spot
    }
}

struct Rows<'t> {
    messages: HashMap<&'t str, u32>,
    shape_of: &'t HashMap<&'t str, Cow<'t, str>>,
    shapes: HashMap<&'t str, u32>,
    names: HashMap<&'t str, u32>,
    advisories: Advisories<'t>,
    blank: String,
}

impl Rows<'_> {
    fn name(&self, text: Option<&str>) -> u32 {
        text.and_then(|text| self.names.get(text).copied())
            .unwrap_or(NONE)
    }

    fn row(&self, index: usize, finding: &Finding, spot: &Whereabouts<'_>) -> Row {
        let place = finding.place.as_ref();
        let line = finding.line.as_ref();
        let (subject, version) = match &finding.subject {
            Subject::Code => (None, None),
            Subject::Dependency(dependency) => {
                let advisory = self.advisories.number(&finding.tool, dependency);
                let version = dependency.version.as_deref();
                (Some((Kind::Dependency, advisory)), version)
            }
            Subject::Function { name } => (Some((Kind::Function, self.name(Some(name)))), None),
            Subject::Secret { digest } => (Some((Kind::Secret, self.name(Some(digest)))), None),
            Subject::Test { name } => (Some((Kind::Test, self.name(Some(name)))), None),
        };
        let called = match &finding.subject {
            Subject::Dependency(dependency) => self.advisories.order(dependency),
            _ => NONE,
        };
        let is_dependency = matches!(finding.subject, Subject::Dependency(_));
        let rule = (!is_dependency).then_some(finding.rule.as_str());
        let text = if is_dependency {
            version
        } else {
            line.map(|line| line.hash.as_str())
        };
        let shape = self.shape_of.get(finding.message.as_str());
        let shape = shape.and_then(|shape| self.shapes.get(shape.as_ref()));
        let message = self.messages.get(finding.message.as_str());
        let end = |of: fn(&Place) -> Option<u32>| place.and_then(of).unwrap_or(0);
        Row {
            tool: self.name(Some(&finding.tool)),
            rule: self.name(rule),
            subject,
            path: self.name(spot.path),
            line: spot.line,
            column: end(|place| place.column),
            is_same_line: spot.is_same_line,
            is_same_blob: spot.is_same_blob,
            hunk: spot
                .hunk
                .and_then(|hunk| u32::try_from(hunk).ok())
                .unwrap_or(NONE),
            text: self.name(text),
            is_blank: line.is_some_and(|line| line.hash == self.blank),
            message: message.copied().unwrap_or(NONE),
            shape: shape.copied().unwrap_or(NONE),
            blob: self.name(line.and_then(|line| line.blob.as_deref())),
            blob_line: end(|place| place.line),
            ends: [
                finding.severity as u32,
                self.name(Some(&finding.rule)),
                called,
                end(|place| place.end_line),
                end(|place| place.end_column),
                self.name(Some(&finding.id)),
            ],
            origin: self.name(spot.origin),
            target: NONE,
            index,
        }
    }
}
