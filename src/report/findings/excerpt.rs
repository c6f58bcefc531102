//! Source lines for findings, without those that hold secrets.

use std::collections::HashMap;

use super::document::Document;
use crate::findings::{Finding, Place, Subject};

/// A few lines of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Excerpt {
    /// The number of the first of them, from 1.
    pub first_line: u32,
    /// The lines, with `\n` between them.
    pub text: String,
}

/// Where source lines come from: as the file was when the finding was made, nothing if that is not to be had.
pub type Source<'a> = dyn Fn(&Finding) -> Option<Excerpt> + 'a;

/// Source lines of a document's findings. A line that holds a secret, as any finding of the document says, is never
/// given: neither with that finding nor around another.
pub(in crate::report) struct Sources<'a> {
    read: &'a Source<'a>,
    secret: HashMap<&'a str, Vec<(u32, u32)>>,
}

impl<'a> Sources<'a> {
    pub(in crate::report) fn new(document: &'a Document, read: &'a Source<'a>) -> Self {
        let mut secret: HashMap<&str, Vec<(u32, u32)>> = HashMap::new();
        for entry in &document.entries {
            let Some(place) = &entry.finding.place else {
                continue;
            };
            if matches!(entry.finding.subject, Subject::Secret { .. }) {
                secret.entry(&place.path).or_default().push(lines_of(place));
            }
        }
        for ranges in secret.values_mut() {
            merge(ranges);
        }
        Self { read, secret }
    }

    /// The lines of a finding and around it; other findings' secrets as empty lines.
    pub(in crate::report) fn of(&self, finding: &Finding) -> Option<Excerpt> {
        if matches!(finding.subject, Subject::Secret { .. }) {
            return None;
        }
        let place = finding.place.as_ref()?;
        let first = place.line?;
        if self.has_secret(&place.path, first, place.end_line.unwrap_or(first)) {
            return None;
        }
        let mut excerpt = (self.read)(finding)?;
        if self.secret.contains_key(place.path.as_str()) {
            let lines = (excerpt.first_line..).zip(excerpt.text.split('\n'));
            let kept: Vec<&str> = lines
                .map(|(number, line)| {
                    if self.has_secret(&place.path, number, number) {
                        ""
                    } else {
                        line
                    }
                })
                .collect();
            excerpt.text = kept.join("\n");
        }
        Some(excerpt)
    }

    /// Whether one of these lines holds a secret.
    fn has_secret(&self, path: &str, first: u32, last: u32) -> bool {
        self.secret.get(path).is_some_and(|ranges| {
            let begun = ranges.partition_point(|(start, _)| *start <= last);
            let nearest = begun.checked_sub(1).and_then(|at| ranges.get(at));
            nearest.is_some_and(|(_, end)| first <= *end)
        })
    }
}

/// The lines of a secret; those of the whole file if they are not known.
fn lines_of(place: &Place) -> (u32, u32) {
    match place.line {
        Some(line) => (line, place.end_line.unwrap_or(line).max(line)),
        None => (0, u32::MAX),
    }
}

/// Sorts ranges and joins those that overlap, so that a search among their beginnings finds the only one that can hold a
/// line.
fn merge(ranges: &mut Vec<(u32, u32)>) {
    ranges.sort_unstable();
    ranges.dedup_by(|next, kept| {
        let overlaps = next.0 <= kept.1;
        if overlaps {
            kept.1 = kept.1.max(next.1);
        }
        overlaps
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_secrets_are_found_by_any_line_of_a_range() {
        let secret = HashMap::from([("a", vec![(3, 4), (8, 8)])]);
        let sources = Sources {
            read: &|_| None,
            secret,
        };
        let found = [(1, 2), (1, 3), (4, 9), (5, 7), (5, 8), (9, u32::MAX)]
            .map(|(first, last)| sources.has_secret("a", first, last));
        assert_eq!(found, [false, true, true, false, true, false]);
        assert!(!sources.has_secret("b", 3, 3));
    }

    #[test]
    fn ranges_that_overlap_become_one() {
        let mut ranges = vec![(7, 9), (1, 5), (2, 3), (5, 6), (11, 11)];
        merge(&mut ranges);
        assert_eq!(ranges, [(1, 6), (7, 9), (11, 11)]);
    }
}
