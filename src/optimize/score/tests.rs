#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::float_cmp,
    clippy::cast_precision_loss
)]

use proptest::prelude::*;

use super::Priority::{High, Low, Medium};
use super::entropy::normalised;
use super::*;
use crate::optimize::event::{Actor, Corpus, Event, Source, StepFacts};
use crate::optimize::mine::Bounds;

const MINUTE: i64 = 60_000;
const DAY: i64 = 86_400_000;
const NOW: i64 = 1_790_000_000_000;

fn facts() -> Facts {
    Facts {
        support: 20,
        per_week: 5.0,
        rate_estimated: false,
        minutes_per_week: Some(6.0),
        time_estimated: false,
        slots: 1,
        entropy: 0.25,
        success: Some(0.8),
        outcomes: 20,
        days_since: Some(14.0),
        first_at: None,
        last_at: None,
        by_agents: 0,
        by_machine: 0,
        risky: false,
        interactive: false,
    }
}

#[test]
fn the_parts_are_those_of_the_formula() {
    let potential = Potential::of(&facts());
    let parts = [
        potential.frequency,
        potential.time,
        potential.consistency,
        potential.reliability,
        potential.recency,
        potential.risk,
        potential.interactive,
    ];
    assert_eq!(parts, [15.0, 5.0, 15.0, 12.0, 5.0, 0.0, 0.0]);
    assert_eq!(potential.total, 52.0);
    assert_eq!(potential.band(PROPOSED), Band::List);
    let risky = Potential::of(&Facts {
        risky: true,
        interactive: true,
        ..facts()
    });
    assert_eq!(
        (risky.risk, risky.interactive, risky.total),
        (-40.0, -15.0, 0.0)
    );
    assert_eq!(risky.band(PROPOSED), Band::Hide);
    let unknown = Potential::of(&Facts {
        minutes_per_week: None,
        success: None,
        days_since: None,
        ..facts()
    });
    assert_eq!(
        (unknown.time, unknown.reliability, unknown.recency),
        (0.0, 7.5, 5.0)
    );
    let best = Potential::of(&Facts {
        per_week: 100.0,
        minutes_per_week: Some(1e9),
        entropy: 0.0,
        success: Some(1.0),
        days_since: Some(0.0),
        ..facts()
    });
    assert_eq!(best.total, 100.0);
    assert_eq!(best.band(PROPOSED), Band::Propose);
}

#[test]
fn the_bands_begin_where_they_should() {
    let band = |total| {
        let potential = Potential {
            total,
            ..Potential::default()
        };
        potential.band(PROPOSED)
    };
    assert_eq!(band(70.0), Band::Propose);
    assert_eq!(band(69.99), Band::List);
    assert_eq!(band(40.0), Band::List);
    assert_eq!(band(39.99), Band::Hide);
}

#[test]
fn the_original_score() {
    assert_eq!(vy::potential(3, 2), 35);
    assert_eq!(vy::potential(9, 1), 55);
    assert_eq!(vy::potential(10, 2), 90);
    assert_eq!(vy::potential(10, 3), 100);
    assert_eq!(vy::potential(u32::MAX, usize::MAX), 100);
}

#[test]
fn priorities_are_of_times_and_steps() {
    let all = [
        (4, 5),
        (10, 2),
        (3, 4),
        (5, 2),
        (9, 1),
        (10, 1),
        (4, 1),
        (3, 3),
    ];
    let found = all.map(|(times, steps)| Priority::of(times, steps));
    assert_eq!(found, [High, High, Medium, Medium, Medium, High, Low, Low]);
}

fn event(at: i64, step: u32, value: u32) -> Event {
    Event {
        at,
        timed: true,
        source: Source::Shell,
        actor: Actor::Human,
        scope: Some(0),
        session: Some(1),
        step,
        values: Box::new([value, value]),
        duration_ms: None,
        succeeded: None,
    }
}

/// `build` and `ship` on each of the last days, `ship` a minute after `build`, and something else five minutes after that.
fn history(days: u32) -> Corpus {
    let mut corpus = Corpus {
        steps: ["build", "ship", "read"]
            .map(|key| StepFacts {
                folder: String::new(),
                key: key.to_owned(),
                noise: false,
                risky: false,
                interactive: key == "read",
            })
            .to_vec(),
        values: vec!["a".to_owned(), "b".to_owned()],
        scopes: vec!["/r".to_owned()],
        events: Vec::new(),
    };
    for day in (0..days).rev() {
        let at = NOW - DAY * i64::from(day) - DAY / 2;
        corpus.events.push(event(at, 0, day % 2));
        corpus.events.push(event(at + MINUTE, 1, 0));
        if day % 4 == 0 {
            corpus.events.push(event(at + 6 * MINUTE, 2, 0));
        }
    }
    corpus
}

fn first(corpus: &Corpus) -> Candidate {
    let mut found = candidates(corpus, &Bounds::default(), NOW, &|_| 0);
    let at = found
        .iter()
        .position(|it| it.pattern.steps == [0, 1])
        .unwrap();
    found.swap_remove(at)
}

#[test]
fn what_is_known_of_a_habit() {
    let mut corpus = history(14);
    let candidate = first(&corpus);
    let facts = &candidate.facts;
    assert_eq!(facts.support, 14);
    assert!(
        (facts.per_week - 14.0 * 7.0 / 13.5).abs() < 1e-9,
        "{}",
        facts.per_week
    );
    // Nothing tells how long anything takes: a minute until ship, and five from ship until what comes then.
    assert!(facts.time_estimated);
    let minutes = facts.minutes_per_week.unwrap();
    assert!((minutes - 6.0 * facts.per_week).abs() < 1e-9, "{minutes}");
    assert_eq!((facts.success, facts.outcomes), (None, 0));
    assert!((facts.days_since.unwrap() - 0.5).abs() < 0.01);
    // Of build both slots are the same, of ship there is one that never changes.
    assert_eq!(facts.slots, 2);
    let half = normalised((0..14).map(|day| day % 2));
    assert!((facts.entropy - half / 2.0).abs() < 1e-12);
    assert_eq!(candidate.scope, Some(0));
    assert!(!facts.interactive);

    // What is measured is not estimated; one failure in two known ends.
    for (at, event) in corpus.events.iter_mut().enumerate() {
        event.duration_ms = Some(30_000);
        event.succeeded = match at {
            0 => Some(false),
            1 | 3 => Some(true),
            _ => None,
        };
    }
    let facts = first(&corpus).facts;
    assert!(!facts.time_estimated);
    assert!((facts.minutes_per_week.unwrap() - facts.per_week).abs() < 1e-9);
    assert_eq!((facts.success, facts.outcomes), (Some(0.5), 2));
}

#[test]
fn two_busy_days_are_not_a_rate_of_a_week() {
    let facts = first(&history(4)).facts;
    assert!((facts.per_week - 4.0).abs() < 1e-9, "{}", facts.per_week);
}

#[test]
fn without_times_rates_are_estimated_and_nothing_is_timed() {
    let mut corpus = history(12);
    for event in &mut corpus.events {
        event.timed = false;
        event.at = NOW - DAY;
        event.source = Source::Bash;
    }
    let candidate = first(&corpus);
    let facts = &candidate.facts;
    assert!(facts.rate_estimated);
    assert!((facts.per_week - 12.0 * 7.0 / 30.0).abs() < 1e-9);
    assert_eq!((facts.minutes_per_week, facts.days_since), (None, None));
    assert_eq!(
        (candidate.pattern.days, candidate.pattern.regularity),
        (0, None)
    );
}

#[test]
fn what_is_older_than_the_look_back_is_not_counted() {
    let mut corpus = history(12);
    for event in corpus.events.iter_mut().take(12) {
        event.at -= 40 * DAY;
    }
    assert!(first(&corpus).facts.support < 9);
}

#[test]
fn a_home_is_where_nearly_all_of_it_is_done() {
    let mut corpus = history(20);
    corpus.scopes.push("/s".to_owned());
    let days: Vec<i64> = corpus.events.iter().map(|event| event.at / DAY).collect();
    for (event, day) in corpus.events.iter_mut().zip(&days) {
        event.scope = Some(u32::from(*day == days[0] || *day == days[0] + 1));
    }
    assert_eq!(first(&corpus).scope, Some(0));
    for (event, day) in corpus.events.iter_mut().zip(&days) {
        event.scope = Some(u32::from(*day < days[0] + 3));
    }
    assert_eq!(first(&corpus).scope, None);
}

#[test]
fn strange_histories_do_no_harm() {
    let mut corpus = history(12);
    for (at, event) in corpus.events.iter_mut().enumerate() {
        event.at = [i64::MIN, i64::MAX, 0, NOW][at % 4];
        event.step = [0, 1, 2, u32::MAX][at % 4];
        event.values = vec![u32::MAX; at % 3].into();
        event.duration_ms = Some(u64::MAX);
        event.scope = Some(u32::MAX);
    }
    let bounds = Bounds {
        look_back_ms: i64::MAX,
        newest: usize::MAX,
        longest: 0,
        least: 0,
    };
    for longest in [0, 1, 2, 100] {
        for now in [i64::MIN, 0, NOW, i64::MAX] {
            let bounds = Bounds { longest, ..bounds };
            candidates(&corpus, &bounds, now, &|_| i64::MAX);
            candidates(&Corpus::default(), &bounds, now, &|_| 0);
        }
    }
}

proptest! {
    #[test]
    fn entropy_is_shannons(values in prop::collection::vec(0..6_u8, 0..40)) {
        let found = normalised(values.iter());
        prop_assert!((0.0..=1.0).contains(&found));
        let count = values.len() as f64;
        let expected: f64 = (0..6_u8)
            .map(|value| values.iter().filter(|other| **other == value).count() as f64 / count)
            .filter(|share| *share > 0.0)
            .map(|share| -share * share.log2())
            .sum();
        let expected = if values.len() < 2 { 0.0 } else { expected / count.log2() };
        prop_assert!((found - expected).abs() < 1e-9);
    }

    #[test]
    fn the_list_is_ranked_and_always_the_same(steps in prop::collection::vec((0..3_u32, 0..2_u32, 1..30_i64), 0..120)) {
        let mut corpus = history(0);
        let mut at = NOW - 20 * DAY;
        for (step, value, minutes) in steps {
            at += minutes * MINUTE;
            corpus.events.push(event(at, step, value));
        }
        let found = candidates(&corpus, &Bounds::default(), NOW, &|_| 0);
        prop_assert_eq!(&found, &candidates(&corpus, &Bounds::default(), NOW, &|_| 0));
        for pair in found.windows(2) {
            prop_assert!(pair[0].potential.total >= pair[1].potential.total);
        }
        let mut ids: Vec<&str> = found.iter().map(|it| it.pattern.id.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        prop_assert_eq!(ids.len(), found.len());
        for it in &found {
            prop_assert_eq!(it.pattern.occurrences().count(), it.facts.support as usize);
            for events in it.pattern.occurrences() {
                let done: Vec<u32> = events.iter().map(|at| corpus.events[*at as usize].step).collect();
                prop_assert_eq!(&done, &it.pattern.steps);
            }
        }
    }
}
