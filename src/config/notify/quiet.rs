//! Hours at which nobody is to be disturbed.

use std::fmt;

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

use crate::config::text::{FromText, Invalid, text_schema, text_value};

/// A span of the day in local time, `22:00-07:00`; it may go over midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct QuietHours {
    from: Time,
    until: Time,
}

impl QuietHours {
    /// The end of the quiet hours that `now` lies in; `None` outside of them.
    ///
    /// A time of day that a change of the clocks leaves out counts as the moment of the change, as in cron expressions.
    pub fn end(&self, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let local = now.to_zoned(zone.clone());
        let time = local.time();
        let goes_over_midnight = self.until <= self.from;
        let (is_quiet, ends_tomorrow) = if goes_over_midnight {
            (time >= self.from || time < self.until, time >= self.from)
        } else {
            (time >= self.from && time < self.until, false)
        };
        if !is_quiet {
            return None;
        }
        let day = if ends_tomorrow {
            local.date().checked_add(1.day()).ok()?
        } else {
            local.date()
        };
        let end = zone.to_timestamp(day.to_datetime(self.until)).ok()?;
        // An hour that comes twice: the end may already have been, the first time.
        (end > now).then_some(end)
    }
}

fn time(text: &str) -> Option<Time> {
    let (hour, minute) = text.trim().split_once(':')?;
    let two = |digits: &str| {
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| digits.parse::<i8>().ok()).flatten()
    };
    let (hour, minute) = (two(hour)?, two(minute)?);
    if (hour, minute) == (24, 0) {
        return Some(Time::midnight());
    }
    Time::new(hour, minute, 0, 0).ok()
}

impl FromText for QuietHours {
    const EXPECTED: &'static str = "hours such as \"22:00-07:00\"";

    fn from_text(text: &str) -> Result<Self, Invalid> {
        let wrong = || {
            Invalid::new(format!("`{}` are no hours", text.escape_debug()))
                .hint("write two times of the day, such as \"22:00-07:00\"")
        };
        let (from, until) = text.split_once('-').ok_or_else(wrong)?;
        let (from, until) = (
            time(from).ok_or_else(wrong)?,
            time(until).ok_or_else(wrong)?,
        );
        if from == until {
            return Err(Invalid::new("quiet hours that never end")
                .hint("write `enabled = false` for channels that are not to be used"));
        }
        Ok(Self { from, until })
    }
}

impl fmt::Display for QuietHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, until) = (self.from, self.until);
        write!(
            f,
            "{:02}:{:02}-{:02}:{:02}",
            from.hour(),
            from.minute(),
            until.hour(),
            until.minute()
        )
    }
}

text_value!(QuietHours);
text_schema!(QuietHours, "QuietHours", {
    "type": "string",
    "description": "A span of the day in local time, such as \"22:00-07:00\".",
    "pattern": r"^\s*[0-9]{1,2}:[0-9]{2}\s*-\s*[0-9]{1,2}:[0-9]{2}\s*$",
});

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    fn at(text: &str, zone: &TimeZone) -> Timestamp {
        let local: jiff::civil::DateTime = text.parse().unwrap();
        zone.to_timestamp(local).unwrap()
    }

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    #[test]
    fn hours_end_on_this_day_or_the_next() {
        let berlin = zone("Europe/Berlin");
        let night: QuietHours = "22:00-07:00".parse().unwrap();
        let noon: QuietHours = "12:00 - 13:30".parse().unwrap();
        let end = |hours: QuietHours, now| {
            let end = hours.end(at(now, &berlin), &berlin)?;
            Some(end.to_zoned(berlin.clone()).datetime().to_string())
        };
        assert_eq!(end(night, "2026-05-01T21:59:59"), None);
        assert_eq!(
            end(night, "2026-05-01T22:00:00").as_deref(),
            Some("2026-05-02T07:00:00")
        );
        assert_eq!(
            end(night, "2026-05-02T06:59:59").as_deref(),
            Some("2026-05-02T07:00:00")
        );
        assert_eq!(end(night, "2026-05-02T07:00:00"), None);
        assert_eq!(
            end(noon, "2026-05-01T13:29:00").as_deref(),
            Some("2026-05-01T13:30:00")
        );
        assert_eq!(end(noon, "2026-05-01T13:30:00"), None);
    }

    #[test]
    fn what_is_no_span_of_the_day_is_refused() {
        for wrong in [
            "",
            "22:00",
            "22:00-",
            "25:00-07:00",
            "22-7",
            "a:b-c:d",
            "22:00-22:00",
            "+1:00-02:00",
        ] {
            assert!(wrong.parse::<QuietHours>().is_err(), "{wrong}");
        }
        assert_eq!(
            "18:00-24:00".parse::<QuietHours>().unwrap().to_string(),
            "18:00-00:00"
        );
    }

    proptest! {
        #[test]
        fn the_end_comes_within_a_day_and_is_outside(
            seconds in 1_700_000_000_i64..1_800_000_000,
            from in 0_i8..24, until in 0_i8..24, minute in 0_i8..60,
            name in prop::sample::select(vec!["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"]),
        ) {
            prop_assume!(from != until);
            let hours: QuietHours = format!("{from}:{minute:02}-{until}:{minute:02}").parse().unwrap();
            let (zone, now) = (zone(name), Timestamp::from_second(seconds).unwrap());
            if let Some(end) = hours.end(now, &zone) {
                prop_assert!(end > now);
                prop_assert!(end.duration_since(now).as_hours() < 26);
                prop_assert_eq!(hours.end(end, &zone), None);
            }
        }
    }
}
