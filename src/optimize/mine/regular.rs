//! When it is done: every day, or every week, at about the same time.
//!
//! Times are points on a circle: the hours of a day or of a week, in the person's own time. The length of their mean vector
//! R is 1 if all are the same and near 0 if they are anywhere; Rayleigh's test says how likely such an R is by chance (Mardia
//! and Jupp, "Directional Statistics", 2000; the approximation is Zar's, "Biostatistical Analysis", 1999, eq. 27.4).
//!
//! Two things make that test too easy. Occurrences of one day are no independent points, so it is given the number of days.
//! And everybody works at certain hours: any habit of a working day has R > 0.8 on the circle of a day. So the same test is
//! made again with each time moved to where it stands among the times of *all* that is done otherwise (its quantile), where
//! somebody who works from nine to five is busy all around.

use std::collections::BTreeSet;
use std::f64::consts::TAU;

use crate::metrics::stats::as_f64;

/// The least R.
pub const RESULTANT: f64 = 0.6;
/// The largest likelihood of chance.
pub const SIGNIFICANT: f64 = 0.01;
/// On so many days it has to be done, to be told of.
pub const POINTS: usize = 4;
/// In so large a share of the days or weeks on which anything was done it has to be done.
pub const SHARE: f64 = 0.5;
/// With fewer other times nothing is said about what is usual.
const OTHERS: u32 = 30;
/// What is usual is counted in quarters of an hour.
const BIN: usize = 15;
const DAY: usize = 24 * 60;
const WEEK: usize = 7 * DAY;

/// What it comes back with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// The hour of the day.
    Day,
    /// The hour of the week.
    Week,
}

/// A habit in time.
#[derive(Clone, Debug, PartialEq)]
pub struct Regularity {
    /// What it comes back with.
    pub period: Period,
    /// The mean, in minutes since midnight, or since Monday's.
    pub minute: u32,
    /// How long the mean vector is, from 0 to 1.
    pub resultant: f64,
    /// How likely that is by chance, the larger one of both tests.
    pub chance: f64,
    /// On how many days it was done.
    pub days: usize,
    /// A schedule: minute, hour, `*`, `*`, days of the week.
    pub cron: String,
}

/// A time as a person sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Local {
    /// The day, counted from 1970-01-01.
    pub day: i64,
    /// Minutes since midnight.
    pub minute: usize,
}

impl Local {
    /// Of a time (ms UTC) where clocks are `offset_ms` ahead of UTC.
    pub fn of(at: i64, offset_ms: i64) -> Self {
        let local = at.saturating_add(offset_ms);
        let minute = local.rem_euclid(86_400_000) / 60_000;
        Self {
            day: local.div_euclid(86_400_000),
            minute: usize::try_from(minute).unwrap_or(0),
        }
    }

    /// Days since the Monday of its week: 1970-01-01 was a Thursday.
    pub fn weekday(self) -> usize {
        usize::try_from((self.day.saturating_add(3)).rem_euclid(7)).unwrap_or(0)
    }

    const fn week(self) -> i64 {
        (self.day.saturating_add(3)).div_euclid(7)
    }

    fn minute_of_week(self) -> usize {
        self.weekday() * DAY + self.minute
    }
}

/// How often anything is done at which time of the week, and on which days.
#[derive(Clone, Debug, PartialEq)]
pub struct Usual {
    bins: Vec<u32>,
    days: BTreeSet<i64>,
}

impl Usual {
    /// Of all times.
    pub fn of(times: impl Iterator<Item = Local>) -> Self {
        let mut usual = Self {
            bins: vec![0; WEEK / BIN],
            days: BTreeSet::new(),
        };
        for time in times {
            usual.days.insert(time.day);
            if let Some(bin) = usual.bins.get_mut(time.minute_of_week() / BIN) {
                *bin = bin.saturating_add(1);
            }
        }
        usual
    }

    /// Angles at which `times` stand among all others, on the circle of `minutes`; nothing if there are hardly any others.
    fn quantiles(&self, times: &[Local], minutes: usize) -> Option<Vec<f64>> {
        let mut others = self.bins.clone();
        for time in times {
            if let Some(bin) = others.get_mut(time.minute_of_week() / BIN) {
                *bin = bin.saturating_sub(1);
            }
        }
        let mut bins = vec![0_u32; minutes / BIN];
        for (at, count) in others.iter().enumerate() {
            if let Some(bin) = bins.get_mut(at % (minutes / BIN)) {
                *bin = bin.saturating_add(*count);
            }
        }
        if bins.iter().sum::<u32>() < OTHERS {
            return None;
        }
        // Half an event in each: where nothing else was ever done there is a place on the circle, too.
        let weight = |bin: &u32| f64::from(*bin) + 0.5;
        let mut all = 0.0;
        let before: Vec<(f64, f64)> = bins
            .iter()
            .map(weight)
            .map(|weight| {
                all += weight;
                (all - weight, weight)
            })
            .collect();
        let angle = |time: &Local| {
            let minute = time.minute_of_week() % minutes;
            let (before, within) = before.get(minute / BIN).copied().unwrap_or_default();
            let part = (as_f64(minute % BIN) + 0.5) / as_f64(BIN);
            TAU * (before + part * within) / all
        };
        Some(times.iter().map(angle).collect())
    }
}

/// The direction of the mean vector, from 0 to 2π, and its length.
pub fn resultant(angles: &[f64]) -> (f64, f64) {
    let count = as_f64(angles.len().max(1));
    let x: f64 = angles.iter().map(|angle| libm::cos(*angle)).sum();
    let y: f64 = angles.iter().map(|angle| libm::sin(*angle)).sum();
    let length = libm::hypot(x, y) / count;
    (libm::atan2(y, x).rem_euclid(TAU), length.min(1.0))
}

/// How likely it is by chance that the mean vector of `points` points is at least so long.
pub fn rayleigh(points: usize, resultant: f64) -> f64 {
    let count = as_f64(points);
    let sum = count * resultant;
    let root = (1.0 + 4.0 * count + 4.0 * (count * count - sum * sum)).sqrt();
    (root - (1.0 + 2.0 * count)).exp().min(1.0)
}

/// What somebody does at these times, if there is a rule in it.
pub fn regularity(times: &[Local], usual: &Usual) -> Option<Regularity> {
    let week = on_circle(times, usual, Period::Week);
    let day = on_circle(times, usual, Period::Day);
    match (week, day) {
        // To know the day of the week says something only if the hour is not less certain for it.
        (Some(week), Some(day)) => {
            let hours = |regular: &Regularity, hours: f64| spread(regular.resultant) * hours;
            let weekly = hours(&week, 168.0) <= 1.5 * hours(&day, 24.0) + 0.25;
            Some(if weekly { week } else { day })
        }
        (week, day) => week.or(day),
    }
}

/// The circular standard deviation, as a share of the circle.
fn spread(resultant: f64) -> f64 {
    (-2.0 * resultant.min(1.0).ln()).max(0.0).sqrt() / TAU
}

fn on_circle(times: &[Local], usual: &Usual, period: Period) -> Option<Regularity> {
    let minutes = match period {
        Period::Day => DAY,
        Period::Week => WEEK,
    };
    let days: BTreeSet<i64> = times.iter().map(|time| time.day).collect();
    if days.len() < POINTS || !is_often(times, usual, period) {
        return None;
    }
    let angles: Vec<f64> = times
        .iter()
        .map(|time| TAU * as_f64(time.minute_of_week() % minutes) / as_f64(minutes))
        .collect();
    let (direction, length) = resultant(&angles);
    let mut chance = rayleigh(days.len(), length);
    if let Some(quantiles) = usual.quantiles(times, minutes) {
        chance = chance.max(rayleigh(days.len(), resultant(&quantiles).1));
    }
    if length < RESULTANT || chance >= SIGNIFICANT {
        return None;
    }
    // The mean is below the length of a week.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let minute = (direction / TAU * as_f64(minutes)).round() as usize % minutes;
    Some(Regularity {
        period,
        minute: u32::try_from(minute).unwrap_or(0),
        resultant: length,
        chance,
        days: days.len(),
        cron: cron(times, minute, period),
    })
}

/// Of the days of the week on which it is done, of those of its rule, or of the weeks, between the first and the last time.
fn is_often(times: &[Local], usual: &Usual, period: Period) -> bool {
    let unit = |time: &Local| match period {
        Period::Day => time.day,
        Period::Week => time.week(),
    };
    let weekdays: BTreeSet<usize> = times.iter().map(|time| time.weekday()).collect();
    let own: BTreeSet<i64> = times.iter().map(unit).collect();
    let all: BTreeSet<i64> = usual
        .days
        .iter()
        .map(|day| Local {
            day: *day,
            minute: 0,
        })
        .filter(|day| period == Period::Week || weekdays.contains(&day.weekday()))
        .map(|day| unit(&day))
        .collect();
    as_f64(own.len()) >= SHARE * as_f64(all.len())
}

/// To five minutes.
fn cron(times: &[Local], minute: usize, period: Period) -> String {
    let minute = (minute + 2) / 5 * 5;
    let (weekday, minute) = (minute / DAY % 7, minute % DAY);
    let weekdays: BTreeSet<usize> = times.iter().map(|time| time.weekday()).collect();
    // Cron's Sunday is 0.
    let on = match period {
        Period::Week => ((weekday + 1) % 7).to_string(),
        Period::Day if weekdays.iter().all(|day| *day < 5) && weekdays.len() > 3 => {
            "1-5".to_owned()
        }
        Period::Day if weekdays.len() > 3 => "*".to_owned(),
        Period::Day => {
            let mut days: Vec<usize> = weekdays.iter().map(|day| (day + 1) % 7).collect();
            days.sort_unstable();
            let days: Vec<String> = days.iter().map(ToString::to_string).collect();
            days.join(",")
        }
    };
    format!("{} {} * * {on}", minute % 60, minute / 60)
}
