//! Counting by looking everywhere.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use crate::optimize::episode::{Episode, Episodes};
use crate::optimize::event::Actor;
use crate::optimize::mine::chance::{Chance, Strata, chance};
use crate::optimize::mine::closed::{CONTAINED, closed};
use crate::optimize::mine::cochange::{CONFIDENCE, FILES, SUPPORT, co_changes};
use crate::optimize::mine::gapped::{self, GAP, is_within};
use crate::optimize::mine::grams;

type Texts = Vec<Vec<u32>>;

fn texts(letters: u32) -> impl Strategy<Value = Texts> {
    prop::collection::vec(prop::collection::vec(0..letters, 1..14), 1..10)
}

fn joined(texts: &Texts) -> (Vec<u32>, Vec<usize>) {
    let mut ends = Vec::new();
    let mut all = Vec::new();
    for text in texts {
        all.extend(text);
        ends.push(all.len());
    }
    (all, ends)
}

pub(super) fn episodes(texts: &Texts) -> Episodes {
    let (all, ends) = joined(texts);
    let begins = std::iter::once(0).chain(ends.iter().copied());
    Episodes {
        deeds: Vec::new(),
        sequence: (0..all.len() as u32).collect(),
        episodes: begins
            .zip(&ends)
            .map(|(begin, end)| Episode {
                begin,
                end: *end,
                scope: None,
                actor: Actor::Human,
            })
            .collect(),
    }
}

/// Of each n-gram: how often without overlap, and at how many places.
fn naive(texts: &Texts, longest: usize) -> BTreeMap<Vec<u32>, (u32, u32)> {
    let mut found: BTreeMap<Vec<u32>, (u32, u32)> = BTreeMap::new();
    for length in 1..=longest {
        let all: BTreeSet<&[u32]> = texts.iter().flat_map(|text| text.windows(length)).collect();
        for gram in all {
            let mut count = (0, 0);
            for text in texts {
                let mut at = 0;
                while at + length <= text.len() {
                    if &text[at..at + length] == gram {
                        count.0 += 1;
                        at += length;
                    } else {
                        at += 1;
                    }
                }
                count.1 += text.windows(length).filter(|part| *part == gram).count() as u32;
            }
            found.insert(gram.to_vec(), count);
        }
    }
    found
}

fn counted(texts: &Texts, longest: usize, least: u32) -> BTreeMap<Vec<u32>, (u32, u32)> {
    let (all, ends) = joined(texts);
    let grams = grams::count(&all, &ends, longest, least);
    let mut found = BTreeMap::new();
    for (level, length) in grams.levels.iter().zip(1..) {
        for (gram, number) in level.grams.iter().zip(0..) {
            let steps = grams.steps(length, number);
            assert!(found.insert(steps, (gram.support, gram.places)).is_none());
        }
    }
    found
}

/// The most disjoint occurrences with gaps, by trying all.
fn naive_gapped(text: &[u32], pattern: &[u32]) -> u32 {
    // Where each occurrence begins and ends.
    let mut spans: Vec<(usize, usize)> = (0..text.len())
        .filter(|at| text[*at] == pattern[0])
        .map(|at| (at, at))
        .collect();
    for step in &pattern[1..] {
        let mut next = Vec::new();
        for (begin, end) in spans {
            let reach = text.iter().enumerate().skip(end + 1).take(GAP + 1);
            next.extend(
                reach
                    .filter(|(_, other)| *other == step)
                    .map(|(index, _)| (begin, index)),
            );
        }
        spans = next;
    }
    let mut best = vec![0; text.len() + 1];
    for at in (0..text.len()).rev() {
        let with = spans
            .iter()
            .filter(|(begin, _)| *begin == at)
            .map(|(_, end)| 1 + best[end + 1]);
        best[at] = with.max().unwrap_or(0).max(best[at + 1]);
    }
    best[0]
}

fn grown(texts: &Texts, longest: usize, least: u32) -> Vec<gapped::Gapped> {
    let (all, ends) = joined(texts);
    let begins = std::iter::once(0).chain(ends.iter().copied());
    let stretches: Vec<(usize, usize)> = begins.zip(ends.iter().copied()).collect();
    let (grown, _) = gapped::grow(&all, &stretches, longest, least, u64::MAX);
    assert!(!grown.stopped);
    grown.found
}

/// No step twice in an episode, and episodes that have nothing to do with each other in between.
fn orderly() -> impl Strategy<Value = Texts> {
    let text = prop::sample::subsequence((0..7_u32).collect::<Vec<_>>(), 1..7);
    prop::collection::vec(text, 1..25).prop_map(|texts| {
        let mut strange = 100..;
        texts
            .into_iter()
            .flat_map(|text| [text, strange.by_ref().take(4).collect()])
            .collect()
    })
}

proptest! {
    #[test]
    fn n_grams_are_counted_as_by_looking_everywhere(texts in texts(4), longest in 1..9_usize, least in 1..5_u32) {
        let mut expected = naive(&texts, longest);
        expected.retain(|_, (support, _)| *support >= least);
        prop_assert_eq!(counted(&texts, longest, least), expected);
    }

    #[test]
    fn lift_is_that_of_the_formula(texts in texts(3)) {
        let (all, ends) = joined(&texts);
        let grams = grams::count(&all, &ends, 4, 1);
        let episodes = episodes(&texts);
        let strata = Strata::of(&episodes, &grams);
        for (level, length) in grams.levels.iter().zip(1..).skip(1) {
            for number in 0..level.grams.len() as u32 {
                let steps = grams.steps(length, number);
                let share = |part: &[u32]| {
                    let fit: usize = texts.iter().map(|text| text.windows(part.len()).len()).sum();
                    let there: usize = texts.iter().map(|text| text.windows(part.len()).filter(|it| *it == part).count()).sum();
                    there as f64 / fit as f64
                };
                let expected = share(&steps) / steps.iter().fold(1.0, |all, step| all * share(&[*step]));
                let found = chance(&grams, &strata, length, number).unwrap();
                prop_assert!((found.lift - expected).abs() <= 1e-9 * expected, "{steps:?}: {} is not {expected}", found.lift);
                prop_assert!((0.0..=1.0).contains(&found.tail));
            }
        }
    }

    /// Where nothing is bound, what is expected is P(before)·P(after) of all places where both would fit.
    #[test]
    fn chance_is_that_of_the_frequencies(texts in texts(2)) {
        let (all, ends) = joined(&texts);
        let grams = grams::count(&all, &ends, 2, 1);
        let episodes = episodes(&texts);
        let strata = Strata::of(&episodes, &grams);
        let places = |length: usize| texts.iter().map(|text| text.windows(length).len()).sum::<usize>() as f64;
        let count = |part: &[u32]| texts.iter().map(|text| text.windows(part.len()).filter(|it| *it == part).count()).sum::<usize>() as f64;
        for number in 0..grams.levels.get(1).map_or(0, |level| level.grams.len() as u32) {
            let steps = grams.steps(2, number);
            let expected = places(2) * count(&steps[..1]) / places(1) * count(&steps[1..]) / places(1);
            let found = chance(&grams, &strata, 2, number).unwrap();
            // With two letters no pair is five times as frequent as by chance, surely.
            prop_assert!((found.expected - expected).abs() < 1e-9, "{} is not {expected}", found.expected);
            prop_assert!((found.cohesion - count(&steps) / expected).abs() < 1e-9);
        }
    }

    /// By the definition, where nothing loops: told is what no longer one that is told covers.
    #[test]
    fn closed_is_as_defined(texts in orderly(), least in 1..4_u32) {
        let (all, ends) = joined(&texts);
        let grams = grams::count(&all, &ends, 8, least);
        let sure = Chance { tail: 0.0, ..Chance::SINGLE };
        let worthy: Vec<Vec<Option<Chance>>> =
            grams.levels.iter().map(|level| vec![Some(sure); level.grams.len()]).collect();
        let found: BTreeSet<Vec<u32>> = closed(&episodes(&texts), &all, &grams, &worthy, least)
            .iter()
            .map(|kept| grams.steps(kept.length, kept.number))
            .collect();

        let mut frequent: Vec<(Vec<u32>, u32)> = naive(&texts, 8)
            .into_iter()
            .map(|(steps, (support, _))| (steps, support))
            .filter(|(_, support)| *support >= least)
            .collect();
        frequent.sort_by_key(|(steps, _)| std::cmp::Reverse(steps.len()));
        let contains = |text: &[u32], part: &[u32]| text.windows(part.len()).any(|it| it == part);
        let mut expected: BTreeSet<Vec<u32>> = BTreeSet::new();
        for (steps, support) in frequent {
            let covered = expected.iter().filter(|longer| longer.len() > steps.len() && contains(longer, &steps)).map(|longer| {
                let covers = |text: &&Vec<u32>| {
                    contains(text, &steps) && (contains(text, longer) || (longer.len() > 2 && naive_gapped(text, longer) > 0))
                };
                texts.iter().filter(covers).count() as u32
            }).max().unwrap_or(0);
            let is_covered = covered > 0 && (f64::from(covered) >= CONTAINED * f64::from(support) || support - covered < least);
            if !is_covered {
                expected.insert(steps);
            }
        }
        prop_assert_eq!(found, expected);
    }

    /// With loops: nothing is told that a longer one tells, and nothing is lost that is in no loop of what is told.
    #[test]
    fn nothing_is_told_twice_or_lost(texts in texts(3), least in 2..4_u32) {
        let (all, ends) = joined(&texts);
        let grams = grams::count(&all, &ends, 8, least);
        let sure = Chance { tail: 0.0, ..Chance::SINGLE };
        let worthy: Vec<Vec<Option<Chance>>> =
            grams.levels.iter().map(|level| vec![Some(sure); level.grams.len()]).collect();
        let found: Vec<(Vec<u32>, usize)> = closed(&episodes(&texts), &all, &grams, &worthy, least)
            .iter()
            .map(|kept| (grams.steps(kept.length, kept.number), kept.starts.len()))
            .collect();
        let contains = |text: &[u32], part: &[u32]| text.windows(part.len()).any(|it| it == part);
        let frequent = naive(&texts, 8);
        for (steps, support) in &found {
            prop_assert_eq!(*support as u32, frequent[steps].0);
            prop_assert!(!found.iter().any(|(longer, others)| {
                longer.len() > steps.len() && contains(longer, steps) && *others as f64 >= CONTAINED * *support as f64
            }), "{steps:?}");
        }
        let is_free = |steps: &Vec<u32>| (1..steps.len()).all(|period| {
            !steps.iter().skip(period).eq(steps.iter().take(steps.len() - period))
        });
        for (steps, _) in frequent.iter().filter(|(steps, (support, _))| *support >= least && steps.len() < 8 && is_free(steps)) {
            let told = found.iter().any(|(other, _)| contains(&other.repeat(2), steps));
            // What is longer than eight is told by its first eight.
            let in_chain = frequent.iter().any(|(longer, (support, _))| longer.len() == 8 && *support >= least);
            prop_assert!(told || in_chain, "{steps:?} is not told by {found:?}");
        }
    }

    #[test]
    fn sequences_with_gaps_are_counted_as_by_looking_everywhere(texts in texts(3), least in 1..4_u32) {
        let found: BTreeMap<Vec<u32>, u32> =
            grown(&texts, 4, least).into_iter().map(|it| (it.steps, it.support)).collect();
        let mut expected = BTreeMap::new();
        for length in 2..=4_u32 {
            for number in 0..3_u32.pow(length) {
                let steps: Vec<u32> = (0..length).map(|at| number / 3_u32.pow(at) % 3).collect();
                let support = texts.iter().map(|text| naive_gapped(text, &steps)).sum::<u32>();
                if support >= least {
                    expected.insert(steps, support);
                }
            }
        }
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn occurrences_with_gaps_are_real(texts in texts(4)) {
        let (all, _) = joined(&texts);
        let episodes = episodes(&texts);
        for it in grown(&texts, 5, 2) {
            let mut free = 0;
            for span in &it.spans {
                let places = gapped::trace(&all, &it.steps, *span).unwrap();
                prop_assert!(places[0] >= free);
                free = places[places.len() - 1] + 1;
                let steps: Vec<u32> = places.iter().map(|place| all[*place]).collect();
                prop_assert_eq!(&steps, &it.steps);
                prop_assert!(places.windows(2).all(|pair| pair[1] - pair[0] <= GAP + 1));
                prop_assert_eq!(episodes.episode_at(places[0]), episodes.episode_at(free - 1));
            }
        }
    }

    #[test]
    fn closed_sequences_with_gaps_have_no_longer_one(texts in texts(3), share in prop::sample::select(&[0.9, 1.0][..]), least in 1..3_u32) {
        let all = grown(&texts, 4, 2);
        let kept = gapped::closed(all.clone(), share, least);
        let longer = |one: &gapped::Gapped, other: &gapped::Gapped| {
            other.steps.len() > one.steps.len()
                && (f64::from(other.support) >= share * f64::from(one.support) || one.support - other.support.min(one.support) < least)
                && is_within(&one.steps, &other.steps)
        };
        for it in &all {
            let is_kept = kept.contains(it);
            prop_assert_eq!(is_kept, !kept.iter().any(|other| longer(it, other)), "{:?}", it.steps);
        }
    }

    #[test]
    fn files_that_change_together(commits in prop::collection::vec(prop::collection::vec(0..5_u32, 0..5), 0..40)) {
        let rules = co_changes(commits.iter());
        let mut expected = 0;
        let seen: Vec<&Vec<u32>> = commits.iter().filter(|commit| !commit.is_empty()).collect();
        for when in 0..5 {
            for then in (0..5).filter(|then| *then != when) {
                let one = seen.iter().filter(|commit| commit.contains(&when)).count() as u32;
                let other = seen.iter().filter(|commit| commit.contains(&then)).count() as u32;
                let both = seen.iter().filter(|commit| commit.contains(&when) && commit.contains(&then)).count() as u32;
                let confidence = f64::from(both) / f64::from(one);
                let rule = rules.iter().find(|rule| rule.when == when && rule.then == then);
                prop_assert_eq!(rule.is_some(), both >= SUPPORT && confidence >= CONFIDENCE);
                if let Some(rule) = rule {
                    expected += 1;
                    prop_assert_eq!(rule.support, both);
                    prop_assert!((rule.confidence - confidence).abs() < 1e-12);
                    prop_assert!((rule.lift - confidence * seen.len() as f64 / f64::from(other)).abs() < 1e-9);
                }
            }
        }
        prop_assert_eq!(rules.len(), expected);
    }
}

#[test]
fn a_commit_of_everything_says_nothing() {
    let all: Vec<u32> = (0..=u32::try_from(FILES).unwrap()).collect();
    assert!(co_changes(std::iter::repeat_n(&all, 10)).is_empty());
    let fewer = &all[1..];
    assert_eq!(
        co_changes(std::iter::repeat_n(fewer, 10)).len(),
        FILES * (FILES - 1)
    );
}
