//! What happened, newest last.

use std::time::Duration;

use super::{LogArgs, moment};
use crate::cli::app::App;
use crate::cli::audit::{Trail, json_line};
use crate::cli::error::{CommandError, Context as _};
use crate::cli::exit_code::Exit;
use crate::cli::screen::Reader;
use crate::cli::ui::painted;
use crate::cli::watching::Watched;
use crate::queue::{Event, EventFilter, Queue};

/// How often it is looked for more.
const PULSE: Duration = Duration::from_millis(250);

/// Prints the newest events, and those to come if they are wanted.
pub(super) fn print(args: &LogArgs, app: &App) -> Result<Exit, CommandError> {
    let mut wanted = EventFilter {
        task: args.task.as_deref().map(|name| app.task_key(name)),
        since: args
            .since
            .map(|since| moment(since, app.now(), app))
            .transpose()?,
        limit: Some(args.limit),
        ..EventFilter::default()
    };
    let mut printer = Printer {
        trail: (!args.json).then(|| Trail::new(app.ui.columns().unwrap_or(usize::MAX), app.zone())),
        app,
    };
    if !args.follow {
        let queue = app.existing_queue()?;
        let events = match &queue {
            Some(queue) => events(queue, &wanted)?,
            None => Vec::new(),
        };
        if events.is_empty() {
            app.ui.say(match queue {
                Some(_) => "nothing of that kind happened",
                None => "nothing has happened here yet",
            });
        }
        printer.print(&events);
        return Ok(Exit::Fine);
    }
    let reader = Reader::new().context("listen for signals")?;
    let mut watched = Watched::default();
    loop {
        if let Some(queue) = watched.queue(app)? {
            let events = events(queue, &wanted)?;
            if let Some(last) = events.last() {
                wanted.after = last.seq;
                wanted.limit = None;
            }
            if !printer.print(&events) {
                return Ok(Exit::Fine);
            }
        }
        if let Some(exit) = reader.rest(PULSE)? {
            return Ok(exit);
        }
    }
}

fn events(queue: &Queue, wanted: &EventFilter) -> Result<Vec<Event>, CommandError> {
    queue.newest_events(wanted).context("read what happened")
}

struct Printer<'a> {
    /// Lines of JSON without one.
    trail: Option<Trail>,
    app: &'a App,
}

impl Printer<'_> {
    /// Prints events; false if nobody reads any more.
    fn print(&mut self, events: &[Event]) -> bool {
        let now = self.app.now();
        let text = match &mut self.trail {
            Some(trail) => {
                let lines = trail.lines(events, now);
                if self.app.ui.colours_data() {
                    painted(&lines)
                } else {
                    lines.iter().map(|line| line.bare() + "\n").collect()
                }
            }
            None => {
                let zone = self.app.zone();
                let lines = events
                    .iter()
                    .map(|event| json_line(event, now, &zone) + "\n");
                lines.collect()
            }
        };
        text.is_empty() || self.app.ui.raw_out(&text).is_ok()
    }
}
