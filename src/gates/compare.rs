//! Which findings count: those that the base does not have and nobody suppressed.

use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::findings::suppress::{State, apply};
use crate::findings::{Baseline, Changes, Checked, Finding, Markers, Suppression, match_findings};

/// What findings are compared with.
#[derive(Clone, Copy, Debug)]
pub enum Before<'a> {
    /// Nothing: all of them count.
    Nothing,
    /// The accepted ones.
    Accepted(&'a Baseline),
    /// Those of the base, and what changed since.
    Findings(&'a [Finding], Option<&'a Changes>),
}

/// The findings that count, and how many do not.
#[derive(Debug)]
pub struct Compared {
    /// Those that count.
    pub new: Vec<Finding>,
    /// How many do not.
    pub known: usize,
}

/// Takes out of `findings` what the base has.
pub fn compare(findings: Vec<Finding>, before: &Before<'_>) -> Compared {
    let all = findings.len();
    let is_new: Vec<bool> = match before {
        Before::Nothing => vec![true; all],
        Before::Accepted(baseline) => {
            let coverage = baseline.matches(&findings);
            coverage.covered.iter().map(Option::is_none).collect()
        }
        Before::Findings(before, changes) => {
            let mut is_new = vec![false; all];
            for at in match_findings(before, &findings, *changes).new {
                if let Some(is_new) = is_new.get_mut(at) {
                    *is_new = true;
                }
            }
            is_new
        }
    };
    let new: Vec<Finding> = findings
        .into_iter()
        .zip(is_new)
        .filter_map(|(finding, is_new)| is_new.then_some(finding))
        .collect();
    Compared {
        known: all - new.len(),
        new,
    }
}

/// Takes out what is suppressed. `markers` gives the comments of a finding's file.
pub fn without_suppressed(
    compared: Compared,
    suppressions: &[Suppression],
    markers: impl Fn(&Finding) -> Option<Markers>,
    today: Date,
) -> Compared {
    let mut files: Vec<(String, Markers)> = Vec::new();
    for finding in &compared.new {
        let Some(place) = &finding.place else {
            continue;
        };
        if files.last().is_none_or(|(path, _)| *path != place.path)
            && files.iter().all(|(path, _)| *path != place.path)
            && let Some(markers) = markers(finding)
        {
            files.push((place.path.clone(), markers));
        }
    }
    files.sort_by(|one, other| one.0.cmp(&other.0));
    // Which words say nothing any more is told where findings are listed.
    let checked = Checked {
        tools: &BTreeSet::new(),
        has_all_tools: false,
        has_file: &|_| false,
        has_all_files: false,
    };
    let states = apply(&compared.new, suppressions, &files, &checked, today).states;
    let all = compared.new.len();
    let new: Vec<Finding> = compared
        .new
        .into_iter()
        .zip(states)
        .filter_map(|(finding, state)| (state == State::Active).then_some(finding))
        .collect();
    Compared {
        known: compared.known + all - new.len(),
        new,
    }
}
