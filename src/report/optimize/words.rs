//! The words for what the optimiser knows. What is not known has none: it is never told as 0.

use std::time::Duration;

use jiff::Timestamp;

use crate::analyze::summary::{counted, grouped};
use crate::optimize::automation::State;
use crate::optimize::engine::{Automated, Cycle, Proposed, Summary};
use crate::optimize::generate::shell_word;
use crate::report::format;
use crate::system::plain::{first_line, shortened};

/// So much of a name.
const NAME: usize = 80;
/// So much of a sentence.
const SENTENCE: usize = 300;
/// So much of an id is shown: enough to tell thousands apart.
const SHORT: usize = 8;
/// As long as a duration is told, in ms: three hundred years.
const LONGEST: f64 = 1e13;
/// More is told as more than this, in percent.
const MOST_PERCENT: f64 = 9999.0;
/// A trial passes from here on: the sandbox's own bound.
const PASSES: f64 = 0.9;

/// What it all comes to, in a sentence without a period: what automations saved, else what there is.
pub fn lead(summary: &Summary) -> String {
    let (totals, days) = (&summary.totals, period(summary.days));
    let automations = |count: usize| counted(count as u64, "automation");
    let all = summary.automations.len();
    if all == 0 {
        return "Nothing is automated yet".to_owned();
    }
    let ran: Vec<&Automated> = summary
        .automations
        .iter()
        .filter(|it| it.runs > 0)
        .collect();
    if ran.is_empty() {
        return match totals.live {
            0 if all == 1 => "1 automation, not enabled".to_owned(),
            0 => format!("{}, none of them enabled", automations(all)),
            live => format!("{} enabled; no run in {days}", counted(live, "automation")),
        };
    }
    let known = ran.iter().filter(|it| it.saved_ms.is_some()).count();
    let mut about = counted(totals.runs, "run");
    if totals.failed > 0 {
        about.push_str(&format!(", {} failed", grouped(totals.failed)));
    }
    if known == 0 {
        return format!(
            "{} in {days} ({about}); what was saved is not known",
            automations(ran.len())
        );
    }
    let unknown = match ran.len() - known {
        0 => String::new(),
        unknown => format!("; what {unknown} of them saved is not known"),
    };
    let what = match totals.saved_ms {
        0 => "saved no time".to_owned(),
        ms if ms < 0 => format!("lost {} more than was saved", span(ms)),
        ms => format!("saved {}", span(ms)),
    };
    format!(
        "{} {what} in {days} ({about}){unknown}",
        automations(ran.len())
    )
}

/// What else there is to say of all together: what was saved ever, what came back, and what is left.
pub fn besides(summary: &Summary) -> Vec<String> {
    let totals = &summary.totals;
    let ever = totals.saved_ever_ms;
    let parts = [
        (ever > 0 && ever != totals.saved_ms)
            .then(|| format!("{} saved since they were enabled", saved(ever))),
        totals.roi.and_then(came_back),
        weekly(totals.minutes_left_per_week)
            .map(|weekly| format!("about {weekly} a week is still repeated by hand")),
    ];
    parts.into_iter().flatten().collect()
}

/// A return in words.
fn came_back(share: f64) -> Option<String> {
    let percent = roi(share)?;
    let amount = percent.trim_start_matches(['+', '−']);
    Some(match percent.chars().next()? {
        '+' => format!("{amount} more came back than they cost"),
        '−' => format!("{amount} of what they cost is still to come back"),
        '0' => "what they cost came back".to_owned(),
        // Beyond what is told in figures.
        _ => format!("return {percent}"),
    })
}

/// `30 days`.
fn period(days: u16) -> String {
    counted(u64::from(days), "day")
}

fn span(ms: i64) -> String {
    format::span(Duration::from_millis(ms.unsigned_abs()))
}

/// A duration in ms; nothing for what is none.
pub fn duration(ms: f64) -> Option<String> {
    (ms >= 0.0).then(|| format::milliseconds(ms.min(LONGEST)))
}

/// What was saved, or lost.
pub fn saved(ms: i64) -> String {
    if ms < 0 {
        format!("−{}", span(ms))
    } else {
        span(ms)
    }
}

/// Minutes of a week as a duration.
pub fn weekly(minutes: f64) -> Option<String> {
    duration(minutes * 60_000.0).filter(|_| minutes > 0.0)
}

/// What came back of what it cost: `+50 %` for half as much again; nothing for what is no number.
pub fn roi(share: f64) -> Option<String> {
    let percent = share * 100.0;
    if percent.is_nan() {
        return None;
    }
    if percent.abs() > MOST_PERCENT {
        let sign = if percent < 0.0 { "< −" } else { "> +" };
        return Some(format!("{sign}{MOST_PERCENT:.0} %"));
    }
    let whole = percent.round();
    let sign = match whole {
        whole if whole > 0.0 => "+",
        whole if whole < 0.0 => "−",
        _ => "",
    };
    Some(format!("{sign}{:.0} %", whole.abs()))
}

/// When it paid for itself or will, and whether it did: `12 Mar 2026`, `in 9 days`.
pub fn paid_back(
    at: i64,
    now: Timestamp,
    date: impl Fn(Timestamp) -> String,
) -> Option<(String, bool)> {
    const DAY: i64 = 86_400_000;
    let moment = Timestamp::from_millisecond(at).ok()?;
    if moment <= now {
        return Some((date(moment), true));
    }
    let days = at
        .saturating_sub(now.as_millisecond())
        .saturating_add(DAY - 1)
        / DAY;
    let told = match days {
        0..=1 => "in a day".to_owned(),
        2..=60 => format!("in {days} days"),
        61..=730 => format!("in {} months", (days + 15) / 30),
        _ => format!("in {} years", grouped((days / 365).unsigned_abs())),
    };
    Some((told, false))
}

/// A potential of 0 to 100.
pub fn potential(points: f64) -> Option<String> {
    (!points.is_nan()).then(|| format!("{:.0}", points.clamp(0.0, 100.0)))
}

/// How often, and how long it takes a week: `12 times · 15m a week`.
pub fn repeated(it: &Proposed) -> String {
    let times = counted(u64::from(it.support), "time");
    match it.minutes_per_week.and_then(weekly) {
        Some(weekly) => format!("{times} · {weekly} a week"),
        None => times,
    }
}

/// The automation that was written for a proposal, if it is among those that are told.
fn written<'a>(it: &Proposed, summary: &'a Summary) -> Option<&'a Automated> {
    let name = it.automation.as_ref()?;
    let mut all = summary.automations.iter();
    all.find(|one| one.id == *name || one.name == *name)
}

/// What came of a proposal, in words; nothing where nobody did anything about it.
pub fn came_of(it: &Proposed, summary: &Summary) -> String {
    let why = it.why_not.as_deref().map(|why| first_line(why, SENTENCE));
    let Some(name) = &it.automation else {
        return why
            .map(|why| format!("not written: {why}"))
            .unwrap_or_default();
    };
    let name = written(it, summary).map_or(name, |one| &one.name);
    let written = if *name == it.name {
        "written".to_owned()
    } else {
        format!("written as {}", shortened(name, NAME))
    };
    match (it.sandbox.filter(|rate| !rate.is_nan()), why) {
        (Some(rate), why) => {
            let cases = if rate >= 1.0 {
                "every case succeeded in the sandbox".to_owned()
            } else {
                let rate = format::percent(rate.max(0.0));
                format!("{rate} of its cases succeeded in the sandbox")
            };
            let why = why.map(|why| format!("; {why}")).unwrap_or_default();
            format!("{written}: {cases}{why}")
        }
        (None, Some(why)) => format!("{written}, not tried: {why}"),
        (None, None) => format!("{written}, not tried yet"),
    }
}

/// Whether what came of it is good; nothing where there is neither.
pub fn is_good(it: &Proposed) -> Option<bool> {
    it.automation.as_ref()?;
    it.sandbox.map(|rate| rate >= PASSES)
}

/// The command that goes on with a proposal.
pub fn next(it: &Proposed, summary: &Summary) -> String {
    let (verb, of) = match (&it.automation, written(it, summary)) {
        (None, _) if it.why_not.is_some() => ("show", short(&it.id)),
        (None, _) => ("generate", short(&it.id)),
        (Some(_), Some(one)) => (step(one.state, it.sandbox), word(one)),
        (Some(name), None) if is_good(it) == Some(true) => ("enable", name.as_str()),
        (Some(name), None) => (step(State::Generated, it.sandbox), name.as_str()),
    };
    format!("git tend optimize {verb} {}", shell_word(of))
}

fn step(state: State, sandbox: Option<f64>) -> &'static str {
    match (state, sandbox) {
        (State::Tested, _) => "enable",
        (State::Generated, None) => "test",
        // What succeeded in most cases and did not pass is looked at, as is what is enabled.
        _ => "show",
    }
}

fn short(id: &str) -> &str {
    let end = id.char_indices().nth(SHORT).map_or(id.len(), |(at, _)| at);
    id.get(..end).unwrap_or(id)
}

/// What names an automation on a command line: its name if that can be typed as it is.
fn word(it: &Automated) -> &str {
    if shell_word(&it.name) == it.name && !it.name.starts_with('-') {
        &it.name
    } else {
        &it.id
    }
}

/// What a cycle looked at: `1 234 steps looked at, 9 things are repeated`.
pub fn searched(it: &Cycle) -> String {
    let found = match it.candidates {
        0 => "nothing is repeated often enough to be listed".to_owned(),
        1 => "1 thing is repeated".to_owned(),
        count => format!("{} things are repeated", grouped(count)),
    };
    format!("{} looked at, {found}", counted(it.events, "step"))
}

/// What a cycle did, a verb and what it is about each: `wrote`, `disabled`, `noticed`.
pub fn did(it: &Cycle) -> Vec<(&'static str, String)> {
    let name = |name: &String| shortened(name, NAME).into_owned();
    let mut did = Vec::new();
    for one in &it.generated {
        let passed = if it.passed.contains(one) {
            "passed in the sandbox"
        } else {
            "has not passed in the sandbox"
        };
        did.push(("wrote", format!("{}, {passed}", name(one))));
    }
    for (one, why) in &it.disabled {
        let why = first_line(why, SENTENCE);
        did.push(("disabled", format!("{}: {why}", name(one))));
    }
    for sentence in &it.regressions {
        did.push(("noticed", first_line(sentence, SENTENCE)));
    }
    did
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;
    use crate::report::optimize::sample;

    #[test]
    fn the_lead_says_what_is_known_and_no_more() {
        let mut all = sample::summary();
        assert_eq!(
            lead(&all),
            "3 automations saved 2h 10m in 30 days (41 runs, 1 failed); what 1 of them saved is not known"
        );
        all.automations[2].runs = 0;
        assert_eq!(
            lead(&all),
            "2 automations saved 2h 10m in 30 days (41 runs, 1 failed)"
        );
        all.totals.saved_ms = -90_000;
        assert_eq!(
            lead(&all),
            "2 automations lost 1m 30s more than was saved in 30 days (41 runs, 1 failed)"
        );
        for it in &mut all.automations {
            it.saved_ms = None;
        }
        all.totals.failed = 0;
        assert_eq!(
            lead(&all),
            "2 automations in 30 days (41 runs); what was saved is not known"
        );
        for it in &mut all.automations {
            it.runs = 0;
        }
        assert_eq!(lead(&all), "3 automations enabled; no run in 30 days");
        all.totals.live = 0;
        assert_eq!(lead(&all), "4 automations, none of them enabled");
        all.automations.clear();
        assert_eq!(lead(&all), "Nothing is automated yet");
    }

    #[test]
    fn what_else_there_is_to_say() {
        let mut all = sample::summary();
        let said = [
            "5h 12m saved since they were enabled",
            "120 % more came back than they cost",
            "about 42m a week is still repeated by hand",
        ];
        assert_eq!(besides(&all), said);
        all.totals.saved_ever_ms = 0;
        all.totals.minutes_left_per_week = 0.0;
        for (roi, said) in [
            (-0.62, "62 % of what they cost is still to come back"),
            (0.001, "what they cost came back"),
            (1e9, "return > +9999 %"),
        ] {
            all.totals.roi = Some(roi);
            assert_eq!(besides(&all), [said]);
        }
        all.totals.roi = None;
        assert!(besides(&all).is_empty());
    }

    #[test]
    fn what_is_no_number_is_not_told() {
        assert_eq!(duration(f64::NAN), None);
        assert_eq!(duration(-1.0), None);
        assert_eq!(duration(f64::INFINITY).as_deref(), Some("115740d 17h"));
        assert_eq!(roi(f64::NAN), None);
        assert_eq!(roi(f64::INFINITY).as_deref(), Some("> +9999 %"));
        assert_eq!(roi(-1e9).as_deref(), Some("< −9999 %"));
        assert_eq!(roi(0.004).as_deref(), Some("0 %"));
        assert_eq!(roi(-0.8).as_deref(), Some("−80 %"));
        assert_eq!(roi(1.2).as_deref(), Some("+120 %"));
        assert_eq!(weekly(0.0), None);
        assert_eq!(weekly(f64::NAN), None);
        assert_eq!(potential(f64::NAN), None);
        assert_eq!(potential(1e300).as_deref(), Some("100"));
        assert_eq!(saved(i64::MIN), "−106751991167d 7h");
    }

    #[test]
    fn payback_is_a_date_or_is_still_to_come() {
        let now = sample::now();
        let date = |at: Timestamp| at.strftime("%Y-%m-%d").to_string();
        let told = |days: i64| {
            let at = now.as_millisecond() + days * 86_400_000;
            paid_back(at, now, date).unwrap()
        };
        assert_eq!(told(0), ("2026-03-31".to_owned(), true));
        assert_eq!(told(1), ("in a day".to_owned(), false));
        assert_eq!(told(9), ("in 9 days".to_owned(), false));
        assert_eq!(told(90), ("in 3 months".to_owned(), false));
        assert_eq!(told(800), ("in 2 years".to_owned(), false));
        assert_eq!(paid_back(i64::MAX, now, date), None);
    }

    #[test]
    fn the_next_command_goes_on_from_where_it_stands() {
        let mut all = sample::summary();
        let of = |all: &Summary, at: usize| next(&all.proposals[at], all);
        assert_eq!(of(&all, 0), "git tend optimize enable run-tests-and-lint");
        assert_eq!(of(&all, 1), "git tend optimize generate 77aa00ff");
        assert_eq!(of(&all, 2), "git tend optimize show 5e5e5e5e");
        all.automations[2].name = "$(reboot)".to_owned();
        all.automations[2].id = "ab12".to_owned();
        all.automations[2].state = State::Tested;
        all.proposals[0].automation = Some("$(reboot)".to_owned());
        assert_eq!(of(&all, 0), "git tend optimize enable ab12");
        all.automations[2].state = State::Stable;
        assert_eq!(of(&all, 0), "git tend optimize show ab12");
        all.automations.clear();
        assert_eq!(of(&all, 0), "git tend optimize enable '$(reboot)'");
        all.proposals[0].sandbox = Some(0.5);
        assert_eq!(of(&all, 0), "git tend optimize show '$(reboot)'");
        all.proposals[0].sandbox = None;
        assert_eq!(of(&all, 0), "git tend optimize test '$(reboot)'");
    }

    #[test]
    fn what_came_of_it_is_told() {
        let mut all = sample::summary();
        let of = |all: &Summary, at: usize| came_of(&all.proposals[at], all);
        assert_eq!(of(&all, 0), "written: every case succeeded in the sandbox");
        assert_eq!(of(&all, 1), "");
        assert_eq!(of(&all, 2), "not written: it publishes");
        all.proposals[0].sandbox = Some(0.996);
        assert_eq!(
            of(&all, 0),
            "written: 99.6 % of its cases succeeded in the sandbox"
        );
        all.proposals[0].sandbox = None;
        assert_eq!(of(&all, 0), "written, not tried yet");
        all.proposals[0].name = "test".to_owned();
        all.proposals[0].automation = Some(all.automations[3].id.clone());
        assert_eq!(of(&all, 0), "written as run-tests-and-lint, not tried yet");
    }

    proptest! {
        #[test]
        fn no_number_is_too_large(one in any::<f64>(), whole in any::<i64>()) {
            for text in [duration(one), roi(one), weekly(one), potential(one), Some(saved(whole))].into_iter().flatten() {
                prop_assert!(text.chars().count() < 24, "{text}");
                prop_assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
            }
            let _ = paid_back(whole, sample::now(), |at| at.to_string());
        }
    }
}
