//! Random histories without git: a graph of commits, read in git's order by a plain list.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet, HashSet};

use bstr::BString;
use jiff::Timestamp;
use proptest::prelude::*;

use super::super::recent::{KEPT, LATEST};
use super::super::update::{Pass, Source, advance};
use super::super::{People, State, Update, View, describe, describe_own};
use crate::git::history::{Framer, Id};

#[derive(Clone, Debug)]
struct Commit {
    /// Numbers of earlier commits.
    parents: Vec<usize>,
    date: i64,
    author: u8,
    paths: Vec<u8>,
}

#[derive(Debug, Default)]
struct Model {
    commits: Vec<Commit>,
    reads: Cell<usize>,
}

fn id(commit: usize) -> Id {
    // The order of ids is not that of the commits.
    let mixed = (commit as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut bytes = [0; 20];
    bytes[..8].copy_from_slice(&mixed.to_le_bytes());
    bytes[12..].copy_from_slice(&(commit as u64).to_be_bytes());
    Id::from_bytes(&bytes).unwrap()
}

fn number(id: Id) -> usize {
    let bytes = id.as_bytes()[12..].try_into().unwrap();
    usize::try_from(u64::from_be_bytes(bytes)).unwrap()
}

impl Model {
    fn reachable(&self, tips: &[usize]) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        let mut rest = tips.to_vec();
        while let Some(commit) = rest.pop() {
            if found.insert(commit) {
                rest.extend(&self.commits[commit].parents);
            }
        }
        found
    }

    /// As git inserts into a list by date: behind those of the same date.
    fn log(&self, tips: &[usize], exclude: &BTreeSet<usize>) -> Vec<usize> {
        self.log_since(tips, exclude, i64::MIN)
    }

    /// With `--since`: git does not look behind what is too old.
    fn log_since(&self, tips: &[usize], exclude: &BTreeSet<usize>, since: i64) -> Vec<usize> {
        let mut list: Vec<usize> = Vec::new();
        let mut seen = HashSet::new();
        let mut order = Vec::new();
        let mut insert = |list: &mut Vec<usize>, commit: usize| {
            if seen.insert(commit) && !exclude.contains(&commit) {
                let date = self.commits[commit].date;
                let place = list
                    .iter()
                    .position(|other| self.commits[*other].date < date);
                list.insert(place.unwrap_or(list.len()), commit);
            }
        };
        for tip in tips {
            insert(&mut list, *tip);
        }
        while !list.is_empty() {
            let commit = list.remove(0);
            if self.commits[commit].date < since {
                continue;
            }
            order.push(commit);
            for parent in &self.commits[commit].parents {
                insert(&mut list, *parent);
            }
        }
        order
    }

    fn write(&self, commit: usize) -> Vec<u8> {
        let Commit {
            parents,
            date,
            author,
            paths,
        } = &self.commits[commit];
        let names: Vec<String> = parents
            .iter()
            .map(|parent| id(*parent).to_string())
            .collect();
        let mut text = format!(
            "\x01{}\0{}\0A{author}\0a{}@x\0{} -0330\0{date}\0fix: {commit}\n\0",
            id(commit),
            names.join(" "),
            author / 2,
            date + 7
        );
        if parents.len() < 2 {
            let (old, new) = ("0".repeat(40), "1".repeat(40));
            for (nth, path) in paths.iter().enumerate() {
                let first = if nth == 0 { "\n" } else { "" };
                text.push_str(&format!(
                    "{first}:000000 100644 {old} {new} A\0d{}/p{path}\0",
                    path % 3
                ));
            }
        }
        text.into_bytes()
    }
}

impl Source for Model {
    type Error = ();

    fn read(&self, tips: &[Id], exclude: &[Id], limit: Option<usize>) -> Result<Pass, ()> {
        self.reads.set(self.reads.get() + 1);
        let numbers = |ids: &[Id]| ids.iter().map(|id| number(*id)).collect::<Vec<_>>();
        let known = self.reachable(&numbers(exclude));
        let mut pass = Pass::from(tips);
        let mut framer = Framer::default();
        let order = self.log(&numbers(tips), &known);
        for commit in order.into_iter().take(limit.unwrap_or(usize::MAX)) {
            framer
                .push(&self.write(commit), |facts| pass.add(facts))
                .unwrap();
        }
        framer.finish(|facts| pass.add(facts)).unwrap();
        Ok(pass)
    }

    fn dates(&self, ids: &[Id]) -> Result<Vec<(Id, i64)>, ()> {
        Ok(ids
            .iter()
            .map(|id| (*id, self.commits[number(*id)].date))
            .collect())
    }

    fn has(&self, ids: &[Id]) -> bool {
        ids.iter().all(|id| number(*id) < self.commits.len())
    }
}

/// Everything that is said, as text.
fn said(state: &State) -> String {
    let people = People::new(state, &state.authors());
    let tracked: Vec<BString> = (0..12).map(|n| format!("d{}/p{n}", n % 3).into()).collect();
    let now = Timestamp::from_second(1_000_000).unwrap();
    let patterns = describe(
        state,
        &View {
            people: &people,
            tracked: &tracked,
            now,
        },
    );
    let own = describe_own(state, &people, &["A1@x"], now);
    format!(
        "{}\n{}\n{}",
        serde_json::to_string_pretty(&patterns).unwrap(),
        serde_json::to_string_pretty(&patterns.list()).unwrap(),
        serde_json::to_string_pretty(&own).unwrap()
    )
}

fn history() -> impl Strategy<Value = Model> {
    // Parents lie a few commits back, or anywhere; dates mostly grow, in steps that make many of them equal.
    let parents = proptest::collection::vec((any::<bool>(), any::<prop::sample::Index>()), 0..3);
    let commit = (
        parents,
        0_i64..12,
        0_u8..5,
        proptest::collection::vec(0_u8..12, 0..4),
    );
    proptest::collection::vec(commit, 1..180).prop_map(|drawn| {
        let mut model = Model::default();
        for (nth, (parents, skew, author, mut paths)) in drawn.into_iter().enumerate() {
            paths.sort_unstable();
            paths.dedup();
            let mut chosen = Vec::new();
            let roots = nth % 40 == 0;
            for (near, index) in parents {
                let back = if near { nth.min(3) } else { nth };
                if back > 0 {
                    let parent = nth - 1 - index.index(back);
                    if !chosen.contains(&parent) {
                        chosen.push(parent);
                    }
                }
            }
            if chosen.is_empty() && nth > 0 && !roots {
                chosen.push(nth - 1);
            }
            let skew = if skew == 0 { 60_000 } else { skew };
            let date = (i64::try_from(nth).unwrap() / 3 * 9_000 - skew).max(0);
            model.commits.push(Commit {
                parents: chosen,
                date,
                author,
                paths,
            });
        }
        model
    })
}

#[test]
fn a_tip_that_comes_after_all_that_are_kept_has_its_date() {
    let mut model = Model::default();
    for nth in 0..2 * KEPT {
        model.commits.push(Commit {
            parents: nth.checked_sub(1).into_iter().collect(),
            date: i64::try_from(nth).unwrap() * 1_000,
            author: 0,
            paths: Vec::new(),
        });
    }
    let last = model.commits.len() - 1;
    let (state, _) = advance(&model, [0; 16], None, vec![id(2), id(last)]).unwrap();
    let (rows, whole) = state.recent.since(model.commits[last].date);
    assert_eq!((rows.len(), whole), (1, true));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 1 } else { 200 }))]

    #[test]
    fn warm_is_cold(
        model in history(),
        steps in proptest::collection::vec(
            (any::<bool>(), proptest::collection::vec(any::<prop::sample::Index>(), 1..3)),
            1..6,
        ),
    ) {
        let mut state = None;
        let mut at = 0;
        for (onwards, tips) in steps {
            // Onwards from the last tip by a few commits, or anywhere: what a reset, a rebase or another branch does.
            let tips: Vec<usize> = if onwards {
                at = (at + 1 + tips[0].index(5)).min(model.commits.len() - 1);
                vec![at]
            } else {
                at = tips[0].index(model.commits.len());
                tips.iter().map(|tip| tip.index(model.commits.len())).collect()
            };
            let ids: Vec<Id> = tips.iter().map(|tip| id(*tip)).collect();
            let (cold, how) = advance(&model, [0; 16], None, ids.clone()).unwrap();
            let reachable = model.reachable(&tips);
            prop_assert_eq!(how, Update::Cold { commits: reachable.len() as u64 });
            let (warm, _) = advance(&model, [0; 16], state.take(), ids).unwrap();
            prop_assert_eq!(&warm.sums, &cold.sums);
            prop_assert_eq!(said(&warm), said(&cold));

            // The latest commits are those that git would list first.
            let mut sorted = tips.clone();
            sorted.sort_by_key(|tip| id(*tip));
            sorted.dedup();
            let log = model.log(&sorted, &BTreeSet::new());
            for state in [&warm, &cold] {
                let latest: Vec<usize> = state.recent.latest().iter().map(|row| number(row.id)).collect();
                prop_assert_eq!(&latest[..], &log[..log.len().min(LATEST)]);
                prop_assert!(state.recent.rows.len() <= KEPT);
                for since in (0..60).map(|step| step * 9_000) {
                    let (rows, whole) = state.recent.since(since);
                    let rows: Vec<usize> = rows.iter().map(|row| number(row.id)).collect();
                    let expected = model.log_since(&sorted, &BTreeSet::new(), since);
                    if whole {
                        prop_assert_eq!(&rows, &expected);
                    } else {
                        prop_assert_eq!(&rows[..], &expected[..rows.len()]);
                        prop_assert!(expected.len() > rows.len());
                    }
                }
            }

            // And the sums are sums.
            let mut counts: BTreeMap<u8, u64> = BTreeMap::new();
            for commit in &reachable {
                let commit = &model.commits[*commit];
                for path in commit.paths.iter().filter(|_| commit.parents.len() < 2) {
                    *counts.entry(*path).or_default() += 1;
                }
            }
            prop_assert_eq!(warm.sums.rows().count(), counts.len());
            for (path, row) in warm.sums.rows() {
                let path: u8 = path.rsplit(|byte| *byte == b'p').next().and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok()).unwrap();
                let commits: u64 = row.iter().map(|pair| u64::from(pair.commits)).sum();
                prop_assert_eq!(counts[&path], commits);
            }
            prop_assert_eq!(warm.commits(), reachable.len() as u64);

            let kept = warm.to_bytes();
            state = State::from_bytes(&kept);
            prop_assert_eq!(state.as_ref(), Some(&warm));
        }
    }

    #[test]
    fn a_damaged_state_is_discarded(model in history(), place: prop::sample::Index, bit in 0_u8..8) {
        let tip = id(model.commits.len() - 1);
        let (state, _) = advance(&model, [0; 16], None, vec![tip]).unwrap();
        let mut kept = state.to_bytes();
        let place = place.index(kept.len());
        kept[place] ^= 1_u8 << bit;
        prop_assert_eq!(State::from_bytes(&kept), None);
        prop_assert_eq!(State::from_bytes(&kept[..place]), None);
        // One whose checksum is right and whose content is not is refused or read, never trusted with an index.
        let mut resealed = super::super::codec::Writer::default();
        resealed.raw(&kept[..kept.len() - 16]);
        if let Some(odd) = State::from_bytes(&resealed.finish()) {
            said(&odd);
        }
    }
}

fn line(count: usize) -> Model {
    let commit = |nth: usize| Commit {
        parents: nth.checked_sub(1).into_iter().collect(),
        date: i64::try_from(nth).unwrap() * 600,
        author: 0,
        paths: vec![0],
    };
    Model {
        commits: (0..count).map(commit).collect(),
        reads: Cell::new(0),
    }
}

#[test]
fn the_next_commit_costs_one_read_and_so_do_many_amended_ones() {
    let mut model = line(300);
    let (mut state, _) = advance(&model, [0; 16], None, vec![id(299)]).unwrap();
    for _ in 0..3 {
        let tip = model.commits.len();
        let mut next = model.commits[tip - 1].clone();
        next.parents = vec![tip - 1];
        next.date += 600;
        model.commits.push(next);
        model.reads.set(0);
        let (then, how) = advance(&model, [0; 16], Some(state), vec![id(tip)]).unwrap();
        assert_eq!(
            (how, model.reads.get()),
            (
                Update::Warm {
                    added: 1,
                    removed: 0
                },
                1
            )
        );
        state = then;
    }
    // Resets: as many as there is slack need no more than what came and what left.
    for back in 1..=(KEPT - LATEST) {
        model.reads.set(0);
        let tip = model.commits.len() - 1 - back;
        let (then, how) = advance(&model, [0; 16], Some(state), vec![id(tip)]).unwrap();
        assert_eq!(
            (how, model.reads.get()),
            (
                Update::Warm {
                    added: 0,
                    removed: 1
                },
                2
            ),
            "{back}"
        );
        state = then;
    }
    model.reads.set(0);
    let tip = model.commits.len() - 2 - (KEPT - LATEST);
    let (state, _) = advance(&model, [0; 16], Some(state), vec![id(tip)]).unwrap();
    assert_eq!(model.reads.get(), 3);
    assert_eq!(state.recent.rows.len(), KEPT);
    let (_, how) = advance(&model, [0; 16], Some(state), vec![id(tip)]).unwrap();
    assert_eq!(how, Update::Same);
}

#[test]
fn what_is_of_another_history_is_not_built_upon() {
    let model = line(10);
    let (state, _) = advance(&model, [0; 16], None, vec![id(9)]).unwrap();
    let cold = Update::Cold { commits: 9 };
    // Other borders.
    let (_, how) = advance(&model, [1; 16], Some(state.clone()), vec![id(8)]).unwrap();
    assert_eq!(how, cold);
    // A tip that is gone.
    let mut gone = state.clone();
    gone.tips = vec![id(99)];
    assert_eq!(
        advance(&model, [0; 16], Some(gone), vec![id(8)]).unwrap().1,
        cold
    );
    // Sums that cannot be right.
    let (few, _) = advance(&model, [0; 16], None, vec![id(2)]).unwrap();
    let wrong = State {
        tips: vec![id(9)],
        ..few
    };
    let (then, how) = advance(&model, [0; 16], Some(wrong), vec![id(0)]).unwrap();
    assert_eq!((how, then.commits()), (Update::Cold { commits: 1 }, 1));
    // No history at all.
    let (none, _) = advance(&model, [0; 16], Some(state), vec![]).unwrap();
    assert_eq!((none.commits(), none.paths()), (0, 0));
    said(&none);
}
