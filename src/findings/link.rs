//! Handing on what findings are called: the id and the first sight of those that were there before, new ones for the rest.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use super::{Finding, FirstSeen, Matching, Subject};

/// Gives every finding of `after` its id, and since when it is known.
///
/// A finding that was matched has those of its counterpart. A new one has an id made from what it is, 16 hexadecimal
/// digits, and was first seen `now`, in `commit` unless files were changed. No two have the same id, whatever ids the
/// earlier list has.
pub fn link(
    before: &[Finding],
    after: &mut [Finding],
    matching: &Matching,
    now: Timestamp,
    commit: Option<&str>,
) {
    let first_seen = FirstSeen {
        at: now,
        commit: commit.map(str::to_owned),
    };
    for finding in after.iter_mut() {
        finding.id.clear();
        finding.first_seen = Some(first_seen.clone());
    }
    let mut taken: HashSet<String> = HashSet::new();
    for (one, other, _) in &matching.pairs {
        if let (Some(old), Some(new)) = (before.get(*one), after.get_mut(*other)) {
            if old.first_seen.is_some() {
                new.first_seen.clone_from(&old.first_seen);
            }
            if !old.id.is_empty() && taken.insert(old.id.clone()) {
                new.id.clone_from(&old.id);
            }
        }
    }
    let mut nameless: Vec<&mut Finding> = after
        .iter_mut()
        .filter(|finding| finding.id.is_empty())
        .collect();
    nameless.sort_by(|one, other| by_place(one, other));
    let mut ordinals: HashMap<[u8; 32], u64> = HashMap::new();
    for finding in nameless {
        let what = what_it_is(finding);
        let ordinal = ordinals.entry(*what.finalize().as_bytes()).or_default();
        loop {
            let id = numbered(&what, *ordinal);
            *ordinal = ordinal.saturating_add(1);
            if taken.insert(id.clone()) {
                finding.id = id;
                break;
            }
        }
    }
}

/// Those that are equal in what they are have the same ids in whatever order they come, for they are numbered in this one.
fn by_place(one: &Finding, other: &Finding) -> Ordering {
    one.place
        .cmp(&other.place)
        .then_with(|| one.message.cmp(&other.message))
        .then_with(|| one.severity.cmp(&other.severity))
}

/// What makes a finding itself at first sight.
fn what_it_is(finding: &Finding) -> blake3::Hasher {
    let path = finding.place.as_ref().map_or("", |it| it.path.as_str());
    let (tool, rule) = (finding.tool.as_str(), finding.rule.as_str());
    let parts: &[&str] = match &finding.subject {
        Subject::Code => {
            let line = finding.line.as_ref().map_or("", |it| it.hash.as_str());
            &["code", tool, rule, path, line, &finding.message]
        }
        Subject::Dependency(it) => &["dependency", tool, &it.ecosystem, &it.package, &it.advisory],
        Subject::Function { name } => &["function", tool, rule, path, name],
        Subject::Secret { digest } => &["secret", tool, rule, digest],
        Subject::Test { name } => &["test", tool, rule, name],
    };
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hasher
}

fn numbered(what: &blake3::Hasher, ordinal: u64) -> String {
    let mut hasher = what.clone();
    hasher.update(&ordinal.to_le_bytes());
    let mut id = hasher.finalize().to_hex().to_string();
    id.truncate(16);
    id
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::findings::{Dependency, LineIdentity, Place, Severity, match_findings};

    fn at(path: &str, line: u32) -> Finding {
        Finding {
            place: Some(Place {
                path: path.to_owned(),
                line: Some(line),
                ..Place::default()
            }),
            line: Some(LineIdentity {
                blob: None,
                hash: "0123456789abcdef".to_owned(),
            }),
            ..Finding::new("ruff", "S101", Severity::Low, "assert".to_owned())
        }
    }

    fn second(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    fn linked(before: &[Finding], mut after: Vec<Finding>, now: i64) -> Vec<Finding> {
        let matching = match_findings(before, &after, None);
        link(before, &mut after, &matching, second(now), Some("c0ffee"));
        after
    }

    #[test]
    fn ids_are_handed_on() {
        let first = linked(&[], vec![at("a.py", 1), at("a.py", 9)], 1);
        let ids: Vec<&str> = first.iter().map(|it| it.id.as_str()).collect();
        assert_ne!(ids[0], ids[1]);
        assert!(ids.iter().all(|id| id.len() == 16));
        let then = linked(
            &first,
            vec![at("a.py", 30), at("a.py", 11), at("a.py", 3)],
            2,
        );
        assert_eq!(then[1].id, first[1].id);
        assert_eq!(then[2].id, first[0].id);
        assert!(!ids.contains(&then[0].id.as_str()));
        assert_eq!(then[1].first_seen.as_ref().unwrap().at, second(1));
        let seen = FirstSeen {
            at: second(2),
            commit: Some("c0ffee".to_owned()),
        };
        assert_eq!(then[0].first_seen, Some(seen));
    }

    #[test]
    fn ids_depend_on_what_a_finding_is_alone() {
        let ids = |findings: Vec<Finding>, now: i64| -> Vec<(u32, String)> {
            let mut ids: Vec<(u32, String)> = linked(&[], findings, now)
                .into_iter()
                .map(|it| (it.place.unwrap().line.unwrap(), it.id))
                .collect();
            ids.sort();
            ids
        };
        let one = ids(vec![at("a.py", 1), at("a.py", 9), at("a.py", 5)], 1);
        let other = ids(vec![at("a.py", 9), at("a.py", 5), at("a.py", 1)], 2);
        assert_eq!(one, other);
        let elsewhere = ids(vec![at("a.py", 2), at("a.py", 9), at("a.py", 5)], 1);
        assert_eq!(one[0].1, elsewhere[0].1, "lines do not count");
        assert_ne!(one[0].1, ids(vec![at("b.py", 1)], 1)[0].1);
        // As long as anybody has ids stored, they stay what they are.
        assert_eq!(one[0].1, "41dc8e53df100463");
    }

    #[test]
    fn no_two_have_the_same_id() {
        let mut before = linked(&[], vec![at("a.py", 1)], 1);
        // It moved to another file, and what it was is there again.
        let after = linked(&before, vec![at("a.py", 1), at("b.py", 1)], 2);
        assert_eq!(after[0].id, before[0].id);
        before[0].place.as_mut().unwrap().path = "b.py".to_owned();
        let after = linked(&before, vec![at("a.py", 1), at("b.py", 1)], 2);
        assert_eq!(after[1].id, before[0].id);
        assert_ne!(after[0].id, after[1].id);
        // Ids that were given twice are given once.
        let twice = vec![before[0].clone(), before[0].clone()];
        let after = linked(&twice, vec![at("b.py", 1), at("b.py", 1)], 2);
        assert_ne!(after[0].id, after[1].id);
    }

    #[test]
    fn many_equal_ones_take_no_longer() {
        let first = linked(&[], vec![at("a.py", 1); 50_000], 1);
        let unlinked = first.iter().cloned().map(|it| Finding {
            id: String::new(),
            ..it
        });
        let again: Vec<Finding> = unlinked.chain(vec![at("a.py", 1); 50_000]).collect();
        let then = linked(&first, again, 2);
        let unique: HashSet<&str> = then.iter().map(|it| it.id.as_str()).collect();
        assert_eq!(unique.len(), 100_000);
    }

    #[test]
    fn subjects_have_their_own_keys() {
        let dependency = |message: &str, path: &str| Finding {
            subject: Subject::Dependency(Dependency {
                ecosystem: "npm".to_owned(),
                package: "lodash".to_owned(),
                advisory: "GHSA-1".to_owned(),
                ..Dependency::default()
            }),
            message: message.to_owned(),
            ..at(path, 1)
        };
        let one = linked(&[], vec![dependency("old words", "package-lock.json")], 1);
        let other = linked(&[], vec![dependency("new words", "yarn.lock")], 1);
        assert_eq!(one[0].id, other[0].id);
        let named = |subject: Subject| {
            let finding = Finding {
                subject,
                ..at("a.py", 1)
            };
            linked(&[], vec![finding], 1)[0].id.clone()
        };
        let name = || "n".to_owned();
        let ids = HashSet::from([
            named(Subject::Function { name: name() }),
            named(Subject::Secret { digest: name() }),
            named(Subject::Test { name: name() }),
            named(Subject::Code),
        ]);
        assert_eq!(ids.len(), 4);
    }
}
