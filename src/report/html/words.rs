//! What several sections say or draw in the same way.

use jiff::Timestamp;

use super::escape::Markup;
use super::page::Page;
use super::svg::number::float;
use super::svg::{Caption, Part, Share, Tone, share};
use crate::findings::Severity;
use crate::report::findings::Severities;

/// A moment in the user's time.
pub(super) fn moment(at: Timestamp, page: &Page<'_>) -> String {
    let local = at.to_zoned(page.about.zone.clone());
    local.strftime("%Y-%m-%d %H:%M").to_string()
}

/// A day in the user's time.
pub(super) fn day(at: Timestamp, page: &Page<'_>) -> String {
    let local = at.to_zoned(page.about.zone.clone());
    local.strftime("%-d %b %Y").to_string()
}

/// The first characters of a commit's name.
pub(super) fn short(commit: &str) -> String {
    commit.chars().take(8).collect()
}

/// Findings by severity as a bar.
pub(super) fn severity_bar(id: &str, severities: &Severities) -> Markup {
    let all = Severity::ALL.map(|severity| (severity, severities.of(severity)));
    let titles = all.map(|(severity, count)| format!("{count} {severity}"));
    let parts: Vec<Part<'_>> = all
        .iter()
        .zip(&titles)
        .map(|((severity, count), title)| Part {
            tone: Tone::Severity(*severity),
            amount: float(*count),
            title,
        })
        .collect();
    share(&Share {
        caption: Caption {
            id,
            title: "Findings by severity",
            description: &titles.join(", "),
        },
        parts: &parts,
    })
}
