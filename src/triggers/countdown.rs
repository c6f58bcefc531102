//! How long until something happens, as a person says it.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// `in 5h 28m (02:00)`: what is left in its two largest units, and the moment in local time, with its date once that is
/// more than a day away.
pub fn countdown(next: Timestamp, now: Timestamp, tz: &TimeZone) -> String {
    if next <= now {
        return "now".to_owned();
    }
    let seconds = next.duration_since(now).as_secs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    let left = match (days, hours, minutes) {
        (0, 0, 0) => format!("{}s", seconds.max(1)),
        (0, 0, _) => format!("{minutes}m"),
        (0, _, 0) => format!("{hours}h"),
        (0, _, _) => format!("{hours}h {minutes}m"),
        (_, 0, _) => format!("{days}d"),
        (_, _, _) => format!("{days}d {hours}h"),
    };
    let local = next.to_zoned(tz.clone());
    let moment = if days == 0 {
        local.strftime("%H:%M")
    } else {
        local.strftime("%Y-%m-%d %H:%M")
    };
    format!("in {left} ({moment})")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn what_is_left_and_when_that_is() {
        let tz = TimeZone::get("Europe/Berlin").unwrap();
        let now: Timestamp = "2026-11-01T19:32:00Z".parse().unwrap();
        for (next, expected) in [
            ("2026-11-02T01:00:00Z", "in 5h 28m (02:00)"),
            ("2026-11-01T19:32:00Z", "now"),
            ("2026-11-01T10:00:00Z", "now"),
            ("2026-11-01T19:32:00.4Z", "in 1s (20:32)"),
            ("2026-11-01T19:32:59Z", "in 59s (20:32)"),
            ("2026-11-01T19:33:59Z", "in 1m (20:33)"),
            ("2026-11-01T22:32:10Z", "in 3h (23:32)"),
            ("2026-11-02T19:31:59Z", "in 23h 59m (20:31)"),
            ("2026-11-02T19:32:00Z", "in 1d (2026-11-02 20:32)"),
            ("2026-11-08T20:00:00Z", "in 7d (2026-11-08 21:00)"),
            ("2027-03-28T01:30:00Z", "in 146d 5h (2027-03-28 03:30)"),
        ] {
            assert_eq!(
                countdown(next.parse().unwrap(), now, &tz),
                expected,
                "{next}"
            );
        }
    }
}
