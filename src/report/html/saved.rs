//! Work that is repeated: what automations save, what stands out, what could be automated, and what was done about it.

use askama::Template;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::escape::Markup;
use super::svg::number::float;
use super::svg::{Bar, Bars, bars, meter};
use crate::analyze::summary::grouped;
use crate::optimize::automation::State;
use crate::optimize::engine::{Automated, Cycle, Proposed, Summary};
use crate::report::optimize as words;
use crate::system::plain::{first_line, shortened};

/// So many automations are listed; those that saved most come first.
const AUTOMATIONS: usize = 100;
/// So many sentences of one kind about each.
const SENTENCES: usize = 5;
/// So many cycles.
const CYCLES: usize = 10;
/// So many things that a cycle did.
const DID: usize = 20;
/// So many steps of a proposal.
const STEPS: usize = 12;
/// So much of a name, and of a sentence or a step.
const NAME: usize = 80;
/// See [`NAME`].
const SENTENCE: usize = 300;

#[derive(Template)]
#[template(path = "saved.html", config = "src/report/html/askama.toml")]
pub(super) struct Saved {
    lead: String,
    besides: String,
    days: u16,
    rows: Vec<Row>,
    more: usize,
    unusual: Vec<(String, String)>,
    said: Vec<(String, Vec<String>)>,
    proposals: Vec<Proposal>,
    searches: Vec<Search>,
}

struct Row {
    name: String,
    form: &'static str,
    state: (&'static str, &'static str),
    runs: String,
    failed: Option<String>,
    median: String,
    by_hand: String,
    saved: String,
    bar: Markup,
    roi: String,
    paid_back: String,
    durations: Markup,
}

struct Proposal {
    name: String,
    steps: Vec<String>,
    potential: String,
    bar: Markup,
    times: String,
    weekly: String,
    sign: Option<(&'static str, &'static str)>,
    came_of: String,
    next: String,
}

struct Search {
    when: String,
    searched: String,
    took: String,
    did: Vec<(&'static str, &'static str, String)>,
    more: usize,
}

/// Puts the section together; nothing where nothing is automated or proposed.
pub(super) fn saved(summary: &Summary, zone: &TimeZone) -> Option<Saved> {
    let all = &summary.automations;
    if all.is_empty() && summary.proposals.is_empty() {
        return None;
    }
    let now = Timestamp::from_millisecond(summary.at).unwrap_or(Timestamp::MAX);
    let most = all.iter().filter_map(|it| it.saved_ms).map(size);
    let most = most.fold(0.0, f64::max);
    let shown = || all.iter().take(AUTOMATIONS);
    let unusual = shown().flat_map(|it| {
        let sentences = sentences(&it.anomalies).into_iter();
        sentences.map(|sentence| (name(&it.name), sentence))
    });
    let said = shown()
        .map(|it| (name(&it.name), sentences(&it.said)))
        .filter(|(_, said)| !said.is_empty());
    let proposals = summary.proposals.iter();
    let cycles = summary.cycles.iter().take(CYCLES);
    Some(Saved {
        lead: words::lead(summary),
        besides: words::besides(summary).join(" · "),
        days: summary.days,
        rows: shown().map(|it| row(it, most, now, zone)).collect(),
        more: all.len().saturating_sub(AUTOMATIONS),
        unusual: unusual.collect(),
        said: said.collect(),
        proposals: proposals.map(|it| proposal(it, summary)).collect(),
        searches: cycles.map(|it| search(it, zone)).collect(),
    })
}

fn name(name: &str) -> String {
    shortened(name, NAME).into_owned()
}

fn sentences(all: &[String]) -> Vec<String> {
    let said = all.iter().filter(|it| !it.trim().is_empty());
    let shown = said.take(SENTENCES);
    shown.map(|it| first_line(it, SENTENCE)).collect()
}

fn size(ms: i64) -> f64 {
    float(ms.unsigned_abs())
}

fn dash(text: Option<String>) -> String {
    text.unwrap_or_else(|| "–".to_owned())
}

fn row(it: &Automated, most: f64, now: Timestamp, zone: &TimeZone) -> Row {
    let local = |at: Timestamp| at.to_zoned(zone.clone());
    let date = |at: Timestamp| local(at).strftime("%-d %b %Y").to_string();
    let paid_back = it
        .paid_back_at
        .and_then(|at| words::paid_back(at, now, date));
    let saved = it
        .saved_ms
        .map(|ms| (ms, if ms < 0 { -size(ms) } else { size(ms) }));
    let drawn = it.series.iter().map(|value| {
        Some(Bar {
            value: (*value)?,
            failed: 0.0,
        })
    });
    let drawn: Vec<Option<Bar>> = drawn.collect();
    Row {
        name: name(&it.name),
        form: it.form.name(),
        state: (class(it.state), it.state.name()),
        runs: grouped(it.runs),
        failed: (it.failed > 0).then(|| grouped(it.failed)),
        median: dash(it.median_ms.and_then(words::duration)),
        by_hand: dash(it.baseline_ms.and_then(words::duration)),
        saved: dash(it.saved_ms.map(words::saved)),
        bar: saved.map_or_else(Markup::new, |(_, value)| meter(value, most)),
        roi: dash(it.roi.and_then(words::roi)),
        paid_back: dash(paid_back.map(|(when, _)| when)),
        durations: if drawn.iter().any(Option::is_some) {
            bars(&Bars {
                caption: None,
                bars: &drawn,
                titles: &[],
            })
        } else {
            Markup::new()
        },
    }
}

const fn class(state: State) -> &'static str {
    match state {
        State::Enabled | State::Stable => "good",
        State::Testing => "look",
        State::Unstable => "bad",
        State::Generated | State::Tested | State::Retired => "none",
    }
}

fn proposal(it: &Proposed, summary: &Summary) -> Proposal {
    let steps = it.steps.iter().take(STEPS);
    let mut steps: Vec<String> = steps.map(|step| first_line(step, SENTENCE)).collect();
    if it.steps.len() > STEPS {
        steps.push("…".to_owned());
    }
    Proposal {
        name: name(&it.name),
        steps,
        potential: dash(words::potential(it.potential)),
        bar: meter(it.potential.clamp(0.0, 100.0), 100.0),
        times: grouped(u64::from(it.support)),
        weekly: dash(it.minutes_per_week.and_then(words::weekly)),
        sign: words::is_good(it).map(|is_good| {
            if is_good {
                ("good", "✓")
            } else {
                ("look", "!")
            }
        }),
        came_of: words::came_of(it, summary),
        next: words::next(it, summary),
    }
}

fn search(it: &Cycle, zone: &TimeZone) -> Search {
    let when = Timestamp::from_millisecond(it.at).ok();
    let all = words::did(it);
    let more = all.len().saturating_sub(DID);
    let did = all.into_iter().take(DID).map(|(verb, what)| {
        let class = if verb == "wrote" { "good" } else { "look" };
        (class, verb, what)
    });
    Search {
        when: dash(when.map(|at| {
            let local = at.to_zoned(zone.clone());
            local.strftime("%Y-%m-%d %H:%M").to_string()
        })),
        searched: words::searched(it),
        took: words::duration(float(it.took_ms))
            .filter(|_| it.took_ms > 0)
            .unwrap_or_default(),
        did: did.collect(),
        more,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::report::optimize::sample;

    fn page(summary: &Summary) -> String {
        let saved = saved(summary, &TimeZone::UTC);
        saved.map(|it| it.render().unwrap()).unwrap_or_default()
    }

    #[test]
    fn the_section_has_its_form() {
        // Drawings have their own tests.
        let html = page(&sample::summary());
        let mut text = String::new();
        let mut rest = html.as_str();
        while let Some((before, after)) = rest.split_once("<svg class=\"chart ") {
            let (kind, drawn) = after.split_once('"').unwrap();
            text.push_str(&format!("{before}[{kind}]"));
            rest = drawn.split_once("</svg>").unwrap().1;
        }
        insta::assert_snapshot!(text + rest);
    }

    #[test]
    fn nothing_is_shown_of_nothing() {
        assert_eq!(page(&Summary::default()), "");
        let searched = Summary {
            cycles: vec![Cycle::default()],
            ..Summary::default()
        };
        assert_eq!(page(&searched), "");
    }

    #[test]
    fn whatever_somebody_else_wrote_is_text() {
        let html = page(&sample::hostile());
        for bad in [
            "\u{1b}", "\u{202e}", "<script", "<img", "</style", "NaN", "inf\"", "\n<b>",
        ] {
            assert!(!html.contains(bad), "{bad:?}");
        }
        assert!(html.contains("&lt;script&gt;alert(1)"));
        assert!(html.len() < 300_000, "{}", html.len());
    }
}
