//! How the user works: what the user's own commits show.

use std::collections::BTreeMap;

use super::attribute::{Observation, START, of_preference};
use super::identity::seen;
use super::value::Value;
use crate::analyze::history::{CommitStyle, OwnHistory, WorkHours};

const COMMITS: &str = "commits";
/// Fewer commits show no habit.
const LEAST: u64 = 5;
/// So many languages or frameworks are named.
const NAMED: usize = 8;
/// A smaller share of the files is chance.
const SMALLEST: f64 = 0.02;

/// Habits of the user's own commits.
pub fn of_history(own: &OwnHistory) -> Vec<Observation> {
    let mut found = of_style(&own.commit_style);
    found.extend(of_work(&own.work_hours));
    found
}

fn of_style(style: &CommitStyle) -> Vec<Observation> {
    if style.commits < LEAST {
        return Vec::new();
    }
    let of = |share: f64, whole: u64| (part(share, whole), whole);
    let (conventional, all) = of(style.conventional_share, style.commits);
    let (imperative, verbs) = of(style.imperative_share, style.verbs);
    let styles = [("conventional", conventional), ("free", all - conventional)];
    let moods = [
        ("imperative", imperative),
        ("descriptive", verbs - imperative),
    ];
    let mut found: Vec<Observation> = Vec::new();
    found.extend(preferred("commit.style", styles, COMMITS));
    found.extend(preferred("commit.mood", moods, COMMITS).filter(|_| verbs >= LEAST));
    for (key, share) in [
        ("commit.bodies", style.body_share),
        ("commit.issues", style.issue_share),
    ] {
        found.extend(usual(key, part(share, all), all, COMMITS));
    }
    let mut number = |key, number: Option<f64>| {
        found.extend(number.map(|number| seen(key, Value::number(number), COMMITS, START)));
    };
    number("commit.subject_length", style.subject_median.map(f64::from));
    number("commit.median_files", style.files_median.map(f64::from));
    number("commit.co_authored", Some(style.co_author_share * 100.0));
    let tests = Some(style.tests_with_code_share * 100.0);
    number(
        "commit.tests_with_code",
        tests.filter(|_| style.code_commits >= LEAST),
    );
    found
}

/// Peaks are preferences: those of most commits.
#[allow(clippy::cast_precision_loss)] // far below 2⁵²
fn of_work(work: &WorkHours) -> Vec<Observation> {
    if work.commits < LEAST {
        return Vec::new();
    }
    let all = work.commits as f64;
    let mut found = Vec::new();
    let hours = work.peak_hours.iter();
    let in_peaks: u32 = hours
        .filter_map(|hour| work.hours.get(*hour as usize))
        .sum();
    let hours = Value::list(work.peak_hours.iter().map(|hour| format!("{hour:02}:00")));
    found.push(seen(
        "work.peak_hours",
        hours,
        COMMITS,
        of_preference(f64::from(in_peaks) / all),
    ));
    let mut counts = work.weekdays;
    counts.sort_unstable_by_key(|count| std::cmp::Reverse(*count));
    let on_peaks: u32 = counts.iter().take(work.peak_days.len()).sum();
    let days = Value::list(&work.peak_days);
    found.push(seen(
        "work.peak_days",
        days,
        COMMITS,
        of_preference(f64::from(on_peaks) / all),
    ));
    if let Some(first) = work.offsets.first() {
        let offsets = work.offsets.iter().take(NAMED).map(|offset| &offset.offset);
        let share = f64::from(first.commits) / all;
        found.push(seen(
            "work.utc_offsets",
            Value::list(offsets),
            COMMITS,
            of_preference(share),
        ));
    }
    let sessions = &work.sessions;
    let minutes = |minutes: Option<i64>| minutes.map(|minutes| Value::number(minutes as f64));
    for (key, value, sample) in [
        (
            "work.session_minutes",
            minutes(sessions.mean_minutes),
            sessions.count,
        ),
        (
            "work.breaks",
            minutes(sessions.breaks.median_minutes),
            sessions.breaks.count,
        ),
        (
            "work.break_hour",
            sessions.breaks.usual_hour.map(Value::number),
            sessions.breaks.count,
        ),
    ] {
        found.extend(
            value
                .filter(|_| sample >= LEAST)
                .map(|value| seen(key, value, COMMITS, START)),
        );
    }
    found
}

/// What the user works with: names, and how many files of each the user's own commits touched.
///
/// At most eight, most files first; as sure as a preference for the first.
pub fn of_files(key: &'static str, touched: &BTreeMap<String, u64>) -> Option<Observation> {
    of_counts(key, touched, "own files")
}

/// Names by how often each was seen, likewise.
#[allow(clippy::cast_precision_loss)] // far below 2⁵²
pub(super) fn of_counts(
    key: &'static str,
    seen_times: &BTreeMap<String, u64>,
    source: &str,
) -> Option<Observation> {
    let all = seen_times
        .values()
        .fold(0_u64, |sum, times| sum.saturating_add(*times));
    let share = |times: u64| times as f64 / all as f64;
    let mut most: Vec<(&String, u64)> = seen_times
        .iter()
        .map(|(name, times)| (name, *times))
        .filter(|(_, times)| *times > 0 && share(*times) >= SMALLEST)
        .collect();
    most.sort_by_key(|(name, times)| (std::cmp::Reverse(*times), *name));
    let (_, first) = most.first()?;
    let names = Value::list(most.iter().take(NAMED).map(|(name, _)| name));
    Some(seen(key, names, source, of_preference(share(*first))))
}

/// The most frequent choice; of equally frequent ones, the first by name. `None` of no choices.
#[allow(clippy::cast_precision_loss)] // far below 2⁵²
pub(super) fn preferred<T: AsRef<str>>(
    key: &'static str,
    choices: impl IntoIterator<Item = (T, u64)>,
    source: &str,
) -> Option<Observation> {
    let mut choices: Vec<(T, u64)> = choices.into_iter().collect();
    choices.sort_by(|one, other| {
        other
            .1
            .cmp(&one.1)
            .then_with(|| one.0.as_ref().cmp(other.0.as_ref()))
    });
    let all: u64 = choices.iter().map(|(_, count)| count).sum();
    let (choice, count) = choices.first().filter(|(_, count)| *count > 0)?;
    let confidence = of_preference(*count as f64 / all as f64);
    Some(seen(key, Value::text(choice.as_ref()), source, confidence))
}

/// `usual` when most do, else `rare`.
pub(super) fn usual(key: &'static str, part: u64, all: u64, source: &str) -> Option<Observation> {
    preferred(
        key,
        [("usual", part), ("rare", all.saturating_sub(part))],
        source,
    )
}

/// The number behind a share; never more than the whole.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss
)]
fn part(share: f64, whole: u64) -> u64 {
    ((share * whole as f64).round().max(0.0) as u64).min(whole)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    fn told(seen: &[Observation]) -> Vec<String> {
        let told = seen.iter();
        told.map(|seen| format!("{} {} {:.2}", seen.key, seen.value, seen.confidence))
            .collect()
    }

    #[test]
    fn habits_of_commits() {
        let style = CommitStyle {
            commits: 10,
            conventional_share: 0.8,
            subject_median: Some(44),
            imperative_share: 0.25,
            verbs: 8,
            body_share: 0.1,
            issue_share: 0.6,
            co_author_share: 0.125,
            files_median: Some(2),
            code_commits: 4,
            tests_with_code_share: 0.5,
            ..CommitStyle::default()
        };
        assert_eq!(
            told(&of_style(&style)),
            [
                "commit.style conventional 0.79",
                "commit.mood descriptive 0.75",
                "commit.bodies rare 0.87",
                "commit.issues usual 0.63",
                "commit.subject_length 44 0.50",
                "commit.median_files 2 0.50",
                "commit.co_authored 12.5 0.50",
            ]
        );
        let few = CommitStyle {
            commits: 4,
            ..style
        };
        assert_eq!(of_style(&few), []);
    }

    #[test]
    fn languages_are_weighted_by_own_files() {
        let touched = [("Rust", 60), ("Python", 39), ("Shell", 1), ("Go", 0)];
        let touched = touched.map(|(name, files)| (name.to_owned(), files)).into();
        let seen = of_files("languages", &touched).unwrap();
        assert_eq!(told(&[seen]), ["languages Rust, Python 0.63"]);
        assert_eq!(of_files("languages", &BTreeMap::new()), None);
    }

    proptest! {
        #[test]
        fn the_preference_is_the_most_frequent_choice(counts in proptest::collection::btree_map("[a-c]", 0_u64..50, 0..4)) {
            let Some(seen) = preferred("commit.style", counts.clone(), "x") else {
                prop_assert!(counts.values().all(|count| *count == 0));
                return Ok(());
            };
            let most = counts.values().max().unwrap();
            prop_assert_eq!(counts[&seen.value.to_string()], *most);
            prop_assert!((0.15..=0.95).contains(&seen.confidence));
        }

        #[test]
        fn parts_are_no_more_than_the_whole(share: f64, whole: u64) {
            prop_assert!(part(share, whole) <= whole);
        }
    }
}
