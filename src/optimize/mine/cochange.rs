//! Files that change together: when A is in a commit, B nearly always is.
//!
//! One file is looked at a time, with the commits it is in: memory is the list of what each commit changes, and one counter
//! for each file. Time is at most [`FILES`] times the length of that list.

use std::collections::HashMap;

use crate::metrics::stats::as_f64;

/// A commit of more files is left out: a licence header or a formatter says nothing about what belongs together.
pub const FILES: usize = 30;
/// Of the commits with A this share has to have B.
pub const CONFIDENCE: f64 = 0.7;
/// So many commits have to have both.
pub const SUPPORT: u32 = 5;

/// When `when` changes, `then` changes.
#[derive(Clone, Debug, PartialEq)]
pub struct CoChange {
    /// The one file.
    pub when: u32,
    /// The other.
    pub then: u32,
    /// How many commits have both.
    pub support: u32,
    /// Which share of those with the one have the other.
    pub confidence: f64,
    /// How many times as large that is as the share of all commits that have the other. A file that is in nearly every commit,
    /// such as a list of changes, has a lift of about 1.
    pub lift: f64,
}

/// The rules that hold in these commits, each the files that it changes; the most certain first, then the most frequent.
/// A file that is listed twice in a commit counts once.
pub fn co_changes<C: AsRef<[u32]>>(commits: impl Iterator<Item = C>) -> Vec<CoChange> {
    let mut numbers: HashMap<u32, usize> = HashMap::new();
    let mut names: Vec<u32> = Vec::new();
    let mut counts: Vec<u32> = Vec::new();
    let mut changed: Vec<usize> = Vec::new();
    let mut ends: Vec<usize> = Vec::new();
    for commit in commits {
        let mut files = commit.as_ref().to_vec();
        files.sort_unstable();
        files.dedup();
        if files.is_empty() || files.len() > FILES {
            continue;
        }
        for file in files {
            let number = *numbers.entry(file).or_insert(names.len());
            if number == names.len() {
                names.push(file);
                counts.push(0);
            }
            if let Some(count) = counts.get_mut(number) {
                *count = count.saturating_add(1);
            }
            changed.push(number);
        }
        ends.push(changed.len());
    }
    let count = |file: usize| counts.get(file).copied().unwrap_or(0);
    let mut commits_of: Vec<Vec<usize>> = vec![Vec::new(); names.len()];
    let stretches: Vec<(usize, usize)> = std::iter::once(0)
        .chain(ends.iter().copied())
        .zip(ends.iter().copied())
        .collect();
    for (commit, (begin, end)) in stretches.iter().enumerate() {
        for file in changed.get(*begin..*end).unwrap_or_default() {
            if let Some(list) = commits_of
                .get_mut(*file)
                .filter(|_| count(*file) >= SUPPORT)
            {
                list.push(commit);
            }
        }
    }
    let mut together: Vec<u32> = vec![0; names.len()];
    let mut rules = Vec::new();
    for (file, commits) in commits_of.iter().enumerate() {
        let mut others: Vec<usize> = Vec::new();
        for commit in commits {
            let (begin, end) = stretches.get(*commit).copied().unwrap_or_default();
            for other in changed.get(begin..end).unwrap_or_default() {
                if let Some(count) = together.get_mut(*other).filter(|_| *other != file) {
                    if *count == 0 {
                        others.push(*other);
                    }
                    *count += 1;
                }
            }
        }
        for other in others {
            let support = together.get_mut(other).map_or(0, std::mem::take);
            let confidence = f64::from(support) / f64::from(count(file).max(1));
            let (Some(when), Some(then)) = (names.get(file), names.get(other)) else {
                continue;
            };
            if support >= SUPPORT && confidence >= CONFIDENCE {
                rules.push(CoChange {
                    when: *when,
                    then: *then,
                    support,
                    confidence,
                    lift: confidence * as_f64(stretches.len()) / f64::from(count(other).max(1)),
                });
            }
        }
    }
    rules.sort_by(|one, other| {
        let surer = other.confidence.total_cmp(&one.confidence);
        surer
            .then(other.support.cmp(&one.support))
            .then((one.when, one.then).cmp(&(other.when, other.then)))
    });
    rules
}
