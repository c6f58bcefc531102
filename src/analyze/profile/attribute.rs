//! One thing that is known about the user, how sure that is, and how it becomes surer.
//!
//! The arithmetic is that of MIRA's steward profile. What is observed first starts at [`START`], or at what its source
//! is worth. An observation that agrees closes a tenth of the distance to certainty, up to [`CAP`]; one that does not
//! takes three tenths off, and once that leaves less than [`START`] the new value takes over at [`TAKEOVER`]. Every
//! 30 days without an observation take 5 % off; that is computed when it is looked at and never written back by itself.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::value::Value;

/// Of what was observed once, by a source that is worth no more.
pub const START: f64 = 0.5;
/// Observations lead no higher. A source that is worth more by itself keeps what it gave.
pub const CAP: f64 = 0.99;
/// Of a value that took another one's place.
pub const TAKEOVER: f64 = 0.6;
/// The source of what the user said.
pub const USER: &str = "user";

const STEP: f64 = 0.1;
const DOUBT: f64 = 0.7;
const DECAY: f64 = 0.95;
const DECAY_EVERY: SignedDuration = SignedDuration::from_hours(30 * 24);
/// A source speaks of an attribute once a day: what it repeats after every commit is no new evidence. Short of 24
/// hours, so that a nightly run that begins a little earlier is heard.
const HEARD_AGAIN: SignedDuration = SignedDuration::from_hours(20);

/// Something that was seen and speaks for a value.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Observation {
    /// The attribute, one of [`super::keys::KEYS`].
    pub key: &'static str,
    /// What was seen.
    pub value: Value,
    /// Where: `git config`, `commits`, `AGENTS.md`, …
    pub source: String,
    /// What it is worth when nothing was known, 0 to 1.
    pub confidence: f64,
}

/// What an observation did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Nothing was known before.
    Learned,
    /// It agreed.
    Confirmed,
    /// It disagreed; the old value stays.
    Doubted,
    /// It disagreed once more, and its value took over.
    Replaced,
}

/// What is known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attribute {
    /// What it says.
    pub value: Value,
    /// As of `last_updated`; [`Attribute::confidence_at`] is what holds now.
    pub confidence: f64,
    /// Who was heard, ascending by name.
    pub sources: Vec<Source>,
    /// When it was last observed or corrected.
    pub last_updated: Timestamp,
    /// Observations since this value was learned, those that disagreed included.
    pub observation_count: u32,
}

/// Somebody who was heard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Its name.
    pub name: String,
    /// When it was last heard.
    pub heard: Timestamp,
    /// Whether it agreed with the value then.
    pub agrees: bool,
}

impl Attribute {
    /// What an observation teaches of which nothing was known.
    pub fn learned(observation: &Observation, now: Timestamp) -> Self {
        Self {
            value: observation.value.clone(),
            confidence: within(observation.confidence),
            sources: vec![Source {
                name: observation.source.clone(),
                heard: now,
                agrees: true,
            }],
            last_updated: now,
            observation_count: 1,
        }
    }

    /// What the user says: certain, and no observation changes it.
    pub fn corrected(value: Value, now: Timestamp) -> Self {
        Self {
            value,
            confidence: 1.0,
            sources: vec![Source {
                name: USER.to_owned(),
                heard: now,
                agrees: true,
            }],
            last_updated: now,
            observation_count: 1,
        }
    }

    /// Whether the user said it.
    pub fn is_corrected(&self) -> bool {
        self.sources.iter().any(|source| source.name == USER)
    }

    /// How sure it is now, 0 to 1.
    pub fn confidence_at(&self, now: Timestamp) -> f64 {
        let confidence = within(self.confidence);
        if self.is_corrected() {
            return confidence;
        }
        let age = now.duration_since(self.last_updated).as_secs();
        let periods = (age / DECAY_EVERY.as_secs()).clamp(0, 10_000);
        confidence * DECAY.powi(i32::try_from(periods).unwrap_or(i32::MAX))
    }

    /// Hears an observation. `None` when it counts for nothing: the user has spoken, or the source was heard today.
    ///
    /// With `joins`, lists grow by what they hear and nothing disagrees.
    pub fn observe(
        &mut self,
        observation: &Observation,
        joins: bool,
        now: Timestamp,
    ) -> Option<Effect> {
        let known = self
            .sources
            .iter()
            .find(|source| source.name == observation.source);
        // A moment that has not come yet was written by a clock that ran ahead.
        let heard = known
            .map(|source| source.heard)
            .filter(|heard| *heard <= now);
        let today = heard.is_some_and(|heard| now.duration_since(heard) < HEARD_AGAIN);
        let value = if joins {
            self.value.joined(&observation.value)
        } else {
            observation.value.clone()
        };
        if self.is_corrected() || (today && !(joins && value != self.value)) {
            return None;
        }
        let confidence = self.confidence_at(now);
        let agrees = joins || self.value.agrees(&value);
        self.observation_count = self.observation_count.saturating_add(1);
        self.last_updated = now;
        let doubted = confidence * DOUBT;
        let effect = if agrees {
            self.value = value;
            self.confidence = confirmed(confidence);
            Effect::Confirmed
        } else if doubted < START {
            self.value = value;
            self.confidence = TAKEOVER;
            self.observation_count = 1;
            // Whoever agreed did so with another value.
            self.sources.clear();
            Effect::Replaced
        } else {
            self.confidence = doubted;
            Effect::Doubted
        };
        self.hear(&observation.source, effect != Effect::Doubted, now);
        Some(effect)
    }

    fn hear(&mut self, name: &str, agrees: bool, now: Timestamp) {
        let heard = Source {
            name: name.to_owned(),
            heard: now,
            agrees,
        };
        let mut sources = self.sources.iter_mut();
        match sources.find(|source| source.name == name) {
            Some(source) => *source = heard,
            None => {
                let place = self
                    .sources
                    .partition_point(|source| source.name.as_str() < name);
                self.sources.insert(place, heard);
            }
        }
    }
}

/// What is left of the distance to certainty shrinks by a tenth.
fn confirmed(confidence: f64) -> f64 {
    (confidence + STEP * (1.0 - confidence))
        .min(CAP)
        .max(confidence)
}

/// How sure a preference is that was shown in this share of all choices, 0 to 1.
pub fn of_preference(share: f64) -> f64 {
    (0.8 * within(share) + 0.15).min(0.95)
}

fn within(number: f64) -> f64 {
    if number.is_nan() {
        0.0
    } else {
        number.clamp(0.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::float_cmp)]

    use proptest::prelude::*;

    use super::*;

    const DAY: i64 = 86_400;

    fn at(days: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + days * DAY).unwrap()
    }

    fn saw(value: &str, confidence: f64) -> Observation {
        Observation {
            key: "commit.style",
            value: Value::text(value),
            source: "commits".to_owned(),
            confidence,
        }
    }

    fn near(one: f64, other: f64) -> bool {
        (one - other).abs() < 1e-9
    }

    #[test]
    fn the_arithmetic_of_the_seed() {
        let mut known = Attribute::learned(&saw("a", START), at(0));
        assert_eq!(known.confidence, 0.5);
        assert_eq!(
            known.observe(&saw("a", START), false, at(1)),
            Some(Effect::Confirmed)
        );
        assert!(near(known.confidence, 0.55));
        known.confidence = 0.8;
        assert_eq!(
            known.observe(&saw("b", START), false, at(2)),
            Some(Effect::Doubted)
        );
        assert!(near(known.confidence, 0.56));
        assert_eq!(known.value, Value::text("a"));
        assert_eq!(known.observation_count, 3);
        assert_eq!(
            known.observe(&saw("b", START), false, at(3)),
            Some(Effect::Replaced)
        );
        assert_eq!((known.confidence, known.observation_count), (0.6, 1));
        assert_eq!(known.value, Value::text("b"));
    }

    #[test]
    fn decay_is_computed_and_written_once() {
        let mut known = Attribute::learned(&saw("a", 0.8), at(0));
        assert_eq!(known.confidence_at(at(29)), 0.8);
        assert!(near(known.confidence_at(at(30)), 0.8 * 0.95));
        assert!(near(known.confidence_at(at(95)), 0.8 * 0.95_f64.powi(3)));
        assert_eq!(known.confidence_at(at(-50)), 0.8);
        assert_eq!(known.confidence, 0.8);
        known.observe(&saw("a", START), false, at(60)).unwrap();
        let decayed = 0.8 * 0.95 * 0.95;
        assert!(near(known.confidence, decayed + 0.1 * (1.0 - decayed)));
        assert_eq!(known.confidence_at(at(60)), known.confidence);
    }

    #[test]
    fn a_source_is_heard_once_a_day_and_others_beside_it() {
        let mut known = Attribute::learned(&saw("a", 0.5), at(0));
        let later = at(0) + SignedDuration::from_hours(19);
        assert_eq!(known.observe(&saw("b", 0.5), false, later), None);
        let other = Observation {
            source: "manifest".to_owned(),
            ..saw("a", 0.5)
        };
        assert_eq!(known.observe(&other, false, later), Some(Effect::Confirmed));
        // The clock was put back by a year: the source is not silent for one.
        assert!(known.observe(&saw("a", 0.5), false, at(-365)).is_some());
    }

    #[test]
    fn preferences() {
        assert!(near(of_preference(0.5), 0.55));
        assert_eq!(of_preference(1.0), 0.95);
        assert_eq!(of_preference(f64::NAN), 0.15);
    }

    proptest! {
        #[test]
        fn confidence_stays_within_its_bounds(
            start in 0.0..=0.99_f64,
            steps in proptest::collection::vec((any::<bool>(), 0_i64..100), 0..60),
        ) {
            let mut known = Attribute::learned(&saw("a", start), at(0));
            let mut day = 0;
            for (same, days) in steps {
                day += days;
                let before = known.confidence_at(at(day));
                let value = known.value.to_string();
                let seen = if same { value.clone() } else { format!("{value}x") };
                let effect = known.observe(&saw(&seen, START), false, at(day));
                let after = known.confidence_at(at(day));
                prop_assert!((0.0..=0.99).contains(&after));
                match effect {
                    Some(Effect::Confirmed) => prop_assert!(after >= before && same),
                    Some(Effect::Doubted) => prop_assert!(after < before || before == 0.0),
                    Some(Effect::Replaced) => prop_assert!(near(after, TAKEOVER) && !same),
                    _ => prop_assert!(near(after, before)),
                }
                prop_assert!(known.confidence_at(at(day + 300)) <= after);
            }
        }

        #[test]
        fn confirmation_and_decay_are_monotone(one in 0.0..=1.0_f64, other in 0.0..=1.0_f64, days in 0_i64..9_999) {
            let (less, more) = if one < other { (one, other) } else { (other, one) };
            prop_assert!(confirmed(less) <= confirmed(more));
            prop_assert!(confirmed(one) >= one);
            prop_assert!(of_preference(less) <= of_preference(more));
            let known = |start| Attribute::learned(&saw("a", start), at(0));
            prop_assert!(known(less).confidence_at(at(days)) <= known(more).confidence_at(at(days)));
            prop_assert!(known(one).confidence_at(at(days + 1)) <= known(one).confidence_at(at(days)));
        }

        #[test]
        fn nothing_changes_what_the_user_said(values: Vec<String>, days in 0_i64..9_999) {
            let mut known = Attribute::corrected(Value::text("a"), at(0));
            let said = known.clone();
            for value in values {
                prop_assert_eq!(known.observe(&saw(&value, 1.0), false, at(days)), None);
            }
            prop_assert_eq!(known.confidence_at(at(days)), 1.0);
            prop_assert_eq!(known, said);
        }
    }
}
