//! Values of options: spans of time as in `tend.toml`, and moments.

use std::time::Duration;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::config::units::Period;

/// A moment in the past, as it is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// So long ago.
    Ago(Duration),
    /// A date, or a date and a time, where the user is.
    Local(DateTime),
    /// The same everywhere.
    Moment(Timestamp),
}

impl Since {
    /// The moment; nothing if it is beyond the calendar.
    pub fn moment(self, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        match self {
            Self::Ago(span) => {
                let span = SignedDuration::try_from(span).ok()?;
                now.checked_sub(span).ok()
            }
            Self::Local(moment) => {
                let zoned = moment.to_zoned(zone.clone()).ok()?;
                Some(zoned.timestamp())
            }
            Self::Moment(moment) => Some(moment),
        }
    }
}

/// `1d`, `2h 30m`, `2026-11-20`, `2026-11-20 14:00` or `2026-11-20T14:00:00Z`.
pub fn since(text: &str) -> Result<Since, String> {
    if let Ok(moment) = text.parse() {
        return Ok(Since::Moment(moment));
    }
    if let Ok(date) = text.parse::<Date>()
        && text.len() <= 10
    {
        return Ok(Since::Local(
            date.to_datetime(jiff::civil::Time::midnight()),
        ));
    }
    if let Ok(moment) = text.parse() {
        return Ok(Since::Local(moment));
    }
    duration(text).map(Since::Ago).map_err(|_| {
        "a span such as 1d or 2h, or a date such as 2026-11-20 or 2026-11-20T14:00".to_owned()
    })
}

/// A span such as `90s`, `10m` or `1h 30m`.
pub fn duration(text: &str) -> Result<Duration, String> {
    text.parse::<Period>()
        .map(Period::get)
        .map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_moment_is_a_span_a_date_or_a_time() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let now: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        for (text, moment) in [
            ("1d", "2026-11-20T12:00:00Z"),
            ("2h 30m", "2026-11-21T09:30:00Z"),
            ("2026-11-20", "2026-11-19T23:00:00Z"),
            ("2026-11-20 14:00", "2026-11-20T13:00:00Z"),
            ("2026-11-20T14:00", "2026-11-20T13:00:00Z"),
            ("2026-11-20T14:00:00Z", "2026-11-20T14:00:00Z"),
        ] {
            let found = since(text).unwrap().moment(now, &zone).unwrap();
            assert_eq!(found.to_string(), moment, "{text}");
        }
        for nonsense in ["", "yesterday", "2026-13-01", "-1d", "99999999999999999d"] {
            let found = since(nonsense).ok().and_then(|it| it.moment(now, &zone));
            assert_eq!(found, None, "{nonsense}");
        }
    }
}
