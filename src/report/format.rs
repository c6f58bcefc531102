//! How times, spans and counts read to a person.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// A span in the units that matter: `340ms`, `1.2s`, `2m 05s`, `42m`, `3h 07m`, `2d 4h`.
pub fn span(span: Duration) -> String {
    let seconds = span.as_secs();
    match seconds {
        0 if span.as_millis() < 1000 => format!("{}ms", span.as_millis()),
        0..10 => format!("{:.1}s", span.as_secs_f64()),
        10..60 => format!("{seconds}s"),
        60..600 if seconds.is_multiple_of(60) => format!("{}m", seconds / 60),
        60..600 => format!("{}m {:02}s", seconds / 60, seconds % 60),
        600..3600 => format!("{}m", seconds / 60),
        3600..86_400 => format!("{}h {:02}m", seconds / 3600, seconds % 3600 / 60),
        _ => format!("{}d {}h", seconds / 86_400, seconds % 86_400 / 3600),
    }
}

/// The time between two moments; nothing when the later comes first (a clock set back).
pub fn between(earlier: Timestamp, later: Timestamp) -> Duration {
    Duration::try_from(later.duration_since(earlier)).unwrap_or_default()
}

/// A share, such as a rate of success: never 100 % where something failed.
pub fn percent(rate: f64) -> String {
    let percent = rate * 100.0;
    if percent > 99.0 && percent < 100.0 {
        format!("{:.1} %", (percent * 10.0).floor() / 10.0)
    } else {
        format!("{percent:.0} %")
    }
}

/// A span given in milliseconds, as [`span`].
pub fn milliseconds(ms: f64) -> String {
    span(Duration::try_from_secs_f64(ms / 1000.0).unwrap_or_default())
}

/// Memory given in KiB: `812 MiB`, `1.4 GiB`.
pub fn memory(kib: f64) -> String {
    let mib = kib / 1024.0;
    if mib < 10.0 {
        format!("{mib:.1} MiB")
    } else if mib < 1024.0 {
        format!("{mib:.0} MiB")
    } else {
        format!("{:.1} GiB", mib / 1024.0)
    }
}

/// A past moment: `12s ago`, `3h 07m ago`.
pub fn ago(moment: Timestamp, now: Timestamp) -> String {
    let gone = between(moment, now);
    if gone < Duration::from_secs(1) {
        "just now".to_owned()
    } else {
        format!("{} ago", span(gone))
    }
}

/// A moment in local time, without the date where it is today.
pub fn moment(moment: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let local = moment.to_zoned(zone.clone());
    let today = now.to_zoned(zone.clone()).date();
    if local.date() == today {
        local.strftime("%H:%M:%S").to_string()
    } else {
        local.strftime("%Y-%m-%d %H:%M").to_string()
    }
}

/// `1 job`, `2 jobs`.
pub fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// The first line, shortened to `width` characters with an ellipsis.
pub fn shortened(text: &str, width: usize) -> String {
    let line = text.lines().next().unwrap_or_default();
    if line.chars().count() <= width && line.len() == text.trim_end().len() {
        return line.to_owned();
    }
    let kept: String = line.chars().take(width.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_show_two_units() {
        let cases = [
            (0, "0ms"),
            (340, "340ms"),
            (1_249, "1.2s"),
            (59_900, "59s"),
            (120_900, "2m"),
            (125_000, "2m 05s"),
            (599_999, "9m 59s"),
            (2_519_000, "41m"),
            (11_220_000, "3h 07m"),
            (187_200_000, "2d 4h"),
        ];
        for (millis, text) in cases {
            assert_eq!(span(Duration::from_millis(millis)), text);
        }
    }

    #[test]
    fn a_clock_set_back_gives_no_negative_span() {
        let now = Timestamp::UNIX_EPOCH;
        let later = Timestamp::from_second(60).unwrap_or(now);
        assert_eq!(between(later, now), Duration::ZERO);
        assert_eq!(ago(later, now), "just now");
    }

    #[test]
    fn shortening_marks_what_is_missing() {
        assert_eq!(shortened("short", 10), "short");
        assert_eq!(shortened("first\nsecond", 10), "first…");
        assert_eq!(shortened("abcdefghijk", 5), "abcd…");
    }
}
