//! Listings as tables that fit the terminal.

use comfy_table::{ContentArrangement, Table, presets};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::format;
use super::ui::{Role, paint, plain};
use crate::queue::{Job, State};

/// A table without lines, its headings and cells given as text that may carry colours.
pub fn table(headings: &[&str]) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(headings.iter().map(|heading| paint(Role::Heading, heading)));
    table
}

/// The table's lines without the padding at their ends.
pub fn render(table: &Table) -> String {
    let mut text = String::new();
    for line in table.lines() {
        text.push_str(line.trim_start_matches(' ').trim_end());
        text.push('\n');
    }
    text
}

/// What a job is called in a listing.
pub fn title(job: &Job) -> String {
    plain(job.name.as_deref().unwrap_or(&job.task))
}

/// A commit as people write it.
pub fn short_commit(commit: Option<&str>) -> String {
    commit
        .map(|commit| commit.chars().take(8).collect())
        .unwrap_or_default()
}

/// The moment that matters in a job's state.
pub fn when(job: &Job, now: Timestamp, zone: &TimeZone) -> String {
    match &job.state {
        State::Queued { run_at } if *run_at > now => {
            format!(
                "in {} ({})",
                format::span(format::between(now, *run_at)),
                format::moment(*run_at, now, zone)
            )
        }
        State::Queued { .. } | State::Blocked { .. } | State::Held { .. } => {
            format!(
                "waiting {}",
                format::span(format::between(job.queued_at, now))
            )
        }
        State::Running(run) => {
            format!("for {}", format::span(format::between(run.started_at, now)))
        }
        State::Done { finished_at }
        | State::Failed { finished_at, .. }
        | State::Ended { finished_at, .. } => format::ago(*finished_at, now),
    }
}

/// The reason of a job's state, for people.
pub fn why(job: &Job) -> String {
    match &job.state {
        State::Blocked { pending } => {
            format!(
                "waits for {}",
                format::count(*pending as usize, "job", "jobs")
            )
        }
        State::Held { reason } | State::Ended { reason, .. } => reason.clone(),
        State::Failed { error, .. } => error.clone(),
        State::Running(run) => format!("in slot {}", run.slot),
        State::Queued { .. } => job.error.clone().unwrap_or_default(),
        State::Done { .. } => String::new(),
    }
}
