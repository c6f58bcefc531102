//! When work happens, by the clocks on the authors' walls. Of the repository, or of the user's own commits: never of
//! another person.

use std::cmp::Reverse;

use jiff::Timestamp;
use serde::Serialize;

use super::super::people::People;
use super::super::recent::Row;
use super::super::state::State;
use super::super::window::{Window, median, share};
use super::Whose;
use super::sessions::{Sessions, sessions};
use crate::git::history::When;

const DAYS: i64 = 90;
const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;
const NAMES: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];

/// The hours and days of work.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WorkHours {
    /// The last 90 days.
    #[serde(flatten)]
    pub window: Window,
    /// Commits of people in it, merges included.
    pub commits: u64,
    /// Commits by the hour in which they were written, author's local time, 0 to 23.
    pub hours: [u32; 24],
    /// Commits by the weekday on which they were written, author's local time, Monday first.
    pub weekdays: [u32; 7],
    /// The 3 hours with the most commits, most first, then by the clock.
    pub peak_hours: Vec<u32>,
    /// The 2 weekdays with the most commits, most first, then from Monday.
    pub peak_days: Vec<&'static str>,
    /// The offsets of the authors' clocks, as git writes them (`-0330`), most commits first.
    pub offsets: Vec<Offset>,
    /// Hours in a row that each have more commits than an hour has on average, most commits first; at most 3.
    pub focus_periods: Vec<FocusPeriod>,
    /// Commits in a row by one person, at most 2 hours apart, over all persons.
    pub sessions: Sessions,
}

/// An offset, and how many commits were written under it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Offset {
    /// `+0530`.
    pub offset: String,
    /// So many.
    pub commits: u32,
}

/// Hours in a row.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct FocusPeriod {
    /// The first hour, 0 to 23.
    pub from: u32,
    /// The hour at which it is over, 1 to 24; smaller than `from` when it goes past midnight.
    pub until: u32,
    /// Commits in it.
    pub commits: u32,
    /// Of all commits.
    pub share: f64,
}

/// Seconds since 1970 on the author's clock.
pub(super) fn local(when: When) -> i64 {
    when.seconds
        .saturating_add(i64::from(when.offset_minutes) * 60)
}

/// 0 to 23.
pub(super) fn hour(when: When) -> u32 {
    u32::try_from(local(when).rem_euclid(DAY) / HOUR).unwrap_or(0)
}

/// Days since 1970 on the author's clock.
pub(super) fn day(when: When) -> i64 {
    local(when).div_euclid(DAY)
}

/// 0 is Monday; the first of January 1970 was a Thursday.
fn weekday(when: When) -> usize {
    usize::try_from((day(when) + 3).rem_euclid(7)).unwrap_or(0)
}

pub(in super::super) fn observe(
    state: &State,
    people: &People,
    whose: &Whose,
    now: Timestamp,
) -> WorkHours {
    let (window, rows) = Window::latest(state, now, DAYS);
    let rows: Vec<(u32, &Row)> = rows
        .into_iter()
        .map(|row| (people.of_author(row.author), row))
        .filter(|(person, _)| whose.includes(*person, people))
        .collect();
    let mut hours = [0; 24];
    let mut weekdays = [0; 7];
    let mut minutes = Vec::with_capacity(rows.len());
    for (_, row) in &rows {
        let when = row.authored;
        if let Some(count) = hours.get_mut(hour(when) as usize) {
            *count += 1;
        }
        if let Some(count) = weekdays.get_mut(weekday(when)) {
            *count += 1;
        }
        minutes.push(when.offset_minutes);
    }
    let peak_hours = peaks(&hours, 3);
    let peak_days = peaks(&weekdays, 2);
    WorkHours {
        commits: rows.len() as u64,
        peak_hours: peak_hours
            .into_iter()
            .filter_map(|hour| u32::try_from(hour).ok())
            .collect(),
        peak_days: peak_days
            .into_iter()
            .filter_map(|day| NAMES.get(day).copied())
            .collect(),
        offsets: offsets(minutes),
        focus_periods: focus_periods(&hours),
        sessions: sessions(rows.iter().map(|(person, row)| (*person, row.authored))),
        window,
        hours,
        weekdays,
    }
}

/// The places of the largest counts, largest first, then in order; empty ones are no peaks.
fn peaks(counts: &[u32], most: usize) -> Vec<usize> {
    let mut places: Vec<(Reverse<u32>, usize)> = counts
        .iter()
        .enumerate()
        .filter(|(_, count)| **count > 0)
        .map(|(place, count)| (Reverse(*count), place))
        .collect();
    places.sort_unstable();
    places
        .into_iter()
        .take(most)
        .map(|(_, place)| place)
        .collect()
}

fn offsets(mut minutes: Vec<i16>) -> Vec<Offset> {
    minutes.sort_unstable();
    let mut groups: Vec<(Reverse<usize>, i16)> = minutes
        .chunk_by(|one, other| one == other)
        .filter_map(|group| Some((Reverse(group.len()), *group.first()?)))
        .collect();
    groups.sort_unstable();
    let tell = |(Reverse(commits), minutes): (Reverse<usize>, i16)| {
        let sign = if minutes < 0 { '-' } else { '+' };
        let minutes = minutes.unsigned_abs();
        Offset {
            offset: format!("{sign}{:02}{:02}", minutes / 60, minutes % 60),
            commits: u32::try_from(commits).unwrap_or(u32::MAX),
        }
    };
    groups.into_iter().map(tell).collect()
}

/// The clock is a circle: a period may go past midnight.
fn focus_periods(hours: &[u32; 24]) -> Vec<FocusPeriod> {
    let all: u32 = hours.iter().sum();
    let is_busy = |hour: u32| {
        let count = hours.get(hour as usize % 24).copied().unwrap_or(0);
        (count * 24 > all).then_some(count)
    };
    // At least one hour is not above the average.
    let Some(quiet) = (0..24).find(|hour| is_busy(*hour).is_none()) else {
        return Vec::new();
    };
    let mut periods: Vec<FocusPeriod> = Vec::new();
    let mut open = false;
    for hour in quiet..quiet + 24 {
        let Some(count) = is_busy(hour) else {
            open = false;
            continue;
        };
        let until = hour % 24 + 1;
        match periods.last_mut().filter(|_| open) {
            Some(period) => {
                period.until = until;
                period.commits += count;
            }
            None => periods.push(FocusPeriod {
                from: hour % 24,
                until,
                commits: count,
                share: 0.0,
            }),
        }
        open = true;
    }
    for period in &mut periods {
        period.share = share(period.commits.into(), all.into());
    }
    periods.sort_by_key(|period| (Reverse(period.commits), period.from));
    periods.truncate(3);
    periods
}

/// The middle of what is not empty, in minutes.
pub(super) fn middle(mut seconds: Vec<i64>) -> Option<i64> {
    median(&mut seconds).map(|seconds| seconds / 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_on_walls() {
        let at = |text: &str| When::parse(text.as_bytes());
        // 2023-11-14 22:13:20 UTC, a Tuesday.
        for (text, expected) in [
            ("1700000000 +0000", (22, 1)),
            ("1700000000 -0330", (18, 1)),
            ("1700000000 +0530", (3, 2)),
            ("1700000000 +1245", (10, 2)),
            ("-1 +0000", (23, 2)),
            ("1700000000 +9999", (22, 1)),
        ] {
            assert_eq!((hour(at(text)), weekday(at(text))), expected, "{text}");
        }
    }

    #[test]
    fn both_peaks_are_kept_and_ties_are_in_order() {
        assert_eq!(peaks(&[2, 5, 0, 5], 2), [1, 3]);
        assert_eq!(peaks(&[0, 1, 0], 2), [1]);
    }

    #[test]
    fn offsets_as_git_writes_them() {
        let told = offsets(vec![330, -210, 330, 0]);
        let told: Vec<_> = told
            .iter()
            .map(|told| (&*told.offset, told.commits))
            .collect();
        assert_eq!(told, [("+0530", 2), ("-0330", 1), ("+0000", 1)]);
    }

    #[test]
    fn focus_goes_past_midnight() {
        let mut hours = [0; 24];
        assert_eq!(focus_periods(&hours), []);
        (hours[22], hours[23], hours[0], hours[9]) = (5, 5, 5, 9);
        let told = focus_periods(&hours);
        let told: Vec<_> = told
            .iter()
            .map(|told| (told.from, told.until, told.commits))
            .collect();
        assert_eq!(told, [(22, 1, 15), (9, 10, 9)]);
        assert_eq!(focus_periods(&[3; 24]), []);
    }
}
