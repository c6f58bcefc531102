//! Events as lines.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::json;

use super::words::{reason, state};
use crate::cli::format;
use crate::cli::progress::look;
use crate::cli::screen::{Give, Grid, Text};
use crate::cli::ui::Role;
use crate::queue::{Event, StateKind};

/// An event as a line of JSON.
pub fn json_line(event: &Event, now: Timestamp, zone: &TimeZone) -> String {
    json!({
        "seq": event.seq,
        "at": event.at,
        "event": event.kind,
        "job": event.job,
        "task": event.task,
        "from": event.from,
        "state": event.to,
        "why": reason(event, now, zone).bare(),
        "data": event.data,
    })
    .to_string()
}

/// Events as a table that grows.
pub struct Trail {
    zone: TimeZone,
    width: usize,
    has_headings: bool,
    /// How wide the columns are at least, so that later lines stand below earlier ones.
    least: Vec<usize>,
}

/// In which order the columns give way: the state says least, for the event's name tells most of it.
const GIVES: [(usize, Give); 9] = [
    (5, Give::Shrink(40)),
    (4, Give::Leave),
    (3, Give::Shrink(20)),
    (5, Give::Shrink(24)),
    (0, Give::Short),
    (2, Give::Leave),
    (3, Give::Shrink(10)),
    (5, Give::Shrink(12)),
    (5, Give::Leave),
];

impl Trail {
    /// For lines of at most `width` columns.
    pub fn new(width: usize, zone: TimeZone) -> Self {
        Self {
            zone,
            width,
            has_headings: true,
            least: vec![8, 8, 8, 8],
        }
    }

    /// The lines of these events, which come after those that were given before.
    pub fn lines(&mut self, events: &[Event], now: Timestamp) -> Vec<Text> {
        if events.is_empty() {
            return Vec::new();
        }
        let headings = ["TIME", "EVENT", "JOB", "TASK", "STATE", "WHY"];
        let mut grid = Grid::new(&headings).gives(&GIVES);
        for event in events {
            let role = role(event);
            let local = event.at.to_zoned(self.zone.clone());
            grid.row([
                Text::of(Role::Faint, format::moment(event.at, now, &self.zone)),
                Text::of(role, &event.kind),
                event
                    .job
                    .as_ref()
                    .map(|job| Text::of(Role::Name, job))
                    .unwrap_or_default(),
                Text::new(event.task.as_deref().unwrap_or_default()),
                Text::of(Role::Faint, state(event)),
                reason(event, now, &self.zone),
            ]);
            grid.short(0, Text::of(Role::Faint, local.strftime("%H:%M")));
        }
        let (lines, widths) = grid.lines_at_least(self.width, &self.least);
        self.least = widths.into_iter().take(4).collect();
        let skipped = usize::from(!std::mem::take(&mut self.has_headings));
        lines.into_iter().skip(skipped).collect()
    }
}

/// How an event looks: as the state that it led to.
fn role(event: &Event) -> Role {
    match (event.to, event.kind.as_str()) {
        (Some(StateKind::Queued | StateKind::Blocked), "retry" | "lost" | "interrupted") => {
            Role::Warning
        }
        (Some(StateKind::Queued | StateKind::Blocked), _) => Role::Plain,
        (Some(state), _) => look(state).0,
        (None, "gates") if event.data.get("refused") == Some(&true.into()) => Role::Bad,
        (None, "trusted" | "revoked" | "paused" | "stop") => Role::Warning,
        (None, _) => Role::Plain,
    }
}
