//! How the user writes to coding agents: what the user's own prompts show.
//!
//! The arithmetic is that of MIRA's steward profile: words of courtesy against words of the street, and the share of
//! messages that speak of code.

mod marks;
mod names;

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use self::marks::Marks;
use super::attribute::{Observation, START, of_preference};
use super::behaviour::of_counts;
use super::identity::seen;
use super::value::Value;
use crate::analyze::conversation::{Prompt, spoken};

const PROMPTS: &str = "prompts";
/// Fewer prompts show no habit.
const LEAST: usize = 5;
/// So many hours are peaks, as with commits.
const PEAKS: usize = 3;

/// How the user talks. Source: MIRA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    Formal,
    Casual,
    Technical,
    ProfessionalCasual,
}

impl Style {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Formal => "formal",
            Self::Casual => "casual",
            Self::Technical => "technical",
            Self::ProfessionalCasual => "professional_casual",
        }
    }
}

/// What these prompts show, in an order that depends on nothing else. Those in which a person wrote nothing, but pasted
/// something, do not count.
pub fn observe(prompts: &[Prompt], zone: &TimeZone) -> Vec<Observation> {
    let written: Vec<(Marks, Option<Timestamp>)> = prompts
        .iter()
        .map(|prompt| (Marks::of(&spoken(&prompt.text)), prompt.at))
        .filter(|(marks, _)| marks.words > 0)
        .collect();
    if written.len() < LEAST {
        return Vec::new();
    }
    let share = |has: fn(&Marks) -> bool| ratio(count(&written, has), written.len());
    let mut found = Vec::new();
    let (style, confidence) = style(&Counts {
        all: written.len(),
        formal: count(&written, |it| it.formal),
        casual: count(&written, |it| it.casual),
        technical: count(&written, |it| it.technical),
        plain: count(&written, |it| !(it.formal || it.casual || it.technical)),
    });
    found.push(seen(
        "prompt.style",
        Value::text(style.as_str()),
        PROMPTS,
        confidence,
    ));
    for (key, number) in [
        ("prompt.length", median(&written)),
        ("prompt.questions", share(|it| it.question) * 100.0),
        ("prompt.imperative", share(|it| it.imperative) * 100.0),
    ] {
        found.push(seen(key, Value::number(number), PROMPTS, START));
    }
    let tally = |names: fn(&Marks) -> &[&'static str]| {
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        for name in written.iter().flat_map(|(marks, _)| names(marks)) {
            *counts.entry((*name).to_owned()).or_default() += 1;
        }
        counts
    };
    found.extend(of_counts(
        "prompt.languages",
        &tally(|it| &it.languages),
        PROMPTS,
    ));
    found.extend(of_counts(
        "prompt.frameworks",
        &tally(|it| &it.frameworks),
        PROMPTS,
    ));
    found.extend(peak_hours(&written, zone));
    found
}

/// How many prompts show what.
#[derive(Clone, Copy, Debug)]
struct Counts {
    all: usize,
    formal: usize,
    casual: usize,
    technical: usize,
    /// Nothing of all that.
    plain: usize,
}

/// The style, and how sure it is: half, and up to 40 % more the more of the prompts agree.
///
/// More than twice as many courteous prompts as casual ones make it formal, and the other way round; else more than 30 %
/// of technical ones make it technical. Manners decide first, for to a coding agent everybody speaks of code, and only where
/// they show in a tenth of the prompts: one `please` in a thousand is no style.
fn style(counts: &Counts) -> (Style, f64) {
    let Counts {
        all,
        formal,
        casual,
        technical,
        plain,
    } = *counts;
    let with_manners = formal + casual;
    let has_manners = with_manners * 10 >= all;
    let (style, consistency) = if has_manners && formal > casual * 2 {
        (Style::Formal, ratio(formal, with_manners))
    } else if has_manners && casual > formal * 2 {
        (Style::Casual, ratio(casual, with_manners))
    } else if technical * 10 > all * 3 {
        (Style::Technical, ratio(technical, all))
    } else {
        (Style::ProfessionalCasual, ratio(plain, all))
    };
    (style, (0.5 + 0.4 * consistency).min(0.9))
}

/// The hours with most prompts, by the clock on the wall.
fn peak_hours(written: &[(Marks, Option<Timestamp>)], zone: &TimeZone) -> Option<Observation> {
    let mut hours: BTreeMap<i8, usize> = BTreeMap::new();
    for at in written.iter().filter_map(|(_, at)| *at) {
        *hours.entry(zone.to_datetime(at).hour()).or_default() += 1;
    }
    let all: usize = hours.values().sum();
    if all < LEAST {
        return None;
    }
    let mut most: Vec<(i8, usize)> = hours.into_iter().collect();
    most.sort_by_key(|(hour, prompts)| (std::cmp::Reverse(*prompts), *hour));
    most.truncate(PEAKS);
    let in_peaks = most.iter().map(|(_, prompts)| prompts).sum();
    let hours = Value::list(most.iter().map(|(hour, _)| format!("{hour:02}:00")));
    let confidence = of_preference(ratio(in_peaks, all));
    Some(seen("prompt.peak_hours", hours, PROMPTS, confidence))
}

fn count(written: &[(Marks, Option<Timestamp>)], has: fn(&Marks) -> bool) -> usize {
    written.iter().filter(|(marks, _)| has(marks)).count()
}

/// The words of the median prompt; of two in the middle, the shorter one's.
#[allow(clippy::cast_precision_loss)] // far below 2⁵²
fn median(written: &[(Marks, Option<Timestamp>)]) -> f64 {
    let mut words: Vec<usize> = written.iter().map(|(marks, _)| marks.words).collect();
    words.sort_unstable();
    let middle = words.len().saturating_sub(1) / 2;
    words.get(middle).copied().unwrap_or(0) as f64
}

#[allow(clippy::cast_precision_loss)] // far below 2⁵²
fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 {
        0.0
    } else {
        part as f64 / whole as f64
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;
    use crate::analyze::profile::keys::Key;

    fn prompts(texts: &[&str]) -> Vec<Prompt> {
        let numbered = (0_i64..).zip(texts);
        numbered
            .map(|(number, text)| Prompt {
                at: Some(Timestamp::from_second(1_759_881_600 + number * 1800).unwrap()),
                text: (*text).to_owned(),
            })
            .collect()
    }

    fn told(texts: &[&str]) -> Vec<String> {
        let seen = observe(&prompts(texts), &TimeZone::UTC);
        seen.iter()
            .map(|seen| format!("{} {} {:.2}", seen.key, seen.value, seen.confidence))
            .collect()
    }

    #[test]
    fn prompts_show_how_somebody_writes() {
        assert_eq!(
            told(&[
                "Please fix the tests in Python",
                "Could you kindly explain `parse`?",
                "why does django fail",
                "hey, add a test",
                "Would you look at the Python part?",
                "```\nonly code\n```",
            ]),
            [
                "prompt.style formal 0.80",
                "prompt.length 5 0.50",
                "prompt.questions 60 0.50",
                "prompt.imperative 40 0.50",
                "prompt.languages Python 0.95",
                "prompt.frameworks Django 0.95",
                "prompt.peak_hours 00:00, 01:00, 02:00 0.95",
            ]
        );
        assert_eq!(told(&["Fix it"; 4]), [""; 0]);
    }

    #[test]
    fn the_style_follows_miras_rules() {
        let of = |all, formal, casual, technical, plain| {
            let (style, confidence) = style(&Counts {
                all,
                formal,
                casual,
                technical,
                plain,
            });
            format!("{} {confidence:.2}", style.as_str())
        };
        assert_eq!(of(10, 5, 2, 9, 0), "formal 0.79");
        assert_eq!(of(10, 4, 2, 3, 3), "professional_casual 0.62");
        assert_eq!(of(10, 4, 2, 4, 2), "technical 0.66");
        assert_eq!(of(10, 0, 10, 10, 0), "casual 0.90");
        assert_eq!(of(100, 9, 0, 31, 60), "technical 0.62");
        assert_eq!(of(100, 10, 0, 31, 60), "formal 0.90");
        assert_eq!(of(10, 0, 0, 0, 10), "professional_casual 0.90");
    }

    proptest! {
        #[test]
        fn every_observation_is_of_a_key_and_sure_within_bounds(texts in proptest::collection::vec("(please |hey |fix |C\\+\\+ |[Gg]o |\\?|\\PC{0,8}|\n|```){0,12}", 0..12)) {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let seen = observe(&prompts(&texts), &TimeZone::UTC);
            for seen in &seen {
                prop_assert!(Key::find(seen.key).is_some(), "{}", seen.key);
                prop_assert!((0.15..=0.95).contains(&seen.confidence));
            }
            let mut back: Vec<Prompt> = prompts(&texts);
            back.reverse();
            prop_assert_eq!(observe(&back, &TimeZone::UTC), seen);
        }

        #[test]
        fn the_style_is_never_surer_than_it_may_be(formal in 0_usize..50, casual in 0_usize..50, technical in 0_usize..50, plain in 0_usize..50) {
            let all = formal.max(casual).max(technical) + plain;
            let (_, confidence) = style(&Counts { all, formal, casual, technical, plain });
            prop_assert!((0.5..=0.9).contains(&confidence));
        }
    }
}
