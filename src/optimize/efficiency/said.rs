//! What was found, in sentences. They state what was measured, and how likely chance alone does as much.

use super::compare::change;
use super::{ByHand, Comparison, Course, Efficiency, Savings, Successes, Told, Trend};
use crate::metrics::span::span;

/// What can be said about the course of runs: trend, halves of the period, successes.
pub fn course_said(course: &Course) -> Vec<String> {
    let days = course.days;
    vec![
        trend(&course.trend),
        match &course.halves {
            Told::Insufficient { have, need } => {
                format!(
                    "halves of {days} days: insufficient data: {have} of {need} runs in one of them"
                )
            }
            Told::Enough(it) => difference(
                &format!("in the first half of {days} days"),
                "in the second",
                it,
            ),
        },
        match &course.successes {
            Told::Insufficient { have, need } => {
                format!(
                    "successes: insufficient data: {have} of {need} runs in one half of {days} days"
                )
            }
            Told::Enough(it) => successes(it),
        },
    ]
}

/// Everything that can be said about an automation.
pub fn said(all: &Efficiency) -> Vec<String> {
    let mut said = Vec::new();
    match &all.baseline {
        None => said
            .push("savings: insufficient data: nobody knows how long it took by hand".to_owned()),
        Some(by_hand) => {
            let days = all.course.days;
            if let Some(saved) = &all.saved {
                said.push(savings(saved, by_hand, &format!("in {days} days")));
            }
            if let Some(ever) = all.saved_ever.filter(|ever| ever.runs > all.course.runs) {
                said.push(savings(&ever, by_hand, "ever"));
            }
        }
    }
    if let (Some(said_by), Some(seen)) = (&all.baseline, &all.overruled) {
        said.push(format!(
            "somebody said that it takes {} by hand; histories tell {} (median of {})",
            span(said_by.ms),
            span(seen.ms),
            seen.times
        ));
    }
    said.push(match &all.automated {
        Told::Insufficient { have, need } => {
            format!(
                "by hand against automated: insufficient data: {have} of {need} times on one side"
            )
        }
        Told::Enough(it) => difference("by hand", "automated", it),
    });
    said.extend(course_said(&all.course));
    match &all.drift {
        // Nothing was done by hand since: there is nothing to say.
        Told::Insufficient { .. } if all.still_by_hand == 0 => {}
        Told::Insufficient { have, need } => said.push(format!(
            "done by hand {} since: insufficient data to tell whether it takes what it took: {have} of {need} times",
            times(all.still_by_hand)
        )),
        Told::Enough(drift) => {
            let what = difference("by hand when the baseline was taken", "since", &drift.durations);
            let advice = if drift.drifted { ": the baseline has drifted" } else { "" };
            said.push(format!("{what}{advice}"));
        }
    }
    said
}

fn trend(trend: &Told<Trend>) -> String {
    match trend {
        Told::Insufficient { have, need } => {
            format!("trend: insufficient data: {have} of {need} days")
        }
        Told::Enough(it) if !it.is_significant() => {
            format!(
                "no trend that chance does not explain in {} days ({})",
                it.days,
                p(it.p)
            )
        }
        Told::Enough(it) => {
            let more = if it.slope_ms > 0.0 {
                "slower"
            } else {
                "faster"
            };
            let a_week = it.a_week.map_or_else(
                || format!("{} {more}", span(it.slope_ms.abs() * 7.0)),
                |share| format!("{} {more}", percent(share.abs())),
            );
            format!("{a_week} a week, over {} days ({})", it.days, p(it.p))
        }
    }
}

fn difference(before: &str, after: &str, it: &Comparison) -> String {
    let what = format!(
        "{} {before}, {} {after} (medians of {} and {}, {})",
        span(it.before_ms),
        span(it.after_ms),
        it.before,
        it.after,
        p(it.p)
    );
    if !it.is_significant() {
        return format!("{what}: no difference that chance does not explain");
    }
    // Ranks and medians may disagree where values are few: then only the ranks are told.
    let change =
        change(it.before_ms, it.after_ms).filter(|it_is| (*it_is > 0.0) == (it.delta > 0.0));
    let direction = if it.delta > 0.0 { "slower" } else { "faster" };
    let size = it.magnitude.name();
    match change {
        Some(change) if change < 0.0 => {
            format!("{what}: {} less, a {size} difference", percent(-change))
        }
        Some(change) => format!("{what}: {} more, a {size} difference", percent(change)),
        None => format!("{what}: {direction}, a {size} difference"),
    }
}

fn successes(it: &Successes) -> String {
    let (before, after) = it.rates();
    let what = format!(
        "succeeded {} of {} times, {} of {} in the half before ({})",
        it.after_ok,
        it.after,
        it.before_ok,
        it.before,
        p(it.p)
    );
    if it.p >= super::compare::SIGNIFICANT {
        format!("{what}: no difference that chance does not explain")
    } else if after > before {
        format!("{what}: more often")
    } else {
        format!("{what}: less often")
    }
}

fn savings(saved: &Savings, by_hand: &ByHand, when: &str) -> String {
    let least = if saved.at_least { "at least " } else { "" };
    let mut what = format!(
        "{} {when}: {} against {} by hand",
        saved_or_lost(saved.saved_ms, least),
        runs(saved.runs),
        span(by_hand.ms)
    );
    if saved.failed > 0 {
        what += &format!(
            ", less {} of {} that failed",
            millis(saved.lost_ms),
            saved.failed
        );
    }
    if let Some(counted) = saved.counted.filter(|it| it.saved_ms != saved.saved_ms) {
        what += &format!(
            "; {} if at most {} a week are counted, for that often it was done by hand",
            saved_or_lost(counted.saved_ms, least),
            runs(counted.most_a_week)
        );
    }
    what
}

fn saved_or_lost(ms: i64, least: &str) -> String {
    let amount = millis(ms.unsigned_abs());
    if ms < 0 {
        format!("lost {amount}")
    } else {
        format!("saved {least}{amount}")
    }
}

fn millis(ms: u64) -> String {
    span(super::compare::ms(ms))
}

fn runs(count: u64) -> String {
    format!("{count} {}", if count == 1 { "run" } else { "runs" })
}

fn times(count: usize) -> String {
    match count {
        1 => "once".to_owned(),
        count => format!("{count} times"),
    }
}

/// Never all of it where something is left.
fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent > 99.0 && percent < 100.0 {
        format!("{:.1} %", (percent * 10.0).floor() / 10.0)
    } else if percent < 10.0 {
        format!("{percent:.1} %")
    } else {
        format!("{percent:.0} %")
    }
}

fn p(p: f64) -> String {
    if p < 0.001 {
        "p < 0.001".to_owned()
    } else if p < 0.1 {
        format!("p {p:.3}")
    } else {
        format!("p {p:.2}")
    }
}
