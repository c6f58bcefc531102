//! Tells people what happened: reads the audit trail after a drain, and sees that messages leave.

pub mod collect;
pub mod console;
pub mod deliver;
pub mod routes;

use std::time::{Duration, Instant};

use super::app::App;
use super::background;
use super::error::CommandError;
use super::ui::plain;
use crate::drain::Load;
use crate::queue::Queue;

/// How long what is on this machine may take: less than the grace that a drain has beyond its budget.
const NEAR: Duration = Duration::from_millis(250);
/// How long a round of messages takes at most, where nobody can be left behind to send them.
const HERE: Duration = Duration::from_secs(10);

/// Who sends what does not stay on this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Messenger {
    /// A process that outlives this one.
    LeftBehind,
    /// This one, in what is left of its budget, if it has one.
    Here {
        /// How much that is.
        left: Option<Duration>,
    },
}

/// After a drain: makes notices of what happened, writes those for files, and leaves a process behind that sends the
/// others. Nothing here fails a drain.
pub fn after_drain(app: &App, queue: &mut Queue, load: Option<Load>, messenger: Messenger) {
    let told = collect::collect(app, queue, load)
        .and_then(|()| send(app, queue, messenger))
        .map_err(|error| error.message);
    if let Err(why) = told {
        app.ui.say(format!("notices: {}", plain(&why)));
    }
}

fn send(app: &App, queue: &mut Queue, messenger: Messenger) -> Result<(), CommandError> {
    let waiting = deliver::waiting(queue)?;
    if waiting.is_empty() {
        return Ok(());
    }
    let (near, far): (Vec<_>, Vec<_>) = routes::routes(app)?
        .into_iter()
        .filter(|route| waiting.contains(&route.name))
        .partition(|route| route.is_near);
    let until = |limit| Instant::now().checked_add(limit);
    deliver::deliver(app, queue, &near, until(NEAR), deliver::When::Due)?;
    if !deliver::anything_due(app, queue, &far)? {
        return Ok(());
    }
    match messenger {
        Messenger::Here { left } => {
            let limit = left.unwrap_or(HERE).min(HERE);
            deliver::deliver(app, queue, &far, until(limit), deliver::When::Due)?;
        }
        Messenger::LeftBehind => {
            if let Err(error) = background::start_messenger(app) {
                app.ui.say(format!("notices are sent later: {error}"));
            }
        }
    }
    Ok(())
}
