//! Tests that waver.

use std::collections::{BTreeMap, BTreeSet};

use super::scan::ScanHead;
use super::test_run::{CaseOutcome, Tests};

/// Tests that passed when they were run again, or that passed and failed on the same files.
pub fn wavering(heads: &[(Option<String>, ScanHead)]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut by_commit: BTreeMap<&str, Vec<&ScanHead>> = BTreeMap::new();
    for (commit, head) in heads {
        found.extend(cases(head, |outcome| outcome == CaseOutcome::Flaky));
        if let Some(commit) = commit.as_deref().filter(|_| !head.dirty) {
            by_commit.entry(commit).or_default().push(head);
        }
    }
    for heads in by_commit.values().filter(|heads| heads.len() > 1) {
        let most = heads.iter().map(|head| total(head)).max().unwrap_or(0);
        // Only runs of all the tests: a test that was not run did not pass.
        let whole: Vec<&&ScanHead> = heads.iter().filter(|head| total(head) == most).collect();
        let failed = |head: &ScanHead| -> BTreeSet<String> {
            cases(head, |it| {
                matches!(it, CaseOutcome::Failed | CaseOutcome::Error)
            })
            .collect()
        };
        for head in &whole {
            for test in failed(head) {
                let passed = |other: &&ScanHead| !cases(other, |_| true).any(|it| it == test);
                if whole.iter().any(|other| passed(other)) {
                    found.insert(test);
                }
            }
        }
    }
    found
}

fn cases(head: &ScanHead, is_wanted: impl Fn(CaseOutcome) -> bool) -> impl Iterator<Item = String> {
    let tests = head.tools.iter().filter_map(|tool| tool.tests.as_ref());
    let cases = tests.flat_map(|tests| &tests.cases);
    cases
        .filter(move |case| is_wanted(case.outcome))
        .map(|case| case.name.clone())
}

fn total(head: &ScanHead) -> u64 {
    let tests = head.tools.iter().filter_map(|tool| tool.tests.as_ref());
    tests.map(Tests::total).sum()
}
