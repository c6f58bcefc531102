//! What `doctor` says of the channels of notices.

use super::{Check, Level, check};
use crate::cli::app::App;
use crate::cli::format;
use crate::cli::notifying::{collect, routes};
use crate::system::plain::first_line;

const NAME: &str = "notices";

/// The longest reason of a channel.
const LONGEST: usize = 160;

/// Channels whose settings cannot work, and those that did not take what they were given.
pub(super) fn notices(app: &App) -> Vec<Check> {
    let (Ok(loaded), Ok(all)) = (app.loaded(), routes::routes(app)) else {
        // Another check says why.
        return Vec::new();
    };
    let config = &loaded.config.notify;
    if !config.enabled {
        return vec![check(NAME, Level::Good, "off")];
    }
    let mut checks = Vec::new();
    let mut warn = |says: String| checks.push(check(NAME, Level::Warning, says));
    for route in &all {
        if let Err(wrong) = route.channel.check() {
            let why = first_line(&wrong.to_string(), LONGEST);
            warn(format!("{}: {why}", route.name));
        }
    }
    let backlog = app.existing_queue().ok().flatten();
    let backlog = backlog.and_then(|queue| queue.backlog().ok());
    for it in backlog.unwrap_or_default() {
        let waits = match (it.refused, it.given_up) {
            (0, given_up) => format!("{given_up} given up"),
            (refused, 0) => format!("{refused} not taken since {}", since(app, it.since)),
            (refused, given_up) => format!("{refused} not taken, {given_up} given up"),
        };
        let why = first_line(&it.error, LONGEST);
        warn(format!(
            "{}: {waits}: {why} · git tend notify deliver --now",
            it.channel
        ));
    }
    if checks.is_empty() {
        let names: Vec<String> = collect::audiences(config)
            .into_iter()
            .filter(|(name, audience)| audience.enabled && routes::is_reachable(name))
            .map(|(name, _)| name.into_owned())
            .collect();
        let says = if names.is_empty() {
            "no channel is on".to_owned()
        } else {
            names.join(", ")
        };
        checks.push(check(NAME, Level::Good, says));
    }
    checks
}

fn since(app: &App, at: jiff::Timestamp) -> String {
    format::moment(at, app.now(), &app.zone())
}
