//! Figures and names of sessions as people read them.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::cli::format;
use crate::cli::screen::Text;
use crate::cli::ui::Role;
use crate::graph::export::project_name;
use crate::graph::{Node, node::Outcome};
use crate::system::{env, tilde};

/// Tokens: `812`, `12.3k`, `4.5M`.
#[allow(clippy::cast_precision_loss)] // Three digits are shown.
pub fn tokens(number: u64) -> String {
    match number {
        0..1_000 => number.to_string(),
        // What would be rounded to 1000.0k is 1.0M.
        1_000..999_950 => format!("{:.1}k", number as f64 / 1e3),
        999_950..999_950_000 => format!("{:.1}M", number as f64 / 1e6),
        _ => format!("{:.1}G", number as f64 / 1e9),
    }
}

/// Tokens in a column, where nothing is left empty.
pub fn some_tokens(number: u64) -> String {
    if number == 0 {
        String::new()
    } else {
        tokens(number)
    }
}

/// Tokens with their name; empty where none are told.
pub fn spent(number: u64) -> String {
    if number == 0 {
        String::new()
    } else {
        format!("{} tokens", tokens(number))
    }
}

/// US dollars: `$12.30`, `$0.0042`; empty where nothing is told.
pub fn cost(dollars: f64) -> String {
    if dollars <= 0.0 || !dollars.is_finite() {
        String::new()
    } else if dollars < 0.0001 {
        "<$0.0001".to_owned()
    } else if dollars < 0.01 {
        format!("${dollars:.4}")
    } else {
        format!("${dollars:.2}")
    }
}

/// Minutes as a span; empty where there are none.
pub fn minutes(minutes: f64) -> String {
    let span = Duration::try_from_secs_f64(minutes * 60.0).unwrap_or_default();
    if span < Duration::from_secs(1) {
        return String::new();
    }
    format::span(span)
}

/// A path with the home folder as `~`.
pub fn path(path: &str) -> String {
    tilde::written(path, env::text(env::HOME).as_deref())
}

/// A project's own name: the last component of its path.
pub fn project(path: &str) -> &str {
    project_name(path)
}

/// The look of what came of something.
pub const fn look(outcome: Outcome) -> (Role, &'static str) {
    match outcome {
        Outcome::Success => (Role::Good, "✓"),
        Outcome::Partial => (Role::Warning, "◐"),
        Outcome::Failed => (Role::Bad, "✗"),
        Outcome::Abandoned => (Role::Faint, "–"),
    }
}

/// What came of something, in its look.
pub fn outcome(outcome: Outcome) -> Text {
    Text::of(look(outcome).0, outcome)
}

/// What a node is called, if it has a title besides its summary.
pub fn title(node: &Node) -> Option<&str> {
    node.content.title.as_deref()
}

/// What a node is about, in a line.
pub fn about(node: &Node) -> &str {
    node.content.about()
}

/// When a segment ended.
pub fn end_of(node: &Node) -> Option<Timestamp> {
    let span = Duration::try_from_secs_f64(node.metadata.duration_minutes * 60.0).ok()?;
    node.metadata.timestamp.checked_add(span).ok()
}

/// From one moment to another, with the day said once where both are in it.
pub fn from_to(from: Timestamp, to: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let begin = format::moment(from, now, zone);
    if to <= from {
        return begin;
    }
    let day = |at: Timestamp| at.to_zoned(zone.clone()).date();
    let end = match (day(from) == day(to), day(from) == day(now)) {
        (true, false) => to.to_zoned(zone.clone()).strftime("%H:%M").to_string(),
        _ => format::moment(to, now, zone),
    };
    format!("{begin} – {end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_short() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1.0k"),
            (12_345, "12.3k"),
            (999_949, "999.9k"),
            (999_950, "1.0M"),
            (4_500_000, "4.5M"),
            (999_950_000, "1.0G"),
        ] {
            assert_eq!(tokens(number), text);
        }
        for (dollars, text) in [
            (0.0, ""),
            (f64::NAN, ""),
            (0.000_01, "<$0.0001"),
            (0.0042, "$0.0042"),
            (0.25, "$0.25"),
            (12.3, "$12.30"),
        ] {
            assert_eq!(cost(dollars), text);
        }
        assert_eq!(minutes(0.0), "");
        assert_eq!(minutes(90.0), "1h 30m");
        assert_eq!(minutes(f64::INFINITY), "");
    }

    #[test]
    fn a_day_is_said_once() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap_or_default();
        let now = at("2026-03-01T12:00:00Z");
        let told = |from, to| from_to(at(from), at(to), now, &TimeZone::UTC);
        for (from, to, text) in [
            (
                "2026-03-01T09:00:00Z",
                "2026-03-01T10:00:00Z",
                "09:00:00 – 10:00:00",
            ),
            (
                "2026-02-20T09:00:00Z",
                "2026-02-20T10:00:00Z",
                "2026-02-20 09:00 – 10:00",
            ),
            (
                "2026-02-28T23:00:00Z",
                "2026-03-01T01:00:00Z",
                "2026-02-28 23:00 – 01:00:00",
            ),
            (
                "2026-02-20T09:00:00Z",
                "2026-02-20T09:00:00Z",
                "2026-02-20 09:00",
            ),
        ] {
            assert_eq!(told(from, to), text);
        }
    }
}
