//! What becomes of patterns from one run to the next: what is seen again is believed more, what is not, less.

use serde::{Deserialize, Serialize};

use super::pattern::Pattern;

/// Seen again: confidence grows by this factor …
const SEEN: f64 = 1.1;
/// … up to here.
const MOST: f64 = 0.99;
/// Not seen: it shrinks by this one.
const UNSEEN: f64 = 0.9;
/// Below, a pattern is archived.
const ARCHIVED: f64 = 0.3;
/// Above, it is promoted.
const PROMOTED: f64 = 0.9;

/// Where a pattern stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// Believed.
    Active,
    /// Relied upon: its confidence is above 0.9.
    Promoted,
    /// Kept for the record: its confidence fell below 0.3.
    Archived,
}

impl Standing {
    fn of(confidence: f64) -> Self {
        if confidence < ARCHIVED {
            Self::Archived
        } else if confidence > PROMOTED {
            Self::Promoted
        } else {
            Self::Active
        }
    }
}

/// A pattern that is remembered between runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Remembered {
    /// As it was seen last, with the confidence that has come of it.
    pub pattern: Pattern,
    /// Where it stands.
    pub standing: Standing,
    /// In how many runs it was seen.
    pub seen: u32,
}

/// The patterns after a run in which `now` were seen, by type. Patterns are the same if their type is.
///
/// New ones begin with the confidence of their own. An archived one that is seen again goes on from where it was;
/// one that is not stays as it is.
pub fn evolve(previous: &[Remembered], now: &[Pattern]) -> Vec<Remembered> {
    let mut all: Vec<Remembered> = Vec::with_capacity(previous.len() + now.len());
    for before in previous {
        let again = now
            .iter()
            .find(|pattern| pattern.name == before.pattern.name);
        let confidence = before.pattern.confidence;
        let confidence = match (again, before.standing) {
            (Some(_), _) => (confidence * SEEN).min(MOST),
            (None, Standing::Archived) => confidence,
            (None, _) => confidence * UNSEEN,
        };
        all.push(Remembered {
            pattern: Pattern {
                confidence,
                ..again.unwrap_or(&before.pattern).clone()
            },
            standing: Standing::of(confidence),
            seen: before.seen.saturating_add(u32::from(again.is_some())),
        });
    }
    for pattern in now {
        if !all.iter().any(|known| known.pattern.name == pattern.name) {
            all.push(Remembered {
                pattern: pattern.clone(),
                standing: Standing::of(pattern.confidence),
                seen: 1,
            });
        }
    }
    all.sort_by(|one, other| one.pattern.name.cmp(&other.pattern.name));
    all
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::super::pattern::Kind;
    use super::*;

    fn pattern(name: &str, confidence: f64) -> Pattern {
        Pattern::new(name, Kind::Code, "A.", &(), confidence)
    }

    fn after(runs: &[&[Pattern]]) -> Vec<(String, f64, Standing, u32)> {
        let mut known = Vec::new();
        for run in runs {
            known = evolve(&known, run);
        }
        known
            .into_iter()
            .map(|known| {
                let confidence = (known.pattern.confidence * 1e4).round() / 1e4;
                (known.pattern.name, confidence, known.standing, known.seen)
            })
            .collect()
    }

    #[test]
    fn what_is_seen_again_is_promoted_and_never_certain() {
        let seen = [pattern("a", 0.7)];
        let name = || "a".to_owned();
        assert_eq!(after(&[&seen]), [(name(), 0.7, Standing::Active, 1)]);
        assert_eq!(
            after(&[&seen, &seen, &seen]),
            [(name(), 0.847, Standing::Active, 3)]
        );
        assert_eq!(
            after(&[&seen[..]; 4]),
            [(name(), 0.9317, Standing::Promoted, 4)]
        );
        assert_eq!(
            after(&[&seen[..]; 9]),
            [(name(), 0.99, Standing::Promoted, 9)]
        );
        let certain = [pattern("a", 1.0)];
        assert_eq!(
            after(&[&certain[..]; 2]),
            [(name(), 0.99, Standing::Promoted, 2)]
        );
    }

    #[test]
    fn what_is_not_seen_fades_and_comes_back() {
        let seen = [pattern("a", 0.35)];
        let name = || "a".to_owned();
        assert_eq!(after(&[&seen, &[]]), [(name(), 0.315, Standing::Active, 1)]);
        let archived = [(name(), 0.2835, Standing::Archived, 1)];
        assert_eq!(after(&[&seen, &[], &[]]), archived);
        assert_eq!(after(&[&seen, &[], &[], &[]]), archived);
        assert_eq!(
            after(&[&seen, &[], &[], &seen]),
            [(name(), 0.3119, Standing::Active, 2)]
        );
    }

    #[test]
    fn the_order_is_that_of_the_names() {
        let names = after(&[&[pattern("b", 0.5)], &[pattern("a", 0.5)]]);
        assert_eq!(
            names.iter().map(|row| &*row.0).collect::<Vec<_>>(),
            ["a", "b"]
        );
    }
}
