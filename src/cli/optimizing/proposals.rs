//! What is repeated, for people and for programs.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::co_changes::Together;
use super::{Found, Proposal, Reading, registry};
use crate::cli::format;
use crate::cli::screen::Text;
use crate::cli::ui::Role;
use crate::optimize::mine::regular::{Period, Regularity};
use crate::optimize::score::{Band, Facts, Potential};
use crate::report::json::SCHEMA;

/// So much of an id is shown: enough to tell thousands apart.
const SHORT: usize = 8;
/// So many times are shown.
const LATELY: usize = 5;
/// What begins the lines of a proposal but its first.
const INDENT: usize = 5;

/// The proposals, each in a few lines.
pub fn lines(
    found: &Found,
    shown: &[Proposal],
    by_vy: bool,
    now: Timestamp,
    width: usize,
) -> Vec<Text> {
    let mut lines = Vec::new();
    for proposal in shown {
        if !lines.is_empty() {
            lines.push(Text::default());
        }
        lines.extend(one(found, proposal, by_vy, now, width));
    }
    lines
}

/// One proposal.
pub fn one(found: &Found, it: &Proposal, by_vy: bool, now: Timestamp, width: usize) -> Vec<Text> {
    let candidate = &it.candidate;
    let facts = &candidate.facts;
    let points = if by_vy {
        format!("{:>3}  ", candidate.vy)
    } else {
        format!("{:>3.0}  ", candidate.potential.total)
    };
    let role = match candidate.band {
        Band::Propose => Role::Good,
        Band::List => Role::Plain,
        Band::Hide => Role::Faint,
    };
    let id: String = candidate.pattern.id.chars().take(SHORT).collect();
    let head = Text::of(role, points)
        .and_of(Role::Heading, &it.recipe.name)
        .and("  ")
        .and_of(Role::Name, id)
        .and_of(
            Role::Faint,
            format!("  {}", rate(candidate.priority.name(), facts)),
        );
    let mut lines = vec![head.cut(width)];
    let steps = Text::joined(it.steps.iter().map(Text::new), " → ");
    lines.extend(indented(&steps, width));
    let parts = if by_vy {
        format!(
            "the original's formula; the potential is {:.0}",
            candidate.potential.total
        )
    } else {
        parts(&candidate.potential, facts)
    };
    lines.extend(indented(&Text::of(Role::Faint, parts), width));
    lines.extend(indented(
        &Text::of(Role::Faint, hints(found, it, now)),
        width,
    ));
    lines
}

fn indented(text: &Text, width: usize) -> Vec<Text> {
    if text.is_empty() {
        return Vec::new();
    }
    let room = width.saturating_sub(INDENT);
    let margin = " ".repeat(INDENT);
    let pieces = text.broken(room).into_iter();
    pieces
        .map(|piece| Text::new(&margin).then(piece).cut(width))
        .collect()
}

/// How often and how long.
fn rate(priority: &str, facts: &Facts) -> String {
    let about = |estimated: bool| if estimated { "about " } else { "" };
    let minutes = match facts.minutes_per_week {
        Some(minutes) => format!(
            " · {}{} a week",
            about(facts.time_estimated),
            duration(minutes)
        ),
        None => String::new(),
    };
    format!(
        "{priority} · {} times, {}{:.1} a week{minutes}",
        facts.support,
        about(facts.rate_estimated),
        facts.per_week
    )
}

fn duration(minutes: f64) -> String {
    if minutes < 1.0 {
        format!("{:.0} s", minutes * 60.0)
    } else if minutes < 120.0 {
        format!("{minutes:.0} min")
    } else {
        format!("{:.1} h", minutes / 60.0)
    }
}

/// The sum, in its parts.
fn parts(potential: &Potential, facts: &Facts) -> String {
    let mut text = format!(
        "frequency {:.1} + time {:.1}{} + consistency {:.1} + reliability {:.1}{} + recency {:.1}{}",
        potential.frequency,
        potential.time,
        unknown(facts.minutes_per_week.is_none()),
        potential.consistency,
        potential.reliability,
        unknown(facts.success.is_none()),
        potential.recency,
        unknown(facts.days_since.is_none()),
    );
    if potential.risk < 0.0 {
        text.push_str(&format!(" − {:.0} destroys or publishes", -potential.risk));
    }
    if potential.interactive < 0.0 {
        text.push_str(&format!(
            " − {:.0} waits for somebody",
            -potential.interactive
        ));
    }
    text
}

fn unknown(it_is: bool) -> &'static str {
    if it_is { " (unknown)" } else { "" }
}

/// Where and when it is done.
fn hints(found: &Found, it: &Proposal, now: Timestamp) -> String {
    let facts = &it.candidate.facts;
    let mut hints = Vec::new();
    if let Some(folder) = found.scope(&it.candidate) {
        hints.push(format!("in {folder}"));
    }
    if let Some(last) = facts
        .last_at
        .and_then(|at| Timestamp::from_millisecond(at).ok())
    {
        hints.push(format!("last {}", format::ago(last, now)));
    }
    if facts.by_agents > 0 {
        hints.push(format!("{} by agents", facts.by_agents));
    }
    if it.candidate.pattern.gapped {
        hints.push("with other things in between".to_owned());
    }
    if let Some(habit) = &it.candidate.pattern.regularity {
        hints.push(when(habit));
    }
    if let Some(hook) = &it.candidate.pattern.hook {
        hints.push(format!(
            "could be a {} hook ({:.0} %)",
            hook.hook.name(),
            hook.share * 100.0
        ));
    }
    hints.join(" · ")
}

/// A habit in words.
fn when(habit: &Regularity) -> String {
    let (period, minute) = match habit.period {
        Period::Day => ("days", habit.minute),
        Period::Week => ("weeks", habit.minute % (24 * 60)),
    };
    format!(
        "regular over {period}, about {:02}:{:02} (R {:.2}): schedule \"{}\"",
        minute / 60,
        minute % 60,
        habit.resultant,
        habit.cron
    )
}

/// A list of proposals as JSON.
pub fn document(
    found: &Found,
    shown: &[Proposal],
    together: &[Together],
    reading: &Reading,
) -> Value {
    let candidates: Vec<Value> = shown.iter().map(|it| candidate(found, it)).collect();
    list(reading, found.corpus.events.len(), &candidates, together)
}

fn list(reading: &Reading, events: usize, candidates: &[Value], together: &[Together]) -> Value {
    json!({
        "schema": SCHEMA,
        "read": reading.document(),
        "events": events,
        "candidates": candidates,
        "co_changes": together.iter().map(|it| json!({
            "when": it.when, "then": it.then, "support": it.rule.support, "confidence": it.rule.confidence,
            "lift": it.rule.lift,
        })).collect::<Vec<_>>(),
    })
}

/// The list where nothing was ever read.
pub fn nothing(reading: &Reading) -> Value {
    list(reading, 0, &[], &[])
}

/// One as JSON.
pub fn candidate(found: &Found, it: &Proposal) -> Value {
    let candidate = &it.candidate;
    let pattern = &candidate.pattern;
    json!({
        "id": pattern.id,
        "name": it.recipe.name,
        "steps": it.steps,
        "gapped": pattern.gapped,
        "support": pattern.support,
        "episodes": pattern.episodes,
        "days": pattern.days,
        "lift": pattern.chance.lift,
        "potential": candidate.potential,
        "band": candidate.band,
        "priority": candidate.priority,
        "vy": candidate.vy,
        "facts": candidate.facts,
        "repository": found.scope(&it.candidate),
        "parameters": it.recipe.parameters,
        "regularity": pattern.regularity.as_ref().map(|habit| json!({
            "period": match habit.period { Period::Day => "day", Period::Week => "week" },
            "minute": habit.minute, "resultant": habit.resultant, "p": habit.chance, "days": habit.days, "cron": habit.cron,
        })),
        "hook": pattern.hook.as_ref().map(|hook| json!({ "name": hook.hook.name(), "share": hook.share })),
    })
}

/// The options that it would have.
pub fn options(it: &Proposal, width: usize) -> Vec<Text> {
    let options = it.recipe.parameters.iter().map(|option| {
        registry::option(&option.name, option.default.as_deref())
            .and_of(
                Role::Faint,
                format!("  {}: {}", option.kind.name(), option.observed.join(", ")),
            )
            .cut(width)
    });
    options.collect()
}

/// When it was done last.
pub fn lately(found: &Found, it: &Proposal, now: Timestamp, zone: &TimeZone) -> Vec<Text> {
    let events = it.candidate.pattern.occurrences().filter_map(|events| {
        let event = found.corpus.events.get(*events.first()? as usize)?;
        event.timed.then_some(event.at)
    });
    let mut times: Vec<i64> = events.collect();
    times.sort_unstable_by(|one, other| other.cmp(one));
    let times = times.into_iter().take(LATELY);
    let moments = times.filter_map(|at| Timestamp::from_millisecond(at).ok());
    moments
        .map(|at| Text::new(format::moment(at, now, zone)))
        .collect()
}
