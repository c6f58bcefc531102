//! When a cron expression fires, in local time and across changes of the clock.
//!
//! croner answers in civil time only; the step to instants is made here, because its own treats an expression such as
//! `0,30 2 * * *` as an interval (skipped in a gap, doubled in a fold) and gives up on gaps longer than two hours.
//!
//! - An expression that names hours: a local time that a gap skips fires at the first instant after the gap, together
//!   with everything else the gap skipped; a local time that happens twice fires the first time.
//! - An expression that fires in every hour follows elapsed time instead, as cron(8) has always done: a gap loses no
//!   run and a fold does not make it pause.

use croner::Cron;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};

/// Offsets walked through before an expression counts as never firing: two changes a year, and forty years between two
/// fires of the rarest expression (29 February on a given weekday, over a century without a leap day).
const MAX_TRANSITIONS: usize = 120;

/// The first fire after `after`, or `None` if there is none: 31 February never comes.
pub fn next_occurrence(cron: &Cron, after: Timestamp, tz: &TimeZone) -> Option<Timestamp> {
    let every_hour = (0..24).all(|hour| cron.pattern.hour_match(hour).unwrap_or(false));
    if every_hour {
        next_elapsed(cron, after, tz)
    } else {
        next_named(cron, after, tz)
    }
}

/// Named hours: civil times are mapped to instants, monotonically (a gap to its end, a fold to its first half), so the
/// first civil occurrence whose instant lies after `after` is the answer.
fn next_named(cron: &Cron, after: Timestamp, tz: &TimeZone) -> Option<Timestamp> {
    let mut civil = tz.to_datetime(after);
    let mut inclusive = false;
    // Asked in the second half of a fold, the occurrences left in it belong to the first half and are past.
    for _ in 0..MAX_TRANSITIONS {
        civil = cron.find_next_occurrence(&civil, inclusive).ok()?;
        let fire = first_instant(civil, tz)?;
        if fire > after {
            return Some(fire);
        }
        civil = end_of_fold(civil, tz)?;
        inclusive = true;
    }
    None
}

/// Every hour: within one offset civil and elapsed time run in step, so each stretch between two transitions is searched
/// with its own offset.
fn next_elapsed(cron: &Cron, after: Timestamp, tz: &TimeZone) -> Option<Timestamp> {
    let mut from = after;
    let mut inclusive = false;
    for _ in 0..MAX_TRANSITIONS {
        let offset = tz.to_offset(from);
        let civil = cron
            .find_next_occurrence(&offset.to_datetime(from), inclusive)
            .ok()?;
        let fire = offset.to_timestamp(civil).ok()?;
        match tz.following(from).next().map(|next| next.timestamp()) {
            Some(transition) if transition <= fire => {
                from = transition;
                inclusive = true;
            }
            _ => return Some(fire),
        }
    }
    None
}

/// The local time at which the repeated range around `civil` is over; `None` if `civil` happens once.
fn end_of_fold(civil: DateTime, tz: &TimeZone) -> Option<DateTime> {
    let AmbiguousOffset::Fold { before, .. } = tz.to_ambiguous_timestamp(civil).offset() else {
        return None;
    };
    let first = before.to_timestamp(civil).ok()?;
    let transition = tz.following(first).next()?;
    Some(before.to_datetime(transition.timestamp()))
}

/// The first instant at or after which a clock on the wall has shown `civil`.
fn first_instant(civil: DateTime, tz: &TimeZone) -> Option<Timestamp> {
    let ambiguous = tz.to_ambiguous_timestamp(civil);
    match ambiguous.offset() {
        AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(civil).ok(),
        AmbiguousOffset::Fold { before, .. } => before.to_timestamp(civil).ok(),
        AmbiguousOffset::Gap { before, after } => {
            // Read with the offset after the gap the skipped time lies before the transition, with the one before the
            // gap at or behind it.
            let early = after.to_timestamp(civil).ok()?;
            let late = before.to_timestamp(civil).ok()?;
            tz.following(early)
                .map(|transition| transition.timestamp())
                .take_while(|instant| *instant <= late)
                .find(|instant| tz.to_datetime(*instant) > civil)
                .or(Some(late))
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use proptest::prelude::*;

    use super::*;

    fn fires(expression: &str, zone: &str, after: &str, count: usize) -> Vec<String> {
        let cron: Cron = expression.parse().unwrap();
        let tz = TimeZone::get(zone).unwrap();
        let mut at = after.parse::<jiff::Zoned>().unwrap().timestamp();
        let mut found = Vec::new();
        for _ in 0..count {
            let next = next_occurrence(&cron, at, &tz).unwrap();
            assert!(
                next > at,
                "{expression} in {zone}: {next} is not after {at}"
            );
            found.push(
                next.to_zoned(tz.clone())
                    .strftime("%m-%d %H:%M%:z")
                    .to_string(),
            );
            at = next;
        }
        found
    }

    #[test]
    fn a_skipped_local_time_fires_once_at_the_end_of_the_gap() {
        for (expression, zone, after, expected) in [
            // 2026-03-29 02:00 +01:00 -> 03:00 +02:00
            (
                "30 2 * * *",
                "Europe/Berlin",
                "2026-03-28T12:00[Europe/Berlin]",
                ["03-29 03:00+02:00", "03-30 02:30+02:00"],
            ),
            (
                "0,30 2 * * *",
                "Europe/Berlin",
                "2026-03-28T12:00[Europe/Berlin]",
                ["03-29 03:00+02:00", "03-30 02:00+02:00"],
            ),
            (
                "30 2,3 * * *",
                "Europe/Berlin",
                "2026-03-29T00:00[Europe/Berlin]",
                ["03-29 03:00+02:00", "03-29 03:30+02:00"],
            ),
            // 2026-03-08 02:00 -05:00 -> 03:00 -04:00
            (
                "30 2 * * *",
                "America/New_York",
                "2026-03-08T00:00[America/New_York]",
                ["03-08 03:00-04:00", "03-09 02:30-04:00"],
            ),
            // 2026-10-04 02:00 +10:30 -> 02:30 +11:00
            (
                "15 2 * * *",
                "Australia/Lord_Howe",
                "2026-10-04T00:00[Australia/Lord_Howe]",
                ["10-04 02:30+11:00", "10-05 02:15+11:00"],
            ),
            (
                "45 2 * * *",
                "Australia/Lord_Howe",
                "2026-10-04T00:00[Australia/Lord_Howe]",
                ["10-04 02:45+11:00", "10-05 02:45+11:00"],
            ),
            // 2011-12-30 did not happen in Samoa.
            (
                "0 12 * * *",
                "Pacific/Apia",
                "2011-12-29T13:00[Pacific/Apia]",
                ["12-31 00:00+14:00", "12-31 12:00+14:00"],
            ),
            (
                "0 0 * * *",
                "Pacific/Apia",
                "2011-12-29T13:00[Pacific/Apia]",
                ["12-31 00:00+14:00", "01-01 00:00+14:00"],
            ),
            (
                "0 12 30 12 *",
                "Pacific/Apia",
                "2011-12-01T00:00[Pacific/Apia]",
                ["12-31 00:00+14:00", "12-30 12:00+14:00"],
            ),
        ] {
            assert_eq!(
                fires(expression, zone, after, 2),
                expected,
                "{expression} in {zone}"
            );
        }
    }

    #[test]
    fn a_repeated_local_time_fires_the_first_time_only() {
        for (expression, zone, after, expected) in [
            // 2026-10-25 03:00 +02:00 -> 02:00 +01:00
            (
                "30 2 * * *",
                "Europe/Berlin",
                "2026-10-25T00:00[Europe/Berlin]",
                ["10-25 02:30+02:00", "10-26 02:30+01:00"],
            ),
            (
                "0,30 2 * * *",
                "Europe/Berlin",
                "2026-10-25T02:10+02:00[Europe/Berlin]",
                ["10-25 02:30+02:00", "10-26 02:00+01:00"],
            ),
            // Asked in the second half.
            (
                "30 2 * * *",
                "Europe/Berlin",
                "2026-10-25T02:10+01:00[Europe/Berlin]",
                ["10-26 02:30+01:00", "10-27 02:30+01:00"],
            ),
            (
                "* 2 * * *",
                "Europe/Berlin",
                "2026-10-25T02:59+02:00[Europe/Berlin]",
                ["10-26 02:00+01:00", "10-26 02:01+01:00"],
            ),
            // 2026-11-01 02:00 -04:00 -> 01:00 -05:00
            (
                "30 1 * * *",
                "America/New_York",
                "2026-11-01T00:00[America/New_York]",
                ["11-01 01:30-04:00", "11-02 01:30-05:00"],
            ),
            // 2026-04-05 02:00 +11:00 -> 01:30 +10:30
            (
                "45 1 * * *",
                "Australia/Lord_Howe",
                "2026-04-05T00:00[Australia/Lord_Howe]",
                ["04-05 01:45+11:00", "04-06 01:45+10:30"],
            ),
        ] {
            assert_eq!(
                fires(expression, zone, after, 2),
                expected,
                "{expression} in {zone}"
            );
        }
    }

    #[test]
    fn what_fires_in_every_hour_follows_elapsed_time() {
        assert_eq!(
            fires(
                "15 * * * *",
                "Europe/Berlin",
                "2026-03-29T01:00+01:00[Europe/Berlin]",
                3
            ),
            [
                "03-29 01:15+01:00",
                "03-29 03:15+02:00",
                "03-29 04:15+02:00"
            ]
        );
        assert_eq!(
            fires(
                "0 * * * *",
                "Europe/Berlin",
                "2026-10-25T01:30[Europe/Berlin]",
                3
            ),
            [
                "10-25 02:00+02:00",
                "10-25 02:00+01:00",
                "10-25 03:00+01:00"
            ]
        );
        assert_eq!(
            fires(
                "*/20 * * * *",
                "Australia/Lord_Howe",
                "2026-04-05T01:30+11:00[Australia/Lord_Howe]",
                4
            ),
            [
                "04-05 01:40+11:00",
                "04-05 01:40+10:30",
                "04-05 02:00+10:30",
                "04-05 02:20+10:30"
            ]
        );
        assert_eq!(
            fires(
                "0 * * * *",
                "Pacific/Apia",
                "2011-12-29T23:00[Pacific/Apia]",
                2
            ),
            ["12-31 00:00+14:00", "12-31 01:00+14:00"]
        );
    }

    #[test]
    fn leap_days_are_waited_for_and_days_that_do_not_exist_are_not() {
        let tz = TimeZone::get("Europe/Berlin").unwrap();
        let after: Timestamp = "2097-01-01T00:00:00Z".parse().unwrap();
        for leap in ["0 0 29 2 *", "0 * 29 2 *"] {
            let next = next_occurrence(&leap.parse().unwrap(), after, &tz).unwrap();
            assert_eq!(next.to_string(), "2104-02-28T23:00:00Z", "{leap}");
        }
        for never in ["0 0 31 2 *", "0 * 30 2 *", "0 0 31 4,6,9,11 *"] {
            let cron: Cron = never.parse().unwrap();
            assert_eq!(next_occurrence(&cron, after, &tz), None, "{never}");
        }
    }

    #[test]
    fn an_expression_of_seconds_is_not_walked_second_by_second() {
        assert_eq!(
            fires(
                "* * 2 * * *",
                "Europe/Berlin",
                "2026-10-25T02:00:00+01:00[Europe/Berlin]",
                1
            ),
            ["10-26 02:00+01:00"]
        );
    }

    proptest! {
        #[test]
        fn the_next_fire_lies_ahead_and_nothing_lies_between(
            minute in prop::sample::select(vec!["*", "0", "*/7", "0,30", "59"]),
            hour in prop::sample::select(vec!["*", "0", "1,2", "2", "*/5", "23"]),
            zone in prop::sample::select(vec![
                "UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia",
                "America/Sao_Paulo", "Asia/Kathmandu",
            ]),
            // From 2005 to 2030: every zone's odd days are in there.
            start in 1_104_537_600_000_i64..1_893_456_000_000,
            share in 0.0..1.0_f64,
        ) {
            let cron: Cron = format!("{minute} {hour} * * *").parse().unwrap();
            let tz = TimeZone::get(zone).unwrap();
            let after = Timestamp::from_millisecond(start).unwrap();
            let next = next_occurrence(&cron, after, &tz).unwrap();
            prop_assert!(next > after);
            // Never more than two days away, even across the day that Samoa skipped.
            prop_assert!(next.duration_since(after).as_hours() <= 48);
            // Asked at any moment in between, the answer is the same.
            let gap = next.as_millisecond() - start;
            #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
            let between = start + (gap as f64 * share) as i64;
            prop_assume!(between < next.as_millisecond());
            let between = Timestamp::from_millisecond(between).unwrap();
            prop_assert_eq!(next_occurrence(&cron, between, &tz), Some(next));
        }
    }
}
