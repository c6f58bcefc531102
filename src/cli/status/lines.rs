//! `status` for a person.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{GateSeen, Seen, grid};
use crate::cli::format;
use crate::cli::screen::{Give, Grid, Text, flow};
use crate::cli::ui::Role;
use crate::queue::StateKind;
use crate::triggers::countdown;

/// Lines that go on are indented so far.
const INDENT: usize = 2;

/// The states that wait or run, with their looks.
const COUNTED: [(StateKind, Role); 4] = [
    (StateKind::Running, Role::Active),
    (StateKind::Queued, Role::Plain),
    (StateKind::Blocked, Role::Plain),
    (StateKind::Held, Role::Warning),
];

/// In one line, for a prompt; empty where there is nothing to say.
pub fn short(seen: &Seen) -> Text {
    Text::joined(counts(seen), " · ")
}

/// Everything, in lines of at most `width` columns.
pub fn lines(seen: &Seen, width: usize, now: Timestamp, zone: &TimeZone) -> Vec<Text> {
    let mut lines = flow(heading(seen, now), width, INDENT);
    if let Some(until) = seen.paused {
        let paused = Text::of(Role::Warning, "paused")
            .and(format!(" until {}", format::moment(until, now, zone)));
        lines.extend(flow(
            [paused, command("git tend pause --resume")],
            width,
            INDENT,
        ));
    }
    section(&mut lines, jobs(seen, width, now, zone));
    section(&mut lines, gates(&seen.gates).lines(width));
    section(&mut lines, schedules(seen, now, zone).lines(width));
    section(&mut lines, advice(seen, width, now, zone));
    lines
}

fn section(lines: &mut Vec<Text>, more: Vec<Text>) {
    if !more.is_empty() {
        lines.push(Text::default());
        lines.extend(more);
    }
}

/// What a person types next.
fn command(words: &str) -> Text {
    Text::of(Role::Name, words)
}

/// Jobs by state, failures and gates.
fn counts(seen: &Seen) -> Vec<Text> {
    let mut parts: Vec<Text> = COUNTED
        .iter()
        .filter(|(state, _)| seen.count(*state) > 0)
        .map(|(state, role)| Text::of(*role, format!("{} {state}", seen.count(*state))))
        .collect();
    let failed = seen.counts.failed_today;
    if failed > 0 {
        parts.push(Text::of(Role::Bad, format!("{failed} failed today")));
    }
    if seen.paused.is_some() {
        parts.push(Text::of(Role::Warning, "paused"));
    }
    for (state, role) in [
        ("pending", Role::Warning),
        ("held", Role::Warning),
        ("failed", Role::Bad),
    ] {
        let count = seen.gates.iter().filter(|gate| gate.state == state).count();
        if count > 0 {
            let gates = if count == 1 { "gate" } else { "gates" };
            parts.push(Text::of(role, format!("{count} {gates} {state}")));
        }
    }
    parts
}

/// The first line.
fn heading(seen: &Seen, now: Timestamp) -> Vec<Text> {
    let mut parts = counts(seen);
    if seen.live() == 0 {
        parts.insert(0, Text::new("nothing waits or runs"));
    }
    let faint = |text: String| Text::of(Role::Faint, text);
    if seen.live() > 0 {
        let used = seen.count(StateKind::Running);
        parts.push(faint(format!("slots {used}/{}", seen.around.slots)));
    }
    if let Some(oldest) = seen.counts.oldest_queued {
        let waits = format::span(format::between(oldest, now));
        parts.push(faint(format!("oldest waits {waits}")));
    }
    if seen.around.drains == Some(true) {
        parts.push(Text::of(Role::Active, "draining in the background"));
    }
    if seen.counts.done_today > 0 {
        parts.push(Text::of(
            Role::Good,
            format!("{} done today", seen.counts.done_today),
        ));
    }
    if let Some(average) = seen.counts.average_duration {
        parts.push(faint(format!("{} each on average", format::span(average))));
    }
    parts
}

fn jobs(seen: &Seen, width: usize, now: Timestamp, zone: &TimeZone) -> Vec<Text> {
    if seen.jobs.is_empty() {
        return Vec::new();
    }
    let mut lines = grid(&seen.jobs, now, zone).lines(width);
    let more = seen.live().saturating_sub(seen.jobs.len() as u64);
    if more > 0 {
        let parts = [
            Text::of(Role::Faint, format!("… {more} more")),
            command("git tend queue"),
        ];
        lines.extend(flow(parts, width, INDENT));
    }
    lines
}

fn gates(gates: &[GateSeen]) -> Grid {
    let mut grid = Grid::new(&["GATE", "STATE", "WHAT", ""]).gives(&[
        (2, Give::Shrink(24)),
        (3, Give::Short),
        (2, Give::Shrink(10)),
        (0, Give::Shrink(8)),
        (3, Give::Leave),
    ]);
    for gate in gates {
        let role = if gate.state == "failed" {
            Role::Bad
        } else {
            Role::Warning
        };
        let job = gate.job.as_ref();
        grid.row([
            Text::new(&gate.task),
            Text::of(role, gate.state),
            Text::new(&gate.what),
            job.map(|job| command(&format!("git tend show {job}")))
                .unwrap_or_default(),
        ]);
        grid.short(
            3,
            job.map(|job| Text::of(Role::Name, job)).unwrap_or_default(),
        );
    }
    grid
}

fn schedules(seen: &Seen, now: Timestamp, zone: &TimeZone) -> Grid {
    let mut grid = Grid::new(&["SCHEDULED", "NEXT", "LAST"]).gives(&[
        (2, Give::Leave),
        (0, Give::Shrink(16)),
        (1, Give::Short),
        (0, Give::Shrink(8)),
    ]);
    for schedule in &seen.schedules {
        let Some(next) = schedule.next_fire else {
            continue;
        };
        let last = schedule.last_fire.map(|last| format::ago(last, now));
        let left = countdown(next, now, zone);
        let without_moment = left.split(" (").next().unwrap_or_default().to_owned();
        grid.row([
            Text::new(&schedule.name),
            Text::new(&left),
            Text::of(Role::Faint, last.unwrap_or_default()),
        ]);
        grid.short(1, Text::new(without_moment));
    }
    grid
}

/// What is to be looked at, and what is missing.
fn advice(seen: &Seen, width: usize, now: Timestamp, zone: &TimeZone) -> Vec<Text> {
    let mut lines = Vec::new();
    let failed = usize::try_from(seen.count(StateKind::Failed)).unwrap_or(usize::MAX);
    if failed > 0 {
        let count = format::count(failed, "failed job", "failed jobs");
        let parts = [
            Text::of(Role::Bad, count),
            command("git tend queue --state failed"),
            command("git tend retry --failed"),
        ];
        lines.extend(flow(parts, width, INDENT));
    }
    if seen.count(StateKind::Held) > 0 {
        let parts = [
            Text::of(Role::Warning, "held jobs wait for your approval"),
            command("git tend trust"),
        ];
        lines.extend(flow(parts, width, INDENT));
    }
    for it in &seen.untold {
        let count = usize::try_from(it.refused + it.given_up).unwrap_or(usize::MAX);
        let parts = [
            Text::of(
                Role::Warning,
                format!(
                    "{} has not taken {} since {}",
                    it.channel,
                    format::count(count, "message", "messages"),
                    format::moment(it.since, now, zone)
                ),
            ),
            command("git tend doctor"),
        ];
        lines.extend(flow(parts, width, INDENT));
    }
    if seen.around.hooks_missing {
        let parts = [
            Text::new("no hooks are installed: commits are noticed by the next drain only"),
            command("git tend install-hooks"),
        ];
        lines.extend(flow(parts, width, INDENT));
    }
    if seen.has_schedules() && seen.around.has_ticks == Some(false) {
        let parts = [
            Text::new("schedules are looked at by hooks and drains only"),
            command("git tend install-cron"),
        ];
        lines.extend(flow(parts, width, INDENT));
    }
    lines
}
