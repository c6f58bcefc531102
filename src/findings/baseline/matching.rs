//! Which accepted findings are there: comparisons from the surest to the weakest, each of what the ones before it left.

use std::borrow::Borrow;
use std::collections::HashMap;

use super::{Coverage, Entry};
use crate::findings::identity::without_numbers;
use crate::findings::source::line_hash;
use crate::findings::{Finding, Subject};

/// A way of comparing entries.
pub(super) struct Comparison {
    /// What is equal of entries that may be the same; nothing for those that it has nothing to say about.
    key: fn(&Entry) -> Option<Key>,
    /// Whether there must be one on either side, for several are too many to tell.
    is_single: bool,
}

/// Texts, framed by their lengths.
type Key = String;

pub(super) const COMPARISONS: [Comparison; 5] = [
    Comparison {
        key: |entry| match entry.what() {
            What::Code => {
                let line = entry.line.as_deref()?;
                Some(key(entry, &[&entry.path, line, &entry.message]))
            }
            What::Other(name) => Some(key(entry, &[&entry.path, &name])),
        },
        is_single: false,
    },
    Comparison {
        key: |entry| match entry.what() {
            What::Code => Some(key(entry, &[&entry.path, entry.line.as_deref()?])),
            What::Other(_) if entry.function.is_some() => None,
            What::Other(name) => Some(key(entry, &[&name])),
        },
        is_single: false,
    },
    Comparison {
        key: |entry| match entry.what() {
            What::Code => {
                let line = entry.line.as_deref()?;
                let has_text = line != line_hash(b"");
                has_text.then(|| key(entry, &[line, &entry.message]))
            }
            What::Other(name) => Some(key(entry, &[&name])),
        },
        is_single: true,
    },
    Comparison {
        key: |entry| match entry.what() {
            What::Code => Some(key(entry, &[&entry.path, &entry.message])),
            What::Other(_) => None,
        },
        is_single: false,
    },
    Comparison {
        key: |entry| match entry.what() {
            What::Code => {
                let message = without_numbers(&entry.message);
                Some(key(entry, &[&entry.path, &message]))
            }
            What::Other(_) => None,
        },
        is_single: false,
    },
];

/// Tool, rule, and what else is compared. The rule of a dependency's fault is its advisory.
fn key(entry: &Entry, parts: &[&str]) -> Key {
    let rule = match entry.package {
        Some(_) => "",
        None => entry.rule.as_str(),
    };
    let mut key = Key::new();
    for part in [entry.tool.as_str(), rule].iter().chain(parts) {
        key.push_str(&part.len().to_string());
        key.push(':');
        key.push_str(part);
    }
    key
}

enum What {
    Code,
    Other(String),
}

impl Entry {
    /// What it is about.
    fn what(&self) -> What {
        let named = [
            ("function", &self.function),
            ("secret", &self.secret),
            ("test", &self.test),
            ("package", &self.package),
        ];
        let found = named
            .iter()
            .find_map(|(kind, name)| Some((kind, name.as_deref()?)));
        match found {
            None => What::Code,
            Some((kind, name)) => {
                let advisory = self.advisory.as_deref().unwrap_or_default();
                What::Other(format!(
                    "{kind} {}:{name} {}",
                    name.len(),
                    advisory.to_ascii_uppercase()
                ))
            }
        }
    }
}

/// The entries that a finding may be: one, and for each other name of its advisory another.
fn described(finding: &Finding) -> Vec<Entry> {
    let entry = Entry::of(finding);
    let aliases: &[String] = match &finding.subject {
        Subject::Dependency(dependency) => &dependency.aliases,
        _ => &[],
    };
    let others = aliases.iter().map(|alias| Entry {
        advisory: Some(alias.clone()),
        ..entry.clone()
    });
    let others: Vec<Entry> = others.collect();
    std::iter::once(entry).chain(others).collect()
}

/// What is not decided yet.
pub(super) struct Open<'b> {
    entries: &'b [Entry],
    /// How many findings each entry still accepts.
    left: Vec<u64>,
    /// What is known of each finding, and which one it is: in an order that does not depend on that of the findings.
    findings: Vec<(Vec<Entry>, usize)>,
    covered: Vec<Option<usize>>,
}

impl<'b> Open<'b> {
    pub(super) fn new<F: Borrow<Finding>>(entries: &'b [Entry], findings: &[F]) -> Self {
        let mut described: Vec<(Vec<Entry>, usize)> = findings
            .iter()
            .map(|it| described(it.borrow()))
            .zip(0..)
            .collect();
        let place = |index: &usize| {
            findings
                .get(*index)
                .and_then(|it| it.borrow().place.as_ref())
        };
        described.sort_by(|(one, at), (other, other_at)| {
            one.cmp(other).then_with(|| place(at).cmp(&place(other_at)))
        });
        Self {
            entries,
            left: entries.iter().map(Entry::accepted).collect(),
            covered: vec![None; findings.len()],
            findings: described,
        }
    }

    /// Lets entries accept findings of the same key.
    pub(super) fn compare(&mut self, comparison: &Comparison) {
        // Last to first, so that the first is taken from the end.
        let mut known: HashMap<Key, Vec<usize>> = HashMap::new();
        for (number, entry) in self.entries.iter().enumerate().rev() {
            let is_open = self.left.get(number).is_some_and(|left| *left > 0);
            if let Some(key) = (comparison.key)(entry).filter(|_| is_open) {
                known.entry(key).or_default().push(number);
            }
        }
        let mut found: Vec<(usize, Vec<Key>)> = Vec::new();
        for (entries, index) in &self.findings {
            if matches!(self.covered.get(*index), Some(None)) {
                let keys = entries.iter().filter_map(comparison.key);
                found.push((*index, keys.filter(|key| known.contains_key(key)).collect()));
            }
        }
        if comparison.is_single {
            let mut counts: HashMap<Key, usize> = HashMap::new();
            for key in found.iter().flat_map(|(_, keys)| keys) {
                *counts.entry(key.clone()).or_default() += 1;
            }
            known.retain(|key, numbers| counts.get(key) == Some(&1) && self.accept_one(numbers));
        }
        for (index, keys) in found {
            let accepting = keys.iter().find_map(|key| self.accept(known.get_mut(key)?));
            if let Some(covered) = self.covered.get_mut(index) {
                *covered = accepting;
            }
        }
    }

    /// Whether these entries accept one finding together.
    fn accept_one(&self, numbers: &[usize]) -> bool {
        matches!(numbers, [number] if self.left.get(*number) == Some(&1))
    }

    /// Takes one of what these entries accept.
    fn accept(&mut self, numbers: &mut Vec<usize>) -> Option<usize> {
        while let Some(number) = numbers.last().copied() {
            if let Some(left) = self.left.get_mut(number).filter(|left| **left > 0) {
                *left -= 1;
                return Some(number);
            }
            numbers.pop();
        }
        None
    }

    pub(super) fn finish(self) -> Coverage {
        let left = self.left.into_iter().enumerate();
        Coverage {
            covered: self.covered,
            stale: left.filter(|(_, left)| *left > 0).collect(),
        }
    }
}
