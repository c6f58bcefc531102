//! The channels of the configuration, ready to be used.

use std::path::PathBuf;
use std::time::Duration;

use crate::cli::app::App;
use crate::cli::error::CommandError;
use crate::config::notify::{Audience, WebhookFormat};
use crate::config::units::Period;
use crate::notify::channel::command::Command;
use crate::notify::channel::desktop::{self, Desktop};
use crate::notify::channel::email::Email;
use crate::notify::channel::file::JsonLines;
use crate::notify::channel::webhook::Webhook;
use crate::notify::timing::Manners;
use crate::notify::{Channel, Message, Refusal};
use crate::system::env;

/// The names of channels, as the outbox knows them.
pub const CONSOLE: &str = "console";
/// See [`CONSOLE`].
pub const FILE: &str = "file";
/// See [`CONSOLE`].
pub const DESKTOP: &str = "desktop";
/// See [`CONSOLE`].
pub const EMAIL: &str = "email";

/// The name of a webhook.
pub fn webhook(name: &impl std::fmt::Display) -> String {
    format!("webhook.{name}")
}

/// The name of a channel that is a program.
pub fn command(name: &impl std::fmt::Display) -> String {
    format!("command.{name}")
}

/// A channel by which messages leave.
pub struct Route<'a> {
    /// Its name.
    pub name: String,
    /// Whether it is a file of this machine, which is written at once.
    pub is_near: bool,
    /// How it wants to be used at this moment.
    pub manners: Manners,
    /// The channel.
    pub channel: Box<dyn Channel + 'a>,
}

/// Whether a channel could be used here at all: notices for a desktop that does not exist are not kept for it.
pub fn is_reachable(name: &str) -> bool {
    name != DESKTOP || desktop::available(env::raw)
}

/// The channels that are on, those on this machine first. The console is none of them: it waits for a person.
pub fn routes(app: &App) -> Result<Vec<Route<'_>>, CommandError> {
    let config = &app.loaded()?.config.notify;
    if !config.enabled {
        return Ok(Vec::new());
    }
    let is_quiet = config
        .quiet_hours
        .is_some_and(|hours| hours.end(app.now(), &app.zone()).is_some());
    let route = |name: &str, audience: Audience<'_>, gathers: bool, every: Period, channel| Route {
        name: name.to_owned(),
        is_near: name == FILE,
        manners: Manners {
            gathers,
            every: every.get(),
            silent: is_quiet && audience.quiet,
        },
        channel,
    };
    let at_once = Period::default();
    let mut all: Vec<Route<'_>> = Vec::new();
    let (file, home) = (&config.file, env::raw(env::HOME).map(PathBuf::from));
    if file.enabled {
        let channel: Box<dyn Channel> =
            match JsonLines::new(file, app.state_dir()?, home.as_deref()) {
                Ok(lines) => Box::new(lines),
                Err(wrong) => Box::new(Broken(wrong)),
            };
        all.push(route(FILE, file.audience(), false, at_once, channel));
    }
    let desktop = &config.desktop;
    if desktop.enabled && is_reachable(DESKTOP) {
        let channel = Box::new(Desktop::new(desktop, env::raw));
        all.push(route(
            DESKTOP,
            desktop.audience(),
            true,
            desktop.every,
            channel,
        ));
    }
    let email = &config.email;
    if email.enabled {
        let channel = Box::new(Email::new(email));
        all.push(route(EMAIL, email.audience(), true, email.every, channel));
    }
    for (name, it) in config.command.iter().filter(|(_, it)| it.enabled) {
        let channel = Box::new(Command::new(it.clone()));
        all.push(route(
            &command(name),
            it.audience(),
            false,
            at_once,
            channel,
        ));
    }
    for (name, it) in config.webhook.iter().filter(|(_, it)| it.enabled) {
        let channel = Box::new(Webhook::new(it.clone()));
        let gathers = it.format == WebhookFormat::Slack;
        all.push(route(
            &webhook(name),
            it.audience(),
            gathers,
            it.every,
            channel,
        ));
    }
    Ok(all)
}

/// A channel whose settings lead nowhere: what it is to carry waits until they are mended.
struct Broken(Refusal);

impl Channel for Broken {
    fn check(&self) -> Result<(), Refusal> {
        Err(self.0.clone())
    }

    fn send(&self, _: &Message, _: Duration) -> Result<(), Refusal> {
        Err(self.0.clone())
    }
}
